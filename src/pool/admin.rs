//! The connection outside the pools: it looks the server over before the load, makes and drops
//! poolbench's own schema, and samples what the server sees meanwhile.

use tokio_postgres::NoTls;

use super::Address;
use super::address::chain;

/// A connection that belongs to no pool.
#[derive(Debug)]
pub struct Admin {
    client: tokio_postgres::Client,
    address: Address,
}

/// What stands in the way of a run on this database. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// No connection.
    #[error("cannot connect to {place}: {reason}")]
    Unreachable {
        /// The address without credentials.
        place: String,
        /// What the driver said.
        reason: String,
    },
    /// The pools would not fit.
    #[error(
        "the server has {free} free connections and the pools need {needed} (max_connections {max}, {used} in use, \
         {reserved} reserved); make the pool smaller with --pool-size, or free some connections"
    )]
    TooFewConnections {
        /// Free for this user.
        free: i64,
        /// Wanted at the same time.
        needed: i64,
        /// The server's `max_connections`.
        max: i64,
        /// Connections in use now.
        used: i64,
        /// Kept for others.
        reserved: i64,
    },
    /// The schema is somebody's.
    #[error("the schema \"{0}\" exists and is not poolbench's; name another one with --schema")]
    SchemaTaken(String),
    /// Another run is using the schema.
    #[error(
        "another poolbench run is using the schema \"{0}\"; wait for it, or name another one with --schema"
    )]
    SchemaInUse(String),
    /// A statement failed.
    #[error("{doing}: {reason}")]
    Failed {
        /// What was tried.
        doing: String,
        /// What the server said.
        reason: String,
    },
}

/// How many connections of one lane are in which state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct States {
    /// Running a statement.
    pub active: u32,
    /// In a transaction, running nothing.
    pub idle_in_transaction: u32,
    /// Outside a transaction.
    pub idle: u32,
}

/// The mark that makes a schema poolbench's own.
const OWNED: &str = "made by poolbench; dropped at the end of its run";

/// Server settings that bear on the figures.
const SETTINGS: [&str; 15] = [
    "max_connections",
    "shared_buffers",
    "fsync",
    "synchronous_commit",
    "full_page_writes",
    "wal_level",
    "max_wal_size",
    "checkpoint_timeout",
    "autovacuum",
    "jit",
    "idle_in_transaction_session_timeout",
    "statement_timeout",
    "transaction_timeout",
    "lock_timeout",
    "idle_session_timeout",
];

/// The application name of poolbench's connections outside the pools.
const NAME: &str = "poolbench";

impl Admin {
    /// Connects.
    ///
    /// # Errors
    /// When the server does not answer, or refuses.
    pub async fn connect(address: &Address) -> Result<Self, AdminError> {
        let unreachable = |reason: String| AdminError::Unreachable { place: address.to_string(), reason };
        let connecting = address.config(NAME).connect(NoTls).await;
        let (client, connection) = connecting.map_err(|fault| unreachable(address.redact(&chain(&fault))))?;
        tokio::spawn(async move {
            // Whoever uses the client next is told that the connection is gone.
            let _ = connection.await;
        });
        Ok(Self { client, address: address.clone() })
    }

    fn failed<'a>(&'a self, doing: &'a str) -> impl Fn(tokio_postgres::Error) -> AdminError + 'a {
        move |fault| AdminError::Failed {
            doing: doing.to_owned(),
            reason: self.address.redact(&chain(&fault)),
        }
    }

