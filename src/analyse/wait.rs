//! What requests waited for: a connection, and an answer.

use std::time::Duration;

use super::around::Spread;
use super::{Doubt, Estimate, Interval, Known, Scaled, Share, Survival, bounded_quantile};
use crate::record::{Cohort, Histogram};
use crate::record::{Durations, Ledger, WAITED};
use crate::units::{Quantile, TimeScale};

/// Quantiles of a wait or a response time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantiles {
    /// The median.
    pub p50: Scaled<Known>,
    /// 9 in 10 are at or below it.
    pub p90: Scaled<Known>,
    /// 99 in 100 are at or below it.
    pub p99: Scaled<Known>,
    /// The greatest one seen to its end or cut off.
    pub greatest: Scaled<Known>,
    /// Intervals of p50, p90 and p99 at the clock of the run, in seconds, or why there is none.
    pub within: [Result<Interval, Doubt>; 3],
}

impl Quantiles {
    fn of(
        durations: &Durations,
        scale: TimeScale,
        quantile: impl Fn(Quantile) -> Option<Known>,
        spread: Option<&Spread<'_>>,
    ) -> Option<Self> {
        let scaled = |known: Known| Scaled::time(known, scale);
        let (seen, cut) = (durations.seen.greatest(), durations.censored.greatest());
        let greatest = Duration::from_nanos(seen.max(cut));
        let greatest = if durations.censored.count() > 0 && cut >= seen {
            Known::MoreThan(greatest)
        } else {
            Known::Exactly(greatest)
        };
        Some(Self {
            p50: scaled(quantile(Quantile::P50)?),
            p90: scaled(quantile(Quantile::P90)?),
            p99: scaled(quantile(Quantile::P99)?),
            greatest: scaled(greatest),
            within: [Quantile::P50, Quantile::P90, Quantile::P99].map(|of| match spread {
                Some(spread) => {
                    spread.within(of, durations.seen.count() + durations.censored.count(), &quantile)
                }
                None => Err(Doubt::Dependent),
            }),
        })
    }
}

/// Acquire waits of a cohort: acquired − asked.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaitSummary {
    /// Quantiles by the product-limit estimator: timeouts count for as long as they are known.
    pub quantiles: Quantiles,
    /// Their mean; more than that where some ended without a connection.
    pub mean: Scaled<Known>,
    /// Share of the acquires that waited longer than [`WAITED`] until a connection was free, or
    /// ended without one. Making or testing a connection is not waiting.
    pub waited: Estimate,
    /// How many waits ended without a connection.
    pub censored: u64,
    /// What the acquires were made of that got one.
    pub parts: AcquireParts,
}

/// What acquires were made of, at the scaled clock, in deadpool's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AcquireParts {
    /// Waiting until a connection was free.
    pub wait: Option<Part>,
    /// Making a new connection.
    pub create: Option<Part>,
    /// Testing a connection before it was lent.
    pub recycle: Option<Part>,
}

/// A time that not all have, such as a part of acquires; only those that had it count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// How many had it.
    pub count: u64,
    /// The median.
    pub p50: Duration,
    /// 99 in 100 are at or below it.
    pub p99: Duration,
}

impl Part {
    /// Nothing where none had it.
    fn of(part: &Histogram) -> Option<Self> {
        let lag = Lag::of(part)?;
        Some(Self { count: part.count(), p50: lag.p50, p99: lag.p99 })
    }
}

impl WaitSummary {
    /// `spread` over the series, which counts requests and no bystanders.
    pub(super) fn of(cohort: &Cohort, scale: TimeScale, spread: Option<&Spread<'_>>) -> Option<Self> {
        let waits = &cohort.acquire_wait;
        let curve = Survival::of(waits);
        let queue = &cohort.acquire_parts.wait;
        let longer = queue.values().filter(|(nanos, _)| u128::from(*nanos) > WAITED.as_nanos());
        let long: u64 = longer.map(|(_, times)| times).sum();
        let censored = waits.censored.count();
        let quantiles = Quantiles::of(waits, scale, |quantile| curve.quantile(quantile), spread);
        let (part, of) = (long + censored, queue.count() + censored);
        let waited = match spread {
            Some(Spread { batches, .. }) => batches.share((part, of), |slice| (slice.waited, slice.asked)),
            None => Estimate::share(part, of).map(|it| Estimate { interval: Err(Doubt::Dependent), ..it }),
        };
        let parts = AcquireParts {
            wait: Part::of(&cohort.acquire_parts.wait),
            create: Part::of(&cohort.acquire_parts.create),
            recycle: Part::of(&cohort.acquire_parts.recycle),
        };
        let mean = Scaled::time(mean(waits)?, scale);
        quantiles.zip(waited).map(|(quantiles, waited)| Self { quantiles, mean, waited, censored, parts })
    }
}

fn mean(waits: &Durations) -> Option<Known> {
    let (seen, cut) = (&waits.seen, &waits.censored);
    let (sum, count) = (seen.sum() + cut.sum(), u128::from(seen.count() + cut.count()));
    let mean = Duration::from_nanos(u64::try_from(sum.checked_div(count)?).unwrap_or(u64::MAX));
    Some(if cut.count() > 0 { Known::MoreThan(mean) } else { Known::Exactly(mean) })
}

/// Response times of a cohort: finished − intended. A request that failed has none, so it counts
/// as longer than it was followed, whatever the others did.
pub(super) fn response(cohort: &Cohort, scale: TimeScale, spread: Option<&Spread<'_>>) -> Option<Quantiles> {
    let times = &cohort.response;
    Quantiles::of(times, scale, |quantile| bounded_quantile(times, quantile), spread)
}

/// Our own lateness. It does not scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lag {
    /// The median.
    pub p50: Duration,
    /// 99 in 100 are at or below it.
    pub p99: Duration,
    /// 999 in 1,000 are at or below it.
    pub p999: Duration,
}

impl Lag {
    pub(super) fn of(lag: &Histogram) -> Option<Self> {
        let lag = Durations { seen: lag.clone(), ..Durations::default() };
        let at = |quantile| bounded_quantile(&lag, quantile).map(Known::at_least);
        let told = at(Quantile::P50).zip(at(Quantile::P99)).zip(at(Quantile::P999));
        told.map(|((p50, p99), p999)| Self { p50, p99, p999 })
    }
}

/// The cheap queries of others on the same pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BystanderSummary {
    /// Where each of them ended.
    pub ledger: Ledger,
    /// Share of those due that did not get their answer.
    pub failed: Share,
    /// Response times.
    pub response: Quantiles,
    /// Waits for a connection.
    pub wait: Option<WaitSummary>,
    /// How long they held it; of the holds whose end was seen.
    pub hold: Option<Part>,
}

impl BystanderSummary {
    /// Nothing where none was due.
    pub(super) fn of(cohort: &Cohort, scale: TimeScale) -> Option<Self> {
        let ledger = cohort.ledger;
        let failed = Share::of(ledger.scheduled.saturating_sub(ledger.completed), ledger.scheduled);
        let wait = WaitSummary::of(cohort, scale, None);
        let response = response(cohort, scale, None);
        let hold = Part::of(&cohort.hold.seen);
        failed.zip(response).map(|(failed, response)| Self { ledger, failed, response, wait, hold })
    }
}
