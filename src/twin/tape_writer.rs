//! Writes the tape of a lane while an engine plays it, in whatever order the engine tells.

use super::crowd::Crowd;
use super::engine::{Deadlock, NotSent, PlayedOutcome, RequestRef, Round, SimTime, Sink};
use super::failing::AskedFailures;
use super::follow::{Change, Late, note_asked, series, settle, stuck};
use super::kinds::OtherKinds;
use super::slots::assigned;
use super::span::PlannedSpan;
use crate::itinerary::StepKind;
use crate::record::{
    Cohort, End, Hold, KindTally, Little, Occupancy, Outcome, Rough, Tape, Transactions, WAITED_NS, Window,
};

mod merge;

/// What a tape writer has to know of a lane.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) window: Window,
    /// When the lane ends: what happens later was not seen.
    pub(super) cut: u64,
    pub(super) step: u64,
    /// Of each class each of its holds, as planned.
    pub(super) spans: Vec<Vec<PlannedSpan>>,
    pub(super) connections: u64,
    /// Which requests of each kind fail, the usual kind first.
    pub(super) failures: Vec<AskedFailures>,
    /// Which requests are of which kind.
    pub(super) kinds: OtherKinds,
    /// Names and kinds of the steps that fail, in the same order.
    pub(super) failing: Vec<(String, StepKind)>,
}

/// Most holds that are kept one by one: enough for a chart.
pub(super) const MOST_SPANS: usize = 20_000;

/// The sink that writes the tape of one lane.
#[derive(Debug, Default)]
pub(super) struct TapeWriter {
    pub(super) frame: Frame,
    /// 2⁶⁴ ÷ the length of a slice: a product is cheaper than a quotient.
    per_slice: u64,
    /// Requests and others, each first those of the measured span, then those of the warm-up.
    pub(super) cohorts: [Cohort; 4],
    /// Of those that were sent later than they came.
    late: [Late; 4],
    /// Requests of each kind, where there are several.
    pub(super) tallies: Vec<KindTally>,
    /// How many requests failed in each step that fails: of the measured span, and of the warm-up.
    failed: [Vec<u64>; 2],
    pub(super) changes: Vec<Change>,
    /// Waits of acquires, and response times.
    pub(super) rough: [Rough; 2],
    pub(super) pool: Little,
    pub(super) queue: Little,
    pub(super) system: Little,
    pub(super) busy_in_window: u128,
    pub(super) completed_in_window: u64,
    pub(super) spans: Vec<Hold>,
    pub(super) left_out: u64,
    pub(super) transactions: Transactions,
    /// Requests in flight, others not among them.
    pub(super) crowd: Crowd,
    giving_up: Option<(u32, u64)>,
    deadlocks: u64,
    first_deadlock: Option<Deadlock>,
}

impl TapeWriter {
    pub(super) fn new(frame: Frame) -> Self {
        let per_slice = u64::MAX / frame.step.max(1);
        let failed = [(); 2].map(|()| vec![0; frame.failing.len()]);
        let kinds = if frame.kinds.kinds.is_empty() { 0 } else { 1 + frame.kinds.kinds.len() };
        Self { frame, per_slice, failed, tallies: vec![KindTally::default(); kinds], ..Self::default() }
    }

    #[inline]
    fn cohort(&mut self, who: RequestRef) -> &mut Cohort {
        &mut self.cohorts[self.cohort_of(who)]
    }

    #[inline]
    fn cohort_of(&self, who: RequestRef) -> usize {
        let warm_up = usize::from(who.arrived.get() < self.frame.window.from);
        (2 * who.class as usize + warm_up) & 3
    }

    /// Notes the times of a request that the in-flight cap held back until it was `sent`.
    #[cold]
    fn note_late(&mut self, who: RequestRef, sent: u64, until: u64, end: End) {
        let (arrived, cohort) = (who.arrived.get(), self.cohort_of(who));
        self.cohorts[cohort].schedule_lag.note(sent - arrived);
        self.late[cohort].response.note(until - arrived, end);
        self.late[cohort].service.note(until - sent, end);
    }

    /// Counts a request by the step in which it failed.
    #[cold]
    fn note_failed(&mut self, who: RequestRef) {
        let (cohort, kind) = (self.cohort_of(who), self.frame.kinds.of(who.request));
        let (before, own) = self.frame.failures.split_at(kind);
        let first: usize = before.iter().map(|asked| asked.steps.len()).sum();
        let step = own.first().and_then(|asked| asked.step_of(who.request));
        if let (Some(counts), Some(step)) = (self.failed.get_mut(cohort), step) {
            counts[first + step] += 1;
        }
    }

    /// Of those due in the measured span, where kinds are counted apart.
    #[inline]
    fn tally(&mut self, who: RequestRef) -> Option<&mut KindTally> {
        if self.tallies.is_empty() || self.cohort_of(who) != 0 {
            return None;
        }
        self.tallies.get_mut(self.frame.kinds.of(who.request))
    }

