//! The tables `[phases]`, `[capacity]` and `[bystander]`: what happens beside the load.

use std::time::Duration;

use super::{needed_rate, needed_time};
use crate::itinerary::Workload;
use crate::scenario::limits::MOST_REQUESTS_AT_ONCE;
use crate::scenario::read::{Least, Section};
use crate::scenario::{Bystander, CallerCount, Capacity, OpenLoad, Phases, PoolSettings};

/// How long the phases last where the scenario does not say so.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usual {
    /// Those of the open loop.
    pub(super) phases: Phases,
    warm_up: Duration,
    measure: Duration,
}

/// So many requests, and so many of their lengths, make the figures of a measured span steady.
const REQUESTS: f64 = 500.0;
const LENGTHS: u32 = 5;
/// No measured span is shorter.
const SHORTEST: Duration = Duration::from_secs(10);

impl Usual {
    /// A pool has filled when the first requests have ended; in the end whoever waits is waited for.
    pub(super) fn of(workload: &Workload, pool: &PoolSettings, load: &OpenLoad) -> Self {
        let request = workload.request_time();
        let warm_up = request + Duration::from_secs(1);
        let enough = Duration::try_from_secs_f64(REQUESTS / load.rate.as_per_second()).unwrap_or(SHORTEST);
        let measure = enough.max(request * LENGTHS).max(SHORTEST);
        let drain = request + pool.acquire_timeout;
        let closed = (request * LENGTHS).max(SHORTEST);
        Self { phases: Phases { warm_up, measure, drain }, warm_up, measure: closed }
    }

    /// The closed loop with a tenth more callers than saturate the pool.
    pub(super) fn capacity(&self) -> Capacity {
        Capacity {
            callers: CallerCount::Saturation(SATURATION),
            think_time: Duration::ZERO,
            warm_up: self.warm_up,
            measure: self.measure,
        }
    }
}

/// Callers of the closed loop ÷ those that saturate the pool.
const SATURATION: f64 = 1.1;

pub(super) fn phases(section: Section<'_, '_>) -> Option<Phases> {
    let warm_up = needed_time(&section, "warm-up", Least::Zero);
    let measure = needed_time(&section, "measure", Least::AboveZero);
    let drain = needed_time(&section, "drain", Least::Zero);
    section.finish();
    Some(Phases { warm_up: warm_up?, measure: measure?, drain: drain? })
}

pub(super) fn capacity(section: Section<'_, '_>, usual: Option<&Usual>) -> Option<Capacity> {
    let callers = match (section.has("saturation"), section.has("callers")) {
        (true, true) => {
            section.missing("callers", "give either \"saturation\" or \"callers\", not both");
            None
        }
        (_, true) => section.whole("callers", 1..=MOST_REQUESTS_AT_ONCE).map(CallerCount::Fixed),
        (true, _) => section.decimal("saturation", 0.001..=1000.0).map(CallerCount::Saturation),
        (false, false) => Some(CallerCount::Saturation(SATURATION)),
    };
    let think_time = if section.has("think-time") {
        section.duration("think-time", Least::Zero)
    } else {
        Some(Duration::ZERO)
    };
    let time = |name, least, usual: Option<Duration>| {
        if section.has(name) { section.duration(name, least) } else { usual }
    };
    let warm_up = time("warm-up", Least::Zero, usual.map(|usual| usual.warm_up));
    let measure = time("measure", Least::AboveZero, usual.map(|usual| usual.measure));
    section.finish();
    Some(Capacity { callers: callers?, think_time: think_time?, warm_up: warm_up?, measure: measure? })
}

pub(super) fn bystander(section: Section<'_, '_>) -> Option<Bystander> {
    let rate = needed_rate(&section);
    let time = if section.has("time") { section.duration("time", Least::Zero) } else { Some(Duration::ZERO) };
    section.finish();
    Some(Bystander { rate: rate?, time: time? })
}
