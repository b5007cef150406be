//! Writes a whole round of requests at once, where no edge of the measured span falls into it.

use super::engine::{Block, ROUND, Round};
use super::follow::Change;
use super::tape_writer::{MOST_SPANS, TapeWriter};
use crate::record::{Hold, Little, WAITED_NS};

/// Where a round lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    /// All of it before the measured span.
    Before,
    /// All of it from the start of the measured span on.
    Since,
}

/// So long a measured span that the times of a round cannot be added up any more: two years.
const TOO_LONG: u64 = 1 << 56;

impl TapeWriter {
    /// Whether it wrote the round: not one that lies across an edge.
    pub(super) fn wrote(&mut self, round: &Round) -> bool {
        let Some(place) = self.place(round) else { return false };
        if place == Where::Since {
            self.keep_spans(round);
        }
        for (class, block) in round.classes().iter().enumerate() {
            if block.count() > 0 {
                self.note_served(class, block, place);
                self.note_lost(class, block, place);
            }
        }
        true
    }

    fn place(&self, round: &Round) -> Option<Where> {
        let window = self.frame.window;
        let blocks = || round.classes().iter();
        let first = blocks().filter_map(Block::first).min()?;
        let last = blocks().map(Block::last).max()?;
        if last < window.from {
            return Some(Where::Before);
        }
        let since = first >= window.from && last <= self.frame.cut;
        (since && window.length() < TOO_LONG).then_some(Where::Since)
    }

    /// Those of the first pool are kept until there are enough for a chart.
    fn keep_spans(&mut self, round: &Round) {
        let until = self.frame.window.to;
        let served = || round.classes().iter().map(|block| &block.served);
        let holds = served().flat_map(|served| served.acquired().iter().zip(served.released()));
        self.left_out += holds.map(|(from, to)| u64::from(to.min(&until) > from)).sum::<u64>();
        if self.spans.len() == MOST_SPANS || !served().any(|served| served.pools().contains(&0)) {
            return;
        }
        for (class, at) in round.served_in_order() {
            let served = &round.classes()[class].served;
            let (acquired, released) = (served.acquired()[at], served.released()[at]);
            let kept = served.pools()[at] == 0 && released.min(until) > acquired;
            if kept && self.spans.len() < MOST_SPANS {
                let busy = self.planned(class, 0).share(released - acquired);
                self.spans.push(Hold { acquired, released, busy });
                self.left_out -= 1;
            }
        }
    }

    fn note_served(&mut self, class: usize, block: &Block, place: Where) {
        let count = block.served.arrived().len() as u64;
        let ledger = &mut self.cohorts[cohort(class, place)].ledger;
        ledger.scheduled += count;
        ledger.dispatched += count;
        ledger.completed += count;
        self.note_times(class, block, place);
        // A bystander's query is none that anybody commits, and none that the series counts.
        let requests = if class == 0 { count } else { 0 };
        if place == Where::Since && class == 0 {
            let in_time = |at: &&u64| **at < self.frame.window.to;
            self.completed_in_window += block.served.finished().iter().filter(in_time).count() as u64;
        }
        let ends = self.planned(class, 0).transactions;
        self.transactions.committed += requests * u64::from(ends.committed);
        self.transactions.rolled_back += requests * u64::from(ends.rolled_back);
        self.transactions.jobs_marked_failed += requests * u64::from(ends.marks);
        self.note_slices(class, block);
    }

    /// Notes the waits, responses and holds, one column after the other in the place of the one before.
    fn note_times(&mut self, class: usize, block: &Block, place: Where) {
        let (served, lead) = (&block.served, block.lead.get());
        let (arrived, acquired) = (served.arrived(), served.acquired());
        let (released, finished) = (served.released(), served.finished());
        let planned = self.planned(class, 0);
        let cohort = &mut self.cohorts[cohort(class, place)];
        let mut column = [0; ROUND];
        cohort.acquire_wait.seen.note_all(stays(&mut column, arrived, acquired, lead));
        cohort.response.seen.note_all(stays(&mut column, arrived, finished, 0));
        let holds = stays(&mut column, acquired, released, 0);
        cohort.hold.seen.note_all(holds);
        holds.iter_mut().for_each(|hold| *hold = planned.share(*hold));
        cohort.busy_hold.note_all(holds);
        if place == Where::Since {
            let until = self.clips(block);
            note(&mut self.queue, until, (arrived, lead), (acquired, 0));
            note(&mut self.system, until, (arrived, 0), (finished, 0));
            note(&mut self.pool, until, (acquired, 0), (released, 0));
            let end = self.frame.window.to;
            let clipped = acquired.iter().zip(released).map(|(from, to)| to.min(&end) - from.min(&end));
            self.busy_in_window += clipped.map(|hold| u128::from(planned.share(hold))).sum::<u128>();
        }
    }

    /// The end of the measured span, if some of a block goes on until after it.
    fn clips(&self, block: &Block) -> Option<u64> {
        let end = self.frame.window.to;
        (block.last() > end).then_some(end)
    }

    /// Notes those that got a connection in the slices of the series. Who does not wait begins and ends
    /// waiting in the same slice, which changes nothing.
    fn note_slices(&mut self, class: usize, block: &Block) {
        let served = &block.served;
        self.came(class, served.arrived(), block.lead.get());
        let asked = u64::from(class == 0);
        self.change(served.acquired(), 0, |change, count| {
            change.waiting -= count as i64;
            change.in_use += count as i64;
            change.asked += asked * count;
        });
        if class == 0 {
            self.note_waited(served.arrived(), served.acquired(), block.lead.get());
            self.note_roughly(0, served.arrived(), served.acquired(), block.lead.get());
            self.note_roughly(1, served.arrived(), served.finished(), 0);
        }
        self.change(served.released(), 0, |change, count| change.in_use -= count as i64);
        let requests = u64::from(class == 0);
        self.change(served.finished(), 0, |change, count| {
            change.in_flight -= count as i64;
            change.completed += requests * count;
        });
    }

