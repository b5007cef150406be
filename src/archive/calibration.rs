//! What the harness itself could do, as stored: beside the results of a run, or in a file of its
//! own. Every key names its unit.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::store::{self, StoreError};
use super::{Build, decode};

/// Version of the format of a calibration. A reader refuses a newer one.
pub const CALIBRATION_VERSION: u32 = 1;

/// What the harness itself could do on a machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationRecord {
    /// Version of the format: 1.
    pub version: u32,
    /// Version of poolbench that wrote it.
    pub poolbench: String,
    /// When it was measured, RFC 3339, UTC.
    pub created: String,
    /// How poolbench was built.
    pub build: Build,
    /// How thorough it was: quick or full.
    pub effort: String,
    /// How late each timer wakes at each pace.
    pub timers: Vec<TimerRecord>,
    /// The whole driver on the no-op pool.
    pub driver: DriverRecord,
    /// The recorder and the arrivals.
    pub recording: RecordingRecord,
    /// Requests in flight.
    pub in_flight: InFlightRecord,
    /// Time of a frame of what a run shows on a terminal, of which there are at most ten a second; absent in records
    /// of older versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_view_ns: Option<SpreadRecord>,
    /// Acquire and release of each pool library.
    pub pools: Vec<PoolCostRecord>,
    /// `SELECT`s by each route.
    pub selects: SelectsRecord,
}

/// The same quantity, measured in several rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpreadRecord {
    /// The median.
    pub median: f64,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
    /// How many rounds.
    pub n: u32,
}

/// How late a timer wakes at a pace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimerRecord {
    /// The timer: tokio, async-io, or the lane's own clock.
    pub timer: String,
    /// Deadlines per second.
    pub deadlines_per_s: u32,
    /// Half of the wake-ups are no later than this.
    pub p50_ns: SpreadRecord,
    /// 99 in 100 are no later than this.
    pub p99_ns: SpreadRecord,
    /// Processor time of a wake-up, all threads.
    pub wake_cpu_ns: SpreadRecord,
}

/// The whole driver on the no-op pool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriverRecord {
    /// Highest rate that one lane sustains: the ceiling of the harness.
    pub sustained_per_s: SpreadRecord,
    /// Processor time of a request at that rate, all threads.
    pub request_cpu_ns: SpreadRecord,
    /// Schedule lag at 10,000 arrivals a second, median.
    pub lag_p50_ns: SpreadRecord,
    /// Schedule lag at 10,000 arrivals a second, 99th percentile.
    pub lag_p99_ns: SpreadRecord,
}

/// The recorder and the arrivals.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordingRecord {
    /// All records of one request.
    pub request_ns: SpreadRecord,
    /// Due times of a Poisson stream, drawn per second.
    pub arrivals_per_s: SpreadRecord,
}

/// Requests in flight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InFlightRecord {
    /// How many at once.
    pub requests: u32,
    /// Resident memory of each, in bytes; nothing where the system does not say.
    pub each_bytes: Option<u64>,
    /// Time until all were in flight.
    pub sent_in_ns: u64,
    /// Time until all were abandoned and counted.
    pub abandoned_in_ns: u64,
}

/// What a pool library costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoolCostRecord {
    /// The library.
    pub pool: String,
    /// Whether it tests a connection before it lends it.
    pub liveness_check: TestedRecord,
    /// One caller.
    pub uncontended: LendingRecord,
    /// 200 callers on 20 connections.
    pub contended: LendingRecord,
}

/// Whether a connection is tested before it is lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestedRecord {
    /// As the library does by itself.
    LibraryDefault,
    /// Each time.
    Always,
    /// Never.
    Never,
}

/// How callers are laid out over threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThreadsRecord {
    /// One runtime of two threads.
    Shared,
    /// Two runtimes of one thread each.
    Apart,
}

/// Acquire and release, over and over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LendingRecord {
    /// Half of the acquires wait no longer than this.
    pub wait_p50_ns: SpreadRecord,
    /// 99 in 100 wait no longer than this.
    pub wait_p99_ns: SpreadRecord,
    /// All the time ÷ all acquires, release and all.
    pub each_ns: SpreadRecord,
    /// Connections lent and given back per second.
    pub throughput_per_s: SpreadRecord,
}

/// `SELECT`s by each route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectsRecord {
    /// Connections, and callers.
    pub connections: u32,
    /// The better arrangement of threads.
    pub arrangement: ThreadsRecord,
    /// What the deadpool adapter carried on one shared runtime of two threads.
    pub shared_per_s: SpreadRecord,
    /// What it carried on two runtimes of one thread each.
    pub apart_per_s: SpreadRecord,
    /// Each route.
    pub routes: Vec<SelectRateRecord>,
    /// Why `pgbench` is missing from the routes, where it is.
    pub without_pgbench: Option<String>,
}

/// What one route carries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SelectRateRecord {
    /// The route.
    pub route: String,
    /// `SELECT`s answered per second.
    pub rate_per_s: SpreadRecord,
    /// ÷ the same driver without pool and adapter, round by round.
    pub of_bare: Option<SpreadRecord>,
    /// ÷ `pgbench`, round by round.
    pub of_pgbench: Option<SpreadRecord>,
}

/// Saves a calibration to a file.
///
/// # Errors
/// When the file cannot be written.
pub fn save_calibration(record: &CalibrationRecord, path: &Path) -> std::io::Result<()> {
    let text = serde_json::to_string_pretty(record)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    store::put(&text, path, folder.unwrap_or_else(|| Path::new(".")))
}

/// Loads a calibration from a file.
///
/// # Errors
/// When the file cannot be read, is no calibration, or is of a newer version.
pub fn load_calibration(path: &Path) -> Result<CalibrationRecord, StoreError> {
    let not = |reason| StoreError::NotARecord { path: path.to_owned(), reason };
    let record = store::versioned(&store::read(path)?, CALIBRATION_VERSION).map_err(not)?;
    decode::calibration(&record).map_err(|fault| not(fault.to_string()))?;
    Ok(record)
}
