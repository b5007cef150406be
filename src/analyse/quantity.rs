//! Units of figures, and shares.

use std::fmt;
use std::time::Duration;

use crate::units;

/// What the number of an [`Estimate`](super::Estimate) counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share in [0, 1].
    Share,
    /// How many.
    Count,
    /// Events per second.
    PerSecond,
    /// Seconds.
    Seconds,
    /// How many times as much.
    Factor,
    /// Connections.
    Connections,
    /// Connections × seconds.
    ConnectionSeconds,
}

impl Unit {
    /// A number in this unit as text.
    #[must_use]
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Share => units::percent(value),
            Self::PerSecond => format!("{}/s", units::number(value)),
            Self::Seconds => units::time(Duration::try_from_secs_f64(value).unwrap_or_default()),
            Self::Factor => units::factor(value),
            Self::Count | Self::Connections => units::number(value),
            Self::ConnectionSeconds if value < 1.0 => Self::Seconds.text(value),
            Self::ConnectionSeconds => format!("{} s", units::number(value)),
        }
    }
}

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
