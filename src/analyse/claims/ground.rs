//! Whether anything follows from the holds of a run at nominal times. Nominal hold = plan × (1 − scale) +
//! measured, and so is mostly plan: first the holds at the clock of the run have to be the plan's.

use super::{Because, ClaimVerdict, Evidence, Ground, Outcome};
use crate::analyse::agreement::ALIKE;
use crate::analyse::caveats::Act;
use crate::analyse::{BesidePlan, LaneSummary, Metric};
use crate::units::TimeScale;

/// Overhead of more than this share of a hold leaves open what it would be at nominal times.
pub(super) const MOST_OVERHEAD: f64 = 0.1;

impl Evidence<'_> {
    /// How numbers of holds at nominal times are come by; else what becomes of a claim about them.
    pub(super) fn ground(&self, act: Act) -> Result<Ground, Box<Outcome>> {
        let pools = if act == Act::Capacity { &self.capacity } else { &self.side_by_side };
        let pairs = pools.iter().filter_map(|pool| pool.pair());
        let lanes: Vec<&LaneSummary> = pairs.flat_map(|(before, after)| [before, after]).collect();
        lanes.iter().try_for_each(|lane| as_long_as_planned(lane))?;
        let scale = self.plan.time_scale;
        if scale == TimeScale::NOMINAL {
            return Ok(Ground::Measured);
        }
        let share = |lane: &LaneSummary| lane.hold.as_ref()?.overhead_share();
        let most = lanes.iter().filter_map(|lane| Some((*lane, share(lane)?)));
        let most = most.max_by(|(_, a), (_, b)| a.total_cmp(b));
        match most {
            Some((lane, share)) if share > MOST_OVERHEAD => {
                let why = Because::MuchOverhead { pool: lane.pool.clone(), scope: lane.scope, share };
                Err(Box::new((ClaimVerdict::NotMeasured, why)))
            }
            most => {
                let all_known = lanes.iter().all(|lane| share(lane).is_some());
                let overhead = most.map(|(_, share)| share).filter(|_| all_known);
                let proof = self.proof.map(|proof| proof.verdict_of(Metric::HoldMean));
                Ok(Ground::Extrapolated { scale, overhead, proof })
            }
        }
    }
}

fn as_long_as_planned(lane: &LaneSummary) -> Result<(), Box<Outcome>> {
    let (pool, scope) = (lane.pool.clone(), lane.scope);
    let outcome = match (cut_off(lane), lane.beside_plan()) {
        (Some(count), _) => (ClaimVerdict::NotMeasured, Because::CutOff { pool, scope, count }),
        (None, None | Some(BesidePlan::AsLong)) => return Ok(()),
        (None, Some(BesidePlan::TooShort { measured, planned })) => {
            (ClaimVerdict::Fails, Because::HoldTooShort { pool, scope, measured, planned })
        }
        (None, Some(BesidePlan::Unclear)) => {
            (ClaimVerdict::NotMeasured, Because::GaveUpBetween { pool, scope })
        }
    };
    Err(Box::new(outcome))
}

/// How many holds were cut off before their end, where those that were not say too little of all: the long
/// ones are cut off first, unless all are as long.
fn cut_off(lane: &LaneSummary) -> Option<u64> {
    let hold = lane.hold.as_ref()?;
    let varied = hold.each_at_most.as_secs_f64() > (1.0 + ALIKE) * hold.each.value;
    (varied && hold.censored as f64 > MANY * hold.count as f64).then_some(hold.censored)
}

/// Holds cut off, as a share of the others.
const MANY: f64 = 0.01;
