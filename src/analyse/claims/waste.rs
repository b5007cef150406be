//! The claim about connection time wasted.

use std::time::Duration;

use super::{Because, ClaimVerdict, Evidence, Nearness, Of, Outcome, nearness, numbers};
use crate::analyse::caveats::Act;
use crate::analyse::hold::planned_connection_time;
use crate::analyse::{Estimate, Figure, Metric, Range, Unit};
use crate::itinerary::{Move, StepKind};
use crate::scenario::Claim;

/// Idle hold of so many concurrent requests before, and after. True where it is the one claimed and none is
/// left after but the plan's; true with a reservation where one small step was left out; false where the
/// run or the plan gives another number, or something is wasted after; untellable where overhead is not small
/// beside a hold.
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
    let ground = match evidence.ground(Act::SideBySide) {
        Ok(ground) => ground,
        Err(outcome) => return *outcome,
    };
    let planned = |scope| {
        let (_, idle) = planned_connection_time(evidence.plan, scope)?;
        Some(Estimate::computed(idle.as_secs_f64() * requests, unit))
    };
    let scopes = (evidence.before.scope(), evidence.after.scope());
    let (Some(planned), Some(planned_after)) = (planned(scopes.0), planned(scopes.1)) else {
        return (ClaimVerdict::NotMeasured, Because::NoHoldSeen);
    };
    let near = nearness(unit, claim.expect, before.iter().copied());
    let left_out = if near == Nearness::Equal { None } else { left_out(claim, evidence, planned.value) };
    // Nothing is wasted after but what the plan wastes there, as far as it counts beside what it was before.
    let wasted_after = after.iter().any(|idle| (idle - planned_after.value).abs() > LITTLE * planned.value);
    let as_planned = nearness(unit, planned.value, before.iter().copied()) != Nearness::Off;
    let verdict = match near.verdict() {
        _ if wasted_after || !as_planned => ClaimVerdict::Fails,
        _ if left_out.is_some() => ClaimVerdict::Qualified,
        verdict => verdict,
    };
    (verdict, Because::Waste { near, left_out, planned, before: shown, after: left, ground })
}

/// A waste of less than this share of what it was before is none.
const LITTLE: f64 = 0.01;
/// A step that is a larger share of the waste than this is not left out by an oversight.
const SMALL: f64 = 0.1;

/// The one idle step without which the claimed number comes out, with its time. It is small beside the
/// whole: whoever leaves out half claims something else.
fn left_out(claim: &Claim, evidence: &Evidence<'_>, planned: f64) -> Option<(String, Duration)> {
    let workload = evidence.before.workload();
    let requests = f64::from(claim.requests.max(1));
    let idle = evidence.before.timed().filter_map(|timed| match timed.step {
        Move::Perform(index) if timed.held > 0 => Some(&workload.steps[index]),
        _ => None,
    });
    let mut idle = idle.filter(|step| step.kind != StepKind::Sql);
    let found = idle.find(|step| {
        let out = step.time.as_secs_f64() * requests;
        let equal = nearness(Unit::ConnectionSeconds, claim.expect, [planned - out]) == Nearness::Equal;
        equal && out <= SMALL * planned
    });
    found.map(|step| (step.name.clone(), step.time))
}
