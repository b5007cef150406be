//! WHEN: the load is driven here, and nowhere else is time read.
//!
//! A lane is one session scope on one pool in one act. It runs on a thread of its own with a
//! single-threaded runtime, so its recorder needs no lock, and the lanes of an act share nothing
//! but the database and the processor.

mod act;
mod agenda;
mod bind;
mod clock;
mod closed;
mod http;
mod lane;
mod live;
mod misuse;
mod open;
mod request;
#[cfg(test)]
pub(crate) mod trials;

use std::sync::Arc;
use std::time::Duration;

pub use crate::arrivals::{
    Arrivals, Burst, Fingerprint, Profile, RequestSeeds, Spacing, Stretch, stream_seed,
};
pub use act::{LaneError, LaneHandle, LaneOutcome, Started, start, start_http, start_on};
pub use agenda::{ArrivalStream, Offered};
pub use bind::identity;
pub use clock::{Clock, SystemClock, TokioClock};
pub use closed::ClosedPlan;
pub use http::{HttpLaneSpec, Meaning, Meanings};
pub use live::{Cut, Live, LiveReading, Stop};
pub use open::{CapPolicy, OpenPlan};

use crate::jobs::service::Play;
use crate::plan::Misuse;
use crate::pool::{Address, PoolOptions};
use crate::queue::QueuePlace;
use crate::record::{Nanos, Window};

/// A pool library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// `sqlx::PgPool`.
    Sqlx,
    /// `deadpool-postgres`.
    Deadpool,
    /// `bb8`.
    Bb8,
    /// No pool: a connection for each acquire.
    None,
    /// Neither pool nor server, to find out what the driver itself costs.
    Noop,
}

/// The load that a lane drives.
#[derive(Debug, Clone)]
pub enum Task {
    /// One request on an idle pool, with every move noted.
    Anatomy {
        /// It is given up after this time, so that a server that answers no more does not hold up the run.
        within: Duration,
    },
    /// Requests are sent when they are due, whatever became of the earlier ones.
    Open(Box<OpenPlan>),
    /// Callers send a request when their last one has ended.
    Closed(ClosedPlan),
}

impl Task {
    /// The measured span, in nanoseconds since the start of the act.
    #[must_use]
    pub fn window(&self) -> Window {
        match self {
            Self::Anatomy { .. } => Window { from: 0, to: Nanos::MAX },
            Self::Open(plan) => plan.window,
            Self::Closed(plan) => plan.window,
        }
    }
}

impl LaneSpec {
    /// The kind of a request, 0 for the usual one, and what it does.
    fn kind(&self, request: u64) -> (usize, &Play) {
        if self.other_kinds.is_empty() {
            return (0, &self.play);
        }
        let draw = self.seeds.kind(request);
        let other = self.other_kinds.iter().position(|(below, _)| draw < *below);
        other.map_or((0, &self.play), |at| (at + 1, &self.other_kinds[at].1))
    }
}

/// All that a lane needs to know.
#[derive(Debug, Clone)]
pub struct LaneSpec {
    /// The pool library.
    pub library: Library,
    /// Address of the database.
    pub address: Address,
    /// The pool's settings.
    pub pool: PoolOptions,
    /// Where the queue is; none for a delay alone.
    pub queue: Option<QueuePlace>,
    /// The schema of the job service's tables.
    pub schema: String,
    /// What one request does, of the usual kind.
    pub play: Arc<Play>,
    /// What those of other kinds do: each with the kind draw below which requests are of it, unless they are
    /// of an earlier one.
    pub other_kinds: Vec<(f64, Arc<Play>)>,
    /// How long a bystander's query takes on the server.
    pub bystander_time: Duration,
    /// What its rows in the job table are called.
    pub lane: String,
    /// The number of its first request; the others follow, unique in the run.
    pub first_request: u64,
    /// The load that it drives.
    pub task: Task,
    /// How many connections are made before the start.
    pub connect: u32,
    /// Length of the slices of its series.
    pub step: Nanos,
    /// Seeds of what is drawn for each request.
    pub seeds: RequestSeeds,
    /// What somebody else in the application does with the pool.
    pub misuse: Option<Misuse>,
}
