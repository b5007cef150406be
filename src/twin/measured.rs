//! Measured holds as bins to draw from.

use std::time::Duration;

use super::engine::{Bin, SimTime};
use super::lane::HoldLaw;
use crate::itinerary::{SessionScope, Varies};
use crate::plan::Plan;
use crate::record::{Cohort, Histogram};

impl HoldLaw {
    /// Holds at the clock at which they were measured; nothing where none was seen to its end.
    #[must_use]
    pub fn measured(holds: &Histogram) -> Option<Self> {
        shifted(holds, 0)
    }

    /// The holds of requests at nominal time. The plan's part of a hold scales and the rest is overhead,
    /// which does not, so what was not driven of the plan is added to each. Where steps vary from request
    /// to request each hold has the mean overhead, if that was noted, and all else of it scales.
    #[must_use]
    pub fn measured_nominal(plan: &Plan, scope: SessionScope, requests: &Cohort) -> Option<Self> {
        let holds = &requests.hold.seen;
        if plan.holds_vary(scope) == Varies::Yes {
            let overhead = if plan.computes_in_holds(scope) { 0 } else { mean_overhead(requests) };
            return as_bins(holds, |hold| {
                let overhead = overhead.min(hold);
                nanos(plan.time_scale.nominal(Duration::from_nanos(hold - overhead))) + overhead
            });
        }
        let itinerary = plan.itinerary(scope);
        let each = u64::from(itinerary.acquisitions().max(1));
        shifted(holds, not_driven(plan, itinerary.hold_time()) / each)
    }

    /// The holds of bystanders at nominal time.
    #[must_use]
    pub fn measured_bystanders_nominal(plan: &Plan, holds: &Histogram) -> Option<Self> {
        shifted(holds, not_driven(plan, plan.bystander_time()))
    }
}

/// Overhead of a hold, in nanoseconds; 0 where it was not noted.
fn mean_overhead(requests: &Cohort) -> u64 {
    let (held, planned) = (requests.totals.held, requests.totals.planned);
    let holds = u128::from(requests.totals.holds.max(1));
    u64::try_from(held.sum.saturating_sub(planned.sum) / holds).unwrap_or(u64::MAX)
}

/// What of a planned time a run at the plan's time scale leaves out, in nanoseconds.
fn not_driven(plan: &Plan, planned: Duration) -> u64 {
    nanos(plan.time_scale.not_driven(planned))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn shifted(holds: &Histogram, by: u64) -> Option<HoldLaw> {
    as_bins(holds, |hold| hold.saturating_add(by))
}

fn as_bins(holds: &Histogram, at: impl Fn(u64) -> u64) -> Option<HoldLaw> {
    let bins = holds.values().map(|(value, count)| {
        let value = SimTime::new(at(value));
        Bin { low: value, high: value, count }
    });
    let bins: Vec<Bin> = bins.collect();
    (!bins.is_empty()).then_some(HoldLaw::Measured(bins))
}
