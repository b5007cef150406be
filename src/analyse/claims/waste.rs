//! The claim about connection time wasted.

use std::time::Duration;

use super::{ClaimVerdict, Evidence, Finding, Nearness, Outcome, Reading, Tested, nearness};
use crate::analyse::compare::{Comparison, range};
use crate::analyse::{Estimate, Unit};
use crate::itinerary::{Move, Step, StepKind};
use crate::scenario::Claim;
use crate::units;

/// Idle hold of so many concurrent requests before. Measured idle time is told at nominal times:
/// what the plan idles and what was measured over it.
pub(super) fn test(claim: &Claim, evidence: &Evidence<'_>) -> Tested {
    let requests = f64::from(claim.requests.max(1));
    let seconds = |seconds: f64| Estimate::computed(seconds * requests, Unit::ConnectionSeconds);
    let computed = seconds(evidence.before.idle_hold().as_secs_f64());
    let (mut findings, mut before, mut after) = (Vec::new(), Vec::new(), Vec::new());
    for pool in &evidence.side_by_side {
        let Some((idle_before, idle_after)) = idle(pool) else { continue };
        let many = |idle: Estimate| idle.rising(Unit::ConnectionSeconds, |seconds| seconds * requests);
        let reading = |idle| Reading::Figure(many(idle));
        findings.push(Finding::new(&pool.pool, reading(idle_before.measured), reading(idle_before.nominal)));
        before.push(many(idle_before.nominal).value);
        after.push(many(idle_after.nominal).value);
    }
    let outcome = judge(claim, computed.value, &before, &after, evidence);
    (Some(Reading::Figure(computed)), findings, outcome)
}

type Idle = crate::analyse::Scaled<Estimate>;

fn idle(pool: &Comparison) -> Option<(Idle, Idle)> {
    let (before, after) = pool.pair()?;
    Some((before.hold.as_ref()?.idle, after.hold.as_ref()?.idle))
}

fn judge(claim: &Claim, computed: f64, before: &[f64], after: &[f64], evidence: &Evidence<'_>) -> Outcome {
    let (Some(shown), Some(left)) =
        (range(before, Unit::ConnectionSeconds), range(after, Unit::ConnectionSeconds))
    else {
        return Outcome::not_measured("no hold of both session scopes was seen to its end");
    };
    if nearness(computed, before.iter().copied()) == Nearness::Off {
        return Outcome::new(ClaimVerdict::Fails, format!("does not hold: measured {shown}"));
    }
    let after = format!("; after, {left}");
    let near = nearness(claim.expect, before.iter().copied());
    let whole = Unit::ConnectionSeconds.text(computed);
    let missing = if near == Nearness::Equal { None } else { left_out(claim, evidence) };
    match (missing, near.outcome()) {
        (Some(missing), _) => {
            let words =
                format!("holds; the claim leaves out the step {missing}, with which it is {whole}{after}");
            Outcome::new(ClaimVerdict::Qualified, words)
        }
        (None, Some(near)) => Outcome::new(near.verdict, near.words + &after),
        (None, None) => {
            let words = format!("the scenario's own steps give {whole}, and so does the measurement{after}");
            Outcome::new(ClaimVerdict::Qualified, words)
        }
    }
}

/// More idle steps than this are not searched.
const MOST_STEPS: usize = 12;

/// The idle steps without which the claimed number comes out: `other (2 s)`.
fn left_out(claim: &Claim, evidence: &Evidence<'_>) -> Option<String> {
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
    (1_u32..1 << idle.len()).find_map(|chosen| {
        let (out, counted): (Vec<_>, Vec<_>) =
            idle.iter().enumerate().partition(|(index, _)| chosen & (1 << index) != 0);
        let counted: Duration = counted.iter().map(|(_, step)| step.time * requests).sum();
        let told = out.iter().map(|(_, step)| format!("{} ({})", step.name, units::time(step.time)));
        (nearness(claim.expect, [counted.as_secs_f64()]) == Nearness::Equal)
            .then(|| told.collect::<Vec<_>>().join(" and "))
    })
}
