//! WHERE THE SLOW STEP GOES: a Redis, written to as Redis Queue does, or a delay alone.
//!
//! The queue has a connection of its own and never touches a database connection.

mod address;
mod rq;

use redis::aio::MultiplexedConnection;

pub use address::{RedisAddress, RedisAddressError};
pub use rq::QUEUE_NAME;

use crate::target::RedisUrl;

/// What an enqueue talks to.
#[derive(Debug)]
pub enum Queue {
    /// A Redis, over one multiplexed connection.
    Redis(RedisQueue),
    /// Nothing: the step is its delay alone.
    DelayOnly,
}

/// A connection to a Redis, for one lane.
pub struct RedisQueue {
    connection: MultiplexedConnection,
    address: RedisAddress,
    ids: std::cell::RefCell<rq::JobIds>,
}

impl std::fmt::Debug for RedisQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RedisQueue({})", self.address)
    }
}

/// Why the queue did not take a job, in words without credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// Its address cannot be used.
    #[error(transparent)]
    Address(#[from] RedisAddressError),
    /// The Redis cannot be used.
    #[error("cannot use the Redis at {place}: {reason}")]
    Unusable {
        /// The address without credentials.
        place: String,
        /// What the driver said.
        reason: String,
    },
    /// The scenario asked for this failure.
    #[error("the queue refused the job (as the scenario's fail-share asks)")]
    Asked,
}

impl Queue {
    /// Connects to a Redis, or to nothing.
    ///
    /// # Errors
    /// When the Redis does not answer.
    pub async fn connect(url: Option<&RedisUrl>) -> Result<Self, QueueError> {
        match url {
            None => Ok(Self::DelayOnly),
            Some(url) => RedisQueue::connect(url).await.map(Self::Redis),
        }
    }

    /// Hands a job to the queue.
    ///
    /// # Errors
    /// When the Redis does not take it.
    pub async fn enqueue(&self, job: i64) -> Result<(), QueueError> {
        match self {
            Self::DelayOnly => Ok(()),
            // On the heap: it is large, and short beside the wait that follows it in the same request.
            Self::Redis(redis) => Box::pin(redis.enqueue(job)).await,
        }
    }
}

impl RedisQueue {
    /// Connects.
    ///
    /// # Errors
    /// When the address cannot be used, or the Redis does not answer within five seconds.
    pub async fn connect(url: &RedisUrl) -> Result<Self, QueueError> {
        let address = RedisAddress::parse(url)?;
        let unusable = |fault: redis::RedisError| address.unusable(&fault);
        let client = redis::Client::open(address.info().clone()).map_err(unusable)?;
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(std::time::Duration::from_secs(5)))
            // A slow queue is what the tool is about: it is measured, not cut off.
            .set_response_timeout(None);
        let connection =
            client.get_multiplexed_async_connection_with_config(&config).await.map_err(unusable)?;
        Ok(Self { connection, address, ids: std::cell::RefCell::new(rq::JobIds::new()) })
    }

    async fn enqueue(&self, job: i64) -> Result<(), QueueError> {
        let id = self.ids.borrow_mut().next();
        let mut connection = self.connection.clone();
        let done = rq::enqueue(&mut connection, id, job).await;
        done.map_err(|fault| self.address.unusable(&fault))
    }

    /// The server's version.
    ///
    /// # Errors
    /// When the Redis does not answer.
    pub async fn version(&self) -> Result<String, QueueError> {
        let mut connection = self.connection.clone();
        let told: Result<String, _> = redis::cmd("INFO").arg("server").query_async(&mut connection).await;
        let told = told.map_err(|fault| self.address.unusable(&fault))?;
        let find = |key: &str| told.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
        Ok(match find("valkey_version:") {
            Some(version) => format!("Valkey {version}"),
            None => format!("Redis {}", find("redis_version:").unwrap_or("of unknown version")),
        })
    }

    /// Removes all jobs of poolbench's queue, and the queue.
    ///
    /// # Errors
    /// When the Redis does not answer.
    pub async fn clean_up(&self) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        rq::clean_up(&mut connection).await.map_err(|fault| self.address.unusable(&fault))
    }
}
