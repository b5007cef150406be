//! What caveats say, and what they advise.

mod setting;

use setting::of_the_setting;

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
            "One in a hundred was sent more than {lag} late, which is part of its response time; the \
             median response time of {whose} is {response}. The tail of theirs is ours as much as the \
             service's: client and service may share this machine.",
            lag = units::time(*lag),
            whose = match whose {
                Whose::Requests => word("requests"),
                Whose::Bystanders => word("bystanders"),
            },
            response = units::time(*response)
        )),
        What::FewCompletions(count) => Some(say!(
            "Only {count} requests completed in the measured span, so their count is coarse. A longer \
             measured span has more.",
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
        What::LedgerOff(crate::record::Imbalance { scheduled, accounted, dispatched, ended }) => say!(
            "The ledger does not balance: scheduled {scheduled} but accounted for {accounted}; dispatched \
             {dispatched} but ended {ended}. Please report this as a fault of poolbench.",
            scheduled,
            accounted,
            dispatched,
            ended
        ),
        What::RowsOff(rows) => say!(
            "The database has {found} rows{requests} where the driver counted {committed} commits and \
             {in_doubt} in doubt. Please report this as a fault of poolbench.",
            found = units::count(rows.found),
            requests = match rows.requests.filter(|requests| *requests < rows.found) {
                Some(requests) => say!(" of only {requests} requests", requests = units::count(requests)),
                None => String::new(),
            },
            committed = units::count(rows.committed),
            in_doubt = units::count(rows.in_doubt)
        ),
        What::ArrivalsDiffer => String::from(word(
            "The session scopes were not offered the same arrivals, so they cannot be compared. Please \
             report this as a fault of poolbench.",
        )),
        What::MovesDiffer => String::from(word(
            "A request did not make the moves of its itinerary, so its times are left out of the before \
             and after tables.",
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
            during = if during.is_empty() { word("an act") } else { heard(during) },
            acts = cut_short(acts),
            until = word(UNTIL)
        ),
        What::AnatomyFailed(failure) => say!(
            "One request alone on an idle pool failed: {failure}. Its times are left out of the before and \
             after tables.",
            failure = failure.trim_end_matches('.')
        ),
        What::DebugBuild => String::from(word(
            "poolbench was built without optimisation, so its overhead is several times larger. Run it \
             with cargo run --release.",
        )),
        other => of_a_lane(other),
    }
}

fn of_a_lane(what: &What) -> String {
    match what {
        What::InFlight(share) => say!(
            "{share} of the requests had no end when the run had; they count as lower bounds. A longer \
             drain would see their end.",
            share
        ),
        What::NotSent { shed, still_queued } => say!(
            "{shed} requests were shed because of the in-flight cap, and {still_queued} were never sent \
             before the run ended. Raise in-flight-cap, or lower the rate.",
            shed = units::count(*shed),
            still_queued = units::count(*still_queued)
        ),
        What::Failing(facts) => failing(facts),
        What::FailedAsAsked(count) => {
            say!("{count} requests failed as the scenario's fail-share asks.", count = units::count(*count))
        }
        What::JobsMarked(count) => say!(
            "{count} jobs of requests that failed stand in the database, marked FAILED with the error, \
             each by a second transaction.",
            count = units::count(*count)
        ),
        What::JobsLost(count) => say!(
            "{count} jobs were created and rolled back when their requests failed: nothing in the database \
             says that anybody asked for them. A scope that commits the job first can mark it FAILED.",
            count = units::count(*count)
        ),
        What::MarksOff { marked, found } => say!(
            "The database has {found} rows in state FAILED where the driver counted {marked} commits that \
             marked a job so. Please report this as a fault of poolbench.",
            found = units::count(*found),
            marked = units::count(*marked)
        ),
        What::Deadlocked { deadlocks, nested: holds } => {
            let of = holds.as_ref().map(|holds| format!(" {}", nested(holds)));
            say!(
                "The pool deadlocked on itself {count} times; the first: {first}. Requests that hold a \
                 connection must not ask for another one: end the nesting.{of}",
                count = units::count(deadlocks.count),
                first = deadlock(&deadlocks.first),
                of = of.unwrap_or_default()
            )
        }
        What::HangsOnTies { fixed, least, most } => say!(
            "The share served hangs on who comes first where steps end at the same instant: with holds \
             that all take the same time {fixed} of the requests were served, and {least} to {most} with \
             holds that vary by a thousandth and less. No real hold is so exact: take holds that vary \
             (--holds lognormal:0.000001), or measured ones (--holds-from).",
            fixed,
            least,
            most
        ),
        What::LagMatters { lag, response, whose } => say!(
            "One in a hundred was sent more than {lag} late, which is part of its response time; the \
             median response time of {whose} is {response}. The tail of theirs is ours as much as the \
             pool's.",
            lag = units::time(*lag),
            whose = match whose {
                Whose::Requests => word("requests"),
                Whose::Bystanders => word("bystanders"),
            },
            response = units::time(*response)
        ),
        What::LockWaits(share) => say!(
            "Of the connections engaged {share} ran a statement that waited for a lock, as the server saw \
             them: requests of the same lane wait for each other's rows. That is busy hold and no \
             overhead, and another time scale does not mend it. Update fewer rows that many requests \
             share, or commit sooner after it.",
            share
        ),
        What::OverheadMatters { overhead, share } => say!(
            "Overhead of {overhead} a hold is {share} of the hold at the scaled clock, so ratios of holds \
             are lower there than at nominal times. A larger --time-scale makes it smaller.",
            overhead = units::time(*overhead),
            share = units::percent(*share)
        ),
        What::HoldTooShort { measured, planned } => say!(
            "A connection was held for {measured} and should have been for {planned} at least: the plan is \
             not that of this run, or times were not taken rightly. No figure of a hold is to be trusted.",
            measured = units::time(*measured),
            planned = units::time(*planned)
        ),
        What::FewCompletions(count) => say!(
            "Only {count} requests completed in the measured span, so their count is coarse; throughput \
             from connection time is finer. A longer measured span has more.",
            count = units::count(*count)
        ),
        other => disagreement(other),
    }
}

fn disagreement(what: &What) -> String {
    match what {
        What::LittleOff { of, counted, stayed } => say!(
            "Counted at every change there were {counted} {of} on average, by their stays {stayed}: the \
             driver's books do not add up. Please report this as a fault of poolbench.",
            counted = units::number(*counted),
            of = counted_of(*of),
            stayed = units::number(*stayed)
        ),
        What::GaugesDisagree { pool, driver } => say!(
            "The pool says that {pool} connections were lent on average, the driver counted {driver}. The \
             pool's own gauge may count connections that it is testing or opening.",
            pool = units::number(*pool),
            driver = units::number(*driver)
        ),
        What::ServerDisagrees { server, driver } => say!(
            "The server saw {server} of the held connections idle in transaction, the driver {driver}. \
             Between the two lies the time on the way, which grows on a busy machine.",
            server,
            driver
        ),
        What::ServerSilent { lasted, from } => say!(
            "The server's own view is missing for {lasted}, from {from} after the start of the act on: the \
             server did not answer, or this machine was too busy to ask. A server that stands still makes \
             every wait and hold of that time longer: look at the charts there, and at the server's log.",
            lasted = units::time(*lasted),
            from = units::time(*from)
        ),
        What::NeverShort(utilisation) => say!(
            "The pool was never short before either: utilisation reached {utilisation} and every request \
             was served. Raise the rate, or be glad.",
            utilisation
        ),
        What::NotSaturated(utilisation) => say!(
            "The closed loop kept the pool only {utilisation} in use, so its throughput is not the \
             capacity. Raise saturation or callers under [capacity].",
            utilisation
        ),
        other => of_the_setting(other),
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

#[cfg(test)]
mod tests;
