//! `sqlx::PgPool`.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Instant;

use sqlx::postgres::{PgArguments, PgPool, PgPoolOptions, Postgres};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, Connection, Row};

use super::address::{Statements, chain};
use super::error::{GONE, in_one_line};
use super::path::{PATH, WrongPath};
use super::{
    AcquireError, AcquirePhase, Address, LivenessOverride, Pool, PoolOptions, ReadText, Session, Sql,
    SqlError, Value,
};
use crate::record::{AcquireParts, Gauges, Nanos, SqlState};

/// A pool of sqlx.
#[derive(Debug)]
pub struct SqlxPool {
    pool: PgPool,
    /// How long the last connection took that was made without waiting for a place.
    connecting: AtomicU64,
    /// How many connections are lent.
    lent: Arc<AtomicU32>,
    address: Arc<Address>,
}

/// A connection of sqlx.
#[derive(Debug)]
pub struct SqlxSession {
    /// Taken when dropped inside a transaction.
    connection: Option<sqlx::pool::PoolConnection<Postgres>>,
    in_transaction: bool,
    parts: AcquireParts,
    address: Arc<Address>,
    _lent: Lent,
}

/// Counts a connection as lent for as long as it lives.
#[derive(Debug)]
struct Lent(Arc<AtomicU32>);

impl Lent {
    fn count(lent: &Arc<AtomicU32>) -> Self {
        lent.fetch_add(1, Ordering::Relaxed);
        Self(lent.clone())
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

const NOTHING: AcquireParts = AcquireParts { create: 0, recycle: 0 };

thread_local! {
    /// What the acquire that is being polled did besides waiting. sqlx does not say, so its hooks
    /// note it here; an acquire returns in the poll in which its last hook ended, so what stands
    /// here then is its own.
    static PARTS: Cell<(AcquireParts, FreshConnection)> = const { Cell::new((NOTHING, FreshConnection::No)) };
}

/// Whether an acquire made its connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FreshConnection {
    No,
    Yes,
}

fn tests_before_acquire(options: &PoolOptions) -> bool {
    match options.liveness_check {
        Some(LivenessOverride::Always) => true,
        Some(LivenessOverride::Never) => false,
        None => PgPoolOptions::new().get_test_before_acquire(),
    }
}

impl Pool for SqlxPool {
    type Session = SqlxSession;

    fn open(address: &Address, options: &PoolOptions) -> Result<Self, AcquireError> {
        let schema = options.schema.clone();
        let mut pool = PgPoolOptions::new()
            .max_connections(options.size)
            .acquire_timeout(options.acquire_timeout)
            // Connections that come and go would be measured as waits.
            .idle_timeout(None)
            .max_lifetime(None)
            // The same ping as the library's own, where it can be timed.
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let schema = schema.clone();
                Box::pin(async move {
                    if let Some(schema) = &schema {
                        let row = sqlx::raw_sql(PATH).fetch_one(&mut *connection).await?;
                        let found: String = row.try_get(0)?;
                        WrongPath::unless(&found, schema)
                            .map_err(|wrong| sqlx::Error::Configuration(wrong.into()))?;
                    }
                    PARTS.set((AcquireParts::default(), FreshConnection::Yes));
                    Ok(())
                })
            });
        if tests_before_acquire(options) {
            pool = pool.before_acquire(|connection, _| {
                Box::pin(async move {
                    let began = Instant::now();
                    connection.ping().await?;
                    let recycle = began.elapsed().as_nanos() as Nanos;
                    PARTS.set((AcquireParts { create: 0, recycle }, FreshConnection::No));
                    Ok(true)
                })
            });
        }
        let pool = pool.connect_lazy_with(address.sqlx_options(&options.application_name));
        let (connecting, lent) = Default::default();
        Ok(Self { pool, connecting, lent, address: Arc::new(address.clone()) })
    }

    async fn acquire(&self) -> Result<SqlxSession, AcquireError> {
        let asked = Instant::now();
        let had_room = self.pool.size() < self.pool.options().get_max_connections();
        match self.pool.acquire().await {
            Ok(connection) => {
                let (mut parts, made) = PARTS.replace((NOTHING, FreshConnection::No));
                if made == FreshConnection::Yes {
                    // sqlx says when a connection was made and not since when it was being made. With
                    // room in the pool that is the whole acquire; without, what it took before.
                    let whole = asked.elapsed().as_nanos() as Nanos;
                    if had_room {
                        self.connecting.store(whole, Ordering::Relaxed);
                    }
                    parts.create = whole.min(self.connecting.load(Ordering::Relaxed));
                }
                Ok(SqlxSession {
                    connection: Some(connection),
                    in_transaction: false,
                    parts,
                    address: self.address.clone(),
                    _lent: Lent::count(&self.lent),
                })
            }
            Err(sqlx::Error::PoolTimedOut) => Err(AcquireError::TimedOut(self.phase())),
            Err(fault) => Err(AcquireError::Failed(told(&fault, &self.address))),
        }
    }

    fn gauges(&self) -> Gauges {
        Gauges { size: self.pool.size(), idle: self.pool.num_idle() as u32, waiting: None }
    }

    fn identity(options: &PoolOptions) -> String {
        let check = if tests_before_acquire(options) { "on" } else { "off" };
        format!("sqlx {}, test_before_acquire {check}", env!("POOLBENCH_SQLX"))
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}

