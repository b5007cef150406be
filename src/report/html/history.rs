//! The course of the figures as a page of its own.

use std::io;

use maud::{Markup, html};

use super::{Script, answering_footer, document, figure};
use crate::gate::history::Course;
use crate::report::Chart;
use crate::report::lang::word;
use crate::report::text::clean;

/// Writes the courses with their charts as one HTML file.
///
/// # Errors
/// When the writer fails.
pub fn history(courses: &[(&Course, Vec<Chart>)], out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(page(courses).into_string().as_bytes())
}

fn page(courses: &[(&Course, Vec<Chart>)]) -> Markup {
    let body = html! {
        header.masthead {
            p.eyebrow { (word("poolbench · history")) }
            h1 { (word("How the figures went, run by run")) }
        }
        main {
            @for (course, charts) in courses {
                section {
                    h2 { (clean(&course.scenario)) ": " (course.runs.len()) (word(" runs")) }
                    (figure::pictures(charts.iter()))
                    h3 { (word("The runs")) }
                    ol.reading {
                        @for run in &course.runs { li { (clean(&run.created)) " " (clean(&run.name)) } }
                    }
                }
            }
        }
        (answering_footer(env!("CARGO_PKG_VERSION"), word("the records")))
    };
    document(word("history · poolbench"), &body, Script::Figures)
}
