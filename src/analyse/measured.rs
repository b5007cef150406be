//! What a run measured, without what the twin expects of it: as fast as a gate has to be.

use super::claims::claims;
use super::conditions::{Condition, conditions};
use super::{Act, ClaimResult, Comparison, Figures, Place, ScaleProof};
use crate::archive::Run;
use crate::record::{Cohort, KindTally, Ledger, Tape};

/// The figures and claims of a run, and the conditions under which they came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Every number of both acts, with what theory expects of the plan beside those that claims are about.
    pub figures: Figures,
    /// The claims of the plan, tested.
    pub claims: Vec<ClaimResult>,
    /// What has to be alike before runs are compared.
    pub conditions: Vec<Condition>,
    /// Whether the record agrees with itself.
    pub books: Books,
}

/// Whether a record agrees with itself. One that was edited by hand or damaged may not, and nothing is concluded
/// from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Books {
    /// Whatever is booked twice is the same both times.
    Balanced,
    /// The books of this lane contradict each other.
    Contradictory(Place),
}

impl Books {
    fn of(record: &Run) -> Self {
        let acts = [(Act::SideBySide, &record.side_by_side), (Act::Capacity, &record.capacity)];
        let lanes = acts.into_iter().flat_map(|(act, lanes)| lanes.iter().map(move |lane| (act, lane)));
        let wrong = lanes.into_iter().find(|(_, lane)| !is_balanced(&lane.tape));
        wrong.map_or(Self::Balanced, |(act, lane)| {
            Self::Contradictory(Place { act, pool: lane.pool.clone(), scope: lane.scope })
        })
    }
}

/// The ledger, the histograms that have one entry a request, and both sides of Little's law.
fn is_balanced(tape: &Tape) -> bool {
    let cohorts = [&tape.measured, &tape.warm_up, &tape.bystanders, &tape.bystanders_warm_up];
    let little = [tape.pool, tape.queue, tape.system];
    let completed = tape.measured.ledger.completed + tape.warm_up.ledger.completed;
    cohorts.into_iter().all(is_booked)
        && little.into_iter().all(|it| it.integral == it.stays)
        && tape.completed_in_window <= completed
        && are_all(tape)
}

/// Where requests are of several kinds, each one that was sent is of one of them.
fn are_all(tape: &Tape) -> bool {
    if tape.kinds.is_empty() {
        return true;
    }
    let mut all = KindTally::default();
    tape.kinds.iter().for_each(|kind| all.merge(kind));
    let measured = &tape.measured;
    let booked = measured.ledger;
    let sent = Ledger { scheduled: booked.dispatched, shed: 0, still_queued: 0, ..booked };
    all.ledger == sent
        && all.hold.seen.count() == measured.hold.seen.count()
        && all.acquire_wait.seen.count() == measured.acquire_wait.seen.count()
        && all.response.seen.count() == measured.response.seen.count()
}

fn is_booked(cohort: &Cohort) -> bool {
    let ledger = &cohort.ledger;
    ledger.check().is_ok()
        && cohort.response.seen.count() == ledger.completed
        && cohort.schedule_lag.count() == ledger.dispatched
        && cohort.busy_hold.count() == cohort.hold.seen.count()
}

/// Reads the figures of a record. What the twin expects is left out: it takes some ten times as long, and no
/// verdict on a claim rests on it.
#[must_use]
pub fn measure(record: &Run) -> Measured {
    let plan = &record.plan;
    let side_by_side = Comparison::all(plan, &record.side_by_side);
    let capacity = Comparison::all(plan, &record.capacity);
    let mut figures = Figures::of(Act::SideBySide, &side_by_side);
    figures.extend(Figures::of(Act::Capacity, &capacity));
    figures.expect_of_the_plan(plan);
    let proof = ScaleProof::of(record, &side_by_side);
    let claims = claims(plan, &mut figures, (&side_by_side, &capacity), proof.as_ref());
    Measured { figures, claims, conditions: conditions(record), books: Books::of(record) }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::super::summarise;
    use super::*;

    #[test]
    fn verdicts_and_numbers_are_those_of_the_whole_summary() {
        let record = record();
        let (measured, summary) = (measure(&record), summarise(&record));
        for (mine, whole) in measured.claims.iter().zip(&summary.claims) {
            assert_eq!((&mine.id, mine.verdict), (&whole.id, whole.verdict));
        }
        for (mine, whole) in measured.figures.iter().zip(summary.figures.iter()) {
            assert_eq!((mine.metric, &mine.subject), (whole.metric, &whole.subject));
            let value = |figure: &super::super::Figure| figure.at_nominal().map(|side| side.value);
            assert_eq!(value(mine), value(whole), "{}", mine.metric.name());
        }
        assert_eq!(measured.figures.iter().count(), summary.figures.iter().count());
    }
}
