//! What releasing connections costs: what a reviewer asks first.

use super::super::table::{Cell, Heading, Row, Table};
use crate::analyse::{Act, Comparison, Metric};
use crate::itinerary::{Compensation, Price, Remains};
use crate::plan::{Plan, Seen};
use crate::report::lang::{say, word};
use crate::report::{View, words};
use crate::units;

/// Steps whose failure is told; nobody reads more.
const MOST_STEPS: usize = 20;

/// The table; nothing where there is nothing to compare with.
pub(in crate::report) fn price(view: View<'_>) -> Option<Table> {
    let plan = &view.record.plan;
    // Of a service nobody knows what releasing would cost.
    if plan.scopes.len() < 2 || plan.seen() == Seen::FromOutside {
        return None;
    }
    let prices: Vec<Price> = plan.scopes.iter().map(|scope| plan.itinerary(*scope).price()).collect();
    let mut head = vec![Heading::words("")];
    head.extend(plan.scopes.iter().map(|scope| Heading::words(scope.to_string())));
    let mut rows = vec![counts(word("acquires a request"), &prices, |price| price.acquires)];
    rows.extend(measured(view, Metric::AcquiresEach));
    rows.push(counts(word("transactions a request"), &prices, |price| price.transactions));
    rows.extend(measured(view, Metric::TransactionsEach));
    rows.push(round_trips(&prices));
    rows.push(atomic(plan, &prices));
    rows.push(Row::group(word("What stays in the database when this step fails")));
    rows.extend((0..plan.workload.steps.len()).take(MOST_STEPS).map(|step| failure(plan, &prices, step)));
    Some(Table {
        title: word("What releasing costs").into(),
        subtitle: match plan.kinds.is_empty() {
            true => word("of one request, beside the connection time that it saves").into(),
            false => {
                word("of one request of the usual kind, beside the connection time that it saves").into()
            }
        },
        head,
        rows,
        notes: notes(plan),
    })
}

fn counts(label: &str, prices: &[Price], count: fn(&Price) -> u32) -> Row {
    let mut cells = vec![Cell::new(label)];
    cells.extend(prices.iter().map(|price| Cell::new(units::count(count(price).into()))));
    Row::new(cells)
}

/// What the requests of the open loop really took, on each pool library.
fn measured(view: View<'_>, metric: Metric) -> Vec<Row> {
    let row = |pool: &Comparison| {
        let mut cells =
            vec![Cell::new(say!("· {source} on {pool}", source = view.source(), pool = pool.pool))];
        for scope in &view.record.plan.scopes {
            let figure = view.summary.figures.at(Act::SideBySide, &pool.pool, *scope, metric);
            let told = figure.and_then(|figure| figure.measured.as_ref().ok());
            cells.push(Cell::new(told.map_or_else(|| "–".to_owned(), |side| side.value.to_string())));
        }
        Row::new(cells)
    };
    let mut rows: Vec<Row> = view.summary.side_by_side.iter().map(row).collect();
    if rows.len() > 1 && rows.windows(2).all(|pair| pair[0].cells[1..] == pair[1].cells[1..]) {
        rows.truncate(1);
        rows[0].cells[0] = Cell::new(say!("· {source} on every pool", source = view.source()));
    }
    rows
}

/// Begin and commit are a round trip each.
fn round_trips(prices: &[Price]) -> Row {
    let first = prices.first().map_or(0, |price| price.round_trips);
    let mut cells = vec![Cell::new(word("round trips to begin and end them"))];
    for price in prices {
        let added = i64::from(price.round_trips) - i64::from(first);
        let against = if added == 0 { String::new() } else { format!(" ({added:+})") };
        cells.push(Cell::new(format!("{}{against}", price.round_trips)));
    }
    Row::new(cells).explains(word("added ones against the first session scope in brackets; a test of each connection before it is lent is one more an acquire"))
}

/// Of the first scope what is atomic, of the others what is so no longer.
fn atomic(plan: &Plan, prices: &[Price]) -> Row {
    let mut cells = vec![Cell::new(word("atomic together"))];
    let told = |groups: &[Vec<usize>]| {
        groups.iter().map(|steps| words::steps(plan, steps)).collect::<Vec<_>>().join("; ")
    };
    for (index, price) in prices.iter().enumerate() {
        let several: Vec<Vec<usize>> = price.atomic.iter().filter(|steps| steps.len() > 1).cloned().collect();
        let lost = prices.first().map(|first| first.no_longer_atomic(price)).unwrap_or_default();
        let mut parts = Vec::new();
        if several.is_empty() {
            parts.push(word("each SQL step alone").to_owned());
        } else {
            parts.push(told(&several));
        }
        if index > 0 && !lost.is_empty() {
            parts.push(say!("no longer: {lost}", lost = told(&lost)));
        }
        cells.push(Cell::new(parts.join("; ")));
    }
    Row::new(cells)
}

fn failure(plan: &Plan, prices: &[Price], step: usize) -> Row {
    let mut cells = vec![Cell::new(format!("· {}", plan.workload.steps[step].name))];
    for price in prices {
        let remains = price.failures.iter().find(|remains| remains.step == step);
        cells.push(Cell::new(remains.map(|it| words::remains(plan, it)).unwrap_or_default()));
    }
    Row::new(cells)
}

fn notes(plan: &Plan) -> Vec<String> {
    let prices = plan.scopes.iter().map(|scope| plan.itinerary(*scope).price());
    let failures: Vec<Remains> = prices.flat_map(|price| price.failures).collect();
    let any = |of: Compensation| failures.iter().any(|remains| remains.compensation == of);
    let mut notes = Vec::new();
    if any(Compensation::MarksJob) {
        notes.push(
            word("\"marked\": the request takes a compensation, a short transaction of its own that marks the job as FAILED; where that one fails as well, the job stays as it was.")
                .to_owned(),
        );
    }
    if any(Compensation::Missing) {
        notes.push(
            word("\"as it is\": nobody compensates it; an application has to find such work later, or undo it itself.")
                .to_owned(),
        );
    }
    let more = plan.workload.steps.len().saturating_sub(MOST_STEPS);
    if more > 0 {
        notes.push(say!("{more} more steps are not shown.", more));
    }
    notes
}
