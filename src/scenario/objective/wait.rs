//! What waits for a connection may be: the objective that a pool is sized by.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Clock, Limit};
use crate::metric::Metric;
use crate::units::{self, Quantile, parse_duration};

/// This quantile of the acquire waits is at most this long: `acquire-wait.p99 <= 100ms`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaitObjective {
    /// The share of requests that is to keep the limit; below p100.
    pub quantile: Quantile,
    /// The longest wait for them, nominal.
    pub wait: Duration,
}

const MEND: &str = "write an objective like \"acquire-wait.p99 <= 100ms\"";

impl WaitObjective {
    pub(super) fn of(limit: &Limit) -> Option<Self> {
        let quantile = match limit.of.metric {
            Metric::AcquireWaitP50 => Quantile::P50,
            Metric::AcquireWaitP90 => Quantile::new(0.9)?,
            Metric::AcquireWaitP99 => Quantile::P99,
            _ => return None,
        };
        let sized = limit.over.is_none() && limit.sign.is_upper() && limit.clock == Clock::Nominal;
        let wait = Duration::try_from_secs_f64(limit.limit).ok()?;
        sized.then_some(Self { quantile, wait })
    }
}

impl FromStr for WaitObjective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, limit) = text.split_once("<=").ok_or(MEND)?;
        let percent =
            what.trim().strip_prefix("acquire-wait.p").and_then(|percent| percent.parse::<f64>().ok());
        let quantile = percent.and_then(|percent| Quantile::new(percent / 100.0)).ok_or(MEND)?;
        if quantile.get() <= 0.0 || quantile.get() >= 1.0 {
            return Err(
                "write a quantile above p0 and below p100: the longest wait of random arrivals has no \
                        bound"
                    .to_owned(),
            );
        }
        let wait = parse_duration(limit.trim()).map_err(|fault| fault.to_string())?;
        Ok(Self { quantile, wait })
    }
}

impl fmt::Display for WaitObjective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "acquire-wait.{} <= {}", self.quantile, units::time(self.wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Objective;

    #[test]
    fn objectives_read_and_print() {
        let objective: WaitObjective = "acquire-wait.p99.9 <= 1m 30s".parse().unwrap();
        assert_eq!(objective.wait, Duration::from_secs(90));
        assert_eq!(objective.to_string(), "acquire-wait.p99.9 <= 90 s");
        for wrong in [
            "",
            "p99",
            "acquire-wait.p99 1s",
            "hold.p99 <= 1s",
            "acquire-wait.p100 <= 1s",
            "acquire-wait.p0 <= 1s",
            "acquire-wait.p99 <= soon",
            "acquire-wait.99 <= 1s",
            "acquire-wait.pNaN <= 1s",
        ] {
            assert!(wrong.parse::<WaitObjective>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pool_is_sized_by_nominal_waits_alone() {
        let on_waits = |text: &str| text.parse::<Objective>().unwrap().on_waits();
        let p99 = on_waits("repository-scoped.acquire-wait.p99 < 100ms").unwrap();
        assert_eq!((p99.quantile, p99.wait), (Quantile::P99, Duration::from_millis(100)));
        for none in [
            "measured acquire-wait.p99 < 1s",
            "acquire-wait.p99 > 1s",
            "hold.p99 < 1s",
            "acquire-wait.max < 1s",
            "before.acquire-wait.p99 / after.acquire-wait.p99 < 2",
            "claims hold",
        ] {
            assert_eq!(on_waits(none), None, "{none}");
        }
    }
}
