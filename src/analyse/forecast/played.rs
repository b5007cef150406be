//! What the twin says of a plan where no formula speaks of it: the plan played over and over with other
//! seeds, and each figure with the range in which that of many more such runs lies.

use std::num::NonZeroUsize;
use std::time::Duration;

use super::Patience;
use crate::arrivals::stream_seed;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::record::{Histogram, Tape};
use crate::twin::{HoldLaw, SideBySide, Stage, TwinError};
use crate::units::{LONGEST, Quantile};

/// A number with a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranged {
    /// What all runs together gave.
    pub value: f64,
    /// What many more runs give is at least this.
    pub low: f64,
    /// And at most this.
    pub high: f64,
}

/// The figures of a plan that was played. Rates are of one pool, times in seconds.
#[derive(Debug, Clone)]
pub struct Played {
    /// Requests played in all runs, others among them.
    pub requests: u64,
    /// How many runs, each with another seed.
    pub runs: u32,
    /// Measured span of each, nominal.
    pub measured: Duration,
    /// Warm-up before it, nominal.
    pub warm_up: Duration,
    /// Whether that is the plan's, or as much of it as is played.
    pub length: Length,
    /// Runs in which requests waited for each other for ever, or until the timeout.
    pub deadlocked: u32,
    /// Share of the requests that completed.
    pub served: Ranged,
    /// Share of the requests that gave up.
    pub timed_out: Ranged,
    /// Share of the requests that were not sent.
    pub shed: Ranged,
    /// Requests per second that completed.
    pub throughput: Ranged,
    /// The waits for a connection; none where nobody asked for one.
    pub waits: Option<PlayedWaits>,
}

/// Waits of all holds that were asked for; one that gave up has waited its timeout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlayedWaits {
    /// Share that waits at all.
    pub waiting: Ranged,
    /// Mean wait.
    pub mean: Ranged,
    /// Median; like the others none where too few waits were played to tell.
    pub p50: Option<Ranged>,
    /// 99th percentile.
    pub p99: Option<Ranged>,
    /// 99.9th percentile.
    pub p999: Option<Ranged>,
}

/// How much of a plan was played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// All of it.
    Whole,
    /// A shorter warm-up and measured span, in the proportion of the plan's.
    Shortened,
}

/// Why a plan was not played.
#[derive(Debug, Clone, PartialEq)]
pub enum Unplayable {
    /// One run of it has more requests, or more connections, than are played in an instant.
    TooMuch,
    /// The twin cannot play it.
    Twin(TwinError),
}

/// Fewer runs tell no range.
const FEWEST: u64 = 8;
/// As many as are wanted.
const WANTED: u64 = 16;
/// More tell little more, and each has a cost of its own.
const MOST: u64 = 256;
/// Runs are put together into so many groups at most, and what differs between groups is the range.
const GROUPS: usize = 32;
/// More connections than these, all runs together, are not set up in an instant.
const MOST_CONNECTIONS: u64 = 8_000_000;
/// Streams of seeds beyond those of runs and of the claims' twin.
const FIRST_STREAM: u64 = 2_000_000;
/// Histograms are right to 0.4 %, and three digits are printed.
const ROUNDING: f64 = 0.01;
/// What happens to one in a number of requests is not seen among a tenth as many in one of 20,000 cases.
const UNSEEN: f64 = 10.0;

impl Played {
    /// Plays a scope of a plan, some `budget` holds in all.
    ///
    /// # Errors
    /// When it cannot be played.
    pub fn of(
        plan: &Plan,
        scope: SessionScope,
        law: &HoldLaw,
        patience: Patience,
        budget: u64,
    ) -> Result<Self, Unplayable> {
        Self::with_streams(plan, scope, law, patience, (budget, FIRST_STREAM))
    }

    /// The same with seeds from another place.
    pub(super) fn with_streams(
        plan: &Plan,
        scope: SessionScope,
        law: &HoldLaw,
        patience: Patience,
        (budget, first): (u64, u64),
    ) -> Result<Self, Unplayable> {
        let (plan, runs, length) = planned(plan, scope, patience, budget)?;
        let laws = SideBySide { holds: law.clone(), bystanders: HoldLaw::Fixed };
        let mut groups = vec![Group::default(); GROUPS.min(runs as usize)];
        let mut requests = 0;
        for run in 0..runs {
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
        let told = Told { groups, all };
        let seconds = plan.phases.measure.as_secs_f64() * f64::from(plan.pool_count().max(1));
        let lost = told.share(|it| it.due - it.completed);
        Ok(Self {
            requests,
            runs: runs as u32,
            measured: plan.phases.measure,
            warm_up: plan.phases.warm_up,
            length,
            deadlocked: told.all.deadlocked,
            served: lost.rest(),
            timed_out: told.share(|it| it.timed_out),
            shed: told.share(|it| it.shed),
            throughput: told.mean(|it| it.completed_in_window / seconds, |it| it.runs),
            waits: told.waits(),
        })
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
    let holds = f64::from(plan.itinerary(scope).acquisitions().max(1));
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
struct Group {
    runs: f64,
    due: f64,
    completed: f64,
    timed_out: f64,
    shed: f64,
    completed_in_window: f64,
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

struct Told {
    groups: Vec<Group>,
    all: Group,
}

impl Told {
    /// A share of the requests.
    fn share(&self, of: impl Fn(&Group) -> f64) -> Ranged {
        let ranged = self.mean(&of, |it| it.due);
        // What was not seen once may happen to a few.
        let unseen = UNSEEN / self.all.due.max(1.0);
        let whole = ranged.value >= 1.0;
        let low = if whole { ranged.low - unseen } else { ranged.low };
        Ranged { low: low.max(0.0), high: (ranged.high + unseen).min(1.0), ..ranged }
    }

    /// One sum over another.
    fn mean(&self, top: impl Fn(&Group) -> f64, bottom: impl Fn(&Group) -> f64) -> Ranged {
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

    fn waits(&self) -> Option<PlayedWaits> {
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

    /// A quantile with the quantiles at the shares between which the true one lies (Woodruff 1952).
    fn quantile(&self, quantile: Quantile) -> Option<Ranged> {
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
        (seldom * count >= 1.0).then(|| Ranged {
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

impl Ranged {
    /// A number above 0 with its error, as factors: such numbers are often small and seldom large.
    fn around(value: f64, error: f64) -> Self {
        if value == 0.0 {
            return Self { value, low: 0.0, high: 0.0 };
        }
        let factor = (error / value).exp() * (1.0 + ROUNDING);
        Self { value, low: value / factor, high: value * factor }
    }

    /// What is left of a share.
    fn rest(self) -> Self {
        Self { value: 1.0 - self.value, low: 1.0 - self.high, high: 1.0 - self.low }
    }

    /// Whether a number lies in the range.
    #[must_use]
    pub fn holds(&self, number: f64) -> bool {
        (self.low..=self.high).contains(&number)
    }
}
