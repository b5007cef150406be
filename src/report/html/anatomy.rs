//! What one request does, before and after: both as strips on one axis of time, and as tables.

use crate::report::lang::{say, word};
use maud::{Markup, html};

use super::figure;
use super::table::{OwnHeading, draw};
use crate::analyse::PhaseTable;
use crate::itinerary::ConnectionUse;
use crate::report::chart::{Entry, Mark};
use crate::report::text::{clean, unbroken};
use crate::report::{View, chart, tables};
use crate::units;

/// The strips of all session scopes under each other, and a table of each.
pub(super) fn anatomy(view: View<'_>) -> Option<Markup> {
    let phases = &view.summary.anatomy;
    (!phases.is_empty()).then(|| {
        html! {
            (strips(phases))
            div.pair { @for shown in tables::phases(view) { div { (draw(&shown, OwnHeading::Yes, html! {})) } } }
        }
    })
}

fn strips(scopes: &[PhaseTable]) -> Markup {
    let entry = |color, words: &str| Entry { mark: Mark::Box, color: Some(color), words: words.to_owned() };
    let key = [
        entry("busy", word("held, busy")),
        entry("wasted", word("held, wasted")),
        entry("free", word("no connection")),
    ];
    let longest = scopes.iter().map(|scope| scope.request.nominal).max().unwrap_or_default();
    html! {
        figure aria-label=(word("One request, before and after")) {
            h3 { (word("One request, before and after")) }
            p.sees { (word("The request takes as long as before; what is shorter is the part in which it holds a connection.")) }
            (figure::plain_key(&key))
            div.spans {
                @for scope in scopes {
                    span class=(format!("scope-{}", chart::hue_name(scope.scope))) { (scope.scope) }
                    (strip(scope, longest))
                    span.held { (word("held for ")) (unbroken(&units::time(scope.held.nominal))) }
                }
                div.ticks aria-hidden="true" { @for quarter in 0..=TICKS { span { (unbroken(&units::time(longest * quarter / TICKS))) } } }
            }
        }
    }
}

/// Parts of the axis between two numbers.
const TICKS: u32 = 4;

/// One request from left to right, each step as wide as it is long; what is left of the longest request stays empty.
fn strip(phases: &PhaseTable, longest: std::time::Duration) -> Markup {
    let rest = longest.saturating_sub(phases.request.nominal);
    html! {
        div.strip role="img" aria-label=(say!("{scope}: the steps of a request by their length", scope = phases.scope)) {
            @for phase in &phases.phases {
                @if !phase.time.nominal.is_zero() {
                    @let label = format!("{} {}", clean(&phase.word), units::time(phase.time.nominal));
                    span class=(connection_class(phase.connection)) style=(format!("flex-grow:{}", phase.time.nominal.as_secs_f64())) title=(label) {
                        span { (label) }
                    }
                }
            }
            @if !rest.is_zero() { span style=(format!("flex-grow:{}", rest.as_secs_f64())) {} }
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
