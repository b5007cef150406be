//! The claims as blocks: their words need the whole width, and their figures stand in columns.

use super::{WIDTH, title};
use crate::report::table::{Cell, Heading, Holds, Kind, Row, Table};
use crate::report::tables::APART;
use crate::report::text::{padded, padded_left, width, wrap};

/// Under the short name of a claim.
const INDENT: usize = 5;
/// Where the figures begin.
const LABELS: usize = 24;
/// Width of a column of figures: five of them fit.
const FIGURES: usize = 11;

pub(super) fn draw(table: &Table) -> String {
    let (columns, indent) = (WIDTH.into(), " ".repeat(INDENT));
    let mut lines = vec![title(table), heading(&table.head)];
    lines.push("─".repeat(width(&lines[1])));
    let mut words: Option<&Cell> = None;
    for row in &table.rows {
        if row.kind == Kind::Group {
            lines.extend(verdict(words.take(), columns));
            let label = row.cells.first().map_or("", |cell| cell.text.as_str());
            let (id, says) = label.split_once(' ').unwrap_or(("", label));
            lines.push(wrap(says, columns, &padded(id, INDENT), &indent));
        } else {
            lines.push(figures(row, &table.head));
            words = words.or_else(|| row.cells.get(table.head.len() - 1));
        }
    }
    lines.extend(verdict(words, columns));
    lines.extend(table.notes.iter().map(|note| wrap(note, columns, "", "")));
    lines.join("\n")
}

fn heading(head: &[Heading]) -> String {
    let names = head.iter().filter(|heading| heading.holds == Holds::Figures);
    let names: String = names.map(|heading| padded_left(&heading.text, FIGURES)).collect();
    format!("{:LABELS$}{names}", "")
}

/// A row of one pool library.
fn figures(row: &Row, head: &[Heading]) -> String {
    let texts = row.cells.iter().zip(head).filter(|(_, heading)| heading.holds == Holds::Figures);
    let texts: String = texts.map(|(cell, _)| padded_left(&cell.text, FIGURES)).collect();
    let label = row.cells.first().map_or(String::new(), |cell| fit(&cell.text));
    format!("{:INDENT$}{}{texts}", "", padded(&label, LABELS - INDENT)).trim_end().to_owned()
}

/// A label, cut off so that the figures keep their columns.
fn fit(label: &str) -> String {
    let room = LABELS - INDENT;
    match label.chars().count() {
        short if short < room => label.to_owned(),
        _ => label.chars().take(room - 2).chain(['…']).collect(),
    }
}

/// What became of a claim, and where its numbers differ.
fn verdict(cell: Option<&Cell>, width: usize) -> Vec<String> {
    let indent = " ".repeat(INDENT);
    let Some(cell) = cell else { return Vec::new() };
    let mut lines = vec![wrap(&cell.text, width, "  →  ", &indent)];
    let apart = cell.under.iter().flat_map(|under| under.lines());
    lines.extend(apart.map(|line| wrap(line.trim_start_matches(APART), width, "  ≠  ", &indent)));
    lines
}
