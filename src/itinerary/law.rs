//! How the time of a step varies from request to request.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The distribution of a step's time around its mean, which is [`Step::time`](super::Step::time).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum TimeLaw {
    /// Every request takes the mean.
    #[default]
    Fixed,
    /// Exponential: mostly short, now and then several times the mean.
    Exponential,
    /// Lognormal; `spread` is variance ÷ mean², within [`TimeLaw::SPREAD`].
    LogNormal {
        /// Variance ÷ mean².
        spread: f64,
    },
    /// One of these, each as often as any other. Never empty, and the mean is theirs.
    Listed(Arc<[Duration]>),
}

/// Two independent numbers in [0, 1), from which a time is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeDraw(pub f64, pub f64);

impl From<(f64, f64)> for TimeDraw {
    fn from((one, other): (f64, f64)) -> Self {
        Self(one, other)
    }
}

/// What is no law of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "write fixed, exponential or lognormal:SPREAD, with variance ÷ mean² from 0 to 1000000 as the spread"
)]
pub struct UnknownLaw;

impl TimeLaw {
    /// Spreads of lognormal times, variance ÷ mean². Above, hardly any draw is near the mean.
    pub const SPREAD: std::ops::RangeInclusive<f64> = 0.0..=1e6;

    /// Whether requests differ in it.
    #[must_use]
    pub fn varies(&self) -> Varies {
        match self {
            Self::Fixed => Varies::No,
            _ => Varies::Yes,
        }
    }

    /// Variance ÷ mean². Formulas take 1 for exponential times, and no other law is one: it is told
    /// apart by a hair.
    #[must_use]
    pub fn variability(&self) -> f64 {
        match self {
            Self::Fixed => 0.0,
            Self::Exponential => 1.0,
            Self::LogNormal { spread } => not_exponential(*spread),
            Self::Listed(times) => {
                let seconds = || times.iter().map(Duration::as_secs_f64);
                let count = times.len() as f64;
                let mean = seconds().sum::<f64>() / count;
                let squares = seconds().map(|time| (time / mean - 1.0).powi(2)).sum::<f64>();
                if mean > 0.0 { not_exponential(squares / count) } else { 0.0 }
            }
        }
    }

    /// The time of one request. `mean` is at any clock: times of a list are as much shorter as it is.
    #[must_use]
    pub fn drawn(&self, mean: Duration, TimeDraw(one, other): TimeDraw) -> Duration {
        let scaled =
            |factor: f64| Duration::try_from_secs_f64(mean.as_secs_f64() * factor).unwrap_or(Duration::MAX);
        match self {
            Self::Fixed => mean,
            Self::Exponential => scaled(-libm::log1p(-one)),
            Self::LogNormal { spread } => {
                // Box and Muller (1958): a normal number from two uniform ones.
                let normal = (-2.0 * libm::log1p(-one)).sqrt() * libm::cos(std::f64::consts::TAU * other);
                let variance = libm::log1p(*spread);
                scaled(libm::exp(variance.sqrt() * normal - 0.5 * variance))
            }
            Self::Listed(times) => {
                let at = ((one * times.len() as f64) as usize).min(times.len() - 1);
                let nominal = mean_of(times).as_secs_f64();
                if nominal > 0.0 { scaled(times[at].as_secs_f64() / nominal) } else { Duration::ZERO }
            }
        }
    }
}

fn not_exponential(variability: f64) -> f64 {
    if variability == 1.0 { 1.0 - 1e-9 } else { variability }
}

/// The mean of some times; zero of none.
#[must_use]
pub fn mean_of(times: &[Duration]) -> Duration {
    let count = u32::try_from(times.len().max(1)).unwrap_or(u32::MAX);
    times.iter().sum::<Duration>() / count
}

/// Whether requests differ in something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Varies {
    /// All are alike.
    No,
    /// Each has its own.
    Yes,
}

impl fmt::Display for TimeLaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed => f.write_str("fixed"),
            Self::Exponential => f.write_str("exponential"),
            Self::LogNormal { spread } => write!(f, "lognormal:{spread}"),
            Self::Listed(times) => write!(f, "one of {} times", times.len()),
        }
    }
}

impl FromStr for TimeLaw {
    type Err = UnknownLaw;

    fn from_str(text: &str) -> Result<Self, UnknownLaw> {
        match text.split_once(':') {
            None if text == "fixed" => Ok(Self::Fixed),
            None if text == "exponential" => Ok(Self::Exponential),
            Some(("lognormal", spread)) => {
                let spread = spread.parse().ok().filter(|spread| Self::SPREAD.contains(spread));
                spread.map(|spread| Self::LogNormal { spread }).ok_or(UnknownLaw)
            }
            _ => Err(UnknownLaw),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn listed(millis: &[u64]) -> TimeLaw {
        TimeLaw::Listed(millis.iter().map(|it| Duration::from_millis(*it)).collect())
    }

    /// Draws on an even grid, so that their mean is known without chance.
    fn moments(law: &TimeLaw, mean: Duration) -> (f64, f64) {
        let side = 400;
        let share = |at: u32| (f64::from(at) + 0.5) / f64::from(side);
        let draws = (0..side).flat_map(|i| (0..side).map(move |j| TimeDraw(share(i), share(j))));
        let times: Vec<f64> =
            draws.map(|draw| law.drawn(mean, draw).as_secs_f64() / mean.as_secs_f64()).collect();
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        let variance = times.iter().map(|it| (it / mean - 1.0).powi(2)).sum::<f64>() / times.len() as f64;
        (mean, variance)
    }

    #[test]
    fn each_law_keeps_its_mean_and_its_variability() {
        for law in [TimeLaw::Exponential, TimeLaw::LogNormal { spread: 0.25 }, listed(&[1, 2, 9])] {
            let mean =
                if let TimeLaw::Listed(times) = &law { mean_of(times) } else { Duration::from_secs(3) };
            let (ratio, variability) = moments(&law, mean);
            assert!((ratio - 1.0).abs() < 0.005, "{law}: {ratio}");
            assert!((variability / law.variability() - 1.0).abs() < 0.03, "{law}: {variability}");
        }
        assert_eq!(listed(&[20, 20]).variability(), 0.0);
    }

    #[test]
    fn a_list_is_drawn_at_any_clock() {
        let law = listed(&[100, 300]);
        let drawn = |share| law.drawn(Duration::from_millis(20), TimeDraw(share, 0.0));
        assert_eq!((drawn(0.0), drawn(0.999)), (Duration::from_millis(10), Duration::from_millis(30)));
    }

    proptest! {
        #[test]
        fn no_draw_panics_and_fixed_times_are_fixed(
            one in 0.0..1.0_f64, other in 0.0..1.0_f64, spread in TimeLaw::SPREAD, nanos in any::<u64>()
        ) {
            let (mean, draw) = (Duration::from_nanos(nanos), TimeDraw(one, other));
            prop_assert_eq!(TimeLaw::Fixed.drawn(mean, draw), mean);
            for law in [TimeLaw::Exponential, TimeLaw::LogNormal { spread }] {
                prop_assert!(law.drawn(mean, draw) <= Duration::MAX);
            }
        }

        #[test]
        fn a_law_reads_what_it_writes(spread in TimeLaw::SPREAD) {
            for law in [TimeLaw::Fixed, TimeLaw::Exponential, TimeLaw::LogNormal { spread }] {
                prop_assert_eq!(law.to_string().parse::<TimeLaw>(), Ok(law));
            }
        }
    }
}
