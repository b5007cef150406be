//! The claim about connection time wasted.

use std::time::Duration;

use super::{Because, ClaimVerdict, Evidence, Nearness, Of, Outcome, nearness, numbers};
use crate::analyse::{Estimate, Figure, Metric, Range, Unit};
use crate::itinerary::{Move, Step, StepKind};
use crate::scenario::Claim;

/// Idle hold of so many concurrent requests before. Measured idle time is told at nominal times:
/// what the plan idles and what was measured over it.
pub(super) fn test(claim: &Claim, figures: &[(&str, &Figure)], evidence: &Evidence<'_>) -> Outcome {
    let requests = f64::from(claim.requests.max(1));
    let many = |figures: &[(&str, &Figure)]| -> Vec<f64> {
        numbers(figures, Figure::at_nominal).into_iter().map(|seconds| seconds * requests).collect()
    };
    let (before, after) = (many(figures), many(&evidence.of(Metric::HoldIdle, Of::After)));
    let unit = Unit::ConnectionSeconds;
    let (Some(shown), Some(left)) = (Range::of(&before, unit), Range::of(&after, unit)) else {
        return (ClaimVerdict::NotMeasured, Because::NoHoldSeen);
    };
    let planned = Estimate::computed(evidence.before.idle_hold().as_secs_f64() * requests, unit);
    let near = nearness(claim.expect, before.iter().copied());
    let left_out = if near == Nearness::Equal { Vec::new() } else { left_out(claim, evidence) };
    let verdict = match near.verdict() {
        _ if nearness(planned.value, before.iter().copied()) == Nearness::Off => ClaimVerdict::Fails,
        Some(verdict) if left_out.is_empty() => verdict,
        _ => ClaimVerdict::Qualified,
    };
    (verdict, Because::Waste { near, left_out, planned, before: shown, after: left })
}

/// More idle steps than this are not searched.
const MOST_STEPS: usize = 12;

/// The idle steps without which the claimed number comes out, with their times.
fn left_out(claim: &Claim, evidence: &Evidence<'_>) -> Vec<(String, Duration)> {
    let workload = evidence.before.workload();
    let idle: Vec<&Step> = evidence
        .before
        .timed()
        .filter_map(|timed| match timed.step {
            Move::Perform(index) if timed.held > 0 => Some(&workload.steps[index]),
            _ => None,
        })
        .filter(|step| step.kind != StepKind::Sql)
        .take(MOST_STEPS)
        .collect();
    let requests = claim.requests.max(1);
    let found = (1_u32..1 << idle.len()).find_map(|chosen| {
        let (out, counted): (Vec<_>, Vec<_>) =
            idle.iter().enumerate().partition(|(index, _)| chosen & (1 << index) != 0);
        let counted: Duration = counted.iter().map(|(_, step)| step.time * requests).sum();
        let equal = nearness(claim.expect, [counted.as_secs_f64()]) == Nearness::Equal;
        equal.then(|| out.iter().map(|(_, step)| (step.name.clone(), step.time)).collect())
    });
    found.unwrap_or_default()
}
