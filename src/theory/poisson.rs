//! Poisson probabilities that stay exact for means and counts of any size.

use std::f64::consts::TAU;

/// `P(N = k)` for a mean of `m`, through the saddle point (Loader 2000): the large parts of `ln k!`
/// and `k·ln m` cancel before they are computed, so no digits are lost.
pub(super) fn exactly(k: f64, m: f64) -> f64 {
    if m == 0.0 {
        return if k == 0.0 { 1.0 } else { 0.0 };
    }
    if k == 0.0 {
        return (-m).exp();
    }
    (-stirling_rest(k) - deviance(k, m)).exp() / (TAU * k).sqrt()
}

/// Sums `weight(k) · P(N = k)` over `0 ≤ k < end`, leaving out what is below rounding.
pub(super) fn sum(m: f64, end: f64, mut weight: impl FnMut(f64) -> f64) -> f64 {
    let reach = 9.0 * m.sqrt() + 40.0;
    let first = (m - reach).max(0.0).floor();
    let last = (m + reach).ceil().min(end - 1.0);
    let mut total = 0.0;
    let mut k = first;
    let mut chance = exactly(first, m);
    // From one probability to the next; taken afresh now and then so that rounding cannot add up.
    let mut fresh = 0;
    while k <= last {
        total += chance * weight(k);
        k += 1.0;
        fresh += 1;
        chance = if fresh % 64 == 0 { exactly(k, m) } else { chance * m / k };
    }
    total
}

/// `P(N ≥ k)`.
pub(super) fn at_least(k: f64, m: f64) -> f64 {
    if k <= 0.0 {
        return 1.0;
    }
    if k <= m {
        return 1.0 - sum(m, k, |_| 1.0);
    }
    let (mut total, mut n, mut chance) = (0.0, k, exactly(k, m));
    while chance > total * 1e-17 {
        total += chance;
        n += 1.0;
        chance *= m / n;
    }
    total
}

/// `ln k! − (k + ½)·ln k + k − ½·ln 2π`.
fn stirling_rest(k: f64) -> f64 {
    if k < 16.0 {
        let ln_factorial: f64 = (2..=k as u32).map(|n| f64::from(n).ln()).sum();
        return ln_factorial - (k + 0.5) * k.ln() + k - 0.5 * TAU.ln();
    }
    let square = k * k;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - 1.0 / (1680.0 * square)) / square) / square) / k
}

/// `k·ln(k/m) + m − k`, without cancellation where `k ≈ m`.
fn deviance(k: f64, m: f64) -> f64 {
    let x = (k - m) / (k + m);
    if x.abs() > 0.1 {
        return k * (k / m).ln() + m - k;
    }
    // ln(k/m) = 2·(x + x³/3 + x⁵/5 + …) and k − m = (k + m)·x.
    let mut series = 0.0;
    let mut power = x * x * x;
    for odd in (3..40).step_by(2) {
        let term = power / f64::from(odd);
        series += term;
        power *= x * x;
        if term.abs() < series.abs() * 1e-17 {
            break;
        }
    }
    (k - m) * x + 2.0 * k * series
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_match_their_definition_and_add_up() {
        for m in [0.05f64, 1.0, 7.5, 20.0] {
            let mut direct = (-m).exp();
            for k in 0..60 {
                let k = f64::from(k);
                assert!((exactly(k, m) / direct - 1.0).abs() < 1e-12, "k {k}, m {m}");
                direct *= m / (k + 1.0);
            }
        }
        for m in [0.1, 3.0, 400.0, 1e6, 1e9] {
            assert!((sum(m, f64::INFINITY, |_| 1.0) - 1.0).abs() < 1e-11, "m {m}");
            assert!((at_least(m.ceil(), m) + sum(m, m.ceil(), |_| 1.0) - 1.0).abs() < 1e-9, "m {m}");
        }
    }
}
