//! Did scaling time change anything? The open loop at two time scales, put side by side.
//!
//! If a hold lasts `scale × nominal + overhead`, two scales give both: the nominal hold that the
//! pool really saw, free of overhead, and the overhead. Shares and rates have to agree as they are,
//! within their uncertainty; waits within what the overhead in them explains.

use std::time::Duration;

use super::{Comparison, Estimate, Known, LaneSummary};
use crate::archive::{Proof, Run};
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::units::{self, TimeScale};

/// The open loop at two time scales.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaleProof {
    /// The plan's time scale, and the other one.
    pub scales: (TimeScale, TimeScale),
    /// What was compared.
    pub rows: Vec<ProofRow>,
}

/// One quantity of one lane at both scales.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofRow {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
    /// What is compared, in nominal units.
    pub quantity: &'static str,
    /// At the plan's scale.
    pub first: String,
    /// At the other scale.
    pub second: String,
    /// Whether they agree.
    pub agreement: Agreement,
    /// Within what they agree, or why they do not.
    pub reason: String,
}

/// Whether two scales agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// Within their uncertainty.
    Agree,
    /// They do not.
    Differ,
    /// One of them is not known well enough.
    Unknown,
}

impl Agreement {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Differ => "differ",
            Self::Unknown => "not known",
        }
    }
}

const HOLD: &str = "hold a request";

/// Holds may differ from the plan by this share before it counts.
const HOLD_WITHIN: f64 = 0.01;

/// Waits may differ by this share of the nominal hold: less does not change what a pool can carry.
const WAIT_WITHIN: f64 = 0.05;

impl ScaleProof {
    /// Compares a run with its proof; nothing where none was made.
    pub fn of(record: &Run, first: &[Comparison]) -> Option<Self> {
        let Proof { time_scale, side_by_side } = record.proof.as_ref()?;
        let plan = &record.plan;
        let other = plan.at(*time_scale);
        let second = Comparison::all(&other, side_by_side);
        let scales = (plan.time_scale, other.time_scale);
        let lanes = |all: &[Comparison]| -> Vec<LaneSummary> {
            all.iter().flat_map(|comparison| comparison.lanes.clone()).collect()
        };
        let second = lanes(&second);
        let pairs = lanes(first).into_iter().filter_map(|a| {
            let b = second.iter().find(|b| b.pool == a.pool && b.scope == a.scope)?.clone();
            Some((a, b))
        });
        let rows = pairs.flat_map(|(a, b)| rows(plan, scales, &a, &b)).collect();
        Some(Self { scales, rows })
    }

    /// Whether every row agrees.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        let any = |wanted| self.rows.iter().any(|row| row.agreement == wanted);
        if any(Agreement::Differ) {
            Agreement::Differ
        } else if self.rows.is_empty() || any(Agreement::Unknown) {
            Agreement::Unknown
        } else {
            Agreement::Agree
        }
    }
}

fn rows(plan: &Plan, scales: (TimeScale, TimeScale), a: &LaneSummary, b: &LaneSummary) -> Vec<ProofRow> {
    let row = |quantity, found: Option<(String, String, Agreement, String)>| {
        let (first, second, agreement, reason) = found?;
        let (pool, scope) = (a.pool.clone(), a.scope);
        Some(ProofRow { pool, scope, quantity, first, second, agreement, reason })
    };
    if let Some(unsound) = [a, b].into_iter().find_map(LaneSummary::accident) {
        let share = |lane: &LaneSummary| lane.served.map(|it| it.to_string()).unwrap_or_default();
        let found = (share(a), share(b), Agreement::Unknown, unsound.to_string());
        return row("share served", Some(found)).into_iter().collect();
    }
    let found = [
        row("share served", estimates(a.served, b.served, |e| units::percent(e.value))),
        row(
            "throughput",
            estimates(a.throughput.map(|x| x.nominal), b.throughput.map(|x| x.nominal), |e| {
                format!("{}/s", units::number(e.value))
            }),
        ),
        row(HOLD, hold(plan, scales, a, b)),
        row("acquire wait p99", wait(plan, a, b)),
    ];
    found.into_iter().flatten().collect()
}

/// Two figures agree when their 95 % intervals overlap.
fn estimates(
    a: Option<Estimate>,
    b: Option<Estimate>,
    text: impl Fn(Estimate) -> String,
) -> Option<(String, String, Agreement, String)> {
    let (a, b) = (a?, b?);
    let (agreement, reason) = match (a.interval, b.interval) {
        (Ok(x), Ok(y)) if x.low <= y.high && y.low <= x.high => {
            (Agreement::Agree, "their 95 % intervals overlap".to_owned())
        }
        (Ok(_), Ok(_)) => (
            Agreement::Differ,
            "their 95 % intervals are apart: look at the schedule lag and the overhead of both".to_owned(),
        ),
        (Err(doubt), _) | (_, Err(doubt)) => (Agreement::Unknown, doubt.to_string()),
    };
    Some((text(a), text(b), agreement, reason))
}

