//! One lane in figures: one session scope on one pool in one act.

use std::time::Duration;

use super::around::Spread;
use super::batches::Batches;
use super::hold::planned_connection_time;
use super::kinds::KindSummary;
use super::pool_time::PoolTime;
use super::pooler::PoolerView;
use super::soundness;
use super::window::{self, Gauges, ServerView};
use super::{
    BystanderSummary, Doubt, Estimate, HoldSummary, Lag, Quantiles, Scaled, Unit, WaitSummary,
    bounded_quantile, wait,
};
use crate::archive::{LaneTape, Rows};
use crate::itinerary::SessionScope;
use crate::plan::{Plan, Seen};
use crate::record::Little;
use crate::record::{Cohort, Deadlocks, Failures, Ledger, Slice, Transactions};
use crate::units::Quantile;

/// What is counted on its way through a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Connections in use.
    InUse,
    /// Requests waiting for a connection.
    Waiting,
    /// Requests in flight.
    InFlight,
}

/// How the mean hold of a lane stands to the plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BesidePlan {
    /// As long, or longer by overhead.
    AsLong,
    /// Shorter than the steps take, which no run can do: the plan is not that of the run, or times were not
    /// taken rightly.
    TooShort {
        /// Mean hold, at the clock of the run.
        measured: Duration,
        /// What the plan holds on average, at the clock of the run.
        planned: Duration,
    },
    /// Shorter, and requests gave up between their holds, which makes the mean another than the plan's.
    Unclear,
}

/// A mean hold of less than this share of the plan's is too short: clocks are better than that.
const AS_LONG: f64 = 0.98;

/// What one lane shows.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneSummary {
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
    /// From where it was seen.
    pub seen: Seen,
    /// Callers of a closed loop; none for an open one.
    pub callers: Option<u32>,
    /// Length of the measured span, at the scaled clock.
    pub span: Duration,
    /// Where every request due in the measured span ended.
    pub ledger: Ledger,
    /// Requests that failed although the scenario asks for no failure of this kind. The twin plays
    /// those that it asks for, and none of these.
    pub unasked_failures: u64,
    /// Requests due per second; none for a closed loop, where the callers make the rate.
    pub offered: Option<Scaled<Estimate>>,
    /// Share of the requests due that completed; none when none was due.
    pub served: Option<Estimate>,
    /// Share of the requests due that waited for a connection as long as they may.
    pub timed_out: Option<Estimate>,
    /// Share of the requests due that a service did not answer in time.
    pub unanswered: Option<Estimate>,
    /// Share of the requests due that failed otherwise: see [`LaneSummary::failures`].
    pub failed_share: Option<Estimate>,
    /// Requests completed per second of the measured span, counted.
    pub throughput: Option<Scaled<Estimate>>,
    /// Requests completed in equal batches of the measured span, by which two lanes are compared.
    pub(super) completed_in_batches: Vec<f64>,
    /// Throughput from connection time: connections in use ÷ hold time of a request.
    pub carried: Option<Scaled<Estimate>>,
    /// Completed requests whose end fell into the measured span.
    pub completed_in_window: u64,
    /// Hold times.
    pub hold: Option<HoldSummary>,
    /// Connections taken for one request: acquires that got one ÷ requests that were not left waiting.
    /// Exact where no request gave up between two holds.
    pub acquires_each: Option<f64>,
    /// Transactions begun for one request, in all phases.
    pub transactions_each: Option<f64>,
    /// Most connections that the plan has a request hold at once.
    pub held_at_once: u32,
    /// Waits for a connection.
    pub wait: Option<WaitSummary>,
    /// Response times.
    pub response: Option<Quantiles>,
    /// What became of the pool's connection time.
    pub pool_time: Option<PoolTime>,
    /// Connections in use, requests waiting and in flight.
    pub gauges: Option<Gauges>,
    /// What the server saw.
    pub server: Option<ServerView>,
    /// What a PgBouncer in between showed; none without one.
    pub pooler: Option<PoolerView>,
    /// Each kind of requests, the usual one first; empty where all are of one kind.
    pub kinds: Vec<KindSummary>,
    /// Schedule lag: dispatched − intended. It is part of every response time.
    pub lag: Option<Lag>,
    /// How late waits outside the database ended, by our own timer.
    pub timer_error: Option<Lag>,
    /// Little's law, on the pool, on its queue and on the system.
    pub little: [(Counted, Little); 3],
    /// Cheap queries of others.
    pub bystanders: Option<BystanderSummary>,
    /// Transactions in all phases.
    pub transactions: Transactions,
    /// Rows found against commits counted.
    pub rows: Option<Rows>,
    /// Why requests of the measured span failed, by kind.
    pub failed: Failures,
    /// What stood still in virtual time.
    pub deadlocks: Option<Deadlocks>,
}

