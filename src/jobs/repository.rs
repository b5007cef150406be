//! The repository: all SQL of the job service, and the only owner of a session.
//!
//! What a request has of the database is a [`Unit`], which holds its sessions. The service moves it from
//! one move of its itinerary to the next and never sees what is inside. The statements themselves are
//! given a session and no pool, so a repository method can call no other one that would take a second
//! session: the rule is held by the types. Only an itinerary breaks it, and its moves show it.

mod lookup;
mod statements;
mod tables;
mod unit;

use std::time::Duration;

pub use lookup::{JobState, Lookup, MOST_LISTED};
pub use statements::Changed;
pub use tables::tables;
pub use unit::Unit;

use self::statements::Statements;
use self::unit::TransactionState;
use super::{Counted, Observer, Request};
use crate::itinerary::Creates;
use crate::pool::{AcquireError, Pool, Session, Sql, SqlError, Value};
use crate::record::{AcquireParts, Gauges};

/// A repository method, or the scenario's own statements in its place.
#[derive(Debug, Clone, PartialEq)]
pub enum RepositoryMethod {
    /// Inserts a job and reads it back.
    CreateJob,
    /// Sets the state of the request's job.
    UpdateJobState,
    /// Inserts a job and its resource allocation.
    CreateJobWithAllocation,
    /// The scenario's own statements.
    Statements(Vec<(Sql, Vec<SqlParameter>)>),
}

/// A parameter of an own statement.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlParameter {
    /// A `bigint`.
    Integer(i64),
    /// A `double precision`.
    Float(f64),
    /// A `boolean`.
    Boolean(bool),
    /// A `text`.
    Text(String),
    /// The number of the request.
    Request,
    /// The job of the request.
    Job,
}

impl SqlParameter {
    fn value(&self, request: &Request) -> Value<'_> {
        match self {
            Self::Integer(value) => Value::Integer(*value),
            Self::Float(value) => Value::Float(*value),
            Self::Boolean(value) => Value::Boolean(*value),
            Self::Text(value) => Value::Text(value),
            Self::Request => Value::Integer(request.number as i64),
            Self::Job => Value::Integer(request.job),
        }
    }
}

/// One piece of work of a repository method: what it does, for how long, and what committing it adds.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// What it does.
    pub method: &'a RepositoryMethod,
    /// How long it takes.
    pub time: Duration,
    /// Whether it creates the job of the request.
    pub creates: Creates,
}

/// The repository of one lane.
#[derive(Debug)]
pub struct Repository<P> {
    pool: P,
    statements: Statements,
}

impl<P: Pool> Repository<P> {
    /// A repository whose jobs carry the name of this lane, on the tables in this schema. Every
    /// statement names its schema, so that it means no other table whatever the session's settings.
    #[must_use]
    pub fn new(pool: P, schema: &str, lane: &str) -> Self {
        Self { pool, statements: Statements::new(schema, lane) }
    }

    /// What the pool says of itself.
    #[must_use]
    pub fn gauges(&self) -> Gauges {
        self.pool.gauges()
    }

    /// Closes the pool and its connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Has the pool make so many connections, so that no request waits for that. Where it fails, those
    /// that were made stay in the pool.
    ///
    /// # Errors
    /// With the first that is not to be had.
    pub async fn connect(&self, connections: u32) -> Result<(), AcquireError> {
        let mut units = Vec::new();
        for _ in 0..connections {
            let mut unit = Unit::default();
            self.acquire(&mut unit).await?;
            units.push(unit);
        }
        Ok(())
    }

    /// Waits for a session, which stays in the unit.
    ///
    /// # Errors
    /// When the pool lends none, or the unit has one.
    pub async fn acquire(&self, unit: &mut Unit<P>) -> Result<AcquireParts, AcquireError> {
        if unit.has_session() {
            return Err(AcquireError::Failed(SqlError::new(
                "a repository method takes a session while another one has one",
            )));
        }
        self.acquire_beside(unit).await
    }

    /// Waits for a session beside those that the unit has: the mistake that a pool can deadlock on.
    ///
    /// # Errors
    /// When the pool lends none.
    pub async fn acquire_beside(&self, unit: &mut Unit<P>) -> Result<AcquireParts, AcquireError> {
        let session = self.pool.acquire().await?;
        let parts = session.acquire_parts();
        unit.takes(session);
        Ok(parts)
    }

    /// Does a method's work on the unit's open transaction. The server spends the rest of the method's
    /// time in `pg_sleep`, so the connection is truly busy for as long as the scenario says.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn perform<W: Observer>(
        &self,
        unit: &mut Unit<P>,
        work: Work<'_>,
        request: &mut Request,
        observer: &W,
    ) -> Result<(), SqlError> {
        let held = unit.held()?;
        self.statements.perform(&mut held.session, work, request, observer).await?;
        if work.creates == Creates::Job {
            held.transaction = TransactionState::CreatesJob;
        }
        Ok(())
    }

    /// Has the server refuse a statement, as the scenario asks, so that the transaction has failed.
    ///
    /// # Errors
    /// Always, but for a pool without a server.
    pub async fn fail(&self, unit: &mut Unit<P>) -> Result<(), SqlError> {
        self.statements.fail(&mut unit.held()?.session).await
    }

    /// Sets the state FAILED with the error's text, on the unit's open transaction.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn mark_failed<W: Observer>(
        &self,
        unit: &mut Unit<P>,
        request: &Request,
        error: &str,
        time: Duration,
        observer: &W,
    ) -> Result<Changed, SqlError> {
        let held = unit.held()?;
        let changed = self.statements.mark_failed(&mut held.session, request, error, time, observer).await?;
        if changed == Changed::Row {
            held.transaction = TransactionState::MarksJob;
        }
        Ok(changed)
    }

    /// A bystander's cheap query, outside a transaction.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn glance(&self, unit: &mut Unit<P>, time: Duration) -> Result<(), SqlError> {
        self.statements.glance(&mut unit.held()?.session, time).await
    }
}
