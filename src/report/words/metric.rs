//! What each metric is called in a table, and what it means.

use crate::analyse::Metric;
use crate::record::WAITED;
use crate::report::lang::{say, word};
use crate::units::{self, TimeScale};

/// Its short name, as the label of a row.
pub(in crate::report) fn label(metric: Metric) -> &'static str {
    words(metric).0
}

/// The same for a figure at nominal times, of a run at this scale: a time in its name is a nominal one.
pub(in crate::report) fn label_at(metric: Metric, scale: TimeScale) -> String {
    match metric {
        Metric::WaitedShare => say!("waited > {scale}", scale = units::time(scale.nominal(WAITED))),
        _ => label(metric).to_owned(),
    }
}

/// What it means, in a line.
pub(in crate::report) fn meaning(metric: Metric) -> &'static str {
    words(metric).1
}

fn words(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::OfferedRate => {
            (word("offered"), word("requests due per second, whatever became of the earlier ones"))
        }
        Metric::ServedShare => (word("served"), word("share of the requests due that completed")),
        Metric::CompletedCount => {
            (word("completed"), word("completed requests whose end fell into the measured span"))
        }
        Metric::TimedOutCount => {
            (word("acquire timeouts"), word("requests that waited for a connection as long as they may"))
        }
        Metric::TimedOutShare => {
            (word("timed out"), word("share of the requests due that waited as long as they may"))
        }
        Metric::FailedCount => (
            word("other failures"),
            word("requests that failed in a step, or got no connection for another reason"),
        ),
        Metric::FailedShare => (word("failed"), word("share of the requests due that failed in another way")),
        Metric::UnansweredCount => {
            (word("no answer"), word("requests that a service did not answer within target.timeout"))
        }
        Metric::UnansweredShare => (
            word("unanswered"),
            word("share of the requests due that a service did not answer within target.timeout"),
        ),
        Metric::ThroughputCounted => {
            (word("throughput"), word("requests completed per second of the measured span"))
        }
        Metric::ThroughputFromHolds => {
            (word("throughput from holds"), word("connections in use ÷ connection time of one request"))
        }
        Metric::HoldMean
        | Metric::HoldBusy
        | Metric::HoldIdle
        | Metric::HoldEach
        | Metric::HoldP50
        | Metric::HoldP99
        | Metric::HoldOverhead => of_holds(metric),
        Metric::ResponseP50 => {
            (word("response p50"), word("finished less the intended instant, so our own lateness counts"))
        }
        Metric::ResponseP90 => (
            word("response p90"),
            word("finished less the intended instant; failed requests count as longer"),
        ),
        Metric::ResponseP99 => (
            word("response p99"),
            word("finished less the intended instant; failed requests count as longer"),
        ),
        Metric::ResponseMax => {
            (word("response, longest"), word("the longest response time, or the longest that was cut off"))
        }
        Metric::UtilisationShare => (word("utilisation"), word("connection time held ÷ (pool size × time)")),
        Metric::IdleHoldShare => {
            (word("wasted-hold ratio"), word("of the connection time held, the share in which no SQL ran"))
        }
        Metric::IdleHoldP99 => (
            word("wasted p99"),
            word("time in a hold in which no SQL ran, of an application that `poolbench tap` watches"),
        ),
        Metric::InTransactionMean => (
            word("in a transaction"),
            word("connections in a transaction, on average, as `poolbench tap` sees them"),
        ),
        Metric::InTransactionPeak => (
            word("in a transaction, peak"),
            word("the most connections in a transaction at once, as `poolbench tap` sees them"),
        ),
        Metric::IdleInTransactionShare => (
            word("· as the server saw"),
            word("idle in transaction ÷ connections engaged, from pg_stat_activity"),
        ),
        Metric::TransactionsFailedShare => {
            (word("transactions failed"), word("ended by an error or rolled back ÷ all, in all phases"))
        }
        Metric::ScheduleLagP99 => {
            (word("schedule lag p99"), word("dispatched less intended: our own lateness"))
        }
        Metric::TimerErrorP99 => {
            (word("timer error p99"), word("how late waits outside the database ended, by our own timer"))
        }
        Metric::BystanderFailedShare => {
            (word("bystanders failed"), word("share of the cheap queries of others that got no answer"))
        }
        Metric::BystanderResponseP50 => {
            (word("bystander p50"), word("response time of the cheap queries of others"))
        }
        Metric::BystanderResponseP99 => {
            (word("bystander p99"), word("response time of the cheap queries of others"))
        }
        other => of_the_pool(other),
    }
}

