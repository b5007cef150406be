//! Virtual time in whole nanoseconds.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use crate::units;

/// An instant of virtual time, counted from the start of a run, or the time between two of them.
/// Sums stay at the largest value instead of wrapping; 584 years reach it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SimTime(u64);

impl SimTime {
    /// The start, or no time at all.
    pub const ZERO: Self = Self(0);
    /// Later than everything that happens.
    pub const NEVER: Self = Self(u64::MAX);

    /// A whole number of nanoseconds.
    #[must_use]
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// The number of nanoseconds.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The nearest nanosecond of a computed time.
    pub(super) fn rounded(nanoseconds: f64) -> Self {
        // The cast keeps what is beyond the range at its ends.
        Self((nanoseconds + 0.5) as i64 as u64)
    }
}

impl Add for SimTime {
    type Output = Self;
    fn add(self, later: Self) -> Self {
        Self(self.0.saturating_add(later.0))
    }
}

impl Sub for SimTime {
    type Output = Self;
    fn sub(self, earlier: Self) -> Self {
        debug_assert!(earlier <= self, "time runs forward");
        Self(self.0.wrapping_sub(earlier.0))
    }
}

impl From<SimTime> for Duration {
    fn from(time: SimTime) -> Self {
        Self::from_nanos(time.0)
    }
}

/// Times beyond 584 years become [`SimTime::NEVER`].
impl From<Duration> for SimTime {
    fn from(time: Duration) -> Self {
        Self(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for SimTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units::time((*self).into()))
    }
}
