//! What must be true after a hazard, lane by lane.

use std::time::Duration;

use super::{Expect, Lasts, Recovery, Trial};
use crate::archive::LaneTape;
use crate::itinerary::SessionScope;
use crate::plan::Misuse;
use crate::record::{Ledger, Nanos};

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Every request stands in one column of the ledger.
    Ledger,
    /// The rows in the database are those that were committed, and no others, and no job is there twice.
    Rows,
    /// The jobs that are marked as failed are those of requests that say so.
    Marks,
    /// Nothing was under way or unsent when the drain ended.
    Ended,
    /// The lane recovered.
    Recovered,
    /// In the end the pool lends all its connections, but for those that were leaked.
    Lends,
    /// What this hazard does to this session scope.
    Expected(Expect),
}

/// A check with its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// Whether it is true.
    pub holds: Holds,
}

/// Whether something is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// It is.
    Yes,
    /// It is not.
    No,
}

/// A lane after a hazard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneFindings {
    /// Its pool library.
    pub pool: String,
    /// Its session scope.
    pub scope: SessionScope,
    /// What became of its requests, warm-up and measured span together.
    pub ledger: Ledger,
    /// Jobs that were committed.
    pub jobs: u64,
    /// Those of them that were marked as failed.
    pub marked: u64,
    /// Commits that nobody answered: of each the row may be there or not.
    pub in_doubt: u64,
    /// How long there was trouble.
    pub trouble: Duration,
    /// How long it took to recover.
    pub recovery: Recovery,
    /// What must be true, and whether it is.
    pub findings: Vec<Finding>,
}

/// Judges a lane of a trial, in which there was trouble from one instant of the act to another.
#[must_use]
pub fn judge(trial: &Trial, lane: &LaneTape, trouble: (Nanos, Nanos)) -> LaneFindings {
    let tape = &lane.tape;
    let ledger = both(&tape.measured.ledger, &tape.warm_up.ledger);
    let told = &tape.transactions;
    let recovery = Recovery::of(&tape.series, tape.window, trouble);
    let mut findings = vec![
        finding(Check::Ledger, ledger.check().is_ok()),
        finding(
            Check::Ended,
            ledger.in_flight + ledger.still_queued + ledger.abandoned + ledger.panicked == 0,
        ),
    ];
    findings.extend(lane.rows.map(|rows| {
        let most = told.jobs_committed + told.in_doubt;
        let once = rows.requests.is_none_or(|requests| requests == rows.found);
        finding(Check::Rows, (told.jobs_committed..=most).contains(&rows.found) && once)
    }));
    findings.extend(lane.rows.and_then(|rows| rows.failed).map(|failed| {
        // A mark whose commit nobody answered may be there as well; then its request failed twice.
        let most = told.jobs_marked_failed + told.failed;
        finding(Check::Marks, (told.jobs_marked_failed..=most).contains(&failed))
    }));
    if let Some(misuse) = trial.misuse {
        let leaked = match misuse {
            Misuse::Leak { connections, .. } => connections,
            Misuse::CancelledAcquires { .. } => 0,
        };
        let there = lane.lent_at_end.is_some_and(|lent| lent + leaked == trial.plan.pool.size);
        findings.push(finding(Check::Lends, there));
    }
    if trial.lasts == Lasts::Over {
        findings.push(finding(Check::Recovered, recovery != Recovery::NotSeen));
    }
    let of_scope = trial.expects.iter().filter(|(scope, _)| *scope == lane.scope);
    findings.extend(of_scope.map(|(_, expect)| {
        let most = u64::from(trial.plan.pool.size) + most_in_flight(lane);
        let hung = expect_hung(trial, lane);
        finding(Check::Expected(*expect), is_as_expected(*expect, &ledger, most, hung))
    }));
    LaneFindings {
        pool: lane.pool.clone(),
        scope: lane.scope,
        ledger,
        jobs: told.jobs_committed,
        marked: told.jobs_marked_failed,
        in_doubt: told.in_doubt,
        trouble: Duration::from_nanos(trouble.1.saturating_sub(trouble.0)),
        recovery,
        findings,
    }
}

fn finding(check: Check, holds: bool) -> Finding {
    Finding { check, holds: if holds { Holds::Yes } else { Holds::No } }
}

/// Whether nothing completed until an acquire could time out.
fn expect_hung(trial: &Trial, lane: &LaneTape) -> Hung {
    let first = nanos(trial.planned.0 + trial.plan.pool.acquire_timeout);
    let series = &lane.tape.series;
    let ends = (1_u64..).map(|slice| slice * series.step);
    let early = ends.zip(&series.slices).take_while(|(end, _)| *end <= first);
    if early.map(|(_, slice)| slice.completed).sum::<u64>() == 0 { Hung::Yes } else { Hung::No }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hung {
    Yes,
    No,
}

fn nanos(time: Duration) -> Nanos {
    Nanos::try_from(time.as_nanos()).unwrap_or(Nanos::MAX)
}

fn is_as_expected(expect: Expect, ledger: &Ledger, most: u64, hung: Hung) -> bool {
    let failed = ledger.work_failed + ledger.acquire_failed;
    let all = ledger.scheduled;
    match expect {
        Expect::AllComplete => ledger.completed == all && all > 0,
        Expect::NoneTimesOut => ledger.acquire_timed_out == 0,
        Expect::SomeTimeOut => ledger.acquire_timed_out > 0,
        Expect::HangsUntilTimeout => ledger.acquire_timed_out > 0 && hung == Hung::Yes,
        Expect::SomeFail => failed + ledger.acquire_timed_out > 0,
        Expect::NoneCompletes => ledger.completed == 0 && all > 0,
        Expect::FewFail => failed + ledger.acquire_timed_out <= most,
    }
}

/// The most requests that were in flight at the end of a slice.
fn most_in_flight(lane: &LaneTape) -> u64 {
    lane.tape.series.slices.iter().map(|slice| u64::from(slice.in_flight)).max().unwrap_or(0)
}

fn both(one: &Ledger, other: &Ledger) -> Ledger {
    let mut both = *one;
    both.merge(other);
    both
}