    /// Notes roughly how long those waited, or took in all, that got a connection.
    fn note_roughly(&mut self, which: usize, arrived: &[u64], ended: &[u64], lead: u64) {
        for (from, to) in arrived.iter().zip(ended) {
            self.roughly(which, *to, to - from - lead);
        }
    }

    /// Notes in the slices of the series that some of those who got a connection had waited.
    fn note_waited(&mut self, arrived: &[u64], acquired: &[u64], lead: u64) {
        let waited = |from: u64, to: u64| u64::from(to - from - lead > WAITED_NS);
        let pairs = || arrived.iter().zip(acquired);
        let count = pairs().map(|(from, to)| waited(*from, *to)).sum::<u64>();
        if count == 0 {
            return;
        }
        let bounds = |(least, greatest): (u64, u64), at: &u64| (least.min(*at), greatest.max(*at));
        let (least, greatest) = acquired.iter().fold((u64::MAX, 0), bounds);
        let (first, last) = (self.slice_of(least), self.slice_of(greatest));
        if first == last {
            self.slice(least).waited += count;
            return;
        }
        for (from, to) in pairs() {
            let slice = self.slice_of(*to);
            self.changes[slice].waited += waited(*from, *to);
        }
    }

    /// Notes in the slices of the series that requests come, and ask for a connection so much later.
    fn came(&mut self, class: usize, arrived: &[u64], lead: u64) {
        let requests = u64::from(class == 0);
        self.change(arrived, 0, |change, count| {
            change.in_flight += count as i64;
            change.due += requests * count;
            change.waiting += if lead == 0 { count as i64 } else { 0 };
        });
        if lead > 0 {
            self.change(arrived, lead, |change, count| change.waiting += count as i64);
        }
    }

    fn note_lost(&mut self, class: usize, block: &Block, place: Where) {
        let arrived = block.gave_up.arrived();
        let count = arrived.len() as u64;
        if count == 0 {
            return;
        }
        let (lead, wait) = (block.lead.get(), block.timeout.get());
        let cohort = &mut self.cohorts[cohort(class, place)];
        cohort.ledger.scheduled += count;
        cohort.ledger.dispatched += count;
        cohort.ledger.acquire_timed_out += count;
        cohort.acquire_wait.censored.note_n(wait, count);
        cohort.response.censored.note_n(lead + wait, count);
        if place == Where::Since {
            let (until, over) = (self.clips(block), (arrived, lead + wait));
            note(&mut self.queue, until, (arrived, lead), over);
            note(&mut self.system, until, (arrived, 0), over);
        }
        self.came(class, arrived, lead);
        if class == 0 {
            for at in arrived {
                self.roughly(0, at + lead + wait, wait);
                self.roughly(1, at + lead + wait, u64::MAX);
            }
        }
        let requests = u64::from(class == 0);
        self.change(arrived, lead + wait, |change, count| {
            change.waiting -= count as i64;
            change.in_flight -= count as i64;
            change.timed_out += requests * count;
            change.asked += requests * count;
            change.waited += requests * count;
        });
    }

    /// Changes the slices in which these instants fall, each so much `later`: as a rule they all fall
    /// into one.
    #[inline]
    fn change(&mut self, instants: &[u64], later: u64, change: impl Fn(&mut Change, u64)) {
        if instants.is_empty() {
            return;
        }
        let bounds = |(least, greatest): (u64, u64), at: &u64| (least.min(*at), greatest.max(*at));
        let (least, greatest) = instants.iter().fold((u64::MAX, 0), bounds);
        let (first, last) = (self.slice_of(least + later), self.slice_of(greatest + later));
        // Makes room for the last one.
        let change_of_last = self.slice(greatest + later);
        if first == last {
            return change(change_of_last, instants.len() as u64);
        }
        for at in instants {
            let slice = self.slice_of(at + later);
            change(&mut self.changes[slice], 1);
        }
    }
}

/// Where the requests of a class are counted.
fn cohort(class: usize, place: Where) -> usize {
    2 * class + usize::from(place == Where::Before)
}

/// The time between two instants of each request, the first of them so much `later`.
#[inline]
fn stays<'b>(block: &'b mut [u64; ROUND], from: &[u64], to: &[u64], later: u64) -> &'b mut [u64] {
    let block = &mut block[..from.len()];
    for ((stay, from), to) in block.iter_mut().zip(from).zip(to) {
        *stay = to - from - later;
    }
    block
}

/// Counts stays twice over, as for a single one: each, and as what all add to the number present by
/// their starts less their ends. Starts and ends come so much later than they say, and those after an end
/// are clipped to it.
#[inline]
fn note(little: &mut Little, until: Option<u64>, (from, after): (&[u64], u64), (to, later): (&[u64], u64)) {
    let clip = |at: u64| until.map_or(at, |until| at.min(until));
    let (mut starts, mut ends, mut stays) = (0_u64, 0_u64, 0_u64);
    for (from, to) in from.iter().zip(to) {
        let (start, end) = (clip(from + after), clip(to + later));
        starts = starts.wrapping_add(start);
        ends = ends.wrapping_add(end);
        stays += end - start;
    }
    little.integral = little.integral.wrapping_add(ends.wrapping_sub(starts).into());
    little.stays += u128::from(stays);
}

#[cfg(test)]
mod tests;
