//! The lanes of one pool library side by side: the first session scope is "before", the last
//! "after".

use super::batches::half_of_quotient;
use super::{Estimate, Interval, LaneSummary, Method, Scaled, Unit, Unsound};
use crate::archive::LaneTape;
use crate::plan::Plan;

/// The lanes of one pool library in one act.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Pool library.
    pub pool: String,
    /// Connections of one pool.
    pub pool_size: u32,
    /// One lane a session scope, in the order of the plan; a stopped run may lack some.
    pub lanes: Vec<LaneSummary>,
}

impl Comparison {
    /// One comparison a pool library, in the order of the plan.
    pub fn all(plan: &Plan, act: &[LaneTape]) -> Vec<Self> {
        let mut comparisons = Vec::new();
        for pool in &plan.pools {
            let mut lanes = Vec::new();
            for scope in plan.scopes.iter().copied() {
                let found = act.iter().find(|lane| lane.pool == *pool && lane.scope == scope);
                if let Some(lane) = found {
                    lanes.push(LaneSummary::of(plan, scope, lane));
                }
            }
            if !lanes.is_empty() {
                comparisons.push(Self { pool: pool.clone(), pool_size: plan.pool.size, lanes });
            }
        }
        comparisons
    }

    /// Before and after; nothing where only one of them was measured.
    #[must_use]
    pub fn pair(&self) -> Option<(&LaneSummary, &LaneSummary)> {
        match self.lanes.as_slice() {
            [before, .., after] => Some((before, after)),
            _ => None,
        }
    }

    /// Why before and after are not compared, where one of them shows nothing that could be.
    #[must_use]
    pub fn unsound(&self) -> Option<Unsound> {
        let (before, after) = self.pair()?;
        [before, after].into_iter().find_map(LaneSummary::unsound)
    }

    /// Connection time of a completed request before ÷ after.
    #[must_use]
    pub fn hold_ratio(&self) -> Option<Scaled<Estimate>> {
        let (before, after) = self.pair()?;
        let (before, after) = (before.hold.as_ref()?.request?.whole, after.hold.as_ref()?.request?.whole);
        Some(Scaled {
            measured: before.measured.over(after.measured)?,
            nominal: before.nominal.over(after.nominal)?,
        })
    }

    /// Throughput after ÷ before, with where it comes from: counted if both counts have an
    /// interval, else from connection time.
    #[must_use]
    pub fn throughput_ratio(&self) -> Option<(Estimate, Source)> {
        let (before, after) = self.pair()?;
        let counted = after
            .throughput
            .zip(before.throughput)
            .filter(|(after, before)| after.measured.interval.is_ok() && before.measured.interval.is_ok());
        let carried = after.carried.zip(before.carried);
        let (pair, source) = match (counted, carried) {
            (Some(pair), _) => (pair, Source::Counted),
            (None, carried) => (carried?, Source::ConnectionTime),
        };
        let ratio = pair.0.measured.over(pair.1.measured)?;
        let half = half_of_quotient(&after.completed_in_batches, &before.completed_in_batches);
        let interval = match half {
            Some(half) if source == Source::Counted => Ok(Interval {
                low: ratio.value * (1.0 - half).max(0.0),
                high: ratio.value * (1.0 + half),
                method: Method::BatchMeans(after.completed_in_batches.len()),
            }),
            _ => ratio.interval,
        };
        Some((Estimate { interval, ..ratio }, source))
    }
}

/// Where a throughput comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Completed requests were counted.
    Counted,
    /// Connections in use ÷ hold time of a request.
    ConnectionTime,
}

/// The least and the greatest of some numbers in the same unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
    /// What they count.
    pub unit: Unit,
}

impl Range {
    /// Nothing of no numbers.
    #[must_use]
    pub fn of(values: &[f64], unit: Unit) -> Option<Self> {
        let least = values.iter().copied().reduce(f64::min)?;
        let greatest = values.iter().copied().reduce(f64::max)?;
        Some(Self { least, greatest, unit })
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::*;

    #[test]
    fn overhead_lowers_the_ratio_at_the_scaled_clock_and_not_at_nominal_times() {
        let record = record();
        for pool in Comparison::all(&record.plan, &record.side_by_side) {
            let ratio = pool.hold_ratio().unwrap();
            assert!(ratio.measured.value < 175.0, "{}", ratio.measured);
            assert!((179.0..180.5).contains(&ratio.nominal.value), "{}", ratio.nominal);
        }
    }
}
