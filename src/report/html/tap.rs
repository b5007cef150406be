//! What a tap saw, as a page of its own.

use std::io;

use maud::{Markup, html};

use super::table::{OwnHeading, draw};
use super::{Script, answering_footer, document, figure};
use crate::report::gate;
use crate::report::lang::{say, word};
use crate::report::table::{Cell, Heading, Row, Table};
use crate::report::tap::causes::Causes;
use crate::report::tap::{Answer, Page, words};
use crate::report::text::{clean, unbroken};
use crate::report::words as report_words;
use crate::tap::{Edge, GapSeen, Seen};
use crate::units;

/// Writes what a tap saw as one HTML file.
///
/// # Errors
/// When the writer fails.
pub fn tap(page: &Page<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let body = html! {
        (masthead(page))
        main {
            (occupancy(page))
            (levels(page))
            (gaps(&page.answer))
            (worths(&page.answer))
            (caveats(&page.answer))
            (objectives(page))
        }
        (answering_footer(page.poolbench, "tap.json"))
    };
    out.write_all(document(word("tap · poolbench"), &body, Script::Figures).into_string().as_bytes())
}

fn masthead(page: &Page<'_>) -> Markup {
    let (answer, seen) = (&page.answer, page.answer.seen);
    let sessions = words::many(seen.connections.sessions, word("connection¦counted"));
    html! {
        header.masthead {
            p.eyebrow { (word("poolbench · tap · ")) (clean(page.created)) " · " (sessions) (word(" seen, ")) (units::time(seen.window)) }
            h1 { (unbroken(&words::verdict(answer))) }
            @if let Some(holds) = words::holds(seen) { p.basis { (unbroken(&holds)) } }
            @if let Some(judgement) = page.judgement { p.basis { (word("Objectives: ")) strong { (report_words::gate_verdict(judgement.verdict())) } "." } }
            nav aria-label=(word("Contents")) {
                a href="#occupancy" { (word("What each connection did")) }
                a href="#levels" { (word("How many at once")) }
                @if !seen.gaps.is_empty() { a href="#gaps" { (word("Where they did nothing")) } }
                @if words::played(seen).is_some() { a href="#worth" { (word("What giving back would leave")) } }
                a href="#caveats" { (word("Caveats")) }
                @if page.judgement.is_some() { a href="#objectives" { (word("Objectives")) } }
            }
        }
    }
}

/// The chart of the connections; the others stand with the levels.
fn occupancy(page: &Page<'_>) -> Markup {
    html! { section id="occupancy" { (figure::pictures(page.charts.iter().take(1))) } }
}

fn levels(page: &Page<'_>) -> Markup {
    let row = |(name, level, means): (&str, crate::tap::Level, &'static str)| {
        let cells = [name.to_owned(), units::number(level.mean), units::count(level.peak.into())];
        Row::new(cells.iter().map(Cell::new).collect()).explains(means)
    };
    let table = Table {
        title: String::new(),
        subtitle: word("The mean is over the whole time; the peak is the most at any instant.").to_owned(),
        head: vec![
            Heading::words(word("connections")),
            Heading::figures(word("mean")),
            Heading::figures(word("peak")),
        ],
        rows: words::levels(page.answer.seen).into_iter().map(row).collect(),
        notes: Vec::new(),
    };
    html! {
        section id="levels" {
            h2 { (word("How many connections at once")) }
            (draw(&table, OwnHeading::No, html! {}))
            (figure::pictures(page.charts.iter().skip(1)))
        }
    }
}

fn gaps(answer: &Answer<'_>) -> Markup {
    let (seen, causes) = (answer.seen, Causes::of(answer.seen));
    html! {
        @if !seen.gaps.is_empty() {
            section id="gaps" {
                h2 { (word("Where connections did nothing")) }
                div.sheet {
                    p.subtitle { (word("By connection time wasted. Statements are kept without their \
                         literals; the number is that of the chart's key.")) }
                    div.scroll {
                        table.gaps {
                            thead { tr {
                                th scope="col" { (word("cause")) }
                                @for head in [word("wasted"), word("gaps"), "p50", "p99", word("longest")] { th.figures scope="col" { (head) } }
                            } }
                            @for gap in seen.gaps.iter().take(answer.most) { (gap_rows(seen, &causes, gap)) }
                        }
                    }
                    @if let Some(further) = words::further(seen, answer.most) { p.note { (unbroken(&further)) } }
                }
            }
        }
    }
}

