//! What stands above everything: the verdict, the caveats, the first picture, the figures to quote, and what to do.

use crate::report::lang::{heard, word};
use maud::{Markup, html};

use super::{figure as figures, libraries, sections, table};
use crate::analyse::{Caveat, Figure, Weight};
use crate::archive::{Source, Status};
use crate::report::table::Cell;
use crate::report::text::{clean, unbroken};
use crate::report::{Chart, View, cards, chart, facts, words};

/// The fault that ended the run, if one did, the question, and the answer in one sentence.
pub(super) fn masthead(view: View<'_>) -> Markup {
    let (plan, verdict) = (&view.record.plan, &view.summary.verdict);
    html! {
        header.masthead {
            p.eyebrow { (word("poolbench · ")) (clean(&plan.scenario)) " · " (clean(&plan.request)) " · " (clean(&view.record.created)) @if view.record.source == Source::Simulated { (word(" · simulated: no server, virtual time")) } @if view.record.status == Status::Stopped { " · " strong { (word(facts::STOPPED)) } } }
            @if let Some(fault) = facts::fault(view.record) { p.fault role="alert" { (unbroken(&fault)) } }
            h1 { (unbroken(&words::verdict(plan, verdict))) }
            p.basis { (unbroken(&words::basis(verdict))) }
            details.why { summary { (word("The question")) } p { (clean(heard(&clean(&plan.why)))) } }
        }
    }
}

/// Caveats that bear on the figures: grave ones in full, the others folded. Notes stand with the method.
pub(super) fn caveats(view: View<'_>) -> Markup {
    let (grave, others): (Vec<&Caveat>, Vec<&Caveat>) = view
        .summary
        .caveats
        .iter()
        .filter(|it| it.weight() < Weight::Note)
        .partition(|it| it.weight() == Weight::Grave);
    let list = |caveats: &[&Caveat]| {
        html! { ul { @for caveat in caveats { li.grave[caveat.weight() == Weight::Grave] { (unbroken(&words::caveat(caveat))) } } } }
    };
    html! {
        @if !grave.is_empty() || !others.is_empty() {
            section.caveats aria-label=(word("Before you trust a figure")) {
                @if !grave.is_empty() { h2 { (word("Before you trust a figure")) } (list(&grave)) }
                @if !others.is_empty() {
                    details.printed {
                        summary { h2 { @if grave.is_empty() { (word("Before you trust a figure: ")) } (others.len()) @if !grave.is_empty() { (word(" more")) } @if others.len() == 1 { (word(" caveat")) } @else { (word(" caveats")) } } }
                        (list(&others))
                    }
                }
            }
        }
    }
}

/// The first picture: who holds the connections, or, of a service, what was served. Of each library its own.
pub(super) fn picture(view: View<'_>, charts: &[Chart]) -> Markup {
    let shown = libraries::each(view, |_, pool| {
        let mut of_pool = charts.iter().filter(|chart| sections::belongs(chart, &pool.pool));
        let chart = of_pool
            .find(|chart| chart.name.starts_with(FIRST))
            .or_else(|| charts.iter().find(|chart| sections::is_of(chart, "throughput", &pool.pool)));
        chart.map(|chart| figures::pictures(std::iter::once(chart)))
    });
    html! {
        @if let Some(shown) = shown {
            section id="occupancy" aria-label=(word("Who holds the connections")) { (libraries::switch(view)) (shown) }
        }
    }
}

/// The picture that a reader sees first.
pub(super) const FIRST: &str = "occupancy-";

/// The figures to quote, of each pool library.
pub(super) fn headline(view: View<'_>) -> Markup {
    let shown = libraries::each(view, |_, pool| {
        let cards = cards::cards(view, pool);
        let (before, after) = pool.pair()?;
        (!cards.is_empty()).then(|| {
            html! {
                @let hues = [before, after].map(|lane| format!("scope-{}", chart::hue_name(lane.scope)));
                p.legend { span class=(hues[0]) { (before.scope) } " → " span class=(hues[1]) { (after.scope) } (word(", on ")) (clean(&pool.pool)) (word(", at nominal times")) }
                div.cards {
                    @for card in cards {
                        @let [before, after] = card.figures.map(figure);
                        div.card {
                            p.label { (card.label) }
                            p.change { span class=(hues[0]) { (before) } span.arrow { "→" } span class=(hues[1]) { (after) } }
                            p.means { (unbroken(&card.means)) }
                        }
                    }
                }
            }
        })
    });
    html! { @if let Some(shown) = shown { section.headline aria-label=(word("Headline figures")) { (shown) } } }
}

fn figure(figure: &Figure) -> Markup {
    let cell = Cell::nominal(Some(figure));
    html! { @for (named, text) in &cell.figures { (table::figure(named, text)) } }
}

/// What to change, what it is worth, and what it costs.
pub(super) fn recommendation(view: View<'_>) -> Markup {
    let Some(told) = words::recommendation(&view.record.plan, view.summary) else { return html! {} };
    html! {
        section id="recommendation" class="recommendation" {
            h2 { (word("What to change")) }
            div.sheet {
                p.advice { (unbroken(&told.change)) }
                dl {
                    div { dt { (word("worth")) } dd { (unbroken(&told.worth)) } }
                    @for (what, words) in &told.costs { div { dt { (what) } dd { (unbroken(words)) } } }
                }
            }
        }
    }
}
