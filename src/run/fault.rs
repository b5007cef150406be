//! What keeps a run from taking place, or ends it before its time.

use std::fmt;
use std::time::Duration;

use crate::http::PlaceError;
use crate::load::{Cut, LaneError};
use crate::plan::OnlySimulated;
use crate::pool::AddressError;
use crate::pool::admin::{AdminError, Refusal, start_in_one_line};
use crate::queue::QueueError;
use crate::units;

/// An own statement that Postgres does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedStatement {
    /// Name of its step.
    pub step: String,
    /// Its place among the statements of the step, from 1.
    pub number: usize,
    /// How many statements the step has.
    pub of: usize,
    /// Its text.
    pub sql: String,
    /// Why Postgres does not take it.
    pub refusal: Refusal,
}

/// Characters of a statement that name it.
const SHOWN: usize = 60;

impl fmt::Display for RefusedStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, number, of, sql, refusal } = self;
        let sql = start_in_one_line(sql, SHOWN);
        write!(f, "step \"{step}\", statement {number} of {of}, \"{sql}\": {refusal}")
    }
}

/// What keeps a run from taking place. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// No driver can use the database's address.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The database does not answer, or cannot take the run.
    #[error(transparent)]
    Database(#[from] AdminError),
    /// The queue does not answer, or its address is wrong.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A lane could not be set up, or broke down.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// Own statements that Postgres does not take; no act has run.
    #[error("{}", refused(.0))]
    Refused(Vec<RefusedStatement>),
    /// Something took too long.
    #[error("{doing} took longer than {}; make it shorter", units::time(*.limit))]
    TooSlow {
        /// What was being done, in words.
        doing: &'static str,
        /// How long it might take.
        limit: Duration,
    },
    /// The system has no random bytes.
    #[error("cannot get random bytes from the system: {0}")]
    Random(String),
    /// A lane of which nothing can be told: a step fails by itself, or no request completed.
    #[error("{lane}: {says}")]
    LoadFailed {
        /// Pool library and session scope.
        lane: String,
        /// What happened, what was behind it and what mends it.
        says: String,
    },
    /// The one request of the anatomy came to no end.
    #[error(
        "{lane}: one request on an idle pool was not over after {} s, and is planned to take {} s; see whether \
         the servers still answer, and whether a statement waits for a lock or takes longer than its step says",
        within.as_secs_f64().round(),
        planned.as_secs_f64()
    )]
    NoEnd {
        /// Pool library and session scope.
        lane: String,
        /// What it takes by the plan, scaled.
        planned: Duration,
        /// How long it was waited for.
        within: Duration,
    },
    /// The run was stopped meanwhile.
    #[error("stopped before anything was measured")]
    Stopped,
    /// A pool of the user's own, and statements that do not name their schema.
    #[error(
        "own statements are not run on a pool of your own: they could reach tables of the same name; take \
         statements and setup out of the scenario"
    )]
    OwnStatements,
    /// A service cannot be loaded.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The address of a service is missing.
    #[error(
        "no service to send requests to: write an address for each session scope in target.urls, or give --http \
         URL_BEFORE URL_AFTER"
    )]
    NoService,
    /// The environment has no such variable.
    #[error(
        "the environment variable {0}, of which a header in [target] is made, is not set; set it to its value"
    )]
    NoVariable(String),
    /// The service gave no answer to the one request that was alone.
    #[error(
        "{lane}: one request alone was not answered within {} s; see whether the service runs and what it waits for",
        within.as_secs_f64().round()
    )]
    NoAnswer {
        /// What stands for the pool library, and session scope.
        lane: String,
        /// How long it was waited for.
        within: Duration,
    },
    /// Each request in flight has a socket.
    #[error(
        "{callers} callers need as many sockets each way, and the system gives a lane {most}; raise the limit \
         (ulimit -Hn), or write fewer as capacity.callers"
    )]
    TooFewSockets {
        /// Callers of the closed loop.
        callers: u64,
        /// Sockets for a lane.
        most: u64,
    },
    /// Only the twin plays it.
    #[error("{}", only_simulated(*.0))]
    OnlySimulated(OnlySimulated),
}

fn refused(statements: &[RefusedStatement]) -> String {
    let lines: Vec<String> = statements.iter().map(ToString::to_string).collect();
    let many = match lines.len() {
        1 => "1 statement".to_owned(),
        many => format!("{many} statements"),
    };
    format!("Postgres does not take {many} of the scenario:\n  {}", lines.join("\n  "))
}

pub(super) fn cut_off(cut: Cut, doing: &'static str, limit: Duration) -> RunError {
    match cut {
        Cut::Stopped => RunError::Stopped,
        Cut::TimedOut => RunError::TooSlow { doing, limit },
    }
}

/// Why only the twin can play a plan, and what to do.
#[must_use]
pub fn only_simulated(why: OnlySimulated) -> &'static str {
    match why {
        OnlySimulated::Fleet => "a fleet of pools is played by the twin only; run it with poolbench simulate",
    }
}
