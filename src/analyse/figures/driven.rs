//! What the plan, theory and the twin expect at the clock of the run, set beside the figures of the open
//! loop.
//!
//! Theory and twin are given the holds that were measured, so that what is compared is the waiting
//! and not the overhead; the twin is offered the very arrivals of the run. It is played again with
//! other seeds, and where the measured figure lies among theirs says whether the two agree: of 40
//! figures alike in law, the one measured is neither the least nor the greatest in 95 of 100 runs.

use std::num::NonZeroUsize;

use super::measured_theory::MeasuredTheory;
use super::{Figures, Metric, Reading, computed, computed_time};
use crate::analyse::agreement::{Agreement, Judge};
use crate::analyse::caveats::Act;
use crate::analyse::hold::{connection_time, planned_connection_time};
use crate::analyse::{Departure, Estimate, LaneSummary, Survival, Unit};
use crate::archive::{LaneTape, Run, Source};
use crate::arrivals::stream_seed;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::record::Tape;
use crate::theory::{Formula, TheoryError, Trust};
use crate::twin::{HoldLaw, SideBySide, Stage, TwinError};
use crate::units::Quantile;

/// The formula that theory used for a lane of the open loop.
#[derive(Debug, Clone, PartialEq)]
pub struct FormulaUsed {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
    /// The formula, or why there is none.
    pub used: Used,
}

/// What theory had to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Used {
    /// A formula, and how far to believe it.
    Formula(Formula, Trust),
    /// None speaks of such a load, for these reasons.
    NoFormula(Vec<Departure>),
    /// Nothing settles.
    NoSteadyState,
    /// No formula is for this.
    None(TheoryError),
}

/// A lane of the open loop that the twin did not play, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Unplayed {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
    /// The reason; none where no hold was seen to its end.
    pub why: Option<TwinError>,
}

/// Metrics that something is expected of, in the order in which they are read from a tape.
const EXPECTED: [Metric; 5] = [
    Metric::HoldMean,
    Metric::AcquireWaitP50,
    Metric::AcquireWaitP99,
    Metric::ThroughputCounted,
    Metric::ServedShare,
];

/// Seeds other than that of the run.
pub const SEEDS: u64 = 39;
/// More requests than this are not played over and over.
const MOST_PLAYED: u64 = 600_000;
/// More requests than this are not played at all: a report must not keep its reader waiting.
const MOST_ONCE: f64 = 10e6;

impl Figures {
    /// Sets what is expected at the clock of the run beside the figures of the open loop's lanes.
    pub(in crate::analyse) fn expect_as_driven(
        &mut self,
        record: &Run,
        lanes: &[&LaneSummary],
    ) -> (Vec<FormulaUsed>, Vec<Unplayed>) {
        let (mut formulas, mut unplayed) = (Vec::new(), Vec::new());
        for tape in &record.side_by_side {
            let (pool, scope) = (tape.pool.clone(), tape.scope);
            let lane = lanes.iter().find(|lane| lane.pool == pool && lane.scope == scope);
            let (Some(lane), Some(theory)) = (lane, MeasuredTheory::of(&record.plan, scope, tape)) else {
                continue;
            };
            let twin = match record.source {
                Source::Measured => Twin::of(&record.plan, scope, tape).map_err(|why| {
                    unplayed.push(Unplayed { pool: pool.clone(), scope, why });
                }),
                // It is the twin's own record.
                Source::Simulated => Err(()),
            };
            let judge = Judge {
                scale: record.plan.time_scale,
                lane,
                wait: lane.wait,
                own: None,
                relaxations: None,
                holds: lane.hold.as_ref().map_or(0, |hold| hold.count),
            };
            self.set_beside_lane(&record.plan, &judge, &theory, twin.ok().as_ref());
            formulas.push(FormulaUsed { pool, scope, used: theory.used() });
        }
        (formulas, unplayed)
    }

    fn set_beside_lane(
        &mut self,
        plan: &Plan,
        judge: &Judge<'_>,
        theory: &MeasuredTheory,
        twin: Option<&Twin>,
    ) {
        for figure in self.iter_mut() {
            let Some(at) = EXPECTED.iter().position(|metric| *metric == figure.metric) else { continue };
            if !figure.is_of(Act::SideBySide, judge.lane) {
                continue;
            }
            let Ok(side) = figure.measured.as_mut() else { continue };
            side.planned = planned(plan, judge.lane.scope, figure.metric);
            side.theory = theory.get(figure.metric);
            side.twin = twin.and_then(|twin| twin.same[at]);
            side.range = twin.and_then(|twin| twin.range(at));
            let Some(range) = side.range else { continue };
            side.agreement = match judge.within(range, side.value) {
                Agreement::Agrees if figure.metric == Metric::HoldMean => Agreement::ByConstruction,
                judged => judged,
            };
            let of_theory = Judge { relaxations: theory.relaxations, ..*judge };
            side.theory_apart = side
                .theory
                .and_then(|expected| of_theory.theory_within(range, expected.number(), theory.trust()?));
        }
    }
}

