//! The claims table: what was claimed, what theory and the twin expect, what was measured, and a
//! verdict in words.

mod beside;
mod cause;
mod ratio;
mod result;
mod standing;
mod theory;
mod throughput;
mod waiting;
mod waste;

pub(super) use beside::beside;
pub use cause::Cause;
pub use result::{ClaimResult, ClaimVerdict, Finding, Reading, TwinReading};
pub use standing::Standing;

use super::{Comparison, Estimate, Flaw, Unit, Unsound};
use crate::itinerary::Itinerary;
use crate::plan::Plan;
use crate::scenario::Claim;
use crate::scenario::ClaimMeasure;
use crate::units::TimeScale;

/// What the claims are tested on.
pub(super) struct Evidence<'a> {
    plan: &'a Plan,
    before: Itinerary,
    after: Itinerary,
    side_by_side: Vec<&'a Comparison>,
    capacity: Vec<&'a Comparison>,
}

impl Evidence<'_> {
    /// Why a claim cannot be told from these lanes. Waits can be told of lanes in which every request
    /// timed out; nothing else can.
    fn untellable(&self, measure: ClaimMeasure) -> Option<Unsound> {
        let act = match measure {
            ClaimMeasure::ThroughputRatio => &self.capacity,
            _ => &self.side_by_side,
        };
        let waits = matches!(measure, ClaimMeasure::AcquireWait | ClaimMeasure::BystanderLatency);
        let mut unsound = act.iter().filter_map(|pool| pool.unsound());
        unsound.find(|unsound| !(waits && unsound.what == Flaw::NothingCompleted))
    }
}

/// Tests every claim of the plan.
#[must_use]
pub fn claims(plan: &Plan, side_by_side: &[Comparison], capacity: &[Comparison]) -> Vec<ClaimResult> {
    let evidence = match plan.scopes.as_slice() {
        [before, .., after] => Some(Evidence {
            plan,
            before: plan.itinerary(*before),
            after: plan.itinerary(*after),
            side_by_side: side_by_side.iter().filter(|pool| pool.pair().is_some()).collect(),
            capacity: capacity.iter().filter(|pool| pool.pair().is_some()).collect(),
        }),
        _ => None,
    };
    plan.claims.iter().map(|claim| test(claim, evidence.as_ref())).collect()
}

fn test(claim: &Claim, evidence: Option<&Evidence<'_>>) -> ClaimResult {
    let measure = claim.measure;
    let unit = unit(measure);
    let Some(evidence) = evidence else {
        let why = "it takes two session scopes to compare";
        return told(claim, unit, None, Vec::new(), Outcome::not_measured(why));
    };
    let (theory, findings, outcome) = match measure {
        ClaimMeasure::HoldReduction
        | ClaimMeasure::RequestsPerConnection
        | ClaimMeasure::EquivalentConnections => ratio::test(claim, measure, evidence),
        ClaimMeasure::ThroughputRatio => throughput::test(claim, evidence),
        ClaimMeasure::WastedHold => waste::test(claim, evidence),
        ClaimMeasure::AcquireWait => waiting::acquire_wait(claim, evidence),
        ClaimMeasure::BystanderLatency => waiting::bystanders(claim, evidence),
    };
    let (findings, outcome) = match evidence.untellable(measure) {
        Some(why) => (Vec::new(), Outcome::untellable(&why)),
        None => (findings, outcome),
    };
    let mut told = told(claim, unit, theory, findings, outcome);
    if evidence.plan.time_scale == TimeScale::NOMINAL {
        told.findings.iter_mut().for_each(|finding| finding.nominal = None);
    }
    told
}

/// What a test of a claim gives: the number of theory, the findings and the outcome.
type Tested = (Option<Reading>, Vec<Finding>, Outcome);

struct Outcome {
    verdict: ClaimVerdict,
    words: String,
}

impl Outcome {
    fn new(verdict: ClaimVerdict, words: impl Into<String>) -> Self {
        Self { verdict, words: words.into() }
    }

    fn untellable(why: &Unsound) -> Self {
        Self::new(ClaimVerdict::NotMeasured, format!("cannot be told: {why}"))
    }

    fn not_measured(why: &str) -> Self {
        Self::new(ClaimVerdict::NotMeasured, format!("not measured: {why}"))
    }
}

fn told(
    claim: &Claim,
    unit: Unit,
    theory: Option<Reading>,
    findings: Vec<Finding>,
    outcome: Outcome,
) -> ClaimResult {
    ClaimResult {
        id: claim.id.clone(),
        says: claim.says.clone(),
        measure: claim.measure,
        claimed: Reading::Figure(Estimate::computed(claim.expect, unit)),
        theory,
        findings,
        verdict: outcome.verdict,
        words: outcome.words,
        remarks: Vec::new(),
    }
}

