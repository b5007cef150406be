//! Requests that were played to their end, some hundred at a time, in columns: what is said of all of
//! them is said in loops that hold no question about any of them.

use super::sim_time::SimTime;
use super::sink::{PlayedOutcome, RequestRef, Sink};

/// The most requests in a round.
pub(crate) const ROUND: usize = 256;

/// Requests that came one after the other, each with one hold, or none if it gave up waiting.
#[derive(Debug)]
pub struct Round {
    classes: Vec<Block>,
}

/// Those of one class, in the order in which they came.
#[derive(Debug)]
pub(crate) struct Block {
    /// Those that got a connection.
    pub(crate) served: Served,
    pub(crate) gave_up: GaveUp,
    /// The time of each from its arrival until it asks for a connection.
    pub(crate) lead: SimTime,
    /// How long each waits at most.
    pub(crate) timeout: SimTime,
}

/// Requests that got a connection.
#[derive(Debug)]
pub(crate) struct Served {
    count: usize,
    number: [u64; ROUND],
    pool: [u32; ROUND],
    arrived: [u64; ROUND],
    acquired: [u64; ROUND],
    released: [u64; ROUND],
    finished: [u64; ROUND],
}

/// Requests that gave up.
#[derive(Debug)]
pub(crate) struct GaveUp {
    count: usize,
    number: [u64; ROUND],
    pool: [u32; ROUND],
    arrived: [u64; ROUND],
}

/// A request that comes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Coming {
    pub(super) at: SimTime,
    pub(super) number: u64,
    pub(super) class: u32,
    pub(super) pool: u32,
}

/// A request of a round.
#[derive(Debug, Clone, Copy)]
struct PlayedRequest {
    who: RequestRef,
    asked: SimTime,
    end: PlayedEnd,
}

#[derive(Debug, Clone, Copy)]
enum PlayedEnd {
    Served { acquired: SimTime, released: SimTime, finished: SimTime },
    GaveUp(SimTime),
}

impl Round {
    /// A round of classes with these times until they ask, and these timeouts.
    pub(super) fn new(classes: impl Iterator<Item = (SimTime, SimTime)>) -> Self {
        let block = |(lead, timeout)| Block { served: Served::new(), gave_up: GaveUp::new(), lead, timeout };
        Self { classes: classes.map(block).collect() }
    }

    pub(super) fn clear(&mut self) {
        for block in &mut self.classes {
            (block.served.count, block.gave_up.count) = (0, 0);
        }
    }

    #[inline]
    pub(super) fn serve(&mut self, request: Coming, acquired: SimTime, released: SimTime, finished: SimTime) {
        let served = &mut self.classes[request.class as usize].served;
        let at = served.count;
        served.number[at] = request.number;
        served.pool[at] = request.pool;
        served.arrived[at] = request.at.get();
        served.acquired[at] = acquired.get();
        served.released[at] = released.get();
        served.finished[at] = finished.get();
        served.count = at + 1;
    }

    #[inline]
    pub(super) fn give_up(&mut self, request: Coming) {
        let gave_up = &mut self.classes[request.class as usize].gave_up;
        let at = gave_up.count;
        gave_up.number[at] = request.number;
        gave_up.pool[at] = request.pool;
        gave_up.arrived[at] = request.at.get();
        gave_up.count = at + 1;
    }

    /// The blocks, class by class.
    pub(crate) fn classes(&self) -> &[Block] {
        &self.classes
    }

    /// Tells a sink of each request, in the order in which they came.
    pub(crate) fn tell(&self, sink: &mut impl Sink) {
        self.in_order().for_each(|played| played.tell(sink));
    }

    /// Each request, in the order in which they came; of those of one instant, first those of the first
    /// class.
    fn in_order(&self) -> impl Iterator<Item = PlayedRequest> {
        let mut next = vec![(0, 0); self.classes.len()];
        std::iter::from_fn(move || {
            let first = |class: usize| {
                let (block, (served, gave_up)) = (&self.classes[class], next[class]);
                let served = block.served.numbers().get(served).map(|number| (*number, true));
                let gave_up = block.gave_up.numbers().get(gave_up).map(|number| (*number, false));
                let (_, got) = served.into_iter().chain(gave_up).min()?;
                Some(block.played(class, if got { Ok(next[class].0) } else { Err(next[class].1) }))
            };
            let played = (0..self.classes.len()).filter_map(first).min_by_key(|played| played.who.arrived)?;
            let next = &mut next[played.who.class as usize];
            match played.end {
                PlayedEnd::Served { .. } => next.0 += 1,
                PlayedEnd::GaveUp(_) => next.1 += 1,
            }
            Some(played)
        })
    }

