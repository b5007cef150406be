//! How long requests held connections, and how much of that was the plan's and how much ours.

use std::time::Duration;

use super::around::of_independent;
use super::claims::SURE;
use super::drawn::Drawn;
use super::strata::{half, of_strata, rest};
use super::student::Z;
use super::{Doubt, Estimate, Interval, Known, Method, Scaled, Unit};
use crate::itinerary::{Itinerary, SessionScope, Varies};
use crate::plan::{Plan, WayEnds};
use crate::record::{Cohort, Histogram, Moments, Stratum};
use crate::units::{Quantile, TimeScale};

/// Hold times of a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldSummary {
    /// Connection time of one completed request; none where none completed.
    pub request: Option<ConnectionTime>,
    /// Mean of single holds, at the scaled clock.
    pub each: Estimate,
    /// The median of single holds; the nominal one where a request has one hold.
    pub p50: HoldQuantile,
    /// 99 in 100 single holds are at or below it.
    pub p99: HoldQuantile,
    /// Mean hold − mean planned hold × time scale. It does not scale. Where planned holds vary from request to
    /// request, the plan is what was drawn for those that completed; none where that was not kept, where others
    /// held as well, or where a connection is held while a step computes.
    pub overhead: Option<Duration>,
    /// The mean hold is no longer than this, but in one run in 100,000 whose holds are independent.
    pub(super) each_at_most: Duration,
    /// What the plan holds on average, each time a request has a connection, at the scaled clock.
    pub planned_each: Duration,
    /// How many holds were seen to their end.
    pub count: u64,
    /// How many were not: quantiles and mean are of the others.
    pub censored: u64,
}

/// Connection time of one completed request: all holds whose end was seen, of the requests due in the
/// measured span, ÷ how many of them completed. What failed requests held is part of what a completed one
/// costs. Where none failed it is mean hold × holds a request, so that requests that had held and were cut
/// off before their end, as those of a closed loop are, do not count for more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConnectionTime {
    /// All of it.
    pub whole: Scaled<Estimate>,
    /// The part of it in which SQL ran.
    pub busy: Scaled<Estimate>,
    /// The part of it in which no SQL ran: the waste.
    pub idle: Scaled<Estimate>,
}

/// What the plan holds, nominal: of a completed request, with what those held that fail as the scenario
/// asks; and on average of a single hold.
struct PlannedHold {
    whole: Duration,
    busy: Duration,
    each: Duration,
    /// Whether single holds differ by plan.
    differ: bool,
    /// Whether a hold varies from request to request.
    varies: Varies,
}

impl PlannedHold {
    /// Nothing where nothing is held, or no request completes.
    fn of(plan: &Plan, scope: SessionScope) -> Option<Self> {
        let ways = plan.ways(scope);
        let mean = |of: &dyn Fn(&Itinerary) -> f64| {
            ways.iter().map(|way| way.share * of(&way.itinerary)).sum::<f64>()
        };
        let completed =
            ways.iter().filter(|way| way.ends == WayEnds::Completed).map(|way| way.share).sum::<f64>();
        let held = mean(&|way| way.hold_time().as_secs_f64());
        let time = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
        let taken = ways.iter().filter(|way| way.share > 0.0);
        let holds: Vec<_> = taken.flat_map(|way| way.itinerary.holds()).collect();
        let several = plan.same_acquisitions(scope) != Some(1);
        Some(Self {
            whole: time(held / completed)?,
            busy: time(mean(&|way| way.busy_hold().as_secs_f64()) / completed)?,
            each: time(held / mean(&|way| f64::from(way.acquisitions())))?,
            // Of kinds that hold once each, a hold is one of a mix.
            differ: (plan.kinds.is_empty() || several)
                && holds.windows(2).any(|pair| pair[0].lasts != pair[1].lasts),
            varies: plan.holds_vary(scope),
        })
    }
}

/// What the plan holds for one completed request, nominal: all of it, and the part in which no SQL runs.
/// Nothing where nothing is held, or no request completes.
pub(super) fn planned_connection_time(plan: &Plan, scope: SessionScope) -> Option<(Duration, Duration)> {
    let planned = PlannedHold::of(plan, scope)?;
    Some((planned.whole, planned.whole.saturating_sub(planned.busy)))
}

/// Connection time of one completed request at the clock of the run; nothing where none completed, or no
/// hold was seen to its end.
pub(super) fn connection_time(cohort: &Cohort, holds_a_request: Option<u32>) -> Option<Estimate> {
    per_completed(&cohort.hold.seen, cohort, holds_a_request)
}

