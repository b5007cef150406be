//! The sections of the page.

use maud::{Markup, PreEscaped, html};

use super::table::{OwnHeading, draw};
use crate::analyse::{PhaseTable, Weight};
use crate::itinerary::ConnectionUse;
use crate::plan::Seen;
use crate::report::table::Table;
use crate::report::text::{clean, unbroken};
use crate::report::{Chart, View, facts, tables, words};
use crate::units;

/// The before and after tables, each under a strip that shows what the connection does.
pub(super) fn anatomy(view: View<'_>) -> Markup {
    let phases = &view.summary.anatomy;
    html! {
        @if !phases.is_empty() {
            section id="anatomy" {
                h2 { "What one request does" }
                div.pair {
                    @for (phases, shown) in phases.iter().zip(tables::phases(view)) {
                        div { (draw(&shown, OwnHeading::Yes, strip(phases))) }
                    }
                }
            }
        }
    }
}

/// One request from left to right, each step as wide as it is long.
fn strip(phases: &PhaseTable) -> Markup {
    html! {
        div.strip role="img" aria-label="the steps of a request by their length" {
            @for phase in &phases.phases {
                @if !phase.time.nominal.is_zero() {
                    @let label = format!("{} {}", clean(&phase.word), units::time(phase.time.nominal));
                    span class=(connection_class(phase.connection)) style=(format!("flex-grow:{}", phase.time.nominal.as_secs_f64())) title=(label) {
                        span { (label) }
                    }
                }
            }
        }
    }
}

fn connection_class(connection: ConnectionUse) -> &'static str {
    match connection {
        ConnectionUse::Busy => "busy",
        ConnectionUse::Wasted => "wasted",
        ConnectionUse::None | ConnectionUse::Taken | ConnectionUse::Freed => "none",
    }
}

/// The side-by-side table of each pool library, with its charts.
pub(super) fn side_by_side(view: View<'_>, charts: &[Chart]) -> Markup {
    let pools = view.summary.side_by_side.iter().zip(tables::side_by_side(view));
    html! {
        @for (pool, shown) in pools {
            @let name = clean(&pool.pool);
            section id=(format!("side-by-side-{name}")) {
                h2 { (shown.title) }
                (draw(&shown, OwnHeading::No, html! {}))
                (pictures(charts.iter().filter(|chart| belongs(chart, &pool.pool))))
            }
        }
    }
}

/// The capacity table and its chart.
pub(super) fn capacity(view: View<'_>, charts: &[Chart]) -> Markup {
    html! {
        @if let Some(shown) = tables::capacity(view) {
            section id="capacity" {
                h2 { (shown.title) }
                (draw(&shown, OwnHeading::No, html! {}))
                (pictures(charts.iter().filter(|chart| chart.name == CAPACITY)))
            }
        }
    }
}

/// Charts that belong to no other section.
pub(super) fn other_charts(view: View<'_>, charts: &[Chart]) -> Markup {
    let elsewhere = |chart: &Chart| {
        let pools = &view.summary.side_by_side;
        // The tables of the anatomy show the same as its chart, and can be copied from.
        [PHASES, CAPACITY].contains(&chart.name.as_str())
            || pools.iter().any(|pool| belongs(chart, &pool.pool))
    };
    let others: Vec<&Chart> = charts.iter().filter(|chart| !elsewhere(chart)).collect();
    html! {
        @if !others.is_empty() { section id="charts" { h2 { "Charts" } (pictures(others.into_iter())) } }
    }
}

const PHASES: &str = "phases";
const CAPACITY: &str = "capacity";

/// A chart of one pool library is named after it: `occupancy-sqlx`.
fn belongs(chart: &Chart, pool: &str) -> bool {
    chart.name.strip_suffix(pool).is_some_and(|stem| stem.ends_with('-'))
}

