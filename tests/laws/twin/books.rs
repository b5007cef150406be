//! Who waits and who holds adds up in any window.

use super::*;

/// Counts who waits and who holds as time passes, and what each stay adds within a window.
#[derive(Default)]
pub(super) struct Books {
    window: (SimTime, SimTime),
    now: SimTime,
    pub(super) waiting: HashMap<(u32, u64), SimTime>,
    pub(super) holding: HashMap<(u32, u64, u32), SimTime>,
    pub(super) most: u64,
    pub(super) over: u64,
    pub(super) areas: [u128; 2],
    pub(super) stays: [u128; 2],
}

impl Books {
    pub(super) fn within(start: SimTime, end: SimTime) -> Self {
        Self { window: (start, end), ..Self::default() }
    }

    fn clipped(&self, from: SimTime, to: SimTime) -> u128 {
        let (start, end) = self.window;
        u128::from(to.clamp(start, end).get()) - u128::from(from.clamp(start, end).get())
    }

    fn pass(&mut self, now: SimTime) {
        assert!(now >= self.now, "time runs forward");
        let time = self.clipped(self.now, now);
        self.areas[0] += time * self.waiting.len() as u128;
        self.areas[1] += time * self.holding.len() as u128;
        self.now = now;
    }

    /// Counts what waits and holds for ever as long as the window lasts.
    pub(super) fn close(&mut self) {
        self.pass(SimTime::NEVER);
        for (index, since) in
            self.waiting.values().map(|at| (0, at)).chain(self.holding.values().map(|at| (1, at)))
        {
            self.stays[index] += self.clipped(*since, SimTime::NEVER);
        }
    }
}

impl Sink for Books {
    fn asked(&mut self, who: RequestRef, at: SimTime) {
        self.pass(at);
        assert_eq!(self.waiting.insert((who.class, who.request), at), None);
    }
    fn acquired(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.pass(at);
        assert_eq!(self.waiting.remove(&(who.class, who.request)), Some(asked));
        assert_eq!(self.holding.insert((who.class, who.request, who.hold), at), None);
        self.most = self.most.max(self.holding.len() as u64);
        self.stays[0] += self.clipped(asked, at);
    }
    fn gave_up(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.pass(at);
        assert_eq!(self.waiting.remove(&(who.class, who.request)), Some(asked));
        self.stays[0] += self.clipped(asked, at);
    }
    fn released(&mut self, who: RequestRef, acquired: SimTime, at: SimTime) {
        self.pass(at);
        assert_eq!(self.holding.remove(&(who.class, who.request, who.hold)), Some(acquired));
        self.stays[1] += self.clipped(acquired, at);
    }
    fn finished(&mut self, _: RequestRef, _: SimTime, at: SimTime, _: PlayedOutcome) {
        self.pass(at);
        self.over += 1;
    }
}

#[test]
fn littles_law_holds_to_the_nanosecond_in_any_window() {
    let twice = program(vec![
        ProgramMove::Acquire,
        spend(exponential(0.5)),
        ProgramMove::Release,
        spend(lognormal(3.0, 1.0)),
        ProgramMove::Acquire,
        spend(fixed(0.1)),
        ProgramMove::Acquire,
        spend(exponential(0.1)),
        ProgramMove::Release,
        ProgramMove::Release,
    ]);
    let callers = RequestSource::Closed { callers: 30, think: fixed(2.0), spread: SimTime::ZERO };
    let classes = vec![within(0.8, class(poisson(12.0), twice)), class(callers, hold(exponential(0.3)))];
    for routing in [Routing::Random, Routing::LeastLoaded] {
        let plan = EnginePlan::fleet(2, 8, routing, classes.clone(), nanos(1200.0)).unwrap();
        let mut books = Books::within(nanos(100.3), nanos(700.7));
        let ended = play(&plan, Seed(8), &mut books).unwrap();
        assert_eq!(ended.stuck, 0);
        assert!(books.areas[0] > 0 && books.areas[1] > 0);
        assert_eq!(books.areas, books.stays);
        assert!(books.waiting.is_empty() && books.holding.is_empty());
    }
}