fn unit(measure: ClaimMeasure) -> Unit {
    match measure {
        ClaimMeasure::HoldReduction => Unit::Share,
        ClaimMeasure::RequestsPerConnection | ClaimMeasure::ThroughputRatio => Unit::Factor,
        ClaimMeasure::EquivalentConnections => Unit::Connections,
        ClaimMeasure::WastedHold => Unit::ConnectionSeconds,
        ClaimMeasure::AcquireWait | ClaimMeasure::BystanderLatency => Unit::Seconds,
    }
}

/// How near a number is to the one claimed.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Nearness {
    /// Equal to the digits that were claimed.
    Equal,
    /// Within this many per cent.
    Within(u32),
    /// Further off.
    Off,
}

/// The farthest of some numbers from the one claimed.
fn nearness(claimed: f64, numbers: impl IntoIterator<Item = f64>) -> Nearness {
    let off = |number: f64| ((number - claimed) / claimed.abs().max(f64::MIN_POSITIVE)).abs();
    let farthest = numbers.into_iter().map(off).fold(0.0, f64::max);
    match farthest {
        off if off <= 0.000_5 => Nearness::Equal,
        off if off <= 0.01 => Nearness::Within(1),
        off if off <= 0.02 => Nearness::Within(2),
        off if off <= 0.05 => Nearness::Within(5),
        _ => Nearness::Off,
    }
}

impl Nearness {
    /// The outcome of a claim that is at least this near.
    fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Equal => Some(Outcome::new(ClaimVerdict::Holds, "holds")),
            Self::Within(percent) => {
                Some(Outcome::new(ClaimVerdict::Nearly, format!("holds within {percent} %")))
            }
            Self::Off => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::*;
    use crate::analyse::NominalTwin;
    use crate::archive::Run;

    pub(super) fn tested(record: &Run) -> Vec<ClaimResult> {
        let side_by_side = Comparison::all(&record.plan, &record.side_by_side);
        let capacity = Comparison::all(&record.plan, &record.capacity);
        let mut claims = claims(&record.plan, &side_by_side, &capacity);
        let twin = NominalTwin::of(record);
        beside(&record.plan, &mut claims, (&side_by_side, &capacity), &twin);
        claims
    }

    #[test]
    fn every_claim_of_the_seed_has_a_verdict() {
        let lines: Vec<String> = tested(&record())
            .iter()
            .map(|claim| {
                let theory = claim.theory.map_or("–".into(), |it| it.to_string());
                let finding = &claim.findings[0];
                let twin = finding.twin.map_or("–".into(), |it| it.reading.to_string());
                let nominal = finding.nominal.map_or(String::new(), |it| format!(" [{it}]"));
                format!(
                    "{} {} | {theory} | {twin} | {}{nominal} | {:?}: {}",
                    claim.id, claim.claimed, finding.measured, claim.verdict, claim.words
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        C1 99.4 % | 99.44 % | 99.44 % | 99.41 % [99.44 %] | Holds: holds
        C2 180 × | 180 × | 180 × | 170 × [180 ×] | Nearly: holds within 1 % at nominal times, where overhead counts less
        C3 3,600 | 3,600 | 3,596 | 3,403 [3,596] | Nearly: holds within 1 % at nominal times, where overhead counts less
        C4 180 × | 180 × | 180 × | 167 × [180 ×] | Nearly: holds within 1 % at nominal times, computed from the holds; at the scaled clock 167 × to 171 × (from connection time), as the holds there let expect
        C5 1,770 s | 1,790 s | 1,790 s | 35.8 s [1,790 s] | Qualified: holds; the claim leaves out the step other (2 s), with which it is 1,790 s; after, 20 µs
        C6 0 s | 0 s | 0 s | 464 µs [23.2 ms] | Holds: holds: 0 % waited longer than 1 ms until a connection was free, none timed out; before, 97.8 % timed out
        C7 0 s | 0 s | 478 µs | 977 µs [48.8 ms] | Holds: holds: before, 98.3 % to 98.5 % got no answer (p50 > 601 ms); after, 0 % (p99 450 µs to 977 µs)
        "#);
    }

    #[test]
    fn what_differs_is_remarked_and_the_rest_is_not() {
        let mut record = record();
        assert!(tested(&record).iter().all(|claim| claim.remarks.is_empty()));
        // As if sqlx had made everybody wait 30 ms for a connection.
        let mut waits = crate::record::Durations::default();
        waits.seen.note_n(30_000_000, 3_000);
        record.side_by_side[1].tape.measured.acquire_wait = waits;
        let claims = tested(&record);
        assert_eq!(
            claims[5].remarks,
            ["sqlx: the twin expects 0 s where it came to at most 1.5 s; likely cause: none is known; look \
              for one"]
        );
        let others = claims.iter().filter(|claim| claim.id != "C6");
        assert!(others.flat_map(|claim| &claim.remarks).next().is_none());
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
            assert!(claim.words.starts_with("cannot be told: "), "{}", claim.words);
            assert!(claim.findings.is_empty() && claim.remarks.is_empty());
        }
        assert_eq!(capacity[0].verdict, ClaimVerdict::Nearly);
        insta::assert_snapshot!(tested(&record)[0].words, @"cannot be told: 2.25 % of the requests of request scope on sqlx failed");
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
}
