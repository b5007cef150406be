//! The runs of a folder as a page: newest first, with their kinds and verdicts.

use crate::report::lang::word;
use std::io;

use maud::{Markup, html};

use super::{Script, document};
use crate::report::Listed;
use crate::report::text::{clean, unbroken};

/// By this a page is known as one of poolbench's, and may be written anew.
pub const INDEX_MARK: &str = "<title>runs · poolbench</title>";

/// Writes the page.
///
/// # Errors
/// When the writer fails.
pub fn index(runs: &[Listed], out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(runs).into_string().as_bytes())
}

fn page(runs: &[Listed]) -> Markup {
    let body = html! {
        header.masthead {
            p.eyebrow { (word("poolbench · runs")) }
            h1 { (runs.len()) @if runs.len() == 1 { (word(" run")) } @else { (word(" runs")) } (word(", newest first")) }
        }
        main {
            ol.runs {
                @for run in runs {
                    @let headline = &run.headline;
                    li.sheet {
                        p.eyebrow { span class=(format!("kind {}", headline.kind.word())) { (word(headline.kind.word())) } " · " (clean(&headline.scenario)) " · " (clean(&headline.created)) }
                        p.advice { (unbroken(&headline.verdict)) }
                        p.note {
                            @if run.has_report { a href=(format!("{}/report.html", address(&run.folder))) { (word("report")) } " · " }
                            a href=(format!("{}/", address(&run.folder))) { (clean(&run.folder)) }
                        }
                    }
                }
            }
        }
        footer { (word("Made by poolbench ")) (env!("CARGO_PKG_VERSION")) (word(", anew after every run.")) }
    };
    document("runs · poolbench", &body, Script::None)
}

/// A folder's name as part of an address.
fn address(folder: &str) -> String {
    format!("./{}", percent_encoding::utf8_percent_encode(folder, percent_encoding::NON_ALPHANUMERIC))
}
