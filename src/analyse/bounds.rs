//! Quantiles that take nothing for granted about what was cut off.
//!
//! A request that got no connection has no response time, and would not have had one like those
//! of the others: the product-limit estimator of [`Survival`](super::Survival) would tell the
//! response times of the few that were served as if they were everybody's. So here a quantile is
//! exact only if it is the same whatever became of those cut off: if each had ended at once, or
//! never. Else it is told as "more than".

use std::time::Duration;

use super::Known;
use crate::record::{Durations, Histogram};
use crate::units::Quantile;

/// The least time that at least this share of durations does not exceed, or a lower bound of it;
/// nothing when there are none.
#[must_use]
pub fn bounded_quantile(durations: &Durations, quantile: Quantile) -> Option<Known> {
    let (seen, censored) = (&durations.seen, &durations.censored);
    let count = seen.count() + censored.count();
    if count == 0 {
        return None;
    }
    let rank = ((quantile.get() * count as f64).ceil() as u64).clamp(1, count);
    let mut all = seen.clone();
    all.merge(censored);
    let low = at_rank(&all, rank)?;
    // Had those cut off never ended, they would all be above what was seen.
    let high = at_rank(seen, rank);
    let exact = high.is_some_and(|high| high.abs_diff(low) as f64 <= SAME * low as f64);
    let low = Duration::from_nanos(low);
    Some(if exact { Known::Exactly(low) } else { Known::MoreThan(low) })
}

/// The histogram itself is this coarse, so both ends within it are one value.
const SAME: f64 = 0.01;

fn at_rank(histogram: &Histogram, rank: u64) -> Option<u64> {
    let mut passed = 0;
    let mut values = histogram.values();
    values
        .find(|(_, times)| {
            passed += times;
            passed >= rank
        })
        .map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::End;

    fn durations(seen: &[u64], censored: &[u64]) -> Durations {
        let mut durations = Durations::default();
        seen.iter().for_each(|value| durations.note(*value, End::Seen));
        censored.iter().for_each(|value| durations.note(*value, End::NotSeen));
        durations
    }

    fn p50(seen: &[u64], censored: &[u64]) -> Option<Known> {
        bounded_quantile(&durations(seen, censored), Quantile::P50)
    }

    #[test]
    fn those_who_were_served_do_not_speak_for_those_who_were_not() {
        let exactly = |nanos| Some(Known::Exactly(Duration::from_nanos(nanos)));
        let more = |nanos| Some(Known::MoreThan(Duration::from_nanos(nanos)));
        assert_eq!(p50(&[100], &[30, 30, 30, 30]), more(30));
        assert_eq!(p50(&[10, 20, 100], &[30, 30]), more(30));
        assert_eq!(p50(&[10, 20, 25], &[30, 30]), exactly(25));
        assert_eq!(p50(&[100, 100, 100, 100], &[50]), exactly(100));
        assert_eq!(p50(&[], &[]), None);
    }

    proptest! {
        #[test]
        fn bounds_rise_with_the_quantile_and_never_exceed_what_is_known(
            seen in prop::collection::vec(0_u64..100_000, 0..50),
            censored in prop::collection::vec(0_u64..100_000, 0..50),
            p in 0.0_f64..1.0, q in 0.0_f64..1.0,
        ) {
            let told = durations(&seen, &censored);
            let (p, q) = (Quantile::new(p.min(q)).unwrap(), Quantile::new(p.max(q)).unwrap());
            if let (Some(a), Some(b)) = (bounded_quantile(&told, p), bounded_quantile(&told, q)) {
                prop_assert!(a.at_least() <= b.at_least());
                let greatest = seen.iter().chain(&censored).max().unwrap();
                prop_assert!(b.at_least() <= Duration::from_nanos(*greatest));
                if censored.is_empty() {
                    prop_assert!(matches!(b, Known::Exactly(_)));
                }
            }
        }
    }
}
