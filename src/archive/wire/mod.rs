//! The stored form of a run, as JSON with a version. Private to the archive: everybody else has a
//! [`Run`](super::Run).

mod deadlock;
mod environment;
mod plan;
mod tape;

use serde::{Deserialize, Serialize};

pub(super) use deadlock::{DeadlockRecord, DeadlocksRecord, HolderRecord};
pub(super) use environment::EnvironmentRecord;
pub(super) use plan::{
    BystanderRecord, CapacityRecord, ClaimRecord, FleetRecord, LoadRecord, ObjectiveRecord, PhasesRecord,
    PlanRecord, PoolRecord, StepRecord,
};
pub(super) use tape::{
    ArrivalsCutRecord, CohortRecord, DurationsRecord, FailureRecord, HistogramRecord, LaneRecord,
    LedgerRecord, LittleRecord, MoveRecord, OccupancyRecord, RowsRecord, SeriesRecord, ServerRecord,
    TraceRecord, TransactionsRecord, WhyRecord, WindowRecord,
};

use super::{DriverRecord, FaultRecord, Source, Status};

/// Everything that one run asked, did and noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunRecord {
    pub(super) version: u32,
    /// Version of poolbench that wrote it.
    pub(super) poolbench: String,
    /// When the run began, RFC 3339, UTC.
    pub(super) created: String,
    /// Whether the run came to its end.
    pub(super) status: Status,
    /// Whether it was measured or simulated; the first records of version 1 were all measured.
    #[serde(default)]
    pub(super) source: Source,
    /// What was asked.
    pub(super) plan: PlanRecord,
    /// Where it ran.
    pub(super) environment: EnvironmentRecord,
    /// One request a lane on an idle pool.
    pub(super) anatomy: Vec<TraceRecord>,
    /// The open loop: the same arrivals to every scope.
    pub(super) side_by_side: Vec<LaneRecord>,
    /// The closed loop: throughput at saturation.
    pub(super) capacity: Vec<LaneRecord>,
    /// The open loop again at another time scale, when that was asked for.
    pub(super) proof: Option<ProofRecord>,
    /// What the driver itself carried just before the run, on a pool that does nothing.
    pub(super) ceiling: Option<DriverRecord>,
    /// What ended the run before its time; none unless the status is failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<FaultRecord>,
}

/// The open loop at another time scale than the plan's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProofRecord {
    /// Measured time ÷ nominal time.
    pub(super) time_scale: f64,
    /// The lanes, in the order of the plan's.
    pub(super) side_by_side: Vec<LaneRecord>,
}
