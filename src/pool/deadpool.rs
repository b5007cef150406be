//! `deadpool-postgres`.

mod farewell;

use std::sync::Arc;
use std::time::Instant;

use deadpool::managed::{self, Metrics, RecycleResult};

use deadpool::managed::{PoolError, RecycleError};
use deadpool_postgres::{ClientWrapper, ManagerConfig, RecyclingMethod, Runtime, TimeoutType};
use tokio_postgres::types::{ToSql, Type};

use self::farewell::{Farewell, Listening};
use super::address::chain;
use super::error::GONE;
use super::path::{WrongPath, path};
use super::types::type_of;
use super::{
    AcquireError, AcquirePhase, Address, LivenessOverride, Pool, PoolOptions, ReadText, Session, Sql,
    SqlError, Value,
};
use crate::record::{AcquireParts, Gauges, Nanos};

/// A pool of deadpool-postgres.
#[derive(Debug)]
pub struct DeadpoolPool {
    pool: managed::Pool<TimedManager>,
    address: Arc<Address>,
}

/// The library's own manager, with its two jobs timed.
#[derive(Debug)]
struct TimedManager {
    inner: deadpool_postgres::Manager,
    /// The schema that unqualified names have to mean on every new connection.
    schema: Option<Arc<str>>,
}

/// Why a connection cannot be made or used again.
#[derive(Debug, thiserror::Error)]
enum ManagerFault {
    #[error(transparent)]
    Driver(#[from] tokio_postgres::Error),
    #[error(transparent)]
    Path(#[from] WrongPath),
}

/// A connection, and what getting it was made of.
#[derive(Debug)]
struct Timed {
    client: ClientWrapper,
    parts: AcquireParts,
    /// Why the connection ended, if it did while nobody used it.
    farewell: Farewell,
}

type Client = managed::Object<TimedManager>;

impl managed::Manager for TimedManager {
    type Type = Timed;
    type Error = ManagerFault;

    async fn create(&self) -> Result<Timed, ManagerFault> {
        let began = Instant::now();
        let client = managed::Manager::create(&self.inner).await?;
        if let Some(schema) = &self.schema {
            WrongPath::unless(&path(&client).await?, schema)?;
        }
        let create = began.elapsed().as_nanos() as Nanos;
        let farewell = farewell::of_the_one_just_made();
        Ok(Timed { client, parts: AcquireParts { create, recycle: 0 }, farewell })
    }

    async fn recycle(&self, timed: &mut Timed, metrics: &Metrics) -> RecycleResult<ManagerFault> {
        let began = Instant::now();
        let done = managed::Manager::recycle(&self.inner, &mut timed.client, metrics).await;
        timed.parts = AcquireParts { create: 0, recycle: began.elapsed().as_nanos() as Nanos };
        done.map_err(|fault| match fault {
            RecycleError::Message(words) => RecycleError::Message(words),
            RecycleError::Backend(fault) => RecycleError::Backend(fault.into()),
        })
    }

    fn detach(&self, timed: &mut Timed) {
        managed::Manager::detach(&self.inner, &mut timed.client);
    }
}

/// A connection of deadpool-postgres.
#[derive(Debug)]
pub struct DeadpoolSession {
    /// Taken when dropped inside a transaction.
    client: Option<Client>,
    in_transaction: bool,
    address: Arc<Address>,
}

fn recycling(options: &PoolOptions) -> RecyclingMethod {
    match options.liveness_check {
        Some(LivenessOverride::Always) => RecyclingMethod::Verified,
        Some(LivenessOverride::Never) => RecyclingMethod::Fast,
        None => RecyclingMethod::default(),
    }
}

impl Pool for DeadpoolPool {
    type Session = DeadpoolSession;

    fn open(address: &Address, options: &PoolOptions) -> Result<Self, AcquireError> {
        let inner = deadpool_postgres::Manager::from_connect(
            address.config(&options.application_name),
            Listening(address.clone()),
            ManagerConfig { recycling_method: recycling(options) },
        );
        let manager = TimedManager { inner, schema: options.schema.clone() };
        let pool = managed::Pool::builder(manager)
            .max_size(options.size as usize)
            .wait_timeout(Some(options.acquire_timeout))
            .create_timeout(Some(options.acquire_timeout))
            .recycle_timeout(Some(options.acquire_timeout))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|fault| AcquireError::Failed(chain(&fault).into()))?;
        Ok(Self { pool, address: Arc::new(address.clone()) })
    }

    async fn acquire(&self) -> Result<DeadpoolSession, AcquireError> {
        match self.pool.get().await {
            Ok(client) => Ok(DeadpoolSession {
                client: Some(client),
                in_transaction: false,
                address: self.address.clone(),
            }),
            Err(PoolError::Timeout(phase)) => Err(AcquireError::TimedOut(match phase {
                TimeoutType::Wait => AcquirePhase::Wait,
                TimeoutType::Create => AcquirePhase::Create,
                TimeoutType::Recycle => AcquirePhase::Recycle,
            })),
            Err(PoolError::Backend(fault)) => Err(AcquireError::Failed(match fault {
                ManagerFault::Driver(fault) => SqlError::of_tokio_postgres(&fault, &self.address),
                ManagerFault::Path(wrong) => SqlError::new(wrong.to_string()),
            })),
            Err(fault) => Err(AcquireError::Failed(self.address.redact(&chain(&fault)).into())),
        }
    }

    fn gauges(&self) -> Gauges {
        let status = self.pool.status();
        Gauges {
            size: status.size as u32,
            idle: status.available as u32,
            waiting: Some(status.waiting as u32),
        }
    }

    fn identity(options: &PoolOptions) -> String {
        format!(
            "deadpool-postgres {} on tokio-postgres {}, recycling {:?}",
            env!("POOLBENCH_DEADPOOL_POSTGRES"),
            env!("POOLBENCH_TOKIO_POSTGRES"),
            recycling(options),
        )
    }

    async fn close(&self) {
        self.pool.close();
    }
}

impl DeadpoolSession {
    fn client(&self) -> Result<&ClientWrapper, SqlError> {
        self.client.as_ref().map(|timed| &timed.client).ok_or_else(|| SqlError::new(GONE))
    }

