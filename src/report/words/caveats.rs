//! What caveats say, and what they advise.

use super::deadlock::deadlock;
use super::failing::failing;
use super::{act, nested};
use crate::analyse::{Act, Caveat, Counted, Place, What, Whose};
use crate::itinerary::SCOPES;
use crate::plan::HTTP;
use crate::report::lang::{heard, key, say, word};
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
        What::LagMatters { lag, response, whose } => Some(say!(
            "One in a hundred was sent more than {lag} late, which is part of its response time; the median response time of {whose} is {response}. The tail of theirs is ours as much as the service's: client and service may share this machine.",
            lag = units::time(*lag),
            whose = match whose {
                Whose::Requests => word("requests"),
                Whose::Bystanders => word("bystanders"),
            },
            response = units::time(*response)
        )),
        What::FewCompletions(count) => Some(say!(
            "Only {count} requests completed in the measured span, so their count is coarse. A longer measured span has more.",
            count
        )),
        What::AnatomyFailed(failure) => {
            Some(say!("One request alone failed: {failure}.", failure = failure.trim_end_matches('.')))
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
                scopes.push(say!("{scope} on {pools}", scope, pools = pools.join(word(" and "))));
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
        What::LedgerOff(imbalance) => format!("{}.", capital(heard(&imbalance.to_string()))),
        What::RowsOff(rows) => say!(
            "The database has {found} rows{requests} where the driver counted {committed} commits and {in_doubt} in doubt. Please report this as a fault of poolbench.",
            found = units::count(rows.found),
            requests = match rows.requests.filter(|requests| *requests < rows.found) {
                Some(requests) => say!(" of only {requests} requests", requests = units::count(requests)),
                None => String::new(),
            },
            committed = units::count(rows.committed),
            in_doubt = units::count(rows.in_doubt)
        ),
        What::ArrivalsDiffer => String::from(word(
            "The session scopes were not offered the same arrivals, so they cannot be compared. Please report this as a fault of poolbench.",
        )),
        What::MovesDiffer => String::from(word(
            "A request did not make the moves of its itinerary, so its times are left out of the before and after tables.",
        )),
        What::Stopped(acts) => {
            say!(
                "The run was stopped, so {acts} did not end. {until}",
                acts = cut_short(acts),
                until = word(UNTIL)
            )
        }
        What::Failed { during, acts } => say!(
            "A fault during {during} ended the run, so {acts} did not end. {until}",
            during = if during.is_empty() { word("an act") } else { during },
            acts = cut_short(acts),
            until = word(UNTIL)
        ),
        What::AnatomyFailed(failure) => say!(
            "One request alone on an idle pool failed: {failure}. Its times are left out of the before and after tables.",
            failure = failure.trim_end_matches('.')
        ),
        What::DebugBuild => String::from(word(
            "poolbench was built without optimisation, so its overhead is several times larger. Run it with cargo run --release.",
        )),
        other => of_a_lane(other),
    }
}

fn of_a_lane(what: &What) -> String {
    match what {
        What::InFlight(share) => say!(
            "{share} of the requests had no end when the run had; they count as lower bounds. A longer drain would see their end.",
            share
        ),
        What::NotSent { shed, still_queued } => say!(
            "{shed} requests were shed because of the in-flight cap, and {still_queued} were never sent before the run ended. Raise in-flight-cap, or lower the rate.",
            shed = units::count(*shed),
            still_queued = units::count(*still_queued)
        ),
        What::Failing(facts) => failing(facts),
        What::FailedAsAsked(count) => {
            say!("{count} requests failed as the scenario's fail-share asks.", count = units::count(*count))
        }
        What::JobsMarked(count) => say!(
            "{count} jobs of requests that failed stand in the database, marked FAILED with the error, each by a second transaction.",
            count = units::count(*count)
        ),
        What::JobsLost(count) => say!(
            "{count} jobs were created and rolled back when their requests failed: nothing in the database says that anybody asked for them. A scope that commits the job first can mark it FAILED.",
            count = units::count(*count)
        ),
        What::MarksOff { marked, found } => say!(
            "The database has {found} rows in state FAILED where the driver counted {marked} commits that marked a job so. Please report this as a fault of poolbench.",
            found = units::count(*found),
            marked = units::count(*marked)
        ),
        What::Deadlocked { deadlocks, nested: holds } => {
            let of = holds.as_ref().map(|holds| format!(" {}", nested(holds)));
            say!(
                "The pool deadlocked on itself {count} times; the first: {first}. Requests that hold a connection must not ask for another one: end the nesting.{of}",
                count = units::count(deadlocks.count),
                first = deadlock(&deadlocks.first),
                of = of.unwrap_or_default()
            )
        }
        What::HangsOnTies { fixed, least, most } => say!(
            "The share served hangs on who comes first where steps end at the same instant: with holds that all take the same time {fixed} of the requests were served, and {least} to {most} with holds that vary by a thousandth and less. No real hold is so exact: take holds that vary (--holds lognormal:0.000001), or measured ones (--holds-from).",
            fixed,
            least,
            most
        ),
        What::LagMatters { lag, response, whose } => say!(
            "One in a hundred was sent more than {lag} late, which is part of its response time; the median response time of {whose} is {response}. The tail of theirs is ours as much as the pool's.",
            lag = units::time(*lag),
            whose = match whose {
                Whose::Requests => word("requests"),
                Whose::Bystanders => word("bystanders"),
            },
            response = units::time(*response)
        ),
        What::LockWaits(share) => say!(
            "Of the connections engaged {share} ran a statement that waited for a lock, as the server saw them: requests of the same lane wait for each other's rows. That is busy hold and no overhead, and another time scale does not mend it. Update fewer rows that many requests share, or commit sooner after it.",
            share
        ),
        What::OverheadMatters { overhead, share } => say!(
            "Overhead of {overhead} a hold is {share} of the hold at the scaled clock, so ratios of holds are lower there than at nominal times. A larger --time-scale makes it smaller.",
            overhead = units::time(*overhead),
            share = units::percent(*share)
        ),
        What::HoldTooShort { measured, planned } => say!(
            "A connection was held for {measured} and should have been for {planned} at least: the plan is not that of this run, or times were not taken rightly. No figure of a hold is to be trusted.",
            measured = units::time(*measured),
            planned = units::time(*planned)
        ),
        What::FewCompletions(count) => say!(
            "Only {count} requests completed in the measured span, so their count is coarse; throughput from connection time is finer. A longer measured span has more.",
            count = units::count(*count)
        ),
        other => disagreement(other),
    }
}

