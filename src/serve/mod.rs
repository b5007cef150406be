//! THE JOB SERVICE OVER HTTP: the same service that the load drives, for anybody's client.
//!
//! [`router`] handles HTTP and nothing else. It hands what was asked to a [`desk`], behind which the
//! service of [`crate::jobs`] plays its moves on a thread of its own world: sessions stay there. What
//! each request does is told to [`metrics`] and to the [`journal`].

mod answer;
mod desk;
mod journal;
mod metrics;
mod observer;
mod router;
mod sockets;
#[cfg(test)]
mod tests;

use std::io::Write;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use crate::arrivals::RequestSeeds;
use crate::jobs::service::{Play, Service};
use crate::pool::{Pool, ReadText};
use desk::{Desk, Shop};
use journal::Journal;
use metrics::Metrics;

/// What the service is told from outside.
#[derive(Debug)]
pub(crate) struct Serving {
    /// What one submission does.
    pub(crate) play: Arc<Play>,
    /// Connections in the pool.
    pub(crate) connections: u32,
    /// Longest wait for a connection, as driven: what a client is told to wait before it comes again.
    pub(crate) acquire_timeout: Duration,
    /// Seed of the draws that decide which steps fail.
    pub(crate) seeds: RequestSeeds,
    /// How long what is in flight may go on after the stop before it is compensated.
    pub(crate) grace: Duration,
    /// Whether a line is written for each request and database operation.
    pub(crate) lines: Lines,
}

/// Whether lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lines {
    /// One for each request and each database operation.
    Each,
    /// None.
    None,
}

/// What came of serving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Served {
    /// Requests that were in flight at the stop and ended by themselves.
    pub(crate) finished: u64,
    /// Requests that were stopped before the end of their time, and compensated.
    pub(crate) compensated: u64,
    /// Requests that were given up: the database did not answer.
    pub(crate) given_up: u64,
}

/// How long compensating may take, beside the acquire timeout.
const COMPENSATING: Duration = Duration::from_secs(5);

/// How long sockets may take to be told the last answers.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// Serves until it is told to stop, then finishes or compensates what is in flight. To be run on a
/// single-threaded runtime in a local set.
pub(crate) async fn serve<P: Pool<Session: ReadText>>(
    listener: TcpListener,
    service: Service<P>,
    serving: Serving,
    log: Box<dyn Write + Send>,
    stopped: impl Future<Output = ()>,
) -> Served {
    let metrics = Arc::new(Metrics::new(serving.connections));
    let journal = Journal::start(log, serving.lines);
    let (grace, acquire_timeout) = (serving.grace, serving.acquire_timeout);
    let shop = Rc::new(Shop::new(service, serving, metrics.clone(), journal.clone()));
    let (desk, attending) = Desk::open(shop.clone());
    let router = router::router(desk.clone(), metrics, journal.clone(), acquire_timeout);
    let sockets = sockets::accept(listener, router, stopped).await;
    let served = attending.close(grace, acquire_timeout + COMPENSATING).await;
    sockets.close(LAST_ANSWERS).await;
    let _ = tokio::time::timeout(LAST_ANSWERS, shop.close()).await;
    journal.end();
    served
}

/// Whether only this machine can reach an address.
pub(crate) fn is_local(address: &SocketAddr) -> bool {
    address.ip().is_loopback()
}
