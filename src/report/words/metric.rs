//! What each metric is called in a table, and what it means.

use crate::analyse::Metric;
use crate::record::WAITED;
use crate::units::{self, TimeScale};

/// Its short name, as the label of a row.
pub(in crate::report) fn label(metric: Metric) -> &'static str {
    words(metric).0
}

/// The same for a figure at nominal times, of a run at this scale: a time in its name is a nominal one.
pub(in crate::report) fn label_at(metric: Metric, scale: TimeScale) -> String {
    match metric {
        Metric::WaitedShare => format!("waited > {}", units::time(scale.nominal(WAITED))),
        _ => label(metric).to_owned(),
    }
}

/// What it means, in a line.
pub(in crate::report) fn meaning(metric: Metric) -> &'static str {
    words(metric).1
}

fn words(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::OfferedRate => ("offered", "requests due per second, whatever became of the earlier ones"),
        Metric::ServedShare => ("served", "share of the requests due that completed"),
        Metric::CompletedCount => ("completed", "completed requests whose end fell into the measured span"),
        Metric::TimedOutCount => {
            ("acquire timeouts", "requests that waited for a connection as long as they may")
        }
        Metric::TimedOutShare => ("timed out", "share of the requests due that waited as long as they may"),
        Metric::FailedCount => {
            ("other failures", "requests that failed in a step, or got no connection for another reason")
        }
        Metric::FailedShare => ("failed", "share of the requests due that failed in another way"),
        Metric::UnansweredCount => {
            ("no answer", "requests that a service did not answer within target.timeout")
        }
        Metric::UnansweredShare => {
            ("unanswered", "share of the requests due that a service did not answer within target.timeout")
        }
        Metric::ThroughputCounted => ("throughput", "requests completed per second of the measured span"),
        Metric::ThroughputFromHolds => {
            ("throughput from holds", "connections in use ÷ connection time of one request")
        }
        Metric::HoldMean
        | Metric::HoldBusy
        | Metric::HoldIdle
        | Metric::HoldEach
        | Metric::HoldP50
        | Metric::HoldP99
        | Metric::HoldOverhead => of_holds(metric),
        Metric::ResponseP50 => {
            ("response p50", "finished less the intended instant, so our own lateness counts")
        }
        Metric::ResponseP90 => {
            ("response p90", "finished less the intended instant; failed requests count as longer")
        }
        Metric::ResponseP99 => {
            ("response p99", "finished less the intended instant; failed requests count as longer")
        }
        Metric::ResponseMax => {
            ("response, longest", "the longest response time, or the longest that was cut off")
        }
        Metric::UtilisationShare => ("utilisation", "connection time held ÷ (pool size × time)"),
        Metric::IdleHoldShare => {
            ("wasted-hold ratio", "of the connection time held, the share in which no SQL ran")
        }
        Metric::IdleHoldP99 => (
            "wasted p99",
            "time in a hold in which no SQL ran, of an application that `poolbench tap` watches",
        ),
        Metric::InTransactionMean => {
            ("in a transaction", "connections in a transaction, on average, as `poolbench tap` sees them")
        }
        Metric::InTransactionPeak => (
            "in a transaction, peak",
            "the most connections in a transaction at once, as `poolbench tap` sees them",
        ),
        Metric::IdleInTransactionShare => {
            ("· as the server saw", "idle in transaction ÷ connections engaged, from pg_stat_activity")
        }
        Metric::TransactionsFailedShare => {
            ("transactions failed", "ended by an error or rolled back ÷ all, in all phases")
        }
        Metric::ScheduleLagP99 => ("schedule lag p99", "dispatched less intended: our own lateness"),
        Metric::TimerErrorP99 => {
            ("timer error p99", "how late waits outside the database ended, by our own timer")
        }
        Metric::BystanderFailedShare => {
            ("bystanders failed", "share of the cheap queries of others that got no answer")
        }
        Metric::BystanderResponseP50 => ("bystander p50", "response time of the cheap queries of others"),
        Metric::BystanderResponseP99 => ("bystander p99", "response time of the cheap queries of others"),
        other => of_the_pool(other),
    }
}

