//! What one request does, before and after: both as a strip on the same axis of time, and as a table.

use maud::{Markup, html};

use super::table::{OwnHeading, draw};
use crate::analyse::PhaseTable;
use crate::itinerary::ConnectionUse;
use crate::report::text::clean;
use crate::report::{View, tables};
use crate::units;

/// The before and after tables, each under a strip that shows what the connection does.
pub(super) fn anatomy(view: View<'_>) -> Option<Markup> {
    let phases = &view.summary.anatomy;
    (!phases.is_empty()).then(|| {
        html! {
            div.pair {
                @for (phases, shown) in phases.iter().zip(tables::phases(view)) {
                    div { (draw(&shown, OwnHeading::Yes, strip(phases))) }
                }
            }
        }
    })
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
