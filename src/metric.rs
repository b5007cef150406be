//! WHAT IS MEASURED: every metric with its stable name, its unit, and which direction is better.
//!
//! A scenario's objectives name metrics, the analysis reads them from tapes, gates and reports show them: this
//! is the one list of their names. A new metric is one row here, one reader in the analysis, and one line of
//! words in the report.

mod unit;

pub use unit::Unit;

/// Which way a metric gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither: it describes the run.
    Neither,
}

/// Of what a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// One lane: a session scope on a pool in an act.
    Lane,
    /// The first and the last session scope of a pool in an act.
    Pair,
}

struct Row {
    name: &'static str,
    of: Of,
    unit: Unit,
    better: Better,
}

macro_rules! metrics {
    ($($metric:ident $name:literal $of:ident $unit:ident $better:ident;)*) => {
        /// A metric. Its name is stable: gates and other programs may rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Metric {
            $(#[doc = concat!("`", $name, "`")] $metric,)*
        }

        const ALL: &[Metric] = &[$(Metric::$metric,)*];

        /// In the order of the enum.
        const ROWS: &[Row] = &[$(Row {
            name: $name,
            of: Of::$of,
            unit: Unit::$unit,
            better: Better::$better,
        },)*];
    };
}

metrics! {
    OfferedRate "offered.rate" Lane PerSecond Neither;
    ServedShare "served.share" Lane Share Higher;
    CompletedCount "completed.count" Lane Count Higher;
    TimedOutCount "timed-out.count" Lane Count Lower;
    TimedOutShare "timed-out.share" Lane Share Lower;
    FailedCount "failed.count" Lane Count Lower;
    UnaskedCount "failed.unasked.count" Lane Count Lower;
    FailedShare "failed.share" Lane Share Lower;
    UnansweredCount "unanswered.count" Lane Count Lower;
    UnansweredShare "unanswered.share" Lane Share Lower;
    ThroughputCounted "throughput.counted" Lane PerSecond Higher;
    ThroughputFromHolds "throughput.from-holds" Lane PerSecond Higher;
    HoldMean "hold.mean" Lane Seconds Lower;
    HoldBusy "hold.busy" Lane Seconds Neither;
    HoldIdle "hold.idle" Lane Seconds Lower;
    HoldEach "hold.each.mean" Lane Seconds Lower;
    HoldP50 "hold.p50" Lane Seconds Lower;
    HoldP99 "hold.p99" Lane Seconds Lower;
    HoldOverhead "hold.overhead" Lane Seconds Lower;
    AcquiresEach "acquires.per-request" Lane Count Lower;
    TransactionsEach "transactions.per-request" Lane Count Neither;
    HeldAtOnce "connections.held-at-once" Lane Connections Lower;
    AcquireWaitMean "acquire-wait.mean" Lane Seconds Lower;
    AcquireWaitP50 "acquire-wait.p50" Lane Seconds Lower;
    AcquireWaitP90 "acquire-wait.p90" Lane Seconds Lower;
    AcquireWaitP99 "acquire-wait.p99" Lane Seconds Lower;
    AcquireWaitMax "acquire-wait.max" Lane Seconds Lower;
    AcquireQueueP99 "acquire-queue.p99" Lane Seconds Lower;
    AcquireCreateP99 "acquire-create.p99" Lane Seconds Lower;
    AcquireRecycleP99 "acquire-recycle.p99" Lane Seconds Lower;
    AcquireOverhead "acquire-wait.overhead" Lane Seconds Lower;
    WaitedShare "waited.share" Lane Share Lower;
    ResponseP50 "response.p50" Lane Seconds Lower;
    ResponseP90 "response.p90" Lane Seconds Lower;
    ResponseP99 "response.p99" Lane Seconds Lower;
    ResponseMax "response.max" Lane Seconds Lower;
    UtilisationShare "utilisation.share" Lane Share Neither;
    IdleHoldShare "idle-hold.share" Lane Share Lower;
    IdleHoldP99 "idle-hold.p99" Lane Seconds Lower;
    IdleInTransactionShare "idle-in-transaction.share" Lane Share Lower;
    LockWaitShare "lock-wait.share" Lane Share Lower;
    ConnectionsMean "connections.in-use.mean" Lane Connections Neither;
    ConnectionsSampledMean "connections.sampled.mean" Lane Connections Neither;
    ConnectionsByPool "connections.by-pool.mean" Lane Connections Neither;
    ConnectionsByServer "connections.by-server.mean" Lane Connections Neither;
    ConnectionsPeak "connections.in-use.peak" Lane Connections Lower;
    InTransactionMean "connections.in-transaction.mean" Lane Connections Neither;
    InTransactionPeak "connections.in-transaction.peak" Lane Connections Lower;
    PoolerInUseMean "pooler.in-use.mean" Lane Connections Neither;
    PoolerInUsePeak "pooler.in-use.peak" Lane Connections Lower;
    PoolerWaitingMean "pooler.waiting.mean" Lane Count Lower;
    PoolerWaitingPeak "pooler.waiting.peak" Lane Count Lower;
    WaitingMean "waiting.mean" Lane Count Lower;
    WaitingPeak "waiting.peak" Lane Count Lower;
    InFlightMean "in-flight.mean" Lane Count Neither;
    InFlightPeak "in-flight.peak" Lane Count Neither;
    TransactionsFailedShare "transactions.failed.share" Lane Share Lower;
    ScheduleLagP99 "schedule-lag.p99" Lane Seconds Lower;
    TimerErrorP99 "timer-error.p99" Lane Seconds Lower;
    BystanderFailedShare "bystander.failed.share" Lane Share Lower;
    BystanderResponseP50 "bystander.response.p50" Lane Seconds Lower;
    BystanderResponseP99 "bystander.response.p99" Lane Seconds Lower;
    BystanderWaitP99 "bystander.acquire-wait.p99" Lane Seconds Lower;
    HoldRatio "hold.ratio" Pair Factor Higher;
    HoldReduction "hold.reduction" Pair Share Higher;
    EquivalentConnections "connections.equivalent" Pair Connections Higher;
    ThroughputRatio "throughput.ratio" Pair Factor Higher;
}

