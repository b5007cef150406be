//! Whose connections: pool libraries, their settings, and fleets of pools.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Settings of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// Connections; 1 to 10,000.
    pub size: u32,
    /// Longest wait for a connection, nominal.
    pub acquire_timeout: Duration,
    /// Whether a connection is tested before it is lent.
    pub liveness_check: LivenessCheck,
}

/// Whether a pool tests a connection with a round trip before it lends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LivenessCheck {
    /// As the library does when nobody says otherwise: sqlx and bb8 do, deadpool does not.
    LibraryDefault,
    /// Before every acquire.
    Always,
    /// Never.
    Never,
}

impl LivenessCheck {
    /// The word in scenario files and records.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::LibraryDefault => "library-default",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// A pool that poolbench can drive: a library, with its test on acquire as the scenario says, or always or
/// never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolKind {
    /// The library.
    pub library: PoolLibrary,
    /// Whether it tests a connection before it lends it, whatever the scenario says.
    pub test: PoolTest,
    /// What its connections lead to.
    pub via: Via,
}

/// What the connections of a pool lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Via {
    /// The Postgres itself.
    Direct,
    /// A PgBouncer that keeps a server's connection for a client until the client disconnects.
    PgBouncerSession,
    /// A PgBouncer that takes a server's connection back at the end of each transaction.
    PgBouncerTransaction,
}

/// A pool library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PoolLibrary {
    /// `sqlx::PgPool`.
    Sqlx,
    /// `deadpool-postgres`.
    Deadpool,
    /// `bb8`, on tokio-postgres.
    Bb8,
    /// No pool, as a control: each acquire makes a connection of its own.
    None,
}

/// Whether a pool tests a connection before it lends it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PoolTest {
    /// As the scenario's liveness-check says.
    AsTheScenario,
    /// Before every acquire.
    Always,
    /// Never.
    Never,
}

/// The pools that are named in short: each library as the scenario sets it up.
pub const POOLS: [PoolKind; 4] = [
    of(PoolLibrary::Sqlx, PoolTest::AsTheScenario),
    of(PoolLibrary::Deadpool, PoolTest::AsTheScenario),
    of(PoolLibrary::Bb8, PoolTest::AsTheScenario),
    of(PoolLibrary::None, PoolTest::AsTheScenario),
];

/// What `--pools all` stands for: each library with and without its test, and no pool.
pub const EVERY_POOL: [PoolKind; 7] = [
    of(PoolLibrary::Sqlx, PoolTest::Always),
    of(PoolLibrary::Sqlx, PoolTest::Never),
    of(PoolLibrary::Deadpool, PoolTest::Always),
    of(PoolLibrary::Deadpool, PoolTest::Never),
    of(PoolLibrary::Bb8, PoolTest::Always),
    of(PoolLibrary::Bb8, PoolTest::Never),
    of(PoolLibrary::None, PoolTest::AsTheScenario),
];

/// Pools in front of a PgBouncer, which have to be named.
pub const BEHIND_PGBOUNCER: [PoolKind; 8] = [
    through(PoolLibrary::Sqlx, Via::PgBouncerSession),
    through(PoolLibrary::Sqlx, Via::PgBouncerTransaction),
    through(PoolLibrary::Deadpool, Via::PgBouncerSession),
    through(PoolLibrary::Deadpool, Via::PgBouncerTransaction),
    through(PoolLibrary::Bb8, Via::PgBouncerSession),
    through(PoolLibrary::Bb8, Via::PgBouncerTransaction),
    through(PoolLibrary::None, Via::PgBouncerSession),
    through(PoolLibrary::None, Via::PgBouncerTransaction),
];

const fn of(library: PoolLibrary, test: PoolTest) -> PoolKind {
    PoolKind { library, test, via: Via::Direct }
}

const fn through(library: PoolLibrary, via: Via) -> PoolKind {
    PoolKind { library, test: PoolTest::AsTheScenario, via }
}

impl PoolKind {
    /// The name in scenario files, tables and charts: that of the crate, and whether it tests where the
    /// scenario does not say so.
    #[must_use]
    pub fn name(self) -> &'static str {
        match (self.library, self.test) {
            (library, _) if self.via != Via::Direct => match (library, self.via) {
                (PoolLibrary::Sqlx, Via::PgBouncerTransaction) => "sqlx-pgbouncer-transaction",
                (PoolLibrary::Sqlx, _) => "sqlx-pgbouncer-session",
                (PoolLibrary::Deadpool, Via::PgBouncerTransaction) => {
                    "deadpool-postgres-pgbouncer-transaction"
                }
                (PoolLibrary::Deadpool, _) => "deadpool-postgres-pgbouncer-session",
                (PoolLibrary::Bb8, Via::PgBouncerTransaction) => "bb8-pgbouncer-transaction",
                (PoolLibrary::Bb8, _) => "bb8-pgbouncer-session",
                (PoolLibrary::None, Via::PgBouncerTransaction) => "none-pgbouncer-transaction",
                (PoolLibrary::None, _) => "none-pgbouncer-session",
            },
            (PoolLibrary::Sqlx, PoolTest::AsTheScenario) => "sqlx",
            (PoolLibrary::Sqlx, PoolTest::Always) => "sqlx-tested",
            (PoolLibrary::Sqlx, PoolTest::Never) => "sqlx-untested",
            (PoolLibrary::Deadpool, PoolTest::AsTheScenario) => "deadpool-postgres",
            (PoolLibrary::Deadpool, PoolTest::Always) => "deadpool-postgres-tested",
            (PoolLibrary::Deadpool, PoolTest::Never) => "deadpool-postgres-untested",
            (PoolLibrary::Bb8, PoolTest::AsTheScenario) => "bb8",
            (PoolLibrary::Bb8, PoolTest::Always) => "bb8-tested",
            (PoolLibrary::Bb8, PoolTest::Never) => "bb8-untested",
            // There is nothing to test: each connection is new.
            (PoolLibrary::None, _) => "none",
        }
    }
}

impl fmt::Display for PoolKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no pool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no pool library has this name; there are \"sqlx\", \"deadpool-postgres\" and \"bb8\", each also with -tested or \
     -untested behind it, and \"none\"; each also with -pgbouncer-session or -pgbouncer-transaction behind it"
)]
pub struct UnknownPool;

impl FromStr for PoolKind {
    type Err = UnknownPool;

    fn from_str(text: &str) -> Result<Self, UnknownPool> {
        POOLS
            .into_iter()
            .chain(EVERY_POOL)
            .chain(BEHIND_PGBOUNCER)
            .find(|pool| pool.name() == text)
            .ok_or(UnknownPool)
    }
}

/// Many pools of the same size, to which requests are routed. Only the twin plays one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fleet {
    /// How many pools.
    pub pools: u32,
    /// How a request finds its pool.
    pub routing: Routing,
}

/// How a request finds its pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routing {
    /// Any pool, each as likely.
    Random,
    /// One pool after the other.
    RoundRobin,
    /// The pool with the fewest connections in use and requests waiting; of several, the one that
    /// came to that number first.
    LeastLoaded,
}

impl Routing {
    /// The word in scenario files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::RoundRobin => "round-robin",
            Self::LeastLoaded => "least-loaded",
        }
    }
}

impl FromStr for Routing {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Random, Self::RoundRobin, Self::LeastLoaded];
        let found = all.into_iter().find(|routing| routing.word() == text);
        found.ok_or("write one of random, round-robin, least-loaded")
    }
}