impl LaneSummary {
    /// The figures of a lane under a session scope.
    pub fn of(plan: &Plan, scope: SessionScope, lane: &LaneTape) -> Self {
        let scale = plan.time_scale;
        let (cohort, span) = (&lane.tape.measured, window::length(lane.tape.window));
        let ledger = cohort.ledger;
        let failed = cohort.failures.clone();
        let hold = HoldSummary::of(cohort, plan, scope);
        let seen = plan.seen();
        // From outside nobody sees what is held, and nothing held is not the same.
        let pool_time = match seen {
            Seen::FromInside => PoolTime::of(lane, plan.connections()),
            Seen::FromOutside => None,
        };
        let bystander_hold = lane.tape.bystanders.hold.seen.sum() as f64 / span.as_nanos().max(1) as f64;
        let planned_time = scale.scaled(plan.request_time());
        // Of a service it is known by what was seen of it alone, and completions come in waves of that length.
        let request_time = match seen {
            Seen::FromInside => planned_time,
            Seen::FromOutside => {
                let median = bounded_quantile(&cohort.response, Quantile::P50);
                median.map_or(planned_time, |median| median.at_least().max(planned_time))
            }
        };
        let batches = batches(plan, lane, request_time, relaxations(plan, lane, hold.as_ref(), pool_time));
        let throughput = window::throughput(lane, &batches);
        let carried = pool_time.zip(hold.as_ref()).and_then(|(time, hold)| {
            let counted = throughput.map_or(Err(Doubt::NotKept), |it| it.interval.map(|_| it));
            // Connections in use know no waves.
            let in_use = window::batches(lane, Duration::ZERO).half_of_mean(|slice| slice.in_use);
            time.carried(hold, bystander_hold, counted, in_use)
        });
        let ended = |slice: &Slice| slice.completed + slice.timed_out + slice.failed + slice.unanswered;
        // Of a queue that grows, many have not ended when it is over.
        let all_end = ledger.completed + ledger.failed();
        let of_due = ledger.scheduled.saturating_sub(all_end) as f64 > NOT_ENDED * ledger.scheduled as f64;
        let of = |slice: &Slice| if of_due { slice.due } else { ended(slice) };
        let share = |part: u64, count: fn(&Slice) -> u64| {
            batches.share((part, ledger.scheduled), |slice| (count(slice), of(slice)))
        };
        let rate = |measured| Scaled::rate(measured, scale);
        let slices = window::slices(&lane.tape.series, lane.tape.window);
        let spread = |rough| Spread { rough, slices: slices.clone(), batches: &batches };
        Self {
            pool: lane.pool.clone(),
            scope,
            seen,
            callers: lane.callers,
            span,
            ledger,
            unasked_failures: soundness::unasked(lane, &failed, plan.asks_for_failures()),
            offered: offered(lane, ledger.scheduled, span).map(rate),
            served: share(ledger.completed, |slice| slice.completed),
            timed_out: share(ledger.acquire_timed_out, |slice| slice.timed_out),
            unanswered: share(ledger.unanswered, |slice| slice.unanswered),
            failed_share: share(failures(&ledger), |slice| slice.failed),
            throughput: throughput.map(rate),
            completed_in_batches: batches.completed(),
            carried,
            completed_in_window: lane.tape.completed_in_window,
            hold,
            acquires_each: each(acquired(cohort), not_left_waiting(cohort)),
            transactions_each: transactions_each(lane),
            held_at_once: plan.most_held(scope),
            wait: WaitSummary::of(cohort, scale, Some(&spread(&lane.tape.series.waits))),
            response: wait::response(cohort, scale, Some(&spread(&lane.tape.series.responses))),
            pool_time,
            gauges: Gauges::of(lane),
            server: ServerView::of(&lane.server, lane.tape.window),
            kinds: KindSummary::all(plan, scope, &lane.tape.kinds),
            pooler: lane.pooler.as_ref().and_then(|pooler| PoolerView::of(pooler, lane.tape.window)),
            lag: Lag::of(&cohort.schedule_lag),
            timer_error: Lag::of(&lane.tape.timer_error),
            little: [
                (Counted::InUse, lane.tape.pool),
                (Counted::Waiting, lane.tape.queue),
                (Counted::InFlight, lane.tape.system),
            ],
            bystanders: BystanderSummary::of(&lane.tape.bystanders, scale),
            transactions: lane.tape.transactions,
            rows: lane.rows,
            failed,
            deadlocks: lane.tape.deadlocks.clone(),
        }
    }

