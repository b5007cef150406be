//! What the server shows of connections, and how it is told to end them.

use std::time::Duration;

use super::schema::Schema;
use super::{Admin, AdminError, quoted};

/// How many connections of one lane are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct States {
    /// Connections that run a statement.
    pub active: u32,
    /// Of those, the ones whose statement waits for a lock.
    pub waiting_for_lock: u32,
    /// In a transaction, running nothing.
    pub idle_in_transaction: u32,
    /// Connections outside a transaction.
    pub idle: u32,
}

impl States {
    /// Connections in any state.
    #[must_use]
    pub fn all(&self) -> u32 {
        self.active + self.idle_in_transaction + self.idle
    }
}

/// How the server is told to end what a connection does, by the functions of these names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackendSignal {
    /// `pg_cancel_backend`: the statement that it runs is cancelled.
    Cancel,
    /// `pg_terminate_backend`: the connection is closed, whatever it does.
    Terminate,
}

/// Which connections of this user, by their application name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<'a> {
    /// Those with this name.
    Exactly(&'a str),
    /// Those whose name begins so.
    Beginning(&'a str),
}

impl<'a> Named<'a> {
    /// The name, and the condition in which it stands.
    fn asked(self) -> (&'a str, &'static str) {
        match self {
            Self::Exactly(name) => (name, "application_name = $1"),
            Self::Beginning(name) => (name, "starts_with(application_name, $1)"),
        }
    }
}

/// A sample that comes later than this says nothing about its instant.
const SAMPLING: Duration = Duration::from_secs(1);

/// Rows of the job table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobRows {
    /// All of a lane.
    pub all: u64,
    /// Those in state FAILED.
    pub failed: u64,
    /// Requests that made them.
    pub requests: u64,
}

impl Admin {
    /// Rows of the job table that a lane made.
    ///
    /// # Errors
    /// When the connection is gone, or the table is locked.
    pub async fn job_rows(&self, schema: &str, lane: &str) -> Result<JobRows, AdminError> {
        let sql = format!(
            "select count(*), count(*) filter (where state = 'FAILED'), count(distinct request)
               from {}.jobs where lane = $1",
            quoted(schema)
        );
        let ask = async {
            let row = self.client.query_one(&sql, &[&lane]).await?;
            let count = |at| Ok(row.try_get::<_, i64>(at)?.max(0) as u64);
            Ok(JobRows { all: count(0)?, failed: count(1)?, requests: count(2)? })
        };
        self.ask("counting the rows of the job table", ask).await
    }

    /// The states of the connections with these application names.
    ///
    /// # Errors
    /// When the connection is gone, or the server does not answer within a second.
    pub async fn states(&self, names: &[String]) -> Result<Vec<States>, AdminError> {
        let sql = "select application_name, coalesce(state, 'idle'), count(*),
                          count(*) filter (where wait_event_type = 'Lock') from pg_stat_activity
                    where application_name = any($1) and datname = current_database() group by 1, 2";
        let ask = async {
            let mut states = vec![States::default(); names.len()];
            for row in self.client.query(sql, &[&names]).await? {
                let (name, state): (&str, &str) = (row.try_get(0)?, row.try_get(1)?);
                let (count, for_lock): (i64, i64) = (row.try_get(2)?, row.try_get(3)?);
                let Some(at) = names.iter().position(|known| known == name) else { continue };
                *match state {
                    "active" | "fastpath function call" => {
                        states[at].waiting_for_lock += for_lock as u32;
                        &mut states[at].active
                    }
                    "idle in transaction" | "idle in transaction (aborted)" => {
                        &mut states[at].idle_in_transaction
                    }
                    _ => &mut states[at].idle,
                } += count as u32;
            }
            Ok(states)
        };
        self.ask_within(SAMPLING, "looking at pg_stat_activity", ask).await
    }

    /// How many connections there are. This one is never one of them.
    ///
    /// # Errors
    /// When the connection is gone, or the server does not answer within a second.
    pub async fn connections(&self, which: Named<'_>) -> Result<u64, AdminError> {
        let (name, named) = which.asked();
        let sql = format!(
            "select count(*) from pg_stat_activity
              where {named} and usename = current_user and pid <> pg_backend_pid()"
        );
        let ask = async {
            let count: i64 = self.client.query_one(&sql, &[&name]).await?.try_get(0)?;
            Ok(count as u64)
        };
        self.ask_within(SAMPLING, "looking at pg_stat_activity", ask).await
    }

    /// Ends what connections are doing; answers how many there were. This connection is never one of
    /// them.
    ///
    /// # Errors
    /// When the connection is gone, or the server refuses.
    pub async fn end(&self, which: Named<'_>, how: BackendSignal) -> Result<u64, AdminError> {
        let (name, named) = which.asked();
        let (call, busy) = match how {
            BackendSignal::Cancel => ("pg_cancel_backend", "and state = 'active'"),
            BackendSignal::Terminate => ("pg_terminate_backend", ""),
        };
        let sql = format!(
            "select {call}(pid) from pg_stat_activity
              where {named} and usename = current_user and pid <> pg_backend_pid() {busy}"
        );
        let ask = async { Ok(self.client.query(&sql, &[&name]).await?.len() as u64) };
        self.ask_within(SAMPLING, "ending connections of this run", ask).await
    }

    /// Ends connections of poolbench that still work in a schema: those of a run that was killed,
    /// whose statements the server goes on with until they end by themselves.
    pub(super) async fn end_orphans(&self, schema: Schema) -> Result<u64, AdminError> {
        let sql = "select pg_terminate_backend(pid) from pg_stat_activity a
              where starts_with(application_name, 'poolbench ') and usename = current_user
                and pid <> pg_backend_pid()
                and exists (select from pg_locks l join pg_class c on c.oid = l.relation
                             where l.pid = a.pid and c.relnamespace = $1
                               and l.database = (select oid from pg_database where datname = current_database()))";
        let ask = async { Ok(self.client.query(sql, &[&schema.0]).await?.len() as u64) };
        self.ask("ending connections of a run that was killed", ask).await
    }
}
