//! `bb8`, on tokio-postgres.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bb8::{ErrorSink, ManageConnection, PooledConnection, RunError};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

use super::wire::client::{Recipe, WireClient};
use super::wire::{OnLoan, WireSession};
use super::{AcquireError, AcquirePhase, Address, LivenessOverride, Pool, PoolOptions, Sql, SqlError};
use crate::record::{AcquireParts, Gauges, Nanos};

/// A pool of bb8.
#[derive(Debug)]
pub struct Bb8Pool {
    /// The library closes a pool when nobody has it any more; none once this one is closed.
    pool: RefCell<Option<bb8::Pool<Manager>>>,
    address: Arc<Address>,
    refused: Refused,
}

/// What bb8 calls to make a connection and to test one, with both timed.
#[derive(Debug)]
struct Manager(Recipe);

/// A connection, and what getting it was made of.
#[derive(Debug)]
struct Timed {
    client: WireClient,
    parts: AcquireParts,
    /// Nobody is to be lent it again.
    spoilt: bool,
}

/// Why the library could not make a connection, the last time that it tried: it tries again until somebody
/// has waited too long, and tells nobody.
#[derive(Debug, Clone, Default)]
struct Refused(Arc<Mutex<Option<SqlError>>>);

impl Refused {
    fn take(&self) -> Option<SqlError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ErrorSink<SqlError> for Refused {
    fn sink(&self, error: SqlError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn boxed_clone(&self) -> Box<dyn ErrorSink<SqlError>> {
        Box::new(self.clone())
    }
}

impl ManageConnection for Manager {
    type Connection = Timed;
    type Error = SqlError;

    async fn connect(&self) -> Result<Timed, SqlError> {
        let (client, create) = self.0.connect(()).await?;
        Ok(Timed { client, parts: AcquireParts { create, recycle: 0 }, spoilt: false })
    }

    async fn is_valid(&self, timed: &mut Timed) -> Result<(), SqlError> {
        let began = Instant::now();
        let client = timed.client.client();
        let tested = client.simple_query("").await;
        timed.parts.recycle = began.elapsed().as_nanos() as Nanos;
        tested.map(|_| ()).map_err(|fault| SqlError::of_tokio_postgres(&fault, &self.0.address))
    }

    fn has_broken(&self, timed: &mut Timed) -> bool {
        timed.spoilt || timed.client.client().is_closed()
    }
}

/// A connection as bb8 lends it.
#[derive(Debug)]
pub struct Bb8Loan {
    lent: PooledConnection<'static, Manager>,
    /// What this acquire was made of.
    parts: AcquireParts,
}

impl OnLoan for Bb8Loan {
    fn parts(&self) -> AcquireParts {
        self.parts
    }

    fn client(&self) -> &Client {
        self.lent.client.client()
    }

    async fn prepared(&self, sql: &Sql, types: &[Type]) -> Result<Statement, Error> {
        self.lent.client.prepared(sql, types).await
    }

    fn farewell(&self) -> Option<&SqlError> {
        self.lent.client.farewell()
    }

    fn discard(mut self) {
        self.lent.spoilt = true;
    }
}

fn tests_on_check_out(options: &PoolOptions) -> bool {
    match options.liveness_check {
        // The library's own default is to test.
        Some(LivenessOverride::Always) | None => true,
        Some(LivenessOverride::Never) => false,
    }
}

impl Pool for Bb8Pool {
    type Session = WireSession<Bb8Loan>;

    fn open(address: &Address, options: &PoolOptions) -> Result<Self, AcquireError> {
        let config = address.config(&options.application_name);
        let address = Arc::new(address.clone());
        let refused = Refused::default();
        let pool = bb8::Pool::builder()
            .max_size(options.size)
            .connection_timeout(options.acquire_timeout)
            // Connections that come and go would be measured as waits.
            .idle_timeout(None)
            .max_lifetime(None)
            .test_on_check_out(tests_on_check_out(options))
            .error_sink(Box::new(refused.clone()))
            .build_unchecked(Manager(Recipe {
                config,
                address: address.clone(),
                schema: options.schema.clone(),
            }));
        Ok(Self { pool: RefCell::new(Some(pool)), address, refused })
    }

    async fn acquire(&self) -> Result<WireSession<Bb8Loan>, AcquireError> {
        let pool = self.pool.borrow().clone();
        let pool = pool.ok_or_else(|| AcquireError::Failed("the pool is closed".into()))?;
        let asked = Instant::now();
        match pool.get_owned().await {
            Ok(mut lent) => {
                // A connection was made for whoever gets it first; it may have been made before they asked.
                let mut parts = std::mem::take(&mut lent.parts);
                parts.create = parts.create.min(asked.elapsed().as_nanos() as Nanos);
                Ok(WireSession::on(Bb8Loan { lent, parts }, &self.address))
            }
            Err(RunError::User(fault)) => Err(AcquireError::Failed(fault)),
            Err(RunError::TimedOut) => Err(self.timed_out(&pool)),
        }
    }

    fn gauges(&self) -> Gauges {
        let state = self.pool.borrow().as_ref().map(bb8::Pool::state);
        state.map_or_else(Gauges::default, |state| Gauges {
            size: state.connections,
            idle: state.idle_connections,
            waiting: Some(u32::try_from(state.statistics.pending_gets()).unwrap_or(u32::MAX)),
        })
    }

    fn identity(options: &PoolOptions) -> String {
        let check = if tests_on_check_out(options) { "on" } else { "off" };
        format!(
            "bb8 {} on tokio-postgres {}, test_on_check_out {check}",
            env!("POOLBENCH_BB8"),
            env!("POOLBENCH_TOKIO_POSTGRES"),
        )
    }

    async fn close(&self) {
        self.pool.replace(None);
    }
}

impl Bb8Pool {
    /// A pool that could make no connection has not merely been short of one.
    fn timed_out(&self, pool: &bb8::Pool<Manager>) -> AcquireError {
        let full = pool.state().connections >= pool.config().max_size;
        match self.refused.take().filter(|_| !full) {
            Some(refused) => AcquireError::Failed(refused),
            None if full => AcquireError::TimedOut(AcquirePhase::Wait),
            None => AcquireError::TimedOut(AcquirePhase::Create),
        }
    }
}
