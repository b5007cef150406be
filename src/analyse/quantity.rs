//! Shares of something measured in full.

use std::fmt;

use crate::units;

/// A share in [0, 1] of something that was measured in full, and so has no interval.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// A share, or nothing for what is no number; what lies outside [0, 1] is cut to it.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (!value.is_nan()).then(|| Self(value.clamp(0.0, 1.0)))
    }

    /// A part of a whole, or nothing of an empty whole.
    #[must_use]
    pub fn of(part: u64, of: u64) -> Option<Self> {
        (of > 0).then(|| Self((part as f64 / of as f64).min(1.0)))
    }

    /// The share.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units::percent(self.0))
    }
}