/// The figures of a lane that are compared, each at the place of its metric.
type Few = [Option<Reading>; EXPECTED.len()];

/// The twin on the arrivals of the run, and with other seeds.
struct Twin {
    same: Few,
    others: Vec<Few>,
}

impl Twin {
    fn of(plan: &Plan, scope: SessionScope, lane: &LaneTape) -> Result<Self, Option<TwinError>> {
        let law = HoldLaw::measured(&lane.tape.measured.hold.seen).ok_or(None)?;
        let bystanders = HoldLaw::measured(&lane.tape.bystanders.hold.seen).unwrap_or(HoldLaw::Fixed);
        Self::played(plan, scope, &SideBySide { holds: law, bystanders }).map_err(Some)
    }

    fn played(plan: &Plan, scope: SessionScope, laws: &SideBySide) -> Result<Self, TwinError> {
        let holds = plan.same_acquisitions(scope);
        let play = |seed: u64| {
            let stage = Stage { seed, ..Stage::as_driven(plan) };
            let lane = stage.side_by_side(scope, laws.clone())?;
            match lane.expected() {
                few if few <= MOST_ONCE => lane.play(NonZeroUsize::MIN),
                expected => Err(TwinError::TooMany { expected }),
            }
        };
        let same = play(plan.seed)?;
        let mut others = Vec::new();
        if same.requests.saturating_mul(SEEDS) <= MOST_PLAYED {
            for index in 0..SEEDS {
                // Streams beyond those of the run itself.
                let played = play(stream_seed(plan.seed, 1_000 + index))?;
                others.push(few(&played.tape, holds));
            }
        }
        Ok(Self { same: few(&same.tape, holds), others })
    }

    fn range(&self, at: usize) -> Option<(f64, f64)> {
        let values = || self.others.iter().filter_map(|few| few[at].map(Reading::number));
        Some((values().reduce(f64::min)?, values().reduce(f64::max)?))
    }
}

/// The compared figures of a tape alone: a whole summary of each of many tapes would take long.
fn few(tape: &Tape, holds: Option<u32>) -> Few {
    let cohort = &tape.measured;
    let span = tape.window.to.saturating_sub(tape.window.from);
    let curve = Survival::of(&cohort.acquire_wait);
    let wait = |quantile| curve.quantile(quantile).map(computed_time);
    let hold = connection_time(cohort, holds);
    let completed = tape.completed_in_window as f64 * 1e9 / span.max(1) as f64;
    [
        hold.map(Reading::Figure),
        wait(Quantile::P50),
        wait(Quantile::P99),
        Some(computed(completed, Unit::PerSecond)),
        Estimate::share(cohort.ledger.completed, cohort.ledger.scheduled).map(Reading::Figure),
    ]
}

/// What the plan alone says, at the scaled clock: the hold, and what it lets the pool carry.
fn planned(plan: &Plan, scope: SessionScope, metric: Metric) -> Option<f64> {
    let (hold, _) = planned_connection_time(plan, scope)?;
    let hold = plan.time_scale.scaled(hold).as_secs_f64();
    let rate = plan.load.rate.as_per_second() / plan.time_scale.factor();
    let carried = rate.min(plan.connections() as f64 / hold);
    let value = match metric {
        Metric::HoldMean => hold,
        Metric::ThroughputCounted => carried,
        Metric::ServedShare => carried / rate,
        _ => return None,
    };
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::Comparison;
    use crate::analyse::fixture::record;

    /// What is read from the twin's tapes is what the list reads from a lane.
    #[test]
    fn the_few_are_those_of_the_list() {
        let record = record();
        let pools = Comparison::all(&record.plan, &record.side_by_side);
        let figures = Figures::of(Act::SideBySide, &pools);
        for tape in &record.side_by_side {
            let holds = record.plan.same_acquisitions(tape.scope);
            for (metric, few) in EXPECTED.into_iter().zip(few(&tape.tape, holds)) {
                let listed = figures.at(Act::SideBySide, &tape.pool, tape.scope, metric).unwrap();
                let listed = listed.measured.as_ref().unwrap().value.number();
                assert!((listed - few.unwrap().number()).abs() <= 1e-9 * listed, "{}", metric.name());
            }
        }
    }
}
