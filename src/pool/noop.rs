//! No pool and no database: every operation succeeds at once. What the driver costs on it is what
//! the driver itself costs.

use super::{AcquireError, Address, Pool, PoolOptions, ReadText, Session, Sql, SqlError, Value};
use crate::record::{AcquireParts, Gauges};

/// A pool that lends any number of connections at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoopPool;

/// A connection to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoopSession;

impl Pool for NoopPool {
    type Session = NoopSession;

    fn open(_: &Address, _: &PoolOptions) -> Result<Self, AcquireError> {
        Ok(Self)
    }

    async fn acquire(&self) -> Result<NoopSession, AcquireError> {
        Ok(NoopSession)
    }

    fn gauges(&self) -> Gauges {
        Gauges::default()
    }

    fn identity(_: &PoolOptions) -> String {
        "no pool: every operation succeeds at once".to_owned()
    }

    async fn close(&self) {}
}

impl Session for NoopSession {
    fn acquire_parts(&self) -> AcquireParts {
        AcquireParts::default()
    }

    async fn begin(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    async fn execute(&mut self, _: &Sql, _: &[Value<'_>]) -> Result<u64, SqlError> {
        Ok(1)
    }

    /// Echoes an id that was asked for, so that a job that is read back is found.
    async fn fetch_id(&mut self, _: &Sql, values: &[Value<'_>]) -> Result<Option<i64>, SqlError> {
        Ok(Some(match values.first() {
            Some(Value::Integer(id)) => *id,
            _ => 1,
        }))
    }
}

impl ReadText for NoopSession {
    /// An empty list, in JSON.
    async fn fetch_text(&mut self, _: &Sql, _: &[Value<'_>]) -> Result<Option<String>, SqlError> {
        Ok(Some("[]".to_owned()))
    }
}
