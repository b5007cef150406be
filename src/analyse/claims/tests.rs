use super::*;
use crate::analyse::fixture::record;
use crate::analyse::{Agreement, Cause, summarise};
use crate::archive::Run;

fn tested(record: &Run) -> Vec<ClaimResult> {
    summarise(record).claims
}

#[test]
fn what_was_claimed_stands_beside_the_figures_that_it_is_about() {
    let figures = summarise(&record()).figures;
    let claimed: Vec<(Metric, f64)> =
        figures.iter().filter_map(|figure| Some((figure.metric, figure.claimed?))).collect();
    // Two pool libraries, seven claims; 1,770 s were claimed of ten requests.
    assert_eq!(claimed.len(), 14);
    assert!(claimed.contains(&(Metric::HoldIdle, 177.0)));
    assert!(claimed.contains(&(Metric::EquivalentConnections, 3600.0)));
}

#[test]
fn what_differs_is_remarked_and_the_rest_is_not() {
    let mut record = record();
    let differs = |claim: &ClaimResult| {
        let differ =
            |it: &Finding| matches!(it.agreement, Agreement::Differs(_)) || it.theory_apart.is_some();
        claim.findings.iter().any(differ)
    };
    assert!(!tested(&record).iter().any(differs));
    // As if sqlx had made everybody wait 30 ms for a connection.
    let mut waits = crate::record::Durations::default();
    waits.seen.note_n(30_000_000, 3_000);
    record.side_by_side[1].tape.measured.acquire_wait = waits;
    let claims = tested(&record);
    assert_eq!(claims[5].findings[0].agreement, Agreement::Differs(Cause::Unknown));
    let others = claims.iter().filter(|claim| claim.id != "C6");
    assert_eq!(others.filter(|claim| differs(claim)).count(), 0);
}

#[test]
fn nothing_is_told_from_lanes_of_accidents() {
    let mut record = record();
    for lane in &mut record.side_by_side {
        let ledger = &mut lane.tape.measured.ledger;
        ledger.work_failed += std::mem::take(&mut ledger.completed);
    }
    // Throughput at saturation comes from another act.
    let (others, capacity): (Vec<_>, Vec<_>) =
        tested(&record).into_iter().partition(|claim| claim.id != "C4");
    for claim in others {
        assert_eq!(claim.verdict, ClaimVerdict::NotMeasured, "{}", claim.id);
        assert!(matches!(claim.because, Because::Unsound(_)), "{:?}", claim.because);
        assert!(claim.findings.is_empty());
    }
    assert_eq!(capacity[0].verdict, ClaimVerdict::Nearly);
}

/// Timeouts before are what the claims about waits are about.
#[test]
fn waits_are_told_of_lanes_in_which_all_timed_out() {
    let mut record = record();
    for lane in record.side_by_side.iter_mut().step_by(2) {
        let ledger = &mut lane.tape.measured.ledger;
        ledger.acquire_timed_out += std::mem::take(&mut ledger.completed);
    }
    let verdicts: Vec<ClaimVerdict> = tested(&record).iter().map(|claim| claim.verdict).collect();
    use ClaimVerdict::{Holds, Nearly, NotMeasured};
    assert_eq!(verdicts, [NotMeasured, NotMeasured, NotMeasured, Nearly, NotMeasured, Holds, Holds]);
}

#[test]
fn what_was_not_measured_says_so() {
    let mut record = record();
    record.capacity.clear();
    let claims = tested(&record);
    assert_eq!(claims[3].verdict, ClaimVerdict::NotMeasured);
    record.plan.scopes.pop();
    assert!(tested(&record).iter().all(|claim| claim.verdict == ClaimVerdict::NotMeasured));
}
