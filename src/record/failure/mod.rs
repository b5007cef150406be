//! Why requests failed: failures of a kind are counted, and of each kind the first is told.

mod broken;
mod cause;
mod state;

use std::borrow::Cow;
use std::fmt;

pub use broken::Broken;
pub use cause::Cause;
pub use state::SqlState;

/// What made a request fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// It waited for a connection as long as the acquire timeout allows.
    AcquireTimedOut,
    /// The acquire timeout passed while a connection was being made or tested: the pool was not short,
    /// the server did not answer.
    ConnectTimedOut,
    /// The pool could not give a connection for another reason.
    AcquireFailed,
    /// A statement failed, or the connection that it ran on.
    Statement,
    /// The queue did not take the job.
    Queue,
    /// The scenario asks for this failure, by a fail-share.
    Asked,
    /// No connection to the service could be made, or the one that was ended before an answer.
    NotConnected,
    /// The service gave an answer that is no success.
    Answer,
    /// The service gave no answer within the time that is waited for it.
    NoAnswer,
}

/// One failure, as it is told to the recorder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed<'a> {
    /// The kind of failure.
    pub why: Why,
    /// The server's code for it, where the server gave one.
    pub state: Option<SqlState>,
    /// The move that failed: acquire, begin, a step's name, commit; bystander for a bystander's query.
    pub step: &'a str,
    /// The statement that failed; empty where none did.
    pub statement: &'a str,
    /// What the server or the library said, without credentials.
    pub says: Cow<'a, str>,
}

/// Failures of one kind, with what is known of the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureKind {
    /// The kind of failure.
    pub why: Why,
    /// The server's code, where it gave one.
    pub state: Option<SqlState>,
    /// The move that failed, by its name in tables.
    pub step: String,
    /// The beginning of the first statement that failed; empty where none did.
    pub statement: String,
    /// What was said of the first.
    pub says: String,
    /// How many there were.
    pub count: u64,
}

/// Failures by kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failures {
    /// In the order in which each kind was first seen.
    pub kinds: Vec<FailureKind>,
    /// How many were of further kinds, which are not told apart.
    pub others: u64,
}

/// More kinds than these are not told apart: a server that says something else each time must not
/// fill the memory.
const MOST_KINDS: usize = 20;
/// Of what was said so many characters are kept: enough for the sentence that matters.
const WORDS: usize = 300;
/// Of a statement so many characters are kept: enough to know which one it is.
const STATEMENT: usize = 120;

impl Failures {
    /// Counts a failure. Those with a code of the server are of one kind if code and step are the
    /// same: their words may name a row or a process, and differ each time. Of the others the words
    /// count.
    pub fn note(&mut self, failed: &Failed<'_>) {
        let says = failed.words();
        let known = self.kinds.iter().position(|kind| kind.is(failed.why, failed.state, failed.step, &says));
        match known {
            Some(at) => self.kinds[at].count += 1,
            None if self.kinds.len() < MOST_KINDS => self.kinds.push(FailureKind {
                why: failed.why,
                state: failed.state,
                step: failed.step.to_owned(),
                statement: shortened(failed.statement, STATEMENT),
                says: says.into_owned(),
                count: 1,
            }),
            None => self.others += 1,
        }
    }

    /// Adds the failures of another group.
    pub fn merge(&mut self, other: &Self) {
        for kind in &other.kinds {
            let same = |known: &FailureKind| known.is(kind.why, kind.state, &kind.step, &kind.says);
            let known = self.kinds.iter().position(same);
            match known {
                Some(at) => self.kinds[at].count += kind.count,
                None if self.kinds.len() < MOST_KINDS => self.kinds.push(kind.clone()),
                None => self.others += kind.count,
            }
        }
        self.others += other.others;
    }

    /// The most frequent kind that is neither a timeout nor asked for by the scenario: a
    /// pool that is short, or a fail-share, must not hide what else goes wrong.
    #[must_use]
    pub fn most_unasked(&self) -> Option<&FailureKind> {
        let unasked =
            |kind: &&FailureKind| !matches!(kind.why, Why::AcquireTimedOut | Why::Asked | Why::NoAnswer);
        // The first of several that are as frequent.
        self.kinds.iter().rev().filter(unasked).max_by_key(|kind| kind.count)
    }

