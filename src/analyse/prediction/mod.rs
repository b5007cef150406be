//! Itinerary, theory, twin and measurement beside each other, lane by lane, at the scaled clock.
//!
//! Theory and twin are given the holds that were measured, so that what is compared is the waiting
//! and not the overhead; the twin is offered the very arrivals of the run. It is played again with
//! other seeds, and where the measured figure lies among theirs says whether the two agree: of 40
//! figures alike in law, the one measured is neither the least nor the greatest in 95 of 100 runs.

mod figures;
mod theory;

use std::num::NonZeroUsize;

use super::{Agreement, LaneSummary};
use crate::archive::{LaneTape, Run, Source};
use crate::arrivals::stream_seed;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::twin::{HoldLaw, SideBySide, Stage, TwinError};
use crate::units;
use figures::{Figures, QUANTITIES, Quantity, seconds};
use theory::Theory;

/// What was expected of a lane, and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
    /// The formula that theory used, and how far to believe it.
    pub formula: String,
    /// The figures.
    pub rows: Vec<PredictionRow>,
    /// Why there is no twin; none where there is one.
    pub no_twin: Option<String>,
}

/// One figure from four sources, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PredictionRow {
    /// What it is.
    pub quantity: &'static str,
    /// From the plan alone.
    pub itinerary: String,
    /// In closed form.
    pub theory: String,
    /// By the twin, on the arrivals of the run.
    pub twin: String,
    /// The least and the greatest of the twin with other seeds.
    pub range: Option<String>,
    /// What was measured.
    pub measured: String,
    /// Whether the measured figure lies in the range.
    pub agreement: Agreement,
    /// Why not, most likely; or what else is to be said.
    pub reason: String,
}

/// Seeds other than that of the run.
const SEEDS: u64 = 39;
/// More requests than this are not played over and over.
const MOST_PLAYED: u64 = 600_000;
/// More requests than this are not played at all: a report must not keep its reader waiting.
const MOST_ONCE: f64 = 10e6;
/// A wait differs by less than this through handing out a connection, whatever the load.
const HANDING_OUT: f64 = 1e-3;
/// Figures of histograms, and coarser ones, are alike within this share.
const ALIKE: f64 = 0.01;

impl Prediction {
    /// What was expected of each lane of the open loop.
    ///
    /// # Errors
    /// When a histogram of the record is damaged.
    pub fn all(record: &Run) -> Vec<Self> {
        let mut predictions = Vec::new();
        for lane in &record.side_by_side {
            predictions.extend(Self::of(record, lane.scope, lane));
        }
        predictions
    }

    /// Nothing where nothing was held.
    fn of(record: &Run, scope: SessionScope, lane: &LaneTape) -> Option<Self> {
        let plan = &record.plan;
        let holds = plan.itinerary(scope).acquisitions();
        let measured = Figures::of_tape(&lane.tape, holds);
        let theory = Theory::of(plan, scope, lane)?;
        let twin = match record.source {
            Source::Measured => Twin::of(plan, scope, lane, holds),
            // It is the twin's own record.
            Source::Simulated => Err(None),
        };
        let (twin, no_twin) = match twin {
            Ok(twin) => (Some(twin), None),
            Err(why) => (None, why.map(|why| why.to_string())),
        };
        let summary = LaneSummary::of(plan, scope, lane);
        let rows =
            QUANTITIES.map(|quantity| row(quantity, plan, &summary, &theory, twin.as_ref(), &measured));
        Some(Self {
            pool: lane.pool.clone(),
            scope,
            formula: theory.formula(),
            rows: rows.into_iter().collect(),
            no_twin,
        })
    }
}

/// The twin on the arrivals of the run, and with other seeds.
struct Twin {
    same: Figures,
    others: Vec<Figures>,
}

type Played = Result<Twin, Option<TwinError>>;

