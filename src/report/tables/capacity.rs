//! The capacity table: throughput when callers wait in line.

use super::super::table::{Cell, Heading, Kind, NOMINAL, Row, Table};
use super::lanes::cell;
use crate::analyse::{Act, Comparison, FEWEST_BATCHES, Figure, LaneSummary, Metric, Side, Source};
use crate::plan::Seen;
use crate::report::View;
use crate::units::{self, TimeScale};

/// The table; nothing when the act did not run.
pub(in crate::report) fn capacity(view: View<'_>) -> Option<Table> {
    let pools = &view.summary.capacity;
    if pools.is_empty() {
        return None;
    }
    if view.record.plan.seen() == Seen::FromOutside {
        return Some(from_outside(view, pools));
    }
    let head = ["callers", "completed", "throughput\ncounted", "from\nholds", NOMINAL, "utili-\nsation"];
    let mut rows = Vec::new();
    for pool in pools {
        rows.push(Row::group(&pool.pool));
        rows.extend(pool.lanes.iter().map(|of| lane(view, of)));
        rows.extend(ratio(view, pool));
    }
    let table = Table {
        title: "Capacity".into(),
        subtitle: "closed loop: enough callers to keep every connection taken".into(),
        head: std::iter::once(Heading::words("")).chain(head.map(Heading::figures)).collect(),
        rows,
        notes: notes(view.record.plan.time_scale),
    };
    Some(table.at(view.record.plan.time_scale))
}

/// The same of services, of which nobody sees what is held.
fn from_outside(view: View<'_>, pools: &[Comparison]) -> Table {
    let head = ["callers", "completed", "throughput", NOMINAL];
    let mut rows = Vec::new();
    for pool in pools {
        rows.extend(pool.lanes.iter().map(|lane| service(view, lane)));
        let ratio = view.summary.figures.pair(Act::Capacity, &pool.pool, Metric::ThroughputRatio);
        let ratio = ratio.and_then(|it| it.measured.as_ref().ok()).filter(|_| pool.lanes.len() > 1).map(cell);
        rows.extend(ratio.map(|ratio| {
            let none = Cell::default;
            Row::new(vec![Cell::new("after ÷ before"), none(), none(), ratio, none()]).kind(Kind::Total)
        }));
    }
    let scale = view.record.plan.time_scale;
    let table = Table {
        title: "Capacity".into(),
        subtitle: "closed loop: each caller sends its next request when the last one has its answer".into(),
        head: std::iter::once(Heading::words("")).chain(head.map(Heading::figures)).collect(),
        rows,
        notes: vec![
            "Whether the service was saturated is not visible: with more callers it may serve more.".into(),
            "No interval: the span is short beside a request, or beside how slowly the service's pace changes.".into(),
        ],
    };
    table.at(scale)
}

fn service(view: View<'_>, lane: &LaneSummary) -> Row {
    let figure = |metric| view.summary.figures.lane(Act::Capacity, lane, metric);
    let measured =
        |metric| figure(metric).and_then(|it| it.measured.as_ref().ok()).map(cell).unwrap_or_default();
    let nominal = figure(Metric::ThroughputCounted).and_then(|it| it.nominal.as_ref());
    Row::new(vec![
        Cell::new(lane.scope.name()),
        Cell::new(lane.callers.map(|callers| units::count(callers.into())).unwrap_or_default()),
        measured(Metric::CompletedCount),
        measured(Metric::ThroughputCounted),
        nominal.map(|side| Cell::new(side.value.to_string())).unwrap_or_default(),
    ])
}

fn notes(scale: TimeScale) -> Vec<String> {
    let nominal = if scale == TimeScale::NOMINAL { "" } else { " Nominal: the same at nominal holds." };
    vec![
        format!(
            "From holds: connections in use ÷ hold time of a request. It does not care where in a wave of \
             completions the measured span begins.{nominal}"
        ),
        format!(
            "No interval: a count has one only when at least {FEWEST_BATCHES} request times fit into the span."
        ),
    ]
}

fn lane(view: View<'_>, lane: &LaneSummary) -> Row {
    let figure = |metric| view.summary.figures.lane(Act::Capacity, lane, metric);
    let measured =
        |metric| figure(metric).and_then(|it| it.measured.as_ref().ok()).map(cell).unwrap_or_default();
    let number = |metric, side: fn(&Figure) -> Option<&Side>| Some(side(figure(metric)?)?.value.number());
    let in_use = number(Metric::ConnectionsMean, |it| it.measured.as_ref().ok());
    let nominal = in_use
        .zip(number(Metric::HoldMean, |it| it.nominal.as_ref()))
        .map(|(in_use, hold)| Cell::new(format!("{}/s", units::number(in_use / hold))));
    Row::new(vec![
        Cell::new(lane.scope.name()),
        Cell::new(lane.callers.map(|callers| units::count(callers.into())).unwrap_or_default()),
        measured(Metric::CompletedCount),
        measured(Metric::ThroughputCounted),
        measured(Metric::ThroughputFromHolds),
        nominal.unwrap_or_default(),
        measured(Metric::UtilisationShare),
    ])
}

fn ratio(view: View<'_>, pool: &Comparison) -> Option<Row> {
    let figure = |metric| view.summary.figures.pair(Act::Capacity, &pool.pool, metric);
    // What lanes of accidents come to is nothing to be divided, and has no number.
    let ratio = cell(figure(Metric::ThroughputRatio)?.measured.as_ref().ok()?);
    let nominal = figure(Metric::HoldRatio)?.nominal.as_ref().map(|side| Cell::new(side.value.to_string()));
    let (counted, from_time) = match pool.throughput_ratio()? {
        (_, Source::Counted) => (ratio, Cell::default()),
        (_, Source::ConnectionTime) => (Cell::default(), ratio),
    };
    let none = Cell::default;
    let cells = vec![Cell::new("after ÷ before"), none(), none(), counted, from_time, nominal?, none()];
    Some(Row::new(cells).kind(Kind::Total))
}