/// Of an error of the server its code and its message, without the wrapping of the library.
fn told(fault: &sqlx::Error, address: &Address) -> SqlError {
    match fault.as_database_error() {
        Some(told) => {
            let code = told.code().and_then(|code| SqlState::new(&code));
            SqlError::new(address.redact(&in_one_line(told.message()))).coded(code)
        }
        None => SqlError::new(address.redact(&chain(fault))),
    }
}

impl SqlxPool {
    /// Where an acquire ran out of time. sqlx does not say, and tries a connect again until then if the
    /// server refuses it. But a pool of which most connections are not lent was not waited for.
    fn phase(&self) -> AcquirePhase {
        let lent = self.lent.load(Ordering::Relaxed);
        if lent.saturating_mul(2) < self.pool.options().get_max_connections() {
            AcquirePhase::Create
        } else {
            AcquirePhase::Unknown
        }
    }
}

impl SqlxSession {
    fn connection(&mut self) -> Result<&mut sqlx::PgConnection, SqlError> {
        self.connection.as_deref_mut().ok_or_else(|| SqlError::new(GONE))
    }

    fn fault(&self, fault: &sqlx::Error, statement: &str) -> SqlError {
        told(fault, &self.address).at(statement)
    }

    /// A statement without parameters, in one round trip.
    async fn simple(&mut self, text: &'static str) -> Result<(), SqlError> {
        let done = sqlx::raw_sql(text).execute(self.connection()?).await;
        done.map(|_| ()).map_err(|fault| self.fault(&fault, text))
    }
}

fn bound<'q>(sql: &Sql, values: &'q [Value<'_>], sent: Statements) -> Query<'q, Postgres, PgArguments> {
    // The texts are poolbench's own and the scenario's, and values are bound apart from them.
    let query = sqlx::query(AssertSqlSafe(sql.0.clone())).persistent(sent == Statements::Named);
    values.iter().fold(query, |query, value| match *value {
        Value::Integer(value) => query.bind(value),
        Value::Float(value) => query.bind(value),
        Value::Boolean(value) => query.bind(value),
        Value::Text(value) => query.bind(value),
    })
}

impl Session for SqlxSession {
    fn acquire_parts(&self) -> AcquireParts {
        self.parts
    }

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
        let sent = self.address.statements();
        // sqlx prepares and executes in two round trips, which have to reach the same connection.
        let wrapped = sent == Statements::Unnamed && !self.in_transaction;
        if wrapped {
            self.begin().await?;
        }
        let done = match bound(sql, values, sent).execute(self.connection()?).await {
            Ok(done) => Ok(done.rows_affected()),
            Err(fault) => Err(self.fault(&fault, sql.text())),
        };
        match (wrapped, &done) {
            (false, _) => {}
            (true, Ok(_)) => self.commit().await?,
            (true, Err(_)) => self.rollback().await?,
        }
        done
    }

    async fn fetch_id(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<i64>, SqlError> {
        let sent = self.address.statements();
        let row = match bound(sql, values, sent).fetch_optional(self.connection()?).await {
            Ok(row) => row,
            Err(fault) => return Err(self.fault(&fault, sql.text())),
        };
        row.map(|row| row.try_get(0)).transpose().map_err(|fault| self.fault(&fault, sql.text()))
    }
}

impl ReadText for SqlxSession {
    async fn fetch_text(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<String>, SqlError> {
        let sent = self.address.statements();
        let row = match bound(sql, values, sent).fetch_optional(self.connection()?).await {
            Ok(row) => row,
            Err(fault) => return Err(self.fault(&fault, sql.text())),
        };
        row.map(|row| row.try_get(0)).transpose().map_err(|fault| self.fault(&fault, sql.text()))
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
