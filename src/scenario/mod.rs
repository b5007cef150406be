//! WHAT IS ASKED: a scenario file, checked into a [`Scenario`].
//!
//! All faults of a file are reported at once. Nothing here knows a driver, a runtime or the
//! command line.

mod builtin;
mod check;
mod claim;
mod keys;
mod objective;
mod overrides;
mod read;
mod step;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

pub use builtin::{BUILTIN, Builtin};
pub use claim::{Claim, ClaimMeasure, MEASURES};
pub use keys::KEYS;
pub use objective::Objective;
pub use overrides::Overrides;
pub use read::Fault;
pub use step::{Operation, Parameter, SqlOperation, Statement, Variable};

use crate::itinerary::{Itinerary, SessionScope, Workload};
use crate::units::{Rate, TimeScale};

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
    /// The steps with their times.
    pub workload: Arc<Workload>,
    /// What each step really does; same length as the workload's steps.
    pub operations: Vec<Operation>,
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
    /// What waits for a connection may be.
    pub objective: Option<Objective>,
    /// Measured time ÷ nominal time.
    pub time_scale: TimeScale,
    /// Seed of every random draw.
    pub seed: u64,
}

/// Settings of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// Connections; 1 to 10,000.
    pub size: u32,
    /// Longest wait for a connection, nominal.
    pub acquire_timeout: Duration,
    /// Whether a connection is tested before it is lent.
    pub liveness_check: LivenessCheck,
}

/// Whether a pool tests a connection with a round trip before it lends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LivenessCheck {
    /// As the library does when nobody says otherwise: sqlx does, deadpool does not.
    LibraryDefault,
    /// Before every acquire.
    Always,
    /// Never.
    Never,
}

/// A pool library that poolbench can drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PoolKind {
    /// `sqlx::PgPool`.
    Sqlx,
    /// `deadpool-postgres`.
    Deadpool,
}

/// All pool libraries.
pub const POOLS: [PoolKind; 2] = [PoolKind::Sqlx, PoolKind::Deadpool];

impl PoolKind {
    /// The name in scenario files, tables and charts: that of the crate.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Deadpool => "deadpool-postgres",
        }
    }
}

impl fmt::Display for PoolKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no pool library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no pool library has this name; there are \"sqlx\" and \"deadpool-postgres\"")]
pub struct UnknownPool;

impl FromStr for PoolKind {
    type Err = UnknownPool;

    fn from_str(text: &str) -> Result<Self, UnknownPool> {
        POOLS.into_iter().find(|pool| pool.name() == text).ok_or(UnknownPool)
    }
}

/// An open loop: requests are due by the clock, whatever became of the earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenLoad {
    /// How the due times are drawn.
    pub arrivals: ArrivalKind,
    /// Requests due per second, nominal; where there are stages, the rate before the first.
    pub rate: Rate,
    /// How the rate changes from the start of the warm-up on; the last rate stays.
    pub stages: Vec<Stage>,
    /// Requests that are all due at the start of the measured span, beside the others.
    pub burst: u32,
    /// Most requests in flight at once.
    pub in_flight_cap: u32,
    /// What becomes of requests over the cap.
    pub when_full: WhenFull,
}

impl OpenLoad {
    /// The cap where a scenario asks for none: far above any pool, so that it holds nobody back.
    pub const DEFAULT_IN_FLIGHT_CAP: u32 = 100_000;
}

/// A stretch of time with a rate of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// Requests due per second, nominal: during a step, or at the end of a ramp.
    pub rate: Rate,
    /// How long it lasts, nominal.
    pub lasts: Duration,
    /// How the rate gets there.
    pub shape: StageShape,
}

/// How the rate of a stage is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageShape {
    /// At once.
    Step,
    /// Evenly from the rate before.
    Ramp,
}

impl StageShape {
    /// The word in scenario files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::Ramp => "ramp",
        }
    }
}

/// How due times are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArrivalKind {
    /// Independent exponential gaps.
    Poisson,
    /// Equal gaps.
    Constant,
}

impl ArrivalKind {
    /// The word in scenario files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Poisson => "poisson",
            Self::Constant => "constant",
        }
    }
}

