//! A plausible record of the default scenario, for tests: one pool after the other, played
//! event by event in virtual time and noted by the real recorder.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::archive::{LaneRecord, PlanRecord, RunRecord, ServerRecord, TraceRecord, TracedMove};
use crate::itinerary::{Itinerary, Move, SessionScope, StepKind};
use crate::record::{AcquireParts, Class, Gauges, Mark, Outcome, Recorder, Timeline, Window};

/// The record of a complete run at 1/50.
pub(super) fn record() -> RunRecord {
    let plan: PlanRecord = serde_json::from_value(serde_json::json!({
        "scenario": "job-submission", "why": "What does it cost?", "request": "POST /submit",
        "time_scale": 0.02, "seed": 20_251_107,
        "pool": { "size": 20, "acquire_timeout_s": 30.0, "liveness_check": "library-default" },
        "pools": ["sqlx", "deadpool-postgres"], "scopes": ["request-scoped", "repository-scoped"],
        "steps": [
            { "name": "create_job", "kind": "sql", "time_s": 1.0, "does": "create-job" },
            { "name": "enqueue", "kind": "queue", "time_s": 177.0, "does": "enqueue" },
            { "name": "other", "kind": "work", "time_s": 2.0, "does": "wait" },
        ],
        "load": { "arrivals": "poisson", "rate_per_s": 5.0, "stages": [], "burst": 0, "in_flight_cap": 100_000, "when_full": "queue" },
        "phases": { "warm_up_s": 180.0, "measure_s": 720.0, "drain_s": 300.0 },
        "capacity": { "think_time_s": 0.0, "warm_up_s": 180.0, "measure_s": 360.0 },
        "bystander": { "rate_per_s": 1.0, "time_s": 0.0 }, "claims": [],
    }))
    .unwrap();
    of(plan)
}

fn of(plan: PlanRecord) -> RunRecord {
    let scopes = plan.session_scopes();
    let lanes = || plan.pools.iter().flat_map(|pool| scopes.iter().map(move |scope| (pool.as_str(), *scope)));
    let anatomy = lanes().map(|(pool, scope)| trace(&plan, pool, scope)).collect();
    let side_by_side = lanes().map(|(pool, scope)| Sim::new(&plan, scope, None).run(pool)).collect();
    let capacity = lanes().map(|(pool, scope)| {
        let share = plan.itinerary(scope).hold_time().div_duration_f64(plan.workload().request_time());
        let callers = f64::from(plan.pool.size) * 1.1 / share;
        Sim::new(&plan, scope, Some(callers as u32)).run(pool)
    });
    RunRecord { anatomy, side_by_side, capacity: capacity.collect(), ..empty(plan.clone()) }
}

/// The record of a run that did nothing.
pub(super) fn empty(plan: PlanRecord) -> RunRecord {
    serde_json::from_value(serde_json::json!({
        "version": 1, "poolbench": "0.1.0", "created": "2025-11-07T12:00:00Z", "status": "complete",
        "plan": plan,
        "environment": {
            "system": "Linux", "processor": "x", "cores": 2, "memory_mib": 0, "build": "release",
            "postgres_from": "x", "postgres_version": "17", "postgres_settings": [], "schema": "x",
            "queue": "x", "pools": [],
        },
        "anatomy": [], "side_by_side": [], "capacity": [], "proof": null, "ceiling": null,
    }))
    .unwrap()
}

fn trace(plan: &PlanRecord, pool: &str, scope: SessionScope) -> TraceRecord {
    let itinerary = plan.itinerary(scope);
    let mut at = 0;
    let moves = itinerary.moves().iter().map(|step| {
        let from_ns = at;
        at += lasts(plan, &itinerary, *step);
        TracedMove { word: itinerary.word(*step).to_owned(), from_ns, to_ns: at }
    });
    TraceRecord { pool: pool.into(), scope: scope.name().into(), moves: moves.collect(), failure: None }
}

