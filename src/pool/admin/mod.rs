//! The connection outside the pools: it looks the server over before the load, makes and drops
//! poolbench's own schemas, and samples what the server sees meanwhile.
//!
//! Every wait here has a limit, since a server that is mute must not hold up a run or its end.

mod activity;
mod prepare;
mod refusal;
mod schema;
mod setup;
mod sight;
mod survey;
mod wire;

use std::future::Future;
use std::time::Duration;

pub use activity::{Activity, Doing, DoingState};
pub use prepare::prepare;
pub use refusal::{Refusal, TextPlace, start_in_one_line};
pub use schema::{Dropped, RunMark, lane_schemas};
pub use setup::run_setup;
pub use sight::{BackendSignal, JobRows, Named, States};

use super::address::{Connector, chain};
use super::path::WrongPath;
use super::{Address, quoted};
use crate::target::tls::Spoken;

/// A connection that belongs to no pool.
#[derive(Debug)]
pub struct Admin {
    client: tokio_postgres::Client,
    address: Address,
    spoken: Option<Spoken>,
}

/// What stands in the way of a run on this database. No message holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The server takes no connection.
    #[error("cannot connect to {place}: {reason}")]
    Unreachable {
        /// The address without credentials.
        place: String,
        /// What the driver said.
        reason: String,
    },
    /// The pools would not fit.
    #[error(
        "the server has {free} free connections and the pools need {needed} (max_connections {max}, {used} in use, \
         {reserved} reserved); make the pool smaller with --pool-size, or free some connections"
    )]
    TooFewConnections {
        /// Connections that this user can still make.
        free: i64,
        /// Wanted at the same time.
        needed: i64,
        /// The server's `max_connections`.
        max: i64,
        /// Connections in use now.
        used: i64,
        /// Connections that the server keeps for superusers and other reserved roles.
        reserved: i64,
    },
    /// A schema of this name exists and is not poolbench's.
    #[error("the schema \"{0}\" exists and is not poolbench's; name another one with --schema")]
    SchemaTaken(String),
    /// Another run is using the schema.
    #[error(
        "another poolbench run is using the schema \"{0}\"; wait for it, or name another one with --schema"
    )]
    SchemaInUse(String),
    /// Objects outside the schema depend on what is in it.
    #[error(
        "{dependents} depends on the schema \"{schema}\", which is poolbench's; drop that first, or name another \
         schema with --schema"
    )]
    Depended {
        /// Name of the schema.
        schema: String,
        /// What depends on it, in Postgres's own words.
        dependents: String,
    },
    /// Unqualified names would not mean the schema's tables.
    #[error(transparent)]
    Path(#[from] WrongPath),
    /// A setup statement left its transaction open.
    #[error("{0} leaves a transaction open, so what it made would be lost; add a commit")]
    OpenTransaction(String),
    /// Postgres does not take a setup statement.
    #[error("{doing}: {refusal}")]
    SetupRefused {
        /// Which one.
        doing: String,
        /// What the server said.
        refusal: Refusal,
    },
    /// A statement failed.
    #[error("{doing}: {reason}")]
    Failed {
        /// What was tried.
        doing: String,
        /// What the server said.
        reason: String,
    },
    /// The server did not answer in time.
    #[error("{doing}: the server did not answer within {}", crate::units::time(*.limit))]
    Mute {
        /// What was tried.
        doing: String,
        /// How long it was waited for.
        limit: Duration,
    },
}

/// How long the server may take to answer a question of ours.
const ANSWERING: Duration = Duration::from_secs(5);

impl Admin {
    /// Connects, under the name that the server shows for this connection.
    ///
    /// # Errors
    /// When the server does not answer within five seconds (or what the address says), refuses, or is no
    /// Postgres.
    pub async fn connect(address: &Address, name: &str) -> Result<Self, AdminError> {
        let connector = address.connector();
        let client = open_by(&connector, address, name).await?;
        Ok(Self { client, address: address.clone(), spoken: connector.spoken().cloned() })
    }

    /// What this connection is encrypted with, and so those of the pools; nothing where it is not.
    #[must_use]
    pub fn spoken(&self) -> Option<&Spoken> {
        self.spoken.as_ref()
    }

    /// Whether the connection is known to be gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Waits for an answer, with the usual limit.
    async fn ask<T>(
        &self,
        doing: &str,
        question: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, AdminError> {
        self.ask_within(ANSWERING, doing, question).await
    }

    async fn ask_within<T>(
        &self,
        limit: Duration,
        doing: &str,
        question: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, AdminError> {
        match tokio::time::timeout(limit, question).await {
            Ok(answer) => answer.map_err(|fault| self.failed(doing, &fault)),
            Err(_) => Err(AdminError::Mute { doing: doing.to_owned(), limit }),
        }
    }

    fn failed(&self, doing: &str, fault: &tokio_postgres::Error) -> AdminError {
        AdminError::Failed { doing: doing.to_owned(), reason: self.address.redact(&chain(fault)) }
    }
}

/// A connection with its handshake, within its limit; the rest of it runs on a task.
pub(super) async fn open(address: &Address, name: &str) -> Result<tokio_postgres::Client, AdminError> {
    open_by(&address.connector(), address, name).await
}

async fn open_by(
    connector: &Connector,
    address: &Address,
    name: &str,
) -> Result<tokio_postgres::Client, AdminError> {
    let unreachable = |reason: String| AdminError::Unreachable { place: address.to_string(), reason };
    let connecting = async {
        let config = address.config(name);
        let stream = wire::dial(&config).await.map_err(|fault| fault.to_string())?;
        let done = stream.opened();
        let tls = connector.to(address.host_name());
        let (client, connection) =
            config.connect_raw(stream, tls).await.map_err(|fault| address.redact(&chain(&fault)))?;
        done.lift();
        Ok((client, connection))
    };
    // The handshake too: a port may accept and be mute.
    let patience = address.patience();
    let connected = match tokio::time::timeout(patience, connecting).await {
        Ok(connected) => connected.map_err(unreachable)?,
        Err(_) => {
            let limit = crate::units::time(patience);
            return Err(unreachable(format!("nothing answered as a Postgres does within {limit}")));
        }
    };
    let (client, connection) = connected;
    tokio::spawn(async move {
        // Whoever uses the client next is told that the connection is gone.
        let _ = connection.await;
    });
    Ok(client)
}
