//! WHAT IS ASKED: a scenario file, checked into a [`Scenario`].
//!
//! All faults of a file are reported at once. Nothing here knows a driver, a runtime or the
//! command line.

mod builtin;
mod check;
mod claim;
mod fault;
mod keys;
mod kind;
pub mod limits;
mod load;
mod objective;
mod overrides;
mod pool;
mod read;
mod sketch;
mod step;
mod target;

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

pub use builtin::{BUILTIN, Builtin};
pub use claim::{Claim, ClaimMeasure, MEASURES};
pub use fault::Fault;
pub use keys::KEYS;
pub use kind::{RequestKind, USUAL};
pub use load::{
    ArrivalKind, Bystander, CallerCount, Capacity, OpenLoad, Phases, RateStage, StageShape, WhenFull,
};
pub use objective::{
    Asked, Clock, Limit, Objective, ObjectiveAct, ObjectiveError, ScopeName, Sign, Term, WaitObjective,
};
pub use overrides::Overrides;
pub use pool::{
    BEHIND_PGBOUNCER, EVERY_POOL, Fleet, LivenessCheck, POOLS, PoolKind, PoolLibrary, PoolSettings, PoolTest,
    Routing, UnknownPool, Via,
};
pub use sketch::Sketch;
pub use step::{Operation, Parameter, SqlOperation, Statement, StepFailure, Variable};
pub use target::{Answers, Header, HeaderValue, Hosts, Kept, Site, Statuses, Target};

use crate::files;
use crate::itinerary::{Itinerary, SCOPES, SessionScope, UnknownScope, Workload};
use crate::units::TimeScale;
use limits::LimitError;

/// A checked scenario. Times and rates are nominal.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// From the file's name: `job-submission`.
    pub name: String,
    /// What someone wants to know.
    pub why: String,
    /// What one request is.
    pub request: String,
    /// Pool settings, the same for every pool library.
    pub pool: PoolSettings,
    /// Pool libraries to run, in order.
    pub pools: Vec<PoolKind>,
    /// Session scopes to compare; the first is the "before".
    pub scopes: Vec<SessionScope>,
    /// Session scopes that the scenario writes itself, whether or not they are compared.
    pub own_scopes: Vec<SessionScope>,
    /// The steps with their times.
    pub workload: Arc<Workload>,
    /// What each step really does; same length as the workload's steps.
    pub operations: Vec<Operation>,
    /// For which requests each step fails; same length as the workload's steps.
    pub failures: Vec<StepFailure>,
    /// Kinds of requests beside the usual one, which the steps above are of.
    pub kinds: Vec<RequestKind>,
    /// How many steps compute at once in one service.
    pub processors: NonZeroU32,
    /// Statements that make the scenario's own tables.
    pub setup: Vec<String>,
    /// The arrivals offered to each scope.
    pub load: OpenLoad,
    /// How long to warm up, measure and drain.
    pub phases: Phases,
    /// The closed loop.
    pub capacity: Capacity,
    /// Cheap queries of others on the same pool.
    pub bystander: Option<Bystander>,
    /// What is to be tested.
    pub claims: Vec<Claim>,
    /// Many pools instead of one.
    pub fleet: Option<Fleet>,
    /// What a run has to keep.
    pub objectives: Vec<Objective>,
    /// An HTTP service that is driven instead of pools.
    pub target: Option<Target>,
    /// Whether the steps of a request are known.
    pub steps_are: StepsAre,
    /// Measured time ÷ nominal time.
    pub time_scale: TimeScale,
    /// Seed of every random draw.
    pub seed: u64,
}

impl Scenario {
    /// Reads and checks a scenario file.
    ///
    /// # Errors
    /// When the file cannot be read, or with all its faults at once.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = files::read_text(path, files::MOST_OF_A_SCENARIO)
            .map_err(|source| ScenarioError::Unreadable { path: path.display().to_string(), source })?;
        let name = path.file_stem().map_or_else(|| "scenario".into(), |stem| stem.to_string_lossy());
        Self::parse(&name, &path.display().to_string(), &text)
    }

    /// Checks the text of a scenario file; `file` is how faults name it.
    ///
    /// # Errors
    /// With all faults at once.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, ScenarioError> {
        let scenario = check::check(name, file, text).map_err(ScenarioError::Faults)?;
        scenario.within_limits().map_err(|limit| ScenarioError::Limit { file: file.to_owned(), limit })
    }

    /// The session scope of this name: one that every scenario knows, or one of its own.
    ///
    /// # Errors
    /// When no session scope has this name.
    pub fn scope_named(&self, name: &str) -> Result<SessionScope, UnknownScope> {
        let own = || self.own_scopes.iter().copied().find(|scope| scope.name() == name);
        name.parse().or_else(|unknown| own().ok_or(unknown))
    }

    /// All session scopes under which its requests can run, its own ones last.
    #[must_use]
    pub fn all_scopes(&self) -> Vec<SessionScope> {
        SCOPES.iter().chain(&self.own_scopes).copied().collect()
    }

    /// The itinerary of a request under a session scope.
    #[must_use]
    pub fn itinerary(&self, scope: SessionScope) -> Itinerary {
        Itinerary::new(scope, self.workload.clone())
    }
}

/// Whether a scenario says what one request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepsAre {
    /// It does.
    Known,
    /// It does not: the request goes to a service that nobody looks into.
    Unknown,
}

/// The one step of a request of which nothing is known.
pub const UNKNOWN_STEP: &str = "request";

/// Why a scenario cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// The file cannot be read.
    #[error("cannot read scenario {path}: {source}; `poolbench list` shows the built-in ones")]
    Unreadable {
        /// The path, as given.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It asks for more than is played.
    #[error("{file}: {limit}")]
    Limit {
        /// The file, or the scenario and the command line together.
        file: String,
        /// What there is too much of.
        limit: LimitError,
    },
    /// Everything that is wrong with it.
    #[error("{}", told(.0))]
    Faults(Vec<Fault>),
}

fn told(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    let plural = match faults.len() {
        1 => "1 fault".to_owned(),
        // The last line says how many more there are.
        many if many > fault::MOST_TOLD => format!("more than {} faults", fault::MOST_TOLD),
        many => format!("{many} faults"),
    };
    format!("{plural} in the scenario:\n  {}", lines.join("\n  "))
}
