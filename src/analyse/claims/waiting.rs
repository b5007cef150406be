//! Claims about who waits: requests for a connection, and bystanders behind requests.

use super::{ClaimVerdict, Evidence, Finding, Outcome, Reading, Tested, theory};
use crate::analyse::compare::{Comparison, range};
use crate::analyse::{BystanderSummary, Estimate, Known, LaneSummary, Unit, WaitSummary};
use crate::scenario::Claim;
use crate::units;

/// A wait of less than this share of the request is none that anybody feels.
const UNFELT: f64 = 0.01;

/// p99 of acquire wait after, with timeouts and those who waited.
pub(super) fn acquire_wait(claim: &Claim, evidence: &Evidence<'_>) -> Tested {
    let shown: Vec<(&Comparison, &LaneSummary, WaitSummary)> = evidence
        .side_by_side
        .iter()
        .filter_map(|pool| pool.pair().and_then(|(_, after)| Some((*pool, after, after.wait?))))
        .collect();
    let findings = shown.iter().map(|(pool, _, wait)| finding(pool, wait.quantiles.p99)).collect();
    let expected = theory::acquire_wait(evidence.plan, &evidence.after).map(Reading::Time);
    if shown.is_empty() {
        return (expected, findings, Outcome::not_measured("no request asked for a connection"));
    }
    let timeouts: u64 = shown.iter().map(|(_, lane, _)| lane.ledger.acquire_timed_out).sum();
    let waited: Vec<f64> = shown.iter().map(|(.., wait)| wait.waited.value).collect();
    let felt = UNFELT * evidence.after.workload().request_time().as_secs_f64();
    let allowed = claim.expect.max(felt);
    let short = shown.iter().all(|(.., wait)| is_below(wait.quantiles.p99.nominal, allowed));
    let told = format!(
        "{} waited longer than 1 ms until a connection was free, {}{}",
        range(&waited, Unit::Share).unwrap_or_default(),
        timed_out(timeouts),
        before(evidence)
    );
    let outcome = match (timeouts, short) {
        (0, true) if waited.iter().all(|share| *share < UNFELT) => {
            Outcome::new(ClaimVerdict::Holds, format!("holds: {told}"))
        }
        (0, true) => {
            let felt = units::percent(UNFELT);
            let words = format!("holds within {felt} of the request time: {told}");
            Outcome::new(ClaimVerdict::Nearly, words)
        }
        _ => Outcome::new(ClaimVerdict::Fails, format!("does not hold: {told}")),
    };
    (expected, findings, outcome)
}

fn timed_out(timeouts: u64) -> String {
    match timeouts {
        0 => "none timed out".into(),
        1 => "1 timed out".into(),
        many => format!("{} timed out", units::count(many)),
    }
}

/// What it was before, for the contrast.
fn before(evidence: &Evidence<'_>) -> String {
    let shares = evidence.side_by_side.iter().filter_map(|pool| {
        let (before, _) = pool.pair()?;
        Some(Estimate::share(before.ledger.acquire_timed_out, before.ledger.scheduled)?.value)
    });
    let shares: Vec<f64> = shares.collect();
    range(&shares, Unit::Share).map(|share| format!("; before, {share} timed out")).unwrap_or_default()
}

fn finding(pool: &Comparison, wait: crate::analyse::Scaled<Known>) -> Finding {
    Finding::new(&pool.pool, Reading::Time(wait.measured), Reading::Time(wait.nominal))
}

fn is_below(known: Known, seconds: f64) -> bool {
    matches!(known, Known::Exactly(time) if time.as_secs_f64() <= seconds)
}

/// p99 response time of bystanders after, against before.
pub(super) fn bystanders(_claim: &Claim, evidence: &Evidence<'_>) -> Tested {
    let shown: Vec<(&Comparison, BystanderSummary, BystanderSummary)> = evidence
        .side_by_side
        .iter()
        .filter_map(|pool| {
            let (before, after) = pool.pair()?;
            Some((*pool, before.bystanders?, after.bystanders?))
        })
        .collect();
    let findings = shown.iter().map(|(pool, _, after)| finding(pool, after.response.p99)).collect();
    let outcome = if shown.is_empty() {
        Outcome::not_measured("the scenario has no [bystander]")
    } else {
        judge(&shown)
    };
    let expected = theory::bystander_response(evidence.plan, &evidence.after).map(Reading::Time);
    (expected, findings, outcome)
}

fn judge(shown: &[(&Comparison, BystanderSummary, BystanderSummary)]) -> Outcome {
    let told = {
        let (before, after): (Vec<_>, Vec<_>) =
            shown.iter().map(|(_, before, after)| (before, after)).unzip();
        format!(
            "before, {} got no answer (p50 {}); after, {} (p99 {})",
            unanswered(&before),
            known_range(before.iter().map(|it| it.response.p50.measured)),
            unanswered(&after),
            known_range(after.iter().map(|it| it.response.p99.measured)),
        )
    };
    let blocked = shown.iter().all(|(_, before, after)| is_slower(before, after));
    let free = shown.iter().all(|(.., after)| after.ledger.completed == after.ledger.scheduled);
    match (blocked, free) {
        (true, true) => Outcome::new(ClaimVerdict::Holds, format!("holds: {told}")),
        (false, true) => {
            let words = format!("not shown: they were not blocked before either: {told}");
            Outcome::new(ClaimVerdict::NotMeasured, words)
        }
        (_, false) => Outcome::new(ClaimVerdict::Fails, format!("does not hold: {told}")),
    }
}

fn unanswered(bystanders: &[&BystanderSummary]) -> String {
    let shares: Vec<f64> = bystanders.iter().map(|it| it.failed.get()).collect();
    range(&shares, Unit::Share).unwrap_or_default()
}

/// The least and the greatest of some times as text.
fn known_range(times: impl Iterator<Item = Known> + Clone) -> String {
    let least = times.clone().min_by_key(|time| time.at_least()).map(|time| time.to_string());
    let greatest = times.max_by_key(|time| time.at_least()).map(|time| time.to_string());
    match (least, greatest) {
        (Some(low), Some(high)) if low == high => low,
        (low, high) => format!("{} to {}", low.unwrap_or_default(), high.unwrap_or_default()),
    }
}

/// Blocked before: some got no answer, or p99 was more than twice what it is after.
fn is_slower(before: &BystanderSummary, after: &BystanderSummary) -> bool {
    let p99 = |it: &BystanderSummary| it.response.p99.measured.at_least();
    before.failed > after.failed || p99(before) > 2 * p99(after)
}