fn of_holds(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::HoldBusy => (word("· busy"), word("the part of it in which SQL runs")),
        Metric::HoldIdle => (word("· wasted"), word("the part of it in which no SQL runs")),
        Metric::HoldEach => (word("each hold"), word("mean of single holds, from acquired to released")),
        Metric::HoldP50 => (word("hold p50"), word("half of the holds are at or below it")),
        Metric::HoldP99 => (word("hold p99"), word("99 in 100 holds are at or below it")),
        Metric::HoldOverhead => {
            (word("overhead a hold"), word("measured hold less the plan's; it does not scale"))
        }
        _ => (
            word("hold a request"),
            word(
                "connection time ÷ completed requests: what failed ones held is part of what a completed one costs",
            ),
        ),
    }
}

fn of_the_pool(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::AcquireWaitP50 => {
            (word("acquire wait p50"), word("acquired less asked; timeouts count as lower bounds"))
        }
        Metric::AcquireWaitMean => {
            (word("acquire wait, mean"), word("acquired less asked; timeouts count as lower bounds"))
        }
        Metric::AcquireWaitP90 => {
            (word("acquire wait p90"), word("acquired less asked; timeouts count as lower bounds"))
        }
        Metric::AcquireWaitP99 => {
            (word("acquire wait p99"), word("acquired less asked; timeouts count as lower bounds"))
        }
        Metric::AcquireWaitMax => {
            (word("· longest"), word("the longest wait: far beyond p99, somebody was passed over"))
        }
        Metric::BystanderWaitP99 => (
            word("· bystanders p99"),
            word("acquire wait of the cheap queries: the other class on the same pool"),
        ),
        Metric::AcquireQueueP99 => (
            word("· wait p99"),
            word("the part that was waiting until a connection was free, of those that got one"),
        ),
        Metric::AcquireCreateP99 => {
            (word("· create p99"), word("the part that was making a new connection, of those that did"))
        }
        Metric::AcquireRecycleP99 => {
            (word("· recycle p99"), word("the part that was testing a connection, of those that did"))
        }
        Metric::AcquireOverhead => (
            word("· of it ours"),
            word(
                "as much of a long wait may be handing out a connection and our own lateness; it does not scale",
            ),
        ),
        Metric::UnaskedCount => {
            (word("failed unasked"), word("failed for a reason that the scenario does not ask for"))
        }
        Metric::AcquiresEach => (
            word("acquires a request"),
            word("acquires that got a connection ÷ requests that were not left waiting"),
        ),
        Metric::TransactionsEach => (
            word("transactions a request"),
            word("transactions ÷ requests that were not left waiting, in all phases"),
        ),
        Metric::HeldAtOnce => {
            (word("held at once"), word("the most connections that the plan has one request hold at once"))
        }
        Metric::WaitedShare => (
            word("waited > 1 ms"),
            word("share of acquires that waited longer until a connection was free, or got none"),
        ),
        Metric::LockWaitShare => (
            word("waited for a lock"),
            word("of the connections engaged, from pg_stat_activity: part of the busy hold"),
        ),
        Metric::ConnectionsMean => {
            (word("in use"), word("connections held, on average: from holds clipped to the span"))
        }
        Metric::ConnectionsSampledMean => (word("in use, mean · peak"), word("connections held")),
        Metric::ConnectionsByPool => (
            word("in use, by the pool"),
            word("connections held as the pool itself says, with the error of sampling"),
        ),
        Metric::ConnectionsByServer => (
            word("in use, by the server"),
            word("connections in a transaction or statement, from pg_stat_activity"),
        ),
        Metric::PoolerInUseMean => (
            word("PgBouncer to server"),
            word(
                "connections to the server that a client has, as SHOW POOLS of the PgBouncer in between says",
            ),
        ),
        Metric::PoolerInUsePeak => (
            word("PgBouncer to server, peak"),
            word("the most connections to the server that clients had, as sampled"),
        ),
        Metric::PoolerWaitingMean => (
            word("waiting in PgBouncer"),
            word("clients that wait in the PgBouncer for a connection to the server"),
        ),
        Metric::PoolerWaitingPeak => (
            word("waiting in PgBouncer, peak"),
            word("the most clients that waited in the PgBouncer, as sampled"),
        ),
        Metric::ConnectionsPeak => {
            (word("in use, peak"), word("the most connections held at once, as sampled"))
        }
        Metric::WaitingMean => (word("waiting, mean · peak"), word("requests waiting for a connection")),
        Metric::WaitingPeak => (word("waiting, peak"), word("the most requests waiting at once, as sampled")),
        Metric::InFlightMean => (word("in flight, mean · peak"), word("requests sent and not finished")),
        Metric::InFlightPeak => {
            (word("in flight, peak"), word("the most requests in flight at once, as sampled"))
        }
        Metric::HoldRatio => {
            (word("hold, before ÷ after"), word("how many times shorter a request holds a connection"))
        }
        Metric::HoldReduction => {
            (word("hold reduction"), word("by what share a request holds a connection shorter"))
        }
        Metric::EquivalentConnections => (
            word("worth in connections"),
            word("pool size × hold ratio: so many connections would do the same before"),
        ),
        _ => (word("throughput, after ÷ before"), word("how many times the throughput at saturation")),
    }
}
