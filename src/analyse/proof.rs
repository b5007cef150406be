//! Did scaling time change anything? The open loop at two time scales, put side by side.
//!
//! If a hold lasts `scale × nominal + overhead`, two scales give both: the nominal hold that the
//! pool really saw, free of overhead, and the overhead. Shares and rates have to agree as they are,
//! within their uncertainty; waits within what the overhead in them explains.

use std::time::Duration;

use super::{Act, Comparison, Doubt, Estimate, Figures, Known, LaneSummary, Metric, Reading, Unsound};
use crate::archive::{Proof, Run};
use crate::itinerary::{SessionScope, Varies};
use crate::plan::Plan;
use crate::units::TimeScale;

/// The open loop at two time scales.
#[derive(Debug, Clone, PartialEq)]
pub struct ScaleProof {
    /// The plan's time scale, and the other one.
    pub scales: (TimeScale, TimeScale),
    /// What was compared.
    pub rows: Vec<ProofRow>,
}

/// One figure of one lane at both scales.
#[derive(Debug, Clone, PartialEq)]
pub struct ProofRow {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
    /// What is compared, in nominal units.
    pub metric: Metric,
    /// At the plan's scale; none where the lane has no such figure.
    pub first: Option<Reading>,
    /// At the other scale.
    pub second: Option<Reading>,
    /// Whether they agree, and why.
    pub finding: ProofFinding,
}

/// Whether two scales agree, and on what that rests.
#[derive(Debug, Clone, PartialEq)]
pub enum ProofFinding {
    /// Agree: their 95 % intervals overlap.
    Overlap,
    /// Differ: their intervals are apart.
    Apart,
    /// Not known: one has no interval.
    NoInterval(Doubt),
    /// Both holds fit this hold at nominal times, and this overhead.
    Fit {
        /// Hold at nominal times.
        nominal: Duration,
        /// Overhead, the same at both scales.
        overhead: Duration,
        /// What was planned at nominal times.
        planned: Duration,
        /// Whether the nominal hold is the planned one.
        scales: Scales,
    },
    /// Agree: waits within this time of each other.
    Within(Duration),
    /// Differ: waits this far apart.
    WaitsApart(Duration),
    /// Not known: one wait is a lower bound, and the other is not.
    OneIsABound,
    /// Not known: a lane shows nothing but accidents.
    Unsound(Unsound),
}

/// Whether holds scale as they should.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scales {
    /// They do.
    Yes,
    /// They do not.
    No,
}

/// Whether two scales agree, without the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofVerdict {
    /// Within their uncertainty.
    Agree,
    /// They do not.
    Differ,
    /// One of them is not known well enough.
    Unknown,
}

impl ProofFinding {
    /// Whether the two agree.
    #[must_use]
    pub fn verdict(&self) -> ProofVerdict {
        match self {
            Self::Overlap | Self::Within(_) | Self::Fit { scales: Scales::Yes, .. } => ProofVerdict::Agree,
            Self::Apart | Self::WaitsApart(_) | Self::Fit { scales: Scales::No, .. } => ProofVerdict::Differ,
            Self::NoInterval(_) | Self::OneIsABound | Self::Unsound(_) => ProofVerdict::Unknown,
        }
    }
}

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
        let pair = Pair {
            plan,
            scales: (plan.time_scale, other.time_scale),
            figures: (Figures::of(Act::SideBySide, first), Figures::of(Act::SideBySide, &second)),
        };
        let lanes = second.iter().flat_map(|pool| &pool.lanes);
        let lanes: Vec<&LaneSummary> = lanes.collect();
        let pairs = first.iter().flat_map(|pool| &pool.lanes).filter_map(|a| {
            let b = lanes.iter().find(|b| b.pool == a.pool && b.scope == a.scope)?;
            Some((a, *b))
        });
        let rows = pairs.flat_map(|(a, b)| pair.rows(a, b)).collect();
        Some(Self { scales: pair.scales, rows })
    }

    /// Whether every row agrees.
    #[must_use]
    pub fn verdict(&self) -> ProofVerdict {
        Self::of_all(self.rows.iter())
    }

    /// Whether every row of a metric agrees.
    #[must_use]
    pub fn verdict_of(&self, metric: Metric) -> ProofVerdict {
        Self::of_all(self.rows.iter().filter(|row| row.metric == metric))
    }

    fn of_all<'a>(rows: impl Iterator<Item = &'a ProofRow> + Clone) -> ProofVerdict {
        let any = |wanted| rows.clone().any(|row| row.finding.verdict() == wanted);
        if any(ProofVerdict::Differ) {
            ProofVerdict::Differ
        } else if rows.clone().next().is_none() || any(ProofVerdict::Unknown) {
            ProofVerdict::Unknown
        } else {
            ProofVerdict::Agree
        }
    }
}

/// The figures at both scales.
struct Pair<'a> {
    plan: &'a Plan,
    scales: (TimeScale, TimeScale),
    figures: (Figures, Figures),
}

