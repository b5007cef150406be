//! What caveats say, and what they advise.

use std::fmt;

use super::{Act, Caveat, Place, What, deadlock};
use crate::itinerary::SCOPES;
use crate::units;

impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.what.fmt(f)?;
        if self.lanes.is_empty() { Ok(()) } else { write!(f, " [{}]", places(&self.lanes)) }
    }
}

/// `side by side: request-scoped on sqlx and deadpool-postgres; capacity: …`.
fn places(lanes: &[Place]) -> String {
    let mut told = Vec::new();
    for act in [Act::Anatomy, Act::SideBySide, Act::Capacity] {
        let mut scopes = Vec::new();
        for scope in SCOPES {
            let here = lanes.iter().filter(|place| place.act == act && place.scope == scope);
            let pools: Vec<&str> = here.map(|place| place.pool.as_str()).collect();
            if !pools.is_empty() {
                scopes.push(format!("{scope} on {}", pools.join(" and ")));
            }
        }
        if !scopes.is_empty() {
            told.push(format!("{act}: {}", scopes.join(", ")));
        }
    }
    told.join("; ")
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LedgerOff(imbalance) => write!(f, "{}.", capital(&imbalance.to_string())),
            Self::RowsOff(rows) => write!(
                f,
                "The database has {} rows where the driver counted {} commits and {} in doubt. Please \
                 report this as a fault of poolbench.",
                units::count(rows.found),
                units::count(rows.committed),
                units::count(rows.in_doubt)
            ),
            Self::ArrivalsDiffer => f.write_str(
                "The session scopes were not offered the same arrivals, so they cannot be compared. Please \
                 report this as a fault of poolbench.",
            ),
            Self::MovesDiffer => f.write_str(
                "A request did not make the moves of its itinerary, so its times are left out of the \
                 before and after tables.",
            ),
            Self::Stopped(acts) => {
                write!(f, "The run was stopped, so {} did not end. {UNTIL}", cut_short(acts))
            }
            Self::Failed { during, acts } => write!(
                f,
                "A fault during {} ended the run, so {} did not end. {UNTIL}",
                if during.is_empty() { "an act" } else { during },
                cut_short(acts)
            ),
            Self::AnatomyFailed(failure) => write!(
                f,
                "One request alone on an idle pool failed: {}. Its times are left out of the before and after \
                 tables.",
                failure.trim_end_matches('.')
            ),
            Self::DebugBuild => f.write_str(
                "poolbench was built without optimisation, so its overhead is several times larger. Run it \
                 with cargo run --release.",
            ),
            other => other.measured(f),
        }
    }
}

