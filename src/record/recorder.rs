//! The recorder of one lane. One owner, one thread, no locks; a few array writes per request.

use super::series::Slots;
use super::timeline::{AcquireParts, Class, Mark, OpenHold, Own};
use super::window::{Gauge, Window};
use super::{
    Cohort, End, Failed, Gauges, Hold, KindTally, Nanos, Outcome, Series, Slice, Tape, Timeline, WAITED_NS,
};

/// How things stand in a lane at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Connections that requests hold.
    pub in_use: u32,
    /// Those of them on which SQL runs.
    pub running: u32,
    /// Requests waiting for a connection.
    pub waiting: u32,
    /// Requests sent and not finished.
    pub in_flight: u32,
}

/// Notes what the requests of one lane do.
#[derive(Debug)]
pub struct Recorder {
    tape: Tape,
    slots: Slots,
    in_use: Gauge,
    waiting: Gauge,
    in_flight: Gauge,
    /// Connections on which SQL runs now: for whoever watches, and on no tape.
    running: u32,
    /// The first so many holds of a request are kept apart.
    apart: u32,
}

impl Recorder {
    /// A recorder for an act with this measured span, and slices of `step` nanoseconds.
    #[must_use]
    pub fn new(window: Window, step: Nanos) -> Self {
        let tape = Tape { window, series: Series::new(step), ..Tape::default() };
        let (in_use, waiting, in_flight) = Default::default();
        Self { tape, slots: Slots::default(), in_use, waiting, in_flight, running: 0, apart: 0 }
    }

    /// The same for requests that take a connection so many times: more than once, and their holds are kept
    /// apart.
    #[must_use]
    pub fn of_holds_a_request(self, holds: u32) -> Self {
        Self { apart: if holds > 1 { holds } else { 0 }, ..self }
    }

    /// The same for requests of so many kinds: of more than one, each is counted apart.
    #[must_use]
    pub fn of_kinds(mut self, kinds: usize) -> Self {
        self.tape.kinds = vec![KindTally::default(); if kinds > 1 { kinds } else { 0 }];
        self
    }

    /// Notes that a request has times of its own: what it holds is kept beside what it was to hold.
    pub fn differs(&mut self, timeline: &mut Timeline) {
        timeline.own.get_or_insert_default();
    }

    /// Notes that a step has done what takes this time by its plan.
    #[inline]
    pub fn planned(&mut self, timeline: &mut Timeline, time: Nanos, mark: Mark) {
        let Some(Own { held: totals, .. }) = timeline.own.as_deref_mut() else { return };
        let mut open = timeline.held.as_ref();
        if open.is_some() && matches!(mark, Mark::Sql) {
            totals.planned_busy += time;
        }
        while let Some(hold) = open {
            totals.planned += time;
            open = hold.outer.as_deref();
        }
    }

    /// Notes of which kind a request is that has just been sent.
    pub fn is_of_kind(&mut self, timeline: &mut Timeline, kind: usize) {
        timeline.own.get_or_insert_default().kind = kind;
        if let Some(tally) = self.tally(timeline) {
            tally.sent();
        }
    }

    /// Of those due in the measured span, where kinds are counted apart.
    #[inline]
    fn tally(&mut self, timeline: &Timeline) -> Option<&mut KindTally> {
        let own = timeline.own.as_ref().filter(|_| timeline.class == Class::Measured)?;
        self.tape.kinds.get_mut(own.kind)
    }

    fn cohort(&mut self, class: Class) -> &mut Cohort {
        match class {
            Class::Measured => &mut self.tape.measured,
            Class::WarmUp => &mut self.tape.warm_up,
            Class::Bystander => &mut self.tape.bystanders,
            Class::BystanderWarmUp => &mut self.tape.bystanders_warm_up,
        }
    }

    fn counts_in_series(class: Class) -> bool {
        matches!(class, Class::Measured | Class::WarmUp)
    }

    /// Notes that a request is due.
    pub fn scheduled(&mut self, class: Class, intended: Nanos) {
        self.cohort(class).ledger.scheduled += 1;
        if Self::counts_in_series(class) {
            self.tape.series.at(intended).due += 1;
        }
    }

    /// Notes that a request that is due is not sent, because of the in-flight cap.
    pub fn shed(&mut self, class: Class) {
        self.cohort(class).ledger.shed += 1;
    }

    /// Notes that a request was due but not yet sent when the run ended; it has waited `so_far`.
    pub fn still_queued(&mut self, class: Class, so_far: Nanos) {
        let cohort = self.cohort(class);
        cohort.ledger.still_queued += 1;
        cohort.response.note(so_far, End::NotSeen);
    }

