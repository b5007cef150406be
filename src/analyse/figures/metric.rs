//! What is measured: every metric with its name, its unit, which direction is better, and where it is
//! read. A new metric is one row here, and its words are one row in the report.

use std::time::Duration;

use super::{Missing, Reading, Shown};
use crate::analyse::{
    AcquireParts, Comparison, ConnectionTime, Doubt, Estimate, Gauge, HoldSummary, Interval, Known,
    LaneSummary, Part, Quantiles, Scaled, Share, Unit,
};

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

/// What a metric is read from.
#[derive(Clone, Copy)]
pub(super) enum Read {
    /// One lane: a session scope on a pool in an act.
    Lane(fn(&LaneSummary) -> Result<Shown, Missing>),
    /// The first and the last session scope of a pool in an act.
    Pair(fn(&Comparison) -> Result<Shown, Missing>),
}

pub(super) struct Row {
    pub(super) metric: Metric,
    name: &'static str,
    unit: Unit,
    better: Better,
    pub(super) read: Read,
}

macro_rules! metrics {
    ($($metric:ident $name:literal $unit:ident $better:ident $read:expr;)*) => {
        /// A metric. Its name is stable: gates and other programs may rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Metric {
            $(#[doc = concat!("`", $name, "`")] $metric,)*
        }

        /// In the order of the enum.
        pub(super) const ROWS: &[Row] = &[$(Row {
            metric: Metric::$metric,
            name: $name,
            unit: Unit::$unit,
            better: Better::$better,
            read: $read,
        },)*];
    };
}

