use super::*;
use crate::analyse::fixture::record;
use crate::analyse::{Agreement, Cause, summarise};
use crate::archive::Run;
use crate::itinerary::SessionScope;
use crate::units::TimeScale;

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
    let claims = tested(&record);
    assert!(!claims.iter().any(differs), "{claims:#?}");
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
    assert_eq!(capacity[0].verdict, ClaimVerdict::Holds);
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
    use ClaimVerdict::{Holds, NotMeasured};
    assert_eq!(verdicts, [NotMeasured, NotMeasured, NotMeasured, Holds, NotMeasured, Holds, Holds]);
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

/// The claims of a record, without what theory and the twin expect.
fn told(record: &Run, claims: Vec<Claim>) -> Vec<ClaimResult> {
    let mut plan = record.plan.clone();
    plan.claims = claims;
    let open = Comparison::all(&plan, &record.side_by_side);
    let closed = Comparison::all(&plan, &record.capacity);
    let mut figures = Figures::of(Act::SideBySide, &open);
    figures.extend(Figures::of(Act::Capacity, &closed));
    let twin = crate::analyse::NominalTwin {
        plan: plan.at(TimeScale::NOMINAL),
        side_by_side: Vec::new(),
        capacity: Vec::new(),
        missing: Vec::new(),
    };
    figures.expect_at_nominal(&plan, [(Act::SideBySide, &open), (Act::Capacity, &closed)], &twin);
    super::claims(&plan, &mut figures, (&open, &closed), None)
}

fn claim(measure: ClaimMeasure, expect: f64) -> Claim {
    Claim { id: "C".into(), says: String::new(), measure, expect, requests: 10 }
}

/// The fixture, in which requests and bystanders wait for 30 ms after: 1.5 s at nominal times.
fn waiting() -> Run {
    let mut record = record();
    for lane in record.side_by_side.iter_mut().skip(1).step_by(2) {
        for cohort in [&mut lane.tape.measured, &mut lane.tape.bystanders] {
            cohort.acquire_wait = crate::record::Durations::default();
            cohort.acquire_wait.seen.note_n(30_000_000, 3_000);
        }
    }
    record
}

/// What the fixture shows of each measure.
const TRUTH: [(ClaimMeasure, f64); 7] = [
    (ClaimMeasure::HoldReduction, 1.0 - 1.0 / 180.0),
    (ClaimMeasure::RequestsPerConnection, 180.0),
    (ClaimMeasure::EquivalentConnections, 3600.0),
    (ClaimMeasure::ThroughputRatio, 180.0),
    (ClaimMeasure::WastedHold, 1790.0),
    (ClaimMeasure::AcquireWait, 1.5),
    (ClaimMeasure::BystanderLatency, 1.5),
];

fn holds(verdict: ClaimVerdict) -> bool {
    matches!(verdict, ClaimVerdict::Holds | ClaimVerdict::Nearly)
}

/// Of a share near 1 the factor is of what is left of the whole.
fn times(measure: ClaimMeasure, truth: f64, factor: f64) -> f64 {
    if measure == ClaimMeasure::HoldReduction { 1.0 - (1.0 - truth) * factor } else { truth * factor }
}

#[test]
fn what_is_right_holds_and_what_is_a_factor_of_two_away_never_does() {
    let record = waiting();
    let right = told(&record, TRUTH.map(|(measure, truth)| claim(measure, truth)).to_vec());
    for result in right {
        assert!(holds(result.verdict), "{:?}: {:?}", result.measure, result.because);
    }
    // Claims from twice to a thousand times what was measured, and as many from half of it down.
    let factors = (0..50).map(|step| 2.0 * 500.0_f64.powf(f64::from(step) / 49.0));
    let factors: Vec<f64> = factors.flat_map(|factor| [factor, 1.0 / factor]).collect();
    let wrong = TRUTH.iter().flat_map(|(measure, truth)| {
        factors.iter().map(|factor| claim(*measure, times(*measure, *truth, *factor)))
    });
    for result in told(&record, wrong.collect()) {
        let (measure, claimed) = (result.measure, result.claimed);
        assert_eq!(result.verdict, ClaimVerdict::Fails, "{measure:?} {claimed}: {:?}", result.because);
    }
}

/// The same times with another sum.
fn summing(times: &crate::record::Histogram, factor: f64) -> crate::record::Histogram {
    let sum = (times.sum() as f64 * factor) as u128;
    crate::record::Histogram::restored(times.values(), sum, times.least(), times.greatest())
}

/// Holds of one session scope multiplied, in both acts.
fn doctored(scope: SessionScope, factor: f64) -> Run {
    let mut record = record();
    for lane in record.side_by_side.iter_mut().chain(&mut record.capacity).filter(|lane| lane.scope == scope)
    {
        let cohort = &mut lane.tape.measured;
        cohort.hold.seen = summing(&cohort.hold.seen, factor);
        cohort.busy_hold = summing(&cohort.busy_hold, factor);
    }
    record
}

