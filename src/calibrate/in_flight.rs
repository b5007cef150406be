//! What a request in flight takes of the memory: all of them sent at once, all waiting for their
//! slow step, at its nominal time.

use std::time::{Duration, Instant};

use super::request::{all_at_once, begin, lane, play};
use super::usage::resident;
use super::{Bytes, CalibrationError, CalibrationPlan};
use crate::load::{LaneHandle, Stop};
use crate::units::Rate;

/// What requests in flight take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InFlightCost {
    /// How many were in flight at once.
    pub requests: u32,
    /// Resident memory of each; nothing where the system does not say.
    pub each: Option<Bytes>,
    /// From the start of the first to the moment when all were in flight.
    pub sent_in: Duration,
    /// From the word to stop to the moment when all were abandoned and counted.
    pub abandoned_in: Duration,
}

/// The slow step of the built-in scenario, not scaled.
const ENQUEUE: Duration = Duration::from_secs(177);

/// No request may end by itself before the memory is read.
const LIMIT: Duration = Duration::from_secs(120);

/// How often the lane tells how many are in flight.
const STEP: Duration = Duration::from_millis(20);

pub(super) fn measure(plan: &CalibrationPlan) -> Result<InFlightCost, CalibrationError> {
    of(plan.in_flight, &plan.stop)
}

fn of(requests: u32, stopped: &Stop) -> Result<InFlightCost, CalibrationError> {
    let stop = Stop::default();
    let rate = Rate::per_second(1.0).ok_or(CalibrationError::NoRound(WHAT))?;
    let spec = lane(play(ENQUEUE), all_at_once(rate, requests), STEP)?;
    let before = resident();
    let started = begin(spec, &stop)?;
    let waited = wait(&started.lanes, requests, stopped);
    let after = resident();
    let ended = Instant::now();
    stop.stop();
    let mut abandoned = 0;
    for lane in started.lanes {
        abandoned += lane.join()?.tape.measured.ledger.abandoned;
    }
    let sent_in = waited?;
    if abandoned != u64::from(requests) {
        return Err(CalibrationError::TooSlow {
            in_flight: abandoned as u32,
            wanted: requests,
            waited: sent_in,
        });
    }
    let grown = before.zip(after).map(|(before, after)| after.0.saturating_sub(before.0));
    Ok(InFlightCost {
        requests,
        each: grown.map(|grown| Bytes(grown / u64::from(requests.max(1)))),
        sent_in,
        abandoned_in: ended.elapsed(),
    })
}

const WHAT: &str = "the requests in flight";

/// Waits until all are in flight.
fn wait(lanes: &[LaneHandle], wanted: u32, stopped: &Stop) -> Result<Duration, CalibrationError> {
    let began = Instant::now();
    loop {
        let in_flight = lanes.iter().map(|lane| lane.live.read().in_flight).sum();
        let waited = began.elapsed();
        if in_flight >= wanted {
            return Ok(waited);
        }
        if waited > LIMIT || lanes.iter().all(LaneHandle::is_finished) {
            return Err(CalibrationError::TooSlow { in_flight, wanted, waited });
        }
        if stopped.is_stopped() {
            return Err(CalibrationError::Stopped);
        }
        std::thread::sleep(STEP / 4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_requests_are_in_flight_at_once_and_then_abandoned() {
        let cost = of(500, &Stop::default()).unwrap();
        assert_eq!(cost.requests, 500);
        assert!(cost.sent_in < LIMIT && cost.abandoned_in < LIMIT);
    }
}
