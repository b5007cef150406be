//! Reading jobs.

use std::str::FromStr;

use super::{Repository, Unit};
use crate::pool::{Pool, ReadText, SqlError};

/// The most jobs that one list tells.
pub const MOST_LISTED: u32 = 1_000;

/// What somebody wants to know of the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// One job, by its id.
    Job(i64),
    /// The newest jobs, of one state or of all.
    List(Option<JobState>),
}

impl<P: Pool<Session: ReadText>> Repository<P> {
    /// Reads what is asked for on the unit's open transaction: JSON, made by the server. Nothing where
    /// there is no such job.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn look_up(&self, unit: &mut Unit<P>, lookup: Lookup) -> Result<Option<String>, SqlError> {
        let session = &mut unit.held()?.session;
        match lookup {
            Lookup::Job(id) => self.statements.find(session, id).await,
            Lookup::List(state) => {
                self.statements.list(session, state.map(JobState::word), MOST_LISTED).await.map(Some)
            }
        }
    }
}

/// The state of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It was created, and its request goes on or was enqueued.
    Pending,
    /// It was enqueued, and the service noted so.
    Submitted,
    /// Its request failed.
    Failed,
}

impl JobState {
    /// All states.
    pub const ALL: [Self; 3] = [Self::Pending, Self::Submitted, Self::Failed];

    /// As it stands in the table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Submitted => "SUBMITTED",
            Self::Failed => "FAILED",
        }
    }
}

impl FromStr for JobState {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.word() == text).ok_or(())
    }
}
