//! A histogram of times: log-linear, exact count, sum, least and greatest, and no ceiling.
//!
//! Recording is one shift, one add and one index, since it happens several times a request.
//! Each value falls into one of 128 equal parts of its power of two, so a quantile is off by at
//! most 1/256 of its value (0.4 %). The archive stores it in HDR V2 encoding.

/// Parts per power of two: 2^7.
const BITS: u32 = 7;
const PARTS: u64 = 1 << BITS;

/// How often which times were seen, in nanoseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    count: u64,
    sum: u128,
    /// More than any other while there is none.
    least: u64,
    greatest: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self { counts: Vec::new(), count: 0, sum: 0, least: u64::MAX, greatest: 0 }
    }
}

impl Histogram {
    /// An empty histogram.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Rebuilds a histogram from what was kept of it: values with counts, and the exact figures.
    #[must_use]
    pub fn restored(
        values: impl IntoIterator<Item = (u64, u64)>,
        sum: u128,
        least: u64,
        greatest: u64,
    ) -> Self {
        let mut histogram = Self::new();
        for (nanos, count) in values {
            histogram.note_n(nanos.clamp(least, greatest.max(least)), count);
        }
        if histogram.count == 0 { histogram } else { Self { sum, least, greatest, ..histogram } }
    }

    /// Notes one time, in nanoseconds. Seven times a request, so it stores what changes and no more.
    #[inline]
    pub fn note(&mut self, nanos: u64) {
        let slot = slot(nanos);
        if let Some(count) = self.counts.get_mut(slot) {
            *count += 1;
        } else {
            self.grow(slot);
        }
        if nanos < self.least {
            self.least = nanos;
        }
        if nanos > self.greatest {
            self.greatest = nanos;
        }
        self.count += 1;
        self.sum += u128::from(nanos);
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, slot: usize) {
        self.counts.resize(slot + 1, 0);
        self.counts[slot] += 1;
    }

    /// Notes the same time `times` times.
    pub fn note_n(&mut self, nanos: u64, times: u64) {
        if times == 0 {
            return;
        }
        let slot = slot(nanos);
        if slot >= self.counts.len() {
            self.counts.resize(slot + 1, 0);
        }
        self.counts[slot] += times;
        self.least = self.least.min(nanos);
        self.greatest = self.greatest.max(nanos);
        self.count += times;
        self.sum += u128::from(nanos) * u128::from(times);
    }

    /// Notes many times at once; those that are all alike, or nearly so, at the cost of one.
    pub fn note_all(&mut self, times: &[u64]) {
        let (mut least, mut greatest, mut sum) = (u64::MAX, 0, 0_u128);
        for nanos in times {
            least = least.min(*nanos);
            greatest = greatest.max(*nanos);
            sum += u128::from(*nanos);
        }
        if times.is_empty() {
            return;
        }
        let last = slot(greatest);
        if last >= self.counts.len() {
            self.counts.resize(last + 1, 0);
        }
        if slot(least) == last {
            self.counts[last] += times.len() as u64;
        } else {
            times.iter().for_each(|nanos| self.counts[slot(*nanos)] += 1);
        }
        self.least = self.least.min(least);
        self.greatest = self.greatest.max(greatest);
        self.count += times.len() as u64;
        self.sum += sum;
    }

    /// How many times were noted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum of all times, in nanoseconds; exact.
    #[must_use]
    pub fn sum(&self) -> u128 {
        self.sum
    }

    /// The least time; 0 when empty. Exact.
    #[must_use]
    pub fn least(&self) -> u64 {
        if self.count == 0 { 0 } else { self.least }
    }

    /// The greatest time; 0 when empty. Exact.
    #[must_use]
    pub fn greatest(&self) -> u64 {
        self.greatest
    }

