//! WHAT THE HARNESS ITSELF CAN DO HERE: its timers, its driver, its records, and the pool
//! libraries, on this machine. Nothing is judged here: a figure is a median with its range and
//! the number of rounds behind it.
//!
//! What is measured in requests goes through the same [`load`](crate::load) that a run uses, on
//! a pool that does nothing, so that all that is left is the harness.

mod bare;
mod caller;
mod driver;
mod http;
mod in_flight;
mod live_view;
mod pgbench;
mod pools;
mod recording;
mod request;
mod selects;
mod spread;
mod stored;
mod timer;
mod usage;

use std::time::Duration;

pub(crate) use caller::Arrangement;
pub(crate) use driver::DriverCost;
pub(crate) use in_flight::InFlightCost;
pub(crate) use pgbench::Pgbench;
pub(crate) use pools::{Lending, PoolCost};
pub(crate) use recording::RecordingCost;
pub(crate) use selects::{SelectRate, Selects};
pub(crate) use spread::{Bytes, Ratio, Spread};
pub(crate) use timer::{Pace, TimerError, TimerKind};

use crate::archive::DriverRecord;
use crate::load::{LaneError, Stop};
use crate::pool::admin::AdminError;
use crate::pool::{AcquireError, Address, AddressError};

/// All that was measured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    /// How late each timer wakes.
    pub timers: Vec<TimerError>,
    /// What the driver carries, and what a request costs it.
    pub driver: DriverCost,
    /// What a record costs.
    pub recording: RecordingCost,
    /// What a request in flight costs.
    pub in_flight: InFlightCost,
    /// What a frame of the live view costs.
    pub live_view: Spread<Duration>,
    /// What each pool library costs.
    pub pools: Vec<PoolCost>,
    /// What each way to send a `SELECT` carries.
    pub selects: Selects,
}

/// How thorough a calibration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Some ten seconds: one short round of most.
    Quick,
    /// A bit more than a minute.
    Full,
}

impl Effort {
    /// One of two, by the effort.
    fn pick<T>(self, quick: T, full: T) -> T {
        match self {
            Self::Quick => quick,
            Self::Full => full,
        }
    }
}

/// What a calibration measures, and where.
#[derive(Debug, Clone)]
pub(crate) struct CalibrationPlan {
    /// How thorough it is.
    pub effort: Effort,
    /// How many requests are in flight at once when their memory is measured.
    pub in_flight: u32,
    /// The database, with poolbench's own schema as its search path.
    pub address: Address,
    /// poolbench's own schema, which is there and empty.
    pub schema: String,
    /// `pgbench`; none to do without.
    pub pgbench: Option<Pgbench>,
    /// Ends the calibration early, between two rounds.
    pub stop: Stop,
}

impl CalibrationPlan {
    fn go_on(&self) -> Result<(), CalibrationError> {
        go_on(&self.stop)
    }
}

fn go_on(stop: &Stop) -> Result<(), CalibrationError> {
    if stop.is_stopped() { Err(CalibrationError::Stopped) } else { Ok(()) }
}

/// What the whole driver carries here and now, in about two seconds: the ceiling under which a run
/// has to stay.
///
/// # Errors
/// When it cannot be measured.
pub(crate) fn ceiling(stop: &Stop) -> Result<DriverRecord, CalibrationError> {
    driver::measure(Effort::Quick, stop).map(|cost| (&cost).into())
}

/// The same over HTTP, to a service that does nothing in this process.
///
/// # Errors
/// When it cannot be measured.
pub(crate) fn http_ceiling(stop: &Stop) -> Result<DriverRecord, CalibrationError> {
    http::measure(Effort::Quick, stop).map(|cost| (&cost).into())
}

/// What keeps a calibration from coming to its end. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CalibrationError {
    /// A lane on the no-op pool.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// A pool library.
    #[error("cannot measure {who}: {fault}")]
    Pool {
        /// Name of the pool library.
        who: &'static str,
        /// What went wrong.
        fault: AcquireError,
    },
    /// A loop of statements.
    #[error("cannot measure the SELECTs of {who}: {reason}")]
    Selects {
        /// Which loop it was.
        who: &'static str,
        /// What went wrong.
        reason: String,
    },
    /// The tables of the calibration could not be made.
    #[error(transparent)]
    Database(#[from] AdminError),
    /// No driver can use the database's address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The calibration was told to stop.
    #[error("stopped before everything was measured")]
    Stopped,
    /// Every round of something failed.
    #[error("no round of {0} came to its end; try again while the machine has less to do")]
    NoRound(&'static str),
    /// A runtime of tokio could not be started.
    #[error("cannot start a runtime: {0}; allow more threads or open files")]
    Runtime(std::io::Error),
    /// Requests that should be in flight are not.
    #[error(
        "{in_flight} of {wanted} requests were in flight after {waited:?}; ask for fewer with --in-flight"
    )]
    TooSlow {
        /// How many requests were in flight.
        in_flight: u32,
        /// How many should have been.
        wanted: u32,
        /// How long they were waited for.
        waited: Duration,
    },
}

/// Measures everything, in turn. `tell` is given the words for what comes next, and `draw` draws the frame of a live
/// view that has this number.
///
/// # Errors
/// When something cannot be measured at all.
pub(crate) fn measure(
    plan: &CalibrationPlan,
    mut tell: impl FnMut(&str),
    draw: &mut dyn FnMut(u32) -> usize,
) -> Result<Calibration, CalibrationError> {
    // First, on memory as a run finds it: the hundred megabytes that the requests in flight leave
    // behind in pieces would make every later request a tenth dearer. What the driver leaves behind
    // hides some 3 MB of what they take: 3 % of 100,000, nothing to speak of in a million.
    tell("driver on the no-op pool");
    let driver = driver::measure(plan.effort, &plan.stop)?;
    tell("memory of requests in flight");
    let in_flight = in_flight::measure(plan)?;
    tell("timers");
    let timers = timer::measure(plan)?;
    tell("recorder and arrivals");
    let recording = recording::measure(plan.effort)?;
    tell("live view");
    let live_view = live_view::measure(plan.effort, draw)?;
    tell("acquire and release of each pool");
    let pools = pools::measure(plan)?;
    tell("SELECTs, in alternating rounds");
    let selects = selects::measure(plan)?;
    Ok(Calibration { timers, driver, recording, in_flight, live_view, pools, selects })
}

/// A runtime on this thread.
fn runtime() -> Result<tokio::runtime::Runtime, CalibrationError> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CalibrationError::Runtime)
}
