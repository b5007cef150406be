//! A table as HTML.

use crate::report::lang::punctuated;
use maud::{Markup, html};

use crate::report::table::{Cell, Clock, Heading, Holds, Kind, Named, Row, Table, Tone};
use crate::report::text::unbroken;

/// Whether a table stands under a heading of its own, or under that of its section.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnHeading {
    Yes,
    No,
}

/// The table with its subtitle and its notes, and with something between subtitle and table.
pub(super) fn draw(table: &Table, heading: OwnHeading, between: Markup) -> Markup {
    html! {
        div.sheet {
            @if heading == OwnHeading::Yes { h3 { (punctuated(&table.title)) } }
            p.subtitle { (punctuated(&table.subtitle)) }
            (between)
            div.scroll {
                table {
                    thead { tr { @for heading in &table.head { (head(heading)) } } }
                    tbody { @for row in &table.rows { (body(row, &table.head)) } }
                }
            }
            @for note in &table.notes { p.note { (unbroken(note)) } }
        }
    }
}

fn head(heading: &Heading) -> Markup {
    // Hyphens at the end of a line are for narrow columns of plain text.
    let words = heading.text.replace("-\n", "");
    html! {
        th.figures[heading.holds == Holds::Figures] scope="col" {
            @for (index, line) in words.lines().enumerate() { @if index > 0 { br; } (line) }
        }
    }
}

fn body(row: &Row, head: &[Heading]) -> Markup {
    match row.kind {
        Kind::Group => html! {
            tr.group { th colspan=(head.len()) scope="rowgroup" { @if let Some(cell) = row.cells.first() { span { (cell.text) } } } }
        },
        Kind::Plain | Kind::Total | Kind::Wasted => html! {
            tr.total[row.kind == Kind::Total].wasted[row.kind == Kind::Wasted] {
                @for (index, (cell, heading)) in row.cells.iter().zip(head).enumerate() {
                    @if index == 0 {
                        th scope="row" { (content(cell)) @if let Some(means) = row.explains { span.under { (means) } } }
                    } @else {
                        td class=(class(heading, cell)) rowspan=[cell.rows] { (content(cell)) }
                    }
                }
            }
        },
    }
}

fn class(heading: &Heading, cell: &Cell) -> &'static str {
    match (cell.tone, heading.holds) {
        (Tone::Good, _) => "good",
        (Tone::Mind, _) => "mind",
        (Tone::Bad, _) => "bad",
        (Tone::Plain, Holds::Figures) => "figures",
        (Tone::Plain, Holds::Words) => "words",
    }
}

/// Figures of the list carry their names, so that whoever looks finds the same one everywhere.
pub(super) fn figure(named: &Named, text: &str) -> Markup {
    let clock = match named.clock {
        Clock::Nominal => "nominal",
        Clock::Measured => "measured",
    };
    html! { span data-metric=(named.metric) data-of=(named.of) data-clock=(clock) { (unbroken(text)) } }
}

fn content(cell: &Cell) -> Markup {
    html! {
        @if cell.figures.is_empty() { (unbroken(&cell.text)) }
        @for (at, (named, text)) in cell.figures.iter().enumerate() { @if at > 0 { " · " } (figure(named, text)) }
        (under(cell))
    }
}

fn under(cell: &Cell) -> Markup {
    html! { @if let Some(under) = &cell.under { span.under { (under) } } }
}
