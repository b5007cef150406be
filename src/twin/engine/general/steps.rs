//! What happens to a request from one event to the next.

use super::{General, Playing, PlayingSource};
use crate::twin::engine::code::Instruction;
use crate::twin::engine::deadlock::{Deadlock, Holder};
use crate::twin::engine::sim_time::SimTime;
use crate::twin::engine::sink::{PlayedOutcome, Sink};

impl<S: Sink> General<'_, S> {
    /// Lets a request go on, and then all those that it lets go on.
    #[inline]
    pub(super) fn step(&mut self, slot: u32) {
        self.go_on(slot);
        while let Some(next) = self.ready.pop_front() {
            self.go_on(next);
        }
    }

    /// Takes the steps of a request until it has to wait for a time or for a connection.
    fn go_on(&mut self, slot: u32) {
        loop {
            let request = self.requests.get_mut(slot);
            let at = request.at;
            request.at += 1;
            match self.code.steps[at as usize] {
                Instruction::Draw(ref sampler) => {
                    let at = self.now + sampler.draw(&mut request.own);
                    let due = self.begin_timer(at, slot);
                    return self.timers.add(due);
                }
                Instruction::Compute(ref sampler) => {
                    let (time, place) = (sampler.draw(&mut request.own), request.place as usize);
                    return self.compute(slot, place, time);
                }
                Instruction::Computed => {
                    let place = request.place as usize;
                    self.computed(place);
                }
                Instruction::Pause { queue, time } => return self.pause(queue, time, slot),
                Instruction::Acquire { hold, .. } => {
                    if !self.acquire(slot, hold) {
                        return;
                    }
                }
                Instruction::Release { hold } => self.release(slot, hold),
                Instruction::End(outcome) => return self.finish(slot, outcome),
                Instruction::Begin => {
                    if !self.begin(slot) {
                        return;
                    }
                }
            }
        }
    }

    /// Keeps a processor busy for so long, when there is one.
    fn compute(&mut self, slot: u32, place: usize, time: SimTime) {
        let service = &mut self.services[place];
        if service.busy == self.plan.processors {
            return service.line.push_back((slot, time));
        }
        service.busy += 1;
        let due = self.begin_timer(self.now + time, slot);
        self.timers.add(due);
    }

    /// A processor is free: the next in line takes it.
    fn computed(&mut self, place: usize) {
        let service = &mut self.services[place];
        match service.line.pop_front() {
            Some((next, time)) => {
                let due = self.begin_timer(self.now + time, next);
                self.timers.add(due);
            }
            None => service.busy -= 1,
        }
    }

    fn pause(&mut self, queue: u32, time: SimTime, slot: u32) {
        let due = self.begin_timer(self.now + time, slot);
        let queues = &mut self.queues[queue as usize];
        queues.add(due);
        let after_arrivals = if (queue as usize) < self.code.queues.len() { 0 } else { self.classes.len() };
        self.next[1 + queue as usize + after_arrivals] = queues.next();
    }

    /// Asks for a connection; whether there is one at once.
    #[inline]
    fn acquire(&mut self, slot: u32, hold: u32) -> bool {
        let request = self.requests.get_mut(slot);
        request.asked = self.now;
        let (place, held, class) = (request.place as usize, request.held, usize::from(request.class));
        let pool_number = self.shard.pool(place);
        let who = request.who(pool_number, hold);
        self.sink.asked(who, self.now);
        if let Some(loads) = &mut self.loads {
            loads.more(pool_number);
        }
        let pool = &mut self.pools[place];
        if pool.free > 0 {
            pool.free -= 1;
            self.requests.hold(slot, self.now);
            self.sink.acquired(who, self.now, self.now);
            return true;
        }
        pool.queue(&mut self.requests, slot);
        if let Some((queue, timeout)) = self.classes[class].timeout
            && self.now + timeout < SimTime::NEVER
        {
            self.pause(queue, timeout, slot);
        }
        if held > 0 {
            self.block(place, u32::from(held));
        }
        false
    }

    #[inline]
    fn release(&mut self, slot: u32, hold: u32) {
        let acquired = self.requests.let_go(slot);
        let request = self.requests.get(slot);
        let place = request.place as usize;
        let pool_number = self.shard.pool(place);
        self.sink.released(request.who(pool_number, hold), acquired, self.now);
        if let Some(loads) = &mut self.loads {
            loads.less(pool_number);
        }
        let pool = &mut self.pools[place];
        let Some(next) = pool.first() else {
            pool.free += 1;
            return;
        };
        pool.leave(&mut self.requests, next);
        let waiter = *self.requests.get(next);
        if waiter.held > 0 {
            self.unblock(place, waiter.held.into());
        }
        self.requests.hold(next, self.now);
        let who = waiter.who(pool_number, self.code.waited_for(waiter.at));
        self.sink.acquired(who, waiter.asked, self.now);
        self.ready.push_back(next);
    }

    fn finish(&mut self, slot: u32, outcome: PlayedOutcome) {
        let request = self.requests.get_mut(slot);
        let (arrived, class) = (request.arrived, usize::from(request.class));
        let who = request.who(self.shard.pool(request.place as usize), 0);
        let sent = self.gate.as_ref().map_or(arrived, |gate| gate.sent(class, slot, arrived));
        self.sink.finished(who, sent, self.now, outcome);
        self.ended.last = self.now;
        let Playing { source: PlayingSource::Closed { callers, think, draws, .. }, .. } =
            &self.classes[class]
        else {
            return self.leave(class, slot);
        };
        request.number += u64::from(*callers);
        request.at = self.code.starts[class];
        let time = think.draw(&mut draws.of(request.number));
        match self.code.thinking[class] {
            Some(queue) => self.pause(queue, time, slot),
            None => {
                let due = self.begin_timer(self.now + time, slot);
                self.timers.add(due);
            }
        }
    }

    /// A caller sends its next request, unless the run takes no more.
    fn begin(&mut self, slot: u32) -> bool {
        if self.now > self.plan.until {
            self.requests.remove(slot);
            return false;
        }
        self.ended.requests += 1;
        let place = self.choose();
        let request = self.requests.get_mut(slot);
        request.arrived = self.now;
        request.place = place;
        let class = usize::from(request.class);
        request.own = self.classes[class].steps.of(request.number);
        if let Some(start) = self.code.elsewhere(class, request.number) {
            request.at = start;
        }
        true
    }

    /// The longest wait of a class may have lasted as long as it is allowed to.
    pub(super) fn give_up(&mut self, source: usize) {
        let queue = source - 1 - self.classes.len();
        if let Some(due) = self.queues[queue].take() {
            let (at, slot) = (due.at, due.slot());
            let request = *self.requests.get(slot);
            let class = usize::from(request.class);
            let still = self.classes[class]
                .timeout
                .is_some_and(|(of, timeout)| of as usize == queue && request.asked + timeout == at);
            if request.waiting && still {
                self.time_out(slot);
            }
        }
        self.next[source] = self.queues[queue].next();
    }

    /// The request stops waiting, gives back what it holds and is over.
    fn time_out(&mut self, slot: u32) {
        let request = *self.requests.get(slot);
        let place = request.place as usize;
        let pool_number = self.shard.pool(place);
        self.pools[place].leave(&mut self.requests, slot);
        let who = request.who(pool_number, self.code.waited_for(request.at));
        self.sink.gave_up(who, request.asked, self.now);
        if let Some(loads) = &mut self.loads {
            loads.less(pool_number);
        }
        if request.held > 0 {
            self.unblock(place, request.held.into());
            for hold in self.code.held_at(request.at).into_iter().rev() {
                self.release(slot, hold);
            }
        }
        self.finish(slot, self.code.too_long(request.at));
        while let Some(next) = self.ready.pop_front() {
            self.go_on(next);
        }
    }

    /// A request that holds connections waits for another one.
    fn block(&mut self, place: usize, held: u32) {
        let pool = &mut self.pools[place];
        pool.blocked += held;
        if pool.blocked < self.plan.connections {
            return;
        }
        let number = self.shard.pool(place);
        self.stalled.push((number, self.now));
        let waiting = || pool.waiting(&self.requests).map(|slot| self.requests.get(slot));
        let holders = waiting().filter(|request| request.held > 0).map(|request| Holder {
            who: request.who(number, self.code.waited_for(request.at)),
            holds: request.held.into(),
            acquisition: self.code.asked_for(request.at),
            asked: request.asked,
            gives_up: self.classes[usize::from(request.class)]
                .timeout
                .map(|(_, timeout)| request.asked + timeout)
                .filter(|end| *end < SimTime::NEVER),
        });
        let deadlock = Deadlock {
            pool: number,
            at: self.now,
            holders: holders.collect(),
            bystanders: waiting().filter(|request| request.held == 0).count() as u64,
        };
        self.sink.deadlocked(&deadlock);
    }

    /// Such a request waits no longer.
    fn unblock(&mut self, place: usize, held: u32) {
        let pool = &mut self.pools[place];
        let stalled = pool.blocked == self.plan.connections;
        pool.blocked -= held;
        if stalled {
            let number = self.shard.pool(place);
            if let Some(index) = self.stalled.iter().position(|(pool, _)| *pool == number) {
                let (_, since) = self.stalled.swap_remove(index);
                self.sink.recovered(number, since, self.now);
            }
        }
    }
}
