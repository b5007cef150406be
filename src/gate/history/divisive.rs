//! Change points of a series: where what comes after is of another law than what came before.
//!
//! Hierarchical divisive estimation by energy distances (E-divisive; Matteson and James 2014, Journal of the American
//! Statistical Association 109): the split at which the values before and after are farthest apart is tried by
//! permutation, and where it stands both halves are looked at again. No law is assumed, and a seed makes it repeatable.

use std::ops::Range;

use rand::RngExt;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;

/// A change of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The first value of the new law, counted from zero.
    pub at: usize,
    /// With a chance of 95 % it is none before the first of these and none after the second.
    pub between: (usize, usize),
    /// The middle of the values from the change before to this one.
    pub before: f64,
    /// The middle of the values from this change to the next.
    pub after: f64,
}

/// Fewer values than this have no law of their own.
const LEAST: usize = 3;
/// Permutations that a split is tried against, at most.
const PERMUTATIONS: u32 = 9_999;
/// Resamplings for the interval of a change.
const RESAMPLED: usize = 400;

/// The changes of a series, in order. `chance` is that of a false one in a series that never changed.
#[must_use]
pub fn changes(values: &[f64], chance: f64, seed: u64) -> Vec<Change> {
    let mut draws = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut found = Vec::new();
    divide(values, 0..values.len(), chance, &mut draws, &mut found);
    found.sort_unstable();
    let ends = |at: usize| if at == 0 { 0 } else { found.get(at - 1).copied().unwrap_or(values.len()) };
    let change = |(number, at): (usize, &usize)| {
        let (from, to) = (ends(number), ends(number + 2));
        Change {
            at: *at,
            between: between(values, from..to, *at, &mut draws),
            before: middle(&values[from..*at]),
            after: middle(&values[*at..to]),
        }
    };
    found.iter().enumerate().map(change).collect()
}

fn divide(
    values: &[f64],
    span: Range<usize>,
    chance: f64,
    draws: &mut Xoshiro256PlusPlus,
    found: &mut Vec<usize>,
) {
    let part = &values[span.clone()];
    let Some((at, apart)) = split(part) else { return };
    if apart <= 0.0 || !stands(part, apart, chance, draws) {
        return;
    }
    let at = span.start + at;
    found.push(at);
    divide(values, span.start..at, chance, draws, found);
    divide(values, at..span.end, chance, draws, found);
}

/// Whether a split is farther apart than such a share of those of the same values in any other order.
fn stands(values: &[f64], apart: f64, chance: f64, draws: &mut Xoshiro256PlusPlus) -> bool {
    let allowed = (chance * f64::from(PERMUTATIONS + 1)).floor();
    let mut shuffled = values.to_vec();
    let mut as_far = 1.0;
    for _ in 0..PERMUTATIONS {
        shuffled.shuffle(draws);
        // Sums of the same distances in another order differ in their last digits.
        if split(&shuffled).is_some_and(|(_, it)| it >= apart * (1.0 - 1e-9)) {
            as_far += 1.0;
        }
        if as_far > allowed {
            return false;
        }
    }
    true
}

/// The split with the greatest energy distance, scaled by how many values lie on either side.
fn split(values: &[f64]) -> Option<(usize, f64)> {
    let count = values.len();
    if count < 2 * LEAST {
        return None;
    }
    let to = |at: usize, span: Range<usize>| -> f64 {
        values[span].iter().map(|other| (other - values[at]).abs()).sum()
    };
    let (mut before, mut after) = (0.0, 0.0);
    let mut all = 0.0;
    for at in 0..count {
        all += to(at, 0..at);
    }
    after += all;
    let mut best: Option<(usize, f64)> = None;
    for at in 1..count {
        // The value before the split moves to its other side.
        before += to(at - 1, 0..at - 1);
        after -= to(at - 1, at..count);
        let (n, m) = (at as f64, (count - at) as f64);
        if at < LEAST || count - at < LEAST {
            continue;
        }
        let across = (all - before - after) / (n * m);
        let within = before / (n * (n - 1.0) / 2.0) + after / (m * (m - 1.0) / 2.0);
        let apart = n * m / (n + m) * (2.0 * across - within);
        if best.is_none_or(|(_, most)| apart > most) {
            best = Some((at, apart));
        }
    }
    best
}

/// Where the split lies when the values on either side are drawn again from themselves.
fn between(values: &[f64], span: Range<usize>, at: usize, draws: &mut Xoshiro256PlusPlus) -> (usize, usize) {
    let (before, after) = (&values[span.start..at], &values[at..span.end]);
    let mut resampled = vec![0.0; span.len()];
    let mut splits: Vec<usize> = Vec::with_capacity(RESAMPLED);
    for _ in 0..RESAMPLED {
        for (place, value) in resampled.iter_mut().enumerate() {
            let of = if place < before.len() { before } else { after };
            *value = of[draws.random_range(0..of.len())];
        }
        splits.extend(split(&resampled).map(|(at, _)| span.start + at));
    }
    splits.sort_unstable();
    let quantile = |share: f64| splits.get(((splits.len() as f64 - 1.0) * share).round() as usize).copied();
    (quantile(0.025).unwrap_or(at).min(at), quantile(0.975).unwrap_or(at).max(at))
}

fn middle(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    f64::midpoint(sorted[sorted.len() / 2], sorted[(sorted.len() - 1) / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize, seed: u64) -> Vec<f64> {
        let mut draws = Xoshiro256PlusPlus::seed_from_u64(seed);
        (0..count).map(|_| 1.0 + 0.02 * draws.random::<f64>()).collect()
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let mut values = noise(30, 1);
        values[12..].iter_mut().for_each(|value| *value *= 1.05);
        let found = changes(&values, 0.001, 7);
        let [change] = found.as_slice() else { panic!("{found:?}") };
        assert!(change.at == 12 && change.between.0 <= 12 && change.between.1 >= 12, "{change:?}");
        assert!((change.after / change.before - 1.05).abs() < 0.01, "{change:?}");
    }

    #[test]
    fn two_steps_are_two_changes() {
        let mut values = noise(40, 2);
        values[10..].iter_mut().for_each(|value| *value *= 3.0);
        values[25..].iter_mut().for_each(|value| *value *= 3.0);
        let found: Vec<usize> = changes(&values, 0.001, 7).iter().map(|change| change.at).collect();
        assert_eq!(found, [10, 25]);
    }

    #[test]
    fn what_never_changes_has_no_change() {
        assert_eq!(changes(&[1.0; 30], 0.01, 7), []);
        assert_eq!(changes(&[1.0, 2.0, 1.0, 2.0, 9.0], 0.01, 7), []);
        assert_eq!(changes(&[], 0.01, 7), []);
    }

    /// 300 series without a change, at a chance of 1 in 100 each.
    #[test]
    fn false_changes_are_as_rare_as_is_said() {
        let wrong =
            (0..300).filter(|seed| !changes(&noise(24, 1_000 + seed), 0.01, *seed).is_empty()).count();
        assert!(wrong <= 9, "{wrong}");
    }
}
