//! How long a step takes.

use super::seed::Bits;
use super::sim_time::SimTime;
use super::ziggurat::{Exponential, Normal};

/// The distribution of a time. Draws are rounded to whole nanoseconds, and no draw is longer than
/// [`Law::LONGEST`].
#[derive(Debug, Clone, PartialEq)]
pub struct Law(LawKind);

#[derive(Debug, Clone, PartialEq)]
enum LawKind {
    Fixed(SimTime),
    Exponential(f64),
    LogNormal { mean: f64, spread: f64 },
    Measured(Bins),
}

/// Why a distribution cannot be drawn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LawError {
    /// A time beyond what is played.
    #[error("a step takes at most 4.5 years")]
    TooLong,
    /// A spread that is no number, below 0, or too wide to play.
    #[error("the spread of a time is its variance ÷ mean², from 0 to 1000000")]
    Spread,
    /// Nothing was measured.
    #[error(
        "a measured time needs at least one bin that counted something, each from its low to its high end"
    )]
    Empty,
}

/// A range of times and how often it was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// The shortest time of the bin.
    pub low: SimTime,
    /// The longest time of the bin.
    pub high: SimTime,
    /// How many times fell into it.
    pub count: u64,
}

impl Law {
    /// The longest time that a step takes: 2⁵⁷ ns, 4.5 years.
    pub const LONGEST: SimTime = SimTime::new(1 << 57);

    /// The widest spread of lognormal times.
    pub const WIDEST: f64 = 1e6;

    /// Always the same time.
    ///
    /// # Errors
    /// [`LawError::TooLong`] above [`Law::LONGEST`].
    pub fn fixed(time: SimTime) -> Result<Self, LawError> {
        within(time).map(|time| Self(LawKind::Fixed(time)))
    }

    /// Exponential times.
    ///
    /// # Errors
    /// [`LawError::TooLong`] when the mean is above [`Law::LONGEST`].
    pub fn exponential(mean: SimTime) -> Result<Self, LawError> {
        within(mean).map(|mean| Self(LawKind::Exponential(mean.get() as f64)))
    }

    /// Lognormal times; `spread` is variance ÷ mean².
    ///
    /// # Errors
    /// [`LawError::TooLong`] when the mean is above [`Law::LONGEST`]; [`LawError::Spread`] when the
    /// spread is no number from 0 to [`Law::WIDEST`].
    pub fn lognormal(mean: SimTime, spread: f64) -> Result<Self, LawError> {
        if !(0.0..=Self::WIDEST).contains(&spread) {
            return Err(LawError::Spread);
        }
        within(mean).map(|mean| Self(LawKind::LogNormal { mean: mean.get() as f64, spread }))
    }

    /// Times as they were measured: a bin as often as it counted, and every time in it alike.
    ///
    /// # Errors
    /// [`LawError::Empty`] when nothing was counted or a bin ends before it begins;
    /// [`LawError::TooLong`] when a time is above [`Law::LONGEST`].
    pub fn measured(bins: &[Bin]) -> Result<Self, LawError> {
        bins.iter().try_for_each(|bin| within(bin.high).map(|_| ()))?;
        Bins::new(bins).map(|bins| Self(LawKind::Measured(bins)))
    }

    /// The mean time.
    #[must_use]
    pub fn mean(&self) -> SimTime {
        match &self.0 {
            LawKind::Fixed(time) => *time,
            LawKind::Exponential(mean) | LawKind::LogNormal { mean, .. } => SimTime::rounded(*mean),
            LawKind::Measured(bins) => SimTime::rounded(bins.mean()),
        }
    }

    /// The one time, where all are the same.
    pub(super) fn constant(&self) -> Option<SimTime> {
        match &self.0 {
            LawKind::Fixed(time) => Some(*time),
            _ => None,
        }
    }

