//! The processors of the service: work that computes, as distinct from work that waits.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::sync::Semaphore;

/// So many steps compute at once, each on a thread of its own; the others wait in line, first come first
/// served. Requests that wait for something else go on meanwhile, as in a service with worker threads.
#[derive(Debug)]
pub struct Processors {
    free: Arc<Semaphore>,
}

impl Processors {
    /// Processors that nobody uses yet.
    #[must_use]
    pub fn new(count: NonZeroU32) -> Self {
        Self { free: Arc::new(Semaphore::new(count.get() as usize)) }
    }

    /// Waits for a processor and burns so much of its time: it takes longer where the machine gives the
    /// thread less than all of one. Given up when dropped.
    pub async fn compute(&self, time: Duration) {
        // The semaphore is never closed.
        let Ok(processor) = self.free.clone().acquire_owned().await else { return };
        let wanted = Wanted(Arc::new(AtomicBool::new(true)));
        let still = wanted.0.clone();
        let computing = tokio::task::spawn_blocking(move || {
            burn(time, &still);
            drop(processor);
        });
        // Nothing in it panics, and nothing else ends it before its time.
        let _ = computing.await;
        drop(wanted);
    }
}

/// Tells the thread when nobody waits for it any more.
struct Wanted(Arc<AtomicBool>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// Keeps the processor busy until this thread has had so much of its time.
fn burn(time: Duration, wanted: &AtomicBool) {
    let began = used();
    while wanted.load(Ordering::Relaxed) && used().saturating_sub(began) < time {
        for _ in 0..SPINS {
            std::hint::spin_loop();
        }
    }
}

/// Between two looks at the clock: a few microseconds.
const SPINS: u32 = 100;

/// Processor time of this thread so far.
fn used() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn work_that_computes_uses_processor_time_and_waits_in_line() {
        let each = Duration::from_millis(30);
        let took = runtime().block_on(async {
            let processors = Processors::new(NonZeroU32::MIN);
            let began = Instant::now();
            tokio::join!(processors.compute(each), processors.compute(each), processors.compute(each));
            began.elapsed()
        });
        // One processor, three times in turn: however busy the machine is, it is no shorter.
        assert!(took >= 3 * each, "{took:?}");
    }

    #[test]
    fn others_go_on_meanwhile_and_what_is_dropped_ends() {
        let began = Instant::now();
        runtime().block_on(async {
            let processors = Processors::new(NonZeroU32::MIN);
            let others = tokio::time::sleep(Duration::from_millis(10));
            tokio::select! {
                () = processors.compute(Duration::from_secs(3600)) => panic!("an hour is not over"),
                () = others => {}
            }
        });
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    }
}
