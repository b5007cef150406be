//! Erlang's two formulas (Erlang 1917) for `a` Erlangs offered to `c` connections.
//!
//! `1/B(k) = 1 + (k/a) · 1/B(k−1)`, `1/B(0) = 1`. While `k < a` a step shrinks whatever error it
//! was given by `k/a`, so the recursion starts only some `√a` steps below the answer, and a pool of
//! a thousand million connections takes as many milliseconds as it has digits.

use super::quantity::{Connections, Erlangs, Share, TheoryError};

/// Share of requests that find every connection taken when nobody waits, `B(c, a)`.
///
/// Any load is allowed. Exact for Poisson arrivals and any hold times.
#[must_use]
pub fn blocked(offered: Erlangs, connections: Connections) -> Share {
    Share::clamped(1.0 / inverse_blocked(offered.get(), connections.get()))
}

/// Share of requests that have to wait, `C(c, a) = c·B ÷ (c − a·(1 − B))`.
///
/// Exact for Poisson arrivals, exponential holds and unlimited waiting.
///
/// # Errors
/// [`TheoryError::NoSteadyState`] when `a ≥ c`.
pub fn waits(offered: Erlangs, connections: Connections) -> Result<Share, TheoryError> {
    let (a, c) = (offered.get(), connections.as_f64());
    if a >= c {
        return Err(TheoryError::NoSteadyState);
    }
    let blocked = blocked(offered, connections).get();
    Ok(Share::clamped(c * blocked / ((c - a) + a * blocked)))
}

/// `1/B(c, a)`: infinite where B is too small for a number.
pub(super) fn inverse_blocked(a: f64, c: u32) -> f64 {
    if a <= 0.0 {
        return if c == 0 { 1.0 } else { f64::INFINITY };
    }
    let mut inverse = 1.0;
    for k in first_step(a, c)..=c {
        inverse = 1.0 + f64::from(k) / a * inverse;
        if inverse > 1e300 {
            return f64::INFINITY;
        }
    }
    inverse
}

/// From where the recursion has forgotten its start: `Π k/a ≤ exp(−m·ln(a/n) − m²/2n)` over the `m`
/// steps below `n = min(a, c)`, and no start is further off than `e¹²`.
fn first_step(a: f64, c: u32) -> u32 {
    let nearest = a.min(f64::from(c));
    let forgetting = 54.0;
    let by_width = (2.0 * forgetting * nearest).sqrt();
    let by_slope = forgetting / (a / nearest).ln();
    (nearest - by_width.min(by_slope) - 1.0).max(1.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_start_forgets_where_it_started() {
        for (a, c) in [(50_000.0, 50_100), (80_000.0, 20_000), (30_000.0, 30_000), (9e4, 91_000)] {
            let full = (1..=c).fold(1.0, |inverse, k| 1.0 + f64::from(k) / a * inverse);
            let late = inverse_blocked(a, c);
            assert!(first_step(a, c) > 1);
            assert!((late / full - 1.0).abs() < 1e-12, "a {a}, c {c}: {late} {full}");
        }
    }
}
