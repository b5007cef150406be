//! The report as one HTML file: no script, nothing fetched, readable from `file://`, in the dark
//! and on paper.

mod anatomy;
mod history;
mod libraries;
mod method;
mod overview;
mod sections;
mod table;
mod tap;

use std::io;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use history::history;
pub use tap::tap;

use super::text::clean;
use super::{Chart, View};

const STYLE: &str = include_str!("style.css");

/// Nothing may be run or fetched, whatever found its way into the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// Writes the report as one HTML file.
///
/// # Errors
/// When the writer fails.
pub fn render(view: View<'_>, charts: &[Chart], out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(view, charts).into_string().as_bytes())
}

fn page(view: View<'_>, charts: &[Chart]) -> Markup {
    let plan = &view.record.plan;
    let title = format!("{} · poolbench", clean(&plan.scenario));
    let body = html! {
        (overview::masthead(view))
        main {
            (overview::caveats(view))
            (overview::picture(view, charts))
            (overview::headline(view))
            (overview::recommendation(view))
            (sections::claims(view))
            (sections::questions(view, charts))
        }
        footer { "Made by poolbench " (clean(&view.record.poolbench)) " from record.json; nothing in it was fetched, and nothing runs." }
    };
    document(&title, &body)
}

/// A page of its own, in which nothing may run.
fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
}