impl What {
    fn measured(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InFlight(share) => write!(
                f,
                "{share} of the requests had no end when the run had; they count as lower bounds. A longer \
                 drain would see their end."
            ),
            Self::NotSent { shed, still_queued } => write!(
                f,
                "{} requests were shed because of the in-flight cap, and {} were never sent before the run \
                 ended. Raise in-flight-cap, or lower the rate.",
                units::count(*shed),
                units::count(*still_queued)
            ),
            Self::Failing(failing) => write!(f, "{failing}"),
            Self::FailedAsAsked(count) => {
                write!(f, "{} requests failed as the scenario's fail-share asks.", units::count(*count))
            }
            Self::Deadlocked { deadlocks, nested } => {
                write!(
                    f,
                    "The pool deadlocked on itself {} times; the first: {}. Requests that hold a \
                     connection must not ask for another one: end the nesting.",
                    units::count(deadlocks.count),
                    deadlock::told(&deadlocks.first)
                )?;
                nested.iter().try_for_each(|nested| write!(f, " {nested}"))
            }
            Self::LagMatters { lag, response, whose } => write!(
                f,
                "One in a hundred was sent more than {} late, which is part of its response time; the \
                 median response time of {whose} is {}. The tail of theirs is ours as much as the pool's.",
                units::time(*lag),
                units::time(*response)
            ),
            Self::OverheadMatters { overhead, share } => write!(
                f,
                "Overhead of {} a hold is {} of the hold at the scaled clock, so ratios of holds are lower \
                 there than at nominal times. A larger --time-scale makes it smaller.",
                units::time(*overhead),
                units::percent(*share)
            ),
            Self::HoldTooShort { measured, planned } => write!(
                f,
                "A request held a connection for {} and should have for {} at least: the plan is not that of \
                 this run, or times were not taken rightly. No figure of a hold is to be trusted.",
                units::time(*measured),
                units::time(*planned)
            ),
            Self::FewCompletions(count) => write!(
                f,
                "Only {} requests completed in the measured span, so their count is coarse; throughput from \
                 connection time is finer. A longer measured span has more.",
                units::count(*count)
            ),
            other => other.disagreement(f),
        }
    }

    fn disagreement(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LittleOff { of, counted, stayed } => write!(
                f,
                "Counted at every change there were {} {of} on average, by their stays {}: Little's law is \
                 broken. Please report this as a fault of poolbench.",
                units::number(*counted),
                units::number(*stayed)
            ),
            Self::GaugesDisagree { pool, driver } => write!(
                f,
                "The pool says that {} connections were lent on average, the driver counted {}. The pool's \
                 own gauge may count connections that it is testing or opening.",
                units::number(*pool),
                units::number(*driver)
            ),
            Self::ServerDisagrees { server, driver } => write!(
                f,
                "The server saw {server} of the held connections idle in transaction, the driver {driver}. \
                 Between the two lies the time on the way, which grows on a busy machine."
            ),
            Self::ServerSilent { lasted, from } => write!(
                f,
                "The server's own view is missing for {}, from {} after the start of the act on: the server \
                 did not answer, or this machine was too busy to ask. A server that stands still makes every \
                 wait and hold of that time longer: look at the charts there, and at the server's log.",
                units::time(*lasted),
                units::time(*from)
            ),
            Self::NeverShort(utilisation) => write!(
                f,
                "The pool was never short before either: utilisation reached {utilisation} and every \
                 request was served. Raise the rate, or be glad."
            ),
            Self::NotSaturated(utilisation) => write!(
                f,
                "The closed loop kept the pool only {utilisation} in use, so its throughput is not the \
                 capacity. Raise saturation or callers under [capacity]."
            ),
            other => other.setting(f),
        }
    }

    fn setting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WarmUpShort { warm_up, request } => write!(
                f,
                "The warm-up of {} is shorter than a request of {}, so the measured span begins before the \
                 first requests end. Make warm-up at least as long.",
                units::time(*warm_up),
                units::time(*request)
            ),
            Self::Tainted { offered, driven, carried } => write!(
                f,
                "Tainted: a lane was offered {}/s and driven at {}/s, and the driver itself carries {}/s here. \
                 What is measured is in part poolbench{}. Offer less, or take a larger --time-scale.",
                units::number(*offered),
                units::number(*driven),
                units::number(*carried),
                if offered > carried { ", which is late with what it cannot carry" } else { "" }
            ),
            Self::WarmUpBacklog(waiting) => write!(
                f,
                "Up to {} requests of the warm-up were waiting for a connection when the measurement began. That \
                 is how this scope lives at this load; their own figures are kept apart.",
                units::count(*waiting)
            ),
            Self::QueueIsDelay => f.write_str(
                "No queue server was there, so the queue steps were their delay alone. Install redis-server \
                 or valkey-server, or give --redis-url.",
            ),
            Self::DurabilityOff(settings) => write!(
                f,
                "Postgres ran with {} off, so commits are faster than where they must survive a crash. \
                 --durable keeps them on.",
                settings.join(", ")
            ),
            Self::ArrivalsCut { offered, due, scheduled } => write!(
                f,
                "Offered {}/s, the driver came to only {} of about {} requests that were due. The others are in \
                 no figure and no column of the ledger. Offer less.",
                units::number(*offered),
                units::count(*scheduled),
                units::count(*due)
            ),
            Self::ArrivalsNotCompared => f.write_str(
                "The load ended before its time, and after another number of arrivals in each session scope, so \
                 whether they were offered the same ones was not compared.",
            ),
            Self::TwinArrivals => f.write_str(
                "The twin draws other arrivals from this plan than the run had: another version of poolbench \
                 ran it, or the record was edited. What the twin shows is another draw of the same load.",
            ),
            Self::LoadNotAsPlanned { due, planned } => write!(
                f,
                "{} requests were due, and the plan has {}: it is not that of this run. What stands beside \
                 the measurement, and the rate in its first sentence, are of another load.",
                units::count(*due),
                units::count(*planned)
            ),
            _ => f.write_str(
                "This is one run. Intervals are of what varied within it; what differs from run to run is \
                 not in them, and quantiles of waits have none, since waits of one run depend on each other.",
            ),
        }
    }
}

const UNTIL: &str = "What is shown was measured until then.";

/// What did not end of a run that was ended early.
fn cut_short(acts: &[Act]) -> String {
    let acts: Vec<String> = acts.iter().map(ToString::to_string).collect();
    if acts.is_empty() { "its last act".to_owned() } else { acts.join(" and ") }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
