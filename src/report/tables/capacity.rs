//! The capacity table: throughput when callers wait in line.

use super::super::table::{Cell, Heading, Kind, NOMINAL, Row, Table};
use crate::analyse::{Comparison, Estimate, LaneSummary, Scaled, Source};
use crate::report::View;
use crate::units::{self, TimeScale};

/// The table; nothing when the act did not run.
pub(in crate::report) fn capacity(view: View<'_>) -> Option<Table> {
    let pools = &view.summary.capacity;
    if pools.is_empty() {
        return None;
    }
    let head = ["callers", "completed", "throughput\ncounted", "from\nholds", NOMINAL, "utili-\nsation"];
    let mut rows = Vec::new();
    for pool in pools {
        rows.push(Row::group(&pool.pool));
        rows.extend(pool.lanes.iter().map(lane));
        rows.extend(ratio(pool));
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

fn notes(scale: TimeScale) -> Vec<String> {
    let nominal = if scale == TimeScale::NOMINAL { "" } else { " Nominal: the same at nominal holds." };
    vec![
        format!(
            "From holds: connections in use ÷ hold time of a request. It does not care where in a wave of \
             completions the measured span begins.{nominal}"
        ),
        "No interval: a count has one only when at least four request times fit into the span.".into(),
    ]
}

fn lane(lane: &LaneSummary) -> Row {
    let rate =
        |rate: Option<Scaled<Estimate>>| rate.map(|it| Cell::estimate(it.measured)).unwrap_or_default();
    let nominal = lane.pool_time.zip(lane.hold.as_ref()).and_then(|(time, hold)| {
        let in_use = Estimate::computed(time.in_use, crate::analyse::Unit::PerSecond);
        Some(format!("{}/s", units::number(in_use.over(hold.per_request.nominal)?.value)))
    });
    Row::new(vec![
        Cell::new(lane.scope.name()),
        Cell::new(lane.callers.map(|callers| units::count(callers.into())).unwrap_or_default()),
        Cell::new(units::count(lane.completed_in_window)),
        rate(lane.throughput),
        rate(lane.carried),
        nominal.map(Cell::new).unwrap_or_default(),
        Cell::new(lane.pool_time.map(|time| time.utilisation.to_string()).unwrap_or_default()),
    ])
}

fn ratio(pool: &Comparison) -> Option<Row> {
    // What lanes of accidents come to is nothing to be divided.
    if pool.unsound().is_some() {
        return None;
    }
    let (ratio, source) = pool.throughput_ratio()?;
    let nominal = pool.hold_ratio().map(|holds| Cell::new(holds.nominal.to_string())).unwrap_or_default();
    let cell = Cell::estimate(ratio);
    let (counted, from_time) = match source {
        Source::Counted => (cell, Cell::default()),
        Source::ConnectionTime => (Cell::default(), cell),
    };
    let none = Cell::default;
    Some(
        Row::new(vec![Cell::new("after ÷ before"), none(), none(), counted, from_time, nominal, none()])
            .kind(Kind::Total),
    )
}
