//! M/M/c+D: whoever has waited for the acquire timeout gives up. Exact for Poisson arrivals and
//! exponential holds, at any load (Barrer 1957; Baccelli & Hébuterne 1981; Zeltyn & Mandelbaum 2005).
//!
//! With `d = c/h − λ`, `ε = 1/B(c − 1, a)` and `J = ∫₀ᵀ e^(−dx) dx + e^(−dT)·h/c`, of all requests
//!
//! ```text
//! P(wait > t)   = λ·(J − ∫₀ᵗ e^(−dx) dx) ÷ (ε + λJ)        for t < T
//! P(timed out)  = ρ·e^(−dT) ÷ (ε + λJ)
//! mean wait     = λ·(∫₀ᵀ x·e^(−dx) dx + T·e^(−dT)·h/c) ÷ (ε + λJ)
//! ```
//!
//! where the wait of one that gave up is `T`. Above capacity (`d < 0`) all three are multiplied
//! through by `e^(dT)`, so that nothing overflows.

use std::time::Duration;

use super::quantity::{Connections, Hold, Share, TheoryError, duration};
use super::waits::{WaitLaw, search};
use super::{erlang, little};
use crate::units::{Quantile, Rate};

/// Waits for a connection when waiting ends with an acquire timeout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimeoutWaits {
    arrivals: f64,
    /// `c/h − λ`; below 0 above capacity.
    spare: f64,
    /// Time between two releases of a pool in full use, `h/c`.
    between: f64,
    timeout: f64,
    /// `ε + λJ` of the model, scaled to stay within range.
    norm: f64,
}

impl TimeoutWaits {
    /// M/M/c+D for arrivals at a rate, with the mean of `hold` as the mean of exponential holds.
    ///
    /// # Errors
    /// [`TheoryError::OutOfRange`] when the load is beyond computing.
    pub fn new(
        arrivals: Rate,
        hold: Hold,
        connections: Connections,
        timeout: Duration,
    ) -> Result<Self, TheoryError> {
        let offered = little::offered(arrivals, hold)?.get();
        let between = hold.seconds() / connections.as_f64();
        let spare = (connections.as_f64() - offered) / hold.seconds();
        let mut law = Self {
            arrivals: arrivals.as_per_second(),
            spare,
            between,
            timeout: timeout.as_secs_f64(),
            norm: 1.0,
        };
        let alone = erlang::inverse_blocked(offered, connections.get() - 1);
        // Where every request finds a connection, 1/B is infinite and all shares are 0.
        law.norm = alone * law.scale(0.0) + law.arrivals * law.beyond(0.0);
        Ok(law)
    }

    /// Share of requests that give up.
    #[must_use]
    pub fn timed_out(&self) -> Share {
        self.share(self.between * self.scale(self.timeout))
    }

    /// Mean wait of the requests that get a connection.
    #[must_use]
    pub fn mean_of_served(&self) -> Duration {
        let lost = self.timed_out().get();
        if lost == 1.0 {
            return duration(self.timeout);
        }
        duration(((self.mean_seconds() - self.timeout * lost) / (1.0 - lost)).clamp(0.0, self.timeout))
    }

    /// Share of requests that get a connection, above 0 however few: `(ε + λJ − ρ·e^(−dT)) ÷ (ε + λJ)`.
    pub(super) fn served(&self) -> f64 {
        let lost = self.timed_out().get();
        // What is left of a share next to 1 has no digits; the pool in full use has.
        if lost < 0.999_999 { 1.0 - lost } else { 1.0 / (self.arrivals * self.between) }
    }

    /// `e^(−d·t)`, multiplied by `e^(d·T)` above capacity.
    fn scale(&self, t: f64) -> f64 {
        if self.spare >= 0.0 { (-self.spare * t).exp() } else { (self.spare * (self.timeout - t)).exp() }
    }

    /// `J − ∫₀ᵗ e^(−dx) dx`, scaled.
    fn beyond(&self, t: f64) -> f64 {
        let left = self.timeout - t;
        let slope = self.spare.abs();
        let integral = if slope * left == 0.0 { left } else { -(-slope * left).exp_m1() / slope };
        // ∫ₜᵀ e^(−dx) dx = e^(−dt)·(1 − e^(−d(T−t)))/d, seen from the end at which it is largest.
        let from = if self.spare >= 0.0 { self.scale(t) } else { 1.0 };
        from * integral + self.between * self.scale(self.timeout)
    }

    fn share(&self, scaled: f64) -> Share {
        if self.norm.is_infinite() { Share::NONE } else { Share::clamped(self.arrivals * scaled / self.norm) }
    }

    /// `∫₀ᵀ P(wait > t) dt`.
    fn mean_seconds(&self) -> f64 {
        let (d, t) = (self.spare.abs(), self.timeout);
        let x = d * t;
        // ∫₀ᵀ x·e^(−dx) dx, below capacity from 0, above it from T.
        let moment = if x < 1e-3 {
            let first = t * t * (0.5 - x / 3.0 + x * x / 8.0);
            if self.spare >= 0.0 { first } else { t * t * (0.5 - x / 6.0 + x * x / 24.0) }
        } else if self.spare >= 0.0 {
            (1.0 - (1.0 + x) * (-x).exp()) / (d * d)
        } else {
            (x - 1.0 + (-x).exp()) / (d * d)
        };
        let scaled = moment + t * self.between * self.scale(t);
        if self.norm.is_infinite() { 0.0 } else { (self.arrivals * scaled / self.norm).clamp(0.0, t) }
    }
}

impl WaitLaw for TimeoutWaits {
    fn mean(&self) -> Duration {
        duration(self.mean_seconds())
    }

    fn longer_than(&self, limit: Duration) -> Share {
        let t = limit.as_secs_f64();
        if t >= self.timeout { Share::NONE } else { self.share(self.beyond(t)) }
    }

    fn quantile(&self, quantile: Quantile) -> Option<Duration> {
        let beyond = 1.0 - quantile.get();
        let exceed = |t: f64| self.share(self.beyond(t.min(self.timeout))).get();
        if self.timed_out().get() > beyond || quantile.get() == 1.0 && exceed(0.0) > 0.0 {
            return Some(duration(self.timeout));
        }
        Some(duration(search(self.timeout, beyond, exceed)))
    }
}