fn disagreement(what: &What) -> String {
    match what {
        What::LittleOff { of, counted, stayed } => say!(
            "Counted at every change there were {counted} {of} on average, by their stays {stayed}: the driver's books do not add up. Please report this as a fault of poolbench.",
            counted = units::number(*counted),
            of = counted_of(*of),
            stayed = units::number(*stayed)
        ),
        What::GaugesDisagree { pool, driver } => say!(
            "The pool says that {pool} connections were lent on average, the driver counted {driver}. The pool's own gauge may count connections that it is testing or opening.",
            pool = units::number(*pool),
            driver = units::number(*driver)
        ),
        What::ServerDisagrees { server, driver } => say!(
            "The server saw {server} of the held connections idle in transaction, the driver {driver}. Between the two lies the time on the way, which grows on a busy machine.",
            server,
            driver
        ),
        What::ServerSilent { lasted, from } => say!(
            "The server's own view is missing for {lasted}, from {from} after the start of the act on: the server did not answer, or this machine was too busy to ask. A server that stands still makes every wait and hold of that time longer: look at the charts there, and at the server's log.",
            lasted = units::time(*lasted),
            from = units::time(*from)
        ),
        What::NeverShort(utilisation) => say!(
            "The pool was never short before either: utilisation reached {utilisation} and every request was served. Raise the rate, or be glad.",
            utilisation
        ),
        What::NotSaturated(utilisation) => say!(
            "The closed loop kept the pool only {utilisation} in use, so its throughput is not the capacity. Raise saturation or callers under [capacity].",
            utilisation
        ),
        other => of_the_setting(other),
    }
}

fn of_the_setting(what: &What) -> String {
    match what {
        What::WarmUpShort { warm_up, request } => say!(
            "The warm-up of {warm_up} is shorter than a request of {request}, so the measured span begins before the first requests end. Make warm-up at least as long.",
            warm_up = units::time(*warm_up),
            request = units::time(*request)
        ),
        What::Tainted { offered, driven, carried } => say!(
            "Tainted: a lane was offered {offered}/s and driven at {driven}/s, and the driver itself carries {carried}/s here. What is measured is in part poolbench{late}. Offer less, or take a larger --time-scale.",
            offered = units::number(*offered),
            driven = units::number(*driven),
            carried = units::number(*carried),
            late = if offered > carried { word(", which is late with what it cannot carry") } else { "" }
        ),
        What::WarmUpBacklog(waiting) => say!(
            "Up to {waiting} requests of the warm-up were waiting for a connection when the measurement began. That is how this scope lives at this load; their own figures are kept apart.",
            waiting = units::count(*waiting)
        ),
        What::QueueIsDelay => String::from(word(
            "No queue server was there, so the queue steps were their delay alone. Install redis-server or valkey-server, or give --redis-url.",
        )),
        What::DurabilityOff(settings) => say!(
            "Postgres ran with {settings} off, so commits are faster than where they must survive a crash. --durable keeps them on.",
            settings = settings.join(", ")
        ),
        What::ArrivalsCut { offered, due, scheduled } => say!(
            "Offered {offered}/s, the driver came to only {scheduled} of about {due} requests that were due. The others are in no figure and no column of the ledger. Offer less.",
            offered = units::number(*offered),
            scheduled = units::count(*scheduled),
            due = units::count(*due)
        ),
        What::ArrivalsNotCompared => String::from(word(
            "The load ended before its time, and after another number of arrivals in each session scope, so whether they were offered the same ones was not compared.",
        )),
        What::TwinArrivals => String::from(word(
            "The twin draws other arrivals from this plan than the run had: another version of poolbench ran it, or the record was edited. What the twin shows is another draw of the same load.",
        )),
        What::LoadNotAsPlanned { due, planned } => say!(
            "{due} requests were due, and the plan has {planned}: it is not that of this run. What stands beside the measurement, and the rate in its first sentence, are of another load.",
            due = units::count(*due),
            planned = units::count(*planned)
        ),
        _ => String::from(word(
            "This is one run. Intervals are of what varied within it; what differs from run to run is not in them, and quantiles of waits have none, since waits of one run depend on each other.",
        )),
    }
}

fn counted_of(of: Counted) -> &'static str {
    match of {
        Counted::InUse => word("connections in use"),
        Counted::Waiting => word("requests waiting"),
        Counted::InFlight => word("requests in flight"),
    }
}

const UNTIL: &str = key("What is shown was measured until then.");

/// What did not end of a run that was ended early.
fn cut_short(acts: &[Act]) -> String {
    let acts: Vec<String> = acts.iter().map(|its| act(*its).to_owned()).collect();
    if acts.is_empty() { word("its last act").to_owned() } else { acts.join(word(" and ")) }
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
