//! Times counted in 64 steps for every doubling: each is known to 1 part in 64, at the cost of one
//! addition.

use super::nanos::Nanos;
use crate::units::Quantile;

const STEPS: u64 = 64;
const BITS: u32 = STEPS.trailing_zeros();
const BUCKETS: usize = ((64 - BITS as usize) + 1) * STEPS as usize;

/// How often each time was seen, and the exact sum of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    sum: u128,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], sum: 0 }
    }
}

impl Histogram {
    /// Counts a time.
    #[inline]
    pub fn add(&mut self, time: Nanos) {
        self.counts[bucket(time.get())] += 1;
        self.sum += u128::from(time.get());
    }

    /// Adds all that another histogram counted.
    pub fn merge(&mut self, other: &Self) {
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.sum += other.sum;
    }

    /// How many times were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The exact sum of all times, in nanoseconds.
    #[must_use]
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// How many times were above 0.
    #[must_use]
    pub fn above_zero(&self) -> u64 {
        self.counts[1..].iter().sum()
    }

    /// The mean, rounded down; nothing without a time.
    #[must_use]
    pub fn mean(&self) -> Option<Nanos> {
        let mean = self.sum.checked_div(self.count().into())?;
        u64::try_from(mean).ok().map(Nanos::new)
    }

    /// A time that this share of the counted ones does not exceed, in the middle of its step; nothing
    /// without a time.
    #[must_use]
    pub fn quantile(&self, quantile: Quantile) -> Option<Nanos> {
        let total = self.count();
        let rank = ((quantile.get() * total as f64).ceil() as u64).clamp(1, total.max(1));
        let mut seen = 0;
        self.bins().find_map(|(low, high, count)| {
            seen += count;
            (seen >= rank).then(|| Nanos::new(low.get() + (high - low).get() / 2))
        })
    }

    /// Every step that counted something: its shortest and longest time and its count.
    pub fn bins(&self) -> impl Iterator<Item = (Nanos, Nanos, u64)> {
        self.counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bucket, count)| {
            let low = lowest(bucket);
            let high = if bucket + 1 < BUCKETS { lowest(bucket + 1) - 1 } else { u64::MAX };
            (Nanos::new(low), Nanos::new(high), *count)
        })
    }
}

#[inline]
fn bucket(time: u64) -> usize {
    // The highest bit, at least that of the last step counted one by one.
    let top = 63 - (time | (STEPS - 1)).leading_zeros();
    let shift = (top + 1).saturating_sub(BITS + 1);
    ((time >> shift) + u64::from(shift) * STEPS) as usize
}

fn lowest(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let shift = (bucket / STEPS).saturating_sub(1);
    (bucket - shift * STEPS) << shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_time_lies_in_its_bin() {
        let mut last = 0;
        for top in 0..64 {
            for time in [(1u64 << top) - 1, 1 << top, (1 << top) + (1 << top) / 3] {
                let at = bucket(time);
                assert!(at < BUCKETS && lowest(at) <= time, "{time}");
                assert!(at + 1 == BUCKETS || time < lowest(at + 1), "{time}");
                assert!(at >= last || top == 0, "{time}");
                last = at;
            }
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        (0..2000u64).for_each(|time| assert!(bucket(time) <= bucket(time + 1)));
    }

    #[test]
    fn quantiles_are_close_and_sums_exact() {
        let mut histogram = Histogram::default();
        assert_eq!((histogram.mean(), histogram.quantile(Quantile::P50)), (None, None));
        (1..=1000).for_each(|ms| histogram.add(Nanos::new(ms * 1_000_000)));
        assert_eq!(histogram.mean(), Some(Nanos::new(500_500_000)));
        let p99 = histogram.quantile(Quantile::P99).unwrap().get() as f64;
        assert!((p99 / 990e6 - 1.0).abs() < 0.008);
        assert_eq!((histogram.count(), histogram.above_zero()), (1000, 1000));
    }
}
