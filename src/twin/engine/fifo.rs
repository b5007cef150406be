//! Pools that serve in order of arrival, without a list of events: each request is played to its end
//! when it comes, because all that it needs to know is when a connection comes free.
//!
//! A request whose wait would be longer than its timeout takes no connection, so those behind it see
//! what they would have seen.

use super::free::{Free, Rings, Tournaments};
use super::plan::EnginePlan;
use super::round::{Coming, ROUND, Round};
use super::run::{Ended, Shard};
use super::seed::{ByRequest, DrawStream, Seed};
use super::sim_time::SimTime;
use super::sink::Sink;
use super::work::{RequestStream, Steps, Sum};
use crate::scenario::Routing;

/// A plan that needs no list of events: every request has one hold, comes to it after the same time,
/// and goes to a pool that is chosen without looking.
#[derive(Debug)]
pub(super) struct Fifo<'p> {
    plan: &'p EnginePlan,
    lead: SimTime,
    classes: Vec<Steps>,
}

impl<'p> Fifo<'p> {
    /// Connections in all pools, above which keeping an instant for each costs more than events.
    const MOST: u64 = 1 << 24;

    /// The plan as this path plays it, if it can.
    pub(super) fn new(plan: &'p EnginePlan) -> Option<Self> {
        let blind = plan.pools == 1 || plan.routing != Routing::LeastLoaded;
        if !blind || plan.cap.is_some() || plan.all_connections() > Self::MOST {
            return None;
        }
        let mut leads = Vec::new();
        let mut classes = Vec::new();
        for class in &plan.classes {
            let [lead, hold, tail] = class.program.single_hold()?;
            leads.push(Sum::new(lead).constant()?);
            let timeout = class.timeout.unwrap_or(SimTime::NEVER);
            classes.push(Steps { timeout, hold: Sum::new(hold), tail: Sum::new(tail) });
        }
        let open = plan.classes.iter().all(|class| class.source.is_open());
        let in_step = leads.iter().all(|lead| *lead == leads[0]);
        (open && in_step).then(|| Self { plan, lead: leads[0], classes })
    }

    /// Whether all holds are alike, but for those that take no time.
    pub(super) fn holds_alike(&self) -> bool {
        let holds: Option<Vec<SimTime>> = self.classes.iter().map(|steps| steps.hold.constant()).collect();
        holds.is_some_and(|holds| {
            let mut long = holds.iter().filter(|hold| **hold > SimTime::ZERO);
            long.next().is_none_or(|first| long.all(|hold| hold == first))
        })
    }

    pub(super) fn play<S: Sink>(&self, seed: Seed, shard: &Shard, sink: &mut S) -> Ended {
        let (pools, connections) = (shard.len(), self.plan.connections as usize);
        if self.holds_alike() {
            self.play_on(Rings::new(pools, connections), seed, shard, sink)
        } else {
            self.play_on(Tournaments::new(pools, connections), seed, shard, sink)
        }
    }

    fn play_on<S: Sink>(&self, mut free: impl Free, seed: Seed, shard: &Shard, sink: &mut S) -> Ended {
        let Some(mut requests) = RequestStream::new(self.plan, seed) else {
            unreachable!("the path is taken for blind routing only")
        };
        let draws: Vec<ByRequest> =
            (0..self.classes.len()).map(|class| seed.by_request(DrawStream::Steps, class)).collect();
        let mut coming = [Coming::default(); ROUND];
        let mut round = Round::new(self.classes.iter().map(|steps| (self.lead, steps.timeout)));
        let mut ended = Ended::default();
        loop {
            let count = requests.fill(&mut coming, shard);
            if count == 0 {
                return ended;
            }
            for request in &coming[..count] {
                self.serve(*request, &draws, &mut free, shard.place(request.pool), &mut round);
            }
            sink.played(&round);
            ended.requests += count as u64;
            let last = round.classes().iter().map(|block| block.last()).max().unwrap_or(0);
            ended.last = ended.last.max(SimTime::new(last));
            round.clear();
        }
    }

    /// Plays one request to its end.
    #[inline]
    fn serve(
        &self,
        request: Coming,
        draws: &[ByRequest],
        free: &mut impl Free,
        place: usize,
        round: &mut Round,
    ) {
        let steps = &self.classes[request.class as usize];
        let asked = request.at + self.lead;
        let start = asked.max(free.earliest(place));
        if start - asked > steps.timeout {
            return round.give_up(request);
        }
        let mut own = draws[request.class as usize].of(request.number);
        let release = start + steps.hold.draw(&mut own);
        free.take(place, start, release);
        round.serve(request, start, release, release + steps.tail.draw(&mut own));
    }
}
