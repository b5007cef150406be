//! `sqlx::PgPool`.

use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgPool, PgPoolOptions, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Row};

use super::address::chain;
use super::{
    AcquireError, AcquirePhase, Address, LivenessCheck, Pool, PoolOptions, Session, Sql, SqlError, Value,
    locked_version,
};
use crate::record::Gauges;

/// A pool of sqlx.
#[derive(Debug)]
pub struct SqlxPool {
    pool: PgPool,
    address: Arc<Address>,
}

/// A connection of sqlx.
#[derive(Debug)]
pub struct SqlxSession {
    /// Taken when dropped inside a transaction.
    connection: Option<sqlx::pool::PoolConnection<Postgres>>,
    in_transaction: bool,
    address: Arc<Address>,
}

fn tests_before_acquire(options: &PoolOptions) -> bool {
    match options.liveness_check {
        Some(LivenessCheck::Always) => true,
        Some(LivenessCheck::Never) => false,
        None => PgPoolOptions::new().get_test_before_acquire(),
    }
}

impl Pool for SqlxPool {
    type Session = SqlxSession;

    fn open(address: &Address, options: &PoolOptions) -> Result<Self, AcquireError> {
        let pool = PgPoolOptions::new()
            .max_connections(options.size)
            .acquire_timeout(options.acquire_timeout)
            .test_before_acquire(tests_before_acquire(options))
            // Connections that come and go would be measured as waits.
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_lazy_with(address.sqlx_options(&options.application_name));
        Ok(Self { pool, address: Arc::new(address.clone()) })
    }

    async fn acquire(&self) -> Result<SqlxSession, AcquireError> {
        match self.pool.acquire().await {
            Ok(connection) => Ok(SqlxSession {
                connection: Some(connection),
                in_transaction: false,
                address: self.address.clone(),
            }),
            Err(sqlx::Error::PoolTimedOut) => Err(AcquireError::TimedOut(AcquirePhase::Unknown)),
            Err(fault) => Err(AcquireError::Failed(self.address.redact(&chain(&fault)))),
        }
    }

    fn gauges(&self) -> Gauges {
        Gauges { size: self.pool.size(), idle: self.pool.num_idle() as u32, waiting: None }
    }

    fn identity(options: &PoolOptions) -> String {
        let check = if tests_before_acquire(options) { "on" } else { "off" };
        format!("sqlx {}, test_before_acquire {check}", locked_version("sqlx"))
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

impl SqlxSession {
    fn connection(&mut self) -> Result<&mut sqlx::PgConnection, SqlError> {
        self.connection.as_deref_mut().ok_or_else(|| SqlError("the connection is gone".into()))
    }

    fn fault(&self, fault: &sqlx::Error) -> SqlError {
        SqlError(self.address.redact(&chain(fault)))
    }

    /// A statement without parameters, in one round trip.
    async fn simple(&mut self, text: &'static str) -> Result<(), SqlError> {
        let done = sqlx::raw_sql(text).execute(self.connection()?).await;
        done.map(|_| ()).map_err(|fault| self.fault(&fault))
    }
}

fn bound<'q>(sql: &Sql, values: &'q [Value<'_>]) -> Query<'q, Postgres, PgArguments> {
    // The texts are poolbench's own and the scenario's, and values are bound apart from them.
    let query = sqlx::query(AssertSqlSafe(sql.0.clone()));
    values.iter().fold(query, |query, value| match *value {
        Value::Integer(value) => query.bind(value),
        Value::Float(value) => query.bind(value),
        Value::Boolean(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
    })
}

impl Session for SqlxSession {
    async fn begin(&mut self) -> Result<(), SqlError> {
        self.in_transaction = true;
        self.simple("begin").await
    }

    async fn commit(&mut self) -> Result<(), SqlError> {
        self.simple("commit").await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), SqlError> {
        self.simple("rollback").await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, SqlError> {
        match bound(sql, values).execute(self.connection()?).await {
            Ok(done) => Ok(done.rows_affected()),
            Err(fault) => Err(self.fault(&fault)),
        }
    }

    async fn fetch_id(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<i64>, SqlError> {
        let row = match bound(sql, values).fetch_optional(self.connection()?).await {
            Ok(row) => row,
            Err(fault) => return Err(self.fault(&fault)),
        };
        row.map(|row| row.try_get(0)).transpose().map_err(|fault| self.fault(&fault))
    }
}

impl Drop for SqlxSession {
    /// A request that is cut off inside a transaction must not pass it on to the next one.
    fn drop(&mut self) {
        if self.in_transaction
            && let Some(mut connection) = self.connection.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                if sqlx::raw_sql("rollback").execute(&mut *connection).await.is_err() {
                    connection.close_on_drop();
                }
            });
        }
    }
}
