//! WHAT IT MEANS: pure functions from a record to figures with their uncertainty.
//!
//! No input or output, no clock, no runtime, no unseeded randomness.

mod bounds;
mod caveats;
mod claims;
mod compare;
mod estimate;
#[cfg(test)]
mod fixture;
mod forecast;
mod hold;
mod interval;
mod lane;
mod nominal;
mod phase;
mod prediction;
mod proof;
mod quantity;
mod scaled;
mod soundness;
mod student;
mod summary;
mod survival;
mod verdict;
mod wait;
mod window;

pub use bounds::bounded_quantile;
pub use caveats::{Act, Behind, Caveat, Failing, Place, Weight, What};
pub use claims::{Cause, ClaimResult, ClaimVerdict, Finding, Reading, Standing, TwinReading, claims};
pub use compare::{Comparison, Source};
pub use estimate::Estimate;
pub use forecast::{Bound, Curve, Forecast, Knee, NestedHolds, ScopeSizing, Sizing};
pub use hold::{HoldQuantile, HoldSummary, PoolTime};
pub use interval::{Doubt, Interval, Method};
pub use lane::LaneSummary;
pub use nominal::NominalTwin;
pub use phase::{Phase, PhaseTable, Planned};
pub use prediction::{Prediction, PredictionRow};
pub use proof::{Agreement, ProofRow, ScaleProof};
pub use quantity::{Share, Unit};
pub use scaled::Scaled;
pub use soundness::{Flaw, Unsound};
pub use summary::{Summary, summarise};
pub use survival::{Known, Survival};
pub use verdict::Verdict;
pub use wait::{AcquireParts, BystanderSummary, Lag, Part, Quantiles, WAITED, WaitSummary};
pub use window::{Gauge, Gauges, ServerView};
