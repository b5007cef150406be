//! What the requests of a plan without events do: who comes, and how long each step takes.

use super::arrivals::Instants;
use super::law::Sampler;
use super::plan::EnginePlan;
use super::program::ProgramMove;
use super::round::{Coming, ROUND};
use super::route::Blind;
use super::run::Shard;
use super::seed::{Own, Seed};
use super::sim_time::SimTime;

/// The times of a request with one hold.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) timeout: SimTime,
    pub(super) hold: Sum,
    pub(super) tail: Sum,
}

/// Consecutive steps as one time.
#[derive(Debug)]
pub(super) struct Sum {
    fixed: SimTime,
    random: Vec<Sampler>,
}

impl Sum {
    pub(super) fn new(moves: &[ProgramMove]) -> Self {
        let mut sum = Self { fixed: SimTime::ZERO, random: Vec::new() };
        for step in moves {
            if let ProgramMove::Spend(law) = step {
                match law.constant() {
                    Some(time) => sum.fixed = sum.fixed + time,
                    None => sum.random.push(law.sampler()),
                }
            }
        }
        sum
    }

    pub(super) fn constant(&self) -> Option<SimTime> {
        self.random.is_empty().then_some(self.fixed)
    }

    #[inline]
    pub(super) fn draw(&self, from: &mut Own) -> SimTime {
        self.random.iter().fold(self.fixed, |total, sampler| total + sampler.draw(from))
    }
}

/// The requests of all classes in the order in which they come; of those that come at one instant, the
/// first of the plan comes first.
#[derive(Debug)]
pub(super) struct RequestStream {
    classes: Vec<Next>,
    route: Blind,
    until: SimTime,
}

/// The next request of a class: when it comes, and its number.
#[derive(Debug)]
struct Next {
    at: SimTime,
    number: u64,
    instants: Instants,
}

/// So many requests are drawn at once; then those of the pools that are played are picked out.
const DRAWN: usize = ROUND / 2;

impl RequestStream {
    /// Nothing for a plan whose routing has to look at the pools.
    pub(super) fn new(plan: &EnginePlan, seed: Seed) -> Option<Self> {
        let route = Blind::new(plan.routing, plan.pools, seed)?;
        let instants = plan.classes.iter().filter_map(|class| class.source.instants());
        let next = |mut instants: Instants| Next { at: instants.next(), number: 0, instants };
        // What never comes is later than all that is played.
        let until = plan.until.min(SimTime::new(u64::MAX - 1));
        Some(Self { classes: instants.map(next).collect(), route, until })
    }

    /// Fills a round with the next ones that go to the pools of a shard; how many there are. None of
    /// them is there only when no more will come.
    pub(super) fn fill(&mut self, round: &mut [Coming; ROUND], shard: &Shard) -> usize {
        let mut count = 0;
        while count + DRAWN <= ROUND {
            for _ in 0..DRAWN {
                let Some(request) = self.next() else { return count };
                // Whether a request is ours is anyone's guess, so ours are picked out without a branch.
                round[count] = request;
                count += usize::from(shard.has(request.pool));
            }
        }
        count
    }

    #[inline]
    fn next(&mut self) -> Option<Coming> {
        let mut classes = self.classes.iter_mut().enumerate();
        let (mut class, mut next) = classes.next()?;
        for (other, its) in classes {
            if its.at < next.at {
                (class, next) = (other, its);
            }
        }
        let (at, number) = (next.at, next.number);
        if at > self.until {
            return None;
        }
        (next.at, next.number) = (next.instants.next(), number + 1);
        Some(Coming { at, number, class: class as u32, pool: self.route.next() })
    }
}
