//! M/M/c//N, the machine-repair model: `N` callers, each away for a time `Z` (working without a
//! connection, thinking), then wanting a connection for a time `S`. Exact for exponential holds and
//! any time away (Gross & Harris; Lazowska et al. 1984).
//!
//! With `k` callers at the pool, `pₖ/pₖ₋₁ = (N − k + 1)·(S/Z) ÷ min(k, c)`. Throughput is
//! `X = Σ min(k, c)·pₖ ÷ S`, the mean wait `Σ (k − c)⁺·pₖ ÷ X`, and who arrives finds the pool as the
//! other `N − 1` alone would keep it (Sevcik & Mitrani 1981).

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use super::poisson;
use super::quantity::{Connections, Erlangs, Hold, Share, TheoryError, Utilisation, duration, rate};
use super::waits::{WaitLaw, search};
use crate::units::{self, Quantile, Rate};

/// Callers of a closed loop: at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Callers(NonZeroU32);

impl Callers {
    /// A number of callers, or nothing for none.
    #[must_use]
    pub fn new(count: u32) -> Option<Self> {
        NonZeroU32::new(count).map(Self)
    }

    /// The number of callers.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&units::count(self.get().into()))
    }
}

/// A closed loop in its steady state, and its waits.
#[derive(Debug, Clone)]
pub struct ClosedLoopWaits {
    throughput: f64,
    queue: f64,
    connections: f64,
    hold: f64,
    callers: f64,
    seen: Population,
}

impl ClosedLoopWaits {
    /// Callers that are `away` between two holds, with the mean of `hold` as the mean of exponential
    /// holds. No time away is allowed.
    ///
    /// # Errors
    /// [`TheoryError::OutOfRange`] when the throughput is beyond computing.
    pub fn new(
        callers: Callers,
        away: Duration,
        hold: Hold,
        connections: Connections,
    ) -> Result<Self, TheoryError> {
        let c = connections.as_f64();
        let traffic = hold.seconds() / away.as_secs_f64();
        let all = Population::new(callers.get(), traffic, c);
        let throughput = all.mean(|k| k.min(c)) / hold.seconds();
        rate(throughput)?;
        Ok(Self {
            throughput,
            queue: all.mean(|k| (k - c).max(0.0)),
            connections: c,
            hold: hold.seconds(),
            callers: f64::from(callers.get()),
            seen: Population::new(callers.get() - 1, traffic, c),
        })
    }

    /// Holds per second.
    ///
    /// # Errors
    /// [`TheoryError::OutOfRange`] never for a loop that was made; it spares a panic.
    pub fn throughput(&self) -> Result<Rate, TheoryError> {
        rate(self.throughput)
    }

    /// Share of the connections in use.
    #[must_use]
    pub fn utilisation(&self) -> Utilisation {
        Utilisation((self.throughput * self.hold / self.connections).min(1.0))
    }

    /// Callers at which the pool would be full if nobody ever waited, `c·(Z + S)/S`: with fewer the
    /// callers set the throughput, with more the pool does.
    ///
    /// # Errors
    /// [`TheoryError::OutOfRange`] never for times that a clock can hold.
    pub fn knee(away: Duration, hold: Hold, connections: Connections) -> Result<Erlangs, TheoryError> {
        let callers = connections.as_f64() * (1.0 + away.as_secs_f64() / hold.seconds());
        Erlangs::new(callers).ok_or(TheoryError::OutOfRange)
    }

    /// `Σ_{k ≥ c} pₖ · P(Poisson(c·t/S) ≤ k − c)`: of those ahead, too few have released by then.
    fn exceeds(&self, seconds: f64) -> f64 {
        let m = self.connections * seconds / self.hold;
        let first = self.seen.first.max(self.connections);
        let mut fewer = 1.0 - poisson::at_least(first - self.connections + 1.0, m);
        let mut total = 0.0;
        let skipped = (first - self.seen.first) as usize;
        for (step, share) in self.seen.shares.iter().skip(skipped).enumerate() {
            total += share * fewer;
            fewer = (fewer + poisson::exactly(first - self.connections + step as f64 + 1.0, m)).min(1.0);
        }
        total
    }
}

impl WaitLaw for ClosedLoopWaits {
    fn mean(&self) -> Duration {
        duration(self.queue / self.throughput)
    }

    fn longer_than(&self, limit: Duration) -> Share {
        Share::clamped(self.exceeds(limit.as_secs_f64()))
    }

    fn quantile(&self, quantile: Quantile) -> Option<Duration> {
        let beyond = 1.0 - quantile.get();
        let last = self.seen.first + self.seen.shares.len() as f64;
        if last <= self.connections {
            return Some(Duration::ZERO);
        }
        if beyond == 0.0 {
            return None;
        }
        // Everyone ahead, and more time than that many releases take but once in e²⁰ tries.
        let ahead = (self.callers - self.connections).max(1.0);
        let reach = -beyond.ln() + 20.0;
        let bound = (ahead + (2.0 * ahead * reach).sqrt() + 2.0 * reach) * self.hold / self.connections;
        Some(duration(search(bound, beyond, |t| self.exceeds(t))))
    }
}

/// How many callers are at the pool: shares from `first` on; what lies outside is below rounding.
#[derive(Debug, Clone)]
struct Population {
    first: f64,
    shares: Vec<f64>,
}

impl Population {
    fn new(callers: u32, traffic: f64, c: f64) -> Self {
        let n = f64::from(callers);
        if callers == 0 || traffic.is_infinite() {
            return Self { first: n, shares: vec![1.0] };
        }
        let step = |k: f64| (n - k + 1.0) * traffic / k.min(c);
        // Shares rise while step ≥ 1.
        let free = (n + 1.0) * traffic / (1.0 + traffic);
        let peak = if free <= c { free } else { (n + 1.0 - c / traffic).max(c) };
        let peak = peak.floor().clamp(0.0, n);
        let least = 1e-18;
        let (mut below, mut share, mut k) = (Vec::new(), 1.0, peak);
        while k > 0.0 && share > least {
            share /= step(k);
            k -= 1.0;
            below.push(share);
        }
        let first = k;
        let (mut share, mut k) = (1.0, peak);
        let mut shares: Vec<f64> = below.into_iter().rev().chain([1.0]).collect();
        while k < n && share > least {
            k += 1.0;
            share *= step(k);
            shares.push(share);
        }
        let total: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= total);
        Self { first, shares }
    }

    fn mean(&self, value: impl Fn(f64) -> f64) -> f64 {
        self.shares.iter().enumerate().map(|(step, share)| share * value(self.first + step as f64)).sum()
    }
}
