//! The acts: lanes set up, started together, watched, and joined into records.

use std::time::Duration;

use super::environment::library;
use super::plan::play;
use super::watch::{ActKind, LaneLabel, Watch};
use super::{RunError, Stage};
use crate::archive::{LaneRecord, RowsRecord, ServerRecord, TraceRecord, TracedMove};
use crate::load::{
    Arrivals, Burst, ClosedPlan, LaneOutcome, LaneSpec, OpenPlan, Profile, Spacing, Started, Stop, Stretch,
    Task, WhenFull, fingerprint, start, stream_seed,
};
use crate::pool::PoolOptions;
use crate::record::{Ledger, Nanos, Outcome, Window};
use crate::scenario::{self, ArrivalKind, PoolKind, StageShape};

/// Streams of random draws, each with a seed of its own.
const REQUESTS: u64 = 0;
const BYSTANDERS: u64 = 1;
const FAILURES: u64 = 2;

/// More requests than a lane can have.
const REQUESTS_A_LANE: u64 = 1_000_000_000_000;

/// As good as no acquire timeout.
const FOR_EVER: Duration = Duration::from_secs(3600);

/// How often the server's view is sampled, and the progress told.
const SAMPLE: Duration = Duration::from_millis(100);

/// How long the server may take to notice that an act's connections are gone.
const SETTLE: Duration = Duration::from_secs(5);

/// What an act's lanes noted, and what the server saw of them.
struct Noted {
    outcomes: Vec<LaneOutcome>,
    server: Vec<ServerRecord>,
}

