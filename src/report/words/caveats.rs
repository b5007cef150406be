//! What caveats say, and what they advise.

use super::deadlock::deadlock;
use super::failing::failing;
use super::{act, nested};
use crate::analyse::{Act, Caveat, Counted, Place, What, Whose};
use crate::itinerary::SCOPES;
use crate::plan::HTTP;
use crate::units;

/// What a reader has to know, and of which lanes.
pub(in crate::report) fn caveat(caveat: &Caveat) -> String {
    let outside = caveat.lanes.iter().any(|place| place.pool == HTTP);
    let told = outside.then(|| of_a_service(&caveat.what)).flatten().unwrap_or_else(|| told(&caveat.what));
    if caveat.lanes.is_empty() { told } else { format!("{told} [{}]", places(&caveat.lanes)) }
}

/// What is said otherwise of a service, of whose insides nothing is seen.
fn of_a_service(what: &What) -> Option<String> {
    match what {
        What::LagMatters { lag, response, whose } => Some(format!(
            "One in a hundred was sent more than {} late, which is part of its response time; the median response \
             time of {} is {}. The tail of theirs is ours as much as the service's: client and service may share \
             this machine.",
            units::time(*lag),
            match whose {
                Whose::Requests => "requests",
                Whose::Bystanders => "bystanders",
            },
            units::time(*response),
        )),
        What::FewCompletions(count) => Some(format!(
            "Only {count} requests completed in the measured span, so their count is coarse. A longer measured span \
             has more."
        )),
        What::AnatomyFailed(failure) => {
            Some(format!("One request alone failed: {}.", failure.trim_end_matches('.')))
        }
        _ => None,
    }
}

/// `side by side: request-scoped on sqlx and deadpool-postgres; capacity: …`.
fn places(lanes: &[Place]) -> String {
    let mut told = Vec::new();
    for its in [Act::Anatomy, Act::SideBySide, Act::Capacity] {
        let (mut scopes, mut named) = (Vec::new(), Vec::new());
        // In the order in which tables have them; a scenario's own come after them, each once.
        let known = SCOPES.into_iter().chain(lanes.iter().map(|place| place.scope));
        for scope in known {
            if named.contains(&scope) {
                continue;
            }
            named.push(scope);
            let here = lanes.iter().filter(|place| place.act == its && place.scope == scope);
            let pools: Vec<&str> = here.map(|place| place.pool.as_str()).collect();
            if !pools.is_empty() {
                scopes.push(format!("{scope} on {}", pools.join(" and ")));
            }
        }
        if !scopes.is_empty() {
            told.push(format!("{}: {}", act(its), scopes.join(", ")));
        }
    }
    told.join("; ")
}

fn told(what: &What) -> String {
    match what {
        What::LedgerOff(imbalance) => format!("{}.", capital(&imbalance.to_string())),
        What::RowsOff(rows) => format!(
            "The database has {} rows{} where the driver counted {} commits and {} in doubt. Please \
                 report this as a fault of poolbench.",
            units::count(rows.found),
            match rows.requests.filter(|requests| *requests < rows.found) {
                Some(requests) => format!(" of only {} requests", units::count(requests)),
                None => String::new(),
            },
            units::count(rows.committed),
            units::count(rows.in_doubt)
        ),
        What::ArrivalsDiffer => String::from(
            "The session scopes were not offered the same arrivals, so they cannot be compared. Please \
                 report this as a fault of poolbench.",
        ),
        What::MovesDiffer => String::from(
            "A request did not make the moves of its itinerary, so its times are left out of the \
                 before and after tables.",
        ),
        What::Stopped(acts) => {
            format!("The run was stopped, so {} did not end. {UNTIL}", cut_short(acts))
        }
        What::Failed { during, acts } => format!(
            "A fault during {} ended the run, so {} did not end. {UNTIL}",
            if during.is_empty() { "an act" } else { during },
            cut_short(acts)
        ),
        What::AnatomyFailed(failure) => format!(
            "One request alone on an idle pool failed: {}. Its times are left out of the before and after \
                 tables.",
            failure.trim_end_matches('.')
        ),
        What::DebugBuild => String::from(
            "poolbench was built without optimisation, so its overhead is several times larger. Run it \
                 with cargo run --release.",
        ),
        other => of_a_lane(other),
    }
}