    /// The number of the slice in which an instant falls; one at the very edge may fall to its
    /// neighbour.
    #[inline]
    pub(super) fn slice_of(&self, at: u64) -> usize {
        ((u128::from(at) * u128::from(self.per_slice)) >> 64) as usize
    }

    #[inline]
    pub(super) fn slice(&mut self, at: u64) -> &mut Change {
        let index = self.slice_of(at);
        if index >= self.changes.len() {
            self.changes.resize(index + 1, Change::default());
        }
        &mut self.changes[index]
    }

    /// A hold as planned.
    #[inline]
    pub(super) fn planned(&self, class: usize, hold: usize) -> PlannedSpan {
        let spans = self.frame.spans.get(class);
        *spans.and_then(|spans| spans.get(hold)).unwrap_or(&PlannedSpan::BUSY)
    }

    /// Counts a stay twice over: clipped to the window, and as what it adds to the number present
    /// from its start less from its end.
    #[inline]
    fn stay(little: &mut Little, window: Window, from: u64, to: u64) -> u64 {
        let left = |at: u64| u128::from(window.to - at.clamp(window.from, window.to));
        little.integral = little.integral.wrapping_add(left(from)).wrapping_sub(left(to));
        let clipped = window.clip(from, to);
        little.stays += u128::from(clipped);
        clipped
    }

    /// A request waited from `asked` until `until`, both before the cut.
    #[inline]
    fn waited(&mut self, asked: u64, until: u64, end: End) {
        if until > asked || end == End::NotSeen {
            Self::stay(&mut self.queue, self.frame.window, asked, until);
            self.slice(asked).waiting += 1;
            if end == End::Seen {
                self.slice(until).waiting -= 1;
            }
        }
    }

    /// An acquire ended after this wait, or without a connection; those of others are in no series.
    #[inline]
    fn asked(&mut self, who: RequestRef, until: u64, (wait, end): (u64, End)) {
        let lost = end == End::NotSeen;
        if who.class == 0 {
            let slice = self.slice(until);
            slice.asked += 1;
            slice.waited += u64::from(lost || wait > WAITED_NS);
            self.roughly(0, until, wait);
        }
    }

    /// Notes a wait of an acquire (0) or a response time (1) of a request in the slice of its end.
    #[inline]
    pub(super) fn roughly(&mut self, which: usize, at: u64, time: u64) {
        let slice = self.slice_of(at);
        self.rough[which].note(slice, time);
    }

    /// The tape.
    pub(super) fn into_tape(self) -> Tape {
        let [mut measured, mut warm_up, mut bystanders, mut bystanders_warm_up] = self.cohorts;
        let [waits, responses] = self.rough;
        let series = series((self.frame.step, self.frame.connections), &self.changes);
        let cohorts = [&mut measured, &mut warm_up, &mut bystanders, &mut bystanders_warm_up];
        cohorts.into_iter().zip(&self.late).for_each(|(cohort, late)| settle(cohort, late));
        for (cohort, counts) in [&mut measured, &mut warm_up].into_iter().zip(&self.failed) {
            note_asked(cohort, &self.frame.failing, counts);
        }
        Tape {
            measured,
            kinds: self.tallies,
            warm_up,
            bystanders,
            bystanders_warm_up,
            window: self.frame.window,
            completed_in_window: self.completed_in_window,
            pool: self.pool,
            queue: self.queue,
            system: self.system,
            busy_in_window: self.busy_in_window,
            series: series.with(waits, responses),
            occupancy: Occupancy { spans: assigned(self.spans), left_out: self.left_out },
            transactions: self.transactions,
            deadlocks: self.first_deadlock.map(|first| stuck(self.deadlocks, &first)),
            ..Tape::default()
        }
    }
}

impl Sink for TapeWriter {
    fn played(&mut self, round: &Round) {
        self.crowd.note(round, 0);
        if !self.wrote(round) {
            round.tell(self);
        }
    }

    #[inline]
    fn acquired(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        let (asked, at, cut) = (asked.get(), at.get(), self.frame.cut);
        if asked > cut {
            return;
        }
        let end = if at <= cut { End::Seen } else { End::NotSeen };
        self.waited(asked, at.min(cut), end);
        self.asked(who, at.min(cut), (at.min(cut) - asked, end));
        self.cohort(who).acquire_wait.note(at.min(cut) - asked, end);
        if let Some(tally) = self.tally(who) {
            tally.acquire_wait.note(at.min(cut) - asked, end);
        }
    }

    fn gave_up(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.giving_up = Some((who.class, who.request));
        let (asked, at, cut) = (asked.get(), at.get(), self.frame.cut);
        if asked <= cut {
            let end = if at <= cut { End::Seen } else { End::NotSeen };
            self.waited(asked, at.min(cut), end);
            self.asked(who, at.min(cut), (at.min(cut) - asked, End::NotSeen));
            self.cohort(who).acquire_wait.note(at.min(cut) - asked, End::NotSeen);
            if let Some(tally) = self.tally(who) {
                tally.acquire_wait.note(at.min(cut) - asked, End::NotSeen);
            }
        }
    }

