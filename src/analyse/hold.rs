//! How long requests held connections, and how much of that was the plan's and how much ours.

use std::time::Duration;

use super::{Doubt, Estimate, Interval, Method, Scaled, Share, Unit};
use crate::archive::LaneTape;
use crate::itinerary::Itinerary;
use crate::record::Cohort;
use crate::record::Histogram;
use crate::units::{Quantile, TimeScale};

/// Hold times of a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldSummary {
    /// Connection time of one request, over all its holds: mean hold × holds a request.
    pub per_request: Scaled<Estimate>,
    /// The part of it in which SQL ran.
    pub busy: Scaled<Estimate>,
    /// The part of it in which no SQL ran: the waste.
    pub idle: Scaled<Estimate>,
    /// The median of single holds; the nominal one where a request has one hold.
    pub p50: HoldQuantile,
    /// 99 in 100 single holds are at or below it.
    pub p99: HoldQuantile,
    /// Measured hold − plan × time scale, for each hold. It does not scale.
    pub overhead: Duration,
    /// What the plan holds per request at the scaled clock.
    pub planned: Duration,
    /// How many holds were seen to their end.
    pub count: u64,
    /// How many were not: the figures are of the others.
    pub censored: u64,
}

/// A quantile of single holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldQuantile {
    /// At the scaled clock.
    pub measured: Duration,
    /// At nominal times; none where the holds of a request differ, and so a quantile of them
    /// belongs to no one part of the plan.
    pub nominal: Option<Duration>,
}

impl HoldSummary {
    /// Nothing where no hold was seen to its end, or the itinerary has none.
    pub(super) fn of(cohort: &Cohort, itinerary: &Itinerary, scale: TimeScale) -> Option<Self> {
        let (seen, busy) = (&cohort.hold.seen, &cohort.busy_hold);
        let holds = itinerary.acquisitions();
        // Between holds that differ by plan lies most of the variance, and none of it is of chance.
        let mixed = itinerary.holds().windows(2).any(|pair| pair[0].lasts != pair[1].lasts);
        let apart =
            |it: Estimate| Estimate { interval: if mixed { Err(Doubt::Mixed) } else { it.interval }, ..it };
        let mean = Estimate::mean_of(seen).filter(|_| holds > 0).map(apart)?;
        let each = f64::from(holds);
        let per_request = mean.times(each);
        let busy = Estimate::mean_of(busy)
            .map_or(Estimate::computed(0.0, Unit::Seconds), |it| apart(it).times(each));
        let planned = scale.scaled(itinerary.hold_time());
        let overhead = (per_request.value - planned.as_secs_f64()) / each;
        let quantile = |quantile| HoldQuantile::of(seen, quantile, itinerary, scale);
        Some(Self {
            per_request: Scaled::hold(per_request, itinerary.hold_time(), scale),
            busy: Scaled::hold(busy, itinerary.busy_hold(), scale),
            idle: Scaled::hold(rest(per_request, busy), itinerary.idle_hold(), scale),
            p50: quantile(Quantile::P50),
            p99: quantile(Quantile::P99),
            overhead: Duration::try_from_secs_f64(overhead).unwrap_or_default(),
            planned,
            count: seen.count(),
            censored: cohort.hold.censored.count(),
        })
    }

    /// Overhead of one request ÷ what the plan holds at the scaled clock: by so much the scaled
    /// clock makes holds too long. Nothing where the plan holds nothing.
    #[must_use]
    pub fn overhead_share(&self) -> Option<f64> {
        let planned = self.planned.as_secs_f64();
        (planned > 0.0).then(|| (self.per_request.measured.value / planned - 1.0).max(0.0))
    }
}

/// Hold less its busy part. A hold is the sum of the two, so where they vary apart from each other its
/// variance is the sum of theirs; where they move together this is too wide.
fn rest(hold: Estimate, busy: Estimate) -> Estimate {
    let value = (hold.value - busy.value).max(0.0);
    let interval = hold.interval.and_then(|hold_within| {
        let busy_within = busy.interval?;
        let (whole, part) = (half(hold_within).powi(2), half(busy_within).powi(2));
        let half = if part <= whole { whole - part } else { whole + part }.sqrt();
        Ok(Interval { low: (value - half).max(0.0), high: value + half, method: Method::Combined })
    });
    Estimate { value, unit: Unit::Seconds, interval }
}

fn half(interval: Interval) -> f64 {
    (interval.high - interval.low) / 2.0
}

impl HoldQuantile {
    fn of(holds: &Histogram, quantile: Quantile, itinerary: &Itinerary, scale: TimeScale) -> Self {
        let rank = ((quantile.get() * holds.count() as f64).ceil() as u64).max(1);
        let mut passed = 0;
        let found = holds.values().find(|(_, times)| {
            passed += times;
            passed >= rank
        });
        let measured = Duration::from_nanos(found.map_or(holds.greatest(), |(value, _)| value));
        let plan = itinerary.hold_time();
        let nominal =
            (itinerary.acquisitions() == 1).then(|| Scaled::hold_time(measured, plan, scale).nominal);
        Self { measured, nominal }
    }
}

/// From this utilisation on, how many connections are in use hardly depends on how long they are held.
const SATURATED: f64 = 0.98;

/// What became of the pool's connection time in the measured span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolTime {
    /// Connection time held ÷ (pool size × time).
    pub utilisation: Share,
    /// Connections held, on average over the span: exact, from holds clipped to it.
    pub in_use: f64,
    /// Of the connection time held, the share in which no SQL ran: the wasted-hold ratio. None
    /// when nothing was held.
    pub wasted: Option<Share>,
}

impl PoolTime {
    pub(super) fn of(lane: &LaneTape, connections: u64) -> Option<Self> {
        let span = lane.tape.window.to.saturating_sub(lane.tape.window.from) as f64;
        let held = lane.tape.pool.stays as f64;
        let in_use = held / span;
        Some(Self {
            utilisation: Share::new(in_use / connections as f64)?,
            in_use,
            wasted: Share::new(1.0 - lane.tape.busy_in_window as f64 / held),
        })
    }

    /// Requests that the connection time held amounts to, per second: connections in use ÷ hold
    /// time of a request. Unlike a count it does not care where in a wave of completions the
    /// window begins and ends. Holds of bystanders, in seconds of connection time per second,
    /// are taken off first. Where all connections are in use nearly all the time it is known as well as the mean
    /// hold and what is left to vary of their number; else as well as the count of completions, of which it is
    /// another reading.
    pub(super) fn carried(
        &self,
        hold: &HoldSummary,
        bystanders: f64,
        counted: Result<Estimate, Doubt>,
        in_use_half: Result<f64, Doubt>,
    ) -> Option<Estimate> {
        let in_use = (self.in_use - bystanders).max(0.0);
        let per_second = Estimate::computed(in_use, Unit::PerSecond);
        let rate = per_second.over(hold.per_request.measured)?;
        let value = rate.value;
        let within = |below: f64, above: f64| Interval {
            low: value * (1.0 - below).max(0.0),
            high: value * (1.0 + above),
            method: Method::Combined,
        };
        let hold = hold.per_request.measured;
        let interval = match (hold.interval, in_use_half) {
            (Ok(_), Ok(half)) if self.utilisation.get() > SATURATED => {
                let half = half / self.in_use;
                Ok(within(half.hypot(hold.share_above()), half.hypot(hold.share_below())))
            }
            _ => counted.map(|it| within(it.share_below(), it.share_above())),
        };
        Some(Estimate { value, unit: Unit::PerSecond, interval })
    }
}
