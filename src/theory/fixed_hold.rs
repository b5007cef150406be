//! M/D/c: Poisson arrivals, every hold the same, FIFO. Exact.
//!
//! Look at the pool once per hold time: whoever held a connection has left, and whoever waited has
//! one or waits on, so the number waiting moves as `q' = max(q + A − c, 0)` with `A` Poisson
//! arrivals (Crommelin 1932). The waits follow from the law of `q` by a finite sum (Franx 2001,
//! *A simple solution for the M/D/c waiting time distribution*, Operations Research Letters 29).
//!
//! Instead of a large linear system for `q`, its generating function is split into factors
//! (Spitzer 1956). With `φ(z) = e^(a(z−1)) ÷ z^c`, two zeros of `1 − φ` lie close to each other when
//! the pool is nearly full: 1 and `τ`, the root above 1 of `a(τ − 1) = c·ln τ`. What remains without
//! them,
//!
//! ```text
//! R(z) = (1 − φ(z)) ÷ ((1 − 1/z)(1 − z/τ)),
//! ```
//!
//! has a smooth logarithm on a circle that passes between its zeros, whose Laurent coefficients `gₖ`
//! a Fourier transform gives. Then `q` is a geometric number of ratio `1/τ`, corrected by a short
//! sequence: `E z^q = (1 − 1/τ)/(1 − z/τ) · exp(−Σ_{k≥1} gₖ(z^k − 1))`. About `60·√c` points are
//! enough at any load.

use std::f64::consts::TAU;
use std::time::Duration;

use super::fourier::{Complex, transform};
use super::quantity::{Connections, Hold, Share, TheoryError, duration};
use super::waits::{WaitLaw, search};
use super::{little, poisson};
use crate::units::{Quantile, Rate};

/// Waits for a connection when every hold takes the same time.
#[derive(Debug, Clone)]
pub struct FixedHoldWaits {
    offered: f64,
    connections: f64,
    hold: f64,
    /// `ln τ`.
    decay: f64,
    /// `P(q > j)`; beyond the end each is `1/τ` times the one before. Empty when nobody waits.
    longer_queue: Vec<f64>,
    mean_queue: f64,
}

impl FixedHoldWaits {
    /// The largest pool for which the exact law is computed.
    pub const MOST: u32 = 10_000_000;

    /// M/D/c for arrivals at a rate, with the mean of `hold` as the time of every hold.
    /// Probabilities are good to about 10⁻¹², with a million connections to 10⁻⁹.
    ///
    /// # Errors
    /// [`TheoryError::NoSteadyState`] when `λ·h ≥ c`; [`TheoryError::Domain`] above
    /// [`Self::MOST`] connections; [`TheoryError::OutOfRange`] when the load is beyond computing.
    pub fn new(arrivals: Rate, hold: Hold, connections: Connections) -> Result<Self, TheoryError> {
        let offered = little::offered(arrivals, hold)?.get();
        let c = connections.as_f64();
        if offered >= c {
            return Err(TheoryError::NoSteadyState);
        }
        if connections.get() > Self::MOST {
            return Err(TheoryError::Domain("M/D/c is computed for pools of up to 10,000,000 connections"));
        }
        let mut law = Self {
            offered,
            connections: c,
            hold: hold.seconds(),
            decay: 0.0,
            longer_queue: Vec::new(),
            mean_queue: 0.0,
        };
        // Chernoff: P(A ≥ c) ≤ e^(−c(ρ − 1 − ln ρ)), and a longer look back adds less still.
        let rho = offered / c;
        if offered > 0.0 && c * (rho - 1.0 - rho.ln()) < 60.0 {
            law.decay = decay(rho);
            law.solve();
        }
        Ok(law)
    }

    /// Mean wait in seconds: Little's law for those who wait.
    pub(super) fn mean_seconds(&self) -> f64 {
        if self.mean_queue == 0.0 { 0.0 } else { self.mean_queue * self.hold / self.offered }
    }

    fn solve(&mut self) {
        let correction = correction(self.offered, self.connections, self.decay);
        let ratio = (-self.decay).exp();
        let shift: f64 = correction.iter().enumerate().map(|(j, s)| j as f64 * s).sum();
        self.mean_queue = (1.0 / self.decay.exp_m1() + shift).max(0.0);
        let mut rest: f64 = correction.iter().sum();
        let mut weighted = 0.0;
        self.longer_queue = correction
            .iter()
            .map(|s| {
                weighted = weighted * ratio + s;
                rest -= s;
                (weighted * ratio + rest).clamp(0.0, 1.0)
            })
            .collect();
    }

    /// `P(q > j)`.
    fn longer_queue(&self, j: f64) -> f64 {
        let last = self.longer_queue.len() - 1;
        match self.longer_queue.get(j as usize) {
            Some(share) => *share,
            None => self.longer_queue[last] * (-self.decay * (j - last as f64)).exp(),
        }
    }

