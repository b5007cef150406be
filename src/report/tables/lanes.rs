//! The side-by-side table: every figure of a lane before and after, at nominal times, and a second one of what has
//! another value at the clock of the run.

use super::super::table::{Cell, Heading, Row, Table};
use crate::analyse::{Act, Comparison, Figure, Metric, Missing, Unit};
use crate::plan::{Plan, Seen};
use crate::report::lang::{key, say, word};
use crate::report::text::clean;
use crate::report::{View, words};
use crate::units::{self, TimeScale};

/// The rows, each a metric, some with a second one beside it in the same cell.
const ROWS: [(Metric, Option<Metric>); 40] = [
    (Metric::OfferedRate, None),
    (Metric::ServedShare, None),
    (Metric::TimedOutCount, None),
    (Metric::UnansweredCount, None),
    (Metric::FailedCount, None),
    (Metric::ThroughputCounted, None),
    (Metric::HoldMean, None),
    (Metric::HoldBusy, None),
    (Metric::HoldIdle, None),
    (Metric::HoldP99, None),
    (Metric::HoldOverhead, None),
    (Metric::AcquireWaitP50, None),
    (Metric::AcquireWaitP99, None),
    (Metric::AcquireWaitMax, None),
    (Metric::BystanderWaitP99, None),
    (Metric::AcquireQueueP99, None),
    (Metric::AcquireCreateP99, None),
    (Metric::AcquireRecycleP99, None),
    (Metric::AcquireOverhead, None),
    (Metric::WaitedShare, None),
    (Metric::ResponseP50, None),
    (Metric::ResponseP99, None),
    (Metric::UtilisationShare, None),
    (Metric::IdleHoldShare, None),
    (Metric::IdleInTransactionShare, None),
    (Metric::LockWaitShare, None),
    (Metric::ConnectionsMean, None),
    (Metric::ConnectionsByPool, None),
    (Metric::ConnectionsByServer, None),
    (Metric::ConnectionsSampledMean, Some(Metric::ConnectionsPeak)),
    (Metric::WaitingMean, Some(Metric::WaitingPeak)),
    (Metric::InFlightMean, Some(Metric::InFlightPeak)),
    (Metric::PoolerInUseMean, Some(Metric::PoolerInUsePeak)),
    (Metric::PoolerWaitingMean, Some(Metric::PoolerWaitingPeak)),
    (Metric::TransactionsFailedShare, None),
    (Metric::ScheduleLagP99, None),
    (Metric::TimerErrorP99, None),
    (Metric::BystanderFailedShare, None),
    (Metric::BystanderResponseP50, None),
    (Metric::BystanderResponseP99, None),
];

/// One table a pool library, at nominal times. What only the clock of the run knows is not among its rows.
pub(in crate::report) fn side_by_side(view: View<'_>) -> Vec<Table> {
    let title = |pool: &Comparison| say!("Side by side: {pool}", pool = clean(&pool.pool));
    let of_run = |figure: &Figure| is_of_the_run(view.record.plan.time_scale, figure);
    let cell = |figure: Option<&Figure>| Cell::nominal(figure.filter(|figure| !of_run(figure)));
    let subtitle = say!("{subtitle}; at nominal times", subtitle = subtitle(&view.record.plan));
    tables(view, title, &subtitle, cell, notes(view))
}

/// The same at the clock of the run: what has another value there, and overhead, which does not scale. Nothing where
/// the run was at nominal times.
pub(in crate::report) fn measured(view: View<'_>) -> Vec<Table> {
    let scale = view.record.plan.time_scale;
    if scale == TimeScale::NOMINAL {
        return Vec::new();
    }
    let title = |pool: &Comparison| say!("At the clock of the run: {pool}", pool = clean(&pool.pool));
    let has_a_clock = |figure: &Figure| figure.nominal.is_some() || is_of_the_run(scale, figure);
    let cell = |figure: Option<&Figure>| Cell::measured(figure.filter(|figure| has_a_clock(figure)));
    let subtitle = say!("as driven, at {scale} of nominal times; overhead does not scale", scale);
    let note = word(
        "The figures above at nominal times come from these: holds are plan + overhead, waits and responses are measured ÷ time scale.",
    );
    tables(view, title, &subtitle, cell, vec![note.to_owned()])
}

/// Whether a figure is a time that does not scale: our own cost, and parts of an acquire.
fn is_of_the_run(scale: TimeScale, figure: &Figure) -> bool {
    figure.metric.unit() == Unit::Seconds && figure.nominal.is_none() && scale != TimeScale::NOMINAL
}

