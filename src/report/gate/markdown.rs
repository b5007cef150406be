//! The gate as Markdown, for the summary of a CI job.

use crate::report::lang::{punctuated, say};
use std::io::{self, Write};

use super::rows::rows;
use crate::gate::{Judgement, Verdict};
use crate::report::text::clean;
use crate::report::words;

/// Writes the judgement as a section with a table.
///
/// # Errors
/// When the writer fails.
pub fn markdown(judgement: &Judgement, out: &mut dyn Write) -> io::Result<()> {
    let verdict = judgement.verdict();
    writeln!(
        out,
        "{}",
        say!(
            "## poolbench gate: {verdict} {verdict2}\n",
            verdict = sign(verdict),
            verdict2 = words::gate_verdict(verdict)
        )
    )?;
    let against = judgement
        .baseline
        .as_ref()
        .map_or_else(String::new, |name| say!(", against {escaped}", escaped = escaped(name)));
    writeln!(out, "{}: {}{against}\n", escaped(&judgement.scenario), escaped(&judgement.run))?;
    writeln!(out, "{}", say!("| | what was asked | of | what was found |\n|---|---|---|---|"))?;
    for row in rows(judgement) {
        let word = words::gate_verdict(row.verdict);
        let (asks, place, finding) = (escaped(&row.asks), escaped(&row.place), escaped(&row.finding));
        writeln!(out, "| {} {word} | {asks} | {place} | {finding} |", sign(row.verdict))?;
    }
    writeln!(out)
}

fn sign(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass | Verdict::Better => "✅",
        Verdict::Noted => "ℹ️",
        Verdict::Inconclusive => "❔",
        Verdict::Regression | Verdict::Breach => "❌",
    }
}

/// Text that stays in its cell and is nothing but text: every sign with a meaning in Markdown or HTML is escaped.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for c in punctuated(&clean(text)).chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '~' | '!' => {
                safe.push('\\');
                safe.push(c);
            }
            // A mention would send somebody a message.
            '@' => safe.push_str("&#64;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn no_text_leaves_its_cell_or_becomes_a_link_or_a_tag() {
        assert_eq!(escaped("a|b\n<script>[x](y) @me"), "a\\|b &lt;script&gt;\\[x\\](y) &#64;me");
    }
}