    /// How the mean hold stands to the plan's at the clock of the run. A run can make it longer and never
    /// shorter, but for requests that failed before their time.
    #[must_use]
    pub fn beside_plan(&self) -> Option<BesidePlan> {
        let hold = self.hold.as_ref()?;
        let (measured, planned) = (hold.each.value, hold.planned_each);
        let ended = (self.ledger.completed + self.failures()).max(1);
        let failed = self.unasked_failures as f64 / ended as f64;
        let short = hold.each_at_most < planned.mul_f64((AS_LONG - failed).max(0.0));
        // Where requests of several holds gave up between them, the first of them are more than planned.
        let one_hold = hold.p50.nominal.is_some();
        let whole = one_hold || (hold.censored == 0 && self.ledger.acquire_timed_out == 0 && failed == 0.0);
        let measured = Duration::try_from_secs_f64(measured).ok()?;
        Some(match (short, whole) {
            (false, _) => BesidePlan::AsLong,
            (true, true) => BesidePlan::TooShort { measured, planned },
            (true, false) => BesidePlan::Unclear,
        })
    }

    /// Requests that failed while they were served or got no connection for another reason than
    /// the timeout.
    #[must_use]
    pub fn failures(&self) -> u64 {
        failures(&self.ledger)
    }
}

fn each(of_all: u64, requests: u64) -> Option<f64> {
    (requests > 0).then(|| of_all as f64 / requests as f64)
}

fn acquired(cohort: &Cohort) -> u64 {
    cohort.hold.seen.count() + cohort.hold.censored.count()
}

/// Requests that were sent and had whatever they asked for when they ended, or when the run did.
fn not_left_waiting(cohort: &Cohort) -> u64 {
    cohort.ledger.dispatched.saturating_sub(cohort.acquire_wait.censored.count())
}

/// Transactions are counted in all phases together, so requests are, too; without those that were cut off
/// within one.
fn transactions_each(lane: &LaneTape) -> Option<f64> {
    let Transactions { committed, rolled_back, failed, .. } = lane.tape.transactions;
    let ended = |cohort: &Cohort| not_left_waiting(cohort).saturating_sub(cohort.hold.censored.count());
    let requests = [&lane.tape.warm_up, &lane.tape.measured].map(ended).iter().sum();
    each(committed + rolled_back.max(failed), requests)
}

fn failures(ledger: &Ledger) -> u64 {
    ledger.work_failed + ledger.acquire_failed + ledger.panicked
}

/// More than this share of requests that have not ended is no edge of the span.
const NOT_ENDED: f64 = 0.005;

fn batches<'a>(
    plan: &Plan,
    lane: &'a LaneTape,
    request_time: Duration,
    relaxations: Option<f64>,
) -> Batches<'a> {
    let batches = window::batches(lane, request_time).relaxing(relaxations);
    let changes = lane.callers.is_none() && (plan.load.burst > 0 || !plan.load.stages.is_empty());
    if changes { batches.of_changing_load() } else { batches }
}

/// The measured span of an open loop in relaxation times of its pools: of one that nobody leaves, hold ÷
/// (connections × (1 − √utilisation)²), and where a timeout bounds the waits no longer than chance takes to
/// carry a wait from none to the timeout and back. Nothing where nothing was held.
fn relaxations(
    plan: &Plan,
    lane: &LaneTape,
    hold: Option<&HoldSummary>,
    time: Option<PoolTime>,
) -> Option<f64> {
    let (hold, time) = hold.zip(time).filter(|_| lane.callers.is_none())?;
    let each = hold.each.value;
    let connections = f64::from(plan.pool.size);
    // Of what was offered: of two runs alike, the one that happened to be less busy is not known better.
    let offered = hold.request.map(|request| {
        let rate = plan.load.rate.as_per_second() / plan.time_scale.factor();
        let span = window::length(lane.tape.window).as_nanos().max(1) as f64;
        let others = lane.tape.bystanders.hold.seen.sum() as f64 / span;
        let planned = planned_connection_time(plan, lane.scope).map_or(Duration::ZERO, |(whole, _)| whole);
        let request = request.whole.measured.value.max(plan.time_scale.scaled(planned).as_secs_f64());
        (rate * request + others) / plan.connections() as f64
    });
    let free = (1.0 - offered.unwrap_or(time.utilisation.get()).sqrt()).max(0.0);
    let timeout = plan.time_scale.scaled(plan.pool.acquire_timeout).as_secs_f64();
    let across = 2.0 * timeout * timeout * connections / (std::f64::consts::PI.powi(2) * each);
    let alone = each / (connections * free * free);
    Some(window::length(lane.tape.window).as_secs_f64() / alone.min(across).max(each))
}

/// A count of what was due is no sample of anything: the arrivals are what was asked for.
fn offered(lane: &LaneTape, scheduled: u64, span: Duration) -> Option<Estimate> {
    let open = lane.callers.is_none() && span > Duration::ZERO;
    open.then(|| Estimate::counted(scheduled as f64 / span.as_secs_f64(), Unit::PerSecond))
}
