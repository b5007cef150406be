//! What records told in words before they had it typed: of a lane its errors by their first words,
//! which tell no code and no step, and the first deadlock; and the queue. No other room reads words.

use std::time::Duration;

use super::{Defect, In};
use crate::archive::QueueServer;
use crate::arrivals::Fingerprint;
use crate::record::{Deadlock, Deadlocks, FailureKind, Failures, Holder, Nanos, Why};

/// How the words of a deadlock begin; a deadlock is no failure of a request.
const DEADLOCK: &str = "deadlock in pool ";

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
            // No record of words was of a service.
            Why::NotConnected | Why::Answer | Why::NoAnswer => "request",
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

/// A fingerprint of arrivals; none of a closed loop. The first records have the digits of another one,
/// which does not say of how many arrivals it is.
pub(super) fn arrivals(words: &str) -> Result<Option<Fingerprint>, Defect> {
    let of_another_form = words.len() == 16 && words.bytes().all(|byte| byte.is_ascii_hexdigit());
    if words.is_empty() || of_another_form {
        return Ok(None);
    }
    let fingerprint = words.parse().map_err(|_| Defect::at("", "it is no fingerprint of arrivals"));
    fingerprint.map(Some)
}

/// What the queue steps talked to; none in virtual time.
pub(super) fn queue(words: &str) -> Option<QueueServer> {
    if words.is_empty() {
        return None;
    }
    if words.contains("delay") {
        let why = words.split_once('(').map_or("", |(_, why)| why.trim_end_matches(')'));
        return Some(QueueServer::DelayAlone { why: why.to_owned() });
    }
    // `Redis 7.0.15 (a throw-away server), as …`, and in the first records `redis 7.0.15, throw-away server`.
    let first = || words.split_once(", ");
    let later = || Some((words.split_once(" (")?.0, words.split_once(" (")?.1.split_once("),")?.0));
    let (version, from) = later().or_else(first).unwrap_or((words, ""));
    Some(QueueServer::Redis { version: version.to_owned(), from: from.to_owned() })
}

/// The deadlocks among the errors, with times as exact as their words.
pub(super) fn deadlocks(errors: &[(String, u64)]) -> Result<Option<Deadlocks>, Defect> {
    let told = errors.iter().enumerate().find(|(_, (words, _))| words.starts_with(DEADLOCK));
    let Some((index, (words, count))) = told else { return Ok(None) };
    let first =
        deadlock(words).ok_or_else(|| Defect::at("", "it is a deadlock in words that cannot be read"));
    Ok(Some(Deadlocks { count: *count, first: first.nth("errors", index)? }))
}

fn deadlock(words: &str) -> Option<Deadlock> {
    let (pool, rest) = words.strip_prefix(DEADLOCK)?.split_once(" after ")?;
    let (at, rest) = rest.split_once(": ")?;
    let (requests, rest) = rest.split_once(" requests hold all ")?;
    let (connections, rest) = rest.split_once(" connections and wait for one more; ")?;
    let (ends, holders) = rest.split_once(": ").unwrap_or((rest, ""));
    let at = nanos(at)?;
    let gives_up = match ends {
        "none of them gives up" => None,
        ends => {
            let later = nanos(ends.strip_prefix("the first gives up ")?.strip_suffix(" later")?)?;
            Some(at.checked_add(later)?)
        }
    };
    let holders =
        holders.split("; ").filter(|words| words.starts_with("request ")).take(Deadlock::MOST_HOLDERS);
    Some(Deadlock {
        pool: pool.parse().ok()?,
        at,
        requests: requests.parse().ok()?,
        connections: connections.parse().ok()?,
        gives_up,
        holders: holders.map(holder).collect::<Option<_>>()?,
    })
}

