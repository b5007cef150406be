//! A connection of tokio-postgres on loan, whoever lends it: the statements and the transactions of
//! every pool library that stands on it.

pub(super) mod client;
pub(super) mod farewell;

use std::future::Future;
use std::sync::Arc;

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};

use super::address::Statements;
use super::error::GONE;
use super::types::type_of;
use super::{Address, ReadText, Session, Sql, SqlError, Value};
use crate::record::AcquireParts;

/// A connection as its pool lends it. Dropping it gives it back.
pub trait OnLoan: Send + 'static {
    /// What getting it was made of, apart from waiting for it.
    fn parts(&self) -> AcquireParts;

    /// The connection.
    fn client(&self) -> &Client;

    /// A statement, prepared once per connection, with these types of its parameters.
    fn prepared(&self, sql: &Sql, types: &[Type]) -> impl Future<Output = Result<Statement, Error>>;

    /// Why the connection ended, if it did while nobody used it.
    fn farewell(&self) -> Option<&SqlError>;

    /// Gives it back so that nobody is lent it again.
    fn discard(self);
}

/// A session on such a connection.
#[derive(Debug)]
pub struct WireSession<L: OnLoan> {
    /// Taken when dropped inside a transaction.
    lent: Option<L>,
    in_transaction: bool,
    address: Arc<Address>,
}

impl<L: OnLoan> WireSession<L> {
    pub(super) fn on(lent: L, address: &Arc<Address>) -> Self {
        Self { lent: Some(lent), in_transaction: false, address: address.clone() }
    }

    fn lent(&self) -> Result<&L, SqlError> {
        self.lent.as_ref().ok_or_else(|| SqlError::new(GONE))
    }

    fn fault(&self, fault: &Error, statement: &str) -> SqlError {
        let farewell = self.lent.as_ref().and_then(OnLoan::farewell);
        let told = match farewell.filter(|_| fault.is_closed()) {
            Some(farewell) => farewell.clone(),
            None => SqlError::of_tokio_postgres(fault, &self.address),
        };
        told.at(statement)
    }

    /// The only row of a statement that has one or none.
    async fn first(&self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<Row>, SqlError> {
        let lent = self.lent()?;
        let run = async {
            if self.address.statements() == Statements::Unnamed {
                return lent.client().query_typed_opt(sql.text(), &typed(values)).await;
            }
            let statement = prepared(lent, sql, values).await?;
            lent.client().query_opt(&statement, &parameters(values)).await
        };
        run.await.map_err(|fault| self.fault(&fault, sql.text()))
    }

    /// A statement without parameters, in one round trip.
    async fn simple(&self, text: &'static str) -> Result<(), SqlError> {
        // On the heap: it is a third of what a request in flight would take of the memory.
        let done = Box::pin(self.lent()?.client().batch_execute(text)).await;
        done.map_err(|fault| self.fault(&fault, text))
    }
}

/// The statement with parameter types that the values fix.
async fn prepared<L: OnLoan>(lent: &L, sql: &Sql, values: &[Value<'_>]) -> Result<Statement, Error> {
    let types: Vec<Type> = values.iter().map(type_of).collect();
    lent.prepared(sql, &types).await
}

fn parameters<'a>(values: &'a [Value<'a>]) -> Vec<&'a (dyn ToSql + Sync)> {
    values.iter().map(parameter).collect()
}

/// The parameters with the types that the values fix.
fn typed<'a>(values: &'a [Value<'a>]) -> Vec<(&'a (dyn ToSql + Sync), Type)> {
    values.iter().map(|value| (parameter(value), type_of(value))).collect()
}

fn parameter<'a>(value: &'a Value<'a>) -> &'a (dyn ToSql + Sync) {
    match value {
        Value::Integer(value) => value,
        Value::Float(value) => value,
        Value::Boolean(value) => value,
        Value::Text(value) => value,
    }
}

impl<L: OnLoan> Session for WireSession<L> {
    fn acquire_parts(&self) -> AcquireParts {
        self.lent.as_ref().map(OnLoan::parts).unwrap_or_default()
    }

    async fn begin(&mut self) -> Result<(), SqlError> {
        self.in_transaction = true;
        self.simple("begin").await
    }

    async fn commit(&mut self) -> Result<(), SqlError> {
        self.simple("commit").await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), SqlError> {
        self.simple("rollback").await?;
        self.in_transaction = false;
        Ok(())
    }

    async fn execute(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<u64, SqlError> {
        let lent = self.lent()?;
        let run = async {
            if self.address.statements() == Statements::Unnamed {
                return lent.client().execute_typed(sql.text(), &typed(values)).await;
            }
            let statement = prepared(lent, sql, values).await?;
            lent.client().execute(&statement, &parameters(values)).await
        };
        run.await.map_err(|fault| self.fault(&fault, sql.text()))
    }

    async fn fetch_id(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<i64>, SqlError> {
        let first = self.first(sql, values).await?;
        first.map(|row| row.try_get(0)).transpose().map_err(|fault| self.fault(&fault, sql.text()))
    }
}

impl<L: OnLoan> ReadText for WireSession<L> {
    async fn fetch_text(&mut self, sql: &Sql, values: &[Value<'_>]) -> Result<Option<String>, SqlError> {
        let first = self.first(sql, values).await?;
        first.map(|row| row.try_get(0)).transpose().map_err(|fault| self.fault(&fault, sql.text()))
    }
}

impl<L: OnLoan> Drop for WireSession<L> {
    /// A request that is cut off inside a transaction must not pass it on to the next one.
    fn drop(&mut self) {
        if self.in_transaction
            && let Some(lent) = self.lent.take()
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                let client = lent.client();
                let rolled_back = client.batch_execute("rollback").await;
                if rolled_back.is_err() {
                    lent.discard();
                }
            });
        }
    }
}
