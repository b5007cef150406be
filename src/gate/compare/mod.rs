//! What is compared of two scenarios: lanes of the one beside lanes of the other, and of each pair of
//! lanes these metrics, each by a rule of its own.

mod metrics;

pub(super) use metrics::{Bystanders, add, lines, metrics, primary, trial, trial_of_times};
pub use metrics::{Compared, ComparedMetric, Tolerances};

use super::Line;
use super::paired::{Judgement, Look, Looks, Overall, Side, Trial, order};
use crate::analyse::Figures;
use crate::arrivals::stream_seed;
use crate::itinerary::SessionScope;
use crate::metric::Metric;
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
        let both = a.bystander.is_some() && b.bystander.is_some();
        let others = if both { Bystanders::Some } else { Bystanders::None };
        let trial = trial(lane_pairs(&a, &b).len(), others, tolerances);
        Self { a, b, looks, trial, late: 0 }
    }

    /// Which lanes stand beside each other.
    #[must_use]
    pub fn lanes(&self) -> Vec<LanePair> {
        lane_pairs(&self.a, &self.b)
    }

    /// What is compared.
    #[must_use]
    pub fn plans(&self) -> [&Plan; 2] {
        [&self.a, &self.b]
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
    pub fn play<E>(&mut self, run: &mut dyn FnMut(&Turn) -> Result<Figures, E>) -> Result<Ended, E> {
        self.pair(0, run)?;
        loop {
            let (a, b) = self.pair(self.trial.pairs() + 1, run)?;
            let (a, b) = (lines(&a), lines(&b));
            let late = [is_late(&self.a, &a), is_late(&self.b, &b)];
            self.late += late.into_iter().filter(|late| *late).count();
            let lanes = self.lanes();
            add(&mut self.trial, &lanes, (&a, &b));
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
        run: &mut dyn FnMut(&Turn) -> Result<Figures, E>,
    ) -> Result<(Figures, Figures), E> {
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

/// Whether in a lane 1 in 100 requests was sent later than a tenth of a hold.
fn is_late(plan: &Plan, lines: &[Line]) -> bool {
    let lags = lines.iter().filter(|line| line.metric == Metric::ScheduleLagP99);
    lags.into_iter().any(|line| {
        let scope = line.scope().unwrap_or(SessionScope::Request);
        let hold = plan.time_scale.scaled(plan.hold_time(scope));
        line.measured.is_some_and(|lag| lag.value > hold.as_secs_f64() / 10.0)
    })
}
