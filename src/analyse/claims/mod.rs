//! The claims: what was claimed, what theory and the twin expect, what was measured, and a verdict. All
//! numbers come from the list of figures.

mod ground;
mod outside;
mod ratio;
mod result;
mod throughput;
mod waiting;
mod waste;

pub use result::{Answers, Because, Blocked, ClaimResult, ClaimVerdict, Finding, Ground, WaitNearness};

use super::agreement::off;
use super::caveats::Act;
use super::{Comparison, Estimate, Figure, Figures, Flaw, Metric, Reading, ScaleProof, Side, Unit, Unsound};
use crate::itinerary::Itinerary;
use crate::plan::{Plan, Seen};
use crate::scenario::{Claim, ClaimMeasure};

/// What the claims are tested on.
struct Evidence<'a> {
    plan: &'a Plan,
    figures: &'a Figures,
    before: Itinerary,
    after: Itinerary,
    side_by_side: Vec<&'a Comparison>,
    capacity: Vec<&'a Comparison>,
    proof: Option<&'a ScaleProof>,
}

impl Evidence<'_> {
    /// Why a claim cannot be told from these lanes. Waits can be told of lanes in which every request
    /// timed out; nothing else can.
    fn untellable(&self, measure: ClaimMeasure) -> Option<Unsound> {
        // What is not visible is told as such, whatever became of the requests.
        if self.plan.seen() == Seen::FromOutside && measure != ClaimMeasure::ThroughputRatio {
            return None;
        }
        let act = match measure {
            ClaimMeasure::ThroughputRatio => &self.capacity,
            _ => &self.side_by_side,
        };
        let waits = matches!(measure, ClaimMeasure::AcquireWait | ClaimMeasure::BystanderLatency);
        let mut unsound = act.iter().filter_map(|pool| pool.unsound());
        unsound.find(|unsound| !(waits && unsound.what == Flaw::NothingCompleted))
    }

    /// The figures of a metric: of the pairs of an act, or of the lanes of one of the two session scopes.
    fn of(&self, metric: Metric, of: Of) -> Vec<(&str, &Figure)> {
        let (act, pools) = match of {
            Of::Capacity => (Act::Capacity, &self.capacity),
            _ => (Act::SideBySide, &self.side_by_side),
        };
        let figure = |pool: &&Comparison| match of {
            Of::Pairs | Of::Capacity => self.figures.pair(act, &pool.pool, metric),
            Of::Before => self.figures.at(act, &pool.pool, self.before.scope(), metric),
            Of::After => self.figures.at(act, &pool.pool, self.after.scope(), metric),
        };
        pools.iter().filter_map(|pool| Some((pool.pool.as_str(), figure(pool)?))).collect()
    }
}

/// Of what a claim reads a metric.
#[derive(Debug, Clone, Copy)]
enum Of {
    /// Before and after, in the open loop.
    Pairs,
    /// Before and after, in the closed loop.
    Capacity,
    /// The first session scope in the open loop.
    Before,
    /// The last one.
    After,
}

/// The metric that a claim is about, and of what.
fn subject(measure: ClaimMeasure) -> (Metric, Of) {
    match measure {
        ClaimMeasure::HoldReduction => (Metric::HoldReduction, Of::Pairs),
        ClaimMeasure::RequestsPerConnection => (Metric::HoldRatio, Of::Pairs),
        ClaimMeasure::EquivalentConnections => (Metric::EquivalentConnections, Of::Pairs),
        ClaimMeasure::ThroughputRatio => (Metric::ThroughputRatio, Of::Capacity),
        ClaimMeasure::WastedHold => (Metric::HoldIdle, Of::Before),
        ClaimMeasure::AcquireWait => (Metric::AcquireWaitP99, Of::After),
        ClaimMeasure::BystanderLatency => (Metric::BystanderWaitP99, Of::After),
    }
}

/// Tests every claim of the plan on the figures, and notes there what was claimed.
#[must_use]
pub(super) fn claims(
    plan: &Plan,
    figures: &mut Figures,
    (side_by_side, capacity): (&[Comparison], &[Comparison]),
    proof: Option<&ScaleProof>,
) -> Vec<ClaimResult> {
    let [before, .., after] = plan.scopes.as_slice() else {
        return plan.claims.iter().map(|claim| told(claim, None, Vec::new(), NONE_TO_COMPARE)).collect();
    };
    for claim in &plan.claims {
        figures.note_claim(claim, plan);
    }
    let evidence = Evidence {
        plan,
        figures,
        before: plan.itinerary(*before),
        after: plan.itinerary(*after),
        side_by_side: side_by_side.iter().filter(|pool| pool.pair().is_some()).collect(),
        capacity: capacity.iter().filter(|pool| pool.pair().is_some()).collect(),
        proof,
    };
    plan.claims.iter().map(|claim| test(claim, &evidence)).collect()
}

