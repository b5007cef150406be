//! What changed against a baseline: numbers beside numbers, and no verdict. One run against one tells nothing of
//! a few per cent; whoever wants to know whether it got worse asks the gate.

use super::compare::primary;
use super::judge::{Difference, differences};
use super::sheet::{Line, Number, Sheet};
use super::structure::STRUCTURE;
use crate::analyse::{Act, Subject};
use crate::metric::Metric;

/// A run beside a baseline.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// What the baseline is called.
    pub baseline: String,
    /// When the run that the baseline was saved from began, RFC 3339, UTC.
    pub created: String,
    /// Which conditions differ.
    pub differences: Vec<Difference>,
    /// What both have, lane by lane in the order of the run.
    pub rows: Vec<Changed>,
}

/// A figure of a lane that both have.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// What it is.
    pub metric: Metric,
    /// Of what it is.
    pub subject: Subject,
    /// In the baseline.
    pub before: Number,
    /// In the run.
    pub now: Number,
}

/// Sets structure and main times of the open loop beside those of a baseline: at nominal times where both have that, and else
/// as they were driven.
#[must_use]
pub fn changes(run: &Sheet, baseline: &Sheet) -> Changes {
    let mut subjects: Vec<&Subject> = Vec::new();
    for line in run.lines.iter().filter(|line| line.act() == Act::SideBySide) {
        if !subjects.contains(&&line.subject) {
            subjects.push(&line.subject);
        }
    }
    let rows = subjects.into_iter().flat_map(|subject| {
        shown().into_iter().filter_map(move |metric| {
            let (before, now) = both(baseline.line(metric, subject)?, run.line(metric, subject)?)?;
            Some(Changed { metric, subject: subject.clone(), before, now })
        })
    });
    Changes {
        baseline: baseline.name.clone(),
        created: baseline.created.clone(),
        differences: differences(run, baseline),
        rows: rows.collect(),
    }
}

fn both(before: &Line, now: &Line) -> Option<(Number, Number)> {
    before.nominal.zip(now.nominal).or_else(|| before.measured.zip(now.measured))
}

/// What the gate compares with a baseline, and what decides between pairs of runs.
fn shown() -> Vec<Metric> {
    let mut shown: Vec<Metric> = STRUCTURE.iter().map(|rule| rule.metric).collect();
    for metric in primary() {
        if !shown.contains(&metric) {
            shown.push(metric);
        }
    }
    shown
}
