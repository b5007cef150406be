//! Session scopes that a scenario writes itself, as a list of moves. They are checked here: what they say
//! is a request that a real pool and a real server can play, with the same work as under every other scope.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::{Move, SCOPES, Step, StepKind, Workload};

/// A session scope as a scenario writes it: a name, and the moves of one request of its workload.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OwnScope {
    name: String,
    moves: Vec<Move>,
}

/// Bytes of a name, at most: it stands in the heads of tables.
const LONGEST_NAME: usize = 40;

/// Moves of a request, at most.
const MOST_MOVES: usize = 5_000;

/// What is wrong with a list of moves, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct OwnScopeError {
    /// Which of the moves it is about; nothing where it is about the name or the whole list.
    pub at: Option<usize>,
    /// What is wrong.
    #[source]
    pub fault: OwnScopeFault,
}

/// What is wrong with a session scope of a scenario's own.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnScopeFault {
    /// Names stand in objectives, file names and tables.
    #[error(
        "name it with small letters, digits and hyphens, a letter first, {LONGEST_NAME} at most, and not as \
         another scope or a place in objectives"
    )]
    Name,
    /// Nobody writes so many.
    #[error("write at most {MOST_MOVES} moves")]
    TooMany,
    /// It is neither a move nor a step.
    #[error("write acquire, begin, commit, release, or the name of a step: {0}")]
    Unknown(String),
    /// A step that is called as a move is.
    #[error("a step is called {0}, as a move is: give the step another name")]
    StepIsAMove(String),
    /// The same step once more, or too early.
    #[error("{0}: every scope does the same work, so write each step once, in the order of the steps")]
    OutOfOrder(String),
    /// A step that is not there.
    #[error("the step {0} is missing: every scope does the same work, so write each step once")]
    Missing(String),
    /// SQL without a connection.
    #[error("{0} is SQL and no connection is held: write acquire and begin before it")]
    WithoutConnection(String),
    /// SQL without a transaction.
    #[error("{0} is SQL and no transaction is open: write begin before it")]
    WithoutTransaction(String),
    /// A transaction needs a connection.
    #[error("no connection is held: write acquire before it")]
    NothingHeld,
    /// One connection has one transaction at a time.
    #[error("a transaction is open already on this connection: write commit before it")]
    OpenAlready,
    /// Nothing to commit.
    #[error("no transaction is open on the connection that was acquired last: write begin before it")]
    NothingOpen,
    /// What is not committed is lost.
    #[error("a transaction is open: write commit before release")]
    ReleasedOpen,
    /// A connection that nobody gives back.
    #[error(
        "{0} of the connections acquired are never released: write commit where one is open, and release"
    )]
    NeverReleased(usize),
}

impl OwnScope {
    /// Checks a name and a list of moves: `acquire`, `begin`, `commit`, `release`, and the names of the
    /// workload's steps. SQL runs on the connection that was acquired last.
    ///
    /// # Errors
    /// With the first move that cannot be played, and how to mend it.
    pub fn new(name: &str, words: &[&str], workload: &Workload) -> Result<Self, OwnScopeError> {
        let whole = |fault| OwnScopeError { at: None, fault };
        if !is_name(name) {
            return Err(whole(OwnScopeFault::Name));
        }
        if words.len() > MOST_MOVES {
            return Err(whole(OwnScopeFault::TooMany));
        }
        let mut standing = Standing::default();
        let mut moves = Vec::with_capacity(words.len());
        for (at, word) in words.iter().enumerate() {
            let here = |fault| OwnScopeError { at: Some(at), fault };
            let step = read(word, standing.done, workload).map_err(here)?;
            standing.makes(step, workload).map_err(here)?;
            moves.push(step);
        }
        standing.ends(workload).map_err(whole)?;
        Ok(Self { name: name.to_owned(), moves })
    }

    /// What tables call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn moves(&self) -> &[Move] {
        &self.moves
    }
}

fn is_name(name: &str) -> bool {
    let letters = name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-');
    letters
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.len() <= LONGEST_NAME
        && !["all", "before", "after", "side-by-side", "capacity"].contains(&name)
        && !SCOPES.iter().any(|scope| scope.name() == name)
}

/// The moves that a scenario may write. Nobody plans a rollback or a job that is marked as failed: they
/// follow from what fails.
const WORDS: [(&str, Move); 4] = [
    ("acquire", Move::Acquire),
    ("begin", Move::Begin),
    ("commit", Move::Commit),
    ("release", Move::Release),
];

/// What a word means after so many steps: of several steps with one name the one that is due.
fn read(word: &str, done: usize, workload: &Workload) -> Result<Move, OwnScopeFault> {
    let is_called = |step: &Step| step.name == word;
    let due = workload.steps.get(done).filter(|step| is_called(step)).map(|_| done);
    let step = due.or_else(|| workload.steps.iter().position(is_called));
    let known = WORDS.iter().find(|(name, _)| *name == word);
    match (known, step) {
        (Some(_), Some(_)) => Err(OwnScopeFault::StepIsAMove(word.to_owned())),
        (Some((_, step)), None) => Ok(*step),
        (None, Some(index)) => Ok(Move::Perform(index)),
        (None, None) => {
            let steps: Vec<&str> = workload.steps.iter().map(|step| step.name.as_str()).collect();
            Err(OwnScopeFault::Unknown(steps.join(", ")))
        }
    }
}