fn of_holds(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::HoldBusy => ("· busy", "the part of it in which SQL runs"),
        Metric::HoldIdle => ("· wasted", "the part of it in which no SQL runs"),
        Metric::HoldEach => ("each hold", "mean of single holds, from acquired to released"),
        Metric::HoldP50 => ("hold p50", "half of the holds are at or below it"),
        Metric::HoldP99 => ("hold p99", "99 in 100 holds are at or below it"),
        Metric::HoldOverhead => ("overhead a hold", "measured hold less the plan's; it does not scale"),
        _ => (
            "hold a request",
            "connection time ÷ completed requests: what failed ones held is part of what a completed one costs",
        ),
    }
}

fn of_the_pool(metric: Metric) -> (&'static str, &'static str) {
    match metric {
        Metric::AcquireWaitP50 => ("acquire wait p50", "acquired less asked; timeouts count as lower bounds"),
        Metric::AcquireWaitMean => {
            ("acquire wait, mean", "acquired less asked; timeouts count as lower bounds")
        }
        Metric::AcquireWaitP90 => ("acquire wait p90", "acquired less asked; timeouts count as lower bounds"),
        Metric::AcquireWaitP99 => ("acquire wait p99", "acquired less asked; timeouts count as lower bounds"),
        Metric::AcquireWaitMax => ("· longest", "the longest wait: far beyond p99, somebody was passed over"),
        Metric::BystanderWaitP99 => {
            ("· bystanders p99", "acquire wait of the cheap queries: the other class on the same pool")
        }
        Metric::AcquireQueueP99 => {
            ("· wait p99", "the part that was waiting until a connection was free, of those that got one")
        }
        Metric::AcquireCreateP99 => {
            ("· create p99", "the part that was making a new connection, of those that did")
        }
        Metric::AcquireRecycleP99 => {
            ("· recycle p99", "the part that was testing a connection, of those that did")
        }
        Metric::AcquireOverhead => (
            "· of it ours",
            "as much of a long wait may be handing out a connection and our own lateness; it does not scale",
        ),
        Metric::UnaskedCount => ("failed unasked", "failed for a reason that the scenario does not ask for"),
        Metric::AcquiresEach => {
            ("acquires a request", "acquires that got a connection ÷ requests that were not left waiting")
        }
        Metric::TransactionsEach => {
            ("transactions a request", "transactions ÷ requests that were not left waiting, in all phases")
        }
        Metric::HeldAtOnce => {
            ("held at once", "the most connections that the plan has one request hold at once")
        }
        Metric::WaitedShare => {
            ("waited > 1 ms", "share of acquires that waited longer until a connection was free, or got none")
        }
        Metric::LockWaitShare => {
            ("waited for a lock", "of the connections engaged, from pg_stat_activity: part of the busy hold")
        }
        Metric::ConnectionsMean => ("in use", "connections held, on average: from holds clipped to the span"),
        Metric::ConnectionsSampledMean => ("in use, mean · peak", "connections held"),
        Metric::ConnectionsByPool => {
            ("in use, by the pool", "connections held as the pool itself says, with the error of sampling")
        }
        Metric::ConnectionsByServer => {
            ("in use, by the server", "connections in a transaction or statement, from pg_stat_activity")
        }
        Metric::PoolerInUseMean => (
            "PgBouncer to server",
            "connections to the server that a client has, as SHOW POOLS of the PgBouncer in between says",
        ),
        Metric::PoolerInUsePeak => {
            ("PgBouncer to server, peak", "the most connections to the server that clients had, as sampled")
        }
        Metric::PoolerWaitingMean => {
            ("waiting in PgBouncer", "clients that wait in the PgBouncer for a connection to the server")
        }
        Metric::PoolerWaitingPeak => {
            ("waiting in PgBouncer, peak", "the most clients that waited in the PgBouncer, as sampled")
        }
        Metric::ConnectionsPeak => ("in use, peak", "the most connections held at once, as sampled"),
        Metric::WaitingMean => ("waiting, mean · peak", "requests waiting for a connection"),
        Metric::WaitingPeak => ("waiting, peak", "the most requests waiting at once, as sampled"),
        Metric::InFlightMean => ("in flight, mean · peak", "requests sent and not finished"),
        Metric::InFlightPeak => ("in flight, peak", "the most requests in flight at once, as sampled"),
        Metric::HoldRatio => ("hold, before ÷ after", "how many times shorter a request holds a connection"),
        Metric::HoldReduction => ("hold reduction", "by what share a request holds a connection shorter"),
        Metric::EquivalentConnections => {
            ("worth in connections", "pool size × hold ratio: so many connections would do the same before")
        }
        _ => ("throughput, after ÷ before", "how many times the throughput at saturation"),
    }
}
