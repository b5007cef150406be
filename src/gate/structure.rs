//! The structure of a run: what carries no noise, and by how much it may differ from a baseline.

use super::sheet::Sheet;
use crate::analyse::{Bears, Subject};
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

/// How much higher a metric that counts time may be for overhead alone, in its unit.
///
/// While a reply waits for a process that gets no processor time, the server runs nothing and the connection is out:
/// the server counts it as idle in a transaction, and the pool as one more connection in use. The run itself says
/// how much of a hold that was, since its overhead is what the plan does not hold.
pub(super) fn for_overhead(metric: Metric, subject: &Subject, run: &Sheet, baseline: &Sheet) -> f64 {
    let measured = |sheet: &Sheet, metric| Some(sheet.line(metric, subject)?.measured?.value);
    let seconds = |sheet| measured(sheet, Metric::HoldOverhead);
    let share = || Some((seconds(run)? - seconds(baseline)?) / measured(run, Metric::HoldEach)?);
    let share = share().filter(|share| *share > 0.0).unwrap_or_default();
    match metric {
        Metric::IdleInTransactionShare => share,
        Metric::ConnectionsMean => share * measured(run, metric).unwrap_or_default(),
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::{Act, Place};
    use crate::gate::{Bound, Ended, Line, Number};
    use crate::itinerary::SessionScope;

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

    fn sheet(subject: &Subject, figures: &[(Metric, f64)]) -> Sheet {
        let line = |&(metric, value): &(Metric, f64)| Line {
            metric,
            subject: subject.clone(),
            measured: Some(Number { value, bound: Bound::Exact, interval: None }),
            nominal: None,
        };
        Sheet {
            name: String::new(),
            created: String::new(),
            scenario: String::new(),
            scopes: Vec::new(),
            ended: Ended::Complete,
            conditions: Vec::new(),
            lines: figures.iter().map(line).collect(),
            claims: Vec::new(),
        }
    }

    #[test]
    fn as_much_as_holds_are_longer_by_overhead_is_the_machine() {
        let scope = SessionScope::Repository;
        let lane = Subject::Lane(Place { act: Act::SideBySide, pool: "sqlx".to_owned(), scope });
        let of = |each, overhead, idle, used| {
            let figures = [
                (Metric::HoldEach, each),
                (Metric::HoldOverhead, overhead),
                (Metric::IdleInTransactionShare, idle),
                (Metric::ConnectionsMean, used),
            ];
            sheet(&lane, &figures)
        };
        let may = |metric, run: &Sheet, baseline: &Sheet| for_overhead(metric, &lane, run, baseline);
        let (calm, late) = (of(0.041, 0.001, 0.01, 6.0), of(0.055, 0.015, 0.29, 8.0));
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        close(may(Metric::IdleInTransactionShare, &late, &calm), 0.014 / 0.055);
        close(may(Metric::ConnectionsMean, &late, &calm), 8.0 * 0.014 / 0.055);
        // What a request does is no matter of time, and less overhead than before explains nothing.
        close(may(Metric::TransactionsEach, &late, &calm), 0.0);
        close(may(Metric::IdleInTransactionShare, &calm, &late), 0.0);
        // A transaction left open in a connection that was given back is idle in no hold.
        close(may(Metric::IdleInTransactionShare, &of(0.041, 0.001, 0.9, 6.0), &calm), 0.0);
        close(may(Metric::IdleInTransactionShare, &sheet(&lane, &[]), &calm), 0.0);
    }
}
