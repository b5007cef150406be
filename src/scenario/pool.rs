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
    /// As the library does when nobody says otherwise: sqlx does, deadpool does not.
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

/// A pool library that poolbench can drive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PoolKind {
    /// `sqlx::PgPool`.
    Sqlx,
    /// `deadpool-postgres`.
    Deadpool,
}

/// All pool libraries.
pub const POOLS: [PoolKind; 2] = [PoolKind::Sqlx, PoolKind::Deadpool];

impl PoolKind {
    /// The name in scenario files, tables and charts: that of the crate.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlx => "sqlx",
            Self::Deadpool => "deadpool-postgres",
        }
    }
}

impl fmt::Display for PoolKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no pool library.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no pool library has this name; there are \"sqlx\" and \"deadpool-postgres\"")]
pub struct UnknownPool;

impl FromStr for PoolKind {
    type Err = UnknownPool;

    fn from_str(text: &str) -> Result<Self, UnknownPool> {
        POOLS.into_iter().find(|pool| pool.name() == text).ok_or(UnknownPool)
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
