//! Between which times a quantile lies.
//!
//! The share of durations below a quantile is known as well as any share, and what lies at the two ends of its
//! interval are the ends of the quantile's (Woodruff 1952). Long waits come together, so as how many independent
//! ones they count is told by how many of each batch of time were longer.

use std::ops::Range;

use super::batches::{Batches, shares_around};
use super::student::Z;
use super::{Doubt, Interval, Known, Method};
use crate::record::{Edge, Histogram, Rough};
use crate::units::Quantile;

/// A histogram knows a time to within this share of it.
const KEPT: f64 = 1.0 / 256.0;

/// Times that may depend on each other, with when roughly so long ones came.
pub(super) struct Spread<'a> {
    pub(super) rough: &'a Rough,
    /// The slices of the measured span.
    pub(super) slices: Range<usize>,
    pub(super) batches: &'a Batches<'a>,
}

impl Spread<'_> {
    /// The interval of a quantile of so many times, where `at` finds a quantile.
    pub(super) fn within(
        &self,
        quantile: Quantile,
        of: u64,
        at: impl Fn(Quantile) -> Option<Known>,
    ) -> Result<Interval, Doubt> {
        if self.rough.is_empty() {
            return Err(Doubt::NotKept);
        }
        let (low, high, of) = self.batches.around(quantile, of, &self.longer(quantile))?;
        between(at(low), at(high), of)
    }

    /// How many times of each slice are longer than about the quantile, of how many.
    fn longer(&self, quantile: Quantile) -> Vec<(u64, u64)> {
        let edge = self.rough.edge(self.slices.clone(), 1.0 - quantile.get());
        let counts = self.rough.above(edge.unwrap_or(Edge::FIRST));
        let mut counts: Vec<_> = counts.skip(self.slices.start).take(self.slices.len()).collect();
        counts.resize(self.slices.len(), (0, 0));
        if edge.is_none() {
            // All are alike, so none is longer.
            counts.iter_mut().for_each(|(longer, _)| *longer = 0);
        }
        counts
    }
}

/// The interval of a quantile of durations that do not depend on each other.
pub(super) fn of_independent(
    histogram: &Histogram,
    quantile: Quantile,
    at: impl Fn(Quantile) -> Known,
) -> Result<Interval, Doubt> {
    let count = histogram.count();
    let shares = shares_around(quantile, count as f64, Z).ok_or(Doubt::TooFew(count));
    shares.and_then(|(low, high, of)| between(Some(at(low)), Some(at(high)), of))
}

fn between(low: Option<Known>, high: Option<Known>, of: u64) -> Result<Interval, Doubt> {
    match (low, high) {
        (Some(Known::Exactly(low)), Some(Known::Exactly(high))) => Ok(Interval {
            low: low.as_secs_f64() * (1.0 - KEPT),
            high: high.as_secs_f64() * (1.0 + KEPT),
            method: Method::Quantiles(of),
        }),
        _ => Err(Doubt::CutOff),
    }
}
