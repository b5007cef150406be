//! WHAT ANOTHER APPLICATION DOES: a proxy before its Postgres, which forwards every byte first and reads it on the
//! way.
//!
//! Bytes → `frame` → messages → `session` and `reader` → what was asked and answered (`exchange`) → holds with their
//! gaps (`hold`) → sums (`tally`) → what was [`Seen`], which [`worth`] plays again with connections given back in the
//! gaps. Never kept are passwords, values that are bound to parameters, and literals (`fingerprint`).

mod book;
mod busy_poll;
mod check;
mod comment;
mod conversation;
mod dialect;
mod exchange;
mod fingerprint;
mod frame;
mod guise;
mod hold;
mod kept;
mod kinds;
mod proxy;
mod reach;
mod reader;
mod relay;
mod replay;
mod seen;
mod session;
mod shared;
mod startup;
mod statement;
mod tally;
mod upstream;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use book::StatementId;
pub use check::IdleHold;
pub use conversation::Conversation;
pub use guise::Guise;
pub use hold::{Edge, Evidence};
pub use kept::{Life, Pause, Transaction};
pub use kinds::{TransactionKind, kinds};
pub use replay::{Played, Release, Worth, full_share, worth};
pub use seen::{Connections, Cut, GapSeen, Holds, KeptShare, Level, Seen};
pub use statement::Deeds;
pub use upstream::{Place, Upstream, UpstreamError};

use crate::target::DatabaseUrl;
use proxy::Proxy;
use shared::Shared;

/// A proxy before a Postgres, which sees how long an application holds its connections, and where it does nothing
/// with them. It ends when it is dropped, with all connections through it.
#[derive(Debug)]
pub struct Tap {
    shared: Arc<Shared>,
    address: SocketAddr,
    /// The server's own address with this one in its place, where the server's was given.
    url: Option<DatabaseUrl>,
    _proxy: Proxy,
}

/// Why there is no tap.
#[derive(Debug, thiserror::Error)]
pub enum TapError {
    /// The server's address cannot be used.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The server does not answer.
    #[error("cannot reach the server: {0}; start it, or correct its address")]
    Unreached(io::Error),
    /// Nothing can be heard at the address.
    #[error("cannot listen at {address}: {source}; choose another address")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

impl Tap {
    /// Begins to listen at a free port of this machine, before the server of this URL: what a test gives to its pool is
    /// [`Tap::url`].
    ///
    /// # Errors
    /// When the URL cannot be used, or the server cannot be reached.
    pub async fn start(url: impl Into<DatabaseUrl>) -> Result<Self, TapError> {
        let parts = upstream::Parts::of(&url.into())?;
        let upstream = Upstream::of(parts.said())?;
        reach::connect(&upstream).await.map_err(TapError::Unreached)?;
        let mut tap = Self::open(upstream, LOOPBACK)?;
        tap.url = Some(DatabaseUrl::new(parts.at(tap.address)));
        Ok(tap)
    }

    /// Begins to listen at an address, and forwards to a server.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    pub fn open(upstream: Upstream, listen: SocketAddr) -> Result<Self, TapError> {
        let failed = |source| TapError::Listen { address: listen, source };
        let listener = std::net::TcpListener::bind(listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let shared = Arc::new(Shared::new(threads.get()));
        let proxy = Proxy::start(listener, upstream, shared.clone(), threads).map_err(failed)?;
        Ok(Self { shared, address, url: None, _proxy: proxy })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that an application connects to, written as the server's was, with its credentials; empty for a tap
    /// that was opened without one.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_ref().map_or("", DatabaseUrl::expose)
    }

    /// That no connection was held for as long as this without SQL: for tests of an application.
    ///
    /// # Panics
    /// When one was, with the statements before and after the longest gap; and when no transaction was seen at all.
    #[track_caller]
    pub fn assert_idle_hold_below(&self, limit: Duration) {
        if let Err(found) = self.report().idle_hold_below(limit) {
            panic!("{found}");
        }
    }

    /// What was seen until now; holds under way count as long as they have been.
    #[must_use]
    pub fn report(&self) -> Seen {
        Seen::of(&self.shared)
    }

    /// Whether a connection is open through it.
    #[must_use]
    pub fn connections_open(&self) -> u32 {
        self.shared.open.now()
    }
}

/// The text of a statement without literals and comments, as it is kept in what a tap saw.
#[must_use]
pub fn fingerprint_of(statement: &str) -> String {
    fingerprint::fingerprint(statement.as_bytes(), fingerprint::Backslash::Plain).text
}

/// An address on this machine, at a port that is free.
pub const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A value that a thread left in the middle of a change is still a value.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
