//! The figures that are compared, read alike from a tape of the twin and from a record.

use std::time::Duration;

use crate::analyse::{Known, Survival};
use crate::record::{Durations, Histogram, Ledger, Tape};
use crate::units::Quantile;

/// What a lane came to, at its own clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figures {
    /// Connection time of a request, seconds; none where no hold was seen to its end.
    pub(super) hold: Option<f64>,
    pub(super) p50: Option<Known>,
    pub(super) p99: Option<Known>,
    /// Requests completed per second of the measured span.
    pub(super) throughput: f64,
    /// Share of the requests due that completed.
    pub(super) served: Option<f64>,
}

impl Figures {
    pub(super) fn of_tape(tape: &Tape, holds: u32) -> Self {
        let cohort = &tape.measured;
        let span = tape.window.to.saturating_sub(tape.window.from);
        let rest = (cohort.ledger, tape.completed_in_window, span);
        Self::of(&cohort.hold.seen, &cohort.acquire_wait, rest, holds)
    }

    fn of(hold: &Histogram, waits: &Durations, rest: (Ledger, u64, u64), holds: u32) -> Self {
        let (ledger, completed, span) = rest;
        let curve = Survival::of(waits);
        let mean = hold.sum() as f64 / hold.count().max(1) as f64 / 1e9;
        Self {
            hold: (hold.count() > 0).then_some(mean * f64::from(holds)),
            p50: curve.quantile(Quantile::P50),
            p99: curve.quantile(Quantile::P99),
            throughput: completed as f64 * 1e9 / span.max(1) as f64,
            served: (ledger.scheduled > 0).then(|| ledger.completed as f64 / ledger.scheduled as f64),
        }
    }

    /// One of the figures as a number, in seconds, per second or as a share.
    pub(super) fn get(&self, quantity: Quantity) -> Option<f64> {
        let seconds = |known: Option<Known>| known.map(|known| known.at_least().as_secs_f64());
        match quantity {
            Quantity::Hold => self.hold,
            Quantity::WaitP50 => seconds(self.p50),
            Quantity::WaitP99 => seconds(self.p99),
            Quantity::Throughput => Some(self.throughput),
            Quantity::Served => self.served,
        }
    }

    /// The same as text: a wait may be known as "more than" only.
    pub(super) fn text(&self, quantity: Quantity) -> String {
        match quantity {
            Quantity::WaitP50 => self.p50.map_or("–".into(), |known| known.to_string()),
            Quantity::WaitP99 => self.p99.map_or("–".into(), |known| known.to_string()),
            other => self.get(other).map_or("–".into(), |value| other.text(value)),
        }
    }
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    Hold,
    WaitP50,
    WaitP99,
    Throughput,
    Served,
}

pub(super) const QUANTITIES: [Quantity; 5] =
    [Quantity::Hold, Quantity::WaitP50, Quantity::WaitP99, Quantity::Throughput, Quantity::Served];

impl Quantity {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hold => "mean hold a request",
            Self::WaitP50 => "acquire wait p50",
            Self::WaitP99 => "acquire wait p99",
            Self::Throughput => "throughput",
            Self::Served => "share served",
        }
    }

    pub(super) fn text(self, value: f64) -> String {
        let unit = match self {
            Self::Hold | Self::WaitP50 | Self::WaitP99 => crate::analyse::Unit::Seconds,
            Self::Throughput => crate::analyse::Unit::PerSecond,
            Self::Served => crate::analyse::Unit::Share,
        };
        unit.text(value)
    }

    pub(super) fn is_wait(self) -> bool {
        matches!(self, Self::WaitP50 | Self::WaitP99)
    }
}

/// A time as seconds.
pub(super) fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
