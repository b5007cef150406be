//! The acts at nominal times, played by the twin with the holds that were measured: what the run
//! would have shown if no time had been scaled and handing out a connection took none.

use std::num::NonZeroUsize;

use crate::archive::{LaneTape, Run, Source};
use crate::itinerary::SessionScope;
use crate::plan::{Plan, Seen};
use crate::record::{Cohort, Occupancy, Series, Tape};
use crate::twin::{HoldLaw, Lane, SideBySide, Stage, TwinError};
use crate::units::TimeScale;

/// The twin's lanes at nominal times, as a record would keep them.
#[derive(Debug, Clone, PartialEq)]
pub struct NominalTwin {
    /// The plan that was played: that of the run, at nominal times.
    pub plan: Plan,
    /// The open loop: a lane for each measured one.
    pub side_by_side: Vec<LaneTape>,
    /// The closed loop: a lane for each measured one.
    pub capacity: Vec<LaneTape>,
    /// Pool libraries that it did not play, and why; a record of its own is not played again.
    pub missing: Vec<(String, NotPlayed)>,
}

/// Why the twin did not play a pool library.
#[derive(Debug, Clone, PartialEq)]
pub enum NotPlayed {
    /// So many requests are more than a report plays.
    TooMany(f64),
    /// No hold of this session scope was seen to its end.
    NoHoldSeen(SessionScope),
    /// The twin cannot.
    Twin(TwinError),
}

impl From<TwinError> for NotPlayed {
    fn from(why: TwinError) -> Self {
        Self::Twin(why)
    }
}

/// More requests than this are not played: a report must not keep its reader waiting.
const MOST_REQUESTS: f64 = 2e6;

impl NominalTwin {
    /// Plays the acts of a run at nominal times.
    pub fn of(record: &Run) -> Self {
        let mut twin = Self {
            plan: record.plan.at(TimeScale::NOMINAL),
            side_by_side: Vec::new(),
            capacity: Vec::new(),
            missing: Vec::new(),
        };
        if record.source == Source::Simulated || record.plan.seen() == Seen::FromOutside {
            return twin;
        }
        for pool in &record.plan.pools {
            let lanes = lanes(record, pool, &twin.plan);
            if let Err(why) = lanes.and_then(|lanes| twin.play(pool, &lanes)) {
                twin.missing.push((pool.clone(), why));
            }
        }
        twin
    }

    /// The twin of a lane of the open loop.
    #[must_use]
    pub fn side_by_side(&self, lane: &LaneTape) -> Option<&LaneTape> {
        same(&self.side_by_side, lane)
    }

    /// The twin of a lane of the closed loop.
    #[must_use]
    pub fn capacity(&self, lane: &LaneTape) -> Option<&LaneTape> {
        same(&self.capacity, lane)
    }

    /// Plays all lanes of a pool, or keeps none: half a comparison is none.
    fn play(&mut self, pool: &str, lanes: &[Lane]) -> Result<(), NotPlayed> {
        let expected: f64 = lanes.iter().map(Lane::expected).sum();
        if expected.is_nan() || expected > MOST_REQUESTS {
            return Err(NotPlayed::TooMany(expected));
        }
        let tape = |lane: &Lane| {
            let (scope, callers) = (lane.itinerary.scope(), lane.callers());
            Ok(LaneTape::of(pool, scope, callers, None, play(lane)?))
        };
        let played: Result<Vec<LaneTape>, TwinError> = lanes.iter().map(tape).collect();
        for lane in played? {
            match lane.callers {
                None => self.side_by_side.push(lane),
                Some(_) => self.capacity.push(lane),
            }
        }
        Ok(())
    }
}

fn same<'a>(twins: &'a [LaneTape], lane: &LaneTape) -> Option<&'a LaneTape> {
    twins.iter().find(|twin| twin.pool == lane.pool && twin.scope == lane.scope)
}

/// The tape of a lane without what no claim and no chart reads.
fn play(lane: &Lane) -> Result<Tape, TwinError> {
    let played = lane.play(NonZeroUsize::MIN)?;
    Ok(Tape {
        warm_up: Cohort::default(),
        bystanders_warm_up: Cohort::default(),
        series: Series::default(),
        occupancy: Occupancy::default(),
        ..played.tape
    })
}