    /// The values that were seen, each the middle of its part, with their counts, in order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = (u64, u64)> + '_ {
        let counts = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counts.map(|(slot, &count)| (middle(slot).clamp(self.least, self.greatest), count))
    }

    /// Adds another histogram to this one.
    pub fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        if other.counts.len() > self.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        self.count += other.count;
        self.sum += other.sum;
    }
}

/// The part that a value falls into. Values below 256 ns have a part each.
#[inline]
fn slot(nanos: u64) -> usize {
    let shift = (nanos | PARTS).ilog2() - BITS;
    ((u64::from(shift) << BITS) + (nanos >> shift)) as usize
}

/// The middle of a part.
fn middle(slot: usize) -> u64 {
    let slot = slot as u64;
    if slot < PARTS {
        return slot;
    }
    let shift = (slot >> BITS) - 1;
    let low = ((slot & (PARTS - 1)) + PARTS) << shift;
    low + ((1 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_empty_one_has_no_least_and_stays_as_new() {
        let restored = Histogram::restored([], 0, 0, 0);
        assert_eq!((restored.least(), restored.greatest()), (0, 0));
        assert_eq!(restored, Histogram::new());
        let mut none = Histogram::new();
        none.note_n(5, 0);
        assert_eq!(none, Histogram::new());
    }

    proptest! {
        #[test]
        fn a_value_is_kept_within_half_a_percent(nanos in any::<u64>()) {
            let kept = middle(slot(nanos));
            let off = kept.abs_diff(nanos) as f64;
            prop_assert!(off <= nanos as f64 / 256.0 + 0.5, "{nanos} kept as {kept}");
        }

        #[test]
        fn slots_grow_with_values(a in any::<u64>(), b in any::<u64>()) {
            prop_assert_eq!(a.max(b), if slot(a) > slot(b) { a } else if slot(b) > slot(a) { b } else { a.max(b) });
        }

        #[test]
        fn a_merge_of_parts_is_the_whole(values in prop::collection::vec(0_u64..10_000_000_000, 0..200), cut in 0_usize..200) {
            let mut whole = Histogram::new();
            values.iter().for_each(|v| whole.note(*v));
            let (a, b) = values.split_at(cut.min(values.len()));
            let (mut left, mut right) = (Histogram::new(), Histogram::new());
            a.iter().for_each(|v| left.note(*v));
            b.iter().for_each(|v| right.note(*v));
            left.merge(&right);
            prop_assert_eq!(left, whole);
        }

        #[test]
        fn many_at_once_are_as_many_alone(nanos in any::<u64>(), times in 1_u64..50) {
            let (mut at_once, mut alone) = (Histogram::new(), Histogram::new());
            at_once.note_n(nanos, times);
            (0..times).for_each(|_| alone.note(nanos));
            prop_assert_eq!(at_once, alone);
        }

        #[test]
        fn a_block_is_as_its_times_alone(values in prop::collection::vec(0_u64..3000, 0..200), scale in 0_u32..50) {
            let values: Vec<u64> = values.into_iter().map(|value| value << scale).collect();
            let (mut at_once, mut alone) = (Histogram::new(), Histogram::new());
            at_once.note_all(&values);
            values.iter().for_each(|value| alone.note(*value));
            prop_assert_eq!(at_once, alone);
        }

        #[test]
        fn count_sum_least_and_greatest_are_exact(values in prop::collection::vec(any::<u64>(), 1..100)) {
            let mut histogram = Histogram::new();
            values.iter().for_each(|v| histogram.note(*v));
            prop_assert_eq!(histogram.count(), values.len() as u64);
            prop_assert_eq!(histogram.sum(), values.iter().map(|v| u128::from(*v)).sum::<u128>());
            prop_assert_eq!(histogram.least(), *values.iter().min().unwrap());
            prop_assert_eq!(histogram.greatest(), *values.iter().max().unwrap());
            prop_assert_eq!(histogram.values().map(|(_, n)| n).sum::<u64>(), values.len() as u64);
        }
    }
}
