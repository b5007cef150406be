//! A pool that is asked for at least as much as it can give: there is no steady state, only growth.
//! FIFO; true for every distribution in the long run (fluid limit).

use std::time::Duration;

use super::little;
use super::quantity::{Connections, Erlangs, Hold, Share, TheoryError, Utilisation, duration};
use crate::units::Rate;

/// What happens instead of a steady state.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Overload {
    arrivals: Rate,
    capacity: Rate,
    utilisation: Utilisation,
}

impl Overload {
    /// The overload of a pool.
    ///
    /// # Errors
    /// [`TheoryError::Domain`] when `λ·h < c`, where there is a steady state;
    /// [`TheoryError::OutOfRange`] when the load is beyond computing.
    pub fn new(arrivals: Rate, hold: Hold, connections: Connections) -> Result<Self, TheoryError> {
        let utilisation = little::utilisation(little::offered(arrivals, hold)?, connections);
        if utilisation.get() < 1.0 {
            return Err(TheoryError::Domain("this load has a steady state"));
        }
        Ok(Self { arrivals, capacity: little::capacity(connections, hold)?, utilisation })
    }

    /// Offered load ÷ pool size, at least 1.
    #[must_use]
    pub fn utilisation(&self) -> Utilisation {
        self.utilisation
    }

    /// Holds per second that are carried, whatever is asked for: `c ÷ h`.
    #[must_use]
    pub fn throughput(&self) -> Rate {
        self.capacity
    }

    /// How fast the queue grows, `λ − c/h`. Nothing at exactly full load, where it grows without end
    /// but slower than any rate, as the square root of time.
    #[must_use]
    pub fn growth(&self) -> Option<Rate> {
        Rate::per_second(self.arrivals.as_per_second() - self.capacity.as_per_second())
    }

    /// Requests waiting after a time, from an empty pool.
    ///
    /// # Errors
    /// [`TheoryError::OutOfRange`] when the number is beyond computing.
    pub fn waiting_after(&self, time: Duration) -> Result<Erlangs, TheoryError> {
        let growth = self.growth().map_or(0.0, Rate::as_per_second);
        Erlangs::new(growth * time.as_secs_f64()).ok_or(TheoryError::OutOfRange)
    }

    /// Wait of a request that comes after a time, if nobody gives up: `(ρ − 1)·t`.
    #[must_use]
    pub fn wait_after(&self, time: Duration) -> Duration {
        duration((self.utilisation.get() - 1.0) * time.as_secs_f64())
    }

    /// When waits reach a length, `w ÷ (ρ − 1)`; nothing at exactly full load.
    #[must_use]
    pub fn reaches(&self, wait: Duration) -> Option<Duration> {
        let excess = self.utilisation.get() - 1.0;
        (excess > 0.0).then(|| duration(wait.as_secs_f64() / excess))
    }

    /// Share of requests that are served when the rest give up: `1/ρ`.
    #[must_use]
    pub fn served(&self) -> Share {
        Share::clamped(1.0 / self.utilisation.get())
    }
}
