//! What stands above everything: the verdict, the caveats and the figures to quote.

use maud::{Markup, html};

use crate::analyse::{Act, Figure, Figures, LaneSummary, Metric, Side, Weight};
use crate::archive::Source;
use crate::plan::Seen;
use crate::report::text::{clean, unbroken};
use crate::report::{View, facts, tables, words};
use crate::units;

/// The fault that ended the run, if one did, the question, and the answer in one sentence.
pub(super) fn masthead(view: View<'_>) -> Markup {
    let (plan, verdict) = (&view.record.plan, &view.summary.verdict);
    html! {
        header.masthead {
            p.eyebrow { "poolbench · " (clean(&plan.scenario)) " · " (clean(&plan.request)) " · " (clean(&view.record.created)) @if view.record.source == Source::Simulated { " · simulated: no server, virtual time" } }
            @if let Some(fault) = facts::fault(view.record) { p.fault role="alert" { (unbroken(&fault)) } }
            h1 { (unbroken(&words::verdict(plan, verdict))) }
            p.basis { (unbroken(&words::basis(verdict))) }
            details.why { summary { "The question" } p { (clean(&plan.why)) } }
            (contents(view))
        }
    }
}

/// Where to find what.
fn contents(view: View<'_>) -> Markup {
    let summary = view.summary;
    html! {
        nav aria-label="Contents" {
            @if !summary.anatomy.is_empty() { a href="#anatomy" { "One request" } }
            @if tables::price(view).is_some() { a href="#price" { "What it costs" } }
            @if !summary.claims.is_empty() { a href="#claims" { "Claims" } }
            @if !summary.formulas.is_empty() { a href="#prediction" { "Prediction" } }
            @for pool in &summary.side_by_side {
                @let name = clean(&pool.pool);
                a href=(format!("#side-by-side-{name}")) { "Side by side: " (name) }
            }
            @if !summary.capacity.is_empty() { a href="#capacity" { "Capacity" } }
            a href="#method" { "How this was " (view.source()) }
            a href="#ledger" { "Ledger" }
        }
    }
}

/// Caveats that bear on the figures; notes stand with the method.
pub(super) fn caveats(view: View<'_>) -> Markup {
    let told: Vec<_> = view.summary.caveats.iter().filter(|it| it.weight() < Weight::Note).collect();
    html! {
        @if !told.is_empty() {
            section.caveats aria-label="Before you trust a figure" {
                h2 { "Before you trust a figure" }
                ul {
                    @for caveat in told {
                        li.grave[caveat.weight() == Weight::Grave] { (unbroken(&words::caveat(caveat))) }
                    }
                }
            }
        }
    }
}

/// Label, what it means, before and after.
type Card = (&'static str, String, String, String);

/// The figures to quote, of the first pool library.
pub(super) fn headline(view: View<'_>) -> Markup {
    let Some(pool) = view.summary.side_by_side.first() else { return html! {} };
    let Some((before, after)) = pool.pair() else { return html! {} };
    // Figures of accidents are nothing to quote.
    if before.accident().or_else(|| after.accident()).is_some() {
        return html! {};
    }
    let cards = Cards { figures: &view.summary.figures, before, after };
    let cards: Vec<Card> = [cards.hold(), cards.served(), cards.waits(), cards.responses(), cards.others()]
        .into_iter()
        .flatten()
        .collect();
    html! {
        section.headline aria-label="Headline figures" {
            p.legend { span.before { (before.scope) } " → " span.after { (after.scope) } ", on " (clean(&pool.pool)) }
            div.cards {
                @for (label, before, after, means) in cards {
                    div.card {
                        p.label { (label) }
                        p.change { span.before { (before) } span.arrow { "→" } span.after { (after) } }
                        p.means { (unbroken(&means)) }
                    }
                }
            }
        }
    }
}

/// The figures of the two lanes that are quoted.
struct Cards<'a> {
    figures: &'a Figures,
    before: &'a LaneSummary,
    after: &'a LaneSummary,
}

impl Cards<'_> {
    /// A metric of both lanes as text.
    fn both(&self, metric: Metric, side: fn(&Figure) -> Option<&Side>) -> Option<[String; 2]> {
        let told = |lane| Some(side(self.figures.lane(Act::SideBySide, lane, metric)?)?.value.to_string());
        Some([told(self.before)?, told(self.after)?])
    }

    fn measured(&self, metric: Metric) -> Option<[String; 2]> {
        self.both(metric, |figure| figure.measured.as_ref().ok())
    }

    fn hold(&self) -> Option<Card> {
        let [before, after] = self.both(Metric::HoldMean, Figure::at_nominal)?;
        let [measured_before, measured_after] = self.measured(Metric::HoldMean)?;
        let means = format!("nominal, overhead included; measured {measured_before} → {measured_after}");
        Some(("each request holds a connection for", before, after, means))
    }

    fn served(&self) -> Option<Card> {
        let [before, after] = self.measured(Metric::ServedShare)?;
        let due = units::count(self.before.ledger.scheduled);
        let means = format!("of {due} requests due in the measured span");
        Some(("requests served", before, after, means))
    }

    fn waits(&self) -> Option<Card> {
        let [before, after] = self.measured(Metric::AcquireWaitP99)?;
        let [timed_out_before, timed_out_after] = self.measured(Metric::TimedOutCount)?;
        let means =
            format!("p99 of acquire wait, measured; {timed_out_before} → {timed_out_after} timed out");
        Some(("waiting for a connection", before, after, means))
    }

    /// Of a service: inside, waits and holds say more.
    fn responses(&self) -> Option<Card> {
        if self.before.seen == Seen::FromInside {
            return None;
        }
        let [before, after] = self.measured(Metric::ResponseP99)?;
        let [p50_before, p50_after] = self.measured(Metric::ResponseP50)?;
        let means = format!("p99 from the intended instant, measured; p50 {p50_before} → {p50_after}");
        Some(("until the answer", before, after, means))
    }

    fn others(&self) -> Option<Card> {
        let [before, after] = self.measured(Metric::BystanderFailedShare)?;
        let means = match self.before.seen {
            Seen::FromInside => "cheap queries of others on the same pool",
            Seen::FromOutside => "cheap requests of others to the same service",
        }
        .to_owned();
        Some(("bystanders without an answer", before, after, means))
    }
}