metrics! {
    OfferedRate "offered.rate" PerSecond Neither Read::Lane(|lane| {
        shown(lane.offered, if lane.callers.is_some() { Missing::ClosedLoop } else { Missing::NothingDue })
    });
    ServedShare "served.share" Share Higher Read::Lane(|lane| one(lane.served, Missing::NothingDue));
    CompletedCount "completed.count" Count Higher Read::Lane(|lane| count(lane.completed_in_window));
    TimedOutCount "timed-out.count" Count Lower Read::Lane(|lane| count(lane.ledger.acquire_timed_out));
    TimedOutShare "timed-out.share" Share Lower Read::Lane(|lane| one(lane.timed_out, Missing::NothingDue));
    FailedCount "failed.count" Count Lower Read::Lane(|lane| count(lane.failures()));
    FailedShare "failed.share" Share Lower Read::Lane(|lane| one(lane.failed_share, Missing::NothingDue));
    ThroughputCounted "throughput.counted" PerSecond Higher Read::Lane(|lane| {
        shown(lane.throughput, Missing::NoSpan)
    });
    ThroughputFromHolds "throughput.from-holds" PerSecond Higher Read::Lane(|lane| {
        shown(lane.carried, Missing::NoHoldSeen)
    });
    HoldMean "hold.mean" Seconds Lower Read::Lane(|lane| held(lane, |request| request.whole));
    HoldBusy "hold.busy" Seconds Neither Read::Lane(|lane| held(lane, |request| request.busy));
    HoldIdle "hold.idle" Seconds Lower Read::Lane(|lane| held(lane, |request| request.idle));
    HoldEach "hold.each.mean" Seconds Lower Read::Lane(|lane| {
        one(lane.hold.as_ref().map(|hold| hold.each), Missing::NoHoldSeen)
    });
    HoldP50 "hold.p50" Seconds Lower Read::Lane(|lane| hold_quantile(lane, |hold| hold.p50));
    HoldP99 "hold.p99" Seconds Lower Read::Lane(|lane| hold_quantile(lane, |hold| hold.p99));
    HoldOverhead "hold.overhead" Seconds Lower Read::Lane(|lane| {
        time(lane.hold.as_ref().map(|hold| hold.overhead), Missing::NoHoldSeen)
    });
    AcquireWaitP50 "acquire-wait.p50" Seconds Lower Read::Lane(|lane| waited(lane, |it| (it.p50, it.within[0])));
    AcquireWaitP90 "acquire-wait.p90" Seconds Lower Read::Lane(|lane| waited(lane, |it| (it.p90, it.within[1])));
    AcquireWaitP99 "acquire-wait.p99" Seconds Lower Read::Lane(|lane| waited(lane, |it| (it.p99, it.within[2])));
    AcquireWaitMax "acquire-wait.max" Seconds Lower Read::Lane(|lane| waited(lane, |it| (it.greatest, Err(Doubt::Greatest))));
    AcquireQueueP99 "acquire-queue.p99" Seconds Lower Read::Lane(|lane| part(lane, |parts| parts.wait));
    AcquireCreateP99 "acquire-create.p99" Seconds Lower Read::Lane(|lane| part(lane, |parts| parts.create));
    AcquireRecycleP99 "acquire-recycle.p99" Seconds Lower Read::Lane(|lane| part(lane, |parts| parts.recycle));
    WaitedShare "waited.share" Share Lower Read::Lane(|lane| {
        one(lane.wait.map(|wait| wait.waited), Missing::NoneAsked)
    });
    ResponseP50 "response.p50" Seconds Lower Read::Lane(|lane| answered(lane, |it| (it.p50, it.within[0])));
    ResponseP90 "response.p90" Seconds Lower Read::Lane(|lane| answered(lane, |it| (it.p90, it.within[1])));
    ResponseP99 "response.p99" Seconds Lower Read::Lane(|lane| answered(lane, |it| (it.p99, it.within[2])));
    ResponseMax "response.max" Seconds Lower Read::Lane(|lane| answered(lane, |it| (it.greatest, Err(Doubt::Greatest))));
    UtilisationShare "utilisation.share" Share Neither Read::Lane(|lane| {
        share(lane.pool_time.map(|time| time.utilisation), Missing::NoSpan)
    });
    IdleHoldShare "idle-hold.share" Share Lower Read::Lane(|lane| {
        share(lane.pool_time.and_then(|time| time.wasted), Missing::NothingHeld)
    });
    IdleInTransactionShare "idle-in-transaction.share" Share Lower Read::Lane(|lane| {
        share(lane.server.and_then(|server| server.wasted()), Missing::NotSampled)
    });
    LockWaitShare "lock-wait.share" Share Lower Read::Lane(|lane| {
        share(lane.server.and_then(|server| server.lock_waits()), Missing::NotSampled)
    });
    ConnectionsMean "connections.in-use.mean" Connections Neither Read::Lane(|lane| {
        one(lane.pool_time.map(|time| Estimate::counted(time.in_use, Unit::Connections)), Missing::NoSpan)
    });
    ConnectionsSampledMean "connections.sampled.mean" Connections Neither Read::Lane(|lane| {
        mean(lane.gauges.map(|gauges| gauges.in_use), Unit::Connections)
    });
    ConnectionsByPool "connections.by-pool.mean" Connections Neither Read::Lane(|lane| {
        one(lane.gauges.and_then(|gauges| gauges.by_pool), Missing::NotSampled)
    });
    ConnectionsByServer "connections.by-server.mean" Connections Neither Read::Lane(|lane| {
        one(lane.server.map(|server| server.by_server), Missing::NotSampled)
    });
    ConnectionsPeak "connections.in-use.peak" Connections Lower Read::Lane(|lane| {
        peak(lane.gauges.map(|gauges| gauges.in_use), Unit::Connections)
    });
    WaitingMean "waiting.mean" Count Lower Read::Lane(|lane| {
        mean(lane.gauges.map(|gauges| gauges.waiting), Unit::Count)
    });
    WaitingPeak "waiting.peak" Count Lower Read::Lane(|lane| {
        peak(lane.gauges.map(|gauges| gauges.waiting), Unit::Count)
    });
    InFlightMean "in-flight.mean" Count Neither Read::Lane(|lane| {
        mean(lane.gauges.map(|gauges| gauges.in_flight), Unit::Count)
    });
    InFlightPeak "in-flight.peak" Count Neither Read::Lane(|lane| {
        peak(lane.gauges.map(|gauges| gauges.in_flight), Unit::Count)
    });
    TransactionsFailedShare "transactions.failed.share" Share Lower Read::Lane(|lane| {
        let not_kept = lane.transactions.rolled_back.max(lane.transactions.failed);
        share(Share::of(not_kept, lane.transactions.committed + not_kept), Missing::NoTransaction)
    });
    ScheduleLagP99 "schedule-lag.p99" Seconds Lower Read::Lane(|lane| {
        time(lane.lag.map(|lag| lag.p99), Missing::NothingDue)
    });
    TimerErrorP99 "timer-error.p99" Seconds Lower Read::Lane(|lane| {
        time(lane.timer_error.map(|late| late.p99), Missing::NothingDue)
    });
    BystanderFailedShare "bystander.failed.share" Share Lower Read::Lane(|lane| {
        share(lane.bystanders.map(|others| others.failed), Missing::NoBystanders)
    });
    BystanderResponseP50 "bystander.response.p50" Seconds Lower Read::Lane(|lane| {
        known(lane.bystanders.map(|others| others.response.p50), Missing::NoBystanders)
    });
    BystanderResponseP99 "bystander.response.p99" Seconds Lower Read::Lane(|lane| {
        known(lane.bystanders.map(|others| others.response.p99), Missing::NoBystanders)
    });
    BystanderWaitP99 "bystander.acquire-wait.p99" Seconds Lower Read::Lane(|lane| {
        let wait = lane.bystanders.and_then(|others| others.wait);
        known(wait.map(|wait| wait.quantiles.p99), Missing::NoBystanders)
    });
    HoldRatio "hold.ratio" Factor Higher Read::Pair(|pair| shown(pair.hold_ratio(), Missing::NoHoldSeen));
    HoldReduction "hold.reduction" Share Higher Read::Pair(|pair| {
        let ratio = pair.hold_ratio().ok_or(Missing::NoHoldSeen)?;
        let less = |ratio: Estimate| ratio.rising(Unit::Share, |ratio| 1.0 - 1.0 / ratio);
        Ok(Scaled { measured: less(ratio.measured), nominal: less(ratio.nominal) }.into())
    });
    EquivalentConnections "connections.equivalent" Connections Higher Read::Pair(|pair| {
        let ratio = pair.hold_ratio().ok_or(Missing::NoHoldSeen)?;
        let size = f64::from(pair.pool_size);
        let worth = |ratio: Estimate| ratio.rising(Unit::Connections, |ratio| ratio * size);
        Ok(Scaled { measured: worth(ratio.measured), nominal: worth(ratio.nominal) }.into())
    });
    ThroughputRatio "throughput.ratio" Factor Higher Read::Pair(|pair| {
        let (measured, _) = pair.throughput_ratio().ok_or(Missing::NoHoldSeen)?;
        // Capacity is pool size ÷ hold time, so at nominal times it follows from the holds.
        let nominal = pair.hold_ratio().map(|ratio| Estimate::computed(ratio.nominal.value, Unit::Factor));
        Ok(Shown { measured: Reading::Figure(measured), nominal: nominal.map(Reading::Figure) })
    });
}

