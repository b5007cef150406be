//! Who asks for connections, when and for how long.

use std::time::Duration;

use crate::units::Rate;

/// An open loop: requests are due by the clock, whatever became of the earlier ones.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenLoad {
    /// How the due times are drawn.
    pub arrivals: ArrivalKind,
    /// Requests due per second, nominal; where there are stages, the rate before the first.
    pub rate: Rate,
    /// How the rate changes from the start of the warm-up on; the last rate stays.
    pub stages: Vec<RateStage>,
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
pub struct RateStage {
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
    /// The rate jumps at the start of the stage.
    Step,
    /// The rate changes evenly from that of the stage before.
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

impl WhenFull {
    /// The word in scenario files and records.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queue => "queue",
            Self::Shed => "shed",
        }
    }
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
    pub callers: CallerCount,
    /// How long each pauses between the end of a request and the next, nominal.
    pub think_time: Duration,
    /// Load before the measurement, nominal.
    pub warm_up: Duration,
    /// The measured span, nominal.
    pub measure: Duration,
}

/// How many callers a closed loop has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CallerCount {
    /// A multiple of the callers that would just keep every connection busy:
    /// pool size × (request time + think time) ÷ hold time.
    Saturation(f64),
    /// This many callers.
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
