//! Claims that follow from how much shorter a request holds a connection.

use super::{ClaimVerdict, Evidence, Finding, Nearness, Outcome, Reading, Tested, nearness};
use crate::analyse::compare::range;
use crate::analyse::{Estimate, Unit};
use crate::scenario::Claim;
use crate::scenario::ClaimMeasure;

/// Hold time, requests a connection carries, and connections' worth: one ratio, three readings.
pub(super) fn test(claim: &Claim, measure: ClaimMeasure, evidence: &Evidence<'_>) -> Tested {
    let read = |ratio: Estimate| reading(measure, ratio, evidence.plan.pool.size);
    let planned = planned(evidence).map(read);
    let findings: Vec<(Finding, f64, f64)> = evidence
        .side_by_side
        .iter()
        .filter_map(|pool| {
            let ratio = pool.hold_ratio()?;
            let (measured, nominal) = (read(ratio.measured), read(ratio.nominal));
            let finding = Finding::new(&pool.pool, Reading::Figure(measured), Reading::Figure(nominal));
            Some((finding, measured.value, nominal.value))
        })
        .collect();
    let outcome = judge(claim.expect, planned, &findings);
    (planned.map(Reading::Figure), findings.into_iter().map(|(finding, ..)| finding).collect(), outcome)
}

/// The ratio of hold times as the claim reads it.
fn reading(measure: ClaimMeasure, ratio: Estimate, pool_size: u32) -> Estimate {
    match measure {
        ClaimMeasure::HoldReduction => ratio.rising(Unit::Share, |ratio| 1.0 - 1.0 / ratio),
        ClaimMeasure::EquivalentConnections => {
            ratio.rising(Unit::Connections, |ratio| ratio * f64::from(pool_size))
        }
        _ => ratio,
    }
}

/// The ratio of hold times in the itineraries; none where nothing is held after.
pub(super) fn planned(evidence: &Evidence<'_>) -> Option<Estimate> {
    let (before, after) = (evidence.before.hold_time(), evidence.after.hold_time());
    let seconds = |time: std::time::Duration| Estimate::computed(time.as_secs_f64(), Unit::Seconds);
    seconds(before).over(seconds(after))
}

fn judge(claimed: f64, planned: Option<Estimate>, findings: &[(Finding, f64, f64)]) -> Outcome {
    let Some(planned) = planned.filter(|_| !findings.is_empty()) else {
        return Outcome::not_measured("no hold of both session scopes was seen to its end");
    };
    let nominal: Vec<f64> = findings.iter().map(|(.., nominal)| *nominal).collect();
    let shown = range(&nominal, planned.unit).unwrap_or_default();
    let near = nearness(claimed, nominal.iter().copied());
    let mut outcome = near.outcome().unwrap_or_else(|| {
        if nearness(planned.value, nominal.iter().copied()) == Nearness::Off {
            return Outcome::new(ClaimVerdict::Fails, format!("does not hold: measured {shown}"));
        }
        let words = format!("the scenario's own steps give {planned}, and so does the measurement");
        Outcome::new(ClaimVerdict::Qualified, words)
    });
    let scaled = findings.iter().map(|(_, scaled, _)| *scaled);
    if outcome.verdict == ClaimVerdict::Nearly && nearness(planned.value, scaled) == Nearness::Off {
        outcome.words.push_str(" at nominal times, where overhead counts less");
    }
    outcome
}
