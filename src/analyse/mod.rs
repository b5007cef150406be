//! WHAT IT MEANS: pure functions from a record to figures with their uncertainty.
//!
//! No input or output, no clock, no runtime, no unseeded randomness.

mod survival;

pub use survival::{Known, Survival};
