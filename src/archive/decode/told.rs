//! The first records of version 1 have the first words of the errors of a lane, which tell no code and
//! no step, where later ones have failures by their kind.

use crate::record::{FailureKind, Failures, Why};

/// How the twin's words of a deadlock begin; a deadlock is no failure of a request.
const DEADLOCK: &str = "deadlock in pool";

/// The kinds of failure that errors in words stand for.
pub(super) fn failures(errors: &[(String, u64)]) -> Failures {
    let kinds = errors.iter().filter(|(words, _)| !words.starts_with(DEADLOCK));
    let kinds = kinds.map(|(words, count)| {
        let (why, says) = match words.split_once(": ") {
            Some(("acquire", says)) if says.starts_with("no connection came free") => {
                (Why::AcquireTimedOut, says)
            }
            Some(("acquire", says)) => (Why::AcquireFailed, says),
            Some(("queue", says)) if says.starts_with("the queue refused") => (Why::Asked, says),
            Some(("queue", says)) => (Why::Queue, says),
            Some(("sql", says)) => (Why::Statement, says),
            _ => (Why::Statement, words.as_str()),
        };
        let step = match why {
            Why::AcquireTimedOut | Why::ConnectTimedOut | Why::AcquireFailed => "acquire",
            Why::Statement => "a statement",
            Why::Queue | Why::Asked => "the queue",
        };
        FailureKind {
            why,
            state: None,
            step: step.to_owned(),
            statement: String::new(),
            says: says.to_owned(),
            count: *count,
        }
    });
    Failures { kinds: kinds.collect(), others: 0 }
}
