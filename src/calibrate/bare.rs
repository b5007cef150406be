//! The drivers without pool and adapter, to see what both cost. Beside the room of the pools this
//! is the only place that calls a driver.

use sqlx::{ConnectOptions, PgConnection, Row};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Statement};

use super::caller::{Caller, SELECT, missing};
use crate::pool::Address;

/// What the server shows of these connections.
const NAME: &str = "poolbench bare";

/// A client of `tokio-postgres` with its statement.
pub(super) struct TokioPostgres {
    client: Client,
    statement: Statement,
}

impl Caller for TokioPostgres {
    async fn callers(address: &Address, count: u32) -> Result<Vec<Self>, String> {
        let mut callers = Vec::new();
        for _ in 0..count {
            let caller = async {
                let (client, connection) = address.config(NAME).connect(address.connector()).await?;
                tokio::spawn(async move {
                    // Its client is told that the connection is gone.
                    let _ = connection.await;
                });
                let statement = client.prepare_typed(SELECT, &[Type::INT8]).await?;
                Ok::<_, tokio_postgres::Error>(Self { client, statement })
            };
            callers.push(caller.await.map_err(|fault| address.redact(&fault.to_string()))?);
        }
        Ok(callers)
    }

    async fn select(&mut self, aid: i64) -> Result<(), String> {
        let row = self.client.query_opt(&self.statement, &[&aid]).await;
        let row = row.map_err(|fault| fault.to_string())?.ok_or_else(|| missing(aid))?;
        row.try_get::<_, i64>(0).map(|_| ()).map_err(|fault| fault.to_string())
    }
}

/// A connection of sqlx.
pub(super) struct Sqlx(PgConnection);

impl Caller for Sqlx {
    async fn callers(address: &Address, count: u32) -> Result<Vec<Self>, String> {
        let mut callers = Vec::new();
        for _ in 0..count {
            let connection = address.sqlx_options(NAME).connect().await;
            callers.push(Self(connection.map_err(|fault| address.redact(&fault.to_string()))?));
        }
        Ok(callers)
    }

    async fn select(&mut self, aid: i64) -> Result<(), String> {
        let row = sqlx::query(SELECT).bind(aid).fetch_optional(&mut self.0).await;
        let row = row.map_err(|fault| fault.to_string())?.ok_or_else(|| missing(aid))?;
        row.try_get::<i64, _>(0).map(|_| ()).map_err(|fault| fault.to_string())
    }
}
