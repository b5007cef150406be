//! THE WORDS: every sentence of a report is made here, from facts.

mod agreement;
mod caveats;
mod claims;
mod deadlock;
mod departure;
mod failing;
mod gate;
mod metric;
mod nested;
mod numbers;
mod price;
mod proof;
mod recommendation;
mod trust;
mod unsound;
mod verdict;

pub(super) use agreement::{agreement, cause, no_twin, unplayed};
pub(super) use caveats::caveat;
pub(super) use claims::{claim, ground, remarks};
pub(super) use departure::{no_formula, no_sizes, reasons};
pub(super) use gate::{condition, gate_asks, gate_finding, gate_place, gate_verdict};
pub(super) use metric::{label, label_at, meaning};
pub(super) use nested::nested;
pub(super) use numbers::{at_nominal, plain_reading_interval, range};
pub(super) use price::{remains, steps};
pub(super) use proof::proof;
pub(super) use recommendation::recommendation;
pub(super) use trust::trust;
pub(super) use unsound::unsound;
pub(super) use verdict::{basis, verdict};

use super::lang::{key, word};
use crate::analyse::Act;
use crate::itinerary::SessionScope;

/// The words for an act.
pub(super) fn act(act: Act) -> &'static str {
    word(act_name(act))
}

/// An act as files and pages name it for programs, which is the same in every language.
pub(super) fn act_name(act: Act) -> &'static str {
    match act {
        Act::Anatomy => key("anatomy"),
        Act::SideBySide => key("side by side"),
        Act::Capacity => key("capacity"),
    }
}

/// The words for a session scope before the word for a session or a scope.
pub(super) fn scope(scope: SessionScope) -> &'static str {
    match scope {
        SessionScope::Request => word("request¦scope"),
        SessionScope::Repository => word("repository¦scope"),
        other => word(other.word()),
    }
}