impl Metric {
    /// All of them, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().copied()
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
    }

    /// The metric of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|metric| metric.name() == name)
    }

    /// Its stable name: kebab-case words, from the general to the particular, with points between.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// What its numbers count.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.row().unit
    }

    /// Whether waiting for a connection is in it, and with the wait whatever of it is our own.
    #[must_use]
    pub fn holds_waits(self) -> bool {
        ["acquire-wait.", "response.", "bystander."].iter().any(|kind| self.name().starts_with(kind))
            && self.unit() == Unit::Seconds
    }

    /// Whether it can be told of a service of which nothing but its answers is seen. What is held and waited for
    /// inside cannot.
    #[must_use]
    pub fn is_seen_from_outside(self) -> bool {
        let kinds =
            ["offered.", "served.", "completed.", "timed-out.", "failed.", "unanswered.", "response."];
        let others = [
            Self::ThroughputCounted,
            Self::InFlightMean,
            Self::InFlightPeak,
            Self::ScheduleLagP99,
            Self::BystanderFailedShare,
            Self::BystanderResponseP50,
            Self::BystanderResponseP99,
            Self::ThroughputRatio,
        ];
        kinds.iter().any(|kind| self.name().starts_with(kind)) || others.contains(&self)
    }

    /// Whether only a service behind an address can have it.
    #[must_use]
    pub fn is_of_a_service(self) -> bool {
        matches!(self, Self::UnansweredCount | Self::UnansweredShare)
    }

    /// Which way it gets better.
    #[must_use]
    pub fn better(self) -> Better {
        self.row().better
    }

    /// Of what it is.
    #[must_use]
    pub fn of(self) -> Of {
        self.row().of
    }

    /// Whether it is read from two lanes, and not from one.
    #[must_use]
    pub fn is_of_a_pair(self) -> bool {
        self.of() == Of::Pair
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_kebab_case_and_no_two_are_alike() {
        let names: Vec<&str> = Metric::all().map(Metric::name).collect();
        let different: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), different.len());
        for name in names {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
            assert!(name.chars().all(plain), "{name}");
        }
    }

    #[test]
    fn every_metric_is_found_by_its_name() {
        assert!(Metric::all().all(|metric| Metric::named(metric.name()) == Some(metric)));
        assert_eq!(Metric::named("hold"), None);
    }
}
