//! A connection of tokio-postgres with its statements, for pools that bring no cache of their own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, Error, Statement};

use super::farewell::{self, Farewell};
use crate::pool::path::{WrongPath, path};
use crate::pool::{Address, Sql, SqlError};
use crate::record::Nanos;

/// Text and parameter types of a statement.
type Key = (Arc<str>, Vec<Type>);

/// A connection, and the statements that were prepared on it.
pub(in crate::pool) struct WireClient {
    client: Client,
    statements: Mutex<HashMap<Key, Statement>>,
    farewell: Farewell,
}

/// How every connection of a pool is made.
#[derive(Debug, Clone)]
pub(in crate::pool) struct Recipe {
    pub(in crate::pool) config: Config,
    pub(in crate::pool) address: Arc<Address>,
    /// The schema that unqualified names have to mean on every new connection.
    pub(in crate::pool) schema: Option<Arc<str>>,
}

impl Recipe {
    /// Makes a connection; says how long that took. `kept` lives as long as the connection does.
    pub(in crate::pool) async fn connect<K: Send + 'static>(
        &self,
        kept: K,
    ) -> Result<(WireClient, Nanos), SqlError> {
        let began = Instant::now();
        let told = |fault: Error| SqlError::of_tokio_postgres(&fault, &self.address);
        let (client, _, farewell) =
            farewell::connect(&self.config, &self.address, kept).await.map_err(told)?;
        if let Some(schema) = &self.schema {
            let found = path(&client).await.map_err(told)?;
            WrongPath::unless(&found, schema).map_err(|wrong| SqlError::new(wrong.to_string()))?;
        }
        let took = began.elapsed().as_nanos() as Nanos;
        Ok((WireClient { client, statements: Mutex::default(), farewell }, took))
    }
}

impl WireClient {
    pub(in crate::pool) fn client(&self) -> &Client {
        &self.client
    }

    pub(in crate::pool) fn farewell(&self) -> Option<&SqlError> {
        self.farewell.get()
    }

    /// The statement, prepared once.
    pub(in crate::pool) async fn prepared(&self, sql: &Sql, types: &[Type]) -> Result<Statement, Error> {
        let key: Key = (sql.0.clone(), types.to_vec());
        if let Some(known) = self.known(&key) {
            return Ok(known);
        }
        let statement = self.client.prepare_typed(sql.text(), types).await?;
        self.cache().insert(key, statement.clone());
        Ok(statement)
    }

    fn known(&self, key: &Key) -> Option<Statement> {
        self.cache().get(key).cloned()
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, HashMap<Key, Statement>> {
        // Whoever broke down here had put in a whole statement or none.
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for WireClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.client.is_closed() { "WireClient(closed)" } else { "WireClient(open)" })
    }
}