    /// The class and place of each that got a connection, in the same order.
    pub(crate) fn served_in_order(&self) -> impl Iterator<Item = (usize, usize)> {
        let mut next = vec![0; self.classes.len()];
        std::iter::from_fn(move || {
            let waiting = self.classes.iter().enumerate();
            let waiting = waiting.filter_map(|(class, block)| {
                block.served.arrived().get(next[class]).map(|arrived| (*arrived, class))
            });
            let (_, class) = waiting.min()?;
            next[class] += 1;
            Some((class, next[class] - 1))
        })
    }
}

impl Block {
    /// When the first of them came, if any did.
    pub(crate) fn first(&self) -> Option<u64> {
        let firsts = self.served.arrived().first().into_iter().chain(self.gave_up.arrived().first());
        firsts.min().copied()
    }

    /// When the last of them is over.
    pub(crate) fn last(&self) -> u64 {
        let served = self.served.finished().iter().copied().max();
        let gave_up = self.gave_up.arrived().last();
        let gave_up = gave_up.map(|at| (SimTime::new(*at) + self.lead + self.timeout).get());
        served.into_iter().chain(gave_up).max().unwrap_or(0)
    }

    pub(crate) fn count(&self) -> u64 {
        (self.served.count + self.gave_up.count) as u64
    }

    /// The request at a place among those served, or among those that gave up.
    fn played(&self, class: usize, place: Result<usize, usize>) -> PlayedRequest {
        let (request, pool, arrived) = match place {
            Ok(at) => (self.served.number[at], self.served.pool[at], self.served.arrived[at]),
            Err(at) => (self.gave_up.number[at], self.gave_up.pool[at], self.gave_up.arrived[at]),
        };
        let arrived = SimTime::new(arrived);
        let asked = arrived + self.lead;
        let end = match place {
            Ok(at) => PlayedEnd::Served {
                acquired: SimTime::new(self.served.acquired[at]),
                released: SimTime::new(self.served.released[at]),
                finished: SimTime::new(self.served.finished[at]),
            },
            Err(_) => PlayedEnd::GaveUp(asked + self.timeout),
        };
        PlayedRequest { who: RequestRef { class: class as u32, request, arrived, pool, hold: 0 }, asked, end }
    }
}

impl Served {
    fn new() -> Self {
        let empty = [0; ROUND];
        Self {
            count: 0,
            number: empty,
            pool: [0; ROUND],
            arrived: empty,
            acquired: empty,
            released: empty,
            finished: empty,
        }
    }

    fn numbers(&self) -> &[u64] {
        &self.number[..self.count]
    }

    pub(crate) fn pools(&self) -> &[u32] {
        &self.pool[..self.count]
    }

    pub(crate) fn arrived(&self) -> &[u64] {
        &self.arrived[..self.count]
    }

    pub(crate) fn acquired(&self) -> &[u64] {
        &self.acquired[..self.count]
    }

    pub(crate) fn released(&self) -> &[u64] {
        &self.released[..self.count]
    }

    pub(crate) fn finished(&self) -> &[u64] {
        &self.finished[..self.count]
    }
}

impl GaveUp {
    fn new() -> Self {
        Self { count: 0, number: [0; ROUND], pool: [0; ROUND], arrived: [0; ROUND] }
    }

    fn numbers(&self) -> &[u64] {
        &self.number[..self.count]
    }

    pub(crate) fn arrived(&self) -> &[u64] {
        &self.arrived[..self.count]
    }
}

impl PlayedRequest {
    fn tell(self, sink: &mut impl Sink) {
        let Self { who, asked, end } = self;
        sink.asked(who, asked);
        match end {
            PlayedEnd::Served { acquired, released, finished } => {
                sink.acquired(who, asked, acquired);
                sink.released(who, acquired, released);
                sink.finished(who, who.arrived, finished, PlayedOutcome::Completed);
            }
            PlayedEnd::GaveUp(at) => {
                sink.gave_up(who, asked, at);
                sink.finished(who, who.arrived, at, PlayedOutcome::TimedOut);
            }
        }
    }
}
