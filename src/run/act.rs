//! The acts: lanes set up, started together, watched, and joined into records.

use std::time::Duration;

use super::environment::library;
use super::plan::{open_plan, other_plays, play, slice};
use super::setup::has_own_statements;
use super::watch::{ActKind, LaneLabel, Watch};
use super::{RunContext, RunError, SETTLE};
use crate::archive::{LaneTape, PoolerSamples, Rows, ServerSamples, Trace, TracedMove};
use crate::itinerary::{Creates, SessionScope};
use crate::load::{ClosedPlan, LaneError, LaneOutcome, LaneSpec, Stop, Task, start};
use crate::plan::{ClosedLoop, NO_TIMEOUT, SeedStream};
use crate::pool::admin::{AdminError, JobRows};
use crate::pool::{Address, PoolOptions};
use crate::record::{Broken, Ledger, Nanos, Outcome, Window};
use crate::scenario::{Operation, PoolKind, Via};

/// More requests than a lane can have.
const REQUESTS_A_LANE: u64 = 1_000_000_000_000;

/// How long counting the rows of a lane may take.
const COUNTING: Duration = Duration::from_secs(10);

/// The one request of an anatomy may take twice its time and so much more.
const LATE: Duration = Duration::from_secs(10);

/// What an act's lanes noted, and what the server saw of them.
struct Noted {
    outcomes: Vec<Result<LaneOutcome, LaneError>>,
    server: Vec<ServerSamples>,
    poolers: Vec<Option<PoolerSamples>>,
}

/// A lane of which nothing can be told.
pub(super) struct BrokenLane {
    /// Pool library and session scope.
    pub(super) lane: String,
    /// Why nothing can be told of it.
    pub(super) broken: Broken,
}

impl BrokenLane {
    fn of(label: LaneLabel, outcome: &LaneOutcome) -> Option<Self> {
        let broken = outcome.tape.broken()?;
        Some(Self { lane: format!("{}, {}", label.pool, label.scope), broken })
    }
}

