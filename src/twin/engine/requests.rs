//! The requests in flight, and the pools that they wait for.

use super::seed::Own;
use super::sim_time::SimTime;
use super::sink::RequestRef;

pub(super) const NONE: u32 = u32::MAX;

/// One request in flight.
#[derive(Debug, Clone, Copy)]
pub(super) struct RequestState {
    pub(super) arrived: SimTime,
    /// When it last asked for a connection.
    pub(super) asked: SimTime,
    pub(super) own: Own,
    pub(super) number: u64,
    /// When it got the outermost connection that it holds.
    acquired: SimTime,
    /// Where its pool is kept.
    pub(super) place: u32,
    /// Index of its next instruction in the code.
    pub(super) at: u32,
    before: u32,
    after: u32,
    pub(super) class: u16,
    pub(super) held: u16,
    pub(super) waiting: bool,
}

impl RequestState {
    #[inline]
    pub(super) fn who(&self, pool: u32, hold: u32) -> RequestRef {
        RequestRef { class: self.class.into(), request: self.number, arrived: self.arrived, pool, hold }
    }
}

/// Requests in slots that are used again; there are as many as there were in flight at once.
#[derive(Debug)]
pub(super) struct RequestTable {
    slots: Vec<RequestState>,
    unused: Vec<u32>,
    /// When nested connections were acquired: so many for each slot.
    nested: Vec<SimTime>,
    depth: usize,
}

impl RequestTable {
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
        self.slots.push(RequestState {
            arrived: SimTime::ZERO,
            asked: SimTime::ZERO,
            own: Own::default(),
            number: 0,
            acquired: SimTime::ZERO,
            place: 0,
            at: 0,
            before: NONE,
            after: NONE,
            class: class as u16,
            held: 0,
            waiting: false,
        });
        self.nested.resize(self.nested.len() + self.depth, SimTime::ZERO);
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
    pub(super) fn get(&self, slot: u32) -> &RequestState {
        &self.slots[slot as usize]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, slot: u32) -> &mut RequestState {
        &mut self.slots[slot as usize]
    }

    /// The request gets a connection.
    #[inline]
    pub(super) fn hold(&mut self, slot: u32, now: SimTime) {
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
    pub(super) fn let_go(&mut self, slot: u32) -> SimTime {
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
pub(super) struct PoolState {
    pub(super) free: u32,
    /// Connections held by requests that wait for another one here.
    pub(super) blocked: u32,
    first: u32,
    last: u32,
}

impl PoolState {
    pub(super) fn new(connections: u32) -> Self {
        Self { free: connections, blocked: 0, first: NONE, last: NONE }
    }

    /// Puts a request at the end of the queue.
    #[inline]
    pub(super) fn queue(&mut self, requests: &mut RequestTable, slot: u32) {
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
    pub(super) fn leave(&mut self, requests: &mut RequestTable, slot: u32) {
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

    /// The request that waits longest.
    #[inline]
    pub(super) fn first(&self) -> Option<u32> {
        (self.first != NONE).then_some(self.first)
    }

    /// All who wait, in order.
    pub(super) fn waiting<'r>(&self, requests: &'r RequestTable) -> impl Iterator<Item = u32> + 'r {
        let start = self.first();
        std::iter::successors(start, |slot| Some(requests.get(*slot).after).filter(|next| *next != NONE))
    }
}
