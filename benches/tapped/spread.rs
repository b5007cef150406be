//! Rounds of one figure.

use std::fmt;

/// A figure in several rounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spread(Vec<f64>);

impl Spread {
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }

    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        let (low, high) = ((sorted.len().max(1) - 1) / 2, sorted.len() / 2);
        match (sorted.get(low), sorted.get(high)) {
            (Some(low), Some(high)) => (low + high) / 2.0,
            _ => f64::NAN,
        }
    }

    /// Round by round.
    pub(crate) fn with(&self, other: &Self, what: impl Fn(f64, f64) -> f64) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| what(*one, *other)).collect())
    }
}

/// The median, and the lowest and the highest round.
impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sorted = self.sorted();
        let (low, high) =
            (sorted.first().copied().unwrap_or(f64::NAN), sorted.last().copied().unwrap_or(f64::NAN));
        let number = |value: f64| {
            if value.abs() >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") }
        };
        write!(out, "{} ({} to {})", number(self.median()), number(low), number(high))
    }
}
