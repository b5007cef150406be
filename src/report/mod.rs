//! SHOW IT: what a run shows, as terminal text, as charts and as one HTML file.
//!
//! Renderers write to any writer. They know no terminal, no file and no runtime. All text that
//! comes from a record is cleaned of control characters, and escaped in HTML.

pub mod beside;
mod cards;
mod change;
pub mod chart;
pub mod compare;
mod facts;
pub mod forecast;
pub mod gate;
pub mod hazard;
pub mod history;
pub mod html;
pub mod json;
pub mod lang;
pub mod markdown;
pub mod metrics;
pub mod sizing;
pub mod spreadsheet;
mod table;
mod tables;
pub mod tap;
pub mod terminal;
pub(crate) mod text;
pub mod watch;
mod words;

pub(crate) use text::wrap;

use crate::analyse::Summary;
use crate::archive::{Headline, Run, Source};
use crate::report::lang::word;

/// What a report is made from.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// The record.
    pub record: &'a Run,
    /// What it shows.
    pub summary: &'a Summary,
}

impl View<'_> {
    /// The word for where the figures come from.
    fn source(&self) -> &'static str {
        match self.record.source {
            Source::Measured => word("measured"),
            Source::Simulated => word("simulated"),
        }
    }
}

/// What a run shows, in one sentence; of one that a fault ended, the fault.
#[must_use]
pub fn sentence(view: View<'_>) -> String {
    let verdict = || words::verdict(&view.record.plan, &view.summary.verdict);
    facts::fault(view.record).unwrap_or_else(verdict)
}

/// A run in a list of runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Name of its folder.
    pub folder: String,
    /// What is told of it.
    pub headline: Headline,
    /// Whether its report is there.
    pub has_report: bool,
}

/// A chart for the HTML report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Short name, as in the file's: `occupancy`.
    pub name: String,
    /// What it shows.
    pub title: String,
    /// How to read it, in a sentence or two.
    pub explains: String,
    /// The picture, and what its marks stand for.
    pub on_page: chart::OnPage,
}

impl From<chart::Drawn> for Chart {
    fn from(drawn: chart::Drawn) -> Self {
        let chart::Drawn { name, title, explains, on_page, .. } = drawn;
        Self { name, title, explains, on_page }
    }
}
