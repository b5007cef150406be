//! The acts in virtual time: the same record as a real run leaves, filled by the twin at nominal time.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use super::environment::machine;
use crate::archive::{Environment, LaneTape, Run, Source, Status, Trace, TracedMove};
use crate::arrivals::Fingerprint;
use crate::itinerary::{Itinerary, SessionScope};
use crate::plan::Plan;
use crate::twin::{HoldLaw, Lane, PlayedLane, SideBySide, Stage, TwinError};
use crate::units::TimeScale;

/// The name that stands for the pool library in a simulated record.
pub const TWIN: &str = "twin";

/// Where the holds of a simulation come from.
#[derive(Debug, Clone)]
pub enum HoldSource {
    /// A law around the planned times.
    Law(HoldLaw),
    /// What was measured in another run, by session scope.
    Record(Box<Run>),
}

/// A simulated run.
#[derive(Debug)]
pub struct Simulated {
    /// The record, as a real run leaves it.
    pub run: Run,
    /// Requests played in all acts, bystanders among them.
    pub requests: u64,
}

/// Why a plan cannot be simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The twin cannot play it.
    #[error(transparent)]
    Twin(#[from] TwinError),
    /// The record has no such holds.
    #[error("the record has no finished hold of {0}; name a record of a run with this session scope")]
    NoHolds(SessionScope),
}

/// Plays a plan in virtual time, at nominal times whatever its time scale. The same plan gives the same
/// run, but for when and where it was made.
///
/// # Errors
/// When the twin cannot play it, or the record of the holds has none.
pub fn simulate(plan: &Plan, holds: &HoldSource, threads: NonZeroUsize) -> Result<Simulated, SimulateError> {
    let plan = Plan { pools: vec![TWIN.to_owned()], ..plan.at(TimeScale::NOMINAL) };
    let stage = Stage::nominal(&plan);
    let lanes = lanes(&plan, &stage, holds)?;
    let (offered, played) = play(&stage, &lanes, threads)?;
    let requests = played.iter().map(|played| played.requests).sum();
    let mut tapes = lanes.iter().zip(played).map(|(lane, played)| {
        let offered = Some(offered).filter(|_| lane.is_open());
        LaneTape::of(TWIN, lane.itinerary.scope(), lane.callers(), offered, played.tape)
    });
    let side_by_side = tapes.by_ref().take(plan.scopes.len()).collect();
    let capacity = tapes.collect();
    let run = Run {
        poolbench: env!("CARGO_PKG_VERSION").to_owned(),
        created: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        status: Status::Complete,
        source: Source::Simulated,
        environment: environment(holds),
        anatomy: plan.scopes.iter().map(|scope| trace(&plan.itinerary(*scope))).collect(),
        side_by_side,
        capacity,
        proof: None,
        ceiling: None,
        fault: None,
        plan,
    };
    Ok(Simulated { run, requests })
}

/// The lanes of the open loop, scope by scope, and then those of the closed loop.
fn lanes(plan: &Plan, stage: &Stage<'_>, holds: &HoldSource) -> Result<Vec<Lane>, SimulateError> {
    let (mut lanes, mut closed) = (Vec::new(), Vec::new());
    for &scope in &plan.scopes {
        let law = law(holds, scope)?;
        let laws = SideBySide { holds: law.clone(), bystanders: HoldLaw::Fixed };
        lanes.push(stage.side_by_side(scope, laws)?);
        // The pools of a fleet are alike, and saturate apart from each other.
        if plan.fleet.is_none() {
            closed.push(stage.capacity(scope, plan.callers(scope), law)?);
        }
    }
    lanes.append(&mut closed);
    Ok(lanes)
}

/// Something to be done on one of several threads.
#[derive(Debug, Clone, Copy)]
enum SimulationTask<'l> {
    /// Lanes one after the other, each on so many threads.
    Play(&'l [Lane], NonZeroUsize),
    /// A walk of its own through the arrivals that all lanes are offered, for their fingerprint.
    Walk,
}

