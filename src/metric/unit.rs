//! What the numbers of a metric count.

use std::time::Duration;

use crate::units;

/// What the number of a metric counts.
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
