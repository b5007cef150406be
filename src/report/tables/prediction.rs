//! Itinerary, theory, twin and measurement beside each other.

use super::super::table::{Cell, Heading, Row, Table, Tone};
use crate::analyse::{Agreement, PredictionRow};
use crate::report::View;
use crate::report::text::clean;

/// The table; nothing where no lane of the open loop held a connection.
pub(in crate::report) fn prediction(view: View<'_>) -> Option<Table> {
    let lanes = &view.summary.prediction;
    if lanes.is_empty() {
        return None;
    }
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for lane in lanes {
        rows.push(Row::group(&format!("{}, {}", lane.pool, lane.scope)));
        rows.extend(lane.rows.iter().map(row));
        let name = format!("{}, {}", clean(&lane.pool), lane.scope);
        notes.push(format!("{name}: {}.", lane.formula));
        notes.extend(lane.no_twin.as_ref().map(|why| format!("{name}: no twin: {}.", clean(why))));
    }
    notes.push(
        "Theory and twin are given the measured holds, so that what is compared is the waiting. Under the twin \
         is its range over 39 other seeds: a measured figure lies in it in 95 of 100 runs, if nothing but \
         chance is at work."
            .into(),
    );
    let head = ["itinerary", "theory", "twin"].map(Heading::figures);
    let head = std::iter::once(Heading::words("")).chain(head);
    Some(Table {
        title: "Prediction".into(),
        subtitle: "what the plan, theory and the twin let expect, at the clock of the run".into(),
        head: head
            .chain([Heading::figures(view.source()), Heading::words("do twin and run agree?")])
            .collect(),
        rows,
        notes,
    })
}

fn row(row: &PredictionRow) -> Row {
    let (tone, word) = match row.agreement {
        Agreement::Agree => (Tone::Good, "agree"),
        Agreement::Differ => (Tone::Mind, "differ"),
        Agreement::Unknown => (Tone::Plain, "–"),
    };
    let told = if row.reason.is_empty() { word.to_owned() } else { format!("{word}: {}", row.reason) };
    Row::new(vec![
        Cell::new(row.quantity),
        Cell::new(&row.itinerary),
        Cell::new(&row.theory),
        Cell { under: row.range.clone(), ..Cell::new(&row.twin) },
        Cell::new(&row.measured),
        Cell { tone, ..Cell::new(told) },
    ])
}