fn holder(words: &str) -> Option<Holder> {
    let (request, rest) = words.strip_prefix("request ")?.split_once(" holds ")?;
    let (holds, rest) = rest.split_once(" connection")?;
    let acquisition = rest.trim_start_matches('s').strip_prefix(" and waits for its acquisition ")?;
    Some(Holder {
        request: request.parse().ok()?,
        holds: holds.parse().ok()?,
        acquisition: acquisition.parse().ok()?,
    })
}

/// A time as [`crate::units::time`] writes it.
fn nanos(words: &str) -> Option<Nanos> {
    let (number, unit) = words.split_once(' ')?;
    let number: f64 = number.replace(',', "").parse().ok()?;
    let seconds = match unit {
        "s" => number,
        "ms" => number / 1e3,
        "µs" => number / 1e6,
        "ns" => number / 1e9,
        _ => return None,
    };
    u64::try_from(Duration::try_from_secs_f64(seconds).ok()?.as_nanos()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(words: &str) -> Vec<(String, u64)> {
        vec![("sql: deadlock detected".to_owned(), 1), (words.to_owned(), 7)]
    }

    #[test]
    fn a_deadlock_in_words_is_read_whole() {
        let words = "deadlock in pool 3 after 1,234 s: 20 requests hold all 21 connections and wait for one \
                     more; the first gives up 1.5 ms later: request 4 holds 1 connection and waits for its \
                     acquisition 2; request 7 holds 2 connections and waits for its acquisition 3; and 18 more \
                     alike";
        let first = Deadlock {
            pool: 3,
            at: 1_234_000_000_000,
            requests: 20,
            connections: 21,
            gives_up: Some(1_234_001_500_000),
            holders: vec![
                Holder { request: 4, holds: 1, acquisition: 2 },
                Holder { request: 7, holds: 2, acquisition: 3 },
            ],
        };
        assert_eq!(deadlocks(&errors(words)), Ok(Some(Deadlocks { count: 7, first: first.clone() })));
        assert_eq!(failures(&errors(words)).kinds.len(), 1);
        let never = "deadlock in pool 3 after 1,234 s: 20 requests hold all 21 connections and wait for one \
                     more; none of them gives up";
        let first = Deadlock { gives_up: None, holders: Vec::new(), ..first };
        assert_eq!(deadlocks(&errors(never)), Ok(Some(Deadlocks { count: 7, first })));
        assert_eq!(deadlocks(&errors("acquire: closed")), Ok(None));
    }

    #[test]
    fn a_fingerprint_is_of_this_form_or_of_the_first_one() {
        assert_eq!((arrivals(""), arrivals("2df9af8a4fcd7ea0")), (Ok(None), Ok(None)));
        let fingerprint: Fingerprint = [1, 2].into_iter().collect();
        assert_eq!(arrivals(&fingerprint.to_string()), Ok(Some(fingerprint)));
        assert!(arrivals("some").is_err());
    }

    #[test]
    fn a_queue_is_told_from_a_delay() {
        let redis = |version: &str, from: &str| {
            Some(QueueServer::Redis { version: version.to_owned(), from: from.to_owned() })
        };
        let delay = |why: &str| Some(QueueServer::DelayAlone { why: why.to_owned() });
        let own = "Redis 7.0.15 (a throw-away server), as Redis Queue writes, in a queue of the run's own";
        assert_eq!(queue(own), redis("Redis 7.0.15", "a throw-away server"));
        assert_eq!(queue("redis 7.0.15, throw-away server"), redis("redis 7.0.15", "throw-away server"));
        assert_eq!(queue("Redis"), redis("Redis", ""));
        assert_eq!(queue("a delay alone"), delay(""));
        assert_eq!(queue("a delay alone (no redis-server here)"), delay("no redis-server here"));
        assert_eq!(queue(""), None);
    }

    #[test]
    fn half_a_deadlock_is_refused_with_its_place() {
        let fault = deadlocks(&errors("deadlock in pool 3 after a while")).unwrap_err();
        assert_eq!(fault.to_string(), "errors[1]: it is a deadlock in words that cannot be read");
    }
}
