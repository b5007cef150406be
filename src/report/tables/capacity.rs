//! The capacity table: throughput when callers wait in line.

use super::super::table::{Cell, Heading, Kind, Row, Table};
use crate::analyse::{Act, Comparison, FEWEST_BATCHES, LaneSummary, Metric};
use crate::plan::Seen;
use crate::report::View;
use crate::report::lang::{say, word};
use crate::units::{self, TimeScale};

/// The table at nominal times; nothing when the act did not run.
pub(in crate::report) fn capacity(view: View<'_>) -> Option<Table> {
    let pools = &view.summary.capacity;
    if pools.is_empty() {
        return None;
    }
    let outside = view.record.plan.seen() == Seen::FromOutside;
    let mut head = vec![word("callers"), word("completed"), word("throughput")];
    head.extend((!outside).then_some(word("utili-\nsation")));
    let mut rows = Vec::new();
    for pool in pools {
        rows.extend((!outside).then(|| Row::group(&pool.pool)));
        rows.extend(pool.lanes.iter().map(|of| lane(view, of)));
        rows.extend(ratio(view, pool));
    }
    Some(Table {
        title: word("Capacity").into(),
        subtitle: if outside {
            word("closed loop: each caller sends its next request when the last one has its answer; at nominal times")
        } else {
            word("closed loop: enough callers to keep every connection taken; at nominal times")
        }
        .into(),
        head: std::iter::once(Heading::words("")).chain(head.into_iter().map(Heading::figures)).collect(),
        rows,
        notes: if outside { of_a_service() } else { notes() },
    })
}

/// The same at the clock of the run; nothing where that is the nominal one.
pub(in crate::report) fn capacity_measured(view: View<'_>) -> Option<Table> {
    let pools = &view.summary.capacity;
    let scale = view.record.plan.time_scale;
    if pools.is_empty() || scale == TimeScale::NOMINAL {
        return None;
    }
    let inside = view.record.plan.seen() == Seen::FromInside;
    let mut head = vec![Heading::words(""), Heading::figures(word("counted"))];
    head.extend(inside.then(|| Heading::figures(word("from holds"))));
    let mut rows = Vec::new();
    for pool in pools {
        rows.push(Row::group(&pool.pool));
        rows.extend(pool.lanes.iter().map(|lane| {
            let figure = |metric| Cell::measured(view.summary.figures.lane(Act::Capacity, lane, metric));
            let mut cells = vec![Cell::new(lane.scope.name()), figure(Metric::ThroughputCounted)];
            cells.extend(inside.then(|| figure(Metric::ThroughputFromHolds)));
            Row::new(cells)
        }));
    }
    Some(Table {
        title: word("Capacity at the clock of the run").into(),
        subtitle: say!("throughput as driven, at {scale} of nominal times", scale),
        head,
        rows,
        notes: vec![say!(
            "No interval: a count has one only when at least {batches} request times fit into the span.",
            batches = FEWEST_BATCHES
        )],
    })
}

fn of_a_service() -> Vec<String> {
    vec![
        word("Whether the service was saturated is not visible: with more callers it may serve more.").into(),
        word("No interval: the span is short beside a request, or beside how slowly the service's pace changes.")
            .into(),
    ]
}

fn notes() -> Vec<String> {
    vec![
        word("Throughput: connections in use ÷ hold time of a request. It does not care where in a wave of completions the measured span begins, and the overhead of a hold is counted unscaled.")
            .to_owned(),
    ]
}

fn lane(view: View<'_>, lane: &LaneSummary) -> Row {
    let figure = |metric| view.summary.figures.lane(Act::Capacity, lane, metric);
    let callers = lane.callers.map(|callers| units::count(callers.into())).unwrap_or_default();
    let mut cells = vec![Cell::new(lane.scope.name()), Cell::new(callers)];
    cells.push(Cell { under: None, ..Cell::nominal(figure(Metric::CompletedCount)) });
    match lane.seen {
        Seen::FromOutside => cells.push(Cell::nominal(figure(Metric::ThroughputCounted))),
        Seen::FromInside => {
            cells.push(Cell::nominal(figure(Metric::ThroughputFromHolds)));
            cells.push(Cell { under: None, ..Cell::nominal(figure(Metric::UtilisationShare)) });
        }
    }
    Row::new(cells)
}

/// What lanes of accidents come to is nothing to be divided, and has no number.
fn ratio(view: View<'_>, pool: &Comparison) -> Option<Row> {
    let figure = view.summary.figures.pair(Act::Capacity, &pool.pool, Metric::ThroughputRatio);
    let cell = Cell::nominal(figure.filter(|_| pool.lanes.len() > 1));
    if cell.is_empty() {
        return None;
    }
    let mut cells = vec![Cell::new(word("after ÷ before")), Cell::default(), Cell::default(), cell];
    cells.extend((view.record.plan.seen() == Seen::FromInside).then(Cell::default));
    Some(Row::new(cells).kind(Kind::Total))
}
