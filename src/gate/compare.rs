//! What is compared of two scenarios: lanes of the one beside lanes of the other, and of each pair of
//! lanes these metrics, each by a rule of its own.

use super::paired::{
    Good, Importance, Judgement, Look, Looks, Overall, Pair, Rule, Side, Tolerance, Trial, order,
};
use crate::analyse::{Known, LaneSummary, Scaled};
use crate::archive::LaneTape;
use crate::arrivals::stream_seed;
use crate::itinerary::SessionScope;
use crate::plan::Plan;

/// A lane by its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneName {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
}

/// A lane of A, and the one of B that stands beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LanePair {
    /// Of A.
    pub a: LaneName,
    /// Of B.
    pub b: LaneName,
}

/// Which lanes stand beside each other: those of the same pool library and session scope. Where both
/// plans have one pool library alone, or one scope alone, the two stand beside each other though their
/// names differ.
#[must_use]
pub fn lane_pairs(a: &Plan, b: &Plan) -> Vec<LanePair> {
    let mut pairs = Vec::new();
    for (pool_a, pool_b) in beside(&a.pools, &b.pools) {
        for (scope_a, scope_b) in beside(&a.scopes, &b.scopes) {
            pairs.push(LanePair {
                a: LaneName { pool: pool_a.clone(), scope: scope_a },
                b: LaneName { pool: pool_b.clone(), scope: scope_b },
            });
        }
    }
    pairs
}

fn beside<T: Clone + PartialEq>(a: &[T], b: &[T]) -> Vec<(T, T)> {
    if let ([a], [b]) = (a, b) {
        return vec![(a.clone(), b.clone())];
    }
    a.iter().filter(|name| b.contains(name)).map(|name| (name.clone(), name.clone())).collect()
}

/// How much worse is still the same, as a share of what it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances {
    /// Of holds and throughput.
    pub holds: Tolerance,
    /// Of waits and response times, which a change of the holds moves many times as far.
    pub waits: Tolerance,
}

impl Default for Tolerances {
    fn default() -> Self {
        Self {
            holds: Tolerance { ignored: 0.02, most: 0.05 },
            waits: Tolerance { ignored: 0.10, most: 0.25 },
        }
    }
}

/// What the numbers of a metric count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counts {
    /// Seconds at the clock of the run.
    Seconds,
    /// A share of all.
    Share,
    /// A number of something for each request.
    PerRequest,
}

/// A metric that is compared.
#[derive(Debug)]
pub struct ComparedMetric {
    /// Its stable name, that of the list of figures where it stands there.
    pub name: &'static str,
    /// What its numbers count.
    pub counts: Counts,
    good: Good,
    importance: Importance,
    rule: fn(&Tolerances) -> Rule,
    read: fn(&Seen<'_>) -> Option<f64>,
}

/// A metric of a pair of lanes.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// The place of the lanes among all pairs of lanes.
    pub lane: usize,
    /// Which metric.
    pub metric: &'static ComparedMetric,
}

/// One lane of one run.
struct Seen<'a> {
    tape: &'a LaneTape,
    lane: LaneSummary,
}

/// Structure: the machine has no part in it.
const STRUCTURE: f64 = 0.05;

/// Differences of shares that the arrivals are thrown about by.
const SHARES: Tolerance = Tolerance { ignored: 0.005, most: 0.03 };

/// Shorter waits are taken to last so long: timers are no better than this, and nobody waits for less.
const SHORTEST: f64 = 0.001;

