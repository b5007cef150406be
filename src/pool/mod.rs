//! WHOSE CONNECTIONS: one trait over the pool libraries, and one file for each of them.
//!
//! Only the files of this room import a driver. A lane runs on a thread of its own, so nothing
//! here asks for `Send`, and no operation is a boxed future.

mod address;
// The tests and benches look at servers with it.
#[doc(hidden)]
pub mod admin;
mod error;
// The build script reads lock files with it; here it is tested.
#[cfg(test)]
mod lock;
mod path;
mod pooler;
mod types;
mod wire;

pub mod bb8;
pub mod deadpool;
pub mod none;
pub mod noop;
pub mod sqlx;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

pub use address::{Address, AddressError};
pub use error::{AcquireError, AcquirePhase, SqlError};
pub use path::WrongPath;
pub use pooler::{PoolerConsole, PoolerState};

use crate::record::{AcquireParts, Gauges};

/// How a pool is to be set up; the same for every library. Times are real, not nominal.
#[derive(Debug, Clone)]
pub struct PoolOptions {
    /// The most connections that the pool opens.
    pub size: u32,
    /// Longest wait for a connection.
    pub acquire_timeout: Duration,
    /// Whether a connection is tested before it is lent; the library's own default otherwise.
    pub liveness_check: Option<LivenessOverride>,
    /// What the server shows as the application's name, to tell the lanes apart.
    pub application_name: String,
    /// The schema that unqualified names have to mean on every new connection; none where no
    /// statement has such names. A connection on which they mean something else is refused.
    pub schema: Option<Arc<str>>,
}

impl Default for PoolOptions {
    /// Twenty connections and a timeout of thirty seconds, as the libraries do otherwise.
    fn default() -> Self {
        Self {
            size: 20,
            acquire_timeout: Duration::from_secs(30),
            liveness_check: None,
            application_name: String::new(),
            schema: None,
        }
    }
}

/// Whether a connection is tested with a round trip before it is lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LivenessOverride {
    /// Before every acquire.
    Always,
    /// Never.
    Never,
}

/// A pool of connections to one Postgres.
pub trait Pool: Sized + 'static {
    /// A connection on loan. Dropping it gives it back; an open transaction is rolled back first.
    type Session: Session;

    /// Sets up a pool. No connection is made yet.
    ///
    /// # Errors
    /// When the settings make no pool.
    fn open(address: &Address, options: &PoolOptions) -> Result<Self, AcquireError>;

    /// Waits for a connection, at most as long as the acquire timeout.
    fn acquire(&self) -> impl Future<Output = Result<Self::Session, AcquireError>>;

    /// What the pool says of itself.
    fn gauges(&self) -> Gauges;

    /// The library, its version, and the settings in force.
    fn identity(options: &PoolOptions) -> String;

    /// Closes the pool and its connections.
    fn close(&self) -> impl Future<Output = ()>;
}

/// A connection on loan from a pool, with at most one open transaction.
pub trait Session: 'static {
    /// What getting this connection was made of, apart from waiting for it. Each pool adapter times
    /// this where the library lets it; it is the only time that is read outside the load.
    fn acquire_parts(&self) -> AcquireParts;

    /// Opens a transaction.
    fn begin(&mut self) -> impl Future<Output = Result<(), SqlError>>;

    /// Commits the open transaction.
    fn commit(&mut self) -> impl Future<Output = Result<(), SqlError>>;

    /// Gives up the open transaction.
    fn rollback(&mut self) -> impl Future<Output = Result<(), SqlError>>;

    /// Runs a statement; answers the rows returned or affected.
    fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> impl Future<Output = Result<u64, SqlError>>;

    /// Runs a statement; answers the first column of its first row, a `bigint`.
    fn fetch_id(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Option<i64>, SqlError>>;
}

/// A connection that can be asked for a text. The load never does, so a pool that is only driven needs
/// no such sessions.
pub trait ReadText: Session {
    /// Runs a statement; answers the first column of its first row, a `text`.
    fn fetch_text(
        &mut self,
        sql: &Sql,
        values: &[Value<'_>],
    ) -> impl Future<Output = Result<Option<String>, SqlError>>;
}

/// The text of a statement. Values never stand in it: they go as parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql(Arc<str>);

impl Sql {
    /// Wraps the text of a statement.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text of the statement.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// A parameter of a statement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// A `bigint`.
    Integer(i64),
    /// A `double precision`.
    Float(f64),
    /// A `boolean`.
    Boolean(bool),
    /// A `text`.
    Text(&'a str),
}

/// An identifier for the text of a statement, where parameters cannot stand.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
