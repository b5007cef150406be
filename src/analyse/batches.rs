//! How far a figure of one run may be off whose events depend on each other.
//!
//! Who waits makes the next one wait, so the requests of a run are no independent trials. The series of a
//! lane is cut into equal batches of time instead, and the variance of their sum is that of batches
//! that follow each other as a first-order autoregression does: their own variance times
//! (1 + r) ÷ (1 − r), with their lag-1 correlation r put right for the bias that a short series gives it
//! (Kendall 1954, Biometrika 41:403). So many batches count as fewer independent ones, and Student's t is
//! taken for those. Where too few are left there is no interval.

use super::student::student_of;
use super::{Doubt, Estimate, Interval, Method, Unit};
use crate::record::Slice;
use crate::units::Quantile;

/// The most batches that a span is cut into.
const MOST: usize = 50;
/// Fewer batches tell nothing of how they depend on each other.
pub const FEWEST: usize = 10;
/// As many independent batches have to be left.
const FEWEST_INDEPENDENT: f64 = 8.0;
/// The same of the requests waiting, whose ups and downs are what makes events depend on each other.
const FEWEST_OF_QUEUE: f64 = 10.0;
/// The rarer of two outcomes has to come in so many spells that are apart.
const FEWEST_SPELLS: f64 = 8.0;
/// A span shorter than this many relaxation times of the pool may show one side of its queue alone.
const SHORT: f64 = 10.0;

/// The time beyond a quantile of waits has to be as many relaxation times of the pool: long waits come in few
/// spells, and the runs in which enough of them came are not like the others.
const FEWEST_BEYOND: f64 = 12.0;

/// Batches of a series.
pub(super) struct Batches<'a> {
    slices: &'a [Slice],
    each: usize,
    /// Seconds that a batch takes.
    seconds: f64,
    /// Why the batches are no repetitions of each other.
    unlike: Option<Doubt>,
    /// The span in relaxation times of the pool.
    relaxations: Option<f64>,
}

/// What batches tell of a sum over them.
#[derive(Debug, Clone, Copy)]
struct Spread {
    /// Variance of the sum.
    variance: f64,
    /// Batches that count as one.
    as_one: f64,
    /// Batches that are left, as if independent.
    independent: f64,
}

/// As how many independent requests those of a share count, and Student's t for it.
#[derive(Debug, Clone, Copy)]
struct Sized {
    of: f64,
    t: f64,
}

impl<'a> Batches<'a> {
    /// Batches of slices of `step` seconds, each at least as long as a request: completions come in waves of
    /// that period when all connections were taken at once.
    pub(super) fn of(slices: &'a [Slice], step: f64, request: f64) -> Self {
        let seconds = slices.len() as f64 * step;
        let fit = (seconds / request.max(1e-9)).floor().min(MOST as f64) as usize;
        let each = slices.len().div_ceil(fit.max(1)).max(1);
        Self { slices, each, seconds: each as f64 * step, unlike: None, relaxations: None }
    }

    /// The same of a load that is another at another time of the span.
    pub(super) fn of_changing_load(self) -> Self {
        Self { unlike: Some(Doubt::Unsteady), ..self }
    }

    /// The same with the relaxation times that the span holds, where they are known.
    pub(super) fn relaxing(self, relaxations: Option<f64>) -> Self {
        Self { relaxations, ..self }
    }

    fn each_slice(&self, count: impl Fn(&Slice) -> f64) -> Vec<f64> {
        self.slices.iter().map(count).collect()
    }

    fn sums(&self, values: &[f64]) -> Vec<f64> {
        values.chunks_exact(self.each).map(|batch| batch.iter().sum()).collect()
    }