#[test]
fn claims_about_holds_are_tested_on_the_holds_at_the_clock_of_the_run() {
    let claims = || TRUTH[..5].iter().map(|(measure, truth)| claim(*measure, *truth)).collect::<Vec<_>>();
    for scope in [SessionScope::Request, SessionScope::Repository] {
        for factor in [0.0, 0.01, 0.5, 0.9] {
            for result in told(&doctored(scope, factor), claims()) {
                assert!(!holds(result.verdict), "{:?}, {scope} times {factor}", result.measure);
            }
        }
        for factor in [1.2, 2.0, 10.0] {
            for result in told(&doctored(scope, factor), claims()) {
                let verdict = result.verdict;
                assert_eq!(
                    verdict,
                    ClaimVerdict::NotMeasured,
                    "{:?}, {scope} times {factor}",
                    result.measure
                );
                // Of the closed loop more is in doubt: a sum that is doctored makes holds seem to vary.
                let told = matches!(result.because, Because::MuchOverhead { .. } | Because::CutOff { .. });
                assert!(told, "{:?}", result.because);
            }
        }
    }
}

#[test]
fn one_small_step_may_be_left_out_of_a_waste_and_nothing_else() {
    let told = |expect| told(&record(), vec![claim(ClaimMeasure::WastedHold, expect)]).remove(0);
    let left_out = |result: &ClaimResult| match &result.because {
        Because::Waste { left_out, .. } => left_out.as_ref().map(|(name, _)| name.clone()),
        _ => None,
    };
    assert_eq!((told(1790.0).verdict, left_out(&told(1790.0))), (ClaimVerdict::Holds, None));
    assert_eq!(told(1770.0).verdict, ClaimVerdict::Qualified);
    assert_eq!(left_out(&told(1770.0)).as_deref(), Some("other"));
    // Without the queue step 20 s are left: that is no oversight.
    assert_eq!((told(20.0).verdict, left_out(&told(20.0))), (ClaimVerdict::Fails, None));
}

#[test]
fn waits_too_small_to_be_told_from_handing_out_are_not_told() {
    let told = |record: &Run, expect| told(record, vec![claim(ClaimMeasure::AcquireWait, expect)]).remove(0);
    assert_eq!(told(&record(), 0.0).verdict, ClaimVerdict::Holds);
    // 5 ms are driven as 0.1 ms, less than it takes to hand out a connection.
    assert_eq!(told(&record(), 0.005).verdict, ClaimVerdict::NotMeasured);
    assert_eq!(told(&record(), 10.0).verdict, ClaimVerdict::Fails);
    assert_eq!(told(&waiting(), 0.0).verdict, ClaimVerdict::Fails);
    let mut given_up = record();
    given_up.side_by_side[1].tape.measured.ledger.acquire_timed_out = 1;
    assert_eq!(told(&given_up, 0.0).verdict, ClaimVerdict::Fails);
}

#[test]
fn digits_count_as_they_are_written() {
    let near = |claimed, number| nearness(Unit::Factor, claimed, [number]);
    assert_eq!(near(180.0, 180.4), Nearness::Equal);
    assert_eq!(near(3600.0, 3596.0), Nearness::Within(1));
    assert_eq!(near(2.0, 2.4), Nearness::Off);
    let share = |claimed, number| nearness(Unit::Share, claimed, [number]);
    assert_eq!(share(0.994, 0.994_44), Nearness::Equal);
    assert_eq!(share(0.9999, 0.994_44), Nearness::Off);
    assert_eq!(near(180.0, f64::NAN), Nearness::Off);
}

/// A single failure is no excuse, nor is a hold of the right length in which nothing ran, or all did.
#[test]
fn a_doctored_record_is_found_out_whatever_else_happened() {
    let claims = || TRUTH[..5].iter().map(|(measure, truth)| claim(*measure, *truth)).collect::<Vec<_>>();
    let mut record = doctored(SessionScope::Repository, 0.5);
    for lane in record.side_by_side.iter_mut().chain(&mut record.capacity) {
        let ledger = &mut lane.tape.measured.ledger;
        (ledger.completed, ledger.work_failed) = (ledger.completed - 1, 1);
    }
    for result in told(&record, claims()) {
        assert!(!holds(result.verdict), "{:?}: {:?}", result.measure, result.because);
    }
    for (scope, factor) in [(SessionScope::Repository, 0.0), (SessionScope::Request, 50.0)] {
        let mut busy = self::record();
        for lane in busy.side_by_side.iter_mut().filter(|lane| lane.scope == scope) {
            let cohort = &mut lane.tape.measured;
            cohort.busy_hold = summing(&cohort.busy_hold, factor);
        }
        let waste = &told(&busy, claims())[4];
        assert_eq!(waste.verdict, ClaimVerdict::Fails, "{scope} busy times {factor}");
    }
}