impl Metric {
    /// All of them, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.metric)
    }

    fn row(self) -> &'static Row {
        &ROWS[self as usize]
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

    /// Which way it gets better.
    #[must_use]
    pub fn better(self) -> Better {
        self.row().better
    }

    /// Whether it is read from two lanes, and not from one.
    #[must_use]
    pub fn is_of_a_pair(self) -> bool {
        matches!(self.row().read, Read::Pair(_))
    }
}

fn shown<T>(read: Option<T>, missing: Missing) -> Result<Shown, Missing>
where
    Shown: From<T>,
{
    read.map(Shown::from).ok_or(missing)
}

fn one(read: Option<Estimate>, missing: Missing) -> Result<Shown, Missing> {
    let read = read.ok_or(missing)?;
    Ok(Shown { measured: Reading::Figure(read), nominal: None })
}

fn count(count: u64) -> Result<Shown, Missing> {
    one(Some(Estimate::counted(count as f64, Unit::Count)), Missing::NothingDue)
}

fn share(share: Option<Share>, missing: Missing) -> Result<Shown, Missing> {
    one(share.map(|share| Estimate::counted(share.get(), Unit::Share)), missing)
}

fn held(lane: &LaneSummary, pick: fn(ConnectionTime) -> Scaled<Estimate>) -> Result<Shown, Missing> {
    let hold = lane.hold.as_ref().ok_or(Missing::NoHoldSeen)?;
    shown(hold.request.map(pick), Missing::NoneCompleted)
}

