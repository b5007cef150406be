use super::*;
use crate::analyse::fixture::record;
use crate::analyse::{Weight, summarise};
use crate::archive::{Build, QueueServer, Status};
use crate::archive::{Rows, Run};
use crate::record::{FailureKind, Why};

/// The caveats of a record that begin with, or hold, some words; all of them for none.
fn told(record: &Run, words: &str) -> String {
    let caveats = summarise(record).caveats;
    let lines = caveats.iter().map(|it| format!("{:?}: {}", it.weight(), caveat(it)));
    lines.filter(|line| line.contains(words)).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_sound_run_has_few_and_none_is_grave() {
    insta::assert_snapshot!(told(&record(), ""), @r#"
    Note: Up to 206 requests of the warm-up were waiting for a connection when the measurement began. That is how this scope lives at this load; their own figures are kept apart. [side by side: request-scoped on sqlx and deadpool-postgres]
    Note: Postgres ran with fsync, synchronous_commit, full_page_writes off, so commits are faster than where they must survive a crash. --durable keeps them on.
    Note: This is one run. Intervals are of what varied within it; what differs from run to run is not in them, and quantiles of waits have none, since waits of one run depend on each other.
    Note: Overhead of 1.17 ms a hold is 5.86 % of the hold at the scaled clock, so ratios of holds are lower there than at nominal times. A larger --time-scale makes it smaller. [side by side: repository-scoped on sqlx and deadpool-postgres; capacity: repository-scoped on sqlx and deadpool-postgres]
    Note: Only 40 requests completed in the measured span, so their count is coarse; throughput from connection time is finer. A longer measured span has more. [side by side: request-scoped on sqlx and deadpool-postgres; capacity: request-scoped on sqlx and deadpool-postgres]
    "#);
}

#[test]
fn every_fault_is_told_with_where_and_what_to_do() {
    let mut record = record();
    record.capacity.clear();
    record.environment.build = Build::Debug;
    record.environment.queue = Some(QueueServer::DelayAlone { why: String::new() });
    record.anatomy[0].moves.swap(1, 2);
    record.anatomy[3].failure = Some("create_job: permission denied for table jobs (SQLSTATE 42501)".into());
    record.status = Status::Failed;
    record.fault =
        Some(crate::archive::FaultRecord { during: "anatomy".into(), says: "the request failed".into() });
    record.side_by_side[0].arrivals = Some([1, 3].into_iter().collect());
    let lane = &mut record.side_by_side[1];
    lane.tape.measured.ledger.completed -= 1;
    lane.rows = Some(Rows { committed: 4000, in_doubt: 2, found: 3990, failed: None, requests: None });
    lane.arrivals = Some([1, 2].into_iter().collect());
    lane.tape.measured.failures.kinds = vec![FailureKind {
        why: Why::Statement,
        state: None,
        step: "a statement".into(),
        statement: String::new(),
        says: "deadlock detected".into(),
        count: 3,
    }];
    lane.tape.measured.ledger.work_failed = 3;
    let caveats = summarise(&record).caveats;
    let graves = caveats.iter().filter(|caveat| caveat.weight() == Weight::Grave).count();
    assert_eq!(graves, 5);
    insta::assert_snapshot!(told(&record, ""), @r#"
    Grave: A request did not make the moves of its itinerary, so its times are left out of the before and after tables. [anatomy: request-scoped on sqlx]
    Grave: One request alone on an idle pool failed: create_job: permission denied for table jobs (SQLSTATE 42501). Its times are left out of the before and after tables. [anatomy: repository-scoped on deadpool-postgres]
    Grave: The session scopes were not offered the same arrivals, so they cannot be compared. Please report this as a fault of poolbench. [side by side: repository-scoped on sqlx]
    Grave: The ledger does not balance: scheduled 3559 but accounted for 3559; dispatched 3559 but ended 3561. Please report this as a fault of poolbench. [side by side: repository-scoped on sqlx]
    Grave: The database has 3,990 rows where the driver counted 4,000 commits and 2 in doubt. Please report this as a fault of poolbench. [side by side: repository-scoped on sqlx]
    Matters: A fault during anatomy ended the run, so capacity did not end. What is shown was measured until then.
    Matters: poolbench was built without optimisation, so its overhead is several times larger. Run it with cargo run --release.
    Matters: No queue server was there, so the queue steps were their delay alone. Install redis-server or valkey-server, or give --redis-url.
    Matters: 3 requests (0.0843 % of those sent) failed, and not for want of a free connection: a statement: deadlock detected. [side by side: repository-scoped on sqlx]
    Note: Up to 206 requests of the warm-up were waiting for a connection when the measurement began. That is how this scope lives at this load; their own figures are kept apart. [side by side: request-scoped on sqlx and deadpool-postgres]
    Note: Postgres ran with fsync, synchronous_commit, full_page_writes off, so commits are faster than where they must survive a crash. --durable keeps them on.
    Note: This is one run. Intervals are of what varied within it; what differs from run to run is not in them, and quantiles of waits have none, since waits of one run depend on each other.
    Note: Overhead of 1.17 ms a hold is 5.84 % of the hold at the scaled clock, so ratios of holds are lower there than at nominal times. A larger --time-scale makes it smaller. [side by side: repository-scoped on sqlx and deadpool-postgres]
    Note: Only 80 requests completed in the measured span, so their count is coarse; throughput from connection time is finer. A longer measured span has more. [side by side: request-scoped on sqlx and deadpool-postgres]
    "#);
}

#[test]
fn facts_of_the_whole_run_are_told_in_sentences() {
    let tainted = What::Tainted { offered: 1_500_052.0, driven: 300.0, carried: 1e6 };
    insta::assert_snapshot!(super::told(&tainted), @"Tainted: a lane was offered 1,500,052/s and driven at 300/s, and the driver itself carries 1,000,000/s here. What is measured is in part poolbench, which is late with what it cannot carry. Offer less, or take a larger --time-scale.");
    let cut = What::ArrivalsCut { offered: 1e12, due: 18_000_000_000_000, scheduled: 12_345_678 };
    insta::assert_snapshot!(super::told(&cut), @"Offered 1,000,000,000,000/s, the driver came to only 12,345,678 of about 18,000,000,000,000 requests that were due. The others are in no figure and no column of the ledger. Offer less.");
    let share = crate::analyse::Share::new(0.42).unwrap();
    insta::assert_snapshot!(super::told(&What::LockWaits(share)), @"Of the connections engaged 42 % ran a statement that waited for a lock, as the server saw them: requests of the same lane wait for each other's rows. That is busy hold and no overhead, and another time scale does not mend it. Update fewer rows that many requests share, or commit sooner after it.");
    let [lasted, from] = [5_250, 4_750].map(std::time::Duration::from_millis);
    insta::assert_snapshot!(super::told(&What::ServerSilent { lasted, from }), @"The server's own view is missing for 5.25 s, from 4.75 s after the start of the act on: the server did not answer, or this machine was too busy to ask. A server that stands still makes every wait and hold of that time longer: look at the charts there, and at the server's log.");
}