/// The figures of a kind of gaps, and under them between which statements it is.
fn gap_rows(seen: &Seen, causes: &Causes, gap: &GapSeen) -> Markup {
    let times = [gap.total, gap.p50, gap.p99, gap.longest].map(units::time);
    let [total, p50, p99, longest] = times.map(|time| unbroken(&time));
    let safe = gap.deeds.are_safe();
    html! {
        tbody {
            tr {
                th scope="row" { (swatch(causes.place(gap.before, gap.after))) }
                td.figures { (total) }
                td.figures { (units::count(gap.count)) @if let Some(cut) = words::cut(gap) { span.under { (cut) } } }
                td.figures { (p50) } td.figures { (p99) } td.figures { (longest) }
            }
            tr.between {
                td colspan="6" {
                    dl {
                        dt { (word("after")) } dd { (edge(seen, gap.before)) }
                        dt { (word("before")) } dd { (edge(seen, gap.after)) }
                        @if let Some(route) = &gap.route { dt { (word("route")) } dd { code { (clean(route)) } } }
                        @if let Some(trace) = &gap.trace { dt { (word("trace")) } dd { code { (clean(trace)) } } }
                    }
                    p.release.good[safe].mind[!safe] { (unbroken(&words::release(seen, gap))) }
                }
            }
        }
    }
}

/// The colour that a cause has in the chart, and its number there.
fn swatch(place: Option<usize>) -> Markup {
    html! {
        @match place {
            Some(place) => { span class=(format!("swatch cause-{}", place + 1)) {} (place + 1) }
            None => { span.swatch.cause-other {} (word("other")) }
        }
    }
}

/// A statement as it is written; anything else in words.
fn edge(seen: &Seen, edge: Edge) -> Markup {
    let told = words::edge(seen, edge);
    html! { @if matches!(edge, Edge::Statement(_)) { code { (told) } } @else { (told) } }
}

fn worths(answer: &Answer<'_>) -> Markup {
    let Some(played) = words::played(answer.seen) else { return html! {} };
    let row = |worth: &crate::tap::Worth| {
        let cells = [
            words::way(worth.release),
            units::count(worth.seen_pool.peak.into()),
            units::time(worth.seen_pool.wait_p99),
            units::count(worth.smallest.into()),
            words::worth(answer.worths, worth),
        ];
        Row::new(cells.iter().map(Cell::new).collect())
    };
    let wait = say!("pool for a wait p99 ≤ {wait}", wait = units::time(answer.wait));
    let figures = [word("peak in use"), word("acquire wait p99"), &wait, word("worth, connections")];
    let table = Table {
        title: String::new(),
        subtitle: say!("{played}, in virtual time.", played),
        head: std::iter::once(Heading::words(word("connections given back")))
            .chain(figures.map(Heading::figures))
            .collect(),
        rows: answer.worths.iter().map(row).collect(),
        notes: vec![
            word(
                "Played, not measured: a wait moves the rest of its own transaction and no other, and \
                 giving a connection back costs nothing. What is not safe as it is needs a change of the \
                 application first.",
            )
            .to_owned(),
        ],
    };
    html! {
        section id="worth" {
            h2 { (word("What giving connections back would leave")) }
            (draw(&table, OwnHeading::No, html! {}))
        }
    }
}

fn caveats(answer: &Answer<'_>) -> Markup {
    let holds = &answer.seen.holds;
    let notes = words::notes(answer);
    html! {
        section.caveats id="caveats" {
            h2 { (word("Before you trust a figure")) }
            ul {
                li { (words::evidence(holds)) }
                @for cut in words::cuts(holds) { li { (unbroken(&cut)) } }
                @for note in notes { li { (unbroken(&note)) } }
            }
        }
    }
}

fn objectives(page: &Page<'_>) -> Markup {
    html! {
        @if let Some(judgement) = page.judgement {
            @let table = gate::table(judgement);
            section id="objectives" {
                h2 { (table.title) }
                (draw(&table, OwnHeading::No, html! {}))
            }
        }
    }
}
