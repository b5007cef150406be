//! The metrics as one table in Markdown, as it stands in `docs/figures.md`.

use super::json::{better, unit};
use super::words;
use crate::analyse::Metric;

/// A row for each metric: its stable name, of what it is, its unit, which way it gets better, and what it
/// means.
#[must_use]
pub fn table() -> String {
    let mut table = String::from("| metric | of | unit | better | what it is |\n|---|---|---|---|---|\n");
    for metric in Metric::all() {
        table.push_str(&row(metric));
    }
    table
}

fn row(metric: Metric) -> String {
    let of = if metric.is_of_a_pair() { "pair" } else { "lane" };
    format!(
        "| `{}` | {of} | {} | {} | {} |\n",
        metric.name(),
        unit(metric.unit()),
        better(metric.better()),
        words::meaning(metric).replace('|', "\\|"),
    )
}