    /// A rate of events, from what was counted in each slice. One event more or less in a batch changes its
    /// sum by one; batches that agree by chance are not taken to be more exact than that.
    pub(super) fn rate(&self, value: f64, count: impl Fn(&Slice) -> u64) -> Estimate {
        let unit = Unit::PerSecond;
        let interval = self.spread(&self.each_slice(|slice| count(slice) as f64)).map(|spread| {
            let batches = self.slices.len() / self.each;
            let variance = spread.variance.max(1.0 / 12.0);
            let half = spread.t() * variance.sqrt() / (batches as f64 * self.seconds);
            Interval { low: (value - half).max(0.0), high: value + half, method: Method::BatchMeans(batches) }
        });
        Estimate { value, unit, interval }
    }

    /// Requests completed in each batch.
    pub(super) fn completed(&self) -> Vec<f64> {
        self.sums(&self.each_slice(|slice| slice.completed as f64))
    }

    /// Half the interval of the mean of a gauge.
    pub(super) fn half_of_mean(&self, gauge: impl Fn(&Slice) -> u32) -> Result<f64, Doubt> {
        let spread = self.spread(&self.each_slice(|slice| f64::from(gauge(slice))))?;
        let slices = self.slices.len() / self.each * self.each;
        Ok(spread.t() * spread.variance.sqrt() / slices as f64)
    }

    /// A share of requests, `part` of `of`, where `count` tells both of a slice. Nothing when there were none.
    pub(super) fn share(
        &self,
        (part, of): (u64, u64),
        count: impl Fn(&Slice) -> (u64, u64),
    ) -> Option<Estimate> {
        let plain = Estimate::share(part, of)?;
        let counts: Vec<(u64, u64)> = self.slices.iter().map(count).collect();
        let interval = self.sized(plain.value, of, &counts).map(|Sized { of, t }| wilson(plain.value, of, t));
        Some(Estimate { interval, ..plain })
    }

    /// The shares of durations between which a quantile of them lies, from how many were longer than about that
    /// in each slice, and how many there were; and as how many they count.
    pub(super) fn around(
        &self,
        quantile: Quantile,
        of: u64,
        counts: &[(u64, u64)],
    ) -> Result<(Quantile, Quantile, u64), Doubt> {
        let beyond = 1.0 - quantile.get();
        if self.relaxations.is_some_and(|times| times * beyond < FEWEST_BEYOND) {
            return Err(Doubt::SlowQueue);
        }
        let (above, all) = counts.iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
        let Sized { of, t } = self.sized(above as f64 / (all as f64).max(1.0), of, counts)?;
        shares_around(quantile, of, t).ok_or(Doubt::FewSpells)
    }

    /// As how many independent requests those count of which a share has some outcome.
    fn sized(&self, p: f64, of: u64, counts: &[(u64, u64)]) -> Result<Sized, Doubt> {
        let counted = |pick: fn(&(u64, u64)) -> u64| {
            let values: Vec<f64> = counts.iter().map(|count| pick(count) as f64).collect();
            self.sums(&values)
        };
        let (parts, all) = (counted(|(part, _)| *part), counted(|(_, of)| *of));
        let kept: f64 = all.iter().sum();
        if kept <= 0.0 {
            return Err(Doubt::NotKept);
        }
        let among = parts.iter().sum::<f64>() / kept;
        let apart: Vec<f64> = counts.iter().map(|(part, of)| *part as f64 - among * *of as f64).collect();
        let spread = self.spread(&apart)?;
        let queue = self.queue()?;
        let sure = p <= 0.0 || p >= 1.0;
        let sized = if sure {
            // Nothing tells how many go together: those of one spell of the queue may.
            queue.map_or(of as f64, |queue| queue.independent.min(of as f64))
        } else {
            let rarer = |(part, all): (&f64, &f64)| if p < 0.5 { *part > 0.0 } else { part < all };
            let with = parts.iter().zip(&all).filter(|it| rarer(*it)).count() as f64;
            let as_one = queue.map_or(spread.as_one, |queue| queue.as_one.max(spread.as_one));
            if with / as_one.max(1.0) < FEWEST_SPELLS {
                return Err(Doubt::FewSpells);
            }
            let alone = p * (1.0 - p) / of as f64;
            of as f64 * (alone * kept * kept / spread.variance.max(f64::MIN_POSITIVE)).min(1.0)
        };
        Ok(Sized { of: sized, t: if sure { student_of(f64::INFINITY) } else { spread.t() } })
    }

