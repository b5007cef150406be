//! Session scopes: when a request holds a connection. Each is one pure function from a workload
//! to moves; a new scope is a new arm here and nothing else.

use std::fmt;
use std::ops::Range;
use std::str::FromStr;

use super::own::{self, OwnScope};
use super::{Move, Step, StepKind, Workload};

/// When a request holds a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SessionScope {
    /// One connection and one transaction from the start of the request to its end, as a
    /// per-request session does.
    Request,
    /// A connection and a short transaction for each repository method, that is for each SQL
    /// step, and none in between.
    Repository,
    /// One connection and one transaction from the first SQL of the request to its end, as most
    /// object-relational mappers do.
    LazyRequest,
    /// A connection and a transaction for the SQL steps that follow each other, given back before the
    /// next step outside the database.
    CommitEarly,
    /// Both at once, the mistake that repository scope forbids: a connection over the whole request,
    /// and another one for each repository method. A pool can deadlock on it.
    Nested,
    /// The moves that the scenario writes. Kept for as long as the program runs; see
    /// [`SessionScope::own`].
    Own(&'static OwnScope),
}

/// All session scopes that have a name of their own, in the order in which they are shown.
pub const SCOPES: [SessionScope; 5] = [
    SessionScope::Request,
    SessionScope::Repository,
    SessionScope::LazyRequest,
    SessionScope::CommitEarly,
    SessionScope::Nested,
];

impl SessionScope {
    /// The session scope that a scenario writes itself. What was read is kept once for as long as the
    /// program runs, so that a scope is as small as a number wherever it goes.
    #[must_use]
    pub fn own(scope: OwnScope) -> Self {
        Self::Own(own::kept(scope))
    }

    /// The name in scenario files, tables and charts.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Request => "request-scoped",
            Self::Repository => "repository-scoped",
            Self::LazyRequest => "lazy-request-scoped",
            Self::CommitEarly => "commit-early",
            Self::Nested => "nested-session",
            Self::Own(own) => own.name(),
        }
    }

    /// The word for it in a sentence: request scope, repository scope.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Repository => "repository",
            Self::LazyRequest => "lazy request",
            Self::CommitEarly => "commit-early",
            Self::Nested => "nested",
            Self::Own(own) => own.name(),
        }
    }

    /// One line on what it means.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Request => "one connection and one transaction over the whole request",
            Self::Repository => "a connection and a short transaction for each repository method",
            Self::LazyRequest => "one connection and one transaction from the first SQL to the end",
            Self::CommitEarly => {
                "one transaction for SQL steps in a row, given back before the next slow step"
            }
            Self::Nested => "a connection over the whole request and another one for each repository method",
            Self::Own(_) => "the moves that the scenario writes",
        }
    }

    pub(super) fn moves(self, workload: &Workload) -> Vec<Move> {
        match self {
            Self::Request => in_a_session(performed(0..workload.steps.len())),
            Self::Repository => methods(workload),
            Self::LazyRequest => lazy_request(workload),
            Self::CommitEarly => commit_early(workload),
            Self::Nested => in_a_session(methods(workload)),
            Self::Own(own) => own.moves().to_vec(),
        }
    }
}

/// Nothing but these steps, in order.
fn performed(steps: Range<usize>) -> Vec<Move> {
    steps.map(Move::Perform).collect()
}

/// A connection and a transaction around all of these.
fn in_a_session(inner: Vec<Move>) -> Vec<Move> {
    let mut moves = vec![Move::Acquire, Move::Begin];
    moves.extend(inner);
    moves.extend([Move::Commit, Move::Release]);
    moves
}

/// Every SQL step as a repository method with its own connection and transaction, and the others as
/// they are.
fn methods(workload: &Workload) -> Vec<Move> {
    let steps = workload.steps.iter().enumerate();
    steps
        .flat_map(|(index, step)| match step.kind {
            StepKind::Sql => in_a_session(vec![Move::Perform(index)]),
            StepKind::Queue | StepKind::Work | StepKind::Compute => vec![Move::Perform(index)],
        })
        .collect()
}

/// What comes before the first SQL needs no connection; all that follows it keeps one.
fn lazy_request(workload: &Workload) -> Vec<Move> {
    let steps = workload.steps.len();
    let first = workload.steps.iter().position(is_sql).unwrap_or(steps);
    let mut moves: Vec<Move> = performed(0..first);
    if first < steps {
        moves.extend(in_a_session(performed(first..steps)));
    }
    moves
}

/// SQL steps in a row share a connection and a transaction.
fn commit_early(workload: &Workload) -> Vec<Move> {
    let mut moves = Vec::new();
    let mut at = 0;
    for run in workload.steps.chunk_by(|one, next| is_sql(one) == is_sql(next)) {
        let steps = performed(at..at + run.len());
        moves.extend(if run.first().is_some_and(is_sql) { in_a_session(steps) } else { steps });
        at += run.len();
    }
    moves
}

fn is_sql(step: &Step) -> bool {
    step.kind == StepKind::Sql
}

impl fmt::Display for SessionScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no session scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownScope {
    /// Nothing has this name.
    #[error("no session scope has this name; there are {}", told())]
    Unknown,
    /// The moves are those of request scope: what differs is who lends the connection.
    #[error("a connection for each request is request-scoped on the pool \"none\": name these two")]
    ConnectionPerRequest,
}

/// The names, as a sentence lists them.
fn told() -> String {
    let names = SCOPES.map(|scope| format!("\"{scope}\""));
    match names.split_last() {
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

impl FromStr for SessionScope {
    type Err = UnknownScope;

    /// One of [`SCOPES`]; of a scenario's own ones only the scenario knows.
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let unknown = match text {
            "connection-per-request" => UnknownScope::ConnectionPerRequest,
            _ => UnknownScope::Unknown,
        };
        SCOPES.into_iter().find(|scope| scope.name() == text).ok_or(unknown)
    }
}