/// Some part of the holds of a completed request.
fn per_completed(parts: &Histogram, cohort: &Cohort, holds_a_request: Option<u32>) -> Option<Estimate> {
    let ledger = cohort.ledger;
    let mean = Estimate::mean_of(parts).filter(|_| ledger.completed > 0)?;
    let failed = ledger.work_failed + ledger.acquire_timed_out + ledger.acquire_failed + ledger.panicked;
    let completed = ledger.completed as f64;
    let Some(holds_a_request) = holds_a_request else {
        // The holds of one request belong to one kind, and so they depend on each other.
        let whole = mean.times(parts.count() as f64 / completed);
        return Some(Estimate { interval: Err(Doubt::Mixed), ..whole });
    };
    let holds = match (failed, holds_a_request) {
        (0, holds) => f64::from(holds),
        // Of those under way at the end some have held and some have not, so only those that ended count.
        (_, 1) if ledger.in_flight + ledger.abandoned > 0 => {
            (ledger.completed + ledger.work_failed + ledger.panicked) as f64 / completed
        }
        _ => parts.count() as f64 / completed,
    };
    Some(with_chance_of_failure(mean.times(holds), parts.count() as f64, cohort, holds_a_request))
}

/// How many requests failed is of chance, and with it how many holds a completed one costs; failures are taken as
/// independent. So much more or less is that for each failure: one request less that completed, and the holds that
/// a failed one has more or less than another.
fn with_chance_of_failure(estimate: Estimate, parts: f64, cohort: &Cohort, holds_a_request: u32) -> Estimate {
    let ledger = cohort.ledger;
    let failed = (ledger.work_failed + ledger.panicked) as f64;
    if holds_a_request > 1 && ledger.acquire_timed_out + ledger.acquire_failed > 0 {
        // Some of them held, and timeouts depend on each other.
        return Estimate { interval: Err(Doubt::Mixed), ..estimate };
    }
    if failed == 0.0 {
        return estimate;
    }
    let completed = ledger.completed as f64;
    let ended = completed + failed;
    let holds_of_failure = (parts - f64::from(holds_a_request) * ended) / failed;
    let by_failure = holds_of_failure / parts + 1.0 / completed;
    let chance = Z * by_failure.abs() * (failed * completed / ended).sqrt();
    let interval = estimate.interval.map(|it| {
        let half = half(it).hypot(chance * estimate.value);
        let (low, high) = ((estimate.value - half).max(0.0), estimate.value + half);
        Interval { low, high, method: Method::Combined }
    });
    Estimate { interval, ..estimate }
}

impl HoldSummary {
    /// Nothing where no hold was seen to its end, or the itinerary has none.
    pub(super) fn of(cohort: &Cohort, plan: &Plan, scope: SessionScope) -> Option<Self> {
        let (seen, scale) = (&cohort.hold.seen, plan.time_scale);
        let each = Estimate::mean_of(seen)?;
        let planned = PlannedHold::of(plan, scope)?;
        let holds = plan.same_acquisitions(scope);
        let each_of_request = 1.0 / plan.acquisitions(scope).max(1.0);
        let interval = if planned.differ {
            of_strata(cohort, holds, |stratum| stratum.hold).map(|it| it.around(each.value, each_of_request))
        } else {
            each.interval
        };
        let drawn = Drawn::of(cohort).filter(|_| planned.varies == Varies::Yes);
        let (planned_each, overhead) = match (&drawn, planned.varies) {
            (_, Varies::No) => {
                let planned_each = scale.scaled(planned.each);
                (planned_each, Some(seconds(each.value - planned_each.as_secs_f64())))
            }
            (Some(drawn), Varies::Yes) => {
                let told = !plan.computes_in_holds(scope);
                let overhead = told.then(|| seconds(drawn.overhead() / drawn.holds));
                (seconds(drawn.planned.value / drawn.holds), overhead)
            }
            (None, Varies::Yes) => (scale.scaled(planned.each), None),
        };
        let longest = each.interval.map_or(each.value, |it| each.value + SURE * (it.high - each.value));
        let nominal = |quantile: Duration| nominal_quantile(quantile, plan, scope, overhead);
        let quantile = |quantile| HoldQuantile::of(seen, quantile, nominal);
        let drawn = drawn.filter(|_| overhead.is_some());
        Some(Self {
            request: ConnectionTime::of(cohort, &planned, drawn.as_ref(), scale, holds),
            each: Estimate { interval, ..each },
            each_at_most: Duration::try_from_secs_f64(longest).unwrap_or(Duration::MAX),
            p50: quantile(Quantile::P50),
            p99: quantile(Quantile::P99),
            overhead,
            planned_each,
            count: seen.count(),
            censored: cohort.hold.censored.count(),
        })
    }

