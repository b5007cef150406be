//! WHAT IT MEANS: pure functions from a record to figures with their uncertainty.
//!
//! No input or output, no clock, no runtime, no unseeded randomness.

mod bounds;
mod estimate;
mod hold;
mod lane;
mod scaled;
mod survival;
mod wait;
mod window;

pub use bounds::bounded_quantile;
pub use estimate::{Doubt, Estimate, Interval, Method, Share, Unit};
pub use hold::{HoldQuantile, HoldSummary, PoolTime};
pub use lane::LaneSummary;
pub use scaled::Scaled;
pub use survival::{Known, Survival};
pub use wait::{BystanderSummary, Lag, Quantiles, WAITED, WaitSummary};
pub use window::{Gauge, Gauges, ServerView};
