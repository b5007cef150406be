//! What a server is like, and whether a run fits into it.

use super::{Admin, AdminError};

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

/// A server knows `reserved_connections` from version 16 on.
const ROOM: &str = "select current_setting('max_connections')::bigint,
        (select count(*) from pg_stat_activity where backend_type = 'client backend'),
        case when (select rolsuper from pg_roles where rolname = current_user) then 0
             else current_setting('superuser_reserved_connections')::bigint
                + coalesce(current_setting('reserved_connections', true), '0')::bigint end,
        (select case when rolconnlimit < 0 then null else rolconnlimit - (select count(*)
             from pg_stat_activity where usename = current_user) end::bigint
           from pg_roles where rolname = current_user),
        (select case when datconnlimit < 0 then null else datconnlimit - (select count(*)
             from pg_stat_activity where datname = current_database()) end::bigint
           from pg_database where datname = current_database())";

impl Admin {
    /// The server's version.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn version(&self) -> Result<String, AdminError> {
        let ask = async {
            self.client.query_one("select current_setting('server_version')", &[]).await?.try_get(0)
        };
        self.ask("asking for the server's version", ask).await
    }

    /// Settings in force that bear on the figures.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn settings(&self) -> Result<Vec<(String, String)>, AdminError> {
        let names: Vec<&str> = SETTINGS.to_vec();
        let ask = async {
            let sql =
                "select name, current_setting(name) from pg_settings where name = any($1) order by name";
            let rows = self.client.query(sql, &[&names]).await?;
            rows.into_iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
        };
        self.ask("asking for the server's settings", ask).await
    }

    /// Checks that so many more connections fit.
    ///
    /// # Errors
    /// With the numbers, when they do not.
    pub async fn ensure_room(&self, needed: u32) -> Result<(), AdminError> {
        let ask = async {
            let row = self.client.query_one(ROOM, &[]).await?;
            let numbers: (i64, i64, i64) = (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
            let limits: [Option<i64>; 2] = [row.try_get(3)?, row.try_get(4)?];
            Ok((numbers, limits))
        };
        let ((max, used, reserved), limits) = self.ask("counting free connections", ask).await?;
        let free = limits.into_iter().flatten().fold(max - used - reserved, i64::min);
        let needed = i64::from(needed);
        if free < needed {
            return Err(AdminError::TooFewConnections { free: free.max(0), needed, max, used, reserved });
        }
        Ok(())
    }
}
