//! The requests in flight, and the pools that they wait for.

use super::nanos::Nanos;
use super::seed::Own;
use super::sink::Who;

pub(super) const NONE: u32 = u32::MAX;

/// One request in flight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    pub(super) arrived: Nanos,
    /// When it last asked for a connection.
    pub(super) asked: Nanos,
    pub(super) own: Own,
    pub(super) number: u64,
    /// When it got the outermost connection that it holds.
    acquired: Nanos,
    /// Where its pool is kept.
    pub(super) place: u32,
    /// The next instruction.
    pub(super) at: u32,
    before: u32,
    after: u32,
    pub(super) class: u16,
    pub(super) held: u16,
    pub(super) waiting: bool,
}

impl Request {
    #[inline]
    pub(super) fn who(&self, pool: u32, hold: u32) -> Who {
        Who { class: self.class.into(), request: self.number, arrived: self.arrived, pool, hold }
    }
}

/// Requests in slots that are used again; there are as many as there were in flight at once.
#[derive(Debug)]
pub(super) struct Requests {
    slots: Vec<Request>,
    unused: Vec<u32>,
    /// When nested connections were acquired: so many for each slot.
    nested: Vec<Nanos>,
    depth: usize,
}

impl Requests {
    /// The most requests in flight.
    pub(super) const MOST: u32 = if cfg!(test) { 1 << 14 } else { 1 << 24 };

    /// Room for requests that hold up to so many connections at once.
    pub(super) fn new(deepest: u32) -> Self {
        let depth = deepest.saturating_sub(1) as usize;
        Self { slots: Vec::new(), unused: Vec::new(), nested: Vec::new(), depth }
    }

    #[inline]
    pub(super) fn add(&mut self, class: usize) -> Option<u32> {
        if let Some(slot) = self.unused.pop() {
            self.slots[slot as usize].class = class as u16;
            return Some(slot);
        }
        let slot = self.slots.len() as u32;
        if slot == Self::MOST {
            return None;
        }
        self.slots.push(Request {
            arrived: Nanos::ZERO,
            asked: Nanos::ZERO,
            own: Own::default(),
            number: 0,
            acquired: Nanos::ZERO,
            place: 0,
            at: 0,
            before: NONE,
            after: NONE,
            class: class as u16,
            held: 0,
            waiting: false,
        });
        self.nested.resize(self.nested.len() + self.depth, Nanos::ZERO);
        Some(slot)
    }

    #[inline]
    pub(super) fn remove(&mut self, slot: u32) {
        self.unused.push(slot);
    }

    pub(super) fn in_flight(&self) -> u64 {
        (self.slots.len() - self.unused.len()) as u64
    }

    /// The most that were in flight at once.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.slots.len()
    }

    #[inline]
    pub(super) fn get(&self, slot: u32) -> &Request {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> &mut Request {
        &mut self.slots[slot as usize]
    }

    /// The request gets a connection.
    #[inline]
    pub(super) fn hold(&mut self, slot: u32, now: Nanos) {
        let request = &mut self.slots[slot as usize];
        if request.held == 0 {
            request.acquired = now;
        } else {
            self.nested[slot as usize * self.depth + usize::from(request.held) - 1] = now;
        }
        request.held += 1;
    }

    /// The request gives its last connection back; since when it held it.
    #[inline]
    pub(super) fn let_go(&mut self, slot: u32) -> Nanos {
        let request = &mut self.slots[slot as usize];
        request.held -= 1;
        if request.held == 0 {
            request.acquired
        } else {
            self.nested[slot as usize * self.depth + usize::from(request.held) - 1]
        }
    }
}

/// The state of one pool.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pool {
    pub(super) free: u32,
    /// Connections held by requests that wait for another one here.
    pub(super) blocked: u32,
    first: u32,
    last: u32,
}

impl Pool {
    pub(super) fn new(connections: u32) -> Self {
        Self { free: connections, blocked: 0, first: NONE, last: NONE }
    }

    /// Puts a request at the end of the queue.
    #[inline]
    pub(super) fn queue(&mut self, requests: &mut Requests, slot: u32) {
        let request = requests.get_mut(slot);
        (request.before, request.after, request.waiting) = (self.last, NONE, true);
        if self.last == NONE {
            self.first = slot
        } else {
            requests.get_mut(self.last).after = slot
        }
        self.last = slot;
    }

    /// Takes a request out of the queue, wherever it stands.
    #[inline]
    pub(super) fn leave(&mut self, requests: &mut Requests, slot: u32) {
        let request = requests.get_mut(slot);
        let (before, after) = (request.before, request.after);
        request.waiting = false;
        if before == NONE {
            self.first = after
        } else {
            requests.get_mut(before).after = after
        }
        if after == NONE { self.last = before } else { requests.get_mut(after).before = before }
    }

    /// Who waits longest.
    #[inline]
    pub(super) fn first(&self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }

    /// All who wait, in order.
    pub(super) fn waiting<'r>(&self, requests: &'r Requests) -> impl Iterator<Item = u32> + 'r {
        let start = self.first();
        std::iter::successors(start, |slot| Some(requests.get(*slot).after).filter(|next| *next != NONE))
    }
}
