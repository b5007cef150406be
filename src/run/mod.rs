//! THE RUN: three acts on real servers, from a plan to a record. Nothing is judged here.
//!
//! 1. *Anatomy*: one request of each lane on an idle pool, every move noted.
//! 2. *Side by side*: the same arrivals offered to every scope at the same time.
//! 3. *Capacity*: closed loops that saturate each scope.
//!
//! Before the first, every own statement is prepared once: what Postgres does not take ends the run there.
//!
//! [`simulate`] plays the second and the third in virtual time instead.

mod act;
mod environment;
mod fault;
mod host;
mod http;
mod leftovers;
mod machine;
mod observe;
mod own;
mod plan;
mod prepare;
mod setup;
mod short;
mod simulate;
mod watch;
mod workplace;

use std::time::{Duration, SystemTime};

use act::BrokenLane;
pub use act::front_name;
pub use environment::library;
use fault::cut_off;
pub use fault::{RefusedStatement, RunError, only_simulated};
pub(crate) use host::{Hosted, host};
pub use http::{Variables, conduct_http, find_services};
pub use leftovers::{Left, Leftovers};
pub use machine::{Machine, Slowness};
pub use own::{OwnPlace, drive_pool};
pub use prepare::{Prepared, prepare};
pub use setup::has_own_statements;
pub use short::{Short, ShortRun, run_short, run_through, shorten, simulate_short};
pub use simulate::{HoldSource, SimulateError, Simulated, TWIN, simulate};
pub use watch::{ActKind, LaneName, Silent, Watch};
pub(crate) use workplace::Workplace;

use crate::archive::{DriverRecord, FaultRecord, Proof, Run, Source, Status};
pub use crate::jobs::repository::tables;
pub use crate::load::Stop;
use crate::plan::{Misuse, Plan};
use crate::scenario::PoolKind;
use crate::target::{DatabaseUrl, RedisUrl};
use crate::units::TimeScale;

/// Where a run takes place.
#[derive(Debug)]
pub struct Servers {
    /// Address of the Postgres.
    pub database: DatabaseUrl,
    /// Whether the Postgres is the user's or a throw-away one.
    pub database_is: Whose,
    /// The Redis; none for a delay alone.
    pub redis: Option<RedisUrl>,
    /// Whether the Redis is the user's or a throw-away one.
    pub redis_is: Whose,
    /// The words for where the Postgres came from.
    pub database_from: String,
    /// The words for where the Redis came from, or why there is none.
    pub redis_from: String,
    /// A PgBouncer in front of the Postgres, for the lanes that go through one.
    pub pooler: Option<Pooler>,
    /// The schema of the first lane; each other lane has one with a number after this name.
    pub schema: String,
}

/// A PgBouncer in front of the Postgres. It knows the database of each lane by [`front_name`].
#[derive(Debug)]
pub struct Pooler {
    /// Address of its console.
    pub console: DatabaseUrl,
}

/// To whom a server belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Somebody's, who gave its address: it is left as it was found.
    TheUsers,
    /// poolbench's own, and gone at its end with all that is in it.
    ThrownAway,
}

/// What is to be run, and where.
#[derive(Debug)]
pub struct Brief<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The servers.
    pub servers: &'a Servers,
    /// Another time scale, at which the open loop is run again to show that scaling time changes
    /// nothing.
    pub proof: Option<TimeScale>,
    /// What the driver itself carried just before, for the record.
    pub ceiling: Option<DriverRecord>,
    /// Where what stays on the servers is noted while it is there.
    pub leftovers: Leftovers,
}

/// What came of a run.
#[derive(Debug, Default)]
pub struct Conducted {
    /// What was measured, if anything was; with its status.
    pub record: Option<Run>,
    /// What ended it before its time.
    pub fault: Option<RunError>,
    /// What of poolbench's could not be removed from the servers.
    pub left: Vec<Left>,
}