    /// How many failed for this reason, as far as their kinds are told apart.
    #[must_use]
    pub fn count(&self, why: Why) -> u64 {
        self.kinds.iter().filter(|kind| kind.why == why).map(|kind| kind.count).sum()
    }

    /// Whether nothing failed, or nobody noted what.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.others == 0
    }
}

impl FailureKind {
    /// Whether a failure is of this kind.
    fn is(&self, why: Why, state: Option<SqlState>, step: &str, says: &str) -> bool {
        self.why == why && self.state == state && self.step == step && (state.is_some() || self.says == says)
    }
}

impl Failed<'_> {
    /// What is kept of the words; borrowed where they are short, as they mostly are.
    fn words(&self) -> Cow<'_, str> {
        match self.says.chars().nth(WORDS) {
            None => Cow::Borrowed(&self.says),
            Some(_) => Cow::Owned(shortened(&self.says, WORDS)),
        }
    }
}

/// The beginning of a text, in one line.
fn shortened(text: &str, most: usize) -> String {
    let mut short = String::new();
    let mut left = most;
    for word in text.split_whitespace() {
        if !short.is_empty() {
            short.push(' ');
        }
        let length = word.chars().count();
        if length > left {
            short.extend(word.chars().take(left));
            short.push('…');
            return short;
        }
        short.push_str(word);
        left = left.saturating_sub(length + 1);
    }
    short
}

/// `create_job: canceling statement due to statement timeout (SQLSTATE 57014), in "insert …"`.
impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.why == Why::AcquireTimedOut {
            return f.write_str("no connection came free within the acquire timeout");
        }
        if self.why == Why::NoAnswer {
            return f.write_str("the service did not answer within target.timeout");
        }
        write!(f, "{}: {}", self.step, self.says)?;
        if let Some(state) = self.state {
            write!(f, " (SQLSTATE {state})")?;
        }
        if !self.statement.is_empty() {
            write!(f, ", in \"{}\"", self.statement)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed<'a>(why: Why, state: Option<SqlState>, says: &'a str) -> Failed<'a> {
        Failed { why, state, step: "create_job", statement: "insert\n  into jobs", says: says.into() }
    }

    #[test]
    fn what_has_a_code_is_told_apart_by_it_and_the_rest_by_its_words() {
        let mut failures = Failures::default();
        let duplicate = SqlState::new("23505");
        failures.note(&failed(Why::Statement, duplicate, "duplicate key 1"));
        failures.note(&failed(Why::Statement, duplicate, "duplicate key 2"));
        failures.note(&failed(Why::Statement, None, "connection closed"));
        failures.note(&failed(Why::Statement, None, "broken pipe"));
        failures.note(&Failed { step: "commit", ..failed(Why::Statement, duplicate, "duplicate key 1") });
        let counts: Vec<u64> = failures.kinds.iter().map(|kind| kind.count).collect();
        assert_eq!(counts, [2, 1, 1, 1]);
        assert_eq!(
            failures.kinds[0].to_string(),
            r#"create_job: duplicate key 1 (SQLSTATE 23505), in "insert into jobs""#
        );
    }

    #[test]
    fn an_acquire_timeout_never_stands_for_the_others() {
        let mut failures = Failures::default();
        for _ in 0..100 {
            failures.note(&failed(Why::AcquireTimedOut, None, ""));
            failures.note(&failed(Why::Asked, None, "asked"));
        }
        assert_eq!(failures.most_unasked(), None);
        failures.note(&failed(Why::Queue, None, "gone"));
        assert_eq!(failures.most_unasked().unwrap().says, "gone");
        assert_eq!((failures.count(Why::AcquireTimedOut), failures.count(Why::Asked)), (100, 100));
    }

    #[test]
    fn a_flood_of_kinds_and_of_words_is_cut_and_counted() {
        let mut failures = Failures::default();
        for n in 0..50 {
            failures.note(&failed(Why::Statement, None, &format!("{n} {}", "x".repeat(5_000))));
        }
        assert_eq!((failures.kinds.len(), failures.others), (MOST_KINDS, 30));
        assert!(failures.kinds.iter().all(|kind| kind.says.chars().count() <= WORDS + 2));
        let mut twice = failures.clone();
        twice.merge(&failures);
        assert_eq!((twice.kinds.len(), twice.others), (MOST_KINDS, 60));
        assert!(twice.kinds.iter().all(|kind| kind.count == 2));
    }
}
