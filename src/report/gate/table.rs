//! The gate as a table for a page.

use super::rows::rows;
use crate::gate::{Judgement, Verdict};
use crate::report::lang::{say, word};
use crate::report::table::{Cell, Heading, Row, Table, Tone};
use crate::report::words;

/// What was asked, with what became of it.
pub(in crate::report) fn table(judgement: &Judgement) -> Table {
    let line = |row: super::rows::GateRow| {
        let tone = match row.verdict {
            Verdict::Pass | Verdict::Better => Tone::Good,
            Verdict::Noted | Verdict::Inconclusive => Tone::Mind,
            Verdict::Regression | Verdict::Breach => Tone::Bad,
        };
        let verdict = Cell { tone, ..Cell::new(words::gate_verdict(row.verdict)) };
        Row::new(vec![Cell::new(row.asks), verdict, Cell::new(row.finding)])
    };
    Table {
        title: say!("Objectives: {judgement}", judgement = words::gate_verdict(judgement.verdict())),
        subtitle: word("What had to be true, and what was found.").to_owned(),
        head: [word("objective"), word("verdict"), word("found")].map(Heading::words).into(),
        rows: rows(judgement).into_iter().map(line).collect(),
        notes: Vec::new(),
    }
}