fn hold_quantile(
    lane: &LaneSummary,
    pick: fn(&HoldSummary) -> crate::analyse::HoldQuantile,
) -> Result<Shown, Missing> {
    let quantile = lane.hold.as_ref().map(pick).ok_or(Missing::NoHoldSeen)?;
    let not_driven = |nominal: Duration| nominal.as_secs_f64() - quantile.measured.as_secs_f64();
    let nominal = quantile.nominal.map(|nominal| {
        let later = |within: Interval| Interval {
            low: within.low + not_driven(nominal),
            high: within.high + not_driven(nominal),
            ..within
        };
        Reading::Time(Known::Exactly(nominal), quantile.within.map(later))
    });
    Ok(Shown { measured: Reading::Time(Known::Exactly(quantile.measured), quantile.within), nominal })
}

/// A time that does not scale.
fn time(time: Option<Duration>, missing: Missing) -> Result<Shown, Missing> {
    let time = time.ok_or(missing)?;
    Ok(Shown { measured: Reading::Time(Known::Exactly(time), Err(Doubt::Dependent)), nominal: None })
}

fn known(time: Option<Scaled<Known>>, missing: Missing) -> Result<Shown, Missing> {
    shown(time, missing)
}

type Picked = (Scaled<Known>, Result<Interval, Doubt>);

fn waited(lane: &LaneSummary, pick: fn(&Quantiles) -> Picked) -> Result<Shown, Missing> {
    picked(lane.wait.map(|wait| pick(&wait.quantiles)), Missing::NoneAsked)
}

fn answered(lane: &LaneSummary, pick: fn(&Quantiles) -> Picked) -> Result<Shown, Missing> {
    picked(lane.response.as_ref().map(pick), Missing::NothingDue)
}

/// A time that scales, with the interval of the measured one.
fn picked(picked: Option<Picked>, missing: Missing) -> Result<Shown, Missing> {
    let (time, within) = picked.ok_or(missing)?;
    let (measured, nominal) = (time.measured.at_least(), time.nominal.at_least());
    let times = if measured.is_zero() { 1.0 } else { nominal.as_secs_f64() / measured.as_secs_f64() };
    let scaled = within.map(|it| Interval { low: it.low * times, high: it.high * times, ..it });
    Ok(Shown {
        measured: Reading::Time(time.measured, within),
        nominal: Some(Reading::Time(time.nominal, scaled)),
    })
}

fn part(lane: &LaneSummary, pick: fn(AcquireParts) -> Option<Part>) -> Result<Shown, Missing> {
    time(lane.wait.and_then(|wait| pick(wait.parts)).map(|part| part.p99), Missing::NoneAsked)
}

fn mean(gauge: Option<Gauge>, unit: Unit) -> Result<Shown, Missing> {
    one(gauge.map(|gauge| Estimate::counted(gauge.mean, unit)), Missing::NotSampled)
}

fn peak(gauge: Option<Gauge>, unit: Unit) -> Result<Shown, Missing> {
    one(gauge.map(|gauge| Estimate::counted(f64::from(gauge.peak), unit)), Missing::NotSampled)
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
    fn every_metric_is_found_in_its_own_row() {
        assert!(Metric::all().enumerate().all(|(index, metric)| metric as usize == index));
    }
}
