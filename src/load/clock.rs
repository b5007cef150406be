//! The one clock of a run.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::record::Nanos;

/// A clock that counts nanoseconds since the start of an act, and can wait for an instant of it.
pub trait Clock: Clone + 'static {
    /// Nanoseconds since the start; 0 before it.
    fn now(&self) -> Nanos;

    /// Waits until an instant.
    fn sleep_until(&self, at: Nanos) -> impl Future<Output = ()> + 'static;
}

/// The system's monotonic clock.
///
/// Tokio's timer counts whole milliseconds and rounds up, so it wakes a millisecond late: far too
/// late for scaled delays. A wait therefore goes to tokio for all but its last two milliseconds,
/// which is cheap, and for those to the operating system's own timer, which is exact.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

/// What is left to the exact timer: more than tokio can be late by.
const EXACT: Duration = Duration::from_millis(2);

impl SystemClock {
    /// A clock that starts at this instant.
    #[must_use]
    pub fn starting_at(start: Instant) -> Self {
        Self { start }
    }
}

impl Clock for SystemClock {
    #[inline]
    fn now(&self) -> Nanos {
        self.start.elapsed().as_nanos() as Nanos
    }

    fn sleep_until(&self, at: Nanos) -> impl Future<Output = ()> + 'static {
        let deadline = self.start + Duration::from_nanos(at);
        async move {
            let mut now = Instant::now();
            if now + 2 * EXACT < deadline {
                tokio::time::sleep_until((deadline - EXACT).into()).await;
                now = Instant::now();
            }
            if now < deadline {
                async_io::Timer::at(deadline).await;
            }
        }
    }
}

/// Tokio's clock, which stands still in tests.
#[derive(Debug, Clone, Copy)]
pub struct TokioClock {
    start: tokio::time::Instant,
}

impl TokioClock {
    /// A clock that starts now.
    #[must_use]
    pub fn starting_now() -> Self {
        Self { start: tokio::time::Instant::now() }
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Nanos {
        self.start.elapsed().as_nanos() as Nanos
    }

    fn sleep_until(&self, at: Nanos) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep_until(self.start + Duration::from_nanos(at))
    }
}
