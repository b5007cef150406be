//! A plan played over and over with other seeds, and what such runs tell: each figure with the range in
//! which that of many more of them lies.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::{Length, Patience, PlayedWaits, Ranged, Unplayable};
use crate::arrivals::stream_seed;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::record::{Histogram, Tape};
use crate::twin::{HoldLaw, SideBySide, Stage};
use crate::units::{LONGEST, Quantile};

/// Fewer runs tell no range.
const FEWEST: u64 = 8;
/// As many as are wanted.
const WANTED: u64 = 16;
/// A quantile is known where one group in so many has waits beyond it.
const SOME: usize = 3;
/// More tell little more, and each has a cost of its own.
const MOST: u64 = 256;
/// Runs are put together into so many groups at most, and what differs between groups is the range.
const GROUPS: usize = 32;
/// More connections than these, all runs together, are not set up in an instant.
const MOST_CONNECTIONS: u64 = 8_000_000;
/// Streams of seeds beyond those of runs and of the claims' twin.
pub(super) const FIRST_STREAM: u64 = 2_000_000;
/// Histograms are right to 0.4 %, and three digits are printed.
pub(super) const ROUNDING: f64 = 0.01;
/// What happens to one in a number of requests is not seen among a tenth as many in one of 20,000 cases.
const UNSEEN: f64 = 10.0;

/// Runs of a plan.
pub(super) struct Runs {
    /// The plan as it was played.
    pub(super) plan: Plan,
    pub(super) requests: u64,
    pub(super) count: u64,
    pub(super) length: Length,
    groups: Vec<Group>,
    all: Group,
}

impl Runs {
    /// Plays a scope of a plan, some `budget` holds in all, with seeds from a place on.
    pub(super) fn of(
        plan: &Plan,
        scope: SessionScope,
        law: &HoldLaw,
        patience: Patience,
        (budget, first): (u64, u64),
    ) -> Result<Self, Unplayable> {
        let (plan, count, length) = planned(plan, scope, patience, budget)?;
        let laws = SideBySide { holds: law.clone(), bystanders: HoldLaw::Fixed };
        let mut groups = vec![Group::default(); GROUPS.min(count as usize)];
        let mut requests = 0;
        for run in 0..count {
            let seed = stream_seed(plan.seed, first + run);
            let stage = Stage { seed, ..Stage::nominal(&plan) };
            let lane = stage.side_by_side(scope, laws.clone()).map_err(Unplayable::Twin)?;
            let played = lane.play(NonZeroUsize::MIN).map_err(Unplayable::Twin)?;
            requests += played.requests;
            let at = run as usize % groups.len();
            groups[at].add(&played.tape);
        }
        let mut all = Group::default();
        groups.iter().for_each(|group| all.merge(group));
        Ok(Self { plan, requests, count, length, groups, all })
    }

    /// Runs in which requests waited for each other.
    pub(super) fn deadlocked(&self) -> u32 {
        self.all.deadlocked
    }

    /// A share of the requests.
    pub(super) fn share(&self, of: impl Fn(&Group) -> f64) -> Ranged {
        let ranged = self.mean(&of, |it| it.due);
        // What was not seen once may happen to a few.
        let unseen = UNSEEN / self.all.due.max(1.0);
        let whole = ranged.value >= 1.0;
        let low = if whole { ranged.low - unseen } else { ranged.low };
        Ranged { low: low.max(0.0), high: (ranged.high + unseen).min(1.0), ..ranged }
    }

    /// One sum over another.
    pub(super) fn mean(&self, top: impl Fn(&Group) -> f64, bottom: impl Fn(&Group) -> f64) -> Ranged {
        let below = bottom(&self.all);
        if below == 0.0 {
            return Ranged { value: 0.0, low: 0.0, high: 0.0 };
        }
        let value = top(&self.all) / below;
        let error = self.error(|it| (top(it) - value * bottom(it)) / below);
        Ranged::around(value, error)
    }