    fn fault(&self, fault: &tokio_postgres::Error, statement: &str) -> SqlError {
        let farewell = self.client.as_ref().and_then(|timed| timed.farewell.get());
        let told = match farewell.filter(|_| fault.is_closed()) {
            Some(farewell) => farewell.clone(),
            None => SqlError::of_tokio_postgres(fault, &self.address),
        };
        told.at(statement)
    }

    /// A statement without parameters, in one round trip.
    async fn simple(&self, text: &'static str) -> Result<(), SqlError> {
        // On the heap: it is a third of what a request in flight would take of the memory.
        let done = Box::pin(self.client()?.batch_execute(text)).await;
        done.map_err(|fault| self.fault(&fault, text))
    }
}

/// The statement, prepared once per connection, with parameter types that the values fix.
async fn prepared(
    client: &ClientWrapper,
    sql: &Sql,
    values: &[Value<'_>],
) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
    let types: Vec<Type> = values.iter().map(type_of).collect();
    client.prepare_typed_cached(sql.text(), &types).await
}

fn parameters<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    let parameters = values.iter().map(|value| -> &(dyn ToSql + Sync) {
        match value {
            Value::Integer(value) => value,
            Value::Float(value) => value,
            Value::Boolean(value) => value,
            Value::Text(value) => value,
        }
    });
    parameters.collect()
}

impl Session for DeadpoolSession {
    fn acquire_parts(&self) -> AcquireParts {
        self.client.as_ref().map(|timed| timed.parts).unwrap_or_default()
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
        let client = self.client()?;
        let run = async {
            let statement = prepared(client, sql, values).await?;
            client.execute(&statement, &parameters(values)).await
        };
        run.await.map_err(|fault| self.fault(&fault, sql.text()))
    }

    async fn fetch_id(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<i64>, SqlError> {
        let client = self.client()?;
        let run = async {
            let statement = prepared(client, sql, values).await?;
            let row = client.query_opt(&statement, &parameters(values)).await?;
            row.map(|row| row.try_get(0)).transpose()
        };
        run.await.map_err(|fault| self.fault(&fault, sql.text()))
    }
}

impl ReadText for DeadpoolSession {
    async fn fetch_text(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<String>, SqlError> {
        let client = self.client()?;
        let run = async {
            let statement = prepared(client, sql, values).await?;
            let row = client.query_opt(&statement, &parameters(values)).await?;
            row.map(|row| row.try_get(0)).transpose()
        };
        run.await.map_err(|fault| self.fault(&fault, sql.text()))
    }
}

impl Drop for DeadpoolSession {
    /// A request that is cut off inside a transaction must not pass it on to the next one.
    fn drop(&mut self) {
        if self.in_transaction
            && let Some(client) = self.client.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                if client.client.batch_execute("rollback").await.is_err() {
                    drop(Client::take(client));
                }
            });
        }
    }
}
