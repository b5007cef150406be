//! Quantiles that do not forget what was cut off.
//!
//! A wait that ended in a timeout, or a hold that outlasted the run, is known only as "longer
//! than". The product-limit estimator (Kaplan and Meier 1958, J. Amer. Statist. Assoc. 53:457)
//! lets such durations count for as long as they are known; a quantile that lies beyond what was
//! seen is told as "more than". It takes the cutting off to be independent of what the duration
//! would have been, which holds for a fixed timeout and for the end of a run. Where the curve comes
//! to stand on less than a tenth of the durations that it speaks for, it ends: at an acquire timeout
//! nearly all are cut off, and the one that is served a moment later speaks for none of them.

use std::time::Duration;

use crate::record::{Durations, Histogram};
use crate::units::{self, Quantile};

/// A figure that is known, or known only as a lower bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// The value.
    Exactly(Duration),
    /// The value is larger than this.
    MoreThan(Duration),
}

impl Known {
    /// The value, or its lower bound.
    #[must_use]
    pub fn at_least(self) -> Duration {
        match self {
            Self::Exactly(value) | Self::MoreThan(value) => value,
        }
    }

    /// The value with another time unit, such as nominal time.
    #[must_use]
    pub fn map(self, convert: impl FnOnce(Duration) -> Duration) -> Self {
        match self {
            Self::Exactly(value) => Self::Exactly(convert(value)),
            Self::MoreThan(value) => Self::MoreThan(convert(value)),
        }
    }
}

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(value) => f.write_str(&units::time(*value)),
            Self::MoreThan(value) => write!(f, "> {}", units::time(*value)),
        }
    }
}

/// The share of durations that are longer than each time: a falling curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Survival {
    /// Time in nanoseconds, and the share that is longer.
    steps: Vec<(u64, f64)>,
    /// Up to where the curve is known.
    end: u64,
    /// All durations, as if each had ended where it was cut off.
    least: Histogram,
    censored: u64,
}

/// The curve ends where it stands on a smaller share than this of those it speaks for.
const STANDS_ON: f64 = 0.1;

impl Survival {
    /// The curve of durations, of which some are lower bounds.
    #[must_use]
    pub fn of(durations: &Durations) -> Self {
        let (seen, censored) = (&durations.seen, &durations.censored);
        let count = seen.count() + censored.count();
        let mut at_risk = count;
        let mut share = 1.0;
        let mut steps = Vec::new();
        let mut end = seen.greatest().max(censored.greatest());
        let mut cut = censored.values().peekable();
        for (value, ended) in seen.values() {
            // Cut off at the same time as an end counts as after it.
            while let Some((_, times)) = cut.next_if(|(at, _)| *at < value) {
                at_risk -= times;
            }
            if (at_risk as f64) < STANDS_ON * share * count as f64 {
                end = value;
                break;
            }
            share *= 1.0 - ended as f64 / at_risk as f64;
            at_risk -= ended;
            steps.push((value, share));
        }
        let mut least = seen.clone();
        least.merge(censored);
        Self { steps, end, least, censored: censored.count() }
    }