    /// Franx: with `(k−1)·h ≤ t < k·h` and `m = λ(k·h − t)`,
    /// `P(W ≤ t) = Σ_{j<kc} P(q ≤ kc−1−j) · P(Poisson(m) = j)`.
    fn exceeds(&self, seconds: f64) -> f64 {
        if self.longer_queue.is_empty() {
            return 0.0;
        }
        let k = (seconds / self.hold).floor() + 1.0;
        let m = self.offered * (k - seconds / self.hold).max(0.0);
        let end = k * self.connections;
        poisson::sum(m, end, |j| self.longer_queue(end - 1.0 - j)) + poisson::at_least(end, m)
    }
}

impl WaitLaw for FixedHoldWaits {
    fn mean(&self) -> Duration {
        duration(self.mean_seconds())
    }

    fn longer_than(&self, limit: Duration) -> Share {
        Share::clamped(self.exceeds(limit.as_secs_f64()))
    }

    fn quantile(&self, quantile: Quantile) -> Option<Duration> {
        let beyond = 1.0 - quantile.get();
        if self.longer_queue.is_empty() {
            return Some(Duration::ZERO);
        }
        // No wait is likelier than its exponential bound, P(W > t) ≤ e^(−λ(τ−1)·t).
        let bound = -beyond.ln() * self.hold / (self.offered * self.decay.exp_m1());
        (beyond > 0.0).then(|| duration(search(bound, beyond, |t| self.exceeds(t))))
    }
}

/// `ln τ`: the root above 0 of `(e^x − 1)/x = 1/ρ`.
fn decay(rho: f64) -> f64 {
    let excess = (1.0 - rho) / rho;
    let above = |x: f64| {
        let series = x * (0.5 + x * (1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x / 720.0))));
        let growth = if x < 0.01 { series } else { x.exp_m1() / x - 1.0 };
        growth > excess
    };
    // (e^x − 1)/x ≥ 1 + x/2.
    let (mut low, mut high) = (0.0, 2.0 * excess);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if above(middle) { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

/// The coefficients of `exp(−Σ gₖ(z^k − 1))`.
fn correction(a: f64, c: f64, decay: f64) -> Vec<f64> {
    // Near ρ = 1 the next zeros stand √(4πi/c) from 1, 1 + width is below their size, and a circle
    // halfway to them keeps clear of τ. Further from 1 the circle passes between 1 and τ.
    let width = (TAU / c).sqrt();
    let near = decay.exp_m1() < width / 4.0;
    let radius = if near { 1.0 + width / 2.0 } else { (decay / 2.0).exp() };
    let mut points = ((30.0 * c.sqrt()) as usize).max(32).next_power_of_two();
    loop {
        let coefficients = laurent(a, c, decay, radius, points);
        let size = |k: usize| coefficients[k].re.abs();
        let largest = (1..points / 2).map(size).fold(0.0, f64::max);
        let edge = (points * 3 / 8..points * 5 / 8).map(size).fold(0.0, f64::max);
        if edge <= 1e-14 * largest.max(1e-3) || points >= 1 << 20 {
            return exponential(&coefficients, radius);
        }
        points *= 2;
    }
}

/// `gₖ·radius^k` for `0 < k < points/2`, from `ln R` on the circle.
fn laurent(a: f64, c: f64, decay: f64, radius: f64, points: usize) -> Vec<Complex> {
    let tau = decay.exp();
    let mut turned = 0.0;
    let mut values: Vec<Complex> = (0..points)
        .map(|i| {
            let angle = TAU * i as f64 / points as f64;
            // c·angle in whole turns, taken out before they cost digits.
            let turns = TAU * ((c * i as f64) % points as f64) / points as f64;
            let z = Complex::polar(radius, angle);
            let phi = Complex::new(a * (z.re - 1.0) - c * radius.ln(), a * z.im - turns).exp();
            let two_zeros =
                (Complex::ONE - z.inverse()) * (Complex::ONE - Complex::new(z.re / tau, z.im / tau));
            let rest = (Complex::ONE - phi) * two_zeros.inverse();
            // The logarithm that continues from the point before.
            let step = rest.angle() - turned;
            turned += step - TAU * (step / TAU).round();
            Complex::new(rest.size().ln(), turned)
        })
        .collect();
    transform(&mut values);
    let scale = 1.0 / points as f64;
    values.iter().map(|v| Complex::new(v.re * scale, v.im * scale)).collect()
}

/// From `gₖ·radius^k` to the power series of `exp(−Σ gₖ(z^k − 1))`, cut where it has died out.
fn exponential(coefficients: &[Complex], radius: f64) -> Vec<f64> {
    let points = coefficients.len();
    let mut series = vec![Complex::default(); points];
    for k in 1..points / 2 {
        series[k] = Complex::new(coefficients[k].re * radius.powi(-(k as i32)), 0.0);
    }
    transform(&mut series);
    let at_one = series[0];
    let mut values: Vec<Complex> = series.iter().map(|g| (at_one - *g).exp()).collect();
    // The values stand at conjugate points, so a second forward transform leads back.
    values[1..].reverse();
    transform(&mut values);
    let mut series: Vec<f64> = values[..points / 2].iter().map(|v| v.re / points as f64).collect();
    let kept = series.iter().rposition(|s| s.abs() > 1e-15).unwrap_or(0);
    series.truncate(kept + 1);
    series
}
