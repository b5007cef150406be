//! Requests that failed by accident: how many, how most often, what is behind it, and what mends it.

use std::fmt;
use std::time::Duration;

use super::{Caveat, Place, Placed, What};
use crate::analyse::{LaneSummary, Share};
use crate::archive::Run;
use crate::plan::Plan;
use crate::record::{Cause, FailureKind};
use crate::units;

/// Requests of a lane that failed for another reason than the acquire timeout, and not as the scenario
/// asks.
#[derive(Debug, Clone, PartialEq)]
pub struct Failing {
    /// How many.
    pub count: u64,
    /// Of the requests that were sent.
    pub share: Share,
    /// The most frequent kind; none where nobody noted it.
    pub most: Option<FailureKind>,
    /// What is behind that kind; none where it is not known.
    pub behind: Option<Behind>,
}

/// What is behind a kind of failures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// The cause.
    pub cause: Cause,
    /// The cause and its mend in sentences.
    pub told: String,
}

impl Failing {
    /// Whether so many failed that the lane shows nothing else.
    pub(super) fn is_accident(&self) -> bool {
        self.share.get() > crate::analyse::soundness::TOLERATED
    }
}

/// One caveat for each cause, so that what killed one session scope does not stand for what killed the
/// other.
pub(super) fn find(record: &Run, lanes: &[Placed<'_>]) -> Vec<Caveat> {
    let mut found: Vec<(Failing, Vec<Place>)> = Vec::new();
    for (place, lane) in lanes {
        let Some(failing) = failing(record, lane) else { continue };
        match found.iter_mut().find(|(known, _)| alike(known, &failing)) {
            Some((worst, places)) => {
                places.push(place.clone());
                if failing.share > worst.share {
                    *worst = failing;
                }
            }
            None => found.push((failing, vec![place.clone()])),
        }
    }
    let caveat = |(failing, lanes)| Caveat { what: What::Failing(Box::new(failing)), lanes };
    found.into_iter().map(caveat).collect()
}

fn alike(a: &Failing, b: &Failing) -> bool {
    let kind = |it: &Failing| it.most.as_ref().map(|most| (most.why, most.state));
    let cause = |it: &Failing| it.behind.as_ref().map(|behind| behind.cause);
    (kind(a), cause(a)) == (kind(b), cause(b))
}

fn failing(record: &Run, lane: &LaneSummary) -> Option<Failing> {
    let count = lane.unasked_failures;
    let share = Share::of(count, lane.ledger.dispatched).filter(|_| count > 0)?;
    let most = lane.failed.most_unasked().cloned();
    let behind = most.as_ref().and_then(|most| behind(record, lane, most));
    Some(Failing { count, share, most, behind })
}

fn behind(record: &Run, lane: &LaneSummary, most: &FailureKind) -> Option<Behind> {
    let settings = &record.environment.postgres_settings;
    let cause = match Cause::of(most)? {
        // Whoever stands between us and the server may close a connection without the server's words.
        Cause::ConnectionLost if idles_too_long(&record.plan, lane, settings) => Cause::IdleInTransaction,
        cause => cause,
    };
    Some(Behind { cause, told: cause.told(settings) })
}

/// Whether the session scope is idle in a transaction for longer than the server allows.
fn idles_too_long(plan: &Plan, lane: &LaneSummary, settings: &[(String, String)]) -> bool {
    let name = Cause::IdleInTransaction.setting();
    let setting = settings.iter().find(|(known, _)| Some(known.as_str()) == name);
    let allowed = setting.and_then(|(_, value)| duration(value));
    let idle = plan.time_scale.scaled(plan.itinerary(lane.scope).idle_hold());
    allowed.is_some_and(|allowed| idle >= allowed)
}

/// A time as Postgres shows it: `2s`, `500ms`, `1min`; nothing for 0, which means off.
fn duration(value: &str) -> Option<Duration> {
    let digits = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let milliseconds = match unit {
        "us" => return number.parse().ok().map(Duration::from_micros).filter(|it| !it.is_zero()),
        "" | "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let time = Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(milliseconds)?);
    Some(time).filter(|time| !time.is_zero())
}

impl fmt::Display for Failing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, share) = (units::count(self.count), self.share);
        write!(f, "{count} requests ({share} of those sent) failed, and not for want of a free connection")?;
        match &self.most {
            Some(most) if most.count >= self.count => write!(f, ": {most}.")?,
            Some(most) => write!(f, "; most often, {} times: {most}.", units::count(most.count))?,
            None => f.write_str(".")?,
        }
        self.behind.iter().try_for_each(|behind| write!(f, " {}", behind.told))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::record;
    use super::*;
    use crate::analyse::summarise;
    use crate::itinerary::SessionScope;
    use crate::record::{FailureKind, SqlState, Why};

    /// The fixture, with failures in the lane after of sqlx.
    fn with(why: Why, code: &str, step: &str, says: &str, count: u64) -> Run {
        let mut record = record();
        let cohort = &mut record.side_by_side[1].tape.measured;
        cohort.failures.kinds.push(FailureKind {
            why,
            state: SqlState::new(code),
            step: step.to_owned(),
            statement: if why == Why::Statement { "select pg_sleep($1)" } else { "" }.to_owned(),
            says: says.to_owned(),
            count,
        });
        cohort.ledger.work_failed += count;
        cohort.ledger.completed -= count;
        record
    }

    fn told(record: &Run) -> String {
        let caveats = summarise(record).caveats;
        let told = caveats.iter().filter(|caveat| matches!(caveat.what, What::Failing(_)));
        told.map(|caveat| format!("{:?}: {caveat}", caveat.weight())).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_statement_timeout_is_named_with_its_setting() {
        let says = "canceling statement due to statement timeout";
        let mut record = with(Why::Statement, "57014", "create_job", says, 3_000);
        record.environment.postgres_settings.push(("statement_timeout".into(), "5ms".into()));
        insta::assert_snapshot!(told(&record), @r#"Grave: 3,000 requests (84.3 % of those sent) failed, and not for want of a free connection: create_job: canceling statement due to statement timeout (SQLSTATE 57014), in "select pg_sleep($1)". The server cancels statements that run longer than statement_timeout, or somebody cancelled them (statement_timeout = 5ms). Raise statement_timeout for this role, or take a smaller --time-scale. [side by side: repository-scoped on sqlx]"#);
    }

    #[test]
    fn a_transaction_that_idles_is_named_also_where_the_connection_is_only_closed() {
        let idle = |code, says| {
            let mut record = with(Why::Statement, code, "commit", says, 30);
            record.side_by_side[1].scope = SessionScope::Request;
            record.side_by_side.remove(0);
            let name = "idle_in_transaction_session_timeout".to_owned();
            record.environment.postgres_settings.push((name, "2s".into()));
            record
        };
        insta::assert_snapshot!(told(&idle("25P03", "terminating connection due to idle-in-transaction timeout")), @r#"Matters: 30 requests (0.843 % of those sent) failed, and not for want of a free connection: commit: terminating connection due to idle-in-transaction timeout (SQLSTATE 25P03), in "select pg_sleep($1)". The server ends connections that are idle in a transaction for longer than idle_in_transaction_session_timeout, and that is what request scope does while it waits (idle_in_transaction_session_timeout = 2s). Raise it for this role, or take a smaller --time-scale. [side by side: request-scoped on sqlx]"#);
        insta::assert_snapshot!(told(&idle("", "connection closed")), @r#"Matters: 30 requests (0.843 % of those sent) failed, and not for want of a free connection: commit: connection closed, in "select pg_sleep($1)". The server ends connections that are idle in a transaction for longer than idle_in_transaction_session_timeout, and that is what request scope does while it waits (idle_in_transaction_session_timeout = 2s). Raise it for this role, or take a smaller --time-scale. [side by side: request-scoped on sqlx]"#);
        let mut patient = idle("", "connection closed");
        patient.environment.postgres_settings.retain(|(name, _)| !name.starts_with("idle"));
        insta::assert_snapshot!(told(&patient), @r#"Matters: 30 requests (0.843 % of those sent) failed, and not for want of a free connection: commit: connection closed, in "select pg_sleep($1)". Connections to the server were lost. Look whether the server runs, at its log, and at what lies between. [side by side: request-scoped on sqlx]"#);
    }

    #[test]
    fn a_redis_without_memory_is_named() {
        let says = "cannot use the Redis at redis://127.0.0.1:6379: OOM: command not allowed";
        insta::assert_snapshot!(told(&with(Why::Queue, "", "enqueue", says, 3_559)), @"Grave: 3,559 requests (100 % of those sent) failed, and not for want of a free connection: enqueue: cannot use the Redis at redis://127.0.0.1:6379: OOM: command not allowed. The Redis has no memory left and refuses to write. Raise maxmemory, take a policy that evicts, or offer less. [side by side: repository-scoped on sqlx]");
    }

    #[test]
    fn each_cause_is_told_and_neither_an_acquire_timeout_nor_what_was_asked_for() {
        let mut record = with(Why::Statement, "57P01", "create_job", "terminating connection", 20);
        let others = with(Why::Asked, "", "enqueue", "refused", 500);
        record.side_by_side[3] = others.side_by_side[1].clone();
        record.side_by_side[3].pool = "deadpool-postgres".into();
        insta::assert_snapshot!(told(&record), @r#"Matters: 20 requests (0.562 % of those sent) failed, and not for want of a free connection: create_job: terminating connection (SQLSTATE 57P01), in "select pg_sleep($1)". An administrator ended connections, or the server was shut down. Run again while nobody restarts the server or calls pg_terminate_backend. [side by side: repository-scoped on sqlx]"#);
        let asked = summarise(&record).caveats;
        assert!(asked.iter().any(|caveat| caveat.what == What::FailedAsAsked(500)));
        record.side_by_side[1].tape.measured.failures.kinds[0].why = Why::AcquireTimedOut;
        assert!(!told(&record).contains("most often"), "{}", told(&record));
    }

    #[test]
    fn times_are_read_as_postgres_shows_them() {
        let seconds = |text| duration(text).map(|time| time.as_secs_f64());
        assert_eq!(seconds("2s"), Some(2.0));
        assert_eq!(seconds("500ms"), Some(0.5));
        assert_eq!(seconds("250us"), Some(0.000_25));
        assert_eq!(seconds("1min"), Some(60.0));
        assert_eq!((seconds("0"), seconds("soon"), seconds("")), (None, None, None));
    }
}