/// Runs a plan. Whatever ends the run, what was measured until then comes back, and nothing of
/// poolbench's stays on the servers but what is named. After every act `keep` is given the record
/// as it would be found if poolbench were killed.
pub async fn conduct(
    brief: Brief<'_>,
    stop: &Stop,
    watch: &mut dyn Watch,
    keep: &mut dyn FnMut(&Run),
) -> Conducted {
    let fault = |fault| Conducted { fault: Some(fault), ..Conducted::default() };
    let Brief { plan, servers, proof, ceiling, leftovers } = brief;
    if let Some(why) = plan.only_simulated() {
        return fault(RunError::OnlySimulated(why));
    }
    // All scopes of one pool library at once, or in the anatomy a connection of every lane.
    let scopes = plan.scopes.len() as u32;
    let connections = (plan.pool.size * scopes).max(plan.pools.len() as u32 * scopes);
    let lanes = plan.pools.len() * plan.scopes.len();
    let lasts = plan.expected_run_time();
    let place = match enter(servers, (lanes, connections), lasts, &leftovers, stop).await {
        Ok(place) => place,
        // What was begun was left when it was given up.
        Err(failed) => return Conducted { left: leftovers.list(), ..fault(failed) },
    };
    let context = RunContext { plan, servers, place: &place, misuse: None };
    let mut record = None;
    let played = context.play(proof, ceiling, &mut record, stop, watch, keep).await;
    let left = place.leave().await;
    let record = record.filter(|record| !record.anatomy.is_empty());
    Conducted { record, fault: played.err(), left }
}

/// Looks the servers over, and makes what is poolbench's.
async fn enter(
    servers: &Servers,
    (lanes, connections): (usize, u32),
    lasts: Duration,
    leftovers: &Leftovers,
    stop: &Stop,
) -> Result<Workplace, RunError> {
    match stop.cuts(OPENING, Workplace::open(servers, lanes, connections, lasts, leftovers, stop)).await {
        Ok(opened) => opened,
        Err(cut) => Err(cut_off(cut, "looking the servers over", OPENING)),
    }
}

/// How long looking the servers over may take; each of its steps has a shorter limit.
const OPENING: Duration = Duration::from_secs(60);

/// How long the server may take to let go of what was given up.
pub(crate) const SETTLE: Duration = Duration::from_secs(5);

/// What all acts of a run share: the plan, the servers, and poolbench's place on them.
pub(crate) struct RunContext<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) servers: &'a Servers,
    pub(crate) place: &'a Workplace,
    /// What somebody else in the application does with the pools.
    pub(crate) misuse: Option<Misuse>,
}

impl RunContext<'_> {
    /// Plays the acts, one after the other, into the record.
    async fn play(
        &self,
        proof: Option<TimeScale>,
        ceiling: Option<DriverRecord>,
        into: &mut Option<Run>,
        stop: &Stop,
        watch: &mut dyn Watch,
        keep: &mut dyn FnMut(&Run),
    ) -> Result<(), RunError> {
        self.set_up(stop).await?;
        self.ensure_prepared(stop).await?;
        let environment = match stop.cuts(OPENING, self.environment()).await {
            Ok(environment) => environment?,
            Err(cut) => return Err(cut_off(cut, "asking the servers for their versions", OPENING)),
        };
        let settings = environment.postgres_settings.clone();
        let record = into.insert(Run { ceiling, ..self.blank(environment) });
        let mut during = "anatomy";
        let played = async {
            let broken = self.anatomy(&mut record.anatomy, stop, watch).await?;
            ensure_told(broken, &settings, stop)?;
            for act in LoadAct::all(&self.pools(), proof) {
                if stop.is_stopped() {
                    break;
                }
                keep(&unfinished(record, act.name()));
                during = act.name();
                let broken = match act {
                    LoadAct::SideBySide(pool) => {
                        let (kind, lanes) = (ActKind::SideBySide, &mut record.side_by_side);
                        self.side_by_side(kind, pool, lanes, stop, watch).await?
                    }
                    LoadAct::Proof(pool, scale) => {
                        self.prove(pool, scale, &mut record.proof, stop, watch).await?
                    }
                    LoadAct::Capacity(pool) => self.capacity(pool, &mut record.capacity, stop, watch).await?,
                };
                ensure_told(broken, &settings, stop)?;
            }
            Ok::<_, RunError>(())
        }
        .await;
        let played = ended(record, during, played, stop);
        keep(record);
        played
    }

    /// The pool libraries of the plan.
    fn pools(&self) -> Vec<PoolKind> {
        // A plan of a scenario has no other names.
        self.plan.pools.iter().filter_map(|name| name.parse().ok()).collect()
    }

    fn blank(&self, environment: crate::archive::Environment) -> Run {
        blank(self.plan, environment)
    }
}