/// What came of a task.
enum Done {
    Played(Vec<PlayedLane>),
    Walked(Fingerprint),
}

/// Plays lanes, and makes a fingerprint of what they are offered. Lanes do not depend on each other, so
/// they are played at the same time; but those of a fleet share the threads one by one, so that no more
/// than one fleet is in memory.
fn play(
    stage: &Stage<'_>,
    lanes: &[Lane],
    threads: NonZeroUsize,
) -> Result<(Fingerprint, Vec<PlayedLane>), TwinError> {
    let alone = |lane| SimulationTask::Play(std::slice::from_ref(lane), NonZeroUsize::MIN);
    let (open, closed) = lanes.split_at(lanes.iter().filter(|lane| lane.is_open()).count());
    let (tasks, at_once): (Vec<SimulationTask<'_>>, usize) = if stage.plan.fleet.is_some() {
        (vec![SimulationTask::Play(lanes, threads), SimulationTask::Walk], threads.get().min(2))
    } else {
        // What takes longest comes first.
        let tasks = open.iter().map(alone).chain([SimulationTask::Walk]).chain(closed.iter().map(alone));
        (tasks.collect(), threads.get())
    };
    let (mut offered, mut played) = (Fingerprint::default(), Vec::new());
    let done = in_turns(&tasks, at_once, |task| match task {
        SimulationTask::Walk => stage.fingerprint().map(Done::Walked),
        SimulationTask::Play(lanes, threads) => {
            lanes.iter().map(|lane| lane.play(*threads)).collect::<Result<_, _>>().map(Done::Played)
        }
    });
    for done in done {
        match done? {
            Done::Walked(fingerprint) => offered = fingerprint,
            Done::Played(mut more) => played.append(&mut more),
        }
    }
    Ok((offered, played))
}

/// Does all tasks on so many threads, each of which takes the next one when it is done with one; what
/// came of each, in their order.
fn in_turns<T: Sync, R: Send>(tasks: &[T], threads: usize, act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let index = next.fetch_add(1, Ordering::Relaxed)
            && let Some(task) = tasks.get(index)
        {
            done.push((index, act(task)));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(tasks.len())).map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        done
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn law(holds: &HoldSource, scope: SessionScope) -> Result<HoldLaw, SimulateError> {
    match holds {
        HoldSource::Law(law) => Ok(law.clone()),
        HoldSource::Record(run) => {
            let lane = run.side_by_side.iter().find(|lane| lane.scope == scope);
            let law = lane.and_then(|lane| HoldLaw::measured_nominal(&run.plan, scope, &lane.tape.measured));
            law.ok_or(SimulateError::NoHolds(scope))
        }
    }
}

fn environment(holds: &HoldSource) -> Environment {
    let law = match holds {
        HoldSource::Law(HoldLaw::Fixed) => "holds as planned".to_owned(),
        HoldSource::Law(HoldLaw::Exponential) => "exponential holds".to_owned(),
        HoldSource::Law(HoldLaw::LogNormal { spread }) => {
            format!("lognormal holds, variance ÷ mean² = {}", crate::units::number(*spread))
        }
        HoldSource::Law(HoldLaw::Measured(_)) => "measured holds".to_owned(),
        HoldSource::Record(record) => format!("holds as measured in the run of {}", record.created),
    };
    Environment { pools: vec![(TWIN.to_owned(), format!("poolbench's twin, {law}"))], ..machine() }
}

/// One request alone: every move takes its planned time.
fn trace(itinerary: &Itinerary) -> Trace {
    let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let moves = itinerary.timed().map(|timed| TracedMove {
        word: itinerary.word(timed.step).to_owned(),
        from: nanos(timed.starts),
        to: nanos(timed.starts + timed.lasts),
    });
    Trace { pool: TWIN.to_owned(), scope: itinerary.scope(), moves: moves.collect(), failure: None }
}