/// What is compared, in the order in which it is shown.
static METRICS: &[ComparedMetric] = &[
    ComparedMetric {
        name: "idle-hold.share",
        counts: Counts::Share,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |_| Rule::Bound(STRUCTURE),
        read: |seen| Some(seen.lane.pool_time?.wasted?.get()),
    },
    ComparedMetric {
        name: "acquires.per-request",
        counts: Counts::PerRequest,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |_| Rule::Bound(STRUCTURE),
        read: |seen| seen.lane.acquires_each,
    },
    ComparedMetric {
        name: "transactions.per-request",
        counts: Counts::PerRequest,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |_| Rule::Bound(STRUCTURE),
        read: |seen| seen.lane.transactions_each,
    },
    ComparedMetric {
        name: "failed.share",
        counts: Counts::Share,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |_| Rule::Every(0.0),
        // What the scenario asks to fail is no failure of what is compared.
        read: |seen| over(seen.lane.unasked_failures, seen.lane.ledger.scheduled),
    },
    ComparedMetric {
        name: "timed-out.share",
        counts: Counts::Share,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |_| Rule::Difference(SHARES),
        read: |seen| over(seen.lane.ledger.acquire_timed_out, seen.lane.ledger.scheduled),
    },
    ComparedMetric {
        name: "hold.mean",
        counts: Counts::Seconds,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |tolerances| Rule::Ratio(tolerances.holds),
        read: |seen| Some(seen.lane.hold.as_ref()?.request?.whole.measured.value),
    },
    ComparedMetric {
        name: "served.share",
        counts: Counts::Share,
        good: Good::More,
        importance: Importance::Primary,
        // Of the very same requests, what is served is throughput; and no edge of a short span is in it.
        rule: |tolerances| Rule::Ratio(tolerances.holds),
        read: |seen| over(seen.lane.ledger.completed, seen.lane.ledger.scheduled).filter(|it| *it > 0.0),
    },
    ComparedMetric {
        name: "acquire-wait.mean",
        counts: Counts::Seconds,
        good: Good::Less,
        importance: Importance::Secondary,
        rule: |tolerances| Rule::Ratio(tolerances.waits),
        read: |seen| {
            let waits = &seen.tape.tape.measured.acquire_wait;
            let whole = waits.censored.count() == 0 && waits.seen.count() > 0;
            whole.then(|| (waits.seen.sum() as f64 / waits.seen.count() as f64 / 1e9).max(SHORTEST))
        },
    },
    ComparedMetric {
        name: "acquire-wait.p99",
        counts: Counts::Seconds,
        good: Good::Less,
        importance: Importance::Secondary,
        rule: |tolerances| Rule::Ratio(tolerances.waits),
        read: |seen| exactly(seen.lane.wait?.quantiles.p99),
    },
    ComparedMetric {
        name: "response.p99",
        counts: Counts::Seconds,
        good: Good::Less,
        importance: Importance::Secondary,
        rule: |tolerances| Rule::Ratio(tolerances.waits),
        read: |seen| exactly(seen.lane.response?.p99),
    },
    ComparedMetric {
        name: BYSTANDERS,
        counts: Counts::Seconds,
        good: Good::Less,
        importance: Importance::Secondary,
        rule: |tolerances| Rule::Ratio(tolerances.waits),
        read: |seen| exactly(seen.lane.bystanders?.response.p99),
    },
];

const BYSTANDERS: &str = "bystander.response.p99";

