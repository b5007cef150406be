//! What every connection of a server does, for whoever only looks.

use std::time::Duration;

use super::{Admin, AdminError};

/// A look at all connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// When it was, on the server's clock, since 1970.
    pub at: Duration,
    /// The connections of clients, but for this one.
    pub connections: Vec<Doing>,
}

/// What a connection does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doing {
    /// The number of its process.
    pub process: i32,
    /// What the application calls itself.
    pub application: String,
    /// As whom it is connected.
    pub user: String,
    /// With which database.
    pub database: String,
    /// Its state; nothing where this user may not see it.
    pub state: Option<DoingState>,
    /// Since when it is in this state, on the server's clock, since 1970.
    pub since: Duration,
    /// The text of its last statement, with all that stands in it.
    pub statement: String,
}

/// The state of a connection, as far as it matters to whoever asks what it is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoingState {
    /// A statement runs.
    Running,
    /// A transaction is open, and nothing runs.
    IdleInTransaction,
    /// No transaction is open.
    Idle,
}

/// A look takes no longer than this, or it is given up.
const LOOKING: &str = "set statement_timeout = '2s'; set default_transaction_read_only = on; \
                       set lock_timeout = '1s'; set jit = off";

/// The instant comes also where there is no connection.
const CONNECTIONS: &str = "select (extract(epoch from now.now) * 1000000)::int8, pid,
    coalesce(application_name, ''), coalesce(usename::text, ''), coalesce(datname::text, ''), state,
    coalesce((extract(epoch from state_change) * 1000000)::int8, 0), coalesce(left(query, 2000), '')
    from (select clock_timestamp() as now) as now left join pg_stat_activity
    on backend_type = 'client backend' and pid <> pg_backend_pid()";

impl Admin {
    /// Makes this connection one that only looks: it reads, and never for long.
    ///
    /// # Errors
    /// When the connection is gone, or the server does not answer.
    pub async fn only_look(&self) -> Result<(), AdminError> {
        self.ask("preparing to look", self.client.batch_execute(LOOKING)).await
    }

    /// What every connection does now.
    ///
    /// # Errors
    /// When the connection is gone, or the server does not answer.
    pub async fn activity(&self) -> Result<Activity, AdminError> {
        let ask = async {
            let mut at = 0_i64;
            let mut connections = Vec::new();
            for row in self.client.query(CONNECTIONS, &[]).await? {
                at = row.try_get(0)?;
                let Some(process) = row.try_get(1)? else { continue };
                let state: Option<&str> = row.try_get(5)?;
                connections.push(Doing {
                    process,
                    application: row.try_get(2)?,
                    user: row.try_get(3)?,
                    database: row.try_get(4)?,
                    state: state.map(|state| match state {
                        "active" | "fastpath function call" => DoingState::Running,
                        "idle in transaction" | "idle in transaction (aborted)" => {
                            DoingState::IdleInTransaction
                        }
                        _ => DoingState::Idle,
                    }),
                    since: micros(row.try_get(6)?),
                    statement: row.try_get(7)?,
                });
            }
            Ok(Activity { at: micros(at), connections })
        };
        self.ask("looking at pg_stat_activity", ask).await
    }

    /// How long connections were idle in a transaction by the server's own count, all databases together; it tells late
    /// of transactions that are open. Nothing before PostgreSQL 14, which does not count it.
    ///
    /// # Errors
    /// When the connection is gone, or the server does not answer.
    pub async fn counted_idle(&self) -> Result<Option<Duration>, AdminError> {
        let there = "select count(*) from information_schema.columns
                     where table_name = 'pg_stat_database' and column_name = 'idle_in_transaction_time'";
        let counted = "select coalesce(sum(idle_in_transaction_time), 0)::float8 from pg_stat_database";
        let ask = async {
            let known: i64 = self.client.query_one(there, &[]).await?.try_get(0)?;
            if known == 0 {
                return Ok(None);
            }
            let ms: f64 = self.client.query_one(counted, &[]).await?.try_get(0)?;
            Ok(Duration::try_from_secs_f64(ms / 1e3).ok())
        };
        self.ask("reading pg_stat_database", ask).await
    }
}

fn micros(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}
