//! A table as HTML.

use maud::{Markup, html};

use crate::report::table::{Cell, Heading, Holds, Kind, Row, Table};

/// The table with its subtitle as caption and its notes.
pub(super) fn draw(table: &Table) -> Markup {
    draw_under(table, html! {})
}

/// The same, with something between caption and table.
pub(super) fn draw_under(table: &Table, between: Markup) -> Markup {
    html! {
        div.sheet {
            h3 { (table.title) }
            p.subtitle { (table.subtitle) }
            (between)
            div.scroll {
                table {
                    thead { tr { @for heading in &table.head { (head(heading)) } } }
                    tbody { @for row in &table.rows { (body(row, &table.head)) } }
                }
            }
            @for note in &table.notes { p.note { (note) } }
        }
    }
}

fn head(heading: &Heading) -> Markup {
    let words = heading.text.replace("-\n", "").replace('\n', " ");
    html! { th.figures[heading.holds == Holds::Figures] scope="col" { (words) } }
}

fn body(row: &Row, head: &[Heading]) -> Markup {
    match row.kind {
        Kind::Group => html! {
            tr.group { th colspan=(head.len()) scope="rowgroup" { @if let Some(cell) = row.cells.first() { (cell.text) } } }
        },
        Kind::Plain | Kind::Total | Kind::Wasted => html! {
            tr.total[row.kind == Kind::Total].wasted[row.kind == Kind::Wasted] {
                @for (index, (cell, heading)) in row.cells.iter().zip(head).enumerate() {
                    @if index == 0 {
                        th scope="row" { (content(cell)) @if let Some(means) = row.explains { span.under { (means) } } }
                    } @else {
                        td.figures[heading.holds == Holds::Figures] { (content(cell)) }
                    }
                }
            }
        },
    }
}

fn content(cell: &Cell) -> Markup {
    html! { (cell.text) @if let Some(under) = &cell.under { span.under { (under) } } }
}
