//! Every kind of requests, where a scenario has several.

use super::super::table::{Cell, Heading, Row, Table};
use crate::analyse::{Doubt, KindSummary, Known, LaneSummary, Reading, Scaled};
use crate::report::text::clean;
use crate::report::{View, words};
use crate::units;

/// The table; nothing where all requests are of one kind.
pub(in crate::report) fn kinds(view: View<'_>) -> Option<Table> {
    let pools = &view.summary.side_by_side;
    if pools.iter().all(|pool| pool.lanes.iter().all(|lane| lane.kinds.is_empty())) {
        return None;
    }
    let mut rows = Vec::new();
    for pool in pools {
        rows.push(Row::group(&format!("on {}", pool.pool)));
        rows.extend(pool.lanes.iter().flat_map(of_lane));
    }
    let mut head = vec![Heading::words("kind, session scope")];
    let columns = ["sent", "completed", "hold", "wait p99", "response p50", "response p99"];
    head.extend(columns.map(Heading::figures));
    Some(Table {
        title: "Kinds of requests".into(),
        subtitle: "side by side, at nominal times; all other tables have all kinds together".into(),
        head,
        rows,
        notes: vec![
            "Hold: connection time of one request. Which request is of which kind is drawn by its number, alike in \
             every session scope. Quantiles of one kind have no interval: its waits depend on those of the others."
                .to_owned(),
        ],
    })
}

fn of_lane(lane: &LaneSummary) -> Vec<Row> {
    lane.kinds.iter().map(|kind| of_kind(kind, lane)).collect()
}

fn of_kind(kind: &KindSummary, lane: &LaneSummary) -> Row {
    let name = format!("{} ({}), {}", clean(&kind.name), units::percent(kind.share), lane.scope);
    let time = |known: Option<Scaled<Known>>| {
        shown(known.map(|it| Reading::Time(it.nominal, Err(Doubt::Dependent))))
    };
    Row::new(vec![
        Cell::new(name),
        Cell::new(units::count(kind.ledger.scheduled)),
        shown(kind.completed.map(Reading::Figure)),
        shown(kind.hold.map(|hold| Reading::Figure(hold.nominal))),
        time(kind.wait_p99),
        time(kind.response_p50),
        time(kind.response_p99),
    ])
}

fn shown(reading: Option<Reading>) -> Cell {
    reading.map_or_else(
        || Cell::new("–"),
        |it| Cell { under: words::plain_reading_interval(it), ..Cell::new(it.to_string()) },
    )
}
