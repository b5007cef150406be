//! How long requests wait for a connection: what every formula can be asked, and the waits of
//! M/M/c.

use std::fmt::Debug;
use std::time::Duration;

use super::quantity::{Connections, Hold, Share, TheoryError, duration};
use super::{erlang, little};
use crate::units::{Quantile, Rate};

/// The waits of all requests in the steady state. A request that gives up has waited its timeout.
pub trait WaitLaw: Debug + Send + Sync {
    /// Mean wait over all requests, those that do not wait among them.
    fn mean(&self) -> Duration;

    /// Share of requests that wait longer than `limit`; at 0 s, the share that waits at all.
    fn longer_than(&self, limit: Duration) -> Share;

    /// The wait that this share of requests does not exceed, or nothing where waits have no bound.
    fn quantile(&self, quantile: Quantile) -> Option<Duration>;
}

/// Nobody waits, or some wait for an exponential time: `P(W > t) = p · e^(−t/m)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExponentialWaits {
    waiting: Share,
    seconds: f64,
}

impl ExponentialWaits {
    /// No request waits.
    pub const NONE: Self = Self { waiting: Share::NONE, seconds: 0.0 };

    pub(super) fn new(waiting: Share, mean_of_waiting: f64) -> Result<Self, TheoryError> {
        if mean_of_waiting.is_finite() {
            Ok(Self { waiting, seconds: mean_of_waiting })
        } else {
            Err(TheoryError::OutOfRange)
        }
    }

    /// M/M/c: Poisson arrivals, exponential holds, FIFO, nobody gives up. Exact (Erlang 1917).
    ///
    /// `P(W > t) = C · e^(−(c/h − λ)·t)`.
    ///
    /// # Errors
    /// [`TheoryError::NoSteadyState`] when `λ·h ≥ c`; [`TheoryError::OutOfRange`] when the load is
    /// beyond computing.
    pub fn erlang(arrivals: Rate, hold: Hold, connections: Connections) -> Result<Self, TheoryError> {
        let offered = little::offered(arrivals, hold)?;
        let waiting = erlang::waits(offered, connections)?;
        Self::new(waiting, hold.seconds() / (connections.as_f64() - offered.get()))
    }

    /// Mean wait in seconds over all requests.
    pub(super) fn mean_seconds(self) -> f64 {
        self.waiting.get() * self.seconds
    }

    /// Mean wait in seconds of those that wait.
    pub(super) fn waiting_seconds(self) -> f64 {
        self.seconds
    }

    /// Share of requests that wait.
    pub(super) fn waiting(self) -> Share {
        self.waiting
    }
}

impl WaitLaw for ExponentialWaits {
    fn mean(&self) -> Duration {
        duration(self.mean_seconds())
    }

    fn longer_than(&self, limit: Duration) -> Share {
        if self.seconds == 0.0 {
            return Share::NONE;
        }
        Share::clamped(self.waiting.get() * (-limit.as_secs_f64() / self.seconds).exp())
    }

    /// `m · ln(p ÷ (1 − q))`, and 0 s where `q ≤ 1 − p`.
    fn quantile(&self, quantile: Quantile) -> Option<Duration> {
        let beyond = 1.0 - quantile.get();
        if self.waiting.get() <= beyond || self.seconds == 0.0 {
            return Some(Duration::ZERO);
        }
        (beyond > 0.0).then(|| duration(self.seconds * (self.waiting.get() / beyond).ln()))
    }
}

/// The smallest time, in seconds up to `bound`, that at most `beyond` of the requests exceed.
pub(super) fn search(bound: f64, beyond: f64, exceed: impl Fn(f64) -> f64) -> f64 {
    if exceed(0.0) <= beyond {
        return 0.0;
    }
    let (mut low, mut high) = (0.0, bound);
    // 60 halvings reach the rounding of a number.
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if exceed(middle) <= beyond { high = middle } else { low = middle }
    }
    high
}