/// The lanes of a pool, each with the holds that were measured in it, or why there are none.
fn lanes(record: &Run, pool: &str, nominal: &Plan) -> Result<Vec<Lane>, NotPlayed> {
    let stage = Stage::nominal(nominal);
    let mut lanes = Vec::new();
    for scope in record.plan.scopes.iter().copied() {
        let [open, closed] = [&record.side_by_side, &record.capacity]
            .map(|act| act.iter().find(|lane| lane.pool == pool && lane.scope == scope));
        for measured in [open, closed].into_iter().flatten() {
            let law = |lane: &LaneTape| HoldLaw::measured_nominal(&record.plan, scope, &lane.tape.measured);
            // A short closed loop may see no long hold to its end; that of the open loop is the same.
            let holds = law(measured).or_else(|| law(open?));
            let holds = holds.ok_or(NotPlayed::NoHoldSeen(scope))?;
            let bystanders =
                HoldLaw::measured_bystanders_nominal(&record.plan, &measured.tape.bystanders.hold.seen);
            let laws = SideBySide { holds, bystanders: bystanders.unwrap_or(HoldLaw::Fixed) };
            lanes.push(lay(stage, scope, measured.callers, laws)?);
        }
    }
    Ok(lanes)
}

fn lay(
    stage: Stage<'_>,
    scope: SessionScope,
    callers: Option<u32>,
    laws: SideBySide,
) -> Result<Lane, TwinError> {
    match callers {
        Some(callers) => stage.capacity(scope, callers, laws.holds),
        None => stage.side_by_side(scope, laws),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::super::{Comparison, Estimate};
    use super::*;
    use crate::units::Rate;

    #[test]
    fn it_holds_connections_as_long_as_was_measured_at_nominal_times() {
        let record = record();
        let twin = NominalTwin::of(&record);
        assert_eq!(twin.missing, []);
        assert_eq!((twin.side_by_side.len(), twin.capacity.len()), (4, 4));
        let nominal = |pool: &Comparison| -> Vec<Estimate> {
            pool.lanes.iter().map(|lane| lane.hold.as_ref().unwrap().request.unwrap().whole.nominal).collect()
        };
        for (of_run, of_twin) in
            [(&record.side_by_side, &twin.side_by_side), (&record.capacity, &twin.capacity)]
        {
            let measured = Comparison::all(&record.plan, of_run);
            let played = Comparison::all(&twin.plan, of_twin);
            for (measured, played) in measured.iter().zip(&played) {
                for (measured, played) in nominal(measured).iter().zip(nominal(played)) {
                    let off = (played.value / measured.value - 1.0).abs();
                    assert!(off < 1e-3, "{played} against {measured}");
                }
            }
        }
        assert_eq!(NominalTwin::of(&record), twin);
    }

    #[test]
    fn it_says_why_it_did_not_play() {
        let missing = |change: fn(&mut Run)| {
            let mut record = record();
            change(&mut record);
            let twin = NominalTwin::of(&record);
            assert!(twin.side_by_side.is_empty() && twin.capacity.is_empty());
            let [(_, first), (_, second)] = twin.missing.try_into().unwrap();
            assert_eq!(first, second);
            first
        };
        let many = missing(|record| record.plan.load.rate = Rate::per_second(1e5).unwrap());
        assert!(matches!(many, NotPlayed::TooMany(expected) if expected > 180_000.0), "{many:?}");
        let unseen = missing(|record| {
            for lane in &mut record.side_by_side {
                lane.tape.measured.hold.seen = crate::record::Histogram::new();
            }
        });
        assert_eq!(unseen, NotPlayed::NoHoldSeen(SessionScope::Request));
        let nested = missing(|record| {
            record.plan.scopes[1] = SessionScope::Nested;
            record.side_by_side.iter_mut().for_each(|lane| lane.scope = SessionScope::Nested);
        });
        assert_eq!(nested, NotPlayed::Twin(TwinError::Nested));
    }

    #[test]
    fn a_record_of_its_own_is_not_played_again() {
        let mut record = record();
        record.source = Source::Simulated;
        let twin = NominalTwin::of(&record);
        assert!(twin.side_by_side.is_empty() && twin.capacity.is_empty() && twin.missing.is_empty());
    }

    #[test]
    fn a_closed_loop_that_saw_no_hold_to_its_end_has_those_of_the_open_one() {
        let mut record = record();
        record.capacity[0].tape.measured.hold.seen = crate::record::Histogram::new();
        let twin = NominalTwin::of(&record);
        assert_eq!((twin.missing.len(), twin.capacity.len()), (0, 4));
    }
}