/// Measured time of a move without any waiting: its scaled time and what it costs on top.
fn lasts(plan: &PlanRecord, itinerary: &Itinerary, step: Move) -> u64 {
    match step {
        Move::Acquire => 40_000,
        Move::Begin | Move::MarkFailed => 150_000,
        Move::Commit | Move::Rollback => 420_000,
        Move::Release => 9_000,
        Move::Perform(index) => {
            plan.scale().scaled(itinerary.workload().steps[index].time).as_nanos() as u64 + 700_000
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Due(u8),
    Done(usize),
    GiveUp(usize),
    Tick,
}

#[derive(Debug)]
struct Request {
    line: Timeline,
    left: VecDeque<Move>,
    doing: Option<Move>,
    waits: bool,
    holds: bool,
}

struct Sim<'a> {
    plan: &'a PlanRecord,
    itinerary: Itinerary,
    callers: Option<u32>,
    window: Window,
    end: u64,
    recorder: Recorder,
    server: ServerRecord,
    events: BinaryHeap<Reverse<(u64, u64, Event)>>,
    sequence: u64,
    requests: Vec<Request>,
    queue: VecDeque<usize>,
    free: u32,
    random: u64,
}

const TICK: u64 = 50_000_000;

impl<'a> Sim<'a> {
    fn new(plan: &'a PlanRecord, scope: SessionScope, callers: Option<u32>) -> Self {
        let nanos = |seconds: f64| (seconds * plan.scale().factor() * 1e9) as u64;
        let (warm_up, measure, drain) = match callers {
            None => (plan.phases.warm_up_s, plan.phases.measure_s, plan.phases.drain_s),
            Some(_) => (plan.capacity.warm_up_s, plan.capacity.measure_s, 0.0),
        };
        let window = Window { from: nanos(warm_up), to: nanos(warm_up + measure) };
        Self {
            plan,
            itinerary: plan.itinerary(scope),
            callers,
            window,
            end: window.to + nanos(drain),
            recorder: Recorder::new(window, TICK),
            server: ServerRecord::default(),
            events: BinaryHeap::new(),
            sequence: 0,
            requests: Vec::new(),
            queue: VecDeque::new(),
            free: plan.pool.size,
            random: plan.seed,
        }
    }

    fn at(&mut self, time: u64, event: Event) {
        self.sequence += 1;
        self.events.push(Reverse((time, self.sequence, event)));
    }

    /// An exponential time with this mean (SplitMix64).
    fn gap(&mut self, mean: f64) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let unit = ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64;
        (-(1.0 - unit).ln() * mean) as u64
    }

    fn arrivals(&mut self, kind: u8, rate: f64) {
        let mean = 1e9 * self.plan.scale().factor() / rate;
        let mut time = 0;
        loop {
            time += self.gap(mean);
            if time >= self.window.to {
                return;
            }
            self.at(time, Event::Due(kind));
        }
    }

    fn run(mut self, pool: &str) -> LaneRecord {
        match self.callers {
            Some(callers) => {
                // Spread over one request time, so that they do not all ask at once.
                let request = self.plan.scale().scaled(self.itinerary.workload().request_time());
                let gap = request.as_nanos() as u64 / u64::from(callers.max(1));
                (0..callers).for_each(|caller| self.at(u64::from(caller) * gap, Event::Due(0)));
            }
            None => {
                self.arrivals(0, self.plan.load.rate_per_s);
                let bystanders = self.plan.bystander.as_ref().map(|b| b.rate_per_s);
                bystanders.into_iter().for_each(|rate| self.arrivals(1, rate));
            }
        }
        (1..=self.end / TICK).for_each(|tick| self.at(tick * TICK - 1, Event::Tick));
        while let Some(Reverse((now, _, event))) = self.events.pop() {
            if now > self.end {
                break;
            }
            self.play(now, event);
        }
        let end = self.end;
        self.requests.iter_mut().for_each(|r| self.recorder.finish(&mut r.line, Outcome::InFlight, end));
        let (callers, tape) = (self.callers, self.recorder.take());
        let mut lane =
            LaneRecord::from_tape(pool, self.itinerary.scope().name(), callers, "a1b2".into(), &tape);
        lane.server = self.server;
        lane
    }

    fn play(&mut self, now: u64, event: Event) {
        match event {
            Event::Due(kind) => self.due(now, kind),
            Event::Done(id) => self.done(now, id),
            Event::GiveUp(id) if self.requests[id].waits => {
                self.requests[id].waits = false;
                self.queue.retain(|waiting| *waiting != id);
                self.recorder.finish(&mut self.requests[id].line, Outcome::AcquireTimedOut, now);
                self.call_again(now);
            }
            Event::GiveUp(_) => {}
            Event::Tick => self.tick(now),
        }
    }

    fn due(&mut self, now: u64, kind: u8) {
        let class = match (kind, now >= self.window.from) {
            (0, true) => Class::Measured,
            (0, false) => Class::WarmUp,
            (_, true) => Class::Bystander,
            (_, false) => Class::BystanderWarmUp,
        };
        self.recorder.scheduled(class, now);
        let line = self.recorder.dispatch(class, now, now + 3_000);
        let left = match kind {
            0 => self.itinerary.moves().iter().copied().collect(),
            _ => VecDeque::from([Move::Acquire, Move::Begin, Move::Commit, Move::Release]),
        };
        self.requests.push(Request { line, left, doing: None, waits: false, holds: false });
        self.next(now + 3_000, self.requests.len() - 1);
    }

    /// A caller of a closed loop sends its next request as soon as the last one ended.
    fn call_again(&mut self, now: u64) {
        if self.callers.is_some() {
            self.at(now, Event::Due(0));
        }
    }

    fn next(&mut self, now: u64, id: usize) {
        let Some(step) = self.requests[id].left.pop_front() else {
            self.recorder.finish(&mut self.requests[id].line, Outcome::Completed, now);
            self.call_again(now);
            return;
        };
        self.requests[id].doing = Some(step);
        if step == Move::Acquire {
            self.recorder.asks(&mut self.requests[id].line);
            if self.free == 0 {
                self.requests[id].waits = true;
                self.queue.push_back(id);
                let timeout = self.plan.scale().scaled(self.plan.acquire_timeout()).as_nanos() as u64;
                return self.at(now + timeout, Event::GiveUp(id));
            }
            self.free -= 1;
        }
        let lasts = lasts(self.plan, &self.itinerary, step) + self.gap(25_000.0);
        self.at(now + lasts, Event::Done(id));
    }

    fn done(&mut self, now: u64, id: usize) {
        let Some(step) = self.requests[id].doing.take() else { return };
        let mark = match step {
            Move::Acquire => Mark::Acquired(AcquireParts::default()),
            Move::Begin | Move::MarkFailed | Move::Rollback => Mark::Sql,
            Move::Perform(index) if self.itinerary.workload().steps[index].kind == StepKind::Sql => Mark::Sql,
            Move::Perform(_) => Mark::Away,
            Move::Commit => Mark::Committed,
            Move::Release => Mark::Released,
        };
        self.recorder.passed(&mut self.requests[id].line, mark, now);
        self.requests[id].holds = match step {
            Move::Release => false,
            _ => self.requests[id].holds || step == Move::Acquire,
        };
        if step == Move::Release {
            match self.queue.pop_front() {
                Some(first) => {
                    self.requests[first].waits = false;
                    self.at(now + 30_000, Event::Done(first));
                }
                None => self.free += 1,
            }
        }
        self.next(now, id);
    }

    fn tick(&mut self, now: u64) {
        let size = self.plan.pool.size;
        self.recorder.tick(now, Gauges { size, idle: self.free, waiting: None });
        let held = self.requests.iter().filter(|r| r.holds);
        let (idle, active): (Vec<_>, Vec<_>) = held.partition(|r| {
            matches!(r.doing, Some(Move::Perform(step)) if self.itinerary.workload().steps[step].kind != StepKind::Sql)
        });
        self.server.at_ns.push(now);
        self.server.active.push(active.len() as u32);
        self.server.idle_in_transaction.push(idle.len() as u32);
        self.server.idle.push(size.saturating_sub((idle.len() + active.len()) as u32));
    }
}