/// A record in which nothing has been noted.
fn blank(plan: &Plan, environment: crate::archive::Environment) -> Run {
    Run {
        poolbench: env!("CARGO_PKG_VERSION").to_owned(),
        created: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        status: Status::Complete,
        source: Source::Measured,
        plan: plan.clone(),
        environment,
        anatomy: Vec::new(),
        side_by_side: Vec::new(),
        capacity: Vec::new(),
        proof: None,
        ceiling: None,
        fault: None,
    }
}

/// A lane of which nothing can be told ends the run, but for one that was stopped.
fn ensure_told(
    broken: Option<BrokenLane>,
    settings: &[(String, String)],
    stop: &Stop,
) -> Result<(), RunError> {
    match broken.filter(|_| !stop.is_stopped()) {
        None => Ok(()),
        Some(BrokenLane { lane, broken }) => Err(RunError::LoadFailed { lane, says: broken.told(settings) }),
    }
}

/// Notes in a record how its acts ended, the last of them this one. What a stop cuts off is no fault.
fn ended(record: &mut Run, during: &str, played: Result<(), RunError>, stop: &Stop) -> Result<(), RunError> {
    if stop.is_stopped() {
        record.status = Status::Stopped;
        return Ok(());
    }
    match &played {
        Ok(()) => record.status = Status::Complete,
        Err(fault) => {
            record.status = Status::Failed;
            record.fault = Some(FaultRecord { during: during.to_owned(), says: fault.to_string() });
        }
    }
    played
}

/// The record as it is found when poolbench is killed while an act runs.
fn unfinished(record: &Run, act: &str) -> Run {
    let says = "poolbench was ended, or could not write, before the figures of this act were kept".to_owned();
    let fault = Some(FaultRecord { during: act.to_owned(), says });
    Run { status: Status::Failed, fault, ..record.clone() }
}

/// An act after the anatomy.
#[derive(Debug, Clone, Copy)]
enum LoadAct {
    SideBySide(PoolKind),
    Proof(PoolKind, TimeScale),
    Capacity(PoolKind),
}

impl LoadAct {
    /// The acts of a run, in their order.
    fn all(pools: &[PoolKind], proof: Option<TimeScale>) -> Vec<Self> {
        let pools = || pools.iter().copied();
        let proof = proof.into_iter().flat_map(|scale| pools().map(move |pool| Self::Proof(pool, scale)));
        pools().map(Self::SideBySide).chain(proof).chain(pools().map(Self::Capacity)).collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::SideBySide(_) => ActKind::SideBySide,
            Self::Proof(..) => ActKind::Proof,
            Self::Capacity(_) => ActKind::Capacity,
        }
        .name()
    }
}

impl RunContext<'_> {
    /// The open loop of one pool at another time scale.
    async fn prove(
        &self,
        pool: PoolKind,
        scale: TimeScale,
        into: &mut Option<Proof>,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Option<BrokenLane>, RunError> {
        let plan = self.plan.at(scale);
        let context = RunContext { plan: &plan, ..*self };
        let record = Proof { time_scale: scale, side_by_side: Vec::new() };
        let lanes = &mut into.get_or_insert(record).side_by_side;
        context.side_by_side(ActKind::Proof, pool, lanes, stop, watch).await
    }
}
