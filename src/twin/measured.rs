//! Holds of a record as bins to draw from.

use std::time::Duration;

use super::engine::{Bin, Nanos};
use super::lane::HoldLaw;
use crate::archive::{HdrError, LaneRecord, PlanRecord};
use crate::itinerary::SessionScope;

impl HoldLaw {
    /// The holds of a lane at the clock at which they were measured; nothing where none was seen to
    /// its end.
    ///
    /// # Errors
    /// When the histogram is damaged.
    pub fn measured(lane: &LaneRecord) -> Result<Option<Self>, HdrError> {
        let measured = lane.measured.hold.seen.histogram()?;
        Ok(some(measured.values().map(|(value, count)| bin(value, count)).collect()))
    }

    /// The same at nominal time. The plan's part of a hold scales and the rest is overhead, which does
    /// not, so what was not driven of the plan is added to each.
    ///
    /// # Errors
    /// When the histogram is damaged.
    pub fn measured_nominal(
        plan: &PlanRecord,
        scope: SessionScope,
        lane: &LaneRecord,
    ) -> Result<Option<Self>, HdrError> {
        let itinerary = plan.itinerary(scope);
        let holds = u64::from(itinerary.acquisitions().max(1));
        let added = not_driven(plan, itinerary.hold_time()) / holds;
        let measured = lane.measured.hold.seen.histogram()?;
        let bins = measured.values().map(|(value, count)| bin(value.saturating_add(added), count));
        Ok(some(bins.collect()))
    }

    /// The bystanders' holds of a lane, as measured; nothing where none was seen to its end.
    ///
    /// # Errors
    /// When the histogram is damaged.
    pub fn measured_bystanders(lane: &LaneRecord) -> Result<Option<Self>, HdrError> {
        let measured = lane.bystanders.hold.seen.histogram()?;
        Ok(some(measured.values().map(|(value, count)| bin(value, count)).collect()))
    }

    /// The same at nominal time; nothing where the plan has no bystanders either.
    ///
    /// # Errors
    /// When the histogram is damaged.
    pub fn measured_bystanders_nominal(
        plan: &PlanRecord,
        lane: &LaneRecord,
    ) -> Result<Option<Self>, HdrError> {
        let added = not_driven(plan, plan.bystander_time());
        let measured = lane.bystanders.hold.seen.histogram()?;
        let bins = measured.values().map(|(value, count)| bin(value.saturating_add(added), count));
        Ok(some(bins.collect()))
    }
}

/// What of a planned time a run at the plan's time scale leaves out, in nanoseconds.
fn not_driven(plan: &PlanRecord, planned: Duration) -> u64 {
    u64::try_from(plan.scale().not_driven(planned).as_nanos()).unwrap_or(u64::MAX)
}

fn bin(value: u64, count: u64) -> Bin {
    Bin { low: Nanos::new(value), high: Nanos::new(value), count }
}

fn some(bins: Vec<Bin>) -> Option<HoldLaw> {
    (!bins.is_empty()).then_some(HoldLaw::Measured(bins))
}
