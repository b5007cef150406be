//! Connects in deadpool's place, so that a server's last words on a connection are kept.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;

use deadpool_postgres::Connect;
use deadpool_postgres::tokio_postgres::{Client, Config, Error};
use tokio::task::JoinHandle;

use crate::pool::Address;
use crate::pool::wire::farewell::{Farewell, connect};

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
            let (client, serving, farewell) = connect(&config, &address, ()).await?;
            MADE.set(Some(farewell));
            Ok((client, serving))
        })
    }
}