fn of_a_lane(what: &What) -> String {
    match what {
        What::InFlight(share) => format!(
            "{share} of the requests had no end when the run had; they count as lower bounds. A longer \
                 drain would see their end."
        ),
        What::NotSent { shed, still_queued } => format!(
            "{} requests were shed because of the in-flight cap, and {} were never sent before the run \
                 ended. Raise in-flight-cap, or lower the rate.",
            units::count(*shed),
            units::count(*still_queued)
        ),
        What::Failing(facts) => failing(facts),
        What::FailedAsAsked(count) => {
            format!("{} requests failed as the scenario's fail-share asks.", units::count(*count))
        }
        What::JobsMarked(count) => format!(
            "{} jobs of requests that failed stand in the database, marked FAILED with the error, each by a second \
             transaction.",
            units::count(*count)
        ),
        What::JobsLost(count) => format!(
            "{} jobs were created and rolled back when their requests failed: nothing in the database says that \
             anybody asked for them. A scope that commits the job first can mark it FAILED.",
            units::count(*count)
        ),
        What::MarksOff { marked, found } => format!(
            "The database has {} rows in state FAILED where the driver counted {} commits that marked a job so. \
             Please report this as a fault of poolbench.",
            units::count(*found),
            units::count(*marked)
        ),
        What::Deadlocked { deadlocks, nested: holds } => {
            let of = holds.as_ref().map(|holds| format!(" {}", nested(holds)));
            format!(
                "The pool deadlocked on itself {} times; the first: {}. Requests that hold a connection must \
                 not ask for another one: end the nesting.{}",
                units::count(deadlocks.count),
                deadlock(&deadlocks.first),
                of.unwrap_or_default()
            )
        }
        What::HangsOnTies { fixed, least, most } => format!(
            "The share served hangs on who comes first where steps end at the same instant: with holds that \
                 all take the same time {fixed} of the requests were served, and {least} to {most} with \
                 holds that vary by a thousandth and less. No real hold is so exact: take holds that vary \
                 (--holds lognormal:0.000001), or measured ones (--holds-from)."
        ),
        What::LagMatters { lag, response, whose } => format!(
            "One in a hundred was sent more than {} late, which is part of its response time; the \
                 median response time of {} is {}. The tail of theirs is ours as much as the pool's.",
            units::time(*lag),
            match whose {
                Whose::Requests => "requests",
                Whose::Bystanders => "bystanders",
            },
            units::time(*response)
        ),
        What::LockWaits(share) => format!(
            "Of the connections engaged {share} ran a statement that waited for a lock, as the server saw \
                 them: requests of the same lane wait for each other's rows. That is busy hold and no \
                 overhead, and another time scale does not mend it. Update fewer rows that many requests \
                 share, or commit sooner after it."
        ),
        What::OverheadMatters { overhead, share } => format!(
            "Overhead of {} a hold is {} of the hold at the scaled clock, so ratios of holds are lower \
                 there than at nominal times. A larger --time-scale makes it smaller.",
            units::time(*overhead),
            units::percent(*share)
        ),
        What::HoldTooShort { measured, planned } => format!(
            "A connection was held for {} and should have been for {} at least: the plan is not that of \
                 this run, or times were not taken rightly. No figure of a hold is to be trusted.",
            units::time(*measured),
            units::time(*planned)
        ),
        What::FewCompletions(count) => format!(
            "Only {} requests completed in the measured span, so their count is coarse; throughput from \
                 connection time is finer. A longer measured span has more.",
            units::count(*count)
        ),
        other => disagreement(other),
    }
}