    /// So far from the truth, at most, is a sum of parts that are 0 on the whole, one of each group.
    fn error(&self, part: impl Fn(&Group) -> f64) -> f64 {
        let n = self.groups.len() as f64;
        let squares: f64 = self.groups.iter().map(|it| part(it).powi(2)).sum();
        errors(self.groups.len()) * (squares * n / (n - 1.0).max(1.0)).sqrt()
    }

    pub(super) fn waits(&self) -> Option<PlayedWaits> {
        let count = self.all.waits.count();
        if count == 0 {
            return None;
        }
        let counted = |it: &Group| it.waits.count() as f64;
        let waiting = self.mean(|it| it.longer_than(0) * counted(it), counted);
        let mean = self.mean(|it| it.waits.sum() as f64 / 1e9, counted);
        let held = self.all.holds.sum() as f64 / 1e9 / self.all.holds.count().max(1) as f64;
        // Who waits, waits about as long as a hold lasts.
        let unseen = UNSEEN / count as f64;
        Some(PlayedWaits {
            waiting: Ranged { high: (waiting.high + unseen).min(1.0), ..waiting },
            mean: Ranged { high: mean.high + unseen * held, ..mean },
            p50: self.quantile(Quantile::P50),
            p99: self.quantile(Quantile::P99),
            p999: self.quantile(Quantile::P999),
        })
    }

    /// Share of the waits that are longer than a limit.
    pub(super) fn longer_than(&self, limit: Duration) -> Ranged {
        let nanos = |factor: f64| (limit.as_secs_f64() * 1e9 * factor) as u64;
        let share = |limit: u64| {
            self.mean(|it| it.longer_than(limit) * it.waits.count() as f64, |it| it.waits.count() as f64)
        };
        // Waits are kept to 0.4 %, and many may be alike.
        let (more, fewer) = (share(nanos(1.0 - ROUNDING / 2.0)), share(nanos(1.0 + ROUNDING / 2.0)));
        let unseen = UNSEEN / self.all.waits.count().max(1) as f64;
        Ranged { value: share(nanos(1.0)).value, low: fewer.low, high: (more.high + unseen).min(1.0) }
    }

    /// A quantile with the quantiles at the shares between which the true one lies (Woodruff 1952).
    pub(super) fn quantile(&self, quantile: Quantile) -> Option<Ranged> {
        let beyond = 1.0 - quantile.get();
        let value = self.all.exceeded_by(beyond);
        let count = self.all.waits.count() as f64;
        // Many waits may be alike, so the share from there on is looked at as well as the one beyond.
        let spread = |at: u64| {
            let share = self.all.longer_than(at);
            self.error(|it| (it.longer_than(at) - share) * it.waits.count() as f64 / count)
        };
        let at_least = if value == 0 { 0.0 } else { spread(value - 1) };
        let chance = errors(self.groups.len()) * (beyond / count).sqrt();
        let relative = spread(value).max(at_least).max(chance) / beyond;
        let (often, seldom) = ((beyond * relative.exp()).min(1.0), beyond * (-relative).exp());
        let seconds = |share: f64| self.all.exceeded_by(share) as f64 / 1e9;
        // Long waits come together: where few groups have any, they say little of how many others would.
        let have = self.groups.iter().filter(|it| it.longer_than(value.saturating_sub(1)) > 0.0).count();
        let known = have * SOME >= self.groups.len();
        (known && seldom * count >= 1.0).then(|| Ranged {
            value: value as f64 / 1e9,
            low: seconds(often) * (1.0 - ROUNDING),
            high: seconds(seldom) * (1.0 + ROUNDING),
        })
    }
}

/// So many standard errors hold the mean of so many groups in 9,999 of 10,000 cases.
fn errors(groups: usize) -> f64 {
    match groups {
        ..16 => 8.0,
        16..32 => 5.3,
        _ => 4.5,
    }
}