const NONE_TO_COMPARE: Outcome = (ClaimVerdict::NotMeasured, Because::OneScope);

impl Figures {
    /// Notes the number that was claimed beside the figures that it is about, each for one request.
    fn note_claim(&mut self, claim: &Claim, plan: &Plan) {
        let (metric, of) = subject(claim.measure);
        let scope = match of {
            Of::Before => plan.scopes.first(),
            _ => plan.scopes.last(),
        };
        let requests = match claim.measure {
            ClaimMeasure::WastedHold => f64::from(claim.requests.max(1)),
            _ => 1.0,
        };
        let act = if matches!(of, Of::Capacity) { Act::Capacity } else { Act::SideBySide };
        for figure in self.iter_mut().filter(|figure| figure.metric == metric) {
            let meant = match &figure.subject {
                super::Subject::Lane(place) => place.act == act && Some(&place.scope) == scope,
                super::Subject::Pair { act: its, .. } => *its == act,
            };
            if meant {
                figure.claimed = Some(claim.expect / requests);
            }
        }
    }
}

fn test(claim: &Claim, evidence: &Evidence<'_>) -> ClaimResult {
    let (metric, of) = subject(claim.measure);
    let figures = evidence.of(metric, of);
    let outcome = match claim.measure {
        measure if evidence.plan.seen() == Seen::FromOutside => outside::test(claim, measure, &figures),
        ClaimMeasure::HoldReduction
        | ClaimMeasure::RequestsPerConnection
        | ClaimMeasure::EquivalentConnections => ratio::test(claim, &figures, evidence),
        ClaimMeasure::ThroughputRatio => throughput::test(claim, &figures, evidence),
        ClaimMeasure::WastedHold => waste::test(claim, &figures, evidence),
        ClaimMeasure::AcquireWait => waiting::acquire_wait(claim, &figures, evidence),
        ClaimMeasure::BystanderLatency => waiting::bystanders(claim, &figures, evidence),
    };
    let requests = match claim.measure {
        ClaimMeasure::WastedHold => Some(f64::from(claim.requests.max(1))),
        _ => None,
    };
    let of_the_claim = |reading: Reading| of_many(reading, requests);
    // What the steps of the plan come to is nothing that a service has to do.
    let theory = match evidence.plan.seen() {
        Seen::FromInside => super::figures::of_the_plan(evidence.plan, metric, &evidence.subject(of)),
        Seen::FromOutside => None,
    };
    let theory = theory.map(of_the_claim);
    match evidence.untellable(claim.measure) {
        Some(why) => told(claim, theory, Vec::new(), (ClaimVerdict::NotMeasured, Because::Unsound(why))),
        None => {
            let findings = figures.iter().filter_map(|(pool, figure)| finding(pool, figure, of_the_claim));
            told(claim, theory, findings.collect(), outcome)
        }
    }
}

impl Evidence<'_> {
    /// The subject of which theory speaks, whatever the pool.
    fn subject(&self, of: Of) -> super::Subject {
        let (before, after) = (self.before.scope(), self.after.scope());
        let pool = String::new();
        let lane =
            |scope| super::Subject::Lane(super::Place { act: Act::SideBySide, pool: String::new(), scope });
        match of {
            Of::Pairs => super::Subject::Pair { act: Act::SideBySide, pool, before, after },
            Of::Capacity => super::Subject::Pair { act: Act::Capacity, pool, before, after },
            Of::Before => lane(before),
            Of::After => lane(after),
        }
    }
}

/// Connection time of as many requests as a claim is of; other readings as they are.
fn of_many(reading: Reading, requests: Option<f64>) -> Reading {
    match (reading, requests) {
        (Reading::Figure(figure), Some(requests)) => {
            Reading::Figure(figure.rising(Unit::ConnectionSeconds, |seconds| seconds * requests))
        }
        (reading, _) => reading,
    }
}

