//! Intervals: how wide, how made, or why there is none.

use std::fmt;

use crate::units;

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Wilson's score interval for a share of so many requests.
    Wilson(u64),
    /// Student's t over the means of so many batches of time.
    BatchMeans(usize),
    /// Student's t over so many durations, which depend little on each other.
    Mean(u64),
    /// From the intervals of other figures, their relative errors added in quadrature.
    Combined,
}

/// Why a figure has no interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// There are only so many values.
    TooFew(u64),
    /// The window holds only so many times the time of a request, so its parts are no batches.
    FewBatches(usize),
    /// It follows from the plan, and nothing of it was measured.
    Computed,
    /// One of the figures that it was made from has none.
    Inherited,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFew(count) => write!(f, "no interval: {} values", units::count(*count)),
            Self::FewBatches(batches) => {
                write!(f, "no interval: the window holds {batches} request times")
            }
            Self::Computed => f.write_str("computed, not measured"),
            Self::Inherited => f.write_str("no interval: one of its parts has none"),
        }
    }
}

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Its lower end, in the unit of the estimate.
    pub low: f64,
    /// Its upper end, in the unit of the estimate.
    pub high: f64,
    /// How it was made.
    pub method: Method,
}