/// The nominal hold and the overhead that explain both measured holds.
fn hold(
    plan: &Plan,
    (one, two): (TimeScale, TimeScale),
    a: &LaneSummary,
    b: &LaneSummary,
) -> Option<(String, String, Agreement, String)> {
    let seconds = |lane: &LaneSummary| lane.hold.as_ref().map(|hold| hold.per_request.measured.value);
    let (first, second) = (seconds(a)?, seconds(b)?);
    let planned = plan.itinerary(a.scope).hold_time();
    let apart = two.factor() - one.factor();
    if apart == 0.0 || planned.is_zero() {
        return None;
    }
    let nominal = (second - first) / apart;
    let overhead = first - nominal * one.factor();
    let off = nominal / planned.as_secs_f64() - 1.0;
    let agreement = if off.abs() <= HOLD_WITHIN { Agreement::Agree } else { Agreement::Differ };
    let text = |seconds: f64| units::time(Duration::try_from_secs_f64(seconds).unwrap_or_default());
    let reason = format!(
        "both fit a hold of {} nominal and an overhead of {}; planned {}",
        text(nominal),
        text(overhead),
        units::time(planned)
    );
    Some((text(first / one.factor()), text(second / two.factor()), agreement, reason))
}

/// Waits in nominal time. What is only known as "more than" agrees when the bounds do.
fn wait(plan: &Plan, a: &LaneSummary, b: &LaneSummary) -> Option<(String, String, Agreement, String)> {
    let p99 = |lane: &LaneSummary| lane.wait.as_ref().map(|wait| wait.quantiles.p99.nominal);
    let (first, second) = (p99(a)?, p99(b)?);
    let apart = first.at_least().abs_diff(second.at_least());
    let allowed = plan.itinerary(a.scope).hold_time().mul_f64(WAIT_WITHIN);
    let alike = matches!(
        (first, second),
        (Known::Exactly(_), Known::Exactly(_)) | (Known::MoreThan(_), Known::MoreThan(_))
    );
    let (agreement, reason) = if alike && apart <= allowed {
        (Agreement::Agree, format!("within {} of each other, 5 % of a hold", units::time(allowed)))
    } else if alike {
        let why = "the larger scale has less overhead in it, and one run has no interval for a quantile";
        (Agreement::Differ, format!("{} apart: {why}", units::time(apart)))
    } else {
        (Agreement::Unknown, "one of them is only known as a lower bound".to_owned())
    };
    Some((first.to_string(), second.to_string(), agreement, reason))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::*;
    use crate::record::Histogram;

    /// The same times with another sum.
    fn summing(times: &Histogram, sum: u128) -> Histogram {
        Histogram::restored(times.values(), sum, times.least(), times.greatest())
    }

    /// The record with a proof at twice its time scale, in which every time is twice as long but
    /// for an overhead.
    fn proven(alter: impl Fn(&mut crate::archive::LaneTape)) -> ScaleProof {
        let mut record = record();
        let mut lanes = record.side_by_side.clone();
        for lane in &mut lanes {
            let scope = lane.scope;
            let planned = record.plan.time_scale.scaled(record.plan.itinerary(scope).hold_time());
            // Twice the plan's part, the same overhead.
            let hold = &mut lane.tape.measured.hold.seen;
            *hold = summing(hold, hold.sum() + planned.as_nanos() * u128::from(hold.count()));
            alter(lane);
        }
        record.proof = Some(Proof { time_scale: record.plan.time_scale.other(), side_by_side: lanes });
        let first = Comparison::all(&record.plan, &record.side_by_side);
        ScaleProof::of(&record, &first).unwrap()
    }

    fn agreement_of(proof: &ScaleProof, quantity: &str) -> Vec<Agreement> {
        proof.rows.iter().filter(|row| row.quantity == quantity).map(|row| row.agreement).collect()
    }

    #[test]
    fn holds_that_scale_but_for_an_overhead_agree() {
        let proof = proven(|_| {});
        assert_eq!(agreement_of(&proof, HOLD), [Agreement::Agree; 4]);
        assert_eq!(agreement_of(&proof, "share served"), [Agreement::Agree; 4]);
        let row = proof.rows.iter().find(|row| row.quantity == HOLD).unwrap();
        assert!(row.reason.contains("a hold of 180 s nominal"), "{}", row.reason);
    }

    #[test]
    fn holds_that_do_not_scale_differ() {
        let proof = proven(|lane| {
            let hold = &mut lane.tape.measured.hold.seen;
            *hold = summing(hold, hold.sum() * 11 / 10);
        });
        assert_eq!(agreement_of(&proof, HOLD), [Agreement::Differ; 4]);
        assert_eq!(proof.agreement(), Agreement::Differ);
    }

    #[test]
    fn without_a_proof_there_is_none() {
        let record = record();
        assert_eq!(ScaleProof::of(&record, &[]), None);
    }
}
