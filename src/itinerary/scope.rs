//! Session scopes: when a request holds a connection. Each is one pure function from a workload
//! to moves; a new scope is a new arm here and nothing else.

use std::fmt;
use std::str::FromStr;

use super::{Move, StepKind, Workload};

/// When a request holds a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SessionScope {
    /// One connection and one transaction from the start of the request to its end, as a
    /// per-request session does.
    Request,
    /// A connection and a short transaction for each repository method, that is for each SQL
    /// step, and none in between.
    Repository,
    /// Both at once, the mistake that repository scope forbids: a connection over the whole request,
    /// and another one for each repository method. A pool can deadlock on it.
    Nested,
}

/// All session scopes, in the order in which they are shown.
pub const SCOPES: [SessionScope; 3] = [SessionScope::Request, SessionScope::Repository, SessionScope::Nested];

impl SessionScope {
    /// The name in scenario files, tables and charts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request-scoped",
            Self::Repository => "repository-scoped",
            Self::Nested => "nested-session",
        }
    }

    /// The word for it in a sentence: request scope, repository scope.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Repository => "repository",
            Self::Nested => "nested",
        }
    }

    /// One line on what it means.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Request => "one connection and one transaction over the whole request",
            Self::Repository => "a connection and a short transaction for each repository method",
            Self::Nested => "a connection over the whole request and another one for each repository method",
        }
    }

    pub(super) fn moves(self, workload: &Workload) -> Vec<Move> {
        match self {
            Self::Request => {
                let steps = workload.steps.iter().enumerate();
                let mut moves = vec![Move::Acquire, Move::Begin];
                moves.extend(steps.map(|(index, _)| Move::Perform(index)));
                moves.extend([Move::Commit, Move::Release]);
                moves
            }
            Self::Repository => methods(workload),
            Self::Nested => {
                let mut moves = vec![Move::Acquire, Move::Begin];
                moves.extend(methods(workload));
                moves.extend([Move::Commit, Move::Release]);
                moves
            }
        }
    }
}

/// Every SQL step as a repository method, and the others as they are.
fn methods(workload: &Workload) -> Vec<Move> {
    let steps = workload.steps.iter().enumerate();
    steps
        .flat_map(|(index, step)| match step.kind {
            StepKind::Sql => method(Move::Perform(index)),
            StepKind::Queue | StepKind::Work => vec![Move::Perform(index)],
        })
        .collect()
}

/// One repository method: its own connection and its own transaction.
fn method(perform: Move) -> Vec<Move> {
    vec![Move::Acquire, Move::Begin, perform, Move::Commit, Move::Release]
}

impl fmt::Display for SessionScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no session scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no session scope has this name; there are \"request-scoped\", \"repository-scoped\" and \"nested-session\""
)]
pub struct UnknownScope;

impl FromStr for SessionScope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        SCOPES.into_iter().find(|scope| scope.name() == text).ok_or(UnknownScope)
    }
}
