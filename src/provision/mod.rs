//! Where the servers come from: a throw-away Postgres, Redis or PgBouncer from the programs on this machine.
//!
//! A server lives in a private folder and listens on the loopback address alone. Dropping its
//! handle stops it and removes the folder. Should poolbench die without dropping anything, by
//! `kill -9` for one, a small shell that was started before the server does the same; `reaper.rs`
//! says how.
//!
//! Everything here blocks and needs no runtime. Starting takes about a second for Postgres, most
//! of it `initdb`, and some milliseconds for Redis.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

mod account;
mod find;
mod pgbouncer;
mod port;
mod postgres;
mod process;
mod reaper;
mod redis;
mod temp_server;

pub use pgbouncer::{Front, PgBouncerServer, PoolMode};
pub use postgres::{Durability, PostgresServer};
pub use redis::RedisServer;

/// A kind of server that can be started from the programs on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerKind {
    /// PostgreSQL: the programs `initdb` and `postgres`.
    Postgres,
    /// Redis or Valkey: the program `redis-server` or `valkey-server`.
    Redis,
    /// PgBouncer: the program `pgbouncer`.
    PgBouncer,
}

impl ServerKind {
    /// Where its programs are on this machine: the folder of `initdb` and `postgres`, or the
    /// program `redis-server` or `valkey-server` itself.
    ///
    /// # Errors
    /// When there are none, or none that the account which would run them can reach.
    pub fn find(self) -> Result<PathBuf, ProvisionError> {
        let account = account::Account::for_servers()?;
        match self {
            Self::Postgres => find::postgres(account.as_ref()),
            Self::Redis => find::redis(account.as_ref()),
            Self::PgBouncer => find::pgbouncer(account.as_ref()),
        }
    }

    /// The three ways out when there is none, a line each.
    fn ways_out(self) -> &'static str {
        match self {
            Self::Postgres => {
                "  install one    sudo apt-get install -y postgresql
                 brew install postgresql@17
  use your own   poolbench run --database-url postgres://user:password@host:5432/database
  a container    docker compose up --detach --wait
                 poolbench run --database-url postgres://postgres:poolbench@127.0.0.1:55432/poolbench"
            }
            Self::Redis => {
                "  install one    sudo apt-get install -y redis-server
                 brew install redis
  use your own   poolbench run --redis-url redis://:password@host:6379/0
  a container    docker compose up --detach --wait
                 poolbench run --redis-url redis://:poolbench@127.0.0.1:56379/0"
            }
            Self::PgBouncer => {
                "  install one    sudo apt-get install -y pgbouncer
                 brew install pgbouncer
  without it     poolbench run --pools sqlx,deadpool-postgres,bb8,none"
            }
        }
    }
}

impl fmt::Display for ServerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Redis => "Redis",
            Self::PgBouncer => "PgBouncer",
        })
    }
}

/// Why there is no server. No message holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProvisionError {
    /// The server's programs are not on this machine.
    #[error("no {0} server found on this machine; any of these helps:\n{ways}", ways = .0.ways_out())]
    NotFound(ServerKind),

    /// `PG_BINDIR` names a folder that does not hold the programs.
    #[error("PG_BINDIR is {0}, which does not hold both initdb and postgres; correct or unset it")]
    BinDir(PathBuf),

    /// The programs are there, but not for the account that would run them.
    #[error(
        "{kind} is in {folder}, which the account \"{account}\" cannot enter, and servers do not run as root; \
         install it system-wide or run poolbench as another user"
    )]
    OutOfReach {
        /// The kind of server.
        kind: ServerKind,
        /// The folder with its programs.
        folder: PathBuf,
        /// The account that would run them.
        account: String,
    },

    /// Running as root, with no other account to run a server.
    #[error(
        "servers do not run as root, and there is neither an account \"postgres\" nor \"nobody\"; \
         run poolbench as another user"
    )]
    NoAccount,

    /// The folder for temporary files is closed to the account that runs the server.
    #[error(
        "the account \"{account}\", which runs the servers because root may not, cannot enter {folder}; \
         set TMPDIR to a folder that everyone can enter, such as /tmp"
    )]
    TmpDirClosed {
        /// The folder for temporary files.
        folder: PathBuf,
        /// The account that would run the server.
        account: String,
    },

    /// The private folder could not be made.
    #[error("cannot make a private folder ({0}); set TMPDIR to a folder that can be written to")]
    Folder(String),

    /// A call to the operating system failed.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system answered.
        source: io::Error,
    },

    /// A program ended when it should not have.
    #[error("{program} ended early ({status}); its last lines:\n{log}")]
    Ended {
        /// Name of the program that ended or was too slow.
        program: &'static str,
        /// Exit status of the program.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },

    /// A program took too long.
    #[error("{program} was not ready after {limit:?}; its last lines:\n{log}")]
    TooSlow {
        /// Name of the program that ended or was too slow.
        program: &'static str,
        /// How long it was waited for.
        limit: Duration,
        /// The end of its log.
        log: String,
    },

    /// No free port held still for long enough.
    #[error(
        "every port that was free was taken before {0} could listen on it; run again, or use a server's URL"
    )]
    NoPort(&'static str),

    /// The private folder is still there after the server was stopped.
    #[error("the folder {0} could not be removed; remove it by hand")]
    LeftBehind(PathBuf),
}

impl ProvisionError {
    /// For `map_err`: puts what was being done before the system's answer.
    fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}

/// As many random bytes as asked for, in hexadecimal, from the operating system.
fn random_hex(bytes: usize) -> Result<String, ProvisionError> {
    use rand::TryRng;
    let mut random = vec![0; bytes];
    rand::rngs::SysRng
        .try_fill_bytes(&mut random)
        .map_err(|error| ProvisionError::io("get random bytes")(io::Error::other(error)))?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
