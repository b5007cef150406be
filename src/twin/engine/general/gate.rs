//! The gate before a class whose requests in flight are capped: it holds back those that come while
//! the cap is reached, until one that was sent is over, or sheds them.

use std::collections::VecDeque;

use super::{General, full};
use crate::scenario::WhenFull;
use crate::twin::engine::plan::InFlightCap;
use crate::twin::engine::requests::RequestTable;
use crate::twin::engine::run::PlayError;
use crate::twin::engine::sim_time::SimTime;
use crate::twin::engine::sink::{NotSent, RequestRef, Sink};

#[derive(Debug)]
pub(super) struct InFlightGate {
    cap: InFlightCap,
    in_flight: u32,
    /// Number and instant of those held back, in order of arrival.
    line: VecDeque<(u64, SimTime)>,
    /// When the request in each slot was sent.
    sent: Vec<SimTime>,
}

impl InFlightGate {
    pub(super) fn new(cap: InFlightCap) -> Self {
        Self { cap, in_flight: 0, line: VecDeque::new(), sent: Vec::new() }
    }

    pub(super) fn is_for(&self, class: usize) -> bool {
        self.cap.class as usize == class
    }

    /// When the request of a class in a slot was sent that came at `arrived`.
    pub(super) fn sent(&self, class: usize, slot: u32, arrived: SimTime) -> SimTime {
        if self.is_for(class) { self.sent.get(slot as usize).copied().unwrap_or(arrived) } else { arrived }
    }

    fn note_sent(&mut self, slot: u32, now: SimTime) {
        let slot = slot as usize;
        if slot >= self.sent.len() {
            self.sent.resize(slot + 1, SimTime::ZERO);
        }
        self.sent[slot] = now;
    }
}

impl<S: Sink> General<'_, S> {
    /// A request comes to the gate of its class.
    pub(super) fn offer(&mut self, class: usize, number: u64) -> Result<(), PlayError> {
        self.ended.requests += 1;
        let Some(gate) = &mut self.gate else { return Ok(()) };
        if gate.in_flight < gate.cap.most {
            gate.in_flight += 1;
            let slot = self.send(class, number, self.now)?;
            self.step(slot);
            return Ok(());
        }
        match gate.cap.when_full {
            WhenFull::Shed => self.sink.not_sent(coming(class, number, self.now), NotSent::Shed),
            WhenFull::Queue if gate.line.len() == RequestTable::MOST as usize => return Err(full(self.now)),
            WhenFull::Queue => gate.line.push_back((number, self.now)),
        }
        Ok(())
    }

    /// A request of an open loop is over, and the one that has been held back longest takes its place.
    pub(super) fn leave(&mut self, class: usize, slot: u32) {
        self.requests.remove(slot);
        let Some(gate) = self.gate.as_mut().filter(|gate| gate.is_for(class)) else { return };
        match gate.line.pop_front() {
            None => gate.in_flight -= 1,
            // There is room: a slot has just become free.
            Some((number, arrived)) => {
                if let Ok(slot) = self.send(class, number, arrived) {
                    self.ready.push_back(slot);
                }
            }
        }
    }

    fn send(&mut self, class: usize, number: u64, arrived: SimTime) -> Result<u32, PlayError> {
        let pool = self.choose();
        let slot = self.admit(class, number, arrived, pool)?;
        if let Some(gate) = &mut self.gate {
            gate.note_sent(slot, self.now);
        }
        Ok(slot)
    }

    /// Tells of those that are held back for ever.
    pub(super) fn close_gate(&mut self) {
        let Some(gate) = &mut self.gate else { return };
        self.ended.stuck += gate.line.len() as u64;
        let class = gate.cap.class as usize;
        for (number, arrived) in gate.line.drain(..) {
            self.sink.not_sent(coming(class, number, arrived), NotSent::StillQueued);
        }
    }
}

/// A request that has no pool yet.
fn coming(class: usize, request: u64, arrived: SimTime) -> RequestRef {
    RequestRef { class: class as u32, request, arrived, pool: 0, hold: 0 }
}
