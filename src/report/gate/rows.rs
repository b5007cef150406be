//! The checks of a judgement as rows: passes of one kind together, everything else alone.

use crate::gate::{Asks, Check, Judgement, Verdict};
use crate::report::lang::say;
use crate::report::words;

/// A row of a gate's report.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GateRow {
    pub(super) verdict: Verdict,
    /// What was asked.
    pub(super) asks: String,
    /// Of which lane or pair; how many, where several passed.
    pub(super) place: String,
    /// What was found; empty for plain passes.
    pub(super) finding: String,
}

/// In the order in which things were asked.
pub(super) fn rows(judgement: &Judgement) -> Vec<GateRow> {
    let mut rows: Vec<GateRow> = Vec::new();
    let mut told: Vec<&Asks> = Vec::new();
    for check in &judgement.checks {
        if check.verdict != Verdict::Pass {
            rows.push(alone(check));
        } else if !told.contains(&&check.asks) {
            told.push(&check.asks);
            rows.push(passes(judgement, check));
        }
    }
    rows
}

fn alone(check: &Check) -> GateRow {
    GateRow {
        verdict: check.verdict,
        asks: words::gate_asks(&check.asks),
        place: check.subject.as_ref().map(words::gate_place).unwrap_or_default(),
        finding: words::gate_finding(check),
    }
}

/// All passes that ask the same as this one.
fn passes(judgement: &Judgement, check: &Check) -> GateRow {
    let same = judgement.checks.iter().filter(|it| it.verdict == Verdict::Pass && it.asks == check.asks);
    let place = match same.count() {
        1 => check.subject.as_ref().map(words::gate_place).unwrap_or_default(),
        many if check.claim.is_some() => say!("{many} claims", many),
        many => say!("{many} lanes", many),
    };
    GateRow {
        verdict: Verdict::Pass,
        asks: words::gate_asks(&check.asks),
        place,
        finding: if matches!(check.asks, Asks::Objective(_)) {
            words::gate_finding(check)
        } else {
            String::new()
        },
    }
}
