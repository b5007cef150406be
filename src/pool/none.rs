//! No pool, as a control: each acquire makes a connection of its own, and each release closes it.
//!
//! There are at most as many at once as a pool of this size has. Without that bound the queue would only
//! move into the server, which refuses whoever is one too many, and there would be nothing to compare
//! with: what differs from a pool is that no connection is kept, and nothing else.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, Statement};

use super::wire::client::{Recipe, WireClient};
use super::wire::{OnLoan, WireSession};
use super::{AcquireError, AcquirePhase, Address, Pool, PoolOptions, Sql, SqlError};
use crate::record::{AcquireParts, Gauges};

/// A pool that keeps nothing.
#[derive(Debug)]
pub struct NoPool {
    recipe: Recipe,
    places: Arc<Semaphore>,
    size: u32,
    acquire_timeout: Duration,
}

/// A connection that is closed when it is given back.
#[derive(Debug)]
pub struct OwnConnection {
    client: WireClient,
    parts: AcquireParts,
}

impl OnLoan for OwnConnection {
    fn parts(&self) -> AcquireParts {
        self.parts
    }

    fn client(&self) -> &Client {
        self.client.client()
    }

    async fn prepared(&self, sql: &Sql, types: &[Type]) -> Result<Statement, Error> {
        self.client.prepared(sql, types).await
    }

    fn farewell(&self) -> Option<&SqlError> {
        self.client.farewell()
    }

    fn discard(self) {}
}

impl Pool for NoPool {
    type Session = WireSession<OwnConnection>;

    fn open(address: &Address, options: &PoolOptions) -> Result<Self, AcquireError> {
        let recipe = Recipe {
            config: address.config(&options.application_name),
            address: Arc::new(address.clone()),
            schema: options.schema.clone(),
        };
        let places = Arc::new(Semaphore::new(options.size as usize));
        Ok(Self { recipe, places, size: options.size, acquire_timeout: options.acquire_timeout })
    }

    async fn acquire(&self) -> Result<WireSession<OwnConnection>, AcquireError> {
        let until = Instant::now() + self.acquire_timeout;
        let place = match timeout_at(until, self.places.clone().acquire_owned()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(AcquireError::Failed("the pool is closed".into())),
            Err(_) => return Err(AcquireError::TimedOut(AcquirePhase::Wait)),
        };
        // The place is free again once the connection is closed, and not before.
        let made = timeout_at(until, self.recipe.connect::<OwnedSemaphorePermit>(place)).await;
        let (client, create) = match made {
            Ok(made) => made.map_err(AcquireError::Failed)?,
            Err(_) => return Err(AcquireError::TimedOut(AcquirePhase::Create)),
        };
        let parts = AcquireParts { create, recycle: 0 };
        Ok(WireSession::on(OwnConnection { client, parts }, &self.recipe.address))
    }

    fn gauges(&self) -> Gauges {
        let free = u32::try_from(self.places.available_permits()).unwrap_or(u32::MAX);
        Gauges { size: self.size.saturating_sub(free), idle: 0, waiting: None }
    }

    fn identity(options: &PoolOptions) -> String {
        format!(
            "no pool: tokio-postgres {} makes a connection for each acquire, at most {} at once",
            env!("POOLBENCH_TOKIO_POSTGRES"),
            options.size,
        )
    }

    async fn close(&self) {
        self.places.close();
    }
}