    /// How the requests waiting follow each other; nothing where none was ever seen to wait.
    fn queue(&self) -> Result<Option<Spread>, Doubt> {
        if self.relaxations.is_some_and(|times| times < SHORT) {
            return Err(Doubt::SlowQueue);
        }
        let last = |batch: &[Slice]| batch.last().map_or(0.0, |slice| f64::from(slice.waiting));
        let queue: Vec<f64> = self.slices.chunks_exact(self.each).map(last).collect();
        if queue.iter().all(|waiting| *waiting <= 0.0) {
            return Ok(None);
        }
        let spread = Spread::of(&queue);
        if spread.independent < FEWEST_OF_QUEUE { Err(Doubt::SlowQueue) } else { Ok(Some(spread)) }
    }

    fn spread(&self, values: &[f64]) -> Result<Spread, Doubt> {
        let sums = self.sums(values);
        if sums.len() < FEWEST {
            return Err(Doubt::FewBatches(sums.len()));
        }
        if let Some(doubt) = self.unlike {
            return Err(doubt);
        }
        let spread = Spread::of(&sums);
        if spread.independent < FEWEST_INDEPENDENT { Err(Doubt::SlowQueue) } else { Ok(spread) }
    }
}

impl Spread {
    fn of(sums: &[f64]) -> Self {
        let count = sums.len() as f64;
        let mean = sums.iter().sum::<f64>() / count;
        let squares: f64 = sums.iter().map(|sum| (sum - mean).powi(2)).sum();
        let products: f64 = sums.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
        let lag1 = if squares > 0.0 { products / squares } else { -1.0 / count };
        let lag1 = (lag1 + (1.0 + 4.0 * lag1.max(0.0)) / count).min(0.95);
        let factor = if lag1 < -2.0 / count.sqrt() {
            // What one batch has too much the next has too little, as when all that is due is served.
            (1.0 + 2.0 * lag1).max(1.0 / count)
        } else {
            let lag1 = lag1.max(0.0);
            (1.0 + lag1) / (1.0 - lag1)
        };
        let as_one = factor.max(1.0);
        Self { variance: squares / (count - 1.0) * count * factor, as_one, independent: count / as_one }
    }

    fn t(&self) -> f64 {
        student_of(self.independent - 1.0)
    }
}

/// Half the interval of the mean of samples that follow each other at equal distances, and may depend on each
/// other.
pub(super) fn half_of_samples(samples: &[f64]) -> Result<f64, Doubt> {
    let each = samples.len().div_ceil(MOST).max(1);
    let sums: Vec<f64> = samples.chunks_exact(each).map(|batch| batch.iter().sum()).collect();
    if sums.len() < FEWEST {
        return Err(Doubt::FewBatches(sums.len()));
    }
    let spread = Spread::of(&sums);
    let half = spread.t() * spread.variance.sqrt() / (sums.len() * each) as f64;
    if spread.independent < FEWEST_INDEPENDENT { Err(Doubt::SlowQueue) } else { Ok(half) }
}

/// Half the interval of the quotient of two rates, as a share of it, from what was counted in the same batches
/// of time: what moves both alike, such as the same arrivals, does not move it. Nothing where the batches are
/// not the same, or too few are left.
pub(super) fn half_of_quotient(of: &[f64], by: &[f64]) -> Option<f64> {
    if of.len() != by.len() || of.len() < FEWEST {
        return None;
    }
    let count = of.len() as f64;
    let mean = |sums: &[f64]| sums.iter().sum::<f64>() / count;
    let (mean_of, mean_by) = (mean(of), mean(by));
    let apart: Vec<f64> = of.iter().zip(by).map(|(of, by)| of / mean_of - by / mean_by).collect();
    let spread = Spread::of(&apart);
    let grain = (mean_of.powi(-2) + mean_by.powi(-2)) / 12.0;
    let half = spread.t() * spread.variance.max(grain).sqrt() / count;
    (spread.independent >= FEWEST_INDEPENDENT && half.is_finite()).then_some(half)
}