/// The plan as it is played, how often, and whether that is all of it.
fn planned(
    plan: &Plan,
    scope: SessionScope,
    patience: Patience,
    budget: u64,
) -> Result<(Plan, u64, Length), Unplayable> {
    let mut plan = plan.clone();
    // Whatever was due is seen to its end.
    plan.phases.drain = LONGEST;
    if patience == Patience::Endless {
        plan.pool.acquire_timeout = LONGEST * 1_000;
    }
    let holds = plan.acquisitions(scope).max(1.0);
    let open = plan.open_loop(crate::units::TimeScale::NOMINAL, plan.seed);
    let others = open.bystanders.as_ref().map_or(0.0, crate::arrivals::Arrivals::expected);
    let each = (open.requests.expected() * holds + others).max(1.0);
    let connections = plan.connections().max(1);
    if connections * FEWEST > MOST_CONNECTIONS {
        return Err(Unplayable::TooMuch);
    }
    let room = MOST_CONNECTIONS / connections;
    let fit = (budget as f64 / each) as u64;
    if fit >= WANTED {
        return Ok((plan, fit.min(MOST).min(room.max(FEWEST)), Length::Whole));
    }
    if !plan.load.stages.is_empty() || plan.load.burst > 0 {
        // Its parts belong together.
        let few = each * FEWEST as f64 <= 4.0 * budget as f64;
        return if few { Ok((plan, FEWEST, Length::Whole)) } else { Err(Unplayable::TooMuch) };
    }
    let runs = WANTED.min(room);
    let share = budget as f64 / (each * runs as f64);
    plan.phases.warm_up = plan.phases.warm_up.mul_f64(share);
    plan.phases.measure = plan.phases.measure.mul_f64(share).max(Duration::from_nanos(1));
    Ok((plan, runs, Length::Shortened))
}

/// What is kept of some runs.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    pub(super) runs: f64,
    pub(super) due: f64,
    pub(super) completed: f64,
    pub(super) timed_out: f64,
    pub(super) shed: f64,
    pub(super) completed_in_window: f64,
    deadlocked: u32,
    waits: Histogram,
    holds: Histogram,
}

impl Group {
    fn add(&mut self, tape: &Tape) {
        let ledger = &tape.measured.ledger;
        self.runs += 1.0;
        self.due += ledger.scheduled as f64;
        self.completed += ledger.completed as f64;
        self.timed_out += ledger.acquire_timed_out as f64;
        self.shed += ledger.shed as f64;
        self.completed_in_window += tape.completed_in_window as f64;
        self.deadlocked += u32::from(tape.deadlocks.is_some());
        self.waits.merge(&tape.measured.acquire_wait.seen);
        self.waits.merge(&tape.measured.acquire_wait.censored);
        self.holds.merge(&tape.measured.hold.seen);
    }

    fn merge(&mut self, other: &Self) {
        self.runs += other.runs;
        self.due += other.due;
        self.completed += other.completed;
        self.timed_out += other.timed_out;
        self.shed += other.shed;
        self.completed_in_window += other.completed_in_window;
        self.deadlocked += other.deadlocked;
        self.waits.merge(&other.waits);
        self.holds.merge(&other.holds);
    }

    /// Share of the waits that are longer.
    fn longer_than(&self, nanos: u64) -> f64 {
        let longer = self.waits.values().rev().take_while(|(value, _)| *value > nanos);
        longer.map(|(_, count)| count).sum::<u64>() as f64 / self.waits.count().max(1) as f64
    }

    /// The least wait that at most this share exceeds.
    fn exceeded_by(&self, share: f64) -> u64 {
        let mut left = (share * self.waits.count() as f64) as u64;
        for (value, count) in self.waits.values().rev() {
            if count > left {
                return value;
            }
            left -= count;
        }
        0
    }
}
