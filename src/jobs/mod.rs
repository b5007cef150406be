//! THE SYSTEM UNDER TEST: a job-submission service in three layers, as an application has them.
//!
//! * [`router`]: takes a request and says how it ended. The load comes in here; over HTTP the room
//!   `serve` stands in front of it.
//! * [`service`]: plays the moves of the itinerary. Knows no SQL and sees no session.
//! * [`repository`]: all SQL, and every session. One method is one transaction's work, and none calls
//!   another.
//!
//! The session scope is data: the same service plays a request-scoped and a repository-scoped
//! itinerary, so nothing but the moves differs between them.

mod processors;
pub mod repository;
pub mod router;
pub mod service;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::itinerary::{Move, StepKind};
use crate::pool::{AcquireError, AcquirePhase, SqlError};
use crate::queue::QueueError;
use crate::record::{self, Mark, Outcome, Why};

pub use processors::Processors;

/// Is told of each move of a request, and waits by the clock that times the request.
pub trait Observer {
    /// The request asks for a connection, as of the end of its last move.
    fn asks(&mut self);

    /// SQL begins to run on the connection taken last, until the move has ended.
    fn runs_sql(&mut self) {}

    /// A move has ended. None where it failed before it did anything that takes time of its own, and
    /// for a bystander's statement.
    fn passed(&mut self, step: Option<Move>, mark: Mark);

    /// A step that ends now was to take this time; told before [`Observer::passed`].
    fn planned(&mut self, _time: Duration, _mark: Mark) {}

    /// Counts something that happened.
    fn count(&mut self, what: Counted);

    /// Time since the end of the last move.
    fn elapsed(&self) -> Duration;

    /// Waits until so much time has passed since the end of the last move, or says that nobody is to
    /// wait any longer.
    fn wait_out(&self, time: Duration) -> impl Future<Output = Waited>;
}

/// How a wait outside the database ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// Its time is over.
    Out,
    /// The service is being stopped, and its time is not over.
    CutShort,
}

/// What an observer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// A commit that makes a job durable is about to be sent.
    CommitsJob,
    /// The commit of a job was answered.
    JobCommitted,
    /// A job was marked as failed.
    JobMarkedFailed,
    /// A transaction was rolled back.
    RolledBack,
    /// A transaction ended by an error.
    TransactionFailed,
}

/// Why a request did not complete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It got no connection.
    #[error("acquire: {0}")]
    Acquire(#[from] AcquireError),
    /// A statement failed.
    #[error("sql: {0}")]
    Sql(#[from] SqlError),
    /// The queue did not take the job. On the heap, as it is seldom and large.
    #[error("queue: {0}")]
    Queue(Box<QueueError>),
    /// The scenario asked for this failure, of a step of this kind.
    #[error("{}", .0.asked_failure())]
    Asked(StepKind),
    /// The service was stopped while the request waited outside the database.
    #[error("the service was stopped before this step was over")]
    Stopped,
}

impl From<QueueError> for Failure {
    fn from(fault: QueueError) -> Self {
        Self::Queue(Box::new(fault))
    }
}

/// A request that failed: in which move, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRequest {
    /// The move that failed: acquire, begin, a step's name, commit; bystander for a bystander's query.
    pub step: Box<str>,
    /// What went wrong.
    pub failure: Failure,
}

impl Failure {
    /// With the move that failed.
    #[must_use]
    pub fn during(self, step: &str) -> FailedRequest {
        FailedRequest { step: step.into(), failure: self }
    }
}

impl FailedRequest {
    /// In which column of the ledger the request ends.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match &self.failure {
            Failure::Acquire(AcquireError::TimedOut(_)) => Outcome::AcquireTimedOut,
            Failure::Acquire(AcquireError::Failed(_)) => Outcome::AcquireFailed,
            Failure::Sql(_) | Failure::Queue(_) | Failure::Asked(_) | Failure::Stopped => Outcome::WorkFailed,
        }
    }

    /// As the recorder is told.
    #[must_use]
    pub fn told(&self) -> record::Failed<'_> {
        let (why, error) = match &self.failure {
            Failure::Acquire(AcquireError::TimedOut(AcquirePhase::Create | AcquirePhase::Recycle)) => {
                (Why::ConnectTimedOut, None)
            }
            Failure::Acquire(AcquireError::TimedOut(_)) => (Why::AcquireTimedOut, None),
            Failure::Acquire(AcquireError::Failed(error)) => (Why::AcquireFailed, Some(error)),
            Failure::Sql(error) => (Why::Statement, Some(error)),
            Failure::Asked(_) => (Why::Asked, None),
            Failure::Queue(_) | Failure::Stopped => (Why::Queue, None),
        };
        record::Failed {
            why,
            state: error.and_then(SqlError::state),
            step: &self.step,
            statement: error.map_or("", SqlError::statement),
            says: match (&self.failure, error) {
                (_, Some(error)) => error.says().into(),
                (Failure::Queue(fault), None) => fault.to_string().into(),
                (asked @ (Failure::Asked(_) | Failure::Stopped), None) => asked.to_string().into(),
                _ if why == Why::ConnectTimedOut => {
                    "no connection was made within the acquire timeout".into()
                }
                // A pool that is short needs no words.
                _ => "".into(),
            },
        }
    }
}

/// What one request knows of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its number, unique in the run.
    pub number: u64,
    /// The job that it created; 0 before.
    pub job: i64,
    /// A number in [0, 1), the same for the same request under every scope, that decides whether
    /// a step with a fail-share fails.
    pub failure_draw: f64,
    /// What few requests have. On the heap, so that the others carry no room for it.
    pub particulars: Option<Box<Particulars>>,
}

/// What a request knows of itself beyond its number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Particulars {
    /// The time of each of its steps, scaled, where requests differ in them.
    pub times: Option<Box<[Duration]>>,
    /// What it calls its job; a request of the load does not say.
    pub name: Option<Arc<str>>,
}

impl Request {
    /// The time of a step, scaled: its own, or as planned.
    #[must_use]
    pub fn time_of(&self, step: usize, planned: Duration) -> Duration {
        let times = self.particulars.as_ref().and_then(|it| it.times.as_ref());
        times.and_then(|times| times.get(step)).copied().unwrap_or(planned)
    }

    /// What it calls its job.
    #[must_use]
    pub fn name(&self) -> Option<&Arc<str>> {
        self.particulars.as_ref()?.name.as_ref()
    }
}
