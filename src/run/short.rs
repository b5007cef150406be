//! A short run: the open loop of a plan and nothing else, for those who run many.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use super::simulate::SimulateError;
use super::{ActKind, Left, Leftovers, RunContext, RunError, Servers, Watch, ensure_told, enter};
use crate::archive::LaneTape;
use crate::itinerary::{StepKind, Workload};
use crate::load::Stop;
use crate::plan::{Misuse, Plan};
use crate::scenario::{Phases, RequestKind};
use crate::twin::{HoldLaw, SideBySide, Stage};

/// How a plan is shortened, at the clock of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// The measured span; none for one that is chosen by the load.
    pub span: Option<Duration>,
}

/// So many requests make the figures of a run steady.
const REQUESTS: f64 = 700.0;
/// The span that is chosen is no shorter. The unit is the run: two runs in turn differ by the machine's mood more
/// than by their draws, and many short pairs tell more of a change than few long ones.
const SHORTEST: Duration = Duration::from_secs(2);
/// And no longer, however few requests that makes.
const LONGEST: Duration = Duration::from_secs(3);
/// A warm-up is no longer: both that are compared start alike, from idle pools that are connected.
const WARM_UP: Duration = Duration::from_millis(500);

/// The plan with a short warm-up and measured span. A load that changes over time keeps the plan's own
/// phases, of which no part stands for the whole.
#[must_use]
pub fn shorten(plan: &Plan, short: Short) -> Plan {
    let own = plan.phases;
    if !plan.load.stages.is_empty() && short.span.is_none() {
        return plan.clone();
    }
    let (scale, rate) = (plan.time_scale, plan.load.rate.scaled(plan.time_scale).as_per_second());
    let enough = Duration::try_from_secs_f64(REQUESTS / rate).unwrap_or(LONGEST);
    let chosen = || scale.nominal(enough.clamp(SHORTEST, LONGEST)).min(own.measure);
    let measure = short.span.map_or_else(chosen, |span| scale.nominal(span));
    let warm_up = scale.nominal(WARM_UP).min(own.warm_up);
    Plan { phases: Phases { warm_up, measure, drain: own.drain }, ..plan.clone() }
}

/// What a short run left.
#[derive(Debug)]
pub struct ShortRun {
    /// What its lanes noted, pool by pool.
    pub lanes: Vec<LaneTape>,
    /// What of poolbench's could not be removed from the servers.
    pub left: Vec<Left>,
}

/// Plays the open loop of a plan, in schemas that are made for it and dropped after it.
///
/// # Errors
/// With what stands in the way, or when it was stopped.
pub async fn run_short(
    plan: &Plan,
    servers: &Servers,
    leftovers: &Leftovers,
    stop: &Stop,
    watch: &mut dyn Watch,
) -> Result<ShortRun, RunError> {
    short(plan, servers, leftovers, stop, watch, Broken::Ends, None).await
}

/// The same for a plan of which lanes are expected to fail, and pools that somebody may misuse: what the lanes
/// noted is kept, whatever it is.
///
/// # Errors
/// With what stands in the way, or when it was stopped.
pub async fn run_through(
    plan: &Plan,
    misuse: Option<Misuse>,
    servers: &Servers,
    leftovers: &Leftovers,
    stop: &Stop,
    watch: &mut dyn Watch,
) -> Result<ShortRun, RunError> {
    short(plan, servers, leftovers, stop, watch, Broken::Kept, misuse).await
}

/// What becomes of a run with a lane of which nothing can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Broken {
    /// It ends there.
    Ends,
    /// It goes on.
    Kept,
}

async fn short(
    plan: &Plan,
    servers: &Servers,
    leftovers: &Leftovers,
    stop: &Stop,
    watch: &mut dyn Watch,
    broken: Broken,
    misuse: Option<Misuse>,
) -> Result<ShortRun, RunError> {
    if let Some(why) = plan.only_simulated() {
        return Err(RunError::OnlySimulated(why));
    }
    let scopes = plan.scopes.len();
    let connections = plan.pool.size * scopes as u32;
    let lanes = plan.pools.len() * scopes;
    let place = enter(servers, (lanes, connections), plan.expected_run_time(), leftovers, stop).await?;
    let context = RunContext { plan, servers, place: &place, misuse };
    let mut lanes = Vec::new();
    let played = context.play_short(&mut lanes, stop, watch, broken).await;
    let left = place.leave().await;
    // What a stop cuts off fails in one way or another.
    if stop.is_stopped() {
        return Err(RunError::Stopped);
    }
    played?;
    Ok(ShortRun { lanes, left })
}

impl RunContext<'_> {
    async fn play_short(
        &self,
        lanes: &mut Vec<LaneTape>,
        stop: &Stop,
        watch: &mut dyn Watch,
        broken: Broken,
    ) -> Result<(), RunError> {
        self.set_up(stop).await?;
        self.ensure_prepared(stop).await?;
        for pool in self.pools() {
            if stop.is_stopped() {
                break;
            }
            let lane = self.side_by_side(ActKind::SideBySide, pool, lanes, stop, watch).await?;
            if broken == Broken::Ends {
                ensure_told(lane, &[], stop)?;
            }
        }
        Ok(())
    }
}

/// Plays the same in virtual time, with SQL that takes so many times as long as planned.
///
/// # Errors
/// When the twin cannot play it.
pub fn simulate_short(plan: &Plan, holds: &HoldLaw, slower: f64) -> Result<Vec<LaneTape>, SimulateError> {
    let slow = |workload: &Workload| {
        let steps = workload.steps.iter().cloned().map(|mut step| {
            if step.kind == StepKind::Sql {
                step.time = step.time.mul_f64(slower);
            }
            step
        });
        Arc::new(Workload { steps: steps.collect() })
    };
    let kinds = plan.kinds.iter().map(|kind| RequestKind { workload: slow(&kind.workload), ..kind.clone() });
    let slowed = Plan { workload: slow(&plan.workload), kinds: kinds.collect(), ..plan.clone() };
    let stage = Stage::as_driven(&slowed);
    let offered = stage.fingerprint()?;
    let mut lanes = Vec::new();
    for pool in &plan.pools {
        for &scope in &plan.scopes {
            let laws = SideBySide { holds: holds.clone(), bystanders: HoldLaw::Fixed };
            let played = stage.side_by_side(scope, laws)?.play(NonZeroUsize::MIN)?;
            lanes.push(LaneTape::of(pool, scope, None, Some(offered), played.tape));
        }
    }
    Ok(lanes)
}
