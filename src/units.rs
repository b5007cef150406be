//! Quantities that carry their unit, and the only place where units become text.
//!
//! Times are [`std::time::Duration`] everywhere; rates, quantiles and time scales have a type of
//! their own, so no bare number crosses from one room to another.

mod text;

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

pub use text::{count, factor, number, percent, time};

/// What a text that should be a quantity was not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnitError(String);

impl UnitError {
    fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Events per second: finite and above zero.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Rate(f64);

impl Rate {
    /// A rate in events per second, or nothing if it is not finite and above zero.
    #[must_use]
    pub fn per_second(value: f64) -> Option<Self> {
        (value.is_finite() && value > 0.0).then_some(Self(value))
    }

    /// Events per second.
    #[must_use]
    pub fn as_per_second(self) -> f64 {
        self.0
    }

    /// The rate as it is driven when times are scaled: nominal rate ÷ time scale.
    #[must_use]
    pub fn scaled(self, scale: TimeScale) -> Self {
        Self(self.0 / scale.factor())
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/s", number(self.0))
    }
}

impl Rate {
    /// The lowest rate that can be written, per second: one event in some thirty years.
    const LOWEST: f64 = 1e-9;
    /// The highest rate that can be written, per second.
    const HIGHEST: f64 = 1e9;
}

impl FromStr for Rate {
    type Err = UnitError;

    /// Reads `5/s`, `0.1/s`, `300/min` or `20/h`.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fault =
            || UnitError::new("write a rate as a number per time, like \"5/s\", \"300/min\" or \"20/h\"");
        let (count, per) = text.split_once('/').ok_or_else(fault)?;
        let count: f64 = count.trim().parse().map_err(|_| fault())?;
        let seconds = match per.trim() {
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3600.0,
            _ => return Err(fault()),
        };
        let rate = Self::per_second(count / seconds)
            .ok_or_else(|| UnitError::new("a rate is above zero; leave the key out for no arrivals"))?;
        if (Self::LOWEST..=Self::HIGHEST).contains(&rate.0) {
            return Ok(rate);
        }
        Err(UnitError::new("write a rate from 0.000000001/s to 1000000000/s"))
    }
}

/// A quantile in [0, 1]; printed as `p99`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Quantile(f64);

impl Quantile {
    /// The median.
    pub const P50: Self = Self(0.5);
    /// Nine in ten are at or below it.
    pub const P90: Self = Self(0.9);
    /// 99 in 100 are at or below it.
    pub const P99: Self = Self(0.99);
    /// 999 in 1,000 are at or below it.
    pub const P999: Self = Self(0.999);

    /// A quantile, or nothing outside [0, 1].
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        (0.0..=1.0).contains(&value).then_some(Self(value))
    }

    /// The quantile as a share in [0, 1].
    #[must_use]
    pub fn get(self) -> f64 {
        self.0
    }
}

impl fmt::Display for Quantile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = format!("{:.4}", self.0 * 100.0);
        write!(f, "p{}", percent.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// Measured time ÷ nominal time, in [1/1,000,000, 1]: 1/50 drives a nominal 177 s in 3.54 s.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct TimeScale(f64);

impl TimeScale {
    /// No scaling: nominal times as written.
    pub const NOMINAL: Self = Self(1.0);

    /// The least time scale: faster, no clock could tell one instant from the next.
    pub const LEAST: f64 = 1e-6;

    /// A time scale, or nothing outside [[`LEAST`](Self::LEAST), 1].
    #[must_use]
    pub fn new(factor: f64) -> Option<Self> {
        (Self::LEAST..=1.0).contains(&factor).then_some(Self(factor))
    }

    /// Measured time ÷ nominal time.
    #[must_use]
    pub fn factor(self) -> f64 {
        self.0
    }

    /// Another scale to compare with: half the pace, or twice the pace where half of it would be
    /// slower than nominal.
    #[must_use]
    pub fn other(self) -> Self {
        Self(if self.0 <= 0.5 { self.0 * 2.0 } else { self.0 / 2.0 })
    }

    /// The time that is driven for a nominal time.
    #[must_use]
    pub fn scaled(self, nominal: Duration) -> Duration {
        nominal.mul_f64(self.0)
    }

    /// What of a nominal time is not driven.
    #[must_use]
    pub fn not_driven(self, nominal: Duration) -> Duration {
        nominal.saturating_sub(self.scaled(nominal))
    }

    /// The nominal time that a measured time stands for.
    #[must_use]
    pub fn nominal(self, measured: Duration) -> Duration {
        measured.div_f64(self.0)
    }
}

impl fmt::Display for TimeScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inverse = 1.0 / self.0;
        if (inverse - inverse.round()).abs() < 1e-9 * inverse {
            write!(f, "1/{}", inverse.round())
        } else {
            write!(f, "{}", number(self.0))
        }
    }
}