    /// The server's version.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn version(&self) -> Result<String, AdminError> {
        let row = self.client.query_one("select current_setting('server_version')", &[]).await;
        row.and_then(|row| row.try_get(0)).map_err(self.failed("asking for the server's version"))
    }

    /// Settings in force that bear on the figures.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn settings(&self) -> Result<Vec<(String, String)>, AdminError> {
        let names: Vec<&str> = SETTINGS.to_vec();
        let rows = self
            .client
            .query(
                "select name, current_setting(name) from pg_settings where name = any($1) order by name",
                &[&names],
            )
            .await;
        let failed = self.failed("asking for the server's settings");
        rows.map_err(&failed)?
            .into_iter()
            .map(|row| Ok((row.try_get(0).map_err(&failed)?, row.try_get(1).map_err(&failed)?)))
            .collect()
    }

    /// Checks that so many more connections fit.
    ///
    /// # Errors
    /// With the numbers, when they do not.
    pub async fn ensure_room(&self, needed: u32) -> Result<(), AdminError> {
        // A server knows `reserved_connections` from version 16 on.
        let row = self
            .client
            .query_one(
                "select current_setting('max_connections')::bigint,
                        (select count(*) from pg_stat_activity where backend_type = 'client backend'),
                        case when (select rolsuper from pg_roles where rolname = current_user) then 0
                             else current_setting('superuser_reserved_connections')::bigint
                                + coalesce(current_setting('reserved_connections', true), '0')::bigint end,
                        (select case when rolconnlimit < 0 then null else rolconnlimit - (select count(*)
                             from pg_stat_activity where usename = current_user) end::bigint
                           from pg_roles where rolname = current_user),
                        (select case when datconnlimit < 0 then null else datconnlimit - (select count(*)
                             from pg_stat_activity where datname = current_database()) end::bigint
                           from pg_database where datname = current_database())",
                &[],
            )
            .await;
        let failed = self.failed("counting free connections");
        let row = row.map_err(&failed)?;
        let (max, used, reserved): (i64, i64, i64) = (
            row.try_get(0).map_err(&failed)?,
            row.try_get(1).map_err(&failed)?,
            row.try_get(2).map_err(&failed)?,
        );
        let of_role: Option<i64> = row.try_get(3).map_err(&failed)?;
        let of_database: Option<i64> = row.try_get(4).map_err(&failed)?;
        let free =
            [Some(max - used - reserved), of_role, of_database].into_iter().flatten().min().unwrap_or(0);
        let needed = i64::from(needed);
        if free < needed {
            return Err(AdminError::TooFewConnections { free: free.max(0), needed, max, used, reserved });
        }
        Ok(())
    }

    /// Makes poolbench's own schema, after dropping what an earlier run left of it.
    ///
    /// # Errors
    /// When the schema is somebody else's, is in use, or cannot be made.
    pub async fn make_schema(&self, schema: &str) -> Result<(), AdminError> {
        let failed = self.failed("making poolbench's schema");
        let row = self
            .client
            .query_opt(
                "select obj_description(oid, 'pg_namespace') is not distinct from $2
                   from pg_namespace where nspname = $1",
                &[&schema, &OWNED],
            )
            .await
            .map_err(&failed)?;
        let ours: Option<bool> = row.map(|row| row.try_get(0)).transpose().map_err(&failed)?;
        if ours == Some(false) {
            return Err(AdminError::SchemaTaken(schema.to_owned()));
        }
        // The lock goes with this connection, so a run that was killed leaves none.
        let locked = self
            .client
            .query_one(
                "select pg_try_advisory_lock(hashtextextended('poolbench schema ' || $1, 0))",
                &[&schema],
            )
            .await
            .and_then(|row| row.try_get::<_, bool>(0))
            .map_err(&failed)?;
        if !locked {
            return Err(AdminError::SchemaInUse(schema.to_owned()));
        }
        let name = quoted(schema);
        let left = if ours.is_some() { format!("drop schema {name} cascade;") } else { String::new() };
        let make =
            format!("begin; {left} create schema {name}; comment on schema {name} is '{OWNED}'; commit");
        self.client.batch_execute(&make).await.map_err(&failed)
    }

    /// Drops poolbench's own schema with all that is in it.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn drop_schema(&self, schema: &str) -> Result<(), AdminError> {
        let drop = format!("drop schema if exists {} cascade", quoted(schema));
        self.client.batch_execute(&drop).await.map_err(self.failed("dropping poolbench's schema"))
    }

    /// Runs statements that make tables, with unqualified names meaning the schema's.
    ///
    /// # Errors
    /// With what the server said.
    pub async fn set_up(&self, schema: &str, statements: &[String]) -> Result<(), AdminError> {
        let path = format!("set search_path to {}", quoted(schema));
        self.client.batch_execute(&path).await.map_err(self.failed("making tables"))?;
        for statement in statements {
            let doing = format!("the setup statement \"{}\"", first_words(statement));
            self.client.batch_execute(statement).await.map_err(self.failed(&doing))?;
        }
        Ok(())
    }

    /// Rows of the job table that a lane made.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn job_rows(&self, lane: &str) -> Result<u64, AdminError> {
        let row = self.client.query_one("select count(*) from jobs where lane = $1", &[&lane]).await;
        let count = row.and_then(|row| row.try_get::<_, i64>(0));
        count.map(|count| count.max(0) as u64).map_err(self.failed("counting the rows of the job table"))
    }

    /// The states of the connections with these application names.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn states(&self, names: &[String]) -> Result<Vec<States>, AdminError> {
        let rows = self
            .client
            .query(
                "select application_name, coalesce(state, 'idle'), count(*) from pg_stat_activity
                  where application_name = any($1) group by 1, 2",
                &[&names],
            )
            .await;
        let failed = self.failed("looking at pg_stat_activity");
        let mut states = vec![States::default(); names.len()];
        for row in rows.map_err(&failed)? {
            let name: &str = row.try_get(0).map_err(&failed)?;
            let state: &str = row.try_get(1).map_err(&failed)?;
            let count: i64 = row.try_get(2).map_err(&failed)?;
            let Some(at) = names.iter().position(|known| known == name) else { continue };
            *match state {
                "active" | "fastpath function call" => &mut states[at].active,
                "idle in transaction" | "idle in transaction (aborted)" => {
                    &mut states[at].idle_in_transaction
                }
                _ => &mut states[at].idle,
            } += count as u32;
        }
        Ok(states)
    }
}

/// An identifier for the text of a statement, where parameters cannot stand.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn first_words(statement: &str) -> String {
    let words: Vec<&str> = statement.split_whitespace().take(6).collect();
    words.join(" ")
}
