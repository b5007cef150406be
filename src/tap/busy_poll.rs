//! Busy polling: staying awake for the next message of a lone conversation.
//!
//! A thread that sleeps until a message comes is woken some 50 µs later where processors sleep too, which is longer than a
//! short statement takes; the application would wait twice as long as without a tap, and its holds would be so much longer.
//! So whoever was just told something is waited for awake, if it has lately answered at once. No more than one connection
//! of a tap is waited for so, only while no other one is at work, and whatever else wants the core gets it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::shared::Gauge;

/// So long a message is waited for: an answer within a machine, its processors asleep, takes some 150 µs.
const LONGEST: Duration = Duration::from_micros(200);

/// Who comes back to its core after so long had to give it to somebody with work: no processor sleeps then, and a thread
/// that did not sleep itself is the last to get one.
const CROWDED: Duration = Duration::from_micros(500);

/// After so many messages in a row the runtime sees what else there is to do.
const IN_A_ROW: u32 = 32;

/// Whether one more thread may stay awake; one for all connections of a tap.
#[derive(Debug)]
pub(super) struct Core {
    free: AtomicBool,
}

impl Core {
    /// A core that may be kept awake, where there is another one for the application and the server.
    pub(super) fn of(threads: usize) -> Self {
        Self { free: AtomicBool::new(threads > 1) }
    }
}

/// Who has the next word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Awaited {
    Client,
    Server,
}

/// How quick one side has been lately. Without trust a message is waited for now and then, to learn whether they are
/// quick again: the seldomer, the more often none came.
#[derive(Debug, Clone, Copy)]
struct Trust {
    level: u8,
    /// So many messages are not waited for.
    passes: u32,
    /// How many, once there is no trust.
    pause: u32,
}

impl Trust {
    const MOST: u8 = 8;
    const LOST: u8 = 4;
    const PAUSES: std::ops::RangeInclusive<u32> = 64..=4096;
    const NEW: Self = Self { level: 0, passes: 0, pause: *Self::PAUSES.start() };

    fn allows(&mut self) -> bool {
        if self.level > 0 || self.passes == 0 {
            return true;
        }
        self.passes -= 1;
        false
    }

    fn learns(&mut self, came: bool) {
        if came {
            *self = Self { level: (self.level + 1).min(Self::MOST), ..Self::NEW };
            return;
        }
        self.level = self.level.saturating_sub(Self::LOST);
        if self.level == 0 {
            self.passes = self.pause;
            self.pause = (self.pause * 2).min(*Self::PAUSES.end());
        }
    }

    /// Others are at work: how quick it would be alone is not known.
    fn rests(&mut self) {
        self.level = 0;
        self.passes = self.passes.max(*Self::PAUSES.start());
    }
}

/// How much else the machine does. Each time that somebody else had the core, twice as many messages as the last time
/// are not waited for.
#[derive(Debug, Clone, Copy)]
struct Crowd {
    passes: u32,
    pause: u32,
    calm: u32,
}

impl Crowd {
    const PAUSES: std::ops::RangeInclusive<u32> = 64..=65_536;
    /// So many messages in a row were waited for and nobody else had the core: it was an accident.
    const CALM: u32 = 1024;
    const NONE: Self = Self { passes: 0, pause: *Self::PAUSES.start(), calm: 0 };

    fn allows(&mut self) -> bool {
        let allows = self.passes == 0;
        self.passes = self.passes.saturating_sub(1);
        allows
    }

    fn learns(&mut self, took: Duration) {
        if took > CROWDED {
            let next = (self.pause * 2).min(*Self::PAUSES.end());
            *self = Self { passes: self.pause, pause: next, calm: 0 };
            return;
        }
        self.calm = self.calm.saturating_add(1);
        if self.calm >= Self::CALM {
            self.pause = *Self::PAUSES.start();
        }
    }
}

/// The busy polling of one connection.
#[derive(Debug)]
pub(super) struct BusyPoll<'a, N = fn() -> Instant> {
    core: &'a Core,
    /// The connections of this thread, all of which would wait as well.
    of_thread: &'a AtomicUsize,
    /// The connections of the tap that run SQL.
    running: &'a Gauge,
    client: Trust,
    server: Trust,
    crowd: Crowd,
    in_a_row: u32,
    now: N,
}

impl<'a> BusyPoll<'a> {
    pub(super) fn new(core: &'a Core, of_thread: &'a AtomicUsize, running: &'a Gauge) -> Self {
        Self::by(core, of_thread, running, Instant::now)
    }
}

impl<'a, N: Fn() -> Instant> BusyPoll<'a, N> {
    /// The same by a clock of its own.
    fn by(core: &'a Core, of_thread: &'a AtomicUsize, running: &'a Gauge, now: N) -> Self {
        let (client, server) = (Trust::NEW, Trust::NEW);
        Self { core, of_thread, running, client, server, crowd: Crowd::NONE, in_a_row: 0, now }
    }

    /// Waits for bytes, which `take` takes without waiting. Nothing where none came in time, or none are to be waited
    /// for: then the runtime wakes whoever they come for.
    pub(super) fn wait(
        &mut self,
        awaited: Awaited,
        mut take: impl FnMut() -> io::Result<usize>,
    ) -> Option<io::Result<usize>> {
        let (trust, own) = match awaited {
            Awaited::Client => (&mut self.client, 0),
            Awaited::Server => (&mut self.server, 1),
        };
        let running = self.running;
        // Also where it is this connection, of which the server has not said its last word.
        let others_run = || running.now() > own;
        if self.of_thread.load(Ordering::Relaxed) > 1 || others_run() {
            trust.rests();
            return None;
        }
        let in_a_row = std::mem::take(&mut self.in_a_row);
        if in_a_row >= IN_A_ROW || !self.crowd.allows() || !trust.allows() {
            return None;
        }
        if !self.core.free.swap(false, Ordering::Acquire) {
            return None;
        }
        let begun = (self.now)();
        let elapsed = || (self.now)().saturating_duration_since(begun);
        let came = poll(&mut take, || others_run() || elapsed() >= LONGEST);
        self.crowd.learns(elapsed());
        self.core.free.store(true, Ordering::Release);
        trust.learns(came.is_some());
        self.in_a_row = if came.is_some() { in_a_row + 1 } else { 0 };
        came
    }
}

fn poll(
    take: &mut impl FnMut() -> io::Result<usize>,
    is_over: impl Fn() -> bool,
) -> Option<io::Result<usize>> {
    loop {
        match take() {
            Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => {}
            came => return Some(came),
        }
        if is_over() {
            return None;
        }
        std::thread::yield_now();
    }
}

#[cfg(test)]
mod tests;
