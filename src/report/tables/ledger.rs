//! The ledger: where every request ended, and what the database kept.

use super::super::table::{Cell, Heading, Row, Table};
use crate::analyse::{Act, Comparison, LaneSummary};
use crate::plan::Seen;
use crate::record::Ledger;
use crate::report::lang::word;
use crate::report::{View, words};
use crate::units;

/// The table; nothing when no lane ran.
pub(in crate::report) fn ledger(view: View<'_>) -> Option<Table> {
    let seen = view.record.plan.seen();
    // Of a service behind an address nobody counts the rows, and only such a one may give no answer.
    let head = match seen {
        Seen::FromInside => [
            word("due"),
            word("not\nsent"),
            word("com-\npleted"),
            word("timed\nout"),
            word("failed"),
            word("in\nflight"),
            word("rows in\ndatabase"),
        ],
        Seen::FromOutside => [
            word("due"),
            word("not\nsent"),
            word("com-\npleted"),
            word("timed\nout"),
            word("failed"),
            word("in\nflight"),
            word("no\nanswer"),
        ],
    };
    let mut rows = Vec::new();
    let acts = [(Act::SideBySide, &view.summary.side_by_side), (Act::Capacity, &view.summary.capacity)];
    for (act, pools) in acts {
        rows.extend(pools.iter().flat_map(|pool| group(act, pool)));
    }
    if rows.is_empty() {
        return None;
    }
    Some(Table {
        title: word("Ledger").into(),
        subtitle: word("every request due in the measured span ends in one column").into(),
        head: std::iter::once(Heading::words("")).chain(head.map(Heading::figures)).collect(),
        rows,
        notes: vec![notes(seen).into()],
    })
}

fn notes(seen: Seen) -> &'static str {
    match seen {
        Seen::FromInside => word(
            "Rows: whether the database kept every row whose commit was answered, in all phases. A closed loop is cut off at its end, so its callers are in flight.",
        ),
        Seen::FromOutside => word(
            "Timed out: the service said so, by an answer that target.timed-out names. No answer: none within target.timeout. A closed loop is cut off at its end, so its callers are in flight.",
        ),
    }
}

fn group(act: Act, pool: &Comparison) -> Vec<Row> {
    let mut rows = vec![Row::group(&format!("{}, {}", words::act(act), pool.pool))];
    rows.extend(pool.lanes.iter().map(lane));
    rows
}

fn lane(lane: &LaneSummary) -> Row {
    let Ledger { scheduled, shed, still_queued, completed, acquire_timed_out, in_flight, abandoned, .. } =
        lane.ledger;
    let counts = [
        scheduled,
        shed + still_queued,
        completed,
        acquire_timed_out,
        lane.failures(),
        in_flight + abandoned,
    ];
    let rows = lane.rows.map(|rows| {
        let within = rows.committed..=rows.committed + rows.in_doubt;
        let word = if within.contains(&rows.found) { word("all") } else { word("not") };
        format!("{word} {}", units::count(rows.committed))
    });
    let mut cells = vec![Cell::new(lane.scope.name())];
    cells.extend(counts.map(|count| Cell::new(units::count(count))));
    cells.push(match lane.seen {
        Seen::FromInside => Cell::new(rows.unwrap_or_default()),
        Seen::FromOutside => Cell::new(units::count(lane.ledger.unanswered)),
    });
    Row::new(cells)
}
