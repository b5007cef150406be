//! The middle of differences, and how well it is known: the means of all pairs of them (Walsh 1949).
//!
//! Their median is the estimate of Hodges and Lehmann (1963). The bounds are those values that the
//! exact signed-rank test does not reject. Ties make the test less likely to reject than the law without
//! ties says, so the bounds hold then at least as often as they claim.

use super::signed_rank::NullLaw;

/// The means of all pairs of differences, each with itself among them, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct WalshAverages {
    count: usize,
    means: Vec<f64>,
}

/// What the middle may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// No less than this; minus infinity where there are too few differences to tell.
    pub low: f64,
    /// No more than this; infinity where there are too few differences to tell.
    pub high: f64,
}

impl WalshAverages {
    /// Of these differences.
    #[must_use]
    pub fn of(differences: &[f64]) -> Self {
        let mut means: Vec<f64> = Vec::with_capacity(differences.len() * (differences.len() + 1) / 2);
        for (at, one) in differences.iter().enumerate() {
            means.extend(differences[at..].iter().map(|other| f64::midpoint(*one, *other)));
        }
        means.sort_by(f64::total_cmp);
        Self { count: differences.len(), means }
    }

    /// The estimate of Hodges and Lehmann; nothing of no differences.
    #[must_use]
    pub fn middle(&self) -> Option<f64> {
        let upper = self.means.get(self.means.len() / 2)?;
        let lower = self.means.get((self.means.len() - 1) / 2)?;
        Some(f64::midpoint(*lower, *upper))
    }

    /// Bounds, each of which fails with no more than this chance.
    #[must_use]
    pub fn bounds(&self, alpha: f64) -> Bounds {
        let outside = NullLaw::without_ties(self.count).least_within(alpha);
        match outside.checked_sub(1).and_then(|at| self.means.get(at)) {
            Some(low) => Bounds { low: *low, high: self.means[self.means.len() - outside] },
            None => Bounds { low: f64::NEG_INFINITY, high: f64::INFINITY },
        }
    }
}