impl FromStr for TimeScale {
    type Err = UnitError;

    /// Reads `1/50`, `0.02` or `1`.
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let fault = || {
            UnitError::new("write a time scale as a share of nominal time, like \"1/50\", \"0.02\" or \"1\"")
        };
        let factor = match text.split_once('/') {
            Some((over, under)) => {
                let over: f64 = over.trim().parse().map_err(|_| fault())?;
                let under: f64 = under.trim().parse().map_err(|_| fault())?;
                over / under
            }
            None => text.trim().parse().map_err(|_| fault())?,
        };
        Self::new(factor).ok_or_else(|| {
            UnitError::new(if factor > 0.0 && factor < Self::LEAST {
                "a time scale is at least 1/1000000; a greater one runs slower"
            } else {
                "a time scale is above 0 and at most 1; 1 runs nominal times as written"
            })
        })
    }
}

/// The longest time that can be written: a longer one is a slip of the unit, and would overflow a
/// clock in nanoseconds.
pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// Reads a duration such as `177s`, `100ms`, `1m 30s` or `0s`.
///
/// # Errors
/// When the text is not a number with a unit, or is more than [`LONGEST`].
pub fn parse_duration(text: &str) -> Result<Duration, UnitError> {
    let time = humantime::parse_duration(text).map_err(|fault| match fault {
        humantime::DurationError::NumberOverflow => too_long(),
        _ => UnitError::new("write a time as a number with its unit, like \"177s\", \"100ms\" or \"1m 30s\""),
    })?;
    if time > LONGEST { Err(too_long()) } else { Ok(time) }
}

fn too_long() -> UnitError {
    UnitError::new("write a time of at most 30 days")
}

/// Reads a duration that is not zero.
///
/// # Errors
/// As [`parse_duration`], and when it is zero.
pub fn parse_duration_above_zero(text: &str) -> Result<Duration, UnitError> {
    let time = parse_duration(text)?;
    if time.is_zero() { Err(UnitError::new("write a time above zero")) } else { Ok(time) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_read_and_print() {
        assert_eq!("5/s".parse::<Rate>().unwrap().as_per_second(), 5.0);
        assert_eq!("300/min".parse::<Rate>().unwrap().to_string(), "5/s");
        for wrong in ["5", "5/", "-1/s", "0/s", "x/s", "5/day", "inf/s", "NaN/s", "1e300/s", "1e-300/h"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn quantiles_print_as_percentiles() {
        assert_eq!(Quantile::P999.to_string(), "p99.9");
        assert_eq!(Quantile::P50.to_string(), "p50");
    }

    #[test]
    fn time_scales_read_print_and_scale() {
        let scale: TimeScale = "1/50".parse().unwrap();
        assert_eq!(scale.to_string(), "1/50");
        assert_eq!(scale.scaled(Duration::from_secs(177)), Duration::from_millis(3540));
        assert_eq!(scale.nominal(Duration::from_millis(20)), Duration::from_secs(1));
        assert_eq!(scale.other().to_string(), "1/25");
        assert_eq!(TimeScale::NOMINAL.other().to_string(), "1/2");
        assert_eq!("1".parse::<TimeScale>().unwrap(), TimeScale::NOMINAL);
        for wrong in ["0", "2", "1/0", "-1", "fast", "1/", "NaN", "1e-300", "1/1000001"] {
            assert!(wrong.parse::<TimeScale>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_have_a_unit_and_an_end() {
        assert_eq!(parse_duration("30d").unwrap(), LONGEST);
        for wrong in ["30d 1ns", "18446744073709551615s", "99999999999999999999s", "177", "", "1e9s", "-1s"] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
        assert!(parse_duration_above_zero("0s").is_err());
    }
}