    /// Notes that a request is sent, `now`, and starts its timeline.
    pub fn dispatch(&mut self, class: Class, intended: Nanos, now: Nanos) -> Timeline {
        let cohort = self.cohort(class);
        cohort.ledger.dispatched += 1;
        cohort.schedule_lag.note(now.saturating_sub(intended));
        self.in_flight.change(1, self.tape.window.clamp(now));
        Timeline {
            class,
            intended,
            dispatched: now,
            last: now,
            waiting: false,
            running: false,
            holds: 0,
            held: None,
            own: None,
            ended: false,
        }
    }

    /// Notes that a request asks for a connection, as of its last mark.
    #[inline]
    pub fn asks(&mut self, timeline: &mut Timeline) {
        timeline.waiting = true;
        self.waiting.change(1, self.tape.window.clamp(timeline.last));
    }

    /// Notes that SQL begins to run on the connection that a request got last, until its move has ended.
    #[inline]
    pub fn runs_sql(&mut self, timeline: &mut Timeline) {
        if timeline.held.is_some() && !std::mem::replace(&mut timeline.running, true) {
            self.running += 1;
        }
    }

    #[inline]
    fn runs_no_more(&mut self, timeline: &mut Timeline) {
        if std::mem::replace(&mut timeline.running, false) {
            self.running -= 1;
        }
    }

    /// Notes that a move has ended, `now`. The next one starts here.
    #[inline]
    pub fn passed(&mut self, timeline: &mut Timeline, mark: Mark, now: Nanos) {
        self.runs_no_more(timeline);
        match mark {
            Mark::Acquired(parts) => self.acquired(timeline, parts, now),
            Mark::NotAcquired => self.waited_in_vain(timeline, now),
            Mark::Sql => self.ran(timeline, now),
            Mark::Committed => {
                self.ran(timeline, now);
                self.tape.transactions.committed += 1;
            }
            Mark::Away => {}
            Mark::Released => self.release(timeline, now, End::Seen),
        }
        timeline.last = now;
    }

    // A call of its own, as the release is: within `passed` they take registers that the short marks need.
    #[inline(never)]
    fn acquired(&mut self, timeline: &mut Timeline, parts: AcquireParts, now: Nanos) {
        let since = now.saturating_sub(timeline.last);
        let at = self.stop_waiting(timeline, now);
        self.in_use.change(1, at);
        let (slot, outer) = (self.slots.take(), timeline.held.take().map(Box::new));
        timeline.held = Some(OpenHold { place: timeline.holds, slot, acquired: now, busy: 0, outer });
        timeline.holds += 1;
        let cohort = self.cohort(timeline.class);
        cohort.acquire_wait.note(since, End::Seen);
        cohort.acquire_parts.note(since, parts);
        if let Some(tally) = self.tally(timeline) {
            tally.acquire_wait.note(since, End::Seen);
        }
        if Self::counts_in_series(timeline.class) {
            let queued = since.saturating_sub(parts.create + parts.recycle);
            let slice = self.tape.series.acquire_ended(now, since);
            slice.asked += 1;
            slice.waited += u64::from(queued > WAITED_NS);
        }
    }

    #[inline]
    fn ran(&mut self, timeline: &mut Timeline, now: Nanos) {
        if let Some(held) = &mut timeline.held {
            held.busy += now.saturating_sub(timeline.last);
            let window = self.tape.window;
            self.tape.busy_in_window += u128::from(window.clip(timeline.last, now));
        }
    }

    /// Notes a wait that ended without a connection: it is a lower bound.
    #[inline(never)]
    fn waited_in_vain(&mut self, timeline: &mut Timeline, now: Nanos) {
        self.stop_waiting(timeline, now);
        let so_far = now.saturating_sub(timeline.last);
        self.cohort(timeline.class).acquire_wait.note(so_far, End::NotSeen);
        if let Some(tally) = self.tally(timeline) {
            tally.acquire_wait.note(so_far, End::NotSeen);
        }
        if Self::counts_in_series(timeline.class) {
            let slice = self.tape.series.acquire_ended(now, so_far);
            slice.asked += 1;
            slice.waited += 1;
        }
    }

    /// Answers the instant of the window that is nearest to `now`.
    #[inline]
    fn stop_waiting(&mut self, timeline: &mut Timeline, now: Nanos) -> Nanos {
        let window = self.tape.window;
        let at = window.clamp(now);
        timeline.waiting = false;
        self.waiting.change(-1, at);
        self.tape.queue.stays += u128::from(at.saturating_sub(window.clamp(timeline.last)));
        at
    }