fn disagreement(what: &What) -> String {
    match what {
        What::LittleOff { of, counted, stayed } => format!(
            "Counted at every change there were {} {} on average, by their stays {}: the \
                 driver's books do not add up. Please report this as a fault of poolbench.",
            units::number(*counted),
            counted_of(*of),
            units::number(*stayed)
        ),
        What::GaugesDisagree { pool, driver } => format!(
            "The pool says that {} connections were lent on average, the driver counted {}. The pool's \
                 own gauge may count connections that it is testing or opening.",
            units::number(*pool),
            units::number(*driver)
        ),
        What::ServerDisagrees { server, driver } => format!(
            "The server saw {server} of the held connections idle in transaction, the driver {driver}. \
                 Between the two lies the time on the way, which grows on a busy machine."
        ),
        What::ServerSilent { lasted, from } => format!(
            "The server's own view is missing for {}, from {} after the start of the act on: the server \
                 did not answer, or this machine was too busy to ask. A server that stands still makes every \
                 wait and hold of that time longer: look at the charts there, and at the server's log.",
            units::time(*lasted),
            units::time(*from)
        ),
        What::NeverShort(utilisation) => format!(
            "The pool was never short before either: utilisation reached {utilisation} and every \
                 request was served. Raise the rate, or be glad."
        ),
        What::NotSaturated(utilisation) => format!(
            "The closed loop kept the pool only {utilisation} in use, so its throughput is not the \
                 capacity. Raise saturation or callers under [capacity]."
        ),
        other => of_the_setting(other),
    }
}

fn of_the_setting(what: &What) -> String {
    match what {
        What::WarmUpShort { warm_up, request } => format!(
            "The warm-up of {} is shorter than a request of {}, so the measured span begins before the \
                 first requests end. Make warm-up at least as long.",
            units::time(*warm_up),
            units::time(*request)
        ),
        What::Tainted { offered, driven, carried } => format!(
            "Tainted: a lane was offered {}/s and driven at {}/s, and the driver itself carries {}/s here. \
                 What is measured is in part poolbench{}. Offer less, or take a larger --time-scale.",
            units::number(*offered),
            units::number(*driven),
            units::number(*carried),
            if offered > carried { ", which is late with what it cannot carry" } else { "" }
        ),
        What::WarmUpBacklog(waiting) => format!(
            "Up to {} requests of the warm-up were waiting for a connection when the measurement began. That \
                 is how this scope lives at this load; their own figures are kept apart.",
            units::count(*waiting)
        ),
        What::QueueIsDelay => String::from(
            "No queue server was there, so the queue steps were their delay alone. Install redis-server \
                 or valkey-server, or give --redis-url.",
        ),
        What::DurabilityOff(settings) => format!(
            "Postgres ran with {} off, so commits are faster than where they must survive a crash. \
                 --durable keeps them on.",
            settings.join(", ")
        ),
        What::ArrivalsCut { offered, due, scheduled } => format!(
            "Offered {}/s, the driver came to only {} of about {} requests that were due. The others are in \
                 no figure and no column of the ledger. Offer less.",
            units::number(*offered),
            units::count(*scheduled),
            units::count(*due)
        ),
        What::ArrivalsNotCompared => String::from(
            "The load ended before its time, and after another number of arrivals in each session scope, so \
                 whether they were offered the same ones was not compared.",
        ),
        What::TwinArrivals => String::from(
            "The twin draws other arrivals from this plan than the run had: another version of poolbench \
                 ran it, or the record was edited. What the twin shows is another draw of the same load.",
        ),
        What::LoadNotAsPlanned { due, planned } => format!(
            "{} requests were due, and the plan has {}: it is not that of this run. What stands beside \
                 the measurement, and the rate in its first sentence, are of another load.",
            units::count(*due),
            units::count(*planned)
        ),
        _ => String::from(
            "This is one run. Intervals are of what varied within it; what differs from run to run is \
                 not in them, and quantiles of waits have none, since waits of one run depend on each other.",
        ),
    }
}

fn counted_of(of: Counted) -> &'static str {
    match of {
        Counted::InUse => "connections in use",
        Counted::Waiting => "requests waiting",
        Counted::InFlight => "requests in flight",
    }
}

const UNTIL: &str = "What is shown was measured until then.";

/// What did not end of a run that was ended early.
fn cut_short(acts: &[Act]) -> String {
    let acts: Vec<String> = acts.iter().map(|its| act(*its).to_owned()).collect();
    if acts.is_empty() { "its last act".to_owned() } else { acts.join(" and ") }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
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
        record.anatomy[3].failure =
            Some("create_job: permission denied for table jobs (SQLSTATE 42501)".into());
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
}