fn finding(pool: &str, figure: &Figure, read: impl Fn(Reading) -> Reading) -> Option<Finding> {
    let measured = figure.measured.as_ref().ok()?;
    let side: &Side = figure.at_nominal()?;
    Some(Finding {
        pool: pool.to_owned(),
        metric: figure.metric,
        subject: figure.subject.clone(),
        measured: read(measured.value),
        nominal: read(side.value),
        twin: side.twin.map(read),
        agreement: side.agreement,
        theory_apart: side.theory_apart,
    })
}

/// What a test of a claim gives.
type Outcome = (ClaimVerdict, Because);

fn told(
    claim: &Claim,
    theory: Option<Reading>,
    findings: Vec<Finding>,
    (verdict, because): Outcome,
) -> ClaimResult {
    let (metric, _) = subject(claim.measure);
    let unit =
        if claim.measure == ClaimMeasure::WastedHold { Unit::ConnectionSeconds } else { metric.unit() };
    ClaimResult {
        id: claim.id.clone(),
        says: claim.says.clone(),
        measure: claim.measure,
        claimed: Reading::Figure(Estimate::computed(claim.expect, unit)),
        theory,
        findings,
        verdict,
        because,
    }
}

/// How near a number is to the one claimed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Nearness {
    /// Equal to the digits that were claimed.
    Equal,
    /// Within this many per cent.
    Within(u32),
    /// Further off.
    Off,
}

/// A number that has the digits of the claim may be this far from it: 99.44 % is 99.4 %, though what is
/// left of the whole is less by a fourteenth; 2.4 is not 2.
const DIGITS: f64 = 0.1;

/// The farthest of some numbers from the one claimed. Of a share near 1 what is left of the whole counts.
fn nearness(unit: Unit, claimed: f64, numbers: impl IntoIterator<Item = f64>) -> Nearness {
    let off = |number: f64| {
        let off = off(unit, claimed, number);
        let has_its_digits = (number - claimed).abs() <= last_digit(claimed) / 2.0;
        if has_its_digits && off <= DIGITS { 0.0 } else { off }
    };
    let farthest = numbers.into_iter().map(off).fold(0.0, |most: f64, off| {
        // What is no number is near to nothing.
        if off.is_nan() { f64::INFINITY } else { most.max(off) }
    });
    match farthest {
        off if off <= 0.000_5 => Nearness::Equal,
        off if off <= 0.01 => Nearness::Within(1),
        off if off <= 0.02 => Nearness::Within(2),
        off if off <= 0.05 => Nearness::Within(5),
        _ => Nearness::Off,
    }
}

/// What the last digit of a number counts, as it is written: 0.001 of 0.994, 1 of 180.
fn last_digit(number: f64) -> f64 {
    let written = number.to_string();
    let places = written.split_once('.').map_or(0, |(_, places)| places.len());
    0.1_f64.powi(i32::try_from(places).unwrap_or(i32::MAX))
}

impl Nearness {
    /// The verdict of a claim that is this near.
    fn verdict(self) -> ClaimVerdict {
        match self {
            Self::Equal => ClaimVerdict::Holds,
            Self::Within(_) => ClaimVerdict::Nearly,
            Self::Off => ClaimVerdict::Fails,
        }
    }
}

/// A 95 % interval misses one run in twenty, and so many claims would be called false by chance. So many times
/// as wide, it is some 4.4 standard errors, and misses one in 100,000.
pub(super) const SURE: f64 = 2.25;

/// Whether a number that is not the one measured lies within the uncertainty of all of them, which then leaves
/// it open.
fn leaves_open(figures: &[(&str, &Figure)], number: f64) -> bool {
    let within = |figure: &Figure| {
        let measured = figure.at_nominal()?.value.figure()?;
        let interval = measured.interval.ok()?;
        let end = |end: f64| measured.value + SURE * (end - measured.value);
        Some((end(interval.low)..=end(interval.high)).contains(&number))
    };
    !figures.is_empty() && figures.iter().all(|(_, figure)| within(figure) == Some(true))
}

/// The numbers of some figures at one clock.
fn numbers(figures: &[(&str, &Figure)], side: impl Fn(&Figure) -> Option<&Side>) -> Vec<f64> {
    figures.iter().filter_map(|(_, figure)| Some(side(figure)?.value.number())).collect()
}

#[cfg(test)]
mod tests;
