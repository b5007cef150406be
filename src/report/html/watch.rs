//! What a watch of a live server showed, as a page of its own.

use std::io;

use maud::{Markup, html};

use super::figure::pictures;
use super::table::{OwnHeading, draw};
use super::{Script, answering_footer, document};
use crate::report::lang::{say, word};
use crate::report::table::{Cell, Heading, Row, Table};
use crate::report::text::{clean, unbroken};
use crate::report::watch::{Page, words};
use crate::report::{gate, words as report_words};
use crate::tap::Level;
use crate::units;
use crate::watch::Watched;

/// Writes what a watch showed as one HTML file.
///
/// # Errors
/// When the writer fails.
pub fn watch(page: &Page<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let seen = page.seen;
    let body = html! {
        (masthead(page))
        main {
            section id="levels" {
                h2 { (word("How many connections at once")) }
                (draw(&levels(seen), OwnHeading::No, html! {}))
                (pictures(page.charts.iter()))
            }
            section id="holders" { h2 { (word("Who holds connections")) } (draw(&holders(seen), OwnHeading::No, html! {})) }
            @if !seen.longest.is_empty() {
                section id="longest" {
                    h2 { (word("Longest idle in transaction")) }
                    (draw(&longest(seen), OwnHeading::No, html! {}))
                }
            }
            section.caveats id="caveats" {
                h2 { (word("Before you trust a figure")) }
                ul { @for note in words::notes(seen) { li { (unbroken(&note)) } } }
            }
            @if let Some(judgement) = page.judgement {
                @let table = gate::table(judgement);
                section id="objectives" { h2 { (table.title) } (draw(&table, OwnHeading::No, html! {})) }
            }
        }
        (answering_footer(page.poolbench, "watch.json"))
    };
    out.write_all(document(word("watch · poolbench"), &body, Script::Figures).into_string().as_bytes())
}

fn masthead(page: &Page<'_>) -> Markup {
    let seen = page.seen;
    html! {
        header.masthead {
            p.eyebrow { (word("poolbench · watch · ")) (clean(page.created)) " · " (words::looks(seen)) }
            h1 { (unbroken(&words::verdict(seen))) }
            @for line in words::idle(seen).iter().skip(1) { p.basis { (unbroken(line)) } }
            @if let Some(judgement) = page.judgement { p.basis { (word("Objectives: ")) strong { (report_words::gate_verdict(judgement.verdict())) } "." } }
            nav aria-label=(word("Contents")) {
                a href="#levels" { (word("How many at once")) }
                a href="#holders" { (word("Who holds them")) }
                @if !seen.longest.is_empty() { a href="#longest" { (word("Longest idle")) } }
                a href="#caveats" { (word("Caveats")) }
                @if page.judgement.is_some() { a href="#objectives" { (word("Objectives")) } }
            }
        }
    }
}

fn levels(seen: &Watched) -> Table {
    let row = |(name, level, means): (&str, Level, &'static str)| {
        let cells = [name.to_owned(), units::number(level.mean), units::count(level.peak.into())];
        Row::new(cells.iter().map(Cell::new).collect()).explains(means)
    };
    Table {
        title: String::new(),
        subtitle: word(
            "The mean is that of all looks; the peak is the most that a look showed, and so a lower bound.",
        )
        .to_owned(),
        head: vec![
            Heading::words(word("connections")),
            Heading::figures(word("mean")),
            Heading::figures(word("peak")),
        ],
        rows: words::levels(seen).into_iter().map(row).collect(),
        notes: Vec::new(),
    }
}

fn holders(seen: &Watched) -> Table {
    let row = |holder: &crate::watch::Holder| {
        let levels = [holder.open, holder.holding, holder.running];
        let figures = levels.map(|level| format!("{} · {}", units::number(level.mean), level.peak));
        let cells = std::iter::once(words::who(holder)).chain(figures);
        Row::new(cells.map(|cell| Cell::new(&cell)).collect())
    };
    let more = seen.holders.len().saturating_sub(words::HOLDERS);
    Table {
        title: String::new(),
        subtitle: word("Connections, mean · peak; those that were idle in a transaction for longest first.")
            .to_owned(),
        head: std::iter::once(Heading::words(word("application, user at database")))
            .chain([word("open"), word("in a transaction"), word("running SQL")].map(Heading::figures))
            .collect(),
        rows: seen.holders.iter().take(words::HOLDERS).map(row).collect(),
        notes: if more > 0 {
            vec![say!("and {more} more", more = units::count(more as u64))]
        } else {
            Vec::new()
        },
    }
}

fn longest(seen: &Watched) -> Table {
    let row = |spell: &crate::watch::Spell| {
        let cells = [words::length(spell), words::process(spell), clean(&spell.statement)];
        Row::new(cells.iter().map(Cell::new).collect())
    };
    Table {
        title: String::new(),
        subtitle: word("A spell's start is exact, its end lies between two looks.").to_owned(),
        head: [word("length"), word("of"), word("after")].map(Heading::words).to_vec(),
        rows: seen.longest.iter().map(row).collect(),
        notes: Vec::new(),
    }
}
