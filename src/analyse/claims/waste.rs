//! The claim about connection time wasted.

use std::time::Duration;

use super::ground::MOST_OVERHEAD;
use super::{Because, ClaimVerdict, Evidence, Nearness, Of, Outcome, leaves_open, nearness, numbers};
use crate::analyse::caveats::Act;
use crate::analyse::hold::planned_connection_time;
use crate::analyse::{Comparison, Estimate, Figure, Metric, Range, Unit};
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
    let planned_after = planned_after.value / requests;
    let near = nearness(unit, claim.expect, before.iter().copied());
    let left_out = if near == Nearness::Equal { None } else { left_out(claim, evidence, planned.value) };
    let as_planned = nearness(unit, planned.value, before.iter().copied()) != Nearness::Off
        && figures.iter().all(|(_, figure)| idles_as_planned(figure, planned.value / requests, evidence));
    let wasted_after =
        evidence.side_by_side.iter().any(|pool| is_wasteful_after(pool, planned_after, evidence));
    // The plan's idle time says what to claim; what was measured may be too coarse to say it is another.
    let open = leaves_open(figures, planned.value / requests);
    let verdict = match near.verdict() {
        _ if open && !as_planned && !wasted_after => {
            return (ClaimVerdict::NotMeasured, Because::Open(shown));
        }
        _ if wasted_after || !as_planned => ClaimVerdict::Fails,
        _ if left_out.is_some() => ClaimVerdict::Qualified,
        verdict => verdict,
    };
    (verdict, Because::Waste { near, left_out, planned, before: shown, after: left, ground })
}

/// Whether a lane idles for as long as its plan at the clock of the run. At nominal times nearly all of it is
/// the plan's, whatever was measured.
fn idles_as_planned(figure: &Figure, nominal: f64, evidence: &Evidence<'_>) -> bool {
    let planned = nominal * evidence.plan.time_scale.factor();
    let measured = figure.measured.as_ref().map_or(0.0, |side| side.value.number());
    (measured - planned).abs() <= MOST_OVERHEAD * planned
}

/// Whether more of a hold is idle after than the plan idles, beyond what overhead may be.
fn is_wasteful_after(pool: &Comparison, nominal: f64, evidence: &Evidence<'_>) -> bool {
    let planned = nominal * evidence.plan.time_scale.factor();
    let request = pool.pair().and_then(|(_, after)| after.hold.as_ref()?.request);
    request.is_some_and(|it| it.idle.measured.value - planned > MOST_OVERHEAD * it.whole.measured.value)
}

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