/// A chart says its own title.
pub(super) fn pictures<'a>(charts: impl Iterator<Item = &'a Chart>) -> Markup {
    html! {
        @for chart in charts {
            figure aria-label=(clean(&chart.title)) {
                div.picture { (PreEscaped(&chart.svg)) }
                figcaption { (unbroken(&chart.explains)) }
            }
        }
    }
}

/// The claims table.
pub(super) fn claims(view: View<'_>) -> Markup {
    section("claims", tables::claims(view))
}

/// What the plan, theory and the twin let expect.
pub(super) fn prediction(view: View<'_>) -> Markup {
    section("prediction", tables::prediction(view))
}

/// Every session scope on every pool.
pub(super) fn matrix(view: View<'_>) -> Markup {
    section("matrix", tables::matrix(view))
}

/// Every kind of requests.
pub(super) fn kinds(view: View<'_>) -> Markup {
    section("kinds", tables::kinds(view))
}

/// What releasing connections costs.
pub(super) fn price(view: View<'_>) -> Markup {
    section("price", tables::price(view))
}

/// Whether scaling time changed anything.
pub(super) fn proof(view: View<'_>) -> Markup {
    section("proof", tables::proof(view))
}

/// The ledger.
pub(super) fn ledger(view: View<'_>) -> Markup {
    section("ledger", tables::ledger(view))
}

fn section(id: &str, shown: Option<Table>) -> Markup {
    html! { @if let Some(shown) = shown { section id=(id) { h2 { (shown.title) } (draw(&shown, OwnHeading::No, html! {})) } } }
}

/// How to read the figures: what is easily taken for a fault, and is not.
const READING: [&str; 7] = [
    "Response time counts from the intended instant, when the request was due, not from when it was sent: \
     a request that had to wait for its turn is not excused.",
    "Acquire wait is from asking the pool to having a connection: waiting, opening and testing one, \
     whatever the pool does meanwhile.",
    "Hold time is how long the pool is without the connection. Its busy part runs SQL; the rest is wasted.",
    "Every request due in the measured span ends in one column of the ledger. Those that timed out, or \
     were under way when the run ended, are not dropped: they count as \"longer than\".",
    "Both session scopes were offered the same arrivals at the same instants, each on a pool of its own.",
    "Measured figures are at the scaled clock. Overheads do not scale, so nominal holds are plan + \
     overhead; nominal waits are measured ÷ time scale, and so are upper bounds of what overhead adds.",
    "Intervals are 95 %: of shares and throughput from batches of time that may depend on each other, of mean \
     holds by Student's t, and of quantiles between the times at the ends of the interval of the share below them.",
];

/// The same of a service, of which only the answers are seen.
const READING_FROM_OUTSIDE: [&str; 6] = [
    READING[0],
    "From outside nobody sees what a request holds or waits for inside the service: hold times, acquire waits, \
     utilisation and transactions are not visible, which is not the same as none.",
    "Every request due in the measured span ends in one column of the ledger. Those that failed, got no answer, or \
     were under way when the run ended, are not dropped: they count as \"longer than\".",
    "All services were sent the same arrivals at the same instants. Making a connection is part of a response time.",
    "Measured figures are at the scaled clock; nominal ones are measured ÷ time scale, overhead and all.",
    READING[6],
];

fn reading(seen: Seen) -> &'static [&'static str] {
    match seen {
        Seen::FromInside => &READING,
        Seen::FromOutside => &READING_FROM_OUTSIDE,
    }
}

/// How this was measured, how to read it, and what is good to know.
pub(super) fn method(view: View<'_>) -> Markup {
    let notes = view.summary.caveats.iter().filter(|caveat| caveat.weight() == Weight::Note);
    html! {
        section id="method" {
            h2 { "How this was " (view.source()) }
            dl.facts {
                @for (name, value) in facts::facts(view) {
                    div { dt { (name) } dd { (value) } }
                }
            }
            h3 { "How to read it" }
            ul.reading {
                @for line in reading(view.record.plan.seen()) { li { (line) } }
                @for note in notes { li { (unbroken(&words::caveat(note))) } }
            }
        }
    }
}
