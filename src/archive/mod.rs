//! WHAT IS KEPT: a [`Run`] is plan, environment and tapes; stored, it is JSON with a version.
//!
//! Raw figures are stored; what follows from them is computed again whenever the record is read,
//! so a better analysis needs no new run. No type here can hold an address or a credential.

mod calibration;
mod decode;
mod encode;
mod environment;
mod hdr;
mod headline;
mod hlog;
pub mod looked;
pub mod observed;
mod run;
mod store;
mod wire;

use serde::{Deserialize, Serialize};

pub use calibration::{
    CALIBRATION_VERSION, CalibrationRecord, DriverRecord, InFlightRecord, LendingRecord, PoolCostRecord,
    RecordingRecord, SelectRateRecord, SelectsRecord, SpreadRecord, TestedRecord, ThreadsRecord, TimerRecord,
    load_calibration, save_calibration,
};
pub use environment::{Build, Environment, QueueServer};
pub use headline::{HEADLINE_FILE, Headline, RunKind};
pub use hlog::write_hlog;
pub use run::{LaneTape, PoolerSamples, Proof, Rows, Run, ServerSamples, Trace, TracedMove};
pub use store::{RECORD_FILE, StoreError, as_stored, decode, encode, load, save};

/// Version of the format. A reader refuses a newer one.
pub const VERSION: u32 = 2;

/// What ended a run before its time. The acts that had ended by then are in the record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRecord {
    /// Where it happened: set-up, anatomy, side by side, proof of scale, capacity or clean-up.
    pub during: String,
    /// What it was, and what mends it, in words without credentials.
    pub says: String,
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
    /// All acts of the run came to their end.
    Complete,
    /// The run was stopped; what is there is sound, and something is missing.
    Stopped,
    /// A fault ended the run; the record says which. What is there was measured until then.
    Failed,
}
