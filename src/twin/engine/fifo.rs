//! Pools that serve in order of arrival, without a list of events: each request is played to its end
//! when it comes, because all that it needs to know is when a connection comes free.
//!
//! A request whose wait would be longer than its timeout takes no connection, so those behind it see
//! what they would have seen.

use super::arrivals::{Arrivals, Poisson};
use super::free::{Free, Rings, Tournaments};
use super::law::Sampler;
use super::nanos::Nanos;
use super::plan::{Class, Limit, Plan, Routing, Source};
use super::route::Blind;
use super::run::{Ended, Shard};
use super::seed::{Seed, Stream};
use super::sink::{Outcome, Sink, Who};
use super::work::{Any, Fixed, Merged, One, Random, Requests, Steps, Sum, Work};

/// A plan that needs no list of events: every request has one hold, comes to it after the same time,
/// and goes to a pool that is chosen without looking.
#[derive(Debug)]
pub(super) struct Fifo<'p> {
    plan: &'p Plan,
    lead: Nanos,
    classes: Vec<Steps>,
}

impl<'p> Fifo<'p> {
    /// Connections in all pools, above which keeping an instant for each costs more than events.
    const MOST: u64 = 1 << 24;

    /// The plan as this path plays it, if it can.
    pub(super) fn new(plan: &'p Plan) -> Option<Self> {
        let blind = plan.pools == 1 || plan.routing != Routing::LeastLoaded;
        if !blind || plan.cap.is_some() || plan.all_connections() > Self::MOST {
            return None;
        }
        let mut leads = Vec::new();
        let mut classes = Vec::new();
        for class in &plan.classes {
            let [lead, hold, tail] = class.program.single_hold()?;
            leads.push(Sum::new(lead).constant()?);
            let timeout = class.timeout.unwrap_or(Nanos::NEVER);
            classes.push(Steps { timeout, hold: Sum::new(hold), tail: Sum::new(tail) });
        }
        let open = plan.classes.iter().all(|class| class.source.is_open());
        let in_step = leads.iter().all(|lead| *lead == leads[0]);
        (open && in_step).then(|| Self { plan, lead: leads[0], classes })
    }

    /// The one hold time, if all are the same.
    pub(super) fn fixed_hold(&self) -> Option<Nanos> {
        let first = self.classes[0].hold.constant()?;
        self.classes.iter().all(|steps| steps.hold.constant() == Some(first)).then_some(first)
    }

    pub(super) fn play<S: Sink>(&self, seed: Seed, shard: Shard, sink: &mut S) -> Ended {
        let (pools, connections) = (shard.len(), self.plan.connections as usize);
        match self.fixed_hold() {
            Some(_) => self.play_on(Rings::new(pools, connections), seed, shard, sink),
            None => self.play_on(Tournaments::new(pools, connections), seed, shard, sink),
        }
    }

    /// Takes the loop made for one Poisson class with plain times where it can.
    fn play_on<F: Free, S: Sink>(&self, free: F, seed: Seed, shard: Shard, sink: &mut S) -> Ended {
        let draws = seed.by_request(Stream::Steps, 0);
        if let ([steps], [Class { source: Source::Open(arrivals @ Arrivals::Poisson(_)), .. }]) =
            (self.classes.as_slice(), self.plan.classes.as_slice())
            && let Some(tail) = steps.tail.constant()
        {
            let poisson = Poisson::new(*arrivals, seed.in_order(Stream::Arrivals, 0));
            let source = One { instants: poisson, request: 0 };
            let timeout = steps.timeout;
            if let Some(hold) = steps.hold.constant() {
                let work = Fixed { timeout, hold, tail };
                return self.walk(source, work, free, seed, shard, sink);
            }
            if let [Sampler::Exponential(exponential, mean)] = steps.hold.random.as_slice() {
                let (fixed, mean) = (steps.hold.fixed, *mean);
                let work = Random { draws, exponential: *exponential, mean, timeout, fixed, tail };
                return self.walk(source, work, free, seed, shard, sink);
            }
        }
        let source = Merged::new(&self.plan.classes, seed);
        let draws = (0..self.classes.len()).map(|class| seed.by_request(Stream::Steps, class)).collect();
        self.walk(source, Any { classes: &self.classes, draws }, free, seed, shard, sink)
    }

    fn walk<S: Sink>(
        &self,
        mut source: impl Requests,
        work: impl Work,
        mut free: impl Free,
        seed: Seed,
        shard: Shard,
        sink: &mut S,
    ) -> Ended {
        let Some(mut route) = Blind::new(self.plan.routing, self.plan.pools, seed) else {
            unreachable!("the path is taken for blind routing only")
        };
        let (requests, end) = match self.plan.limit {
            Limit::Requests(count) => (count, Nanos::NEVER),
            Limit::Until(end) => (u64::MAX, end),
        };
        let mut ended = Ended::default();
        let mut serve = |request: Coming| {
            let finish = self.serve(request, &work, &mut free, shard.place(request.pool), sink);
            ended.requests += 1;
            ended.last = ended.last.max(finish);
        };
        let mut next = || {
            let (class, number, at) = source.next();
            (at <= end && at < Nanos::NEVER).then(|| Coming {
                at,
                number,
                class: class as u32,
                pool: route.next(),
            })
        };
        if shard.len() == self.plan.pools as usize {
            (0..requests).map_while(|_| next()).for_each(serve);
            return ended;
        }
        // Whether a request is ours is anyone's guess, so ours are picked out without a branch.
        let mut ours = [Coming::default(); 256];
        let mut left = requests;
        while left > 0 {
            let mut count = 0;
            for _ in 0..left.min(ours.len() as u64) {
                let Some(request) = next() else {
                    left = 0;
                    break;
                };
                left -= 1;
                ours[count] = request;
                count += usize::from(shard.has(request.pool));
            }
            ours[..count].iter().for_each(|request| serve(*request));
        }
        ended
    }

    /// Plays one request to its end.
    #[inline]
    fn serve<S: Sink>(
        &self,
        request: Coming,
        work: &impl Work,
        free: &mut impl Free,
        place: usize,
        sink: &mut S,
    ) -> Nanos {
        let Coming { at, number, class, pool } = request;
        let who = Who { class, request: number, arrived: at, pool, hold: 0 };
        let class = class as usize;
        let asked = at + self.lead;
        let start = asked.max(free.earliest(place));
        let timeout = work.timeout(class);
        sink.asked(who, asked);
        if start - asked > timeout {
            let gave_up = asked + timeout;
            sink.gave_up(who, asked, gave_up);
            sink.finished(who, at, gave_up, Outcome::TimedOut);
            return gave_up;
        }
        let mut own = work.own(class, number);
        let release = start + work.hold(class, &mut own);
        free.take(place, release);
        let finish = release + work.tail(class, &mut own);
        sink.acquired(who, asked, start);
        sink.released(who, start, release);
        sink.finished(who, at, finish, Outcome::Completed);
        finish
    }
}

/// A request that comes.
#[derive(Debug, Clone, Copy, Default)]
struct Coming {
    at: Nanos,
    number: u64,
    class: u32,
    pool: u32,
}
