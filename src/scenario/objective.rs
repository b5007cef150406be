//! What waits for a connection may be, in one line of text.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::units::{self, Quantile, parse_duration};

/// This quantile of the acquire waits is at most this long: `p99 acquire-wait <= 100ms`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WaitObjective {
    /// The share of requests that is to keep the limit; below p100.
    pub quantile: Quantile,
    /// The longest wait for them, nominal.
    pub wait: Duration,
}

const MEND: &str = "write an objective like \"p99 acquire-wait <= 100ms\"";

impl FromStr for WaitObjective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let (quantile, what, sign) = (words.next(), words.next(), words.next());
        let limit = words.collect::<Vec<_>>().join(" ");
        if what != Some("acquire-wait") || sign != Some("<=") {
            return Err(MEND.to_owned());
        }
        let percent = quantile.and_then(|word| word.strip_prefix('p')?.parse::<f64>().ok());
        let quantile = percent.and_then(|percent| Quantile::new(percent / 100.0)).ok_or(MEND)?;
        if quantile.get() <= 0.0 || quantile.get() >= 1.0 {
            return Err(
                "write a quantile above p0 and below p100: the longest wait of random arrivals has no \
                        bound"
                    .to_owned(),
            );
        }
        let wait = parse_duration(&limit).map_err(|fault| fault.to_string())?;
        Ok(Self { quantile, wait })
    }
}

impl fmt::Display for WaitObjective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} acquire-wait <= {}", self.quantile, units::time(self.wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_read_and_print() {
        let objective: WaitObjective = "p99.9 acquire-wait <= 1m 30s".parse().unwrap();
        assert_eq!(objective.wait, Duration::from_secs(90));
        assert_eq!(objective.to_string(), "p99.9 acquire-wait <= 90 s");
        for wrong in [
            "",
            "p99",
            "p99 acquire-wait 1s",
            "p99 hold <= 1s",
            "p100 acquire-wait <= 1s",
            "p0 acquire-wait <= 1s",
            "p99 acquire-wait <= soon",
            "99 acquire-wait <= 1s",
            "pNaN acquire-wait <= 1s",
        ] {
            assert!(wrong.parse::<WaitObjective>().is_err(), "{wrong}");
        }
    }
}
