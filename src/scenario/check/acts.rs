//! The tables `[phases]`, `[capacity]` and `[bystander]`: what happens beside the load.

use std::time::Duration;

use super::{needed_rate, needed_time};
use crate::scenario::limits::MOST_REQUESTS_AT_ONCE;
use crate::scenario::read::{Least, Section};
use crate::scenario::{Bystander, CallerCount, Capacity, Phases};

pub(super) fn phases(section: Section<'_, '_>) -> Option<Phases> {
    let warm_up = needed_time(&section, "warm-up", Least::Zero);
    let measure = needed_time(&section, "measure", Least::AboveZero);
    let drain = needed_time(&section, "drain", Least::Zero);
    section.finish();
    Some(Phases { warm_up: warm_up?, measure: measure?, drain: drain? })
}

pub(super) fn capacity(section: Section<'_, '_>) -> Option<Capacity> {
    let callers = match (section.has("saturation"), section.has("callers")) {
        (true, true) => {
            section.missing("callers", "give either \"saturation\" or \"callers\", not both");
            None
        }
        (_, true) => section.whole("callers", 1..=MOST_REQUESTS_AT_ONCE).map(CallerCount::Fixed),
        (true, _) => section.decimal("saturation", 0.001..=1000.0).map(CallerCount::Saturation),
        (false, false) => Some(CallerCount::Saturation(1.1)),
    };
    let think_time = if section.has("think-time") {
        section.duration("think-time", Least::Zero)
    } else {
        Some(Duration::ZERO)
    };
    let warm_up = needed_time(&section, "warm-up", Least::Zero);
    let measure = needed_time(&section, "measure", Least::AboveZero);
    section.finish();
    Some(Capacity { callers: callers?, think_time: think_time?, warm_up: warm_up?, measure: measure? })
}

pub(super) fn bystander(section: Section<'_, '_>) -> Option<Bystander> {
    let rate = needed_rate(&section);
    let time = if section.has("time") { section.duration("time", Least::Zero) } else { Some(Duration::ZERO) };
    section.finish();
    Some(Bystander { rate: rate?, time: time? })
}
