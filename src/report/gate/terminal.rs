//! The gate in a terminal of 80 columns.

use crate::report::lang::say;
use std::io::{self, Write};

use super::rows::rows;
use crate::gate::{Judgement, Verdict};
use crate::report::text::{clean, padded, wrap};
use crate::report::words;

const WIDTH: usize = 80;
const INDENT: &str = "                ";

/// Writes what was asked of a run and what became of it, the verdict last.
///
/// # Errors
/// When the writer fails.
pub fn terminal(judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let against = judgement
        .baseline
        .as_ref()
        .map_or_else(String::new, |name| say!(", against {name}", name = clean(name)));
    let head = format!("{}: {}{against}", clean(&judgement.scenario), clean(&judgement.run));
    writeln!(out, "{}\n", wrap(&head, WIDTH, "", "  "))?;
    for row in rows(judgement) {
        let word = words::gate_verdict(row.verdict);
        let word = if row.verdict >= Verdict::Inconclusive { word.to_uppercase() } else { word.to_owned() };
        let place = if row.place.is_empty() { String::new() } else { format!(" ({})", row.place) };
        let finding = if row.finding.is_empty() { String::new() } else { format!(": {}", row.finding) };
        let line = format!("{}{place}{finding}", row.asks);
        writeln!(out, "{}", wrap(&line, WIDTH, &format!("  {}", padded(&word, 14)), INDENT))?;
    }
    writeln!(out, "{}", say!("\nverdict: {judgement}", judgement = words::gate_verdict(judgement.verdict())))
}
