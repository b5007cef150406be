//! WHAT IT MEANS: pure functions from a record to facts: figures with their uncertainty, and what
//! follows from them.
//!
//! No input or output, no clock, no runtime, no unseeded randomness; and no sentence: words for people
//! are made by whoever shows the facts.

mod agreement;
mod around;
mod batches;
mod bounds;
mod caveats;
mod claims;
mod compare;
mod conditions;
mod drawn;
mod estimate;
mod figures;
#[cfg(test)]
pub(crate) mod fixture;
mod forecast;
mod hold;
mod interval;
mod kinds;
mod lane;
mod measured;
mod nominal;
mod phase;
mod pool_time;
mod pooler;
mod proof;
mod quantity;
mod scaled;
mod soundness;
mod strata;
mod student;
mod summary;
mod survival;
mod verdict;
mod wait;
mod window;

pub use agreement::{Agreement, Cause};
pub use batches::FEWEST as FEWEST_BATCHES;
pub use bounds::bounded_quantile;
pub use caveats::{Act, Behind, Caveat, Failing, Place, Weight, What, Whose};
pub use claims::{
    Answers, Because, Blocked, ClaimResult, ClaimVerdict, Finding, Ground, Nearness, WaitNearness,
};
pub use compare::{Comparison, Range, Source};
pub use conditions::{Bears, CONDITIONS, Condition, ConditionKind, UNENCRYPTED, conditions};
pub use estimate::Estimate;
pub use figures::{Figure, Figures, FormulaUsed, Missing, Reading, SEEDS, Side, Subject, Unplayed, Used};
pub use forecast::{
    Answer, Bound, Curve, Departure, Forecast, Highest, Knee, Length, Needed, NestedHolds, Outlook, Patience,
    Played, PlayedTrials, PlayedWaits, Ranged, ScopeSizing, SizedBy, Sizing, Unplayable,
};
pub use hold::{ConnectionTime, HoldQuantile, HoldSummary};
pub use interval::{Doubt, Interval, Method};
pub use kinds::KindSummary;
pub use lane::{BesidePlan, Counted, LaneSummary};
pub use measured::{Books, Measured, measure};
pub use nominal::{NominalTwin, NotPlayed};
pub use phase::{Phase, PhaseTable, Planned};
pub use pool_time::PoolTime;
pub use pooler::PoolerView;
pub use proof::{ProofFinding, ProofRow, ProofVerdict, ScaleProof, Scales};
pub use quantity::Share;
pub use scaled::Scaled;
pub use soundness::{Flaw, Unsound};
pub use summary::{Summary, summarise};
pub use survival::{Known, Survival};
pub use verdict::{Basis, Shorter, Verdict};
pub use wait::{AcquireParts, BystanderSummary, Lag, Part, Quantiles, WaitSummary};

pub use crate::metric::{Better, Metric, Unit};
pub use crate::record::WAITED;
pub use window::{Gauge, Gauges, ServerView};
