//! Why there is no connection, and why a statement failed.

use std::fmt;

use super::Address;
use super::address::chain;
use crate::record::SqlState;

/// Where an acquire ran out of time, in deadpool's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcquirePhase {
    /// Waiting for a connection that somebody holds.
    Wait,
    /// Making a new connection.
    Create,
    /// Testing a connection before it is lent.
    Recycle,
    /// The library does not say.
    Unknown,
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcquireError {
    /// The acquire timeout passed.
    #[error("no connection came free within the acquire timeout")]
    TimedOut(AcquirePhase),
    /// The pool or the server gave another error.
    #[error("{0}")]
    Failed(SqlError),
}

/// Why a statement failed, or a connection could not be made, in words without credentials.
///
/// On the heap, since every request in flight has room for one and few have one.
#[derive(Clone, PartialEq, Eq)]
pub struct SqlError(Box<Told>);

#[derive(Clone, PartialEq, Eq)]
struct Told {
    state: Option<SqlState>,
    says: String,
    statement: String,
}

/// The words for a session whose connection was taken away from it.
pub(super) const GONE: &str = "the connection is gone";

/// A server may say as much as it likes; this is what is kept of it, in bytes.
const MOST_WORDS: usize = 1024;

impl SqlError {
    /// An error that the server gave no code for.
    pub fn new(says: impl Into<String>) -> Self {
        let mut says: String = says.into();
        cut(&mut says);
        Self(Box::new(Told { state: None, says, statement: String::new() }))
    }

    /// The same error with the server's code.
    #[must_use]
    pub fn coded(mut self, state: Option<SqlState>) -> Self {
        self.0.state = state;
        self
    }

    /// The same error with the statement that failed, of which the beginning is kept.
    #[must_use]
    pub fn at(mut self, statement: &str) -> Self {
        statement.clone_into(&mut self.0.statement);
        cut(&mut self.0.statement);
        self
    }

    /// The server's code, where it gave one.
    #[must_use]
    pub fn state(&self) -> Option<SqlState> {
        self.0.state
    }

    /// What the server or the library said.
    #[must_use]
    pub fn says(&self) -> &str {
        &self.0.says
    }

    /// The statement that failed; empty where none did.
    #[must_use]
    pub fn statement(&self) -> &str {
        &self.0.statement
    }

    /// What tokio-postgres says: of an error of the server its code and its message, without the
    /// wrapping of the library.
    pub(super) fn of_tokio_postgres(fault: &tokio_postgres::Error, address: &Address) -> Self {
        match fault.as_db_error() {
            Some(told) => Self::new(address.redact(&in_one_line(told.message())))
                .coded(SqlState::new(told.code().code())),
            None => Self::new(address.redact(&chain(fault))),
        }
    }
}

/// Words of a server may have several lines; a report has one for them.
pub(super) fn in_one_line(text: &str) -> String {
    text.replace('\n', " ")
}

fn cut(text: &mut String) {
    if text.len() > MOST_WORDS {
        text.truncate(text.floor_char_boundary(MOST_WORDS));
        text.shrink_to_fit();
    }
}

impl From<&str> for SqlError {
    fn from(says: &str) -> Self {
        Self::new(says)
    }
}

impl From<String> for SqlError {
    fn from(says: String) -> Self {
        Self::new(says)
    }
}

/// `canceling statement due to statement timeout (SQLSTATE 57014)`.
impl fmt::Display for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.says)?;
        match self.0.state {
            Some(state) => write!(f, " (SQLSTATE {state})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SqlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlError({self}, in {:?})", self.0.statement)
    }
}

impl std::error::Error for SqlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_words_is_cut_and_an_error_is_small() {
        let flood = SqlError::new("ä".repeat(5_000)).at(&"x".repeat(5_000));
        assert_eq!((flood.says().len(), flood.statement().len()), (1024, 1024));
        assert_eq!(size_of::<SqlError>(), 8);
    }
}
