//! Requests that failed by accident, and the cause with its mend.

use crate::analyse::{Behind, Failing};
use crate::report::lang::{heard, say, word};
use crate::units;

/// How many failed, how most often, what is behind it, and what mends it.
pub(super) fn failing(facts: &Failing) -> String {
    let (count, share) = (units::count(facts.count), facts.share);
    let failed = say!(
        "{count} requests ({share} of those sent) failed, and not for want of a free connection",
        count,
        share
    );
    let most = match &facts.most {
        Some(most) if most.count >= facts.count => format!(": {}.", heard(&most.to_string())),
        Some(most) => say!(
            "; most often, {count} times: {most}.",
            count = units::count(most.count),
            most = heard(&most.to_string())
        ),
        None => ".".to_owned(),
    };
    let told = |behind: &Behind| {
        let (cause, mend) = behind.cause.words();
        let (cause, mend) = (word(cause), word(mend));
        match behind.cause.set_by(behind.setting.as_slice()) {
            Some((name, value)) => {
                say!(" {cause} ({name} = {value}). {mend}¦failing", cause, name, value, mend)
            }
            None => say!(" {cause}. {mend}¦failing", cause, mend),
        }
    };
    let behind = facts.behind.as_ref().map(told).unwrap_or_default();
    format!("{failed}{most}{behind}")
}

#[cfg(test)]
mod tests {
    use super::super::caveat;
    use crate::analyse::fixture::record;
    use crate::analyse::{What, summarise};
    use crate::archive::Run;
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
        told.map(|it| format!("{:?}: {}", it.weight(), caveat(it))).collect::<Vec<_>>().join("\n")
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
}
