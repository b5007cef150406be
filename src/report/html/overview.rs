//! What stands above everything: the verdict, the caveats and the figures to quote.

use maud::{Markup, html};

use crate::analyse::{Estimate, LaneSummary, Weight};
use crate::archive::Source;
use crate::report::text::{clean, unbroken};
use crate::report::{View, facts, words};
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
    let cards: Vec<Card> =
        [hold(before, after), served(before, after), waits(before, after), others(before, after)]
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

fn hold(before: &LaneSummary, after: &LaneSummary) -> Option<Card> {
    let (before, after) = (before.hold.as_ref()?, after.hold.as_ref()?);
    let nominal = |hold: &crate::analyse::HoldSummary| hold.per_request.nominal.to_string();
    let measured = format!(
        "nominal, overhead included; measured {} → {}",
        before.per_request.measured, after.per_request.measured
    );
    Some(("each request holds a connection for", nominal(before), nominal(after), measured))
}

fn served(before: &LaneSummary, after: &LaneSummary) -> Option<Card> {
    let (shares, due) = ((before.served?, after.served?), units::count(before.ledger.scheduled));
    let share = |share: Estimate| share.to_string();
    Some((
        "requests served",
        share(shares.0),
        share(shares.1),
        format!("of {due} requests due in the measured span"),
    ))
}

fn waits(before: &LaneSummary, after: &LaneSummary) -> Option<Card> {
    let p99 = |lane: &LaneSummary| Some(lane.wait?.quantiles.p99.measured.to_string());
    let timeouts = format!(
        "p99 of acquire wait, measured; {} → {} timed out",
        units::count(before.ledger.acquire_timed_out),
        units::count(after.ledger.acquire_timed_out)
    );
    Some(("waiting for a connection", p99(before)?, p99(after)?, timeouts))
}

fn others(before: &LaneSummary, after: &LaneSummary) -> Option<Card> {
    let failed = |lane: &LaneSummary| Some(lane.bystanders?.failed.to_string());
    let means = "cheap queries of others on the same pool".to_owned();
    Some(("bystanders without an answer", failed(before)?, failed(after)?, means))
}
