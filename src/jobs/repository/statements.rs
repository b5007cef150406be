//! The statements, each with values apart from its text. They are given a session and have no pool.

use std::time::Duration;

use super::{Observer, RepositoryMethod, Request, Session, Sql, SqlError, Value, Work};
use crate::pool::{ReadText, quoted};

/// What a job is made of: about as much as a small job description.
const PAYLOAD: &str =
    r#"{"command": "train", "arguments": ["--epochs", "10"], "cpus": 4, "memory_mib": 8192}"#;

/// The name of a job whose request gives it none.
const NAMELESS: &str = "train";

/// The statements of one lane.
#[derive(Debug)]
pub(super) struct Statements {
    lane: String,
    insert_job: Sql,
    read_job: Sql,
    update_state: Sql,
    allocate: Sql,
    sleep: Sql,
    bystander: Sql,
    fail: Sql,
    find: Sql,
    list: Sql,
    list_state: Sql,
}

impl Statements {
    pub(super) fn new(schema: &str, lane: &str) -> Self {
        let jobs = format!("{}.jobs", quoted(schema));
        let allocations = format!("{}.resource_allocations", quoted(schema));
        let sql = |text: String| Sql::new(text);
        // The server makes the JSON, so that one text is all that has to be read.
        let told = "pg_catalog.json_build_object('id', id, 'name', name, 'state', state, 'error', error, \
                    'created_at', created_at, 'updated_at', updated_at)";
        let list = |only: &str| {
            sql(format!(
                "select coalesce(pg_catalog.json_agg(told order by id desc), '[]')::text from \
                 (select id, {told} as told from {jobs}{only} order by id desc limit $1) newest"
            ))
        };
        Self {
            lane: lane.to_owned(),
            insert_job: sql(format!(
                "insert into {jobs} (lane, request, payload, name) values ($1, $2, $3, $4) returning id"
            )),
            read_job: sql(format!("select id, state, payload, created_at from {jobs} where id = $1")),
            update_state: sql(format!(
                "update {jobs} set state = $2, error = nullif($3, ''), updated_at = now() where id = $1"
            )),
            allocate: sql(format!("insert into {allocations} (job_id, cpus) values ($1, $2::bigint)")),
            sleep: Sql::new("select pg_catalog.pg_sleep($1)"),
            bystander: Sql::new("select 1 from pg_catalog.pg_sleep($1)"),
            fail: Sql::new("select 1 / $1::bigint"),
            find: sql(format!("select {told}::text from {jobs} where id = $1")),
            list: list(""),
            list_state: list(" where state = $2"),
        }
    }

    pub(super) async fn perform<S: Session, W: Observer>(
        &self,
        session: &mut S,
        Work { method, time, .. }: Work<'_>,
        request: &mut Request,
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

    pub(super) async fn mark_failed<S: Session, W: Observer>(
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

    pub(super) async fn glance<S: Session>(&self, session: &mut S, time: Duration) -> Result<(), SqlError> {
        session.execute(&self.bystander, &[Value::Float(time.as_secs_f64())]).await.map(|_| ())
    }

    /// Divides by zero.
    pub(super) async fn fail<S: Session>(&self, session: &mut S) -> Result<(), SqlError> {
        session.execute(&self.fail, &[Value::Integer(0)]).await.map(|_| ())
    }

    pub(super) async fn find<S: ReadText>(
        &self,
        session: &mut S,
        job: i64,
    ) -> Result<Option<String>, SqlError> {
        session.fetch_text(&self.find, &[Value::Integer(job)]).await
    }

    /// The newest jobs, of one state or of all, as a list in JSON.
    pub(super) async fn list<S: ReadText>(
        &self,
        session: &mut S,
        state: Option<&str>,
        most: u32,
    ) -> Result<String, SqlError> {
        let most = Value::Integer(most.into());
        let told = match state {
            None => session.fetch_text(&self.list, &[most]).await?,
            Some(state) => session.fetch_text(&self.list_state, &[most, Value::Text(state)]).await?,
        };
        told.ok_or_else(|| SqlError::new("a list of jobs had no row").at(self.list.text()))
    }

    async fn insert<S: Session>(&self, session: &mut S, request: &mut Request) -> Result<(), SqlError> {
        let name = request.name().map_or(NAMELESS, |name| name);
        let number = Value::Integer(request.number as i64);
        let values = [Value::Text(&self.lane), number, Value::Text(PAYLOAD), Value::Text(name)];
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
