//! The repository: all SQL of the job service. Each method is the work of one transaction, and
//! none calls another; who begins and commits is the service's business.

use std::time::Duration;

use super::{Observer, Request};
use crate::pool::{Session, Sql, SqlError, Value, quoted};

/// The statements that make the tables of the job service in this schema, once for each lane.
#[must_use]
pub fn tables(schema: &str) -> Vec<String> {
    let schema = quoted(schema);
    vec![
        format!(
            "create table {schema}.jobs (
                id bigint generated always as identity primary key,
                lane text not null,
                request bigint not null,
                state text not null default 'PENDING',
                payload text not null,
                error text,
                created_at timestamptz not null default now(),
                updated_at timestamptz
            )"
        ),
        format!(
            "create table {schema}.resource_allocations (
                id bigint generated always as identity primary key,
                job_id bigint not null references {schema}.jobs (id),
                cpus integer not null
            )"
        ),
    ]
}

/// What a job is made of: about as much as a small job description.
const PAYLOAD: &str =
    r#"{"command": "train", "arguments": ["--epochs", "10"], "cpus": 4, "memory_mib": 8192}"#;

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

/// The repository of one lane.
#[derive(Debug)]
pub struct Repository {
    lane: String,
    insert_job: Sql,
    read_job: Sql,
    update_state: Sql,
    allocate: Sql,
    sleep: Sql,
    bystander: Sql,
}

impl Repository {
    /// A repository whose jobs carry the name of this lane, on the tables in this schema. Every
    /// statement names its schema, so that it means no other table whatever the session's settings.
    #[must_use]
    pub fn new(schema: &str, lane: &str) -> Self {
        let jobs = format!("{}.jobs", quoted(schema));
        let allocations = format!("{}.resource_allocations", quoted(schema));
        let sql = |text: String| Sql::new(text);
        Self {
            lane: lane.to_owned(),
            insert_job: sql(format!(
                "insert into {jobs} (lane, request, payload) values ($1, $2, $3) returning id"
            )),
            read_job: sql(format!("select id, state, payload, created_at from {jobs} where id = $1")),
            update_state: sql(format!(
                "update {jobs} set state = $2, error = nullif($3, ''), updated_at = now() where id = $1"
            )),
            allocate: sql(format!("insert into {allocations} (job_id, cpus) values ($1, $2::bigint)")),
            sleep: Sql::new("select pg_catalog.pg_sleep($1)"),
            bystander: Sql::new("select 1 from pg_catalog.pg_sleep($1)"),
        }
    }

    /// Does a method's work on an open transaction. The server spends the rest of the method's
    /// time in `pg_sleep`, so the connection is truly busy for as long as the scenario says.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn perform<S: Session, W: Observer>(
        &self,
        session: &mut S,
        method: &RepositoryMethod,
        request: &mut Request,
        time: Duration,
        observer: &W,
    ) -> Result<(), SqlError> {
        match method {
            RepositoryMethod::CreateJob => {
                self.insert(session, request).await?;
                self.spend(session, time, observer).await?;
                self.read_back(session, request).await
            }
            RepositoryMethod::CreateJobWithAllocation => {
                self.insert(session, request).await?;
                session.execute(&self.allocate, &[Value::Integer(request.job), Value::Integer(4)]).await?;
                self.spend(session, time, observer).await?;
                self.read_back(session, request).await
            }
            RepositoryMethod::UpdateJobState => {
                self.set_state(session, request, "SUBMITTED", "").await?;
                self.spend(session, time, observer).await
            }
            RepositoryMethod::Statements(statements) => {
                for (sql, parameters) in statements {
                    let values: Vec<Value<'_>> = parameters.iter().map(|p| p.value(request)).collect();
                    session.execute(sql, &values).await?;
                }
                self.spend(session, time, observer).await
            }
        }
    }

    /// Sets the state FAILED with the error's text, in a transaction that the service opened.
    ///
    /// # Errors
    /// When a statement fails.
    pub async fn mark_failed<S: Session, W: Observer>(
        &self,
        session: &mut S,
        request: &Request,
        error: &str,
        time: Duration,
        observer: &W,
    ) -> Result<Changed, SqlError> {
        let rows = self.set_state(session, request, "FAILED", error).await?;
        self.spend(session, time, observer).await?;
        Ok(rows)
    }

    /// A bystander's cheap query, outside a transaction.
    ///
    /// # Errors
    /// When the statement fails.
    pub async fn glance<S: Session>(&self, session: &mut S, time: Duration) -> Result<(), SqlError> {
        session.execute(&self.bystander, &[Value::Float(time.as_secs_f64())]).await.map(|_| ())
    }

    async fn insert<S: Session>(&self, session: &mut S, request: &mut Request) -> Result<(), SqlError> {
        let values = [Value::Text(&self.lane), Value::Integer(request.number as i64), Value::Text(PAYLOAD)];
        let id = session.fetch_id(&self.insert_job, &values).await?;
        request.job =
            id.ok_or_else(|| SqlError::new("the insert of a job returned no id").at(self.insert_job.text()))?;
        Ok(())
    }

    async fn read_back<S: Session>(&self, session: &mut S, request: &Request) -> Result<(), SqlError> {
        match session.fetch_id(&self.read_job, &[Value::Integer(request.job)]).await? {
            Some(id) if id == request.job => Ok(()),
            _ => Err(SqlError::new("the job that was just inserted is not there").at(self.read_job.text())),
        }
    }

    async fn set_state<S: Session>(
        &self,
        session: &mut S,
        request: &Request,
        state: &str,
        error: &str,
    ) -> Result<Changed, SqlError> {
        let values = [Value::Integer(request.job), Value::Text(state), Value::Text(error)];
        let rows = session.execute(&self.update_state, &values).await?;
        Ok(if rows > 0 { Changed::Row } else { Changed::Nothing })
    }

    /// Lets the server spend what is left of a method's time.
    async fn spend<S: Session, W: Observer>(
        &self,
        session: &mut S,
        time: Duration,
        observer: &W,
    ) -> Result<(), SqlError> {
        let rest = time.saturating_sub(observer.elapsed());
        if rest.is_zero() {
            return Ok(());
        }
        session.execute(&self.sleep, &[Value::Float(rest.as_secs_f64())]).await.map(|_| ())
    }
}

/// Whether an update found its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The row was changed.
    Row,
    /// There is no such row.
    Nothing,
}