fn over(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A time that is known only as "more than" has no ratio to another.
fn exactly(time: Scaled<Known>) -> Option<f64> {
    match time.measured {
        Known::Exactly(time) => Some(time.as_secs_f64().max(SHORTEST)),
        Known::MoreThan(_) => None,
    }
}

/// Two plans that are run in turn until it is clear whether the second is worse.
#[derive(Debug)]
pub struct Contest {
    a: Plan,
    b: Plan,
    looks: Looks,
    trial: Trial<Compared>,
    late: usize,
}

/// A run that is to be made.
#[derive(Debug)]
pub struct Turn {
    /// The pair it belongs to, from 1 on; 0 for the first pair, which warms up and is not counted.
    pub pair: usize,
    /// Of which of the two.
    pub side: Side,
    /// What is to be run: both sides of a pair have the same seed, and no two pairs have.
    pub plan: Plan,
}

/// How a contest ended.
#[derive(Debug)]
pub struct Ended {
    /// The look at which it ended.
    pub look: Look,
    /// What the pairs show.
    pub judgement: Judgement<Compared>,
    /// In how many runs our own driver did not keep pace, so that waits are in doubt.
    pub late: usize,
}

impl Contest {
    /// Of two plans, with all lanes that stand beside each other.
    #[must_use]
    pub fn of(a: Plan, b: Plan, tolerances: &Tolerances, looks: Looks) -> Self {
        let trial = trial(&a, &b, tolerances);
        Self { a, b, looks, trial, late: 0 }
    }

    /// Which lanes stand beside each other.
    #[must_use]
    pub fn lanes(&self) -> Vec<LanePair> {
        lane_pairs(&self.a, &self.b)
    }

    /// Pairs that were counted.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.trial.pairs()
    }

    /// Has pair after pair run by whoever can, in the order ABBA BAAB, up to the look at which it is clear, or the
    /// last one.
    ///
    /// # Errors
    /// With the fault of the first run that has one.
    pub fn play<E>(&mut self, run: &mut dyn FnMut(&Turn) -> Result<Vec<LaneTape>, E>) -> Result<Ended, E> {
        self.pair(0, run)?;
        loop {
            let (a, b) = self.pair(self.trial.pairs() + 1, run)?;
            let a = SideRun { plan: &self.a, lanes: &a };
            let b = SideRun { plan: &self.b, lanes: &b };
            self.late += [a, b].iter().filter(|side| side.lateness() == Lateness::Late).count();
            add(&mut self.trial, a, b);
            let Some(look) = self.looks.at(self.trial.pairs()) else { continue };
            let judgement = self.trial.judge(look);
            let is_clear = match judgement.overall {
                Overall::Regression => true,
                Overall::Pass => judgement.suspects() == 0,
                Overall::Inconclusive => false,
            };
            if is_clear || look.pairs == self.looks.span().1 {
                return Ok(Ended { look, judgement, late: self.late });
            }
        }
    }

    fn pair<E>(
        &self,
        pair: usize,
        run: &mut dyn FnMut(&Turn) -> Result<Vec<LaneTape>, E>,
    ) -> Result<(Vec<LaneTape>, Vec<LaneTape>), E> {
        let seed = stream_seed(self.a.seed, PAIRS + pair as u64);
        let turn = |side| {
            let plan = match side {
                Side::A => &self.a,
                Side::B => &self.b,
            };
            Turn { pair, side, plan: Plan { seed, ..plan.clone() } }
        };
        // What warms up goes before the first turn.
        let [first, second] = order(pair.saturating_sub(1));
        let (one, other) = (run(&turn(first))?, run(&turn(second))?);
        Ok(if first == Side::A { (one, other) } else { (other, one) })
    }
}

/// Streams of draws beyond those of a single run.
const PAIRS: u64 = 1_000_000;

fn trial(a: &Plan, b: &Plan, tolerances: &Tolerances) -> Trial<Compared> {
    let lanes = lane_pairs(a, b).len();
    let others = a.bystander.is_some() && b.bystander.is_some();
    let metrics = || METRICS.iter().filter(move |metric| others || metric.name != BYSTANDERS);
    Trial::of((0..lanes).flat_map(|lane| {
        metrics().map(move |metric| {
            (Compared { lane, metric }, (metric.rule)(tolerances), metric.good, metric.importance)
        })
    }))
}

/// One run of a side.
#[derive(Debug, Clone, Copy)]
struct SideRun<'a> {
    plan: &'a Plan,
    lanes: &'a [LaneTape],
}

/// Whether the driver kept pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lateness {
    InTime,
    Late,
}

impl SideRun<'_> {
    fn seen(&self, name: &LaneName) -> Option<Seen<'_>> {
        let tape = self.lanes.iter().find(|it| it.pool == name.pool && it.scope == name.scope)?;
        Some(Seen { tape, lane: LaneSummary::of(self.plan, name.scope, tape) })
    }

    /// Late is a run of which, in a lane, 1 in 100 requests was sent later than a tenth of a hold.
    fn lateness(&self) -> Lateness {
        let late = self.lanes.iter().any(|tape| {
            let hold = self.plan.time_scale.scaled(self.plan.itinerary(tape.scope).hold_time());
            let lag = &tape.tape.measured.schedule_lag;
            let late = lag.values().filter(|(nanos, _)| u128::from(*nanos) > (hold / 10).as_nanos());
            late.map(|(_, times)| times).sum::<u64>() * 100 > lag.count()
        });
        if late { Lateness::Late } else { Lateness::InTime }
    }
}

fn add(trial: &mut Trial<Compared>, a: SideRun<'_>, b: SideRun<'_>) {
    let lanes = lane_pairs(a.plan, b.plan);
    let seen: Vec<_> = lanes.iter().map(|pair| (a.seen(&pair.a), b.seen(&pair.b))).collect();
    trial.add(|compared| {
        let (a, b) = seen.get(compared.lane)?;
        let read = |seen: &Option<Seen<'_>>| (compared.metric.read)(seen.as_ref()?);
        Some(Pair { a: read(a)?, b: read(b)? })
    });
}
