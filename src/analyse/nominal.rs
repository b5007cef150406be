//! The acts at nominal times, played by the twin with the holds that were measured: what the run
//! would have shown if no time had been scaled and handing out a connection took none.

use std::num::NonZeroUsize;

use crate::archive::{HdrError, LaneRecord, PlanRecord, RunRecord, Source};
use crate::itinerary::SessionScope;
use crate::record::{Cohort, Occupancy, Series, Tape};
use crate::twin::{HoldLaw, Lane, SideBySide, Stage, TwinError};
use crate::units::{self, TimeScale};

/// The twin's lanes at nominal times, as a record would keep them.
#[derive(Debug, Clone, PartialEq)]
pub struct NominalTwin {
    /// The plan that was played: that of the run, at nominal times.
    pub plan: PlanRecord,
    /// The open loop: a lane for each measured one.
    pub side_by_side: Vec<LaneRecord>,
    /// The closed loop: a lane for each measured one.
    pub capacity: Vec<LaneRecord>,
    /// Why lanes are missing; none where none is.
    pub missing: Option<String>,
}

/// More requests than this are not played: a report must not keep its reader waiting.
const MOST_REQUESTS: f64 = 2e6;

impl NominalTwin {
    /// Plays the acts of a run at nominal times.
    ///
    /// # Errors
    /// When a histogram of the record is damaged.
    pub fn of(record: &RunRecord) -> Result<Self, HdrError> {
        let mut twin = Self {
            plan: PlanRecord { time_scale: TimeScale::NOMINAL.factor(), ..record.plan.clone() },
            side_by_side: Vec::new(),
            capacity: Vec::new(),
            missing: None,
        };
        if record.source == Source::Simulated {
            twin.missing = Some("the record is the twin's own".to_owned());
            return Ok(twin);
        }
        for pool in &record.plan.pools {
            match lanes(record, pool, &twin.plan)? {
                Ok(lanes) => twin.play(pool, &lanes),
                Err(why) => twin.missing = Some(why),
            }
        }
        Ok(twin)
    }

    /// The twin of a lane of the open loop.
    #[must_use]
    pub fn side_by_side(&self, lane: &LaneRecord) -> Option<&LaneRecord> {
        same(&self.side_by_side, lane)
    }

    /// The twin of a lane of the closed loop.
    #[must_use]
    pub fn capacity(&self, lane: &LaneRecord) -> Option<&LaneRecord> {
        same(&self.capacity, lane)
    }

    /// Plays all lanes of a pool, or keeps none: half a comparison is none.
    fn play(&mut self, pool: &str, lanes: &[Lane]) {
        let expected: f64 = lanes.iter().map(Lane::expected).sum();
        if expected.is_nan() || expected > MOST_REQUESTS {
            let requests = units::number(expected);
            self.missing = Some(format!(
                "some {requests} requests are more than a report plays; poolbench simulate does"
            ));
            return;
        }
        let played: Result<Vec<LaneRecord>, TwinError> =
            lanes.iter().map(|lane| Ok(lane.record(pool, String::new(), &play(lane)?))).collect();
        match played {
            Ok(played) => {
                let (open, closed) = played.into_iter().partition(|lane| lane.callers.is_none());
                self.side_by_side.extend::<Vec<_>>(open);
                self.capacity.extend::<Vec<_>>(closed);
            }
            Err(why) => self.missing = Some(why.to_string()),
        }
    }
}

fn same<'a>(twins: &'a [LaneRecord], lane: &LaneRecord) -> Option<&'a LaneRecord> {
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

type Laid = Result<Vec<Lane>, String>;

/// The lanes of a pool, each with the holds that were measured in it, or why there are none.
fn lanes(record: &RunRecord, pool: &str, nominal: &PlanRecord) -> Result<Laid, HdrError> {
    let stage = Stage::nominal(nominal);
    let mut lanes = Vec::new();
    for scope in record.plan.session_scopes() {
        for act in [&record.side_by_side, &record.capacity] {
            let measured = act.iter().find(|lane| lane.pool == pool && lane.scope == scope.name());
            let Some(measured) = measured else { continue };
            match lay(stage, &record.plan, scope, measured)? {
                Ok(lane) => lanes.push(lane),
                Err(why) => return Ok(Err(why)),
            }
        }
    }
    Ok(Ok(lanes))
}

fn lay(
    stage: Stage<'_>,
    plan: &PlanRecord,
    scope: SessionScope,
    measured: &LaneRecord,
) -> Result<Result<Lane, String>, HdrError> {
    let Some(holds) = HoldLaw::measured_nominal(plan, scope, measured)? else {
        return Ok(Err(format!("no hold of {scope} was seen to its end")));
    };
    let lane = match measured.callers {
        Some(callers) => stage.capacity(scope, callers, holds),
        None => {
            let bystanders = HoldLaw::measured_bystanders_nominal(plan, measured)?;
            stage.side_by_side(scope, SideBySide { holds, bystanders: bystanders.unwrap_or(HoldLaw::Fixed) })
        }
    };
    Ok(lane.map_err(|why| why.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::super::{Comparison, Estimate};
    use super::*;

    #[test]
    fn it_holds_connections_as_long_as_was_measured_at_nominal_times() {
        let record = record();
        let twin = NominalTwin::of(&record).unwrap();
        assert_eq!(twin.missing, None);
        assert_eq!((twin.side_by_side.len(), twin.capacity.len()), (4, 4));
        let nominal = |pool: &Comparison| -> Vec<Estimate> {
            pool.lanes.iter().map(|lane| lane.hold.as_ref().unwrap().per_request.nominal).collect()
        };
        for (of_run, of_twin) in
            [(&record.side_by_side, &twin.side_by_side), (&record.capacity, &twin.capacity)]
        {
            let measured = Comparison::all(&record.plan, of_run).unwrap();
            let played = Comparison::all(&twin.plan, of_twin).unwrap();
            for (measured, played) in measured.iter().zip(&played) {
                for (measured, played) in nominal(measured).iter().zip(nominal(played)) {
                    let off = (played.value / measured.value - 1.0).abs();
                    assert!(off < 1e-3, "{played} against {measured}");
                }
            }
        }
        assert_eq!(NominalTwin::of(&record).unwrap(), twin);
    }

    #[test]
    fn it_says_why_it_did_not_play() {
        let missing = |change: fn(&mut RunRecord)| {
            let mut record = record();
            change(&mut record);
            let twin = NominalTwin::of(&record).unwrap();
            assert!(twin.side_by_side.is_empty() && twin.capacity.is_empty());
            twin.missing.unwrap()
        };
        assert_eq!(missing(|record| record.source = Source::Simulated), "the record is the twin's own");
        let many = missing(|record| record.plan.load.rate_per_s = 1e5);
        assert!(many.starts_with("some 180,0") && many.contains("more than a report plays"), "{many}");
        let unseen = missing(|record| {
            for lane in &mut record.side_by_side {
                lane.measured.hold.seen = (&crate::record::Histogram::new()).into();
            }
        });
        assert_eq!(unseen, "no hold of request-scoped was seen to its end");
        let nested = missing(|record| {
            let nested = SessionScope::Nested.name();
            record.plan.scopes[1] = nested.into();
            record.side_by_side.iter_mut().for_each(|lane| lane.scope = nested.into());
        });
        assert!(nested.contains("one connection at a time"), "{nested}");
    }
}