/// What becomes of a request that is due while the in-flight cap is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// It waits its turn; the wait counts in its response time.
    Queue,
    /// It is not sent, and counted as shed.
    Shed,
}

/// How long the phases of an open-loop act last, nominal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phases {
    /// Load before the measurement; its requests are kept apart.
    pub warm_up: Duration,
    /// The measured span: requests due in it are the ones that count.
    pub measure: Duration,
    /// Longest wait for requests in flight at its end.
    pub drain: Duration,
}

/// The closed loop that saturates each scope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Capacity {
    /// How many callers.
    pub callers: Callers,
    /// How long each pauses between the end of a request and the next, nominal.
    pub think_time: Duration,
    /// Load before the measurement, nominal.
    pub warm_up: Duration,
    /// The measured span, nominal.
    pub measure: Duration,
}

/// How many callers a closed loop has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Callers {
    /// A multiple of the callers that would just keep every connection busy:
    /// pool size × (request time + think time) ÷ hold time.
    Saturation(f64),
    /// A number.
    Fixed(u32),
}

/// Cheap queries of others on the same pool.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bystander {
    /// Queries due per second, nominal.
    pub rate: Rate,
    /// How long a query takes on the server, nominal.
    pub time: Duration,
}

/// Many pools of the same size, to which requests are routed. Only the twin plays one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fleet {
    /// How many pools.
    pub pools: u32,
    /// How a request finds its pool.
    pub routing: Routing,
}

/// How a request finds its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// Any pool, each as likely.
    Random,
    /// One pool after the other.
    RoundRobin,
    /// The pool with the fewest connections in use and requests waiting.
    LeastLoaded,
}

impl Routing {
    /// The word in scenario files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::RoundRobin => "round-robin",
            Self::LeastLoaded => "least-loaded",
        }
    }
}

impl FromStr for Routing {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Random, Self::RoundRobin, Self::LeastLoaded];
        let found = all.into_iter().find(|routing| routing.word() == text);
        found.ok_or("write one of random, round-robin, least-loaded")
    }
}

impl Scenario {
    /// Reads and checks a scenario file.
    ///
    /// # Errors
    /// When the file cannot be read, or with all its faults at once.
    pub fn load(path: &Path) -> Result<Self, ScenarioError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ScenarioError::Unreadable { path: path.display().to_string(), source })?;
        let name = path.file_stem().map_or_else(|| "scenario".into(), |stem| stem.to_string_lossy());
        Self::parse(&name, &path.display().to_string(), &text)
    }

    /// Checks the text of a scenario file; `file` is how faults name it.
    ///
    /// # Errors
    /// With all faults at once.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, ScenarioError> {
        check::check(name, file, text).map_err(ScenarioError::Faults)
    }

    /// The itinerary of a request under a session scope.
    #[must_use]
    pub fn itinerary(&self, scope: SessionScope) -> Itinerary {
        Itinerary::new(scope, self.workload.clone())
    }

    /// The callers of the closed loop under a session scope.
    #[must_use]
    pub fn callers(&self, scope: SessionScope) -> u32 {
        match self.capacity.callers {
            Callers::Fixed(callers) => callers,
            Callers::Saturation(multiple) => {
                let hold = self.itinerary(scope).hold_time().as_secs_f64();
                let request = self.workload.request_time().as_secs_f64();
                // Without SQL nothing is held and nothing saturates: a caller a connection then.
                let think = self.capacity.think_time.as_secs_f64();
                let each = if hold > 0.0 { ((request + think) / hold).max(1.0) } else { 1.0 };
                (multiple * f64::from(self.pool.size) * each).ceil().min(MOST_CALLERS) as u32
            }
        }
    }
}

/// More callers than this are a slip of the unit.
const MOST_CALLERS: f64 = 1_000_000.0;

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
    /// Everything that is wrong with it.
    #[error("{}", told(.0))]
    Faults(Vec<Fault>),
}

fn told(faults: &[Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    let plural = if faults.len() == 1 { "1 fault".to_owned() } else { format!("{} faults", faults.len()) };
    format!("{plural} in the scenario:\n  {}", lines.join("\n  "))
}
