//! The report as Markdown, for a review or a page of a wiki: the verdict, the caveats and every table.

use std::io::{self, Write};

use super::gate::escaped;
use super::table::{Cell, Holds, Row, Table};
use super::{View, change, facts, tables, words};
use crate::analyse::Weight;
use crate::gate::Changes;
use crate::report::lang::say;

/// Writes the report as Markdown.
///
/// # Errors
/// When the writer fails.
pub fn render(view: View<'_>, out: &mut dyn Write) -> io::Result<()> {
    render_against(view, None, out)
}

/// The same with what changed against a baseline, where there is one: folded.
///
/// # Errors
/// When the writer fails.
pub fn render_against(view: View<'_>, changes: Option<&Changes>, out: &mut dyn Write) -> io::Result<()> {
    let (plan, summary) = (&view.record.plan, view.summary);
    writeln!(out, "# {} · {}\n", escaped(&plan.scenario), escaped(&plan.request))?;
    if let Some(fault) = facts::fault(view.record) {
        writeln!(out, "**{}**\n", escaped(&fault))?;
    }
    writeln!(
        out,
        "{}\n\n{}\n",
        escaped(&words::verdict(plan, &summary.verdict)),
        escaped(&words::basis(&summary.verdict))
    )?;
    let told: Vec<_> = summary.caveats.iter().filter(|caveat| caveat.weight() < Weight::Note).collect();
    for caveat in &told {
        writeln!(out, "* {}", escaped(&words::caveat(caveat)))?;
    }
    if !told.is_empty() {
        writeln!(out)?;
    }
    if let Some(told) = words::recommendation(plan, summary) {
        writeln!(
            out,
            "{}",
            say!(
                "## What to change\n\n**{change}**\n\n* worth: {worth}",
                change = escaped(&told.change),
                worth = escaped(&told.worth)
            )
        )?;
        told.costs.iter().try_for_each(|(what, words)| writeln!(out, "* {what}: {}", escaped(words)))?;
        writeln!(out)?;
    }
    all(view).iter().try_for_each(|table| draw(table, out))?;
    let Some(changes) = changes else { return Ok(()) };
    let table = change::table(changes);
    writeln!(out, "<details><summary>{}</summary>\n", escaped(&table.title))?;
    draw(&table, out)?;
    writeln!(out, "</details>")
}

/// The tables, in the order of the report on a terminal.
fn all(view: View<'_>) -> Vec<Table> {
    let mut all = tables::phases(view);
    all.extend(tables::side_by_side(view));
    all.extend(tables::kinds(view));
    all.extend(tables::capacity(view));
    all.extend(tables::measured(view));
    all.extend(tables::capacity_measured(view));
    all.extend(tables::matrix(view));
    all.extend(tables::price(view));
    all.extend(tables::claims(view));
    all.extend(tables::prediction(view));
    all.extend(tables::proof(view));
    all.extend(tables::ledger(view));
    all
}

pub(super) fn draw(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}\n\n{}\n", escaped(&table.title), escaped(&table.subtitle))?;
    let heads: Vec<String> = table.head.iter().map(|head| lines(&head.text)).collect();
    let sides = table.head.iter().map(|head| match head.holds {
        Holds::Words => "---",
        Holds::Figures => "---:",
    });
    writeln!(out, "| {} |\n|{}|", heads.join(" | "), sides.collect::<Vec<_>>().join("|"))?;
    for row in &table.rows {
        writeln!(out, "| {} |", cells(row, table.head.len()).join(" | "))?;
    }
    writeln!(out)?;
    for note in &table.notes {
        writeln!(out, "{}\n", escaped(note))?;
    }
    Ok(())
}

/// As many cells as there are columns: a row that heads a group has fewer.
fn cells(row: &Row, columns: usize) -> Vec<String> {
    let mut cells: Vec<String> = row.cells.iter().map(cell).collect();
    cells.resize(columns, String::new());
    cells
}

fn cell(cell: &Cell) -> String {
    match &cell.under {
        Some(under) => format!("{}<br>{}", lines(&cell.text), lines(under)),
        None => lines(&cell.text),
    }
}

/// A line break stays one; all else is text.
fn lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("<br>")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::summarise;

    #[test]
    fn every_table_has_as_many_cells_in_each_row_as_columns_and_the_price_is_among_them() {
        let mut record = record();
        record.plan.scenario = "a|b <b>".to_owned();
        let mut text = Vec::new();
        render(View { record: &record, summary: &summarise(&record) }, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.starts_with("# a\\|b &lt;b&gt; · "), "{text}");
        for title in ["Side by side: sqlx", "Capacity", "What releasing costs", "Claims"] {
            assert!(text.contains(&format!("\n## {title}\n")), "{title}");
        }
        assert!(text.contains("| · enqueue | nothing | create\\_job, marked |"), "{text}");
        let bars = |line: &str| line.replace("\\|", "").matches('|').count();
        for block in text.split("\n\n").filter(|block| block.starts_with('|')) {
            let columns = bars(block.lines().next().unwrap());
            assert!(block.lines().all(|line| bars(line) == columns), "{block}");
        }
    }
}
