//! The side-by-side table: every figure of a lane, measured and nominal, before and after.

use super::super::table::{Cell, Heading, NOMINAL, Row, Table};
use super::heading;
use crate::analyse::{Act, Comparison, Figure, LaneSummary, Metric, Missing, Side};
use crate::plan::{Plan, Seen};
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

/// One table a pool library.
pub(in crate::report) fn side_by_side(view: View<'_>) -> Vec<Table> {
    let scale = view.record.plan.time_scale;
    let mut tables: Vec<Table> =
        view.summary.side_by_side.iter().map(|pool| table(view, pool).at(scale)).collect();
    // What the figures mean need be said only once.
    for row in tables.iter_mut().skip(1).flat_map(|table| &mut table.rows) {
        row.explains = None;
    }
    let seen = view.record.plan.seen();
    tables.last_mut().into_iter().for_each(|last| last.notes = notes(scale, seen));
    tables
}

fn table(view: View<'_>, pool: &Comparison) -> Table {
    let plan = &view.record.plan;
    let mut head = vec![Heading::words("")];
    for lane in &pool.lanes {
        head.push(Heading::figures(heading(lane.scope, view.source())));
        head.push(Heading::figures(NOMINAL));
    }
    let seen = plan.seen();
    // Inside, what is held and what waits says more than what is in flight.
    let told =
        ROWS.into_iter().filter(|(metric, _)| seen == Seen::FromOutside || *metric != Metric::InFlightMean);
    let rows = told.filter_map(|(metric, with)| {
        let mut cells = vec![Cell::new(words::label(metric))];
        for lane in &pool.lanes {
            let (measured, nominal) = cells_of(view, lane, metric, with);
            cells.extend([measured, nominal]);
        }
        let shown = cells[1..].iter().any(|cell| !cell.is_empty() && cell.text != NONE);
        shown.then(|| Row::new(cells).explains(words::meaning(metric)))
    });
    Table {
        title: format!("Side by side: {}", clean(&pool.pool)),
        subtitle: subtitle(plan),
        head,
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

fn subtitle(plan: &Plan) -> String {
    let (rate, arrivals) = (units::number(plan.load.rate.as_per_second()), plan.load.arrivals.word());
    match plan.seen() {
        Seen::FromInside => format!(
            "{rate} requests/s ({arrivals}) offered to each session scope at the same time, {} connections each",
            units::count(plan.pool.size.into()),
        ),
        Seen::FromOutside => format!("{rate} requests/s ({arrivals}) sent to each service at the same time"),
    }
}

/// What is looked for first, and is said to be missing where nobody can see it.
const LOOKED_FOR: [Metric; 3] = [Metric::HoldMean, Metric::AcquireWaitP99, Metric::UtilisationShare];

/// Measured and nominal; empty cells where there is no number.
fn cells_of(view: View<'_>, lane: &LaneSummary, metric: Metric, with: Option<Metric>) -> (Cell, Cell) {
    let figure = |metric| view.summary.figures.lane(Act::SideBySide, lane, metric);
    let measured = |figure: &Figure| figure.measured.as_ref().ok().map(cell);
    let Some(first) = figure(metric) else { return Default::default() };
    if first.measured == Err(Missing::NotVisible) && LOOKED_FOR.contains(&metric) {
        return (Cell::new("not visible"), Cell::default());
    }
    let mut shown = measured(first).unwrap_or_default();
    if let Some(second) = with.and_then(figure).and_then(measured) {
        shown.text = format!("{} · {}", shown.text, second.text);
    }
    (shown, first.nominal.as_ref().map(|side| Cell::new(side.value.to_string())).unwrap_or_default())
}

/// A number with its interval.
pub(super) fn cell(side: &Side) -> Cell {
    let under = words::plain_reading_interval(side.value);
    Cell { under, ..Cell::new(side.value.to_string()) }
}

/// What to do where nobody can see what is held.
const NOT_VISIBLE: &str = "Not visible: requests went to a service, of which only the answers are seen. `poolbench \
    tap` before its Postgres shows what it holds.";

fn notes(scale: TimeScale, seen: Seen) -> Vec<String> {
    let under = "Under a figure is its 95 % interval. \"> x\" is a lower bound: the rest was cut off there, or failed.";
    if seen == Seen::FromOutside {
        let nominal = "Measured: at the scaled clock. Nominal: measured ÷ time scale, overhead and all.";
        let nominal = (scale != TimeScale::NOMINAL).then_some(nominal);
        return nominal.into_iter().chain([under, NOT_VISIBLE]).map(str::to_owned).collect();
    }
    let two = [
        "Measured: at the scaled clock. Nominal: holds are plan + overhead, which is not scaled; waits and \
         responses are measured ÷ time scale, which makes the overhead in them too long."
            .to_owned(),
        "Under a figure is its 95 % interval. \"> x\" is a lower bound: the rest was cut off there. \
         A quantile has one where the run is long enough to tell how its waits depend on each other."
            .to_owned(),
    ];
    two.into_iter().skip(usize::from(scale == TimeScale::NOMINAL)).collect()
}

/// A row in which nothing ever happened is left out.
const NONE: &str = "0";
