//! The gate as annotations of GitHub Actions: lines that a workflow's log shows at the top of its page.

use std::io::{self, Write};

use super::rows::rows;
use crate::gate::{Judgement, Verdict};
use crate::report::words;

/// Writes a line for everything that is no pass, and nothing where all is.
///
/// # Errors
/// When the writer fails.
pub fn github(judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    for row in rows(judgement) {
        let command = match row.verdict {
            Verdict::Pass | Verdict::Better | Verdict::Noted => continue,
            Verdict::Inconclusive | Verdict::Regression | Verdict::Breach => "error",
        };
        let title = format!("poolbench: {}", words::gate_verdict(row.verdict));
        let place = if row.place.is_empty() { String::new() } else { format!(" ({})", row.place) };
        let message = format!("{}{place}: {}", row.asks, row.finding);
        writeln!(out, "::{command} title={}::{}", property(&title), data(&message))?;
    }
    Ok(())
}

/// A message on one line: the runner reads a command from each.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
