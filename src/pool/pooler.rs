//! The console of a PgBouncer: a database of its own, which takes SQL in the simple protocol alone.

use std::time::Duration;

use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use super::Address;
use super::admin::{AdminError, open};

/// A connection to the console of a PgBouncer.
#[derive(Debug)]
pub struct PoolerConsole {
    client: tokio_postgres::Client,
    address: Address,
}

/// What a PgBouncer says of the pool of one of its databases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PoolerState {
    /// Its name for the database.
    pub database: String,
    /// Clients that have a connection to the server, or wait for nothing.
    pub clients: u32,
    /// Clients that wait for a connection.
    pub waiting: u32,
    /// Connections to the server that a client has.
    pub in_use: u32,
    /// Connections to the server that no client has.
    pub free: u32,
    /// How long the client that waits longest has waited.
    pub longest_wait: Duration,
}

/// A console that answers later than this says nothing about its instant.
const ANSWERING: Duration = Duration::from_secs(1);

impl PoolerConsole {
    /// Connects.
    ///
    /// # Errors
    /// When it does not answer, or is no console.
    pub async fn connect(address: &Address) -> Result<Self, AdminError> {
        Ok(Self { client: open(address, "poolbench").await?, address: address.clone() })
    }

    /// Its name and version.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn version(&self) -> Result<String, AdminError> {
        let rows = self.ask("show version").await?;
        let told = rows.first().and_then(|row| row.get(0));
        Ok(told.unwrap_or("PgBouncer of an unknown version").to_owned())
    }

    /// Its pools.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn pools(&self) -> Result<Vec<PoolerState>, AdminError> {
        Ok(self.ask("show pools").await?.iter().map(state).collect())
    }

    async fn ask(&self, question: &str) -> Result<Vec<SimpleQueryRow>, AdminError> {
        let doing = format!("asking PgBouncer to {question}");
        match tokio::time::timeout(ANSWERING, self.client.simple_query(question)).await {
            Ok(Ok(told)) => Ok(told
                .into_iter()
                .filter_map(|message| match message {
                    SimpleQueryMessage::Row(row) => Some(row),
                    _ => None,
                })
                .collect()),
            Ok(Err(fault)) => {
                Err(AdminError::Failed { doing, reason: self.address.redact(&fault.to_string()) })
            }
            Err(_) => Err(AdminError::Mute { doing, limit: ANSWERING }),
        }
    }
}

/// Versions have more columns or fewer; one that is not there counts as nothing.
fn state(row: &SimpleQueryRow) -> PoolerState {
    let text = |name: &str| row.columns().iter().position(|it| it.name() == name).and_then(|at| row.get(at));
    let count = |name: &str| text(name).and_then(|text| text.parse::<u32>().ok()).unwrap_or(0);
    PoolerState {
        database: text("database").unwrap_or_default().to_owned(),
        clients: count("cl_active"),
        waiting: count("cl_waiting"),
        in_use: count("sv_active"),
        free: ["sv_idle", "sv_used", "sv_tested"].into_iter().map(count).sum(),
        longest_wait: Duration::from_secs(count("maxwait").into())
            + Duration::from_micros(count("maxwait_us").into()),
    }
}
