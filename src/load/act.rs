//! An act: several lanes, set up one beside the other, started at one instant.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::agenda::Offered;
use super::bind::Runner;
use super::http::{self, HttpLaneSpec};
use super::lane::StartGate;
use super::live::{Live, Stop};
use super::{LaneSpec, bind};
use crate::http::CallError;
use crate::itinerary::Move;
use crate::pool::{AcquireError, Pool};
use crate::queue::QueueError;
use crate::record::{Nanos, Tape};

/// Why a lane could not be set up, or broke down. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum LaneError {
    /// Its pool got no connection.
    #[error("cannot set up the pool: {0}")]
    Pool(#[from] AcquireError),
    /// Its queue does not answer.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// Its requests cannot be made.
    #[error(transparent)]
    Call(#[from] CallError),
    /// Its thread could not be started.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
    /// A connection takes longer to make than a request may wait for one.
    #[error(
        "cannot set up the pool: no connection was made within the acquire timeout, {} as driven; raise the \
         acquire timeout, or the time scale",
        crate::units::time(*.0)
    )]
    SlowToConnect(Duration),
    /// Its connections took too long.
    #[error("cannot set up the pool: its connections were not there within {}", crate::units::time(*.0))]
    TooSlow(Duration),
    /// The run was stopped meanwhile.
    #[error("stopped while the pools were set up")]
    Stopped,
    /// It panicked outside a request.
    #[error("a lane broke down; please report this as a fault of poolbench")]
    BrokeDown,
}

/// What a lane leaves when it has ended.
#[derive(Debug)]
pub struct LaneOutcome {
    /// All that the lane noted: outcomes, waits, holds and gauges.
    pub tape: Tape,
    /// The moves of an anatomy, with their spans.
    pub trace: Vec<(Move, Nanos, Nanos)>,
    /// What the arrivals of an open loop really were; none for another load.
    pub offered: Option<Offered>,
    /// What a service behind an address calls itself; nothing where it says nothing, and of a pool.
    pub calls_itself: Option<String>,
    /// How many connections the pool lent at once after a misuse of it, when all requests had ended; none for
    /// a pool that was not misused.
    pub lent_at_end: Option<u32>,
}

/// A lane on its thread.
#[derive(Debug)]
pub struct LaneHandle {
    /// What it shows of itself.
    pub live: Arc<Live>,
    thread: JoinHandle<Option<LaneOutcome>>,
}

impl LaneHandle {
    /// Whether it has come to its end.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it broke down.
    pub fn join(self) -> Result<LaneOutcome, LaneError> {
        self.thread.join().ok().flatten().ok_or(LaneError::BrokeDown)
    }
}

/// The lanes of an act, all of them started at the same instant.
#[derive(Debug)]
pub struct Started {
    /// The instant that all of them count from.
    pub start: Instant,
    /// The lanes, in the order of their specs.
    pub lanes: Vec<LaneHandle>,
}

/// Between the last lane's being ready and the start: enough for every thread to hear of it.
const LEAD: Duration = Duration::from_millis(20);

/// Sets up all lanes, and starts them at the same instant once every one of them is ready.
///
/// # Errors
/// With the first set-up that failed; the other lanes end then.
pub async fn start(specs: Vec<LaneSpec>, stop: &Stop) -> Result<Started, LaneError> {
    start_by(bind::run, specs, stop).await
}

/// As [`start`], with every lane on a pool of this type, whatever library its spec names.
///
/// # Errors
/// As [`start`].
pub async fn start_on<P: Pool>(specs: Vec<LaneSpec>, stop: &Stop) -> Result<Started, LaneError> {
    start_by(bind::run_on::<P>, specs, stop).await
}

/// As [`start`], with lanes that send their requests to services behind addresses.
///
/// # Errors
/// As [`start`].
pub async fn start_http(specs: Vec<HttpLaneSpec>, stop: &Stop) -> Result<Started, LaneError> {
    start_by(http::run, specs, stop).await
}

/// What a lane's thread is called.
pub(super) trait Named: Send + 'static {
    fn name(&self) -> &str;
}

impl Named for LaneSpec {
    fn name(&self) -> &str {
        &self.lane
    }
}

async fn start_by<S: Named>(run: Runner<S>, specs: Vec<S>, stop: &Stop) -> Result<Started, LaneError> {
    let mut lanes = Vec::new();
    let mut gates = Vec::new();
    for spec in specs {
        let (ready, is_ready) = oneshot::channel();
        let (go, goes) = oneshot::channel();
        let live = Arc::new(Live::default());
        let gate = StartGate { ready, go: goes };
        let thread = {
            let (live, stop) = (live.clone(), stop.clone());
            std::thread::Builder::new()
                .name(spec.name().to_owned())
                .spawn(move || run(spec, gate, live, stop))
                .map_err(LaneError::Thread)?
        };
        lanes.push(LaneHandle { live, thread });
        gates.push((is_ready, go));
    }
    // All results are in before anybody starts, so that no lane waits for one that has failed.
    let mut released = Vec::new();
    let mut fault = None;
    for (is_ready, go) in gates {
        match is_ready.await.unwrap_or(Err(LaneError::BrokeDown)) {
            Ok(()) => released.push(go),
            Err(failed) => fault = fault.or(Some(failed)),
        }
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    let start = Instant::now() + LEAD;
    for go in released {
        let _ = go.send(start);
    }
    Ok(Started { start, lanes })
}
