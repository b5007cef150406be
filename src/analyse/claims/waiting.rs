//! Claims about who waits: requests for a connection, and bystanders behind requests.

use super::{Answers, Because, ClaimVerdict, Evidence, Outcome};
use crate::analyse::{BystanderSummary, Estimate, Figure, Known, Range, Unit};
use crate::scenario::Claim;

/// A wait of less than this share of the request is none that anybody feels.
pub const UNFELT: f64 = 0.01;

/// p99 of acquire wait after, with timeouts and those who waited.
pub(super) fn acquire_wait(claim: &Claim, figures: &[(&str, &Figure)], evidence: &Evidence<'_>) -> Outcome {
    let waits = figures.iter().filter_map(|(_, figure)| figure.at_nominal()?.value.time());
    let waits: Vec<Known> = waits.collect();
    let lanes = || evidence.side_by_side.iter().filter_map(|pool| pool.pair());
    let waited: Vec<f64> = lanes().filter_map(|(_, after)| Some(after.wait?.waited.value)).collect();
    let Some(range) = Range::of(&waited, Unit::Share) else {
        return (ClaimVerdict::NotMeasured, Because::NobodyAsked);
    };
    let timeouts: u64 = lanes().map(|(_, after)| after.ledger.acquire_timed_out).sum();
    let timed_out: Vec<f64> = lanes()
        .filter_map(|(before, _)| {
            Some(Estimate::share(before.ledger.acquire_timed_out, before.ledger.scheduled)?.value)
        })
        .collect();
    let felt = UNFELT * evidence.after.workload().request_time().as_secs_f64();
    let allowed = claim.expect.max(felt);
    let short = waits.iter().all(|wait| is_below(*wait, allowed));
    let verdict = match (timeouts, short) {
        (0, true) if waited.iter().all(|share| *share < UNFELT) => ClaimVerdict::Holds,
        (0, true) => ClaimVerdict::Nearly,
        _ => ClaimVerdict::Fails,
    };
    (verdict, Because::Wait { waited: range, timeouts, before: Range::of(&timed_out, Unit::Share) })
}

fn is_below(known: Known, seconds: f64) -> bool {
    matches!(known, Known::Exactly(time) if time.as_secs_f64() <= seconds)
}

/// p99 response time of bystanders after, against before.
pub(super) fn bystanders(evidence: &Evidence<'_>) -> Outcome {
    let shown: Vec<(BystanderSummary, BystanderSummary)> = evidence
        .side_by_side
        .iter()
        .filter_map(|pool| {
            let (before, after) = pool.pair()?;
            Some((before.bystanders?, after.bystanders?))
        })
        .collect();
    let before = answers(shown.iter().map(|(before, _)| (before, before.response.p50.measured)));
    let after = answers(shown.iter().map(|(_, after)| (after, after.response.p99.measured)));
    let (Some(before), Some(after)) = (before, after) else {
        return (ClaimVerdict::NotMeasured, Because::NoBystanders);
    };
    let blocked = shown.iter().all(|(before, after)| is_slower(before, after));
    let free = shown.iter().all(|(_, after)| after.ledger.completed == after.ledger.scheduled);
    let verdict = match (blocked, free) {
        (true, true) => ClaimVerdict::Holds,
        (false, true) => ClaimVerdict::NotMeasured,
        (_, false) => ClaimVerdict::Fails,
    };
    (verdict, Because::Bystanders { before, after })
}

fn answers<'a>(all: impl Iterator<Item = (&'a BystanderSummary, Known)> + Clone) -> Option<Answers> {
    let shares: Vec<f64> = all.clone().map(|(it, _)| it.failed.get()).collect();
    let times = || all.clone().map(|(_, time)| time);
    let least = times().min_by_key(|time| time.at_least())?;
    let greatest = times().max_by_key(|time| time.at_least())?;
    Some(Answers { unanswered: Range::of(&shares, Unit::Share)?, response: (least, greatest) })
}

/// Blocked before: some got no answer, or p99 was more than twice what it is after.
fn is_slower(before: &BystanderSummary, after: &BystanderSummary) -> bool {
    let p99 = |it: &BystanderSummary| it.response.p99.measured.at_least();
    before.failed > after.failed || p99(before) > 2 * p99(after)
}
