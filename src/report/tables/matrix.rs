//! Every session scope on every pool in one table, where there are more pools than two beside each other.

use super::super::table::{Cell, Heading, Row, Table};
use crate::analyse::{Act, Comparison, Known, LaneSummary, Metric, Reading};
use crate::report::View;
use crate::report::lang::{key, say, word};
use crate::units;

/// With fewer pools the tables before this one are next to each other.
const FEWEST_POOLS: usize = 3;

/// The columns before the last one: heading, act and metric.
const COLUMNS: [(&'static str, Act, Metric); 5] = [
    (key("hold"), Act::SideBySide, Metric::HoldMean),
    (key("wait\np50"), Act::SideBySide, Metric::AcquireWaitP50),
    (key("wait\np99"), Act::SideBySide, Metric::AcquireWaitP99),
    (key("longest\nwait"), Act::SideBySide, Metric::AcquireWaitMax),
    (key("at\ncapacity"), Act::Capacity, Metric::ThroughputFromHolds),
];

/// The table; nothing where there are two pools or fewer.
pub(in crate::report) fn matrix(view: View<'_>) -> Option<Table> {
    let pools = &view.summary.side_by_side;
    if pools.len() < FEWEST_POOLS {
        return None;
    }
    let mut head = vec![Heading::words("")];
    head.extend(COLUMNS.map(|(heading, ..)| Heading::figures(word(heading))));
    head.push(Heading::figures(word("longest\n÷ p50")));
    let mut rows = Vec::new();
    for scope in &view.record.plan.scopes {
        rows.push(Row::group(scope.name()));
        let lanes = pools.iter().filter_map(|pool| lane(pool, scope.name()));
        rows.extend(lanes.map(|lane| row(view, lane)));
    }
    Some(Table {
        title: word("Session scopes and pools").into(),
        subtitle: say!("each pool with {size} connections, {source}, at nominal times", size = units::count(view.record.plan.pool.size.into()), source = view.source()),
        head,
        rows,
        notes: vec![
            word("Longest ÷ p50: how unequally the waits of a lane are shared out; the same load, so a pool with a larger number lets some wait longer for the sake of others. Without a number: one of the two is a lower bound.")
                .to_owned(),
            word("\"none\" keeps no connection: each acquire makes one, at most as many at once as the pools have. With request scope that is a connection for each request.")
                .to_owned(),
        ],
    })
}

fn lane<'a>(pool: &'a Comparison, scope: &str) -> Option<&'a LaneSummary> {
    pool.lanes.iter().find(|lane| lane.scope.name() == scope)
}

fn row(view: View<'_>, lane: &LaneSummary) -> Row {
    let reading = |act, metric| -> Option<Reading> {
        let figure = view.summary.figures.at(act, &lane.pool, lane.scope, metric)?;
        figure.at_nominal().map(|side| side.value)
    };
    let mut cells = vec![Cell::new(&lane.pool)];
    for (_, act, metric) in COLUMNS {
        cells.push(Cell {
            under: None,
            ..Cell::nominal(view.summary.figures.at(act, &lane.pool, lane.scope, metric))
        });
    }
    let known = |metric| match reading(Act::SideBySide, metric)?.time()? {
        Known::Exactly(time) => Some(time.as_secs_f64()),
        Known::MoreThan(_) => None,
    };
    let shared = known(Metric::AcquireWaitMax).zip(known(Metric::AcquireWaitP50));
    let shared = shared.filter(|(_, median)| *median > 0.0).map(|(longest, median)| longest / median);
    cells.push(Cell::new(
        shared.map_or_else(|| "–".to_owned(), |ratio| format!("{} ×", units::number(ratio))),
    ));
    Row::new(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::summarise;
    use crate::archive::LaneTape;
    use crate::record::Durations;

    fn drawn(record: &crate::archive::Run) -> Option<Table> {
        matrix(View { record, summary: &summarise(record) })
    }

    #[test]
    fn every_scope_stands_on_every_pool_with_how_unequal_its_waits_are() {
        let mut record = record();
        assert_eq!(drawn(&record), None, "two pools stand beside each other already");
        record.plan.pools.push("bb8".to_owned());
        for lanes in [&mut record.side_by_side, &mut record.capacity] {
            let more: Vec<_> = lanes.iter().filter(|lane| lane.pool == "sqlx").cloned().collect();
            lanes.extend(more.into_iter().map(|lane| LaneTape { pool: "bb8".into(), ..lane }));
        }
        let of_bb8 = record.side_by_side.iter_mut().filter(|lane| lane.pool == "bb8");
        for lane in of_bb8 {
            let mut waits = Durations::default();
            for wait in [1_000, 1_000, 1_000, 20_000] {
                waits.note(wait, crate::record::End::Seen);
            }
            lane.tape.measured.acquire_wait = waits;
        }
        let table = drawn(&record).unwrap();
        assert_eq!(table.rows.len(), 2 * (1 + 3));
        let bb8 = &table.rows[3].cells;
        assert_eq!((&*bb8[0].text, &*bb8[2].text), ("bb8", "≤ 50.1 µs"));
        assert_eq!(bb8.last().unwrap().text, "20 ×");
    }
}