    /// How many durations there are, cut off or not.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.least.count()
    }

    /// Up to where the curve is known.
    #[must_use]
    pub fn end(&self) -> Duration {
        Duration::from_nanos(self.end)
    }

    /// How many of them are lower bounds.
    #[must_use]
    pub fn censored(&self) -> u64 {
        self.censored
    }

    /// The least time that at least this share of durations does not exceed; nothing when there
    /// are none.
    #[must_use]
    pub fn quantile(&self, quantile: Quantile) -> Option<Known> {
        if self.count() == 0 {
            return None;
        }
        // Rounding in the product must not push a quantile to the next step.
        let beyond = 1.0 - quantile.get() + 1e-12;
        let found = self.steps.iter().find(|(_, share)| *share <= beyond);
        Some(match found {
            Some((value, _)) => Known::Exactly(Duration::from_nanos(*value)),
            None => {
                // Whatever became of those cut off, none of them was shorter.
                let last = self.steps.last().map_or(0, |(value, _)| *value);
                Known::MoreThan(Duration::from_nanos(self.plain(quantile).max(last)))
            }
        })
    }

    /// The quantile as if each duration had ended where it was cut off.
    fn plain(&self, quantile: Quantile) -> u64 {
        let rank = ((quantile.get() * self.count() as f64).ceil() as u64).max(1);
        let mut passed = 0;
        let reached = self.least.values().find(|(_, times)| {
            passed += times;
            passed >= rank
        });
        reached.map_or(self.least.greatest(), |(value, _)| value)
    }

    /// The curve: time, and the share of durations that are longer.
    pub fn steps(&self) -> impl Iterator<Item = (Duration, f64)> + '_ {
        self.steps.iter().map(|(nanos, share)| (Duration::from_nanos(*nanos), *share))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::End;

    fn durations(seen: &[u64], censored: &[u64]) -> Durations {
        let mut durations = Durations::default();
        seen.iter().for_each(|v| durations.note(*v, End::Seen));
        censored.iter().for_each(|v| durations.note(*v, End::NotSeen));
        durations
    }

    #[test]
    fn a_worked_example() {
        // Kaplan and Meier's own kind of table: ends at 1, 3, 4; cut off at 2 and 5.
        let curve = Survival::of(&durations(&[1, 3, 4], &[2, 5]));
        let told: Vec<(u64, f64)> = curve.steps.clone();
        assert_eq!(told.len(), 3);
        for ((_, is), should) in told.iter().zip([4.0 / 5.0, 4.0 / 5.0 * 2.0 / 3.0, 4.0 / 5.0 / 3.0]) {
            assert!((is - should).abs() < 1e-12);
        }
        assert_eq!(curve.quantile(Quantile::P50), Some(Known::Exactly(Duration::from_nanos(4))));
        assert_eq!(curve.quantile(Quantile::P99), Some(Known::MoreThan(Duration::from_nanos(5))));
    }

    #[test]
    fn all_cut_off_is_known_only_as_more() {
        let curve = Survival::of(&durations(&[], &[30, 30]));
        assert_eq!(curve.quantile(Quantile::P50), Some(Known::MoreThan(Duration::from_nanos(30))));
        assert_eq!(Survival::of(&durations(&[], &[])).quantile(Quantile::P50), None);
    }

    #[test]
    fn one_late_success_does_not_speak_for_all_that_gave_up() {
        let given_up = [60; 97];
        let curve = Survival::of(&durations(&[10, 10, 61], &given_up));
        assert_eq!(curve.quantile(Quantile::P50), Some(Known::MoreThan(Duration::from_nanos(60))));
        assert_eq!(
            curve.quantile(Quantile::new(0.01).unwrap()),
            Some(Known::Exactly(Duration::from_nanos(10)))
        );
        assert_eq!(curve.end(), Duration::from_nanos(61));
    }

    proptest! {
        #[test]
        fn quantiles_are_monotone_and_cutting_off_never_shortens(
            seen in prop::collection::vec(0_u64..128, 1..50),
            censored in prop::collection::vec(0_u64..128, 0..50),
            p in 0.0_f64..1.0, q in 0.0_f64..1.0,
        ) {
            let curve = Survival::of(&durations(&seen, &censored));
            let (p, q) = (Quantile::new(p.min(q)).unwrap(), Quantile::new(p.max(q)).unwrap());
            // Times below 128 ns have a part of their own in the histogram, so nothing is rounded.
            prop_assert!(curve.quantile(p).unwrap().at_least() <= curve.quantile(q).unwrap().at_least());
            let all: Vec<u64> = seen.iter().chain(&censored).copied().collect();
            let naive = Survival::of(&durations(&all, &[]));
            prop_assert!(naive.quantile(q).unwrap().at_least() <= curve.quantile(q).unwrap().at_least());
        }

        #[test]
        fn without_cutting_off_it_is_the_plain_quantile(mut seen in prop::collection::vec(0_u64..128, 1..50)) {
            let curve = Survival::of(&durations(&seen, &[]));
            seen.sort_unstable();
            let median = seen[seen.len().div_ceil(2) - 1];
            prop_assert_eq!(curve.quantile(Quantile::P50).unwrap(), Known::Exactly(Duration::from_nanos(median)));
        }
    }
}
