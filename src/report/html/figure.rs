//! A chart on a page: its title, what to see, its key, and the picture for wide and for narrow screens.

use crate::report::lang::word;
use maud::{Markup, PreEscaped, html};

use crate::report::Chart;
use crate::report::chart::{Entry, Mark};
use crate::report::text::{clean, unbroken};

/// Charts below each other.
pub(super) fn pictures<'a>(charts: impl Iterator<Item = &'a Chart>) -> Markup {
    html! { @for chart in charts { (picture(chart)) } }
}

fn picture(chart: &Chart) -> Markup {
    let page = &chart.on_page;
    html! {
        figure id=(format!("figure-{}", chart.name)) aria-label=(clean(&chart.title)) {
            h3 { (clean(&chart.title)) }
            @if !page.sees.is_empty() { p.sees { (unbroken(&page.sees)) } }
            (key(&chart.name, &page.key))
            @match &page.narrow {
                Some(narrow) => {
                    div.picture.wide { (PreEscaped(&page.wide)) }
                    div.picture.narrow { (PreEscaped(narrow)) }
                }
                None => div.picture.broad { (PreEscaped(&page.wide)) }
            }
            figcaption { details.printed { summary { (word("How to read it")) } p { (unbroken(&chart.explains)) } } }
        }
    }
}

/// What the marks stand for. An entry with a colour of its own is a switch that hides its marks, and needs no script.
fn key(name: &str, entries: &[Entry]) -> Markup {
    html! {
        @if !entries.is_empty() {
            ul.key {
                @for (at, entry) in entries.iter().enumerate() {
                    li {
                        @match switched(entry) {
                            Some(color) => label {
                                input type="checkbox" checked class=(format!("toggle-{color}")) name=(format!("{name}-{at}"));
                                (mark(entry)) span { (unbroken(&entry.words)) }
                            }
                            None => { (mark(entry)) span { (unbroken(&entry.words)) } }
                        }
                    }
                }
            }
        }
    }
}

/// What marks stand for that are not hidden.
pub(super) fn plain_key(entries: &[Entry]) -> Markup {
    html! { ul.key { @for entry in entries { li { (mark(entry)) span { (unbroken(&entry.words)) } } } } }
}

/// The colour whose marks a switch hides. Ink and shades are also those of axes and grounds.
fn switched(entry: &Entry) -> Option<&'static str> {
    entry.color.filter(|color| !["ink", "muted", "shade", "grid", "paper"].contains(color))
}

fn mark(entry: &Entry) -> Markup {
    let shape = match entry.mark {
        Mark::Box => "box",
        Mark::Line => "line",
        Mark::Broken => "broken",
        Mark::Upright => "upright",
        Mark::Diamond => "diamond",
        Mark::Pointer => "pointer",
    };
    let class = format!("mark {shape} b-{}", entry.color.unwrap_or("muted"));
    html! { span class=(class) aria-hidden="true" {} }
}
