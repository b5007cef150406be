//! The structure of a run: what carries no noise, and by how much it may differ from a baseline.

use crate::analyse::Bears;
use crate::metric::Metric;

/// How a structural metric is compared with a baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// The metric.
    pub metric: Metric,
    /// By how much it may differ, in its unit.
    pub within: f64,
    /// And by what share of the baseline.
    pub share: f64,
    /// Which change is a regression.
    pub worse: Worse,
    /// Which conditions have to be alike.
    pub needs: Bears,
}

/// Which change of a structural metric is a regression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worse {
    /// A rise.
    Higher,
    /// Any: the request is another one.
    Any,
}

const fn rule(metric: Metric, within: f64, worse: Worse) -> Rule {
    Rule { metric, within, share: 0.0, worse, needs: Bears::OnAll }
}

/// What is compared with a baseline by default. The bounds are far above what repeated runs of one program
/// differ by, and far below what a session held across slow work does.
pub const STRUCTURE: [Rule; 6] = [
    rule(Metric::AcquiresEach, 0.05, Worse::Any),
    rule(Metric::TransactionsEach, 0.05, Worse::Any),
    rule(Metric::HeldAtOnce, 0.0, Worse::Higher),
    rule(Metric::IdleHoldShare, 0.15, Worse::Higher),
    rule(Metric::IdleInTransactionShare, 0.15, Worse::Higher),
    Rule {
        metric: Metric::ConnectionsMean,
        within: 1.0,
        share: 0.25,
        worse: Worse::Higher,
        needs: Bears::OnTimes,
    },
];

/// How a number stands to a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Alike,
    Better,
    Worse,
}

impl Rule {
    pub(super) fn change(&self, before: f64, now: f64) -> Change {
        let allowed = self.within + self.share * before.abs();
        match (now - before, self.worse) {
            (by, _) if by.abs() <= allowed => Change::Alike,
            (by, Worse::Higher) if by < 0.0 => Change::Better,
            // What is no number is alike with nothing.
            _ => Change::Worse,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_beyond_the_bound_is_worse_or_better() {
        let idle = STRUCTURE[3];
        assert_eq!(idle.change(0.02, 0.12), Change::Alike);
        assert_eq!(idle.change(0.02, 0.99), Change::Worse);
        assert_eq!(idle.change(0.99, 0.02), Change::Better);
        assert_eq!(idle.change(0.02, f64::NAN), Change::Worse);
        let transactions = STRUCTURE[1];
        assert_eq!(transactions.change(1.0, 0.0), Change::Worse);
        let in_use = STRUCTURE[5];
        assert_eq!((in_use.change(20.0, 25.9), in_use.change(5.0, 20.0)), (Change::Alike, Change::Worse));
    }
}