    #[inline]
    fn released(&mut self, who: RequestRef, acquired: SimTime, at: SimTime) {
        let (acquired, at, cut) = (acquired.get(), at.get(), self.frame.cut);
        if acquired > cut {
            return;
        }
        let (seen, until) = (at <= cut, at.min(cut));
        let whole = seen && self.giving_up != Some((who.class, who.request));
        let planned = self.planned(who.class as usize, who.hold as usize);
        let busy = planned.share(until - acquired);
        let clipped = Self::stay(&mut self.pool, self.frame.window, acquired, until);
        if clipped > 0 {
            self.busy_in_window += u128::from(planned.share(clipped));
            if who.pool == 0 && self.spans.len() < MOST_SPANS {
                self.spans.push(Hold { acquired, released: until, busy });
            } else {
                self.left_out += 1;
            }
        }
        self.slice(acquired).in_use += 1;
        if seen {
            self.slice(at).in_use -= 1;
        }
        // A bystander's query is none that anybody commits.
        if seen && who.class == 0 {
            let ends = planned.transactions;
            let (committed, rolled_back) =
                if whole { (ends.committed, ends.rolled_back) } else { ends.when_given_up() };
            self.transactions.committed += u64::from(committed);
            self.transactions.rolled_back += u64::from(rolled_back);
            self.transactions.jobs_marked_failed += if whole { u64::from(ends.marks) } else { 0 };
        }
        let several = self.frame.spans.get(who.class as usize).is_some_and(|spans| spans.len() > 1);
        let cohort = self.cohort(who);
        cohort.hold.note(until - acquired, if whole { End::Seen } else { End::NotSeen });
        if whole {
            cohort.busy_hold.note(busy);
        }
        if whole && several {
            cohort.strata.note(who.hold as usize, until - acquired, busy);
        }
        if let Some(tally) = self.tally(who) {
            tally.hold.note(until - acquired, if whole { End::Seen } else { End::NotSeen });
        }
    }

    #[inline]
    fn finished(&mut self, who: RequestRef, sent: SimTime, at: SimTime, outcome: PlayedOutcome) {
        self.giving_up = None;
        let (arrived, sent, at, cut) = (who.arrived.get(), sent.get(), at.get(), self.frame.cut);
        // An engine that holds nobody back says the same instant twice, and pays for no question.
        let late = sent > arrived;
        if late && sent > cut {
            return self.not_sent(who, NotSent::StillQueued);
        }
        let until = at.min(cut);
        let outcome = match outcome {
            _ if at > cut => Outcome::InFlight,
            PlayedOutcome::Completed => Outcome::Completed,
            PlayedOutcome::TimedOut => Outcome::AcquireTimedOut,
            PlayedOutcome::Failed => Outcome::WorkFailed,
        };
        if outcome == Outcome::WorkFailed {
            self.note_failed(who);
        }
        let end = if outcome == Outcome::Completed { End::Seen } else { End::NotSeen };
        let cohort = self.cohort(who);
        cohort.ledger.scheduled += 1;
        cohort.ledger.dispatched += 1;
        cohort.ledger.note(outcome);
        if late {
            self.note_late(who, sent, until, end);
        } else {
            cohort.response.note(until - arrived, end);
        }
        if let Some(tally) = self.tally(who) {
            tally.sent();
            tally.ended(outcome, until - arrived);
        }
        let window = self.frame.window;
        Self::stay(&mut self.system, window, sent, until);
        let requests = who.class == 0;
        self.completed_in_window += u64::from(requests && end == End::Seen && window.holds(at));
        let begun = self.slice(sent);
        begun.in_flight += 1;
        let due = if late { self.slice(arrived) } else { begun };
        due.due += u64::from(requests);
        if outcome != Outcome::InFlight {
            let over = self.slice(at);
            over.in_flight -= 1;
            over.completed += u64::from(requests && outcome == Outcome::Completed);
            over.timed_out += u64::from(requests && outcome == Outcome::AcquireTimedOut);
            over.failed += u64::from(requests && outcome == Outcome::WorkFailed);
            if requests {
                let completed = outcome == Outcome::Completed;
                self.roughly(1, at, if completed { until - arrived } else { u64::MAX });
            }
        }
    }

    fn not_sent(&mut self, who: RequestRef, why: NotSent) {
        let (arrived, cut, cohort) = (who.arrived.get(), self.frame.cut, self.cohort_of(who));
        let ledger = &mut self.cohorts[cohort].ledger;
        ledger.scheduled += 1;
        match why {
            NotSent::Shed => ledger.shed += 1,
            NotSent::StillQueued => {
                ledger.still_queued += 1;
                self.late[cohort].response.note(cut.saturating_sub(arrived), End::NotSeen);
            }
        }
        self.slice(arrived).due += u64::from(who.class == 0);
    }

    fn deadlocked(&mut self, deadlock: &Deadlock) {
        if deadlock.at.get() <= self.frame.cut {
            self.deadlocks += 1;
            self.keep_first(deadlock.clone());
        }
    }
}
