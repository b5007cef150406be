//! Every kind of requests, where a scenario has several.

use super::super::table::{Cell, Heading, Row, Table};
use crate::analyse::{Doubt, KindSummary, Known, Reading, Scaled};
use crate::report::lang::{say, word};
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
        for lane in &pool.lanes {
            rows.push(Row::group(&say!("{scope} on {pool}", scope = lane.scope, pool = pool.pool)));
            rows.extend(lane.kinds.iter().map(of_kind));
        }
    }
    let mut head = vec![Heading::words(word("kind"))];
    let columns = [
        word("sent"),
        word("completed"),
        word("hold"),
        word("acquire\nwait p99"),
        word("response\np50"),
        word("response\np99"),
    ];
    head.extend(columns.map(Heading::figures));
    Some(Table {
        title: word("Kinds of requests").into(),
        subtitle: word("side by side, at nominal times; all other tables have all kinds together").into(),
        head,
        rows,
        notes: vec![
            word("Hold: connection time of one request. Which request is of which kind is drawn by its number, alike in every session scope. Quantiles of one kind have no interval: its waits depend on those of the others.")
                .to_owned(),
        ],
    })
}

fn of_kind(kind: &KindSummary) -> Row {
    let name = format!("{} ({})", clean(&kind.name), units::percent(kind.share));
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
