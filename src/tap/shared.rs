//! What all connections of a tap have in common.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::book::Book;
use super::hold::{At, Hold};
use super::lock;
use super::session::Session;
use super::tally::Tally;

/// How many at once, and how many at most. Time-weighted, so that the mean is exact.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    now: AtomicU32,
    peak: AtomicU32,
}

impl Gauge {
    pub(super) fn up(&self) {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        if now > self.peak.load(Ordering::Relaxed) {
            self.peak.fetch_max(now, Ordering::Relaxed);
        }
    }

    pub(super) fn down(&self) {
        self.now.fetch_sub(1, Ordering::Relaxed);
    }

    /// From one state of a connection to the next.
    pub(super) fn change(&self, before: bool, after: bool) {
        match (before, after) {
            (false, true) => self.up(),
            (true, false) => self.down(),
            _ => {}
        }
    }

    pub(super) fn now(&self) -> u32 {
        self.now.load(Ordering::Relaxed)
    }

    pub(super) fn peak(&self) -> u32 {
        self.peak.load(Ordering::Relaxed)
    }
}

/// How often something happened.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What became of connections.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Sessions that began.
    pub(super) sessions: Count,
    /// Sessions, or parts of them, that were forwarded unread.
    pub(super) blind: Count,
    /// Requests to cancel.
    pub(super) cancels: Count,
    /// Sessions of which the way to the server was encrypted.
    pub(super) encrypted: Count,
    /// Clients that began with TLS at once.
    pub(super) direct_tls: Count,
    /// Clients for which the server could not be reached.
    pub(super) unreached: Count,
}

/// What all connections of a tap have in common.
#[derive(Debug)]
pub(super) struct Shared {
    began: Instant,
    pub(super) book: Book,
    pub(super) open: Gauge,
    pub(super) holding: Gauge,
    pub(super) running: Gauge,
    pub(super) counts: Counts,
    lifetimes: Mutex<Lifetimes>,
    lives: Mutex<BTreeMap<u64, Life>>,
    tallies: Vec<Arc<Mutex<Tally>>>,
    sessions: Mutex<HashMap<u64, Began>>,
}

/// A session that is open, and when it began.
type Began = (At, Arc<Mutex<Session>>);

/// When sessions were open.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lifetimes {
    /// When the first one began.
    pub(super) first: Option<At>,
    /// When the last one ended.
    pub(super) last: At,
    /// Sum over those that have ended, in nanoseconds.
    pub(super) sum: u64,
}

/// So many connections are kept one by one; of later ones only their holds are.
const LIVES: usize = 10_000;

/// From the beginning of a session to its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) began: At,
    /// Since when it is forwarded unread.
    pub(super) blind: Option<At>,
    pub(super) ended: Option<At>,
}

/// Where the holds of one thread go.
#[derive(Debug, Clone)]
pub(super) struct Lane(Arc<Mutex<Tally>>);

impl Lane {
    pub(super) fn ended(&self, connection: u64, holds: &mut Vec<Hold>) {
        let mut tally = lock(&self.0);
        holds.drain(..).for_each(|hold| tally.add(connection, hold));
    }
}

impl Shared {
    /// With as many lanes as there are threads.
    pub(super) fn new(threads: usize) -> Self {
        Self {
            began: Instant::now(),
            book: Book::default(),
            open: Gauge::default(),
            holding: Gauge::default(),
            running: Gauge::default(),
            counts: Counts::default(),
            lifetimes: Mutex::default(),
            lives: Mutex::default(),
            tallies: (0..threads).map(|_| Arc::default()).collect(),
            sessions: Mutex::default(),
        }
    }

    /// The one clock of a tap.
    pub(super) fn now(&self) -> At {
        At(u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    /// The lane of a thread.
    pub(super) fn lane(&self, thread: usize) -> Lane {
        Lane(self.tallies[thread % self.tallies.len()].clone())
    }

    /// A session has begun.
    pub(super) fn begins(&self, number: u64, session: &Arc<Mutex<Session>>, now: At) {
        self.counts.sessions.add();
        lock(&self.lifetimes).first.get_or_insert(now);
        lock(&self.sessions).insert(number, (now, session.clone()));
        let mut lives = lock(&self.lives);
        if lives.len() < LIVES {
            lives.insert(number, Life { began: now, blind: None, ended: None });
        }
    }

    /// Of a session nothing more can be said.
    pub(super) fn turns_blind(&self, number: u64, now: At) {
        if let Some(life) = lock(&self.lives).get_mut(&number) {
            life.blind.get_or_insert(now);
        }
    }

    /// The sessions that are kept one by one, by their numbers.
    pub(super) fn lives(&self) -> BTreeMap<u64, Life> {
        lock(&self.lives).clone()
    }

    /// A session has ended.
    pub(super) fn ends(&self, number: u64, now: At) {
        // Whoever looks meanwhile finds it in one of the two.
        let mut lifetimes = lock(&self.lifetimes);
        if let Some((began, _)) = lock(&self.sessions).remove(&number) {
            lifetimes.sum += now.since(began);
            lifetimes.last = lifetimes.last.max(now);
        }
        if let Some(life) = lock(&self.lives).get_mut(&number) {
            life.ended = Some(now);
        }
    }

    /// All that was seen until now, and what of it is still open.
    pub(super) fn look(&self) -> (At, Tally, Lifetimes) {
        let (mut lifetimes, sessions) = {
            let lifetimes = lock(&self.lifetimes);
            let sessions: Vec<_> =
                lock(&self.sessions).iter().map(|(number, open)| (*number, open.clone())).collect();
            (*lifetimes, sessions)
        };
        // A hold goes from its session to a tally while the session is locked: with all of them locked, each is in one
        // place. Whoever holds a session waits for no other one.
        let locked: Vec<_> = sessions.iter().map(|(number, (_, session))| (*number, lock(session))).collect();
        // No message that has been read is later.
        let now = self.now();
        let mut all = Tally::default();
        for tally in &self.tallies {
            all.merge(lock(tally).clone());
        }
        for (_, (began, _)) in &sessions {
            lifetimes.sum += now.since(*began);
            lifetimes.last = now;
        }
        for (number, session) in locked {
            if let Some(hold) = session.so_far(now) {
                all.add(number, hold);
            }
        }
        (now, all, lifetimes)
    }
}
