//! Medians with their range: how a figure of several rounds is told.

use super::CalibrationError;
use crate::record::Histogram;

/// The same quantity, measured in several rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread<T> {
    /// The median; the lower one of the two middle rounds where their number is even.
    pub median: T,
    /// The least.
    pub least: T,
    /// The greatest.
    pub greatest: T,
    /// How many rounds.
    pub n: u32,
}

impl<T: Copy + PartialOrd> Spread<T> {
    /// The spread of these rounds of `what`.
    ///
    /// # Errors
    /// When there is no round.
    pub(super) fn of(
        what: &'static str,
        rounds: impl IntoIterator<Item = T>,
    ) -> Result<Self, CalibrationError> {
        let mut rounds: Vec<T> = rounds.into_iter().collect();
        rounds.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        let (Some(&least), Some(&greatest)) = (rounds.first(), rounds.last()) else {
            return Err(CalibrationError::NoRound(what));
        };
        Ok(Self { median: rounds[(rounds.len() - 1) / 2], least, greatest, n: rounds.len() as u32 })
    }
}

impl<T> Spread<T> {
    /// The same spread in another quantity, which must grow with this one.
    pub fn map<U>(self, change: impl Fn(T) -> U) -> Spread<U> {
        let Self { median, least, greatest, n } = self;
        Spread { median: change(median), least: change(least), greatest: change(greatest), n }
    }
}

/// Memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Bytes(pub u64);

/// One rate ÷ another one, both of the same round.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub(crate) struct Ratio(f64);

impl Ratio {
    /// A ratio; nothing when the lower part is zero.
    #[must_use]
    pub(crate) fn of(over: f64, under: f64) -> Option<Self> {
        let ratio = over / under;
        (ratio.is_finite() && ratio >= 0.0).then_some(Self(ratio))
    }

    /// The ratio as a number.
    #[must_use]
    pub(crate) fn get(self) -> f64 {
        self.0
    }
}

/// The time, in nanoseconds, that the share `at` of the times noted does not exceed; 0 without any.
pub(super) fn quantile(times: &Histogram, at: f64) -> u64 {
    let rank = (at * times.count() as f64).ceil().max(1.0) as u64;
    let mut seen = 0;
    for (value, count) in times.values() {
        seen += count;
        if seen >= rank {
            return value;
        }
    }
    times.greatest()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_median_least_and_greatest() {
        let of = |rounds: &[u32]| Spread::of("it", rounds.iter().copied());
        assert_eq!(of(&[3, 1, 2]).unwrap(), Spread { median: 2, least: 1, greatest: 3, n: 3 });
        assert_eq!(of(&[4, 1, 2, 3]).unwrap().median, 2);
        assert_eq!(of(&[1, 2, 3]).unwrap().map(|n| n * 10).greatest, 30);
        assert!(of(&[]).is_err());
    }

    #[test]
    fn a_quantile_is_the_value_at_its_rank() {
        let mut times = Histogram::new();
        assert_eq!(quantile(&times, 0.5), 0);
        (1..=100).for_each(|nanos| times.note(nanos));
        assert_eq!((quantile(&times, 0.5), quantile(&times, 0.99), quantile(&times, 1.0)), (50, 99, 100));
        assert_eq!(quantile(&times, 0.0), 1);
    }

    #[test]
    fn a_ratio_is_finite() {
        assert_eq!(Ratio::of(1.0, 2.0).map(Ratio::get), Some(0.5));
        assert_eq!(Ratio::of(1.0, 0.0), None);
        assert_eq!(Ratio::of(0.0, 0.0), None);
    }
}
