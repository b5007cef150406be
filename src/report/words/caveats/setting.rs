//! What caveats say of the load, the phases and the servers of a run.

use crate::analyse::What;
use crate::report::lang::{say, word};
use crate::units;

pub(super) fn of_the_setting(what: &What) -> String {
    match what {
        What::WarmUpShort { warm_up, request } => say!(
            "The warm-up of {warm_up} is shorter than a request of {request}, so the measured span begins \
             before the first requests end. Make warm-up at least as long.",
            warm_up = units::time(*warm_up),
            request = units::time(*request)
        ),
        What::Tainted { offered, driven, carried } => say!(
            "Tainted: a lane was offered {offered}/s and driven at {driven}/s, and the driver itself \
             carries {carried}/s here. What is measured is in part poolbench{late}. Offer less, or take a \
             larger --time-scale.",
            offered = units::number(*offered),
            driven = units::number(*driven),
            carried = units::number(*carried),
            late = if offered > carried { word(", which is late with what it cannot carry") } else { "" }
        ),
        What::WarmUpBacklog(waiting) => say!(
            "Up to {waiting} requests of the warm-up were waiting for a connection when the measurement \
             began. That is how this scope lives at this load; their own figures are kept apart.",
            waiting = units::count(*waiting)
        ),
        What::QueueIsDelay => String::from(word(
            "No queue server was there, so the queue steps were their delay alone. Install redis-server or \
             valkey-server, or give --redis-url.",
        )),
        What::DurabilityOff(settings) => say!(
            "Postgres ran with {settings} off, so commits are faster than where they must survive a crash. \
             --durable keeps them on.",
            settings = settings.join(", ")
        ),
        What::ArrivalsCut { offered, due, scheduled } => say!(
            "Offered {offered}/s, the driver came to only {scheduled} of about {due} requests that were \
             due. The others are in no figure and no column of the ledger. Offer less.",
            offered = units::number(*offered),
            scheduled = units::count(*scheduled),
            due = units::count(*due)
        ),
        What::ArrivalsNotCompared => String::from(word(
            "The load ended before its time, and after another number of arrivals in each session scope, \
             so whether they were offered the same ones was not compared.",
        )),
        What::TwinArrivals => String::from(word(
            "The twin draws other arrivals from this plan than the run had: another version of poolbench \
             ran it, or the record was edited. What the twin shows is another draw of the same load.",
        )),
        What::LoadNotAsPlanned { due, planned } => say!(
            "{due} requests were due, and the plan has {planned}: it is not that of this run. What stands \
             beside the measurement, and the rate in its first sentence, are of another load.",
            due = units::count(*due),
            planned = units::count(*planned)
        ),
        _ => String::from(word(
            "This is one run. Intervals are of what varied within it; what differs from run to run is not \
             in them, and quantiles of waits have none, since waits of one run depend on each other.",
        )),
    }
}
