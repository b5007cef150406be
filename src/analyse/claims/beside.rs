//! The twin's number of each claim beside the one that was measured.

use std::time::Duration;

use super::standing::Circumstances;
use super::{ClaimResult, Finding, Reading, Standing, TwinReading, claims};
use crate::analyse::{Comparison, Forecast, LaneSummary, NominalTwin, Scaled, WaitSummary};
use crate::plan::Plan;
use crate::scenario::ClaimMeasure;
use crate::theory::Variability;

/// Tests the claims on the lanes of the twin, by the very same tests, and sets what comes out beside
/// what was measured.
pub(in crate::analyse) fn beside(
    plan: &Plan,
    results: &mut [ClaimResult],
    (side_by_side, capacity): (&[Comparison], &[Comparison]),
    twin: &NominalTwin,
) {
    let open = Comparison::all(&twin.plan, &twin.side_by_side);
    let closed = Comparison::all(&twin.plan, &twin.capacity);
    let after = plan.scopes.last().copied();
    let relaxations = after
        .and_then(|scope| Forecast::of(plan, scope, Variability::NONE).ok())
        .and_then(|forecast| forecast.relaxation_times(plan));
    let twins = claims(&twin.plan, &open, &closed);
    for (result, twin) in results.iter_mut().zip(twins) {
        let measure = result.measure;
        let act = if measure == ClaimMeasure::ThroughputRatio { capacity } else { side_by_side };
        for finding in &mut result.findings {
            let Some(shown) = twin.findings.iter().find(|twin| twin.pool == finding.pool) else { continue };
            let Some(circumstances) = circumstances(plan, measure, (act, &finding.pool), relaxations) else {
                continue;
            };
            let (reading, nominal) = (shown.measured, finding.at_nominal());
            let standing = circumstances.standing(reading, nominal, finding.measured);
            finding.twin = Some(TwinReading { reading, standing });
            result.remarks.extend(differs(finding));
            let theory = result.theory;
            let cause = theory.and_then(|theory| circumstances.apart(theory, reading, nominal));
            result.remarks.extend(theory.zip(cause).map(|(theory, cause)| {
                let shown = match reading {
                    Reading::Figure(_) => format!("it came to {nominal}"),
                    Reading::Time(_) => format!("the twin shows {reading}"),
                };
                format!("{}: theory expects {theory} where {shown}; likely cause: {cause}", finding.pool)
            }));
        }
    }
}

/// What bears on the number of a pool; nothing where only one session scope was measured.
fn circumstances<'a>(
    plan: &Plan,
    measure: ClaimMeasure,
    (act, pool): (&'a [Comparison], &str),
    relaxations: Option<f64>,
) -> Option<Circumstances<'a>> {
    let (before, after) = act.iter().find(|other| other.pool == pool)?.pair()?;
    // Of ratios it is mostly the lane after: overhead counts for more there.
    let lane = if measure == ClaimMeasure::WastedHold { before } else { after };
    let holds = [before, after].map(|lane| lane.hold.as_ref().map_or(0, |hold| hold.count));
    let holds = holds[0].min(holds[1]);
    let (wait, own) = (waits(measure, lane), own_time(plan, measure, lane));
    Some(Circumstances { scale: plan.time_scale, lane, wait, own, relaxations, holds })
}

fn own_time(plan: &Plan, measure: ClaimMeasure, lane: &LaneSummary) -> Option<Scaled<Duration>> {
    let hold = lane.bystanders.and_then(|others| others.hold);
    let hold = hold.filter(|_| measure == ClaimMeasure::BystanderLatency)?;
    Some(Scaled::hold_time(hold.p99, plan.bystander_time(), plan.time_scale))
}

fn waits(measure: ClaimMeasure, lane: &LaneSummary) -> Option<WaitSummary> {
    match measure {
        ClaimMeasure::BystanderLatency => lane.bystanders.and_then(|others| others.wait),
        _ => lane.wait,
    }
}

fn differs(finding: &Finding) -> Option<String> {
    let TwinReading { reading, standing: Standing::Differs(cause) } = finding.twin? else { return None };
    let at_most = if finding.is_bound() { "at most " } else { "" };
    Some(format!(
        "{}: the twin expects {reading} where it came to {at_most}{}; likely cause: {cause}",
        finding.pool,
        finding.at_nominal(),
    ))
}