/// What stands after the moves so far.
#[derive(Debug, Default)]
struct Standing {
    /// Of each connection held whether a transaction is open on it, the one acquired last at the end.
    held: Vec<Transaction>,
    /// How many steps are done.
    done: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open,
}

impl Standing {
    fn makes(&mut self, step: Move, workload: &Workload) -> Result<(), OwnScopeFault> {
        match step {
            Move::Acquire => self.held.push(Transaction::None),
            Move::Begin => match self.innermost()? {
                Transaction::Open => return Err(OwnScopeFault::OpenAlready),
                none => *none = Transaction::Open,
            },
            Move::Commit | Move::Rollback => match self.innermost()? {
                Transaction::None => return Err(OwnScopeFault::NothingOpen),
                open => *open = Transaction::None,
            },
            Move::Release => match self.innermost()? {
                Transaction::Open => return Err(OwnScopeFault::ReleasedOpen),
                Transaction::None => drop(self.held.pop()),
            },
            Move::Perform(index) => {
                let Some(step) = workload.steps.get(index) else { return Ok(()) };
                let name = || step.name.clone();
                match (step.kind, self.held.last()) {
                    (StepKind::Sql, None) => return Err(OwnScopeFault::WithoutConnection(name())),
                    (StepKind::Sql, Some(Transaction::None)) => {
                        return Err(OwnScopeFault::WithoutTransaction(name()));
                    }
                    _ => {}
                }
                if index != self.done {
                    return Err(OwnScopeFault::OutOfOrder(name()));
                }
                self.done += 1;
            }
            Move::MarkFailed => {}
        }
        Ok(())
    }

    fn innermost(&mut self) -> Result<&mut Transaction, OwnScopeFault> {
        self.held.last_mut().ok_or(OwnScopeFault::NothingHeld)
    }

    fn ends(&self, workload: &Workload) -> Result<(), OwnScopeFault> {
        if let Some(step) = workload.steps.get(self.done) {
            return Err(OwnScopeFault::Missing(step.name.clone()));
        }
        match self.held.len() {
            0 => Ok(()),
            many => Err(OwnScopeFault::NeverReleased(many)),
        }
    }
}

/// The one place where such a scope is kept. It is never given up: there are as few as the scenarios and
/// records that a program reads, and each is a few bytes.
pub(super) fn kept(scope: OwnScope) -> &'static OwnScope {
    static KEPT: Mutex<BTreeSet<&'static OwnScope>> = Mutex::new(BTreeSet::new());
    // A thread that broke down while it looked here has left the set whole.
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = kept.get(&scope) {
        return known;
    }
    let scope: &'static OwnScope = Box::leak(Box::new(scope));
    kept.insert(scope);
    scope
}

#[cfg(test)]
mod tests {
    use super::super::tests::seed;
    use super::super::{Itinerary, SessionScope};
    use super::*;

    fn own(words: &str) -> Result<OwnScope, OwnScopeError> {
        OwnScope::new("mine", &words.split(' ').collect::<Vec<_>>(), &seed())
    }

    #[test]
    fn what_every_scope_does_can_be_written() {
        for scope in SCOPES {
            let itinerary = Itinerary::new(scope, seed());
            let written = SessionScope::own(own(&itinerary.spelled()).unwrap());
            assert_eq!(Itinerary::new(written, seed()).moves(), itinerary.moves());
        }
    }

    #[test]
    fn the_same_scope_is_kept_once() {
        let words = "acquire begin create_job commit enqueue release other";
        let (one, two) = (own(words).unwrap(), own(words).unwrap());
        assert!(std::ptr::eq(kept(one), kept(two)));
    }

    #[test]
    fn each_slip_is_told_with_its_place_and_its_mend() {
        let told = |words: &str| {
            let OwnScopeError { at, fault } = own(words).unwrap_err();
            (at, fault.to_string())
        };
        for (words, at, says) in [
            ("create_job enqueue other", Some(0), "no connection is held: write acquire and begin"),
            ("acquire create_job enqueue other release", Some(1), "no transaction is open: write begin"),
            ("begin create_job", Some(0), "write acquire before"),
            ("acquire begin begin", Some(2), "write commit before"),
            ("acquire commit", Some(1), "write begin before"),
            ("acquire begin create_job release enqueue other", Some(3), "write commit before release"),
            ("acquire begin create_job commit enqueue other", None, "1 of the connections"),
            ("acquire begin create_job commit release other enqueue", Some(5), "in the order of the steps"),
            ("acquire begin create_job create_job", Some(3), "each step once"),
            ("acquire begin create_job commit release enqueue", None, "the step other is missing"),
            ("acquire begin crate_job", Some(2), "create_job, enqueue, other"),
            ("acquire rollback", Some(1), "write acquire, begin, commit, release"),
        ] {
            let (place, words_told) = told(words);
            assert_eq!(place, at, "{words}: {words_told}");
            assert!(words_told.contains(says), "{words}: {words_told}");
        }
    }

    #[test]
    fn a_step_that_is_called_as_a_move_is_has_to_be_renamed() {
        let mut workload = Workload::clone(&seed());
        workload.steps[1].name = "release".to_owned();
        let words = ["acquire", "begin", "create_job", "commit", "release"];
        let fault = OwnScope::new("mine", &words, &workload).unwrap_err().fault;
        assert_eq!(fault, OwnScopeFault::StepIsAMove("release".to_owned()));
    }

    #[test]
    fn a_name_is_none_that_something_else_has() {
        for name in ["", "Mine", "my scope", "-x", "request-scoped", "before", "all", &"x".repeat(41)] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("hold-2"));
    }
}
