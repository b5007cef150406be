//! Claims about who waits: requests for a connection, and bystanders behind requests.

use std::time::Duration;

use super::{Answers, Because, Blocked, ClaimVerdict, Evidence, Outcome, WaitNearness};
use crate::analyse::agreement::{ClaimedWait, Judge};
use crate::analyse::{BystanderSummary, Estimate, Figure, Known, LaneSummary, Range, Unit, WaitSummary};
use crate::record::WAITED;
use crate::scenario::Claim;

/// p99 of acquire wait after. True where it is the one claimed, as far as p99 of one run is known; a claim
/// of 0 s means that nobody waits for longer than handing out a connection takes, and nobody times out.
/// Untellable where both waits are below that, or the measured one is known only as a lower bound.
pub(super) fn acquire_wait(claim: &Claim, figures: &[(&str, &Figure)], evidence: &Evidence<'_>) -> Outcome {
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
    let nearest = evidence.wait(claim, figures, |lane| lane.wait);
    let near = match nearest {
        // Whoever says that nobody waits says that nobody waits in vain.
        _ if claim.expect == 0.0 && timeouts > 0 => ClaimedWait::Another,
        near => near,
    };
    let before = Range::of(&timed_out, Unit::Share);
    let longer_than = evidence.plan.time_scale.nominal(WAITED);
    (verdict(near), Because::Wait { near: near.into(), waited: range, longer_than, timeouts, before })
}

impl Evidence<'_> {
    /// The claimed wait beside the measured ones at the clock of the run: the least near of all pools.
    fn wait(
        &self,
        claim: &Claim,
        figures: &[(&str, &Figure)],
        wait: fn(&LaneSummary) -> Option<WaitSummary>,
    ) -> ClaimedWait {
        let scale = self.plan.time_scale;
        let claimed = scale.scaled(Duration::try_from_secs_f64(claim.expect).unwrap_or(Duration::MAX));
        let near = figures.iter().filter_map(|(pool, figure)| {
            let (_, lane) = self.side_by_side.iter().find(|of| of.pool == **pool)?.pair()?;
            let judge = Judge { scale, lane, wait: wait(lane), own: None, relaxations: None, holds: 0 };
            let measured = figure.measured.as_ref().ok()?.value.time()?;
            Some(judge.claimed_wait(claimed, measured))
        });
        near.max().unwrap_or(ClaimedWait::Untellable)
    }
}

fn verdict(near: ClaimedWait) -> ClaimVerdict {
    match near {
        ClaimedWait::Same => ClaimVerdict::Holds,
        ClaimedWait::Near => ClaimVerdict::Nearly,
        ClaimedWait::Untellable => ClaimVerdict::NotMeasured,
        ClaimedWait::Another => ClaimVerdict::Fails,
    }
}

impl From<ClaimedWait> for WaitNearness {
    fn from(near: ClaimedWait) -> Self {
        match near {
            ClaimedWait::Same => Self::Same,
            ClaimedWait::Near => Self::Near,
            ClaimedWait::Untellable => Self::Untellable,
            ClaimedWait::Another => Self::Another,
        }
    }
}

/// p99 of what bystanders wait after, and that all get their answer. As for requests; and untellable where
/// they were not blocked before either.
pub(super) fn bystanders(claim: &Claim, figures: &[(&str, &Figure)], evidence: &Evidence<'_>) -> Outcome {
    let shown: Vec<(BystanderSummary, BystanderSummary)> = evidence
        .side_by_side
        .iter()
        .filter_map(|pool| {
            let (before, after) = pool.pair()?;
            Some((before.bystanders?, after.bystanders?))
        })
        .collect();
    let before = answers(shown.iter().map(|(before, _)| (before, before.response.p50.nominal)));
    let after = answers(shown.iter().map(|(_, after)| (after, after.response.p99.nominal)));
    let (Some(before), Some(after)) = (before, after) else {
        return (ClaimVerdict::NotMeasured, Because::NoBystanders);
    };
    let blocked = shown.iter().all(|(before, after)| is_slower(before, after));
    let blocked = if blocked { Blocked::Yes } else { Blocked::No };
    let near = evidence.wait(claim, figures, |lane| lane.bystanders.and_then(|others| others.wait));
    let all_answered = shown.iter().all(|(_, after)| after.ledger.completed == after.ledger.scheduled);
    let near = if claim.expect == 0.0 && !all_answered { ClaimedWait::Another } else { near };
    let verdict = match (verdict(near), blocked) {
        (ClaimVerdict::Holds | ClaimVerdict::Nearly, Blocked::No) => ClaimVerdict::NotMeasured,
        (verdict, _) => verdict,
    };
    (verdict, Because::Bystanders { near: near.into(), blocked, before, after })
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
