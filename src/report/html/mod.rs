//! The report as one HTML file: nothing fetched, readable from `file://`, in the dark and on paper, and without its
//! script as well.

mod anatomy;
mod beside;
mod figure;
mod history;
mod index;
mod libraries;
mod method;
mod overview;
mod sections;
mod table;
mod tap;
mod watch;

use std::io;

use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

pub use beside::{beside, beside_mixed};
pub use history::history;
pub use index::{INDEX_MARK, index};
pub use tap::tap;
pub use watch::watch;

use super::text::clean;
use super::{Chart, View};
use crate::gate::Changes;
use crate::report::lang::{key, say, spoken, word};

const STYLE: &str = include_str!("style.css");

/// The only script of a page.
const SCRIPT: &str = include_str!("figures.js");

/// Nothing may be fetched, and nothing run but our own script, known by its hash, whatever found its way into the page.
fn policy(script: Script) -> String {
    let nothing = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
    match script {
        Script::None => nothing.to_owned(),
        Script::Figures => {
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(spoken_script()));
            format!("{nothing}; script-src 'sha256-{hash}'")
        }
    }
}

/// What runs in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    /// Nothing.
    None,
    /// What makes figures answer.
    Figures,
}

/// Writes the report as one HTML file.
///
/// # Errors
/// When the writer fails.
pub fn render(view: View<'_>, charts: &[Chart], out: &mut dyn io::Write) -> io::Result<()> {
    render_against(view, charts, None, out)
}

/// The same with what changed against a baseline, where there is one.
///
/// # Errors
/// When the writer fails.
pub fn render_against(
    view: View<'_>,
    charts: &[Chart],
    changes: Option<&Changes>,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    out.write_all(page(view, charts, changes).into_string().as_bytes())
}

fn page(view: View<'_>, charts: &[Chart], changes: Option<&Changes>) -> Markup {
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
            @if let Some(changes) = changes { (sections::changes(changes)) }
        }
        (answering_footer(&view.record.poolbench, "record.json"))
    };
    document(&title, &body, Script::Figures)
}

/// The last words of a page whose figures answer. `from` is the file that it tells of.
fn answering_footer(poolbench: &str, from: &str) -> Markup {
    html! {
        footer {
            (say!(
                "Made by poolbench {poolbench} from {from}; nothing in it was fetched. Its one script makes \
                 figures answer; the page reads the same without it.",
                poolbench = clean(poolbench),
                from
            ))
        }
    }
}

/// How figures are looked into, which the script tells.
const ZOOM: &str = key("Drag across to zoom, double-click for all; by keyboard + − 0, and ← → for values.");
const VALUES: &str = key("← → for values.");

/// The script with its words in the language of the page.
fn spoken_script() -> String {
    [ZOOM, VALUES].into_iter().fold(SCRIPT.to_owned(), |script, told| {
        script.replace(&format!("\"{told}\""), &format!("\"{}\"", word(told)))
    })
}

/// A page of its own, in which nothing else may run.
fn document(title: &str, body: &Markup, script: Script) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(spoken().code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(policy(script));
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) @if script == Script::Figures { script { (PreEscaped(spoken_script())) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::lang::{Lang, within};

    #[test]
    fn the_script_tells_in_the_language_of_the_page() {
        assert_eq!(within(Lang::En, spoken_script), SCRIPT);
        let chinese = within(Lang::Zh, spoken_script);
        for told in [ZOOM, VALUES] {
            let word = within(Lang::Zh, || word(told));
            assert!(
                SCRIPT.contains(&format!("\"{told}\"")) && chinese.contains(&format!("\"{word}\"")),
                "{told}"
            );
        }
    }
}