    /// How much longer a hold is than the plan's at the clock of the run, as a share of it; below zero
    /// where it is shorter. Nothing where the plan holds nothing, or where the overhead is not
    /// known.
    #[must_use]
    pub fn beyond_plan(&self) -> Option<f64> {
        let planned = self.planned_each.as_secs_f64();
        (planned > 0.0 && self.overhead.is_some()).then(|| self.each.value / planned - 1.0)
    }

    /// Overhead of a hold ÷ what the plan holds at the scaled clock: by so much the scaled clock makes
    /// holds too long. Nothing as for [`HoldSummary::beyond_plan`].
    #[must_use]
    pub fn overhead_share(&self) -> Option<f64> {
        self.beyond_plan().map(|share| share.max(0.0))
    }
}

impl ConnectionTime {
    fn of(
        cohort: &Cohort,
        planned: &PlannedHold,
        drawn: Option<&Drawn>,
        scale: TimeScale,
        holds: Option<u32>,
    ) -> Option<Self> {
        if let Some(drawn) = drawn {
            return Some(drawn.connection_time(scale));
        }
        let apart = |it: Estimate, pick: fn(&Stratum) -> Moments| Estimate {
            interval: if planned.differ {
                of_strata(cohort, holds, pick).map(|half| half.around(it.value, 1.0))
            } else {
                it.interval
            },
            ..it
        };
        let whole = apart(connection_time(cohort, holds)?, |stratum| stratum.hold);
        let none = Estimate::computed(0.0, Unit::Seconds);
        let busy = per_completed(&cohort.busy_hold, cohort, holds);
        let busy = busy.map_or(none, |busy| apart(busy, |stratum| stratum.busy));
        let idle = planned.whole.saturating_sub(planned.busy);
        let scaled = |measured: Estimate, plan: Duration| match planned.varies {
            Varies::No => Scaled::hold(measured, plan, scale),
            Varies::Yes => Scaled::varying_hold(measured, scale),
        };
        Some(Self {
            whole: scaled(whole, planned.whole),
            busy: scaled(busy, planned.busy),
            idle: scaled(rest(whole, busy), idle),
        })
    }
}

/// A quantile of single holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HoldQuantile {
    /// At the scaled clock.
    pub measured: Duration,
    /// At nominal times; none where the holds of a request differ, and so a quantile of them
    /// belongs to no one part of the plan.
    pub nominal: Option<Duration>,
    /// Its interval at the clock of the run, in seconds, with holds taken as independent.
    pub within: Result<Interval, Doubt>,
}

impl HoldQuantile {
    fn of(holds: &Histogram, quantile: Quantile, nominal: impl Fn(Duration) -> Option<Duration>) -> Self {
        let at = |quantile: Quantile| {
            let rank = ((quantile.get() * holds.count() as f64).ceil() as u64).max(1);
            let mut passed = 0;
            let found = holds.values().find(|(_, times)| {
                passed += times;
                passed >= rank
            });
            Duration::from_nanos(found.map_or(holds.greatest(), |(value, _)| value))
        };
        let measured = at(quantile);
        let within = of_independent(holds, quantile, |quantile| Known::Exactly(at(quantile)));
        Self { measured, nominal: nominal(measured), within }
    }
}

/// A single hold at nominal times; nothing where those of a request differ. Where they vary from request to
/// request each has the mean overhead, or, where that is not known, all of it is taken as planned.
fn nominal_quantile(
    measured: Duration,
    plan: &Plan,
    scope: SessionScope,
    overhead: Option<Duration>,
) -> Option<Duration> {
    if plan.same_acquisitions(scope) != Some(1) {
        return None;
    }
    if plan.holds_vary(scope) == Varies::No {
        return Some(Scaled::hold_time(measured, plan.hold_time(scope), plan.time_scale).nominal);
    }
    let overhead = overhead.unwrap_or_default().min(measured);
    Some(plan.time_scale.nominal(measured - overhead) + overhead)
}

/// Never below zero.
fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default()
}
