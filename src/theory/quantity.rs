//! What goes into a formula and what comes out, each with a type of its own.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use crate::units::{self, Rate};

/// Why a formula has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TheoryError {
    /// The hold time is 0.
    #[error("a hold of 0 s takes no connection time; give the time for which a request holds a connection")]
    NoHold,
    /// The load is at or above what the pool can carry.
    #[error("no steady state: requests ask for at least as much connection time as the pool has")]
    NoSteadyState,
    /// A pool without connections.
    #[error("a pool without connections carries nothing; give it one at least")]
    NoConnections,
    /// A load without a rate.
    #[error("a load needs a rate above zero")]
    NoRate,
    /// The formula was asked for a case that it does not cover.
    #[error("{0}")]
    Domain(&'static str),
    /// A result is too large or too small for any clock.
    #[error("rate × hold time is beyond what can be computed with; check the units of both")]
    OutOfRange,
    /// No number of connections meets the objective.
    #[error(
        "no pool meets this objective: the longest wait of random arrivals has no bound; ask for a quantile below p100"
    )]
    Unreachable,
}

/// Size of a pool: at least one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Connections(NonZeroU32);

impl Connections {
    /// The smallest pool.
    pub const ONE: Self = Self(NonZeroU32::MIN);

    /// A pool size, or nothing for a pool without connections.
    #[must_use]
    pub fn new(count: u32) -> Option<Self> {
        NonZeroU32::new(count).map(Self)
    }

    /// The number of connections.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }

    pub(super) fn as_f64(self) -> f64 {
        f64::from(self.get())
    }
}

impl fmt::Display for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units::count(self.get().into()))
    }
}

/// A mean number of things present at once; for connections, the offered load in Erlangs.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Erlangs(f64);

impl Erlangs {
    /// A mean number, or nothing if it is not finite and at least 0.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value >= 0.0).then_some(Self(value))
    }

    /// The mean number of busy connections.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Erlangs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units::number(self.0))
    }
}

/// Offered load ÷ pool size; 1 and above has no steady state.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Utilisation(pub(super) f64);

impl Utilisation {
    /// Offered load ÷ pool size, at least 0.
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Utilisation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units::percent(self.0))
    }
}

/// A share or a probability in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Share(f64);

impl Share {
    /// A share of 0.
    pub const NONE: Self = Self(0.0);
    /// A share of 1.
    pub const ALL: Self = Self(1.0);

    /// A share, or nothing outside [0, 1].
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The share as a number in [0, 1].
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }

    /// What is left of the whole.
    #[must_use]
    pub fn rest(self) -> Self {
        Self(1.0 - self.0)
    }

    /// A computed probability, freed from rounding beyond [0, 1].
    pub(super) fn clamped(value: f64) -> Self {
        debug_assert!(!value.is_nan(), "a probability is a number");
        Self(value.clamp(0.0, 1.0))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units::percent(self.0))
    }
}

/// How much times differ from each other: the squared coefficient of variation, variance ÷ mean².
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Variability(f64);

impl Variability {
    /// All alike: a fixed hold, paced arrivals.
    pub const NONE: Self = Self(0.0);
    /// As an exponential time: Poisson arrivals.
    pub const EXPONENTIAL: Self = Self(1.0);

    /// Variance ÷ mean², or nothing if it is not finite and at least 0.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value >= 0.0).then_some(Self(value))
    }

    /// Variance ÷ mean².
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

/// How long a connection is held: mean and variability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hold {
    mean: Duration,
    variability: Variability,
}

impl Hold {
    /// A hold time.
    ///
    /// # Errors
    /// [`TheoryError::NoHold`] when the mean is 0.
    pub fn new(mean: Duration, variability: Variability) -> Result<Self, TheoryError> {
        if mean.is_zero() { Err(TheoryError::NoHold) } else { Ok(Self { mean, variability }) }
    }

    /// Always the same hold time.
    ///
    /// # Errors
    /// [`TheoryError::NoHold`] when it is 0.
    pub fn fixed(time: Duration) -> Result<Self, TheoryError> {
        Self::new(time, Variability::NONE)
    }

    /// Exponential hold times.
    ///
    /// # Errors
    /// [`TheoryError::NoHold`] when the mean is 0.
    pub fn exponential(mean: Duration) -> Result<Self, TheoryError> {
        Self::new(mean, Variability::EXPONENTIAL)
    }

    /// What a pool sees when holds of several kinds ask for it, each at a rate of its own: the
    /// rate of all together and one hold time for them. Mean `Σλᵢhᵢ ÷ Σλᵢ`; the second moments
    /// mix alike.
    ///
    /// # Errors
    /// When there is no hold, or the rates cannot be added.
    pub fn mixture(holds: &[(Rate, Self)]) -> Result<(Rate, Self), TheoryError> {
        let total: f64 = holds.iter().map(|(rate, _)| rate.as_per_second()).sum();
        let all = Rate::per_second(total)
            .ok_or(TheoryError::Domain("a mixture needs at least one hold, at a finite rate"))?;
        let (mut first, mut second) = (0.0, 0.0);
        for (rate, hold) in holds {
            let weight = rate.as_per_second() / total;
            let mean = hold.seconds();
            first += weight * mean;
            second += weight * mean * mean * (1.0 + hold.variability.get());
        }
        let spread = Variability::new((second / (first * first) - 1.0).max(0.0));
        Ok((all, Self::new(duration(first), spread.ok_or(TheoryError::OutOfRange)?)?))
    }

    /// Mean hold time.
    #[must_use]
    pub fn mean(self) -> Duration {
        self.mean
    }

    /// Variance ÷ mean² of the hold time.
    #[must_use]
    pub fn variability(self) -> Variability {
        self.variability
    }

    pub(super) fn seconds(self) -> f64 {
        self.mean.as_secs_f64()
    }
}

/// Seconds as a time; what no `Duration` can hold becomes the longest one.
pub(super) fn duration(seconds: f64) -> Duration {
    debug_assert!(!seconds.is_nan(), "a time is a number");
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

/// A computed rate.
pub(super) fn rate(per_second: f64) -> Result<Rate, TheoryError> {
    Rate::per_second(per_second).ok_or(TheoryError::OutOfRange)
}
