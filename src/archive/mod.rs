//! WHAT IS KEPT: a [`RunRecord`] is plan, environment and tapes, as JSON with a version.
//!
//! Raw figures are stored; what follows from them is computed again whenever the record is read,
//! so a better analysis needs no new run. No type here can hold an address or a credential.

mod calibration;
mod check;
mod encode;
mod hdr;
mod plan;
mod store;
mod tape;

use serde::{Deserialize, Serialize};

pub use calibration::{
    CALIBRATION_VERSION, CalibrationRecord, DriverRecord, InFlightRecord, LendingRecord, PoolCostRecord,
    RecordingRecord, SelectRateRecord, SelectsRecord, SpreadRecord, TimerRecord, load_calibration,
    save_calibration,
};
pub use hdr::HdrError;
pub use plan::{
    BystanderRecord, CapacityRecord, ClaimRecord, FleetRecord, LoadRecord, ObjectiveRecord, PhasesRecord,
    PlanRecord, PoolRecord, StepRecord,
};
pub use store::{RECORD_FILE, StoreError, decode, load, save};
pub use tape::{
    ArrivalsCutRecord, CohortRecord, Distribution, DurationsRecord, FailureRecord, LaneRecord, LedgerRecord,
    LittleRecord, OccupancyRecord, RowsRecord, SeriesRecord, ServerRecord, TraceRecord, TracedMove,
    TransactionsRecord, WhyRecord, WindowRecord,
};

/// Version of the format. A reader refuses a newer one.
pub const VERSION: u32 = 1;

/// Everything that one run asked, did and noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// Version of the format: 1.
    pub version: u32,
    /// Version of poolbench that wrote it.
    pub poolbench: String,
    /// When the run began, RFC 3339, UTC.
    pub created: String,
    /// Whether the run came to its end.
    pub status: Status,
    /// Whether it was measured or simulated; records of the first versions were all measured.
    #[serde(default)]
    pub source: Source,
    /// What was asked.
    pub plan: PlanRecord,
    /// Where it ran.
    pub environment: Environment,
    /// One request a lane on an idle pool.
    pub anatomy: Vec<TraceRecord>,
    /// The open loop: the same arrivals to every scope.
    pub side_by_side: Vec<LaneRecord>,
    /// The closed loop: throughput at saturation.
    pub capacity: Vec<LaneRecord>,
    /// The open loop again at another time scale, when that was asked for.
    pub proof: Option<ProofRecord>,
    /// What the driver itself carried just before the run, on a pool that does nothing.
    pub ceiling: Option<DriverRecord>,
    /// What ended the run before its time; none unless the status is failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<FaultRecord>,
}

/// What ended a run before its time. The acts that had ended by then are in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRecord {
    /// Where it happened: set-up, anatomy, side by side, proof of scale, capacity or clean-up.
    pub during: String,
    /// What it was, and what mends it, in words without credentials.
    pub says: String,
}

/// The open loop at another time scale than the plan's, to show that scaling time changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofRecord {
    /// Measured time ÷ nominal time.
    pub time_scale: f64,
    /// The lanes, in the order of the plan's.
    pub side_by_side: Vec<LaneRecord>,
}

/// Where the figures of a record come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Real pools and a real server.
    #[default]
    Measured,
    /// The twin, in virtual time.
    Simulated,
}

/// Whether a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// All acts ran.
    Complete,
    /// The run was stopped; what is there is sound, and something is missing.
    Stopped,
    /// A fault ended the run; the record says which. What is there was measured until then.
    Failed,
}

/// Where a run took place: what a reader needs to judge the figures, and nothing that names a
/// host or an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Operating system and kernel.
    pub system: String,
    /// Processor model.
    pub processor: String,
    /// Processors that poolbench may use.
    pub cores: u32,
    /// Memory, in MiB; 0 when unknown.
    pub memory_mib: u64,
    /// How poolbench was built: release or debug.
    pub build: String,
    /// Where the Postgres came from: a throw-away server, or the user's.
    pub postgres_from: String,
    /// The server's version.
    pub postgres_version: String,
    /// Server settings that bear on the figures: name and value.
    pub postgres_settings: Vec<(String, String)>,
    /// The schema that poolbench worked in.
    pub schema: String,
    /// What the queue steps did: which server, or a delay alone.
    pub queue: String,
    /// Pool libraries: name, and crates with versions and the settings in force.
    pub pools: Vec<(String, String)>,
}