impl Twin {
    fn of(plan: &Plan, scope: SessionScope, lane: &LaneTape, holds: u32) -> Played {
        let law = HoldLaw::measured(&lane.tape.measured.hold.seen).ok_or(None)?;
        let bystanders = HoldLaw::measured(&lane.tape.bystanders.hold.seen).unwrap_or(HoldLaw::Fixed);
        let laws = SideBySide { holds: law, bystanders };
        Self::played(plan, scope, &laws, holds).map_err(Some)
    }

    fn played(plan: &Plan, scope: SessionScope, laws: &SideBySide, holds: u32) -> Result<Self, TwinError> {
        let play = |seed: u64| {
            let stage = Stage { seed, ..Stage::as_driven(plan) };
            let lane = stage.side_by_side(scope, laws.clone())?;
            match lane.expected() {
                few if few <= MOST_ONCE => lane.play(NonZeroUsize::MIN),
                expected => Err(TwinError::TooMany { expected }),
            }
        };
        let same = play(plan.seed)?;
        let mut others = Vec::new();
        if same.requests.saturating_mul(SEEDS) <= MOST_PLAYED {
            for index in 0..SEEDS {
                // Streams beyond those of the run itself.
                let played = play(stream_seed(plan.seed, 1_000 + index))?;
                others.push(Figures::of_tape(&played.tape, holds));
            }
        }
        Ok(Self { same: Figures::of_tape(&same.tape, holds), others })
    }

    fn range(&self, quantity: Quantity) -> Option<(f64, f64)> {
        let values = || self.others.iter().filter_map(|figures| figures.get(quantity));
        Some((values().reduce(f64::min)?, values().reduce(f64::max)?))
    }
}

fn row(
    quantity: Quantity,
    plan: &Plan,
    lane: &LaneSummary,
    theory: &Theory,
    twin: Option<&Twin>,
    measured: &Figures,
) -> PredictionRow {
    let range = twin.and_then(|twin| twin.range(quantity));
    let told = |range: (f64, f64)| {
        let (low, high) = (quantity.text(range.0), quantity.text(range.1));
        if low == high { low } else { format!("{low} to {high}") }
    };
    let (agreement, mut reason) = judge(quantity, lane, range, measured.get(quantity));
    if let Some(why) = theory.apart(quantity, range) {
        reason = if reason.is_empty() { why } else { format!("{reason}; {why}") };
    }
    PredictionRow {
        quantity: quantity.name(),
        itinerary: theory::planned(plan, lane.scope, quantity).map_or("–".into(), |it| quantity.text(it)),
        theory: theory.get(quantity).map_or("–".into(), |it| quantity.text(it)),
        twin: twin.map_or("–".into(), |twin| twin.same.text(quantity)),
        range: range.map(told),
        measured: measured.text(quantity),
        agreement,
        reason,
    }
}

/// Whether a measured figure lies in the range of the twin, and if not, what is most likely why.
fn judge(
    quantity: Quantity,
    lane: &LaneSummary,
    range: Option<(f64, f64)>,
    measured: Option<f64>,
) -> (Agreement, String) {
    let (Some((low, high)), Some(measured)) = (range, measured) else {
        return (Agreement::Unknown, String::new());
    };
    let slack = ALIKE * measured.abs();
    if (low - slack..=high + slack).contains(&measured) {
        return (Agreement::Agree, String::new());
    }
    let off = if measured > high { measured - high } else { low - measured };
    let ours =
        lane.lag.map_or(0.0, |lag| seconds(lag.p99)) + lane.timer_error.map_or(0.0, |late| seconds(late.p99));
    if quantity.is_wait() && measured > high && off <= HANDING_OUT {
        let off = units::time(std::time::Duration::from_secs_f64(off));
        return (Agreement::Agree, format!("but for overhead: handing out took {off}, the twin's nothing"));
    }
    let cause = if quantity.is_wait() && off <= ours {
        "our own timer and lateness are of this size".to_owned()
    } else if lane.unasked_failures > 0 {
        "requests failed, which the twin does not play".to_owned()
    } else {
        "no likely cause is known; look for one".to_owned()
    };
    (Agreement::Differ, cause)
}
