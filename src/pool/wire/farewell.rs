//! What a server said last on a connection that nobody listened to.
//!
//! A server that ends an idle connection says why, and closes it. tokio-postgres reads that in the
//! task that serves the connection, and whoever uses the connection next hears only that it is
//! closed. So the task is started here, and what it heard is kept for them.

use std::sync::{Arc, OnceLock};

use tokio::task::JoinHandle;
use tokio_postgres::{Client, Config, Error};

use crate::pool::{Address, SqlError};

/// The last words on a connection, once it has ended by an error.
pub(in crate::pool) type Farewell = Arc<OnceLock<SqlError>>;

/// Connects, and keeps the last words. `kept` lives as long as the connection does.
pub(in crate::pool) async fn connect<K: Send + 'static>(
    config: &Config,
    address: &Address,
    kept: K,
) -> Result<(Client, JoinHandle<()>, Farewell), Error> {
    let (client, connection) = config.connect(address.connector()).await?;
    let farewell = Farewell::default();
    let (words, address) = (farewell.clone(), address.clone());
    let serving = tokio::spawn(async move {
        if let Err(fault) = connection.await {
            let _ = words.set(SqlError::of_tokio_postgres(&fault, &address));
        }
        drop(kept);
    });
    Ok((client, serving, farewell))
}
