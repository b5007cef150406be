//! A claim with its numbers from four sources.

use std::fmt;

use super::Standing;
use crate::analyse::{Doubt, Estimate, Known};
use crate::scenario::ClaimMeasure;

/// A claim and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimResult {
    /// Short name: `C1`.
    pub id: String,
    /// The claim in words.
    pub says: String,
    /// What number tests it; none where this version does not know.
    pub measure: ClaimMeasure,
    /// The number that was claimed.
    pub claimed: Reading,
    /// What closed form says of the plan alone, at nominal times; none where no formula is to be
    /// trusted.
    pub theory: Option<Reading>,
    /// What was measured, one a pool library.
    pub findings: Vec<Finding>,
    /// What became of the claim.
    pub verdict: ClaimVerdict,
    /// The same in words.
    pub words: String,
    /// Where theory, the twin and the run differ beyond their uncertainty, and the likely cause.
    pub remarks: Vec<String>,
}

/// What one pool library showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Pool library.
    pub pool: String,
    /// At the scaled clock.
    pub measured: Reading,
    /// At nominal times, with overhead counted unscaled; none where it is the same figure.
    pub nominal: Option<Reading>,
    /// What the twin shows; none where it did not play.
    pub twin: Option<TwinReading>,
}

impl Finding {
    /// A finding that nothing was set beside yet.
    pub(super) fn new(pool: &str, measured: Reading, nominal: Reading) -> Self {
        Self { pool: pool.to_owned(), measured, nominal: Some(nominal), twin: None }
    }

    /// What the twin is compared with: the figure at nominal times.
    #[must_use]
    pub fn at_nominal(&self) -> Reading {
        self.nominal.unwrap_or(self.measured)
    }

    /// Whether the figure at nominal times is an upper bound: overhead in a wait is multiplied with
    /// it.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        self.nominal.is_some() && matches!(self.measured, Reading::Time(Known::Exactly(_)))
    }
}

/// A number that the twin shows at nominal times, with the holds that were measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TwinReading {
    /// The number.
    pub reading: Reading,
    /// How the measured one stands to it.
    pub standing: Standing,
}

/// A number of a claim.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// A figure with its unit.
    Figure(Estimate),
    /// A time that may be known only as a lower bound.
    Time(Known),
}

impl Reading {
    /// The interval as text; nothing for what has none to speak of.
    #[must_use]
    pub fn interval_text(&self) -> Option<String> {
        match self {
            Self::Figure(figure) if figure.interval == Err(Doubt::Computed) => None,
            Self::Figure(figure) => Some(figure.interval_text()),
            Self::Time(_) => None,
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure(figure) => figure.fmt(f),
            Self::Time(known) => known.fmt(f),
        }
    }
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimVerdict {
    /// It holds, to the digits that were claimed.
    Holds,
    /// It holds within a few per cent, which the words name.
    Nearly,
    /// The scenario's own steps give another number than was claimed, and the measurement agrees
    /// with the steps.
    Qualified,
    /// It does not hold.
    Fails,
    /// The run cannot tell.
    NotMeasured,
}
