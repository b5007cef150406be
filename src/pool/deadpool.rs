//! `deadpool-postgres`.

mod listening;

use std::sync::Arc;
use std::time::Instant;

use deadpool::managed::{self, Metrics, RecycleResult};

use deadpool::managed::{PoolError, RecycleError};
use deadpool_postgres::{ClientWrapper, ManagerConfig, RecyclingMethod, Runtime, TimeoutType};
use tokio_postgres::Statement;
use tokio_postgres::types::Type;

use self::listening::Listening;
use super::address::chain;
use super::path::{WrongPath, path};
use super::wire::farewell::Farewell;
use super::wire::{OnLoan, WireSession};
use super::{AcquireError, AcquirePhase, Address, LivenessOverride, Pool, PoolOptions, Sql, SqlError};
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
        let farewell = listening::of_the_one_just_made();
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

/// A connection as deadpool lends it.
#[derive(Debug)]
pub struct DeadpoolLoan(Client);

impl OnLoan for DeadpoolLoan {
    fn parts(&self) -> AcquireParts {
        self.0.parts
    }

    fn client(&self) -> &tokio_postgres::Client {
        &self.0.client
    }

    async fn prepared(&self, sql: &Sql, types: &[Type]) -> Result<Statement, tokio_postgres::Error> {
        self.0.client.prepare_typed_cached(sql.text(), types).await
    }

    fn farewell(&self) -> Option<&SqlError> {
        self.0.farewell.get()
    }

    fn discard(self) {
        drop(Client::take(self.0));
    }
}

fn recycling(options: &PoolOptions) -> RecyclingMethod {
    match options.liveness_check {
        Some(LivenessOverride::Always) => RecyclingMethod::Verified,
        Some(LivenessOverride::Never) => RecyclingMethod::Fast,
        None => RecyclingMethod::default(),
    }
}

impl Pool for DeadpoolPool {
    type Session = WireSession<DeadpoolLoan>;

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

    async fn acquire(&self) -> Result<WireSession<DeadpoolLoan>, AcquireError> {
        match self.pool.get().await {
            Ok(client) => Ok(WireSession::on(DeadpoolLoan(client), &self.address)),
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
