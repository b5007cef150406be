//! The table `[load]` with its stages.

use super::{choice, needed_rate, needed_time};
use crate::scenario::limits::{MOST_IN_FLIGHT, MOST_REQUESTS_AT_ONCE};
use crate::scenario::read::{Least, Section};
use crate::scenario::{ArrivalKind, OpenLoad, RateStage, StageShape, WhenFull};

pub(super) fn load(section: Section<'_, '_>) -> Option<OpenLoad> {
    let arrivals = match section.text("arrivals", "write poisson or constant") {
        None => Some(ArrivalKind::Poisson),
        Some(text) => {
            choice(&section, &text, &[("poisson", ArrivalKind::Poisson), ("constant", ArrivalKind::Constant)])
        }
    };
    let rate = needed_rate(&section);
    let cap = if section.has("in-flight-cap") {
        section.whole("in-flight-cap", 1..=MOST_IN_FLIGHT)
    } else {
        Some(OpenLoad::DEFAULT_IN_FLIGHT_CAP)
    };
    let when_full = match section.text("when-full", "write queue or shed") {
        None => Some(WhenFull::Queue),
        Some(text) => choice(&section, &text, &[("queue", WhenFull::Queue), ("shed", WhenFull::Shed)]),
    };
    let stages: Vec<Option<RateStage>> =
        section.sections("stages", "stages").into_iter().map(stage).collect();
    let burst =
        if section.has("burst") { section.whole("burst", 0..=MOST_REQUESTS_AT_ONCE) } else { Some(0) };
    section.finish();
    Some(OpenLoad {
        arrivals: arrivals?,
        rate: rate?,
        stages: stages.into_iter().collect::<Option<_>>()?,
        burst: burst?,
        in_flight_cap: cap?,
        when_full: when_full?,
    })
}

fn stage(section: Section<'_, '_>) -> Option<RateStage> {
    let rate = needed_rate(&section);
    let lasts = needed_time(&section, "lasts", Least::AboveZero);
    let shape = match section.text("shape", "write step or ramp") {
        None => Some(StageShape::Step),
        Some(text) => choice(&section, &text, &[("step", StageShape::Step), ("ramp", StageShape::Ramp)]),
    };
    section.finish();
    Some(RateStage { rate: rate?, lasts: lasts?, shape: shape? })
}
