//! The stored form of a run, as JSON with a version. Private to the archive: everybody else has a
//! [`Run`](super::Run). Fields without a word here mean what the fields of the same name mean there.

mod deadlock;
mod environment;
mod plan;
mod tape;

use serde::{Deserialize, Serialize};

pub(super) use deadlock::{DeadlockRecord, DeadlocksRecord, HolderRecord};
pub(super) use environment::EnvironmentRecord;
pub(super) use plan::{
    BystanderRecord, CapacityRecord, ClaimRecord, FleetRecord, KindRecord, LoadRecord, ObjectiveRecord,
    OwnScopeRecord, PhasesRecord, PlanRecord, PoolRecord, StepRecord, TargetRecord,
};
pub(super) use tape::{
    ArrivalsCutRecord, CohortRecord, DurationsRecord, FailureRecord, HistogramRecord, KindTallyRecord,
    LaneRecord, LedgerRecord, LittleRecord, MoveRecord, OccupancyRecord, PoolerRecord, RowsRecord,
    SeriesRecord, ServerRecord, StratumRecord, SumsRecord, TotalsRecord, TraceRecord, TransactionsRecord,
    WhyRecord, WindowRecord,
};

use super::{DriverRecord, FaultRecord, Source, Status};

/// Everything that one run asked, did and noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RunRecord {
    pub(super) version: u32,
    pub(super) poolbench: String,
    /// When the run began, RFC 3339, UTC.
    pub(super) created: String,
    /// Whether the run came to its end.
    pub(super) status: Status,
    /// Whether it was measured or simulated; the first records of version 1 were all measured.
    #[serde(default)]
    pub(super) source: Source,
    pub(super) plan: PlanRecord,
    pub(super) environment: EnvironmentRecord,
    pub(super) anatomy: Vec<TraceRecord>,
    pub(super) side_by_side: Vec<LaneRecord>,
    pub(super) capacity: Vec<LaneRecord>,
    pub(super) proof: Option<ProofRecord>,
    pub(super) ceiling: Option<DriverRecord>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<FaultRecord>,
}

/// The open loop at another time scale than the plan's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProofRecord {
    pub(super) time_scale: f64,
    pub(super) side_by_side: Vec<LaneRecord>,
}
