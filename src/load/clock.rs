//! The one clock of a run.

use std::future::Future;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use crate::record::Nanos;

/// A clock that counts nanoseconds since the start of an act, and can wait for an instant of it.
pub trait Clock: Clone + 'static {
    /// Nanoseconds since the start; 0 before it.
    fn now(&self) -> Nanos;

    /// Waits until this many nanoseconds after the start.
    fn sleep_until(&self, at: Nanos) -> impl Future<Output = ()> + 'static;
}

/// The system's monotonic clock.
///
/// Tokio's timer counts whole milliseconds and rounds up, so it wakes a millisecond late: far too
/// late for scaled delays. A wait therefore goes to tokio for all but its last two milliseconds,
/// which is cheap, and for those to the operating system's own timer, which is exact.
///
/// It is read about ten times a request, so its readings are the system's own nanoseconds: `Instant`
/// is the same clock, but its subtraction takes longer than reading it.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
    /// The system's nanoseconds at the start.
    zero: u64,
}

/// Nanoseconds since some instant that stays the same.
#[inline]
fn system_nanos() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    (now.tv_sec as u64) * 1_000_000_000 + now.tv_nsec as u64
}

/// The same moment as both tell it. The system may do something else between the two readings, so
/// of some tries the closest one counts.
fn both() -> (Instant, u64) {
    let tries = (0..16).map(|_| {
        let (before, instant, after) = (system_nanos(), Instant::now(), system_nanos());
        (after - before, (instant, before + (after - before) / 2))
    });
    let closest = tries.min_by_key(|(apart, _)| *apart);
    closest.map_or_else(|| (Instant::now(), system_nanos()), |(_, both)| both)
}

/// What is left to the exact timer: more than tokio can be late by.
const EXACT: Nanos = 2_000_000;

impl SystemClock {
    /// A clock that starts at this instant.
    #[must_use]
    pub fn starting_at(start: Instant) -> Self {
        let (instant, nanos) = both();
        let ahead = start.saturating_duration_since(instant).as_nanos() as u64;
        let behind = instant.saturating_duration_since(start).as_nanos() as u64;
        Self { start, zero: (nanos + ahead).saturating_sub(behind) }
    }

    fn instant(&self, at: Nanos) -> Instant {
        self.start + Duration::from_nanos(at)
    }
}

impl Clock for SystemClock {
    #[inline]
    fn now(&self) -> Nanos {
        system_nanos().saturating_sub(self.zero)
    }

    fn sleep_until(&self, at: Nanos) -> impl Future<Output = ()> + 'static {
        let clock = *self;
        async move {
            if clock.now() + 2 * EXACT < at {
                tokio::time::sleep_until(clock.instant(at - EXACT).into()).await;
            }
            if clock.now() < at {
                async_io::Timer::at(clock.instant(at)).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_readings_are_those_of_the_instants_that_it_waits_for() {
        let start = Instant::now() - Duration::from_secs(5);
        let clock = SystemClock::starting_at(start);
        // Of many tries one is not interrupted.
        let apart = (0..100).map(|_| {
            let (before, told, after) = (start.elapsed(), clock.now(), start.elapsed());
            let told = Duration::from_nanos(told);
            before.saturating_sub(told).max(told.saturating_sub(after))
        });
        assert!(apart.min().unwrap() < Duration::from_micros(1));
        assert_eq!(SystemClock::starting_at(Instant::now() + Duration::from_secs(9)).now(), 0);
    }

    #[test]
    fn a_wait_ends_after_its_instant_and_not_long_after() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let clock = SystemClock::starting_at(Instant::now());
            for at in [0, 1_000_000, 8_000_000] {
                clock.sleep_until(at).await;
                let now = clock.now();
                assert!(now >= at && now < at + 1_000_000_000, "{at}: {now}");
            }
        });
    }
}