/// The shares between which that below a quantile lies, of so many independent durations (Woodruff 1952, J. Amer.
/// Statist. Assoc. 47:635); nothing where so few are beyond it that its upper end may not have come.
pub(super) fn shares_around(quantile: Quantile, of: f64, t: f64) -> Option<(Quantile, Quantile, u64)> {
    let it = wilson(1.0 - quantile.get(), of, t);
    let shares = Quantile::new(1.0 - it.high).zip(Quantile::new(1.0 - it.low));
    shares.filter(|_| it.low * of >= 1.0).map(|(low, high)| (low, high, of.floor() as u64))
}

/// Wilson's score interval (Wilson 1927) for a share of so many requests, as if independent: it stays inside
/// [0, 1] and is sound at the edges.
pub(super) fn wilson(p: f64, of: f64, t: f64) -> Interval {
    let t2 = t * t;
    let middle = (p + t2 / (2.0 * of)) / (1.0 + t2 / of);
    let half = t / (1.0 + t2 / of) * (p * (1.0 - p) / of + t2 / (4.0 * of * of)).sqrt();
    Interval {
        low: (middle - half).clamp(0.0, p),
        high: (middle + half).clamp(p, 1.0),
        method: Method::Wilson(of.floor() as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slices of one request due each, of which these complete.
    fn slices(completed: impl Iterator<Item = u64>) -> Vec<Slice> {
        completed.map(|completed| Slice { due: 10, completed, ..Slice::default() }).collect()
    }

    fn share(slices: &[Slice]) -> Estimate {
        let completed = slices.iter().map(|slice| slice.completed).sum();
        let batches = Batches::of(slices, 1.0, 0.1);
        batches.share((completed, 10 * slices.len() as u64), |slice| (slice.completed, slice.due)).unwrap()
    }

    fn width(estimate: Estimate) -> f64 {
        estimate.interval.map(|it| it.high - it.low).unwrap()
    }

    /// A draw from [0, 1) for each number.
    fn draw(number: u64) -> f64 {
        let mixed = number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 40) as f64 / (1_u64 << 24) as f64
    }

    #[test]
    fn events_that_come_together_count_as_fewer() {
        // 9 of 10 complete, or 1, slice by slice or five slices in a row.
        let outcome = |spell: u64| if draw(spell) < 0.5 { 9 } else { 1 };
        let alone = share(&slices((0..300).map(outcome)));
        let together = share(&slices((0..300).map(|slice| outcome(slice / 5))));
        assert!(width(together) > 1.5 * width(alone), "{alone:?} {together:?}");
    }

    #[test]
    fn a_queue_that_only_grows_has_no_interval() {
        let growing = slices((0..150).map(|slice| 10 - slice / 20));
        assert_eq!(share(&growing).interval, Err(Doubt::SlowQueue));
        let few = slices((0..9).map(|_| 5));
        assert_eq!(share(&few).interval, Err(Doubt::FewBatches(9)));
        assert_eq!(
            share(&slices((0..150).map(|slice| if slice == 70 { 1 } else { 10 }))).interval,
            Err(Doubt::FewSpells)
        );
    }

    #[test]
    fn no_event_leaves_an_upper_end() {
        let all = share(&slices((0..150).map(|_| 10)));
        let it = all.interval.unwrap();
        assert!(it.high >= 1.0 && (0.99..1.0).contains(&it.low), "{it:?}");
        assert!(matches!(it.method, Method::Wilson(1500)));
    }
}