fn tables(
    view: View<'_>,
    title: impl Fn(&Comparison) -> String,
    subtitle: &str,
    cell: impl Fn(Option<&Figure>) -> Cell,
    notes: Vec<String>,
) -> Vec<Table> {
    let pools = &view.summary.side_by_side;
    let mut tables: Vec<Table> = pools
        .iter()
        .map(|pool| Table {
            title: title(pool),
            subtitle: subtitle.to_owned(),
            head: head(pool),
            rows: rows(view, pool, &cell),
            notes: Vec::new(),
        })
        .collect();
    // What the figures mean need be said only once.
    for row in tables.iter_mut().skip(1).flat_map(|table| &mut table.rows) {
        row.explains = None;
    }
    tables.last_mut().into_iter().for_each(|last| last.notes.clone_from(&notes));
    tables
}

fn head(pool: &Comparison) -> Vec<Heading> {
    let lanes = pool.lanes.iter().map(|lane| Heading::figures(lane.scope.name()));
    std::iter::once(Heading::words("")).chain(lanes).collect()
}

fn rows(view: View<'_>, pool: &Comparison, cell: &impl Fn(Option<&Figure>) -> Cell) -> Vec<Row> {
    let plan = &view.record.plan;
    // Inside, what is held and what waits says more than what is in flight.
    let told = ROWS
        .into_iter()
        .filter(|(metric, _)| plan.seen() == Seen::FromOutside || *metric != Metric::InFlightMean);
    let rows = told.filter_map(|(metric, with)| {
        let mut cells = vec![Cell::new(words::label_at(metric, plan.time_scale))];
        cells.extend(pool.lanes.iter().map(|lane| {
            let figure = |metric| view.summary.figures.lane(Act::SideBySide, lane, metric);
            let hidden = figure(metric).is_some_and(|it| it.measured == Err(Missing::NotVisible));
            if hidden && LOOKED_FOR.contains(&metric) {
                return Cell::new(word("not visible"));
            }
            let shown = cell(figure(metric));
            with.filter(|_| !shown.is_empty())
                .map(|with| cell(figure(with)))
                .into_iter()
                .fold(shown, Cell::with)
        }));
        let shown = cells[1..].iter().any(|cell| !cell.is_empty() && cell.text != NONE);
        shown.then(|| Row::new(cells).explains(words::meaning(metric)))
    });
    rows.collect()
}

fn subtitle(plan: &Plan) -> String {
    let (rate, arrivals) = (units::number(plan.load.rate.as_per_second()), word(plan.load.arrivals.word()));
    match plan.seen() {
        Seen::FromInside => say!(
            "{rate} requests/s ({arrivals}) offered to each session scope at the same time, {size} connections each",
            rate,
            arrivals,
            size = units::count(plan.pool.size.into())
        ),
        Seen::FromOutside => {
            say!("{rate} requests/s ({arrivals}) sent to each service at the same time", rate, arrivals)
        }
    }
}

/// What is looked for first, and is said to be missing where nobody can see it.
const LOOKED_FOR: [Metric; 3] = [Metric::HoldMean, Metric::AcquireWaitP99, Metric::UtilisationShare];

/// What to do where nobody can see what is held.
const NOT_VISIBLE: &str =
    key("Not visible: requests went to a service, of which only the answers are seen. `poolbench \
    tap` before its Postgres shows what it holds.");

fn notes(view: View<'_>) -> Vec<String> {
    let (scale, seen) = (view.record.plan.time_scale, view.record.plan.seen());
    let mut notes = Vec::new();
    if scale != TimeScale::NOMINAL && seen == Seen::FromInside {
        notes.push(
            word("Holds are plan + overhead, which is not scaled. \"≤ x\": waits and responses are measured ÷ time scale, which makes the overhead in them too long.")
                .to_owned(),
        );
    } else if scale != TimeScale::NOMINAL {
        notes.push(word("\"≤ x\": measured ÷ time scale, overhead and all.").to_owned());
    }
    notes.push(
        word("Under a figure is its 95 % interval. \"> x\" is a lower bound: the rest was cut off there, or failed. A quantile has an interval where the run is long enough to tell how its waits depend on each other.")
            .to_owned(),
    );
    notes.extend((seen == Seen::FromOutside).then(|| word(NOT_VISIBLE).to_owned()));
    notes
}

/// A row in which nothing ever happened is left out.
const NONE: &str = "0";
