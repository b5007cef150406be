//! Where every metric is read.

use std::time::Duration;

use super::{Missing, Reading, Shown};
use crate::analyse::{
    AcquireParts, Comparison, ConnectionTime, Doubt, Estimate, Gauge, HoldSummary, Interval, Known,
    LaneSummary, Part, Quantiles, Scaled, Share, Unit,
};
use crate::metric::Metric;

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
    pub(super) read: Read,
}

macro_rules! readers {
    ($($metric:ident $read:expr;)*) => {
        /// In the order of the enum.
        pub(super) const ROWS: &[Row] = &[$(Row { metric: Metric::$metric, read: $read },)*];
    };
}

readers! {
    OfferedRate Read::Lane(|lane| {
        shown(lane.offered, if lane.callers.is_some() { Missing::ClosedLoop } else { Missing::NothingDue })
    });
    ServedShare Read::Lane(|lane| one(lane.served, Missing::NothingDue));
    CompletedCount Read::Lane(|lane| count(lane.completed_in_window));
    TimedOutCount Read::Lane(|lane| count(lane.ledger.acquire_timed_out));
    TimedOutShare Read::Lane(|lane| one(lane.timed_out, Missing::NothingDue));
    FailedCount Read::Lane(|lane| count(lane.failures()));
    UnaskedCount Read::Lane(|lane| count(lane.unasked_failures));
    FailedShare Read::Lane(|lane| one(lane.failed_share, Missing::NothingDue));
    UnansweredCount Read::Lane(|lane| count(lane.ledger.unanswered));
    UnansweredShare Read::Lane(|lane| one(lane.unanswered, Missing::NothingDue));
    ThroughputCounted Read::Lane(|lane| {
        shown(lane.throughput, Missing::NoSpan)
    });
    ThroughputFromHolds Read::Lane(|lane| {
        shown(lane.carried, Missing::NoHoldSeen)
    });
    HoldMean Read::Lane(|lane| held(lane, |request| request.whole));
    HoldBusy Read::Lane(|lane| held(lane, |request| request.busy));
    HoldIdle Read::Lane(|lane| held(lane, |request| request.idle));
    HoldEach Read::Lane(|lane| {
        one(lane.hold.as_ref().map(|hold| hold.each), Missing::NoHoldSeen)
    });
    HoldP50 Read::Lane(|lane| hold_quantile(lane, |hold| hold.p50));
    HoldP99 Read::Lane(|lane| hold_quantile(lane, |hold| hold.p99));
    HoldOverhead Read::Lane(|lane| {
        let overhead = lane.hold.as_ref().map(|hold| hold.overhead);
        time(overhead.flatten(), if overhead.is_some() { Missing::HoldsVary } else { Missing::NoHoldSeen })
    });
    AcquiresEach Read::Lane(|lane| each(lane.acquires_each, Missing::NoneAsked));
    TransactionsEach Read::Lane(|lane| each(lane.transactions_each, Missing::NoTransaction));
    HeldAtOnce Read::Lane(|lane| {
        let held = Estimate::computed(f64::from(lane.held_at_once), Unit::Connections);
        one(Some(held), Missing::NothingHeld)
    });
    AcquireWaitMean Read::Lane(|lane| known(lane.wait.map(|wait| wait.mean), Missing::NoneAsked));
    AcquireWaitP50 Read::Lane(|lane| waited(lane, |it| (it.p50, it.within[0])));
    AcquireWaitP90 Read::Lane(|lane| waited(lane, |it| (it.p90, it.within[1])));
    AcquireWaitP99 Read::Lane(|lane| waited(lane, |it| (it.p99, it.within[2])));
    AcquireWaitMax Read::Lane(|lane| waited(lane, |it| (it.greatest, Err(Doubt::Greatest))));
    AcquireQueueP99 Read::Lane(|lane| part(lane, |parts| parts.wait));
    AcquireCreateP99 Read::Lane(|lane| part(lane, |parts| parts.create));
    AcquireRecycleP99 Read::Lane(|lane| part(lane, |parts| parts.recycle));
    AcquireOverhead Read::Lane(|lane| {
        time(lane.wait.map(|wait| lane.in_a_wait(Some(wait))), Missing::NoneAsked)
    });
    WaitedShare Read::Lane(|lane| {
        one(lane.wait.map(|wait| wait.waited), Missing::NoneAsked)
    });
    ResponseP50 Read::Lane(|lane| answered(lane, |it| (it.p50, it.within[0])));
    ResponseP90 Read::Lane(|lane| answered(lane, |it| (it.p90, it.within[1])));
    ResponseP99 Read::Lane(|lane| answered(lane, |it| (it.p99, it.within[2])));
    ResponseMax Read::Lane(|lane| answered(lane, |it| (it.greatest, Err(Doubt::Greatest))));
    UtilisationShare Read::Lane(|lane| {
        share(lane.pool_time.map(|time| time.utilisation), Missing::NoSpan)
    });
    IdleHoldShare Read::Lane(|lane| {
        share(lane.pool_time.and_then(|time| time.wasted), Missing::NothingHeld)
    });
    // Read from the wire of an observed application alone.
    IdleHoldP99 Read::Lane(|_| Err(Missing::NotSampled));
    IdleInTransactionShare Read::Lane(|lane| {
        share(lane.server.and_then(|server| server.wasted()), Missing::NotSampled)
    });
    LockWaitShare Read::Lane(|lane| {
        share(lane.server.and_then(|server| server.lock_waits()), Missing::NotSampled)
    });
    ConnectionsMean Read::Lane(|lane| {
        one(lane.pool_time.map(|time| Estimate::counted(time.in_use, Unit::Connections)), Missing::NoSpan)
    });
    ConnectionsSampledMean Read::Lane(|lane| {
        mean(lane.gauges.map(|gauges| gauges.in_use), Unit::Connections)
    });
    ConnectionsByPool Read::Lane(|lane| {
        one(lane.gauges.and_then(|gauges| gauges.by_pool), Missing::NotSampled)
    });
    ConnectionsByServer Read::Lane(|lane| {
        one(lane.server.map(|server| server.by_server), Missing::NotSampled)
    });
    ConnectionsPeak Read::Lane(|lane| {
        peak(lane.gauges.map(|gauges| gauges.in_use), Unit::Connections)
    });
    InTransactionMean Read::Lane(|_| Err(Missing::NotSampled));
    InTransactionPeak Read::Lane(|_| Err(Missing::NotSampled));
    PoolerInUseMean Read::Lane(|lane| {
        mean(lane.pooler.map(|pooler| pooler.in_use), Unit::Connections)
    });
    PoolerInUsePeak Read::Lane(|lane| {
        peak(lane.pooler.map(|pooler| pooler.in_use), Unit::Connections)
    });
    PoolerWaitingMean Read::Lane(|lane| {
        mean(lane.pooler.map(|pooler| pooler.waiting), Unit::Count)
    });
    PoolerWaitingPeak Read::Lane(|lane| {
        peak(lane.pooler.map(|pooler| pooler.waiting), Unit::Count)
    });
    WaitingMean Read::Lane(|lane| {
        mean(lane.gauges.map(|gauges| gauges.waiting), Unit::Count)
    });
    WaitingPeak Read::Lane(|lane| {
        peak(lane.gauges.map(|gauges| gauges.waiting), Unit::Count)
    });
    InFlightMean Read::Lane(|lane| {
        mean(lane.gauges.map(|gauges| gauges.in_flight), Unit::Count)
    });
    InFlightPeak Read::Lane(|lane| {
        peak(lane.gauges.map(|gauges| gauges.in_flight), Unit::Count)
    });
    TransactionsFailedShare Read::Lane(|lane| {
        let not_kept = lane.transactions.rolled_back.max(lane.transactions.failed);
        share(Share::of(not_kept, lane.transactions.committed + not_kept), Missing::NoTransaction)
    });
    ScheduleLagP99 Read::Lane(|lane| {
        time(lane.lag.map(|lag| lag.p99), Missing::NothingDue)
    });
    TimerErrorP99 Read::Lane(|lane| {
        time(lane.timer_error.map(|late| late.p99), Missing::NothingDue)
    });
    BystanderFailedShare Read::Lane(|lane| {
        share(lane.bystanders.map(|others| others.failed), Missing::NoBystanders)
    });
    BystanderResponseP50 Read::Lane(|lane| {
        known(lane.bystanders.map(|others| others.response.p50), Missing::NoBystanders)
    });
    BystanderResponseP99 Read::Lane(|lane| {
        known(lane.bystanders.map(|others| others.response.p99), Missing::NoBystanders)
    });
    BystanderWaitP99 Read::Lane(|lane| {
        let wait = lane.bystanders.and_then(|others| others.wait);
        known(wait.map(|wait| wait.quantiles.p99), Missing::NoBystanders)
    });
    HoldRatio Read::Pair(|pair| shown(pair.hold_ratio(), Missing::NoHoldSeen));
    HoldReduction Read::Pair(|pair| {
        let ratio = pair.hold_ratio().ok_or(Missing::NoHoldSeen)?;
        let less = |ratio: Estimate| ratio.rising(Unit::Share, |ratio| 1.0 - 1.0 / ratio);
        Ok(Scaled { measured: less(ratio.measured), nominal: less(ratio.nominal) }.into())
    });
    EquivalentConnections Read::Pair(|pair| {
        let ratio = pair.hold_ratio().ok_or(Missing::NoHoldSeen)?;
        let size = f64::from(pair.pool_size);
        let worth = |ratio: Estimate| ratio.rising(Unit::Connections, |ratio| ratio * size);
        Ok(Scaled { measured: worth(ratio.measured), nominal: worth(ratio.nominal) }.into())
    });
    ThroughputRatio Read::Pair(|pair| {
        let (measured, _) = pair.throughput_ratio().ok_or(Missing::NoHoldSeen)?;
        // Capacity is pool size ÷ hold time, so at nominal times it follows from the holds.
        let nominal = pair.hold_ratio().map(|ratio| Estimate::computed(ratio.nominal.value, Unit::Factor));
        Ok(Shown { measured: Reading::Figure(measured), nominal: nominal.map(Reading::Figure) })
    });
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

fn each(each: Option<f64>, missing: Missing) -> Result<Shown, Missing> {
    one(each.map(|each| Estimate::counted(each, Unit::Count)), missing)
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
    use super::*;
    use crate::metric::Of;

    #[test]
    fn every_metric_has_its_reader_in_its_own_row() {
        assert_eq!(ROWS.len(), Metric::all().count());
        for (row, metric) in ROWS.iter().zip(Metric::all()) {
            assert_eq!(row.metric, metric);
            assert_eq!(matches!(row.read, Read::Pair(_)), metric.of() == Of::Pair, "{}", metric.name());
        }
    }
}