impl Pair<'_> {
    fn rows(&self, a: &LaneSummary, b: &LaneSummary) -> Vec<ProofRow> {
        if let Some(unsound) = [a, b].into_iter().find_map(LaneSummary::accident) {
            let finding = |_, _| Some(ProofFinding::Unsound(unsound.clone()));
            return self.row(a, Metric::ServedShare, finding).into_iter().collect();
        }
        let hold =
            self.row(a, Metric::HoldMean, |first, second| self.hold(a.scope, first, second)).map(|row| {
                // Shown as they were measured, each in its own nominal time.
                let nominal = |reading: Option<Reading>, scale: TimeScale| {
                    Some(Reading::Figure(reading?.figure()?.times(1.0 / scale.factor())))
                };
                let (first, second) = (nominal(row.first, self.scales.0), nominal(row.second, self.scales.1));
                ProofRow { first, second, ..row }
            });
        let rows = [
            self.row(a, Metric::ServedShare, estimates),
            self.row(a, Metric::ThroughputCounted, estimates),
            hold,
            self.row(a, Metric::AcquireWaitP99, |first, second| self.wait(a.scope, first, second)),
        ];
        rows.into_iter().flatten().collect()
    }

    /// A metric of a lane at both scales; nothing where it cannot be compared.
    fn row(
        &self,
        lane: &LaneSummary,
        metric: Metric,
        compare: impl Fn(Reading, Reading) -> Option<ProofFinding>,
    ) -> Option<ProofRow> {
        let read = |figures: &Figures| {
            let figure = figures.lane(Act::SideBySide, lane, metric)?;
            let side =
                if metric == Metric::HoldMean { figure.measured.as_ref().ok() } else { figure.at_nominal() };
            side.map(|side| side.value)
        };
        let (first, second) = (read(&self.figures.0), read(&self.figures.1));
        let finding = compare(first?, second?)?;
        Some(ProofRow { pool: lane.pool.clone(), scope: lane.scope, metric, first, second, finding })
    }

    /// The nominal hold and the overhead that explain both measured holds, where all requests hold as long.
    fn hold(&self, scope: SessionScope, first: Reading, second: Reading) -> Option<ProofFinding> {
        let (one, two) = self.scales;
        let (first, second) = (first.number(), second.number());
        if self.plan.holds_vary(scope) == Varies::Yes {
            return None;
        }
        let planned = self.plan.hold_time(scope);
        let apart = two.factor() - one.factor();
        if apart == 0.0 || planned.is_zero() {
            return None;
        }
        let nominal = (second - first) / apart;
        let overhead = first - nominal * one.factor();
        let off = nominal / planned.as_secs_f64() - 1.0;
        let scales = if off.abs() <= HOLD_WITHIN { Scales::Yes } else { Scales::No };
        let time = |seconds: f64| Duration::try_from_secs_f64(seconds).unwrap_or_default();
        Some(ProofFinding::Fit { nominal: time(nominal), overhead: time(overhead), planned, scales })
    }

    /// Waits in nominal time. What is only known as "more than" agrees when the bounds do.
    fn wait(&self, scope: SessionScope, first: Reading, second: Reading) -> Option<ProofFinding> {
        let (first, second) = (first.time()?, second.time()?);
        let apart = first.at_least().abs_diff(second.at_least());
        let allowed = self.plan.hold_time(scope).mul_f64(WAIT_WITHIN);
        let alike = matches!(
            (first, second),
            (Known::Exactly(_), Known::Exactly(_)) | (Known::MoreThan(_), Known::MoreThan(_))
        );
        Some(match alike {
            false => ProofFinding::OneIsABound,
            true if apart <= allowed => ProofFinding::Within(allowed),
            true => ProofFinding::WaitsApart(apart),
        })
    }
}

/// Two figures agree when their 95 % intervals overlap.
fn estimates(first: Reading, second: Reading) -> Option<ProofFinding> {
    let (Estimate { interval: a, .. }, Estimate { interval: b, .. }) = (first.figure()?, second.figure()?);
    Some(match (a, b) {
        (Ok(a), Ok(b)) if a.low <= b.high && b.low <= a.high => ProofFinding::Overlap,
        (Ok(_), Ok(_)) => ProofFinding::Apart,
        (Err(doubt), _) | (_, Err(doubt)) => ProofFinding::NoInterval(doubt),
    })
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

    fn agreement_of(proof: &ScaleProof, metric: Metric) -> Vec<ProofVerdict> {
        proof.rows.iter().filter(|row| row.metric == metric).map(|row| row.finding.verdict()).collect()
    }

    #[test]
    fn holds_that_scale_but_for_an_overhead_agree() {
        let proof = proven(|_| {});
        assert_eq!(agreement_of(&proof, Metric::HoldMean), [ProofVerdict::Agree; 4]);
        // So few requests leave the shares without an interval.
        assert_eq!(agreement_of(&proof, Metric::ServedShare), [ProofVerdict::Unknown; 4]);
        let row = proof.rows.iter().find(|row| row.metric == Metric::HoldMean).unwrap();
        let ProofFinding::Fit { nominal, .. } = row.finding else { panic!("{row:?}") };
        assert!((nominal.as_secs_f64() - 180.0).abs() < 0.1, "{nominal:?}");
    }

    #[test]
    fn holds_that_do_not_scale_differ() {
        let proof = proven(|lane| {
            let hold = &mut lane.tape.measured.hold.seen;
            *hold = summing(hold, hold.sum() * 11 / 10);
        });
        assert_eq!(agreement_of(&proof, Metric::HoldMean), [ProofVerdict::Differ; 4]);
        assert_eq!(proof.verdict(), ProofVerdict::Differ);
    }

    #[test]
    fn without_a_proof_there_is_none() {
        let record = record();
        assert_eq!(ScaleProof::of(&record, &[]), None);
    }
}
