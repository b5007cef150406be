//! Several runs beside each other as a page of its own.

use std::io;

use maud::{Markup, html};

use super::table::{OwnHeading, draw};
use super::{Script, document};
use crate::report::beside::{self, Named, Standing};
use crate::report::lang::word;
use crate::report::text::{clean, unbroken};

/// Writes the runs with their verdicts, what differs in their conditions, and their figures in columns as one HTML
/// file.
///
/// # Errors
/// When the writer fails.
pub fn beside(runs: &[Named<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(runs).into_string().as_bytes())
}

fn page(runs: &[Named<'_>]) -> Markup {
    let body = html! {
        header.masthead {
            p.eyebrow { (word("poolbench · runs beside each other")) }
            h1 { (runs.len()) (word(" runs beside each other")) }
        }
        main {
            ol.runs {
                @for run in beside::standing(runs) { (told(&run)) }
            }
            section id="conditions" {
                @match beside::differences(runs) {
                    Some(table) => { h2 { (table.title) } (draw(&table, OwnHeading::No, html! {})) }
                    None => { h2 { (word("Alike in their conditions")) } }
                }
            }
            section id="figures" {
                @let table = beside::table(runs);
                h2 { (table.title) }
                (draw(&table, OwnHeading::No, html! {}))
            }
        }
        footer { (word("Made by poolbench ")) (env!("CARGO_PKG_VERSION")) (word(" from the records; \
             nothing in it was fetched, and nothing runs.")) }
    };
    document(word("runs beside each other · poolbench"), &body, Script::None)
}

fn told(run: &Standing<'_>) -> Markup {
    html! {
        li.sheet {
            p.eyebrow { strong { (run.letter) } " · " (run.source) " · " (clean(run.scenario)) " · " (clean(run.created)) }
            p.advice { (unbroken(&run.verdict)) }
            p.note { (clean(run.name)) }
        }
    }
}
