//! The acts in virtual time: the same record as a real run leaves, filled by the twin at nominal time.

use std::num::NonZeroUsize;
use std::time::SystemTime;

use super::environment::machine;
use crate::archive::{Environment, LaneTape, Run, Source, Status, Trace, TracedMove};
use crate::itinerary::{Itinerary, SessionScope};
use crate::plan::Plan;
use crate::twin::{HoldLaw, Lane, Played, SideBySide, Stage, TwinError};
use crate::units::TimeScale;

/// The name that stands for the pool library in a simulated record.
pub const TWIN: &str = "twin";

/// Where the holds of a simulation come from.
#[derive(Debug, Clone)]
pub enum Holds {
    /// A law around the planned times.
    Law(HoldLaw),
    /// What was measured in another run, by session scope.
    Record(Box<Run>),
}

/// A simulated run.
#[derive(Debug)]
pub struct Simulated {
    /// What it left.
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
pub fn simulate(plan: &Plan, holds: &Holds, threads: NonZeroUsize) -> Result<Simulated, SimulateError> {
    let plan = Plan { pools: vec![TWIN.to_owned()], ..plan.at(TimeScale::NOMINAL) };
    let mut requests = 0;
    let mut play = |lane: &Lane| -> Result<Played, TwinError> {
        let played = lane.play(threads)?;
        requests += played.requests;
        Ok(played)
    };
    let stage = Stage::nominal(&plan);
    let mut offered: Option<String> = None;
    let (mut side_by_side, mut capacity) = (Vec::new(), Vec::new());
    for &scope in &plan.scopes {
        let law = law(holds, scope)?;
        let laws = SideBySide { holds: law.clone(), bystanders: HoldLaw::Fixed };
        let lane = stage.side_by_side(scope, laws)?;
        // A second walk through all arrivals, beside the one of the twin.
        let (played, walked) = std::thread::scope(|threads| {
            let walk = threads.spawn(|| offered.is_none().then(|| stage.fingerprint()));
            (play(&lane), walk.join())
        });
        let played = played?;
        if let Some(walked) = walked.unwrap_or_else(|panic| std::panic::resume_unwind(panic)) {
            offered = Some(walked?);
        }
        let offered = offered.clone().unwrap_or_default();
        side_by_side.push(LaneTape::of(TWIN, scope, None, offered, played.tape));
        // The pools of a fleet are alike, and saturate apart from each other.
        if plan.fleet.is_none() {
            let lane = stage.capacity(scope, plan.callers(scope), law)?;
            let tape = play(&lane)?.tape;
            capacity.push(LaneTape::of(TWIN, scope, lane.callers(), String::new(), tape));
        }
    }
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

fn law(holds: &Holds, scope: SessionScope) -> Result<HoldLaw, SimulateError> {
    match holds {
        Holds::Law(law) => Ok(law.clone()),
        Holds::Record(run) => {
            let lane = run.side_by_side.iter().find(|lane| lane.scope == scope);
            let holds = lane.map(|lane| &lane.tape.measured.hold.seen);
            let law = holds.and_then(|holds| HoldLaw::measured_nominal(&run.plan, scope, holds));
            law.ok_or(SimulateError::NoHolds(scope))
        }
    }
}

fn environment(holds: &Holds) -> Environment {
    let law = match holds {
        Holds::Law(HoldLaw::Fixed) => "holds as planned".to_owned(),
        Holds::Law(HoldLaw::Exponential) => "exponential holds".to_owned(),
        Holds::Law(HoldLaw::LogNormal { spread }) => {
            format!("lognormal holds, variance ÷ mean² = {}", crate::units::number(*spread))
        }
        Holds::Law(HoldLaw::Measured(_)) => "measured holds".to_owned(),
        Holds::Record(record) => format!("holds as measured in the run of {}", record.created),
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
