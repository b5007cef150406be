//! Watches one request: its moves become metrics, and a line for each database operation.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::journal::Journal;
use super::metrics::{JobEvent, Metrics, TransactionEnd};
use crate::itinerary::{Itinerary, Move};
use crate::jobs::{Counted, Observer, Waited};
use crate::record::Mark;

/// What all requests share.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) metrics: std::sync::Arc<Metrics>,
    pub(super) journal: Journal,
    /// Whether nobody waits any longer outside the database.
    pub(super) cut: watch::Receiver<bool>,
}

/// One request under way.
pub(super) struct Watching<'a> {
    told: Rc<Told>,
    id: &'a str,
    /// Words for the moves of a submission.
    itinerary: &'a Itinerary,
    /// The word for a statement that is no move.
    statement: &'static str,
    last: Instant,
    asking: bool,
    /// When it got each of the connections that it holds, the last one last.
    acquired: Vec<Instant>,
    failed: bool,
    /// Whether a wait was cut short.
    cut_short: std::cell::Cell<bool>,
}

impl<'a> Watching<'a> {
    pub(super) fn new(
        told: Rc<Told>,
        id: &'a str,
        itinerary: &'a Itinerary,
        statement: &'static str,
    ) -> Self {
        Self {
            told,
            id,
            itinerary,
            statement,
            last: Instant::now(),
            asking: false,
            acquired: Vec::new(),
            failed: false,
            cut_short: std::cell::Cell::new(false),
        }
    }

    pub(super) fn was_cut_short(&self) -> bool {
        self.cut_short.get()
    }

    fn asks_no_more(&mut self) {
        if std::mem::take(&mut self.asking) {
            self.told.metrics.pending.dec();
        }
    }

    fn ran(&self, operation: &str, took: Duration) {
        self.told.metrics.ran(operation, took);
        let id = self.id;
        self.told.journal.note(|| format!("request={id} db={operation} took_ms={}", milliseconds(took)));
    }

    fn released(&mut self, now: Instant) {
        if let Some(acquired) = self.acquired.pop() {
            self.told.metrics.released(now - acquired);
        }
    }
}

impl Observer for Watching<'_> {
    fn asks(&mut self) {
        self.asking = true;
        self.told.metrics.pending.inc();
    }

    fn passed(&mut self, step: Option<Move>, mark: Mark) {
        let now = Instant::now();
        let took = now - std::mem::replace(&mut self.last, now);
        let word = step.map_or(self.statement, |step| self.itinerary.word(step));
        match mark {
            Mark::Acquired(parts) => {
                self.asks_no_more();
                self.acquired.push(now);
                let create = Duration::from_nanos(parts.create);
                let waited = took.saturating_sub(create + Duration::from_nanos(parts.recycle));
                self.told.metrics.acquired(waited, create);
                self.ran("acquire", took);
            }
            Mark::Sql => self.ran(word, took),
            Mark::Committed => {
                self.told.metrics.transaction(TransactionEnd::Committed);
                self.ran("commit", took);
            }
            Mark::NotAcquired => self.asks_no_more(),
            Mark::Away => {}
            Mark::Released => self.released(now),
        }
    }

    fn count(&mut self, what: Counted) {
        let metrics = &self.told.metrics;
        match what {
            Counted::CommitsJob => {}
            Counted::JobCommitted => metrics.job(JobEvent::Created),
            Counted::JobMarkedFailed => metrics.job(JobEvent::MarkedFailed),
            // What an error ended is rolled back as well, and was counted.
            Counted::RolledBack if std::mem::take(&mut self.failed) => {}
            Counted::RolledBack => metrics.transaction(TransactionEnd::RolledBack),
            Counted::TransactionFailed => {
                metrics.transaction(TransactionEnd::Failed);
                self.failed = true;
            }
        }
    }

    fn elapsed(&self) -> Duration {
        self.last.elapsed()
    }

    async fn wait_out(&self, time: Duration) -> Waited {
        let mut cut = self.told.cut.clone();
        tokio::select! {
            biased;
            () = tokio::time::sleep_until((self.last + time).into()) => Waited::Out,
            _ = cut.wait_for(|cut| *cut) => {
                self.cut_short.set(true);
                Waited::CutShort
            }
        }
    }
}

impl Drop for Watching<'_> {
    /// Whatever became of it: it waits and holds no more.
    fn drop(&mut self) {
        self.asks_no_more();
        while !self.acquired.is_empty() {
            self.released(Instant::now());
        }
    }
}

pub(super) fn milliseconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}
