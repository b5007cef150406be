//! Objectives: what a figure of a run has to be, in one line of text.
//!
//! `repository-scoped.acquire-wait.p99 < 50ms`, a ratio of two figures, or that claims hold. The words are those
//! of the list of metrics; times and rates are nominal unless the line begins with `measured`.

mod parse;
mod wait;

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

pub use wait::WaitObjective;

use crate::itinerary::SessionScope;
use crate::metric::Metric;

/// What has to be true of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// As it was written.
    pub text: String,
    /// What it asks.
    pub asks: Asked,
}

/// What an objective asks.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// A figure, or the ratio of two, is on one side of a limit.
    Keeps(Limit),
    /// Every claim of the scenario holds.
    ClaimsHold,
    /// The claim of this short name holds.
    ClaimHolds(String),
}

/// A limit of a figure, or of the ratio of two.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Of what.
    pub of: Term,
    /// Divided by this, where it is a ratio.
    pub over: Option<Term>,
    /// On which side of the limit it has to be.
    pub sign: Sign,
    /// The limit, in the unit of the metric (times in seconds, shares of 1); a factor for a ratio.
    pub limit: f64,
    /// At which clock.
    pub clock: Clock,
}

/// A metric, and of which lanes or pairs. Whatever is not named may be any, and then all of them have to keep
/// the limit.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    /// The open loop, or the closed one.
    pub act: ObjectiveAct,
    /// The pool library.
    pub pool: Option<String>,
    /// The session scope.
    pub scope: Option<ScopeName>,
    /// The metric.
    pub metric: Metric,
}

/// The act that a figure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectiveAct {
    /// The open loop, side by side: what is meant where no act is named.
    SideBySide,
    /// The closed loop, at capacity.
    Capacity,
}

/// How a session scope is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeName {
    /// By its name.
    Named(SessionScope),
    /// The first one of the scenario.
    Before,
    /// The last one of the scenario.
    After,
}

/// On which side of a limit a number has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// Below it.
    Below,
    /// Below it, or equal to it.
    AtMost,
    /// Above it.
    Above,
    /// Above it, or equal to it.
    AtLeast,
}

/// At which clock a number is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// At nominal times, or that of the run where there is no other value.
    Nominal,
    /// At the clock of the run.
    Measured,
}

impl Sign {
    /// Whether a number is on the right side of a limit.
    #[must_use]
    pub fn keeps(self, number: f64, limit: f64) -> bool {
        match self {
            Self::Below => number < limit,
            Self::AtMost => number <= limit,
            Self::Above => number > limit,
            Self::AtLeast => number >= limit,
        }
    }

    /// Whether it is an upper limit.
    #[must_use]
    pub fn is_upper(self) -> bool {
        matches!(self, Self::Below | Self::AtMost)
    }
}

/// What is wrong with the text of an objective, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found}; {mend}")]
pub struct ObjectiveError {
    /// The part of the text, in bytes.
    pub span: Range<usize>,
    /// What stands there.
    pub found: String,
    /// How to mend it.
    pub mend: String,
}

impl FromStr for Objective {
    type Err = ObjectiveError;

    fn from_str(text: &str) -> Result<Self, ObjectiveError> {
        Self::read(text, &[])
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Objective {
    /// Reads an objective that may speak of these session scopes of a scenario's own as well.
    ///
    /// # Errors
    /// With the part that cannot be read.
    pub fn read(text: &str, own: &[SessionScope]) -> Result<Self, ObjectiveError> {
        Ok(Self { text: text.trim().to_owned(), asks: parse::asked(text, own)? })
    }

    /// The figures that it reads.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let limit = match &self.asks {
            Asked::Keeps(limit) => Some(limit),
            Asked::ClaimsHold | Asked::ClaimHolds(_) => None,
        };
        limit.into_iter().flat_map(|limit| std::iter::once(&limit.of).chain(&limit.over))
    }

    /// The same as an objective that a pool can be sized by, where it is one: a quantile of acquire wait that
    /// has to stay below a nominal time.
    #[must_use]
    pub fn on_waits(&self) -> Option<WaitObjective> {
        match &self.asks {
            Asked::Keeps(limit) => WaitObjective::of(limit),
            Asked::ClaimsHold | Asked::ClaimHolds(_) => None,
        }
    }
}

impl Term {
    /// Whether it means a session scope of a scenario with these scopes.
    #[must_use]
    pub fn means(&self, scope: SessionScope, scopes: &[SessionScope]) -> bool {
        match self.scope {
            None => true,
            Some(ScopeName::Named(named)) => named == scope,
            Some(ScopeName::Before) => scopes.first() == Some(&scope),
            Some(ScopeName::After) => scopes.last() == Some(&scope),
        }
    }
}