impl Stage<'_> {
    /// One request of every lane, on pools that are idle.
    pub(super) async fn anatomy(
        &self,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Vec<TraceRecord>, RunError> {
        let labels = self.labels(&self.scenario.pools);
        let specs: Vec<LaneSpec> =
            labels.iter().map(|label| self.lane(ActKind::Anatomy, *label, Task::Anatomy)).collect();
        let lasts = self.scaled(self.scenario.workload.request_time());
        let noted = self.act(ActKind::Anatomy, &labels, specs, lasts, stop, watch).await?;
        let traces = labels.iter().zip(noted.outcomes).map(|(label, outcome)| {
            let itinerary = self.scenario.itinerary(label.scope);
            let moves = outcome.trace.iter().map(|(step, from, to)| TracedMove {
                word: itinerary.word(*step).to_owned(),
                from_ns: *from,
                to_ns: *to,
            });
            TraceRecord {
                pool: label.pool.name().to_owned(),
                scope: label.scope.name().to_owned(),
                moves: moves.collect(),
                failure: failure(&outcome),
            }
        });
        Ok(traces.collect())
    }

    /// The same arrivals to every scope at the same time, each on a pool of its own.
    pub(super) async fn side_by_side(
        &self,
        act: ActKind,
        pool: PoolKind,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Vec<LaneRecord>, RunError> {
        let labels = self.labels(&[pool]);
        let plan = self.open_plan();
        let specs: Vec<LaneSpec> =
            labels.iter().map(|label| self.lane(act, *label, Task::Open(Box::new(plan.clone())))).collect();
        let lasts = Duration::from_nanos(plan.window.to)
            + self.scaled(self.scenario.workload.request_time() + self.scenario.pool.acquire_timeout);
        let noted = self.act(act, &labels, specs, lasts, stop, watch).await?;
        let offered = fingerprint(plan.requests);
        self.lane_records(act, &labels, noted, |_| None, &offered).await
    }

    /// Closed loops with enough callers to keep every connection busy.
    pub(super) async fn capacity(
        &self,
        pool: PoolKind,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Vec<LaneRecord>, RunError> {
        let labels = self.labels(&[pool]);
        let capacity = &self.scenario.capacity;
        let from = nanos(self.scaled(capacity.warm_up));
        let window = Window { from, to: from + nanos(self.scaled(capacity.measure)) };
        let callers = |label: &LaneLabel| self.scenario.callers(label.scope);
        let spread = nanos(self.scaled(self.scenario.workload.request_time())).min(from);
        let specs: Vec<LaneSpec> = labels
            .iter()
            .map(|label| {
                let think = nanos(self.scaled(capacity.think_time));
                let plan = ClosedPlan { callers: callers(label), think, spread, window };
                self.lane(ActKind::Capacity, *label, Task::Closed(plan))
            })
            .collect();
        let lasts = Duration::from_nanos(window.to);
        let noted = self.act(ActKind::Capacity, &labels, specs, lasts, stop, watch).await?;
        self.lane_records(ActKind::Capacity, &labels, noted, |label| Some(callers(label)), "").await
    }

    fn labels(&self, pools: &[PoolKind]) -> Vec<LaneLabel> {
        let lanes = pools
            .iter()
            .flat_map(|&pool| self.scenario.scopes.iter().map(move |&scope| LaneLabel { pool, scope }));
        lanes.collect()
    }

    fn scaled(&self, nominal: Duration) -> Duration {
        self.scenario.time_scale.scaled(nominal)
    }

    fn open_plan(&self) -> OpenPlan {
        let scenario = self.scenario;
        let from = nanos(self.scaled(scenario.phases.warm_up));
        let window = Window { from, to: from + nanos(self.scaled(scenario.phases.measure)) };
        let spacing = match scenario.load.arrivals {
            ArrivalKind::Poisson => Spacing::Poisson,
            ArrivalKind::Constant => Spacing::Constant,
        };
        let rate = scenario.load.rate.scaled(scenario.time_scale);
        let stream = |spacing, profile, stream| {
            Arrivals::new(spacing, profile, window.to, stream_seed(scenario.seed, stream))
        };
        let burst = Burst { at: window.from, requests: scenario.load.burst };
        OpenPlan {
            requests: stream(spacing, Profile::new(rate, &self.stretches()), REQUESTS).with_burst(burst),
            bystanders: scenario.bystander.map(|other| {
                let profile = Profile::constant(other.rate.scaled(scenario.time_scale));
                stream(Spacing::Poisson, profile, BYSTANDERS)
            }),
            in_flight_cap: scenario.load.in_flight_cap,
            when_full: match scenario.load.when_full {
                scenario::WhenFull::Queue => WhenFull::Queue,
                scenario::WhenFull::Shed => WhenFull::Shed,
            },
            window,
            drain_until: window.to + nanos(self.scaled(scenario.phases.drain)),
        }
    }

    /// The stages of the load, as driven.
    fn stretches(&self) -> Vec<Stretch> {
        let scale = self.scenario.time_scale;
        let mut last = self.scenario.load.rate.scaled(scale);
        let stages = self.scenario.load.stages.iter().map(|stage| {
            let to = stage.rate.scaled(scale);
            let from = match stage.shape {
                StageShape::Step => to,
                StageShape::Ramp => last,
            };
            last = to;
            Stretch { lasts: nanos(scale.scaled(stage.lasts)), from, to }
        });
        stages.collect()
    }

    fn lane(&self, act: ActKind, label: LaneLabel, task: Task) -> LaneSpec {
        let measured = match &task {
            Task::Anatomy => nanos(self.scaled(self.scenario.workload.request_time())),
            task => task.window().length(),
        };
        LaneSpec {
            library: library(label.pool),
            address: self.address.clone(),
            pool: PoolOptions {
                acquire_timeout: match act {
                    // What saturated callers wait is their own doing: a timeout would only turn the
                    // measurement of throughput into one of retries.
                    ActKind::Capacity => FOR_EVER,
                    _ => self.scaled(self.scenario.pool.acquire_timeout),
                },
                ..self.pool_options(label.pool, &application_name(label))
            },
            redis: self.servers.redis.clone(),
            play: play(self.scenario, label.scope),
            bystander_time: self.scenario.bystander.map_or(Duration::ZERO, |other| self.scaled(other.time)),
            lane: lane_name(act, label),
            first_request: self.ordinal(act, label) * REQUESTS_A_LANE,
            connect: if act == ActKind::Anatomy { 1 } else { self.scenario.pool.size },
            // Some 150 slices make a chart; shorter ones would hold nothing.
            step: (measured / 150).clamp(nanos(Duration::from_millis(20)), nanos(Duration::from_secs(5))),
            seed: stream_seed(self.scenario.seed, FAILURES),
            task,
        }
    }

    /// A number for each lane of the run.
    fn ordinal(&self, act: ActKind, label: LaneLabel) -> u64 {
        let place = |at: Option<usize>| at.unwrap_or_default() as u64;
        let pool = place(self.scenario.pools.iter().position(|pool| *pool == label.pool));
        let scope = place(self.scenario.scopes.iter().position(|scope| *scope == label.scope));
        (act as u64 * 10 + pool) * 10 + scope
    }

    /// Starts lanes, watches them to their end, and joins them.
    async fn act(
        &self,
        kind: ActKind,
        labels: &[LaneLabel],
        specs: Vec<LaneSpec>,
        lasts: Duration,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Noted, RunError> {
        watch.begins(kind, labels, lasts);
        let started = start(specs, stop).await?;
        let names: Vec<String> = labels.iter().map(|label| application_name(*label)).collect();
        let server = self.observe(&started, &names, watch).await;
        watch.ends();
        let outcomes: Result<Vec<LaneOutcome>, _> =
            started.lanes.into_iter().map(|lane| lane.join()).collect();
        let outcomes = outcomes?;
        self.settle(&names).await;
        Ok(Noted { outcomes, server })
    }

    /// Samples the server's view until every lane has come to its end.
    async fn observe(&self, started: &Started, names: &[String], watch: &mut dyn Watch) -> Vec<ServerRecord> {
        let mut server = vec![ServerRecord::default(); names.len()];
        let mut every = tokio::time::interval(SAMPLE);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while !started.lanes.iter().all(|lane| lane.is_finished()) {
            every.tick().await;
            let elapsed = started.start.elapsed();
            // A server that does not answer now is missing a sample, and the lanes tell the rest.
            if let Ok(states) = self.admin.states(names).await {
                for (record, states) in server.iter_mut().zip(states) {
                    record.at_ns.push(nanos(elapsed));
                    record.active.push(states.active);
                    record.idle_in_transaction.push(states.idle_in_transaction);
                    record.idle.push(states.idle);
                }
            }
            let readings: Vec<_> = started.lanes.iter().map(|lane| lane.live.read()).collect();
            watch.ticks(elapsed, &readings);
        }
        server
    }

    /// Waits until the server has let go of an act's connections: a commit that was on its way
    /// when its request was cut off has then been done or not.
    async fn settle(&self, names: &[String]) {
        let deadline = tokio::time::Instant::now() + SETTLE;
        while tokio::time::Instant::now() < deadline {
            match self.admin.states(names).await {
                Ok(states) if states.iter().any(|s| s.active + s.idle_in_transaction + s.idle > 0) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                _ => return,
            }
        }
    }

    async fn lane_records(
        &self,
        act: ActKind,
        labels: &[LaneLabel],
        noted: Noted,
        callers: impl Fn(&LaneLabel) -> Option<u32>,
        offered: &str,
    ) -> Result<Vec<LaneRecord>, RunError> {
        let mut records = Vec::new();
        for ((label, outcome), server) in labels.iter().zip(noted.outcomes).zip(noted.server) {
            let (pool, scope) = (label.pool.name(), label.scope.name());
            let tape = &outcome.tape;
            let found = self.admin.job_rows(&lane_name(act, *label)).await?;
            let rows = RowsRecord {
                committed: tape.transactions.jobs_committed,
                in_doubt: tape.transactions.in_doubt,
                found,
            };
            let record = LaneRecord::from_tape(pool, scope, callers(label), offered.to_owned(), tape);
            records.push(LaneRecord { server, rows: Some(rows), ..record });
        }
        Ok(records)
    }
}

fn failure(outcome: &LaneOutcome) -> Option<String> {
    let ledger: &Ledger = &outcome.tape.measured.ledger;
    if ledger.completed == ledger.scheduled {
        return None;
    }
    let kinds = &outcome.tape.measured.failures.kinds;
    let words = kinds.first().map(ToString::to_string);
    Some(words.unwrap_or_else(|| format!("{:?}", Outcome::Abandoned).to_lowercase()))
}

/// What the server shows of a lane's connections.
fn application_name(label: LaneLabel) -> String {
    format!("poolbench {} {}", label.pool, label.scope)
}

/// What a lane's rows in the job table are called.
fn lane_name(act: ActKind, label: LaneLabel) -> String {
    format!("{}, {}, {}", act.name(), label.pool, label.scope)
}

fn nanos(time: Duration) -> Nanos {
    time.as_nanos() as Nanos
}
