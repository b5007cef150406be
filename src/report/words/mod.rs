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
pub(super) use unsound::unsound;
pub(super) use verdict::{basis, verdict};

use crate::analyse::Act;

/// The words for an act.
pub(super) fn act(act: Act) -> &'static str {
    match act {
        Act::Anatomy => "anatomy",
        Act::SideBySide => "side by side",
        Act::Capacity => "capacity",
    }
}
