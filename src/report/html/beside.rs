//! Several runs beside each other as a page of its own.

use std::io;

use maud::{Markup, html};

use super::table::{OwnHeading, draw};
use super::{Script, document};
use crate::report::beside::{self, Named, Side, Standing};
use crate::report::lang::word;
use crate::report::table::Table;
use crate::report::text::{clean, unbroken};

/// Writes the runs with their verdicts, what differs in their conditions, and their figures in columns as one HTML
/// file.
///
/// # Errors
/// When the writer fails.
pub fn beside(runs: &[Named<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(&beside::standing(runs).collect::<Vec<_>>(), &of_runs(runs)).into_string().as_bytes())
}

/// The same of runs and of applications that were tapped or watched.
///
/// # Errors
/// When the writer fails.
pub fn beside_mixed(sides: &[Side<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let body = html! { section id="figures" { (titled(&beside::mixed_table(sides))) } };
    out.write_all(page(&beside::all(sides), &body).into_string().as_bytes())
}

fn of_runs(runs: &[Named<'_>]) -> Markup {
    html! {
        section id="conditions" {
            @match beside::differences(runs) {
                Some(table) => { (titled(&table)) }
                None => { h2 { (word("Alike in their conditions")) } }
            }
        }
        section id="figures" { (titled(&beside::table(runs))) }
    }
}

fn titled(table: &Table) -> Markup {
    html! { h2 { (table.title) } (draw(table, OwnHeading::No, html! {})) }
}

fn page(standing: &[Standing<'_>], tables: &Markup) -> Markup {
    let body = html! {
        header.masthead {
            p.eyebrow { (word("poolbench · runs beside each other")) }
            h1 { (standing.len()) (word(" runs beside each other")) }
        }
        main {
            ol.runs {
                @for run in standing { (told(run)) }
            }
            (tables)
        }
        footer { (word("Made by poolbench ")) (env!("CARGO_PKG_VERSION")) (word(" from the records; \
             nothing in it was fetched, and nothing runs.")) }
    };
    document(word("runs beside each other · poolbench"), &body, Script::None)
}

fn told(run: &Standing<'_>) -> Markup {
    html! {
        li.sheet {
            p.eyebrow { strong { (run.letter) } " · " (run.source) " · " @if !run.scenario.is_empty() { (clean(run.scenario)) " · " } (clean(run.created)) }
            p.advice { (unbroken(&run.verdict)) }
            p.note { (clean(run.name)) }
        }
    }
}