    #[inline(never)]
    fn release(&mut self, timeline: &mut Timeline, now: Nanos, end: End) {
        let Some(OpenHold { place, slot, acquired, busy, outer }) = timeline.held.take() else { return };
        timeline.held = outer.map(|outer| *outer);
        if let Some(own) = &mut timeline.own {
            own.held.holds += 1;
            own.held.held += now - acquired;
            own.held.busy += busy;
        }
        let window = self.tape.window;
        let at = window.clamp(now);
        self.in_use.change(-1, at);
        self.slots.give_back(slot);
        let apart = place < self.apart;
        let cohort = self.cohort(timeline.class);
        cohort.hold.note(now - acquired, end);
        if end == End::Seen {
            cohort.busy_hold.note(busy);
            if apart {
                cohort.strata.note(place as usize, now - acquired, busy);
            }
        }
        if let Some(tally) = self.tally(timeline) {
            tally.hold.note(now - acquired, end);
        }
        let clipped = at.saturating_sub(window.clamp(acquired));
        if clipped > 0 {
            self.tape.pool.stays += u128::from(clipped);
            self.tape.occupancy.note(slot, Hold { acquired, released: now, busy });
        }
    }

    /// Notes how a request ended, `now`. What it waited for or held until then is kept as a
    /// lower bound.
    pub fn finish(&mut self, timeline: &mut Timeline, outcome: Outcome, now: Nanos) {
        if std::mem::replace(&mut timeline.ended, true) {
            return;
        }
        if timeline.waiting {
            self.waited_in_vain(timeline, now);
        }
        self.runs_no_more(timeline);
        while timeline.held.is_some() {
            self.release(timeline, now, End::NotSeen);
        }
        let window = self.tape.window;
        let at = window.clamp(now);
        self.in_flight.change(-1, at);
        self.tape.system.stays += u128::from(at.saturating_sub(window.clamp(timeline.dispatched)));
        let end = if outcome == Outcome::Completed { End::Seen } else { End::NotSeen };
        let cohort = self.cohort(timeline.class);
        cohort.ledger.note(outcome);
        cohort.response.note(now.saturating_sub(timeline.intended), end);
        cohort.service.note(now.saturating_sub(timeline.dispatched), end);
        if let (Some(own), Outcome::Completed) = (&timeline.own, outcome) {
            cohort.totals.note(own.held);
        }
        if let Some(tally) = self.tally(timeline) {
            tally.ended(outcome, now.saturating_sub(timeline.intended));
        }
        if Self::counts_in_series(timeline.class) {
            if outcome == Outcome::Completed && self.tape.window.holds(now) {
                self.tape.completed_in_window += 1;
            }
            let completed = outcome == Outcome::Completed;
            let response = completed.then(|| now.saturating_sub(timeline.intended));
            let slice = self.tape.series.request_ended(now, response);
            match outcome {
                Outcome::Completed => slice.completed += 1,
                Outcome::AcquireTimedOut => slice.timed_out += 1,
                Outcome::Unanswered => slice.unanswered += 1,
                Outcome::AcquireFailed | Outcome::WorkFailed | Outcome::Panicked => slice.failed += 1,
                Outcome::Abandoned | Outcome::InFlight => {}
            }
        }
    }

    /// The transactions counted so far, for the service to add to.
    pub fn transactions(&mut self) -> &mut super::Transactions {
        &mut self.tape.transactions
    }

    /// Notes why a request failed, beside how it ended.
    pub fn failed(&mut self, timeline: &Timeline, failed: &Failed<'_>) {
        self.cohort(timeline.class).failures.note(failed);
    }

    /// Notes the gauges at the end of the slice that `now` falls in, and tells them.
    pub fn tick(&mut self, now: Nanos, pool: Gauges) -> Slice {
        let (in_use, waiting, in_flight) = (self.in_use.value, self.waiting.value, self.in_flight.value);
        let slice = self.tape.series.at(now);
        slice.in_use = in_use;
        slice.waiting = waiting;
        slice.in_flight = in_flight;
        slice.pool = pool;
        *slice
    }

    /// How things stand now.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            in_use: self.in_use.value,
            running: self.running,
            waiting: self.waiting.value,
            in_flight: self.in_flight.value,
        }
    }

    /// Requests sent and not finished.
    #[must_use]
    pub fn in_flight(&self) -> u32 {
        self.in_flight.value
    }

    /// Notes how late a wait outside the database ended.
    #[inline]
    pub fn woke(&mut self, late: Nanos) {
        self.tape.timer_error.note(late);
    }

    /// What was noted so far.
    #[must_use]
    pub fn tape(&self) -> &Tape {
        &self.tape
    }

    /// Takes what was noted, and leaves nothing.
    #[must_use]
    pub fn take(&mut self) -> Tape {
        // What is still there stays until the end of the measured span.
        let window = self.tape.window;
        for (gauge, little) in [
            (&mut self.in_use, &mut self.tape.pool),
            (&mut self.waiting, &mut self.tape.queue),
            (&mut self.in_flight, &mut self.tape.system),
        ] {
            gauge.change(0, window.to);
            little.integral = gauge.integral;
        }
        std::mem::take(&mut self.tape)
    }
}

#[cfg(test)]
mod tests;
