//! What a lane shows of itself while it runs, and how it is told to stop. The lane writes a few
//! times a second; whoever draws the progress reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::record::{Nanos, Standing};

/// A lane's figures at its last tick.
#[derive(Debug, Default)]
pub struct Live {
    now: AtomicU64,
    in_use: AtomicU32,
    running: AtomicU32,
    waiting: AtomicU32,
    in_flight: AtomicU32,
    due: AtomicU64,
    completed: AtomicU64,
    failed: AtomicU64,
}

/// One reading of a [`Live`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LiveReading {
    /// Time since the start of the act.
    pub now: Nanos,
    /// Connections that requests hold.
    pub in_use: u32,
    /// Those of them on which SQL runs.
    pub running: u32,
    /// Requests waiting for a connection.
    pub waiting: u32,
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests that were due so far and that the driver has come to.
    pub due: u64,
    /// Requests completed so far.
    pub completed: u64,
    /// Requests that failed so far, timeouts included.
    pub failed: u64,
}

impl Live {
    pub(super) fn show(&self, now: Nanos, standing: Standing, due: u64, completed: u64, failed: u64) {
        self.now.store(now, Ordering::Relaxed);
        self.in_use.store(standing.in_use, Ordering::Relaxed);
        self.running.store(standing.running, Ordering::Relaxed);
        self.waiting.store(standing.waiting, Ordering::Relaxed);
        self.in_flight.store(standing.in_flight, Ordering::Relaxed);
        self.due.store(due, Ordering::Relaxed);
        self.completed.store(completed, Ordering::Relaxed);
        self.failed.store(failed, Ordering::Relaxed);
    }

    /// The figures at the last tick.
    #[must_use]
    pub fn read(&self) -> LiveReading {
        LiveReading {
            now: self.now.load(Ordering::Relaxed),
            in_use: self.in_use.load(Ordering::Relaxed),
            running: self.running.load(Ordering::Relaxed),
            waiting: self.waiting.load(Ordering::Relaxed),
            in_flight: self.in_flight.load(Ordering::Relaxed),
            due: self.due.load(Ordering::Relaxed),
            completed: self.completed.load(Ordering::Relaxed),
            failed: self.failed.load(Ordering::Relaxed),
        }
    }
}

/// Tells every lane to stop. What is under way is abandoned, counted, and recorded.
#[derive(Debug, Clone)]
pub struct Stop {
    /// The instant at which the run was told to stop; none before.
    sender: Arc<watch::Sender<Option<Instant>>>,
}

/// Why something was not waited for any longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The run is to stop.
    Stopped,
    /// It took longer than its time limit.
    TimedOut,
}

/// After the stop all that has to be put in order is done or left within this time, so that the
/// process ends within five seconds, whatever the servers do.
const GRACE: Duration = Duration::from_millis(2500);

impl Default for Stop {
    fn default() -> Self {
        Self { sender: Arc::new(watch::Sender::new(None)) }
    }
}

impl Stop {
    /// Says that the run is to stop.
    pub fn stop(&self) {
        self.sender.send_if_modified(|said| {
            let first = said.is_none();
            said.get_or_insert_with(Instant::now);
            first
        });
    }

    /// Whether the run has been told to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.sender.borrow().is_some()
    }

    /// Waits until the run is told to stop.
    pub async fn stopped(&self) {
        let mut receiver = self.sender.subscribe();
        // The sender lives as long as this value, so waiting cannot fail.
        let _ = receiver.wait_for(Option::is_some).await;
    }

    /// What is left of a limit: all of it before the stop, and no more than the grace after it.
    #[must_use]
    pub fn left(&self, limit: Duration) -> Duration {
        match *self.sender.borrow() {
            None => limit,
            Some(said) => limit.min((said + GRACE).saturating_duration_since(Instant::now())),
        }
    }

    /// Waits for something that nobody needs after the stop.
    ///
    /// # Errors
    /// When the stop comes first, or the limit passes.
    pub async fn cuts<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Result<T, Cut> {
        tokio::select! {
            biased;
            () = self.stopped() => Err(Cut::Stopped),
            done = tokio::time::timeout(limit, work) => done.map_err(|_| Cut::TimedOut),
        }
    }

    /// Waits for something that is needed after the stop too, as long as there is time for it;
    /// nothing when there is not.
    pub async fn within<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let over = async {
            tokio::select! {
                () = tokio::time::sleep(limit) => {}
                () = async {
                    self.stopped().await;
                    tokio::time::sleep(self.left(limit)).await;
                } => {}
            }
        };
        tokio::select! {
            biased;
            done = work => Some(done),
            () = over => None,
        }
    }
}