impl RunContext<'_> {
    /// One request of every lane, on pools that are idle.
    pub(super) async fn anatomy(
        &self,
        into: &mut Vec<Trace>,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Option<BrokenLane>, RunError> {
        let labels = self.labels(&self.pools());
        let lasts = self.scaled(self.plan.workload.request_time());
        let within = 2 * lasts + LATE;
        let task = || Task::Anatomy { within };
        let specs: Vec<LaneSpec> =
            labels.iter().map(|label| self.lane(ActKind::Anatomy, *label, task())).collect();
        let noted = self.act(ActKind::Anatomy, &labels, specs, lasts, stop, watch).await?;
        let mut broken = None;
        for (label, outcome) in labels.iter().zip(noted.outcomes) {
            let outcome = outcome?;
            if outcome.tape.measured.ledger.in_flight > 0 {
                let lane = format!("{}, {}", label.pool, label.scope);
                return Err(RunError::NoEnd { lane, planned: lasts, within });
            }
            broken = broken.or_else(|| BrokenLane::of(*label, &outcome));
            let itinerary = self.plan.itinerary(label.scope);
            let moves = outcome.trace.iter().map(|(step, from, to)| TracedMove {
                word: itinerary.word(*step).to_owned(),
                from: *from,
                to: *to,
            });
            into.push(Trace {
                pool: label.pool.name().to_owned(),
                scope: label.scope,
                moves: moves.collect(),
                failure: failure(&outcome),
            });
        }
        Ok(broken)
    }

    /// The same arrivals to every scope at the same time, each on a pool of its own.
    pub(super) async fn side_by_side(
        &self,
        act: ActKind,
        pool: PoolKind,
        into: &mut Vec<LaneTape>,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Option<BrokenLane>, RunError> {
        let labels = self.labels(&[pool]);
        let plan = open_plan(self.plan);
        let specs: Vec<LaneSpec> =
            labels.iter().map(|label| self.lane(act, *label, Task::Open(Box::new(plan.clone())))).collect();
        let lasts = Duration::from_nanos(plan.window.to)
            + self.scaled(self.plan.longest_request() + self.plan.pool.acquire_timeout);
        let noted = self.act(act, &labels, specs, lasts, stop, watch).await?;
        self.keep_lanes(act, &labels, noted, |_| None, into, stop).await
    }

    /// Closed loops with enough callers to keep every connection busy.
    pub(super) async fn capacity(
        &self,
        pool: PoolKind,
        into: &mut Vec<LaneTape>,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Option<BrokenLane>, RunError> {
        let labels = self.labels(&[pool]);
        let callers = |label: &LaneLabel| self.plan.callers(label.scope);
        let closed = |label: &LaneLabel| self.plan.closed_loop(self.plan.time_scale, callers(label));
        let window = self.plan.closed_loop(self.plan.time_scale, 1).window;
        let specs: Vec<LaneSpec> = labels
            .iter()
            .map(|label| {
                let ClosedLoop { callers, think, spread, window } = closed(label);
                let plan = ClosedPlan { callers, think, spread, window };
                self.lane(ActKind::Capacity, *label, Task::Closed(plan))
            })
            .collect();
        let lasts = Duration::from_nanos(window.to);
        let noted = self.act(ActKind::Capacity, &labels, specs, lasts, stop, watch).await?;
        let callers = |label: &LaneLabel| Some(callers(label));
        self.keep_lanes(ActKind::Capacity, &labels, noted, callers, into, stop).await
    }

    pub(super) fn labels(&self, pools: &[PoolKind]) -> Vec<LaneLabel> {
        let lanes = pools
            .iter()
            .flat_map(|&pool| self.plan.scopes.iter().map(move |&scope| LaneLabel { pool, scope }));
        lanes.collect()
    }

    fn scaled(&self, nominal: Duration) -> Duration {
        self.plan.time_scale.scaled(nominal)
    }

    fn lane(&self, act: ActKind, label: LaneLabel, task: Task) -> LaneSpec {
        let window = match &task {
            Task::Anatomy { .. } => {
                Window { from: 0, to: self.scaled(self.plan.workload.request_time()).as_nanos() as Nanos }
            }
            task => task.window(),
        };
        LaneSpec {
            library: library(label.pool),
            address: self.lane_address(label),
            pool: PoolOptions {
                acquire_timeout: match act {
                    ActKind::Capacity => NO_TIMEOUT,
                    _ => self.scaled(self.plan.pool.acquire_timeout),
                },
                schema: has_own_statements(self.plan).then(|| self.schema_of(label).into()),
                ..self.pool_options(label.pool, &self.place.name(&format!("{} {}", label.pool, label.scope)))
            },
            queue: self.place.queue().cloned(),
            schema: self.schema_of(label).to_owned(),
            play: play(self.plan, label.scope),
            other_kinds: match act {
                ActKind::Anatomy => Vec::new(),
                _ => other_plays(self.plan, label.scope),
            },
            bystander_time: self.scaled(self.plan.bystander_time()),
            lane: lane_name(act, label),
            first_request: self.ordinal(act, label) * REQUESTS_A_LANE,
            connect: match act {
                ActKind::Anatomy => self.plan.most_held(label.scope).clamp(1, self.plan.pool.size),
                _ => self.plan.pool.size,
            },
            step: slice(window),
            seeds: SeedStream::of_requests(self.plan.seed),
            task,
            misuse: self.misuse,
        }
    }

    /// The place of a lane among all those of the plan.
    pub(super) fn lane_number(&self, label: LaneLabel) -> usize {
        let lane = self.labels(&self.pools()).iter().position(|it| *it == label);
        lane.unwrap_or_default()
    }

    /// A number for each lane of the run.
    fn ordinal(&self, act: ActKind, label: LaneLabel) -> u64 {
        let place = |at: Option<usize>| at.unwrap_or_default() as u64;
        let pool = place(self.plan.pools.iter().position(|pool| pool == label.pool.name()));
        let scope = place(self.plan.scopes.iter().position(|scope| *scope == label.scope));
        (act as u64 * 100 + pool) * 1_000 + scope
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
        let lanes: Vec<_> = labels.iter().map(|label| label.name()).collect();
        watch.begins(kind, &lanes, lasts);
        let started = start(specs, stop).await?;
        let names: Vec<String> =
            labels.iter().map(|label| self.place.name(&format!("{} {}", label.pool, label.scope))).collect();
        let fronts: Vec<Option<String>> = labels.iter().map(|label| self.front_of(*label)).collect();
        let (server, poolers) = self.observe(&started, &names, &fronts, watch).await;
        watch.ends();
        let outcomes = started.lanes.into_iter().map(|lane| lane.join()).collect();
        // Whatever the server does then, what the lanes noted is kept.
        let _ = stop.within(SETTLE, self.settle(&names, stop)).await;
        Ok(Noted { outcomes, server, poolers })
    }

    /// Turns what lanes noted into records. They are kept also where their rows cannot be counted.
    async fn keep_lanes(
        &self,
        act: ActKind,
        labels: &[LaneLabel],
        noted: Noted,
        callers: impl Fn(&LaneLabel) -> Option<u32>,
        into: &mut Vec<LaneTape>,
        stop: &Stop,
    ) -> Result<Option<BrokenLane>, RunError> {
        let mut broken = None;
        let mut fault: Option<RunError> = None;
        let seen = noted.server.into_iter().zip(noted.poolers);
        for ((label, outcome), (server, pooler)) in labels.iter().zip(noted.outcomes).zip(seen) {
            let outcome = match outcome {
                Ok(outcome) => outcome,
                Err(broken) => {
                    fault = Some(broken.into());
                    continue;
                }
            };
            let tape = &outcome.tape;
            // A server that did not answer for one lane is not asked for the next.
            let count = async {
                match &fault {
                    None => Some(self.count_rows(act, *label).await),
                    Some(_) => None,
                }
            };
            let rows = match stop.within(COUNTING, count).await.flatten() {
                Some(Ok(found)) => Some(Rows {
                    committed: tape.transactions.jobs_committed,
                    in_doubt: tape.transactions.in_doubt,
                    found: found.all,
                    // Own statements may set any state.
                    failed: (!has_own_statements(self.plan)).then_some(found.failed),
                    requests: (self.most_jobs_each() <= 1).then_some(found.requests),
                }),
                Some(Err(failed)) => {
                    fault = fault.or(Some(failed.into()));
                    None
                }
                None => None,
            };
            broken = broken.or_else(|| BrokenLane::of(*label, &outcome));
            let lane = lane_tape(*label, callers(label), outcome);
            into.push(LaneTape { server, pooler, rows, ..lane });
        }
        fault.map_or(Ok(broken), Err)
    }

    /// How many jobs one request makes, of the kind that makes most.
    fn most_jobs_each(&self) -> usize {
        let jobs =
            |operations: &[Operation]| operations.iter().filter(|it| it.creates() == Creates::Job).count();
        self.plan.all_kinds().map(|kind| jobs(kind.operations)).max().unwrap_or(0)
    }

    async fn count_rows(&self, act: ActKind, label: LaneLabel) -> Result<JobRows, AdminError> {
        self.place.admin().await?.job_rows(self.schema_of(label), &lane_name(act, label)).await
    }

    /// What the database of a lane is called by a PgBouncer in front of it.
    fn front_of(&self, label: LaneLabel) -> Option<String> {
        let through = label.pool.via;
        (through != Via::Direct).then(|| front_name(self.lane_number(label), through, self.plan.pool.size))
    }

    /// Where the lanes connect. Only the scenario's own statements need the schema to be set there,
    /// which not every pooler in between lets through.
    pub(super) fn lane_address(&self, label: LaneLabel) -> Address {
        let address = match self.front_of(label) {
            None => self.place.address().clone(),
            Some(front) => self.place.front(&front, label.pool.via),
        };
        if has_own_statements(self.plan) { address.in_schema(self.schema_of(label)) } else { address }
    }
}

/// What a lane noted, without what the server saw of it. The fingerprint is of the arrivals that this
/// very lane was given, so that it is seen when two lanes were given others.
fn lane_tape(label: LaneLabel, callers: Option<u32>, outcome: LaneOutcome) -> LaneTape {
    told(label.pool.name(), label.scope, callers, outcome)
}

/// What a lane noted, with what it was offered.
pub(super) fn told(pool: &str, scope: SessionScope, callers: Option<u32>, outcome: LaneOutcome) -> LaneTape {
    let offered = outcome.offered.map(|offered| offered.fingerprint);
    let arrivals_cut = outcome.offered.and_then(|offered| offered.cut);
    let lane = LaneTape::of(pool, scope, callers, offered, outcome.tape);
    LaneTape { arrivals_cut, lent_at_end: outcome.lent_at_end, ..lane }
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

/// What a PgBouncer in front of the servers calls the database of a lane, by the lane's place, the mode and the
/// size of the pool. Letters, digits and `_` alone.
#[must_use]
pub fn front_name(lane: usize, through: Via, size: u32) -> String {
    let mode = match through {
        Via::PgBouncerTransaction => "transaction",
        Via::PgBouncerSession | Via::Direct => "session",
    };
    format!("lane_{}_{mode}_{size}", lane + 1)
}

/// What a lane's rows in the job table are called.
fn lane_name(act: ActKind, label: LaneLabel) -> String {
    format!("{}, {}, {}", act.name(), label.pool, label.scope)
}

#[cfg(test)]
mod tests;
