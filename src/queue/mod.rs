//! WHERE THE SLOW STEP GOES: a Redis, written to as Redis Queue does, or a delay alone.
//!
//! The queue has a connection of its own and never touches a database connection.

mod address;
mod rq;

use std::io;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::net::{TcpStream, UnixStream};

pub use address::{RedisAddress, RedisAddressError};
pub use rq::QueueName;

use crate::target::Bounded;

/// Where a run's jobs go.
#[derive(Debug, Clone)]
pub struct QueuePlace {
    /// Address of the Redis.
    pub address: RedisAddress,
    /// Name of the run's own queue.
    pub name: QueueName,
}

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
    place: QueuePlace,
    ids: std::cell::RefCell<rq::JobIds>,
}

impl std::fmt::Debug for RedisQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RedisQueue({})", self.place.address)
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
    /// The run's queue is somebody's.
    #[error(
        "the Redis at {place} has a queue \"{name}\" that is not of this run; it is left as it is; run again"
    )]
    Taken {
        /// The address without credentials.
        place: String,
        /// Name of the queue.
        name: String,
    },
}

impl Queue {
    /// Connects to a Redis, or to nothing.
    ///
    /// # Errors
    /// When the Redis does not answer.
    pub async fn connect(place: Option<&QueuePlace>) -> Result<Self, QueueError> {
        match place {
            None => Ok(Self::DelayOnly),
            Some(place) => RedisQueue::connect(place).await.map(Self::Redis),
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

/// How long connecting may take, with the handshake.
const CONNECTING: Duration = Duration::from_secs(5);

/// Opens a stream to a Redis.
async fn dial(place: &redis::ConnectionAddr) -> io::Result<Bounded> {
    match place {
        redis::ConnectionAddr::Tcp(host, port) => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            stream.set_nodelay(true)?;
            Ok(Bounded::new(stream))
        }
        #[cfg(unix)]
        redis::ConnectionAddr::Unix(path) => Ok(Bounded::new(UnixStream::connect(path).await?)),
        _ => Err(io::Error::other("TLS is not spoken; use a tunnel")),
    }
}

fn silent(place: &QueuePlace, limit: Duration) -> QueueError {
    let reason = format!("it did not answer within {} s", limit.as_secs());
    QueueError::Unusable { place: place.address.to_string(), reason }
}

impl RedisQueue {
    /// Connects.
    ///
    /// # Errors
    /// When the Redis does not answer within five seconds.
    pub async fn connect(place: &QueuePlace) -> Result<Self, QueueError> {
        let unusable = |fault: redis::RedisError| place.address.unusable(&fault);
        let info = place.address.info();
        let connecting = async {
            let stream = dial(info.addr()).await?;
            let opened = stream.opened();
            // A slow queue is what the tool is about: it is measured, not cut off.
            let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
            let (mut connection, driver) =
                MultiplexedConnection::new_with_config(info.redis_settings(), stream, config).await?;
            tokio::spawn(driver);
            let _: String = redis::cmd("PING").query_async(&mut connection).await?;
            opened.lift();
            Ok(connection)
        };
        let connected = tokio::time::timeout(CONNECTING, connecting).await;
        let connection = connected.map_err(|_| silent(place, CONNECTING))?.map_err(unusable)?;
        Ok(Self { connection, place: place.clone(), ids: std::cell::RefCell::new(rq::JobIds::new()) })
    }

    async fn enqueue(&self, job: i64) -> Result<(), QueueError> {
        let id = self.ids.borrow_mut().next();
        let mut connection = self.connection.clone();
        let done = rq::enqueue(&mut connection, &self.place.name, id, job).await;
        done.map_err(|fault| self.place.address.unusable(&fault))
    }

    /// Waits for an answer that the run needs and does not measure.
    async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, redis::RedisError>>,
    ) -> Result<T, QueueError> {
        match tokio::time::timeout(ANSWERING, question).await {
            Ok(answer) => answer.map_err(|fault| self.place.address.unusable(&fault)),
            Err(_) => Err(silent(&self.place, ANSWERING)),
        }
    }

    /// The server's version.
    ///
    /// # Errors
    /// When the Redis does not answer within two seconds.
    pub async fn version(&self) -> Result<String, QueueError> {
        let mut connection = self.connection.clone();
        let mut info = redis::cmd("INFO");
        let told: String = self.ask(info.arg("server").query_async(&mut connection)).await?;
        let find = |key: &str| told.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
        Ok(match find("valkey_version:") {
            Some(version) => format!("Valkey {version}"),
            None => format!("Redis {}", find("redis_version:").unwrap_or("of unknown version")),
        })
    }

    /// Takes the queue for this run, which is over when so much time has passed, and removes the
    /// queues of runs that were killed and are over.
    ///
    /// # Errors
    /// When there is a queue of that name, or the Redis does not answer within two seconds.
    pub async fn claim(&self, over: Duration) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        let name = &self.place.name;
        match self.ask(rq::claim(&mut connection, name, over)).await? {
            rq::QueueClaim::Ours => self.ask(rq::clean_up_after_others(&mut connection)).await,
            rq::QueueClaim::Taken => {
                Err(QueueError::Taken { place: self.place.address.to_string(), name: name.name().to_owned() })
            }
        }
    }

    /// Says that the run is not over before so much time has passed.
    ///
    /// # Errors
    /// When the Redis does not answer within two seconds.
    pub async fn renew(&self, over: Duration) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        self.ask(rq::renew(&mut connection, &self.place.name, over)).await
    }

    /// Removes all jobs of the run's queue, and the queue.
    ///
    /// # Errors
    /// When the Redis does not answer within two seconds.
    pub async fn clean_up(&self) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        self.ask(rq::clean_up(&mut connection, &self.place.name)).await
    }
}

/// How long the Redis may take to answer what is not measured.
const ANSWERING: Duration = Duration::from_secs(2);
