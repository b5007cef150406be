//! What a server said last on a connection that nobody listened to.
//!
//! A server that ends an idle connection says why, and closes it. tokio-postgres reads that in the
//! task that serves the connection, and whoever uses the connection next hears only that it is
//! closed. So the task is started here, and what it heard is kept for them.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use deadpool_postgres::Connect;
use deadpool_postgres::tokio_postgres::{Client, Config, Error, NoTls};
use tokio::task::JoinHandle;

use crate::pool::{Address, SqlError};

/// The last words on a connection, once it has ended by an error.
pub(super) type Farewell = Arc<OnceLock<SqlError>>;

thread_local! {
    /// Of the connection that was made last on this thread. The library returns a connection in the
    /// poll in which it was made, so what stands here then is its own.
    static MADE: Cell<Option<Farewell>> = const { Cell::new(None) };
}

/// The last words on the connection that this poll has made.
pub(super) fn of_the_one_just_made() -> Farewell {
    MADE.take().unwrap_or_default()
}

/// Connects as the library does, and keeps the last words.
pub(super) struct Listening(pub(super) Address);

impl Connect for Listening {
    fn connect(
        &self,
        config: &Config,
    ) -> Pin<Box<dyn Future<Output = Result<(Client, JoinHandle<()>), Error>> + Send + '_>> {
        let (config, address) = (config.clone(), self.0.clone());
        Box::pin(async move {
            let (client, connection) = config.connect(NoTls).await?;
            let farewell = Farewell::default();
            MADE.set(Some(farewell.clone()));
            let serving = tokio::spawn(async move {
                if let Err(fault) = connection.await {
                    let _ = farewell.set(SqlError::of_tokio_postgres(&fault, &address));
                }
            });
            Ok((client, serving))
        })
    }
}