    pub(super) fn sampler(&self) -> Sampler {
        match &self.0 {
            LawKind::Fixed(time) => Sampler::Fixed(*time),
            LawKind::Exponential(mean) => Sampler::Exponential(Exponential::new(), *mean),
            LawKind::LogNormal { mean, spread } => {
                let variance = libm::log1p(*spread);
                let level = libm::log(*mean) - 0.5 * variance;
                Sampler::LogNormal { normal: Normal::new(), level, width: variance.sqrt() }
            }
            LawKind::Measured(bins) => Sampler::Measured(bins.clone()),
        }
    }
}

fn within(time: SimTime) -> Result<SimTime, LawError> {
    if time <= Law::LONGEST { Ok(time) } else { Err(LawError::TooLong) }
}

/// Draws from a law.
#[derive(Debug, Clone)]
pub(super) enum Sampler {
    Fixed(SimTime),
    Exponential(Exponential, f64),
    LogNormal { normal: Normal, level: f64, width: f64 },
    Measured(Bins),
}

impl Sampler {
    #[inline]
    pub(super) fn draw(&self, from: &mut impl Bits) -> SimTime {
        match self {
            Self::Fixed(time) => *time,
            Self::Exponential(exponential, mean) => capped(exponential.draw(from) * mean),
            Self::LogNormal { normal, level, width } => capped(libm::exp(level + width * normal.draw(from))),
            Self::Measured(bins) => bins.draw(from),
        }
    }
}

#[inline]
pub(super) fn capped(nanoseconds: f64) -> SimTime {
    SimTime::rounded(nanoseconds).min(Law::LONGEST)
}

/// Bins to draw from in constant time (Walker 1977; Vose 1991), in whole numbers throughout.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bins(Vec<AliasCell>);

/// A bin and, for the rest of its cell, the bin that shares it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct AliasCell {
    low: u64,
    width: u64,
    other: u32,
    /// Share of the cell that is the bin's own, in units of 2⁻⁶⁴; all of it at the largest value.
    own: u64,
}

impl Bins {
    fn new(bins: &[Bin]) -> Result<Self, LawError> {
        let counted: Vec<&Bin> = bins.iter().filter(|bin| bin.count > 0).collect();
        let total: u128 = counted.iter().map(|bin| u128::from(bin.count)).sum();
        if counted.is_empty() || counted.iter().any(|bin| bin.high < bin.low) || total > u128::from(u64::MAX)
        {
            return Err(LawError::Empty);
        }
        let n = counted.len() as u128;
        let mut cells: Vec<AliasCell> = counted
            .iter()
            .map(|bin| AliasCell {
                low: bin.low.get(),
                width: (bin.high - bin.low).get() + 1,
                other: 0,
                own: u64::MAX,
            })
            .collect();
        // Each cell holds `total` parts; a bin has count × n of them to lay out.
        let mut parts: Vec<u128> = counted.iter().map(|bin| u128::from(bin.count) * n).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..cells.len()).partition(|i| parts[*i] < total);
        while let (Some(less), Some(more)) = (small.pop(), large.last().copied()) {
            cells[less].own = ((parts[less] << 64) / total).min(u128::from(u64::MAX)) as u64;
            cells[less].other = more as u32;
            parts[more] -= total - parts[less];
            if parts[more] < total {
                large.pop();
                small.push(more);
            }
        }
        Ok(Self(cells))
    }

    #[inline]
    fn draw(&self, from: &mut impl Bits) -> SimTime {
        let wide = u128::from(from.bits()) * self.0.len() as u128;
        let cell = self.0[(wide >> 64) as usize];
        let cell = if wide as u64 <= cell.own { cell } else { self.0[cell.other as usize] };
        SimTime::new(cell.low + from.below(cell.width))
    }

    fn mean(&self) -> f64 {
        let mut shares = vec![0.0; self.0.len()];
        for (i, cell) in self.0.iter().enumerate() {
            let own = cell.own as f64 / u64::MAX as f64;
            shares[i] += own;
            shares[cell.other as usize] += 1.0 - own;
        }
        let n = self.0.len() as f64;
        let middle = |cell: &AliasCell| cell.low as f64 + 0.5 * (cell.width as f64 - 1.0);
        self.0.iter().zip(shares).fold(0.0, |mean, (cell, share)| mean + share / n * middle(cell))
    }
}
