//! The holds of a request apart: the first one of each, the second, and so on.

use super::Nanos;

/// Count, sum and sum of squares of times: what mean and variance need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moments {
    /// How many.
    pub count: u64,
    /// Their sum, in nanoseconds.
    pub sum: u128,
    /// The sum of their squares.
    pub squares: u128,
}

impl Moments {
    #[inline]
    pub(super) fn note(&mut self, nanos: Nanos) {
        self.count += 1;
        self.sum += u128::from(nanos);
        self.squares = self.squares.saturating_add(u128::from(nanos) * u128::from(nanos));
    }

    pub(super) fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// The mean, in seconds; nothing of none.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64 / 1e9)
    }

    /// Variance of the mean, in square seconds; nothing of fewer than two.
    #[must_use]
    pub fn variance_of_mean(&self) -> Option<f64> {
        let n = u128::from(self.count);
        // In whole numbers, since the difference of two like ones would lose its digits.
        let apart = n.checked_mul(self.squares)?.saturating_sub(self.sum.checked_pow(2)?);
        let count = self.count as f64;
        (self.count > 1).then(|| apart as f64 / (count * count * (count - 1.0)) / 1e18)
    }
}

/// Holds of the same number within their requests, of those whose end was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stratum {
    /// From acquired to released.
    pub hold: Moments,
    /// The part of each in which SQL ran.
    pub busy: Moments,
}

/// The first holds of all requests, the second ones, and so on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Strata(pub Vec<Stratum>);

impl Strata {
    /// More holds of a request than this are not kept apart.
    pub const MOST: usize = 64;

    /// Notes a hold of this number, counted from zero.
    #[inline]
    pub fn note(&mut self, number: usize, hold: Nanos, busy: Nanos) {
        if number >= self.0.len() {
            if number >= Self::MOST {
                return;
            }
            self.grow(number);
        }
        let stratum = &mut self.0[number];
        stratum.hold.note(hold);
        stratum.busy.note(busy);
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, number: usize) {
        self.0.resize(number + 1, Stratum::default());
    }

    pub(super) fn merge(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), Stratum::default());
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.hold.merge(theirs.hold);
            mine.busy.merge(theirs.busy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variance_keeps_its_digits_beside_a_large_mean() {
        let mut strata = Strata::default();
        let hour = 3_600_000_000_000;
        [hour - 1000, hour, hour + 1000].into_iter().for_each(|hold| strata.note(1, hold, 5));
        let stratum = strata.0[1];
        // A variance of 1 µs², over three.
        assert!((stratum.hold.variance_of_mean().unwrap() * 1e12 - 1.0 / 3.0).abs() < 1e-9);
        assert_eq!(stratum.busy.variance_of_mean(), Some(0.0));
        assert_eq!(strata.0[0].hold.variance_of_mean(), None);
    }
}
