//! What the series and the server's samples say of the measured span.

use std::time::Duration;

use super::batches::{Batches, half_of_samples};
use super::{Estimate, Interval, Method, Share, Unit};
use crate::archive::{LaneTape, ServerSamples};
use crate::record::{Series, Slice, Window};

/// A gauge over the measured span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauge {
    /// Its mean over the samples.
    pub mean: f64,
    /// Its highest sample.
    pub peak: u32,
}

impl Gauge {
    pub(super) fn of(samples: &[u32]) -> Option<Self> {
        let peak = samples.iter().copied().max()?;
        let sum: u64 = samples.iter().copied().map(u64::from).sum();
        Some(Self { mean: sum as f64 / samples.len() as f64, peak })
    }
}

/// The gauges of a lane over the measured span; none without a sample in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauges {
    /// Connections held, counted by the driver.
    pub in_use: Gauge,
    /// Requests waiting for a connection, counted by the driver.
    pub waiting: Gauge,
    /// Requests in flight.
    pub in_flight: Gauge,
    /// Connections held, as the pool says: its size less its idle ones.
    pub pool_in_use: Option<Gauge>,
    /// Its mean with the error of looking only now and then.
    pub by_pool: Option<Estimate>,
}

impl Gauges {
    pub(super) fn of(lane: &LaneTape) -> Option<Self> {
        let series = &lane.tape.series;
        let slices = slices(series, lane.tape.window);
        let within = |gauge: fn(&Slice) -> u32| {
            Gauge::of(&series.slices[slices.clone()].iter().map(gauge).collect::<Vec<_>>())
        };
        Some(Self {
            in_use: within(|slice| slice.in_use)?,
            waiting: within(|slice| slice.waiting)?,
            in_flight: within(|slice| slice.in_flight)?,
            pool_in_use: within(of_pool),
            by_pool: sampled(
                &series.slices[slices.clone()].iter().map(|it| f64::from(of_pool(it))).collect::<Vec<_>>(),
            ),
        })
    }
}

fn of_pool(slice: &Slice) -> u32 {
    slice.pool.size.saturating_sub(slice.pool.idle)
}

/// The mean of connections seen now and then, with the error that this makes; nothing without a sample.
fn sampled(samples: &[f64]) -> Option<Estimate> {
    let value = samples.iter().sum::<f64>() / samples.len() as f64;
    let interval = half_of_samples(samples).map(|half| Interval {
        low: (value - half).max(0.0),
        high: value + half,
        method: Method::BatchMeans(samples.len()),
    });
    (!samples.is_empty()).then_some(Estimate { value, unit: Unit::Connections, interval })
}

/// The slices that lie wholly in the window.
pub(super) fn slices(series: &Series, window: Window) -> std::ops::Range<usize> {
    let step = series.step.max(1);
    let from = usize::try_from(window.from.div_ceil(step)).unwrap_or(usize::MAX);
    let to = usize::try_from(window.to / step).unwrap_or(usize::MAX);
    let most = series.slices.len();
    from.min(most)..to.min(most).max(from.min(most))
}

/// The length of the measured span.
#[must_use]
pub(super) fn length(window: Window) -> Duration {
    Duration::from_nanos(window.to.saturating_sub(window.from))
}

/// The measured span in batches of time, each at least as long as a request.
pub(super) fn batches(lane: &LaneTape, request_time: Duration) -> Batches<'_> {
    let series = &lane.tape.series;
    let within = &series.slices[slices(series, lane.tape.window)];
    Batches::of(within, series.step as f64 / 1e9, request_time.as_secs_f64())
}

/// Requests completed per second of the measured span. Nothing for an empty span.
pub(super) fn throughput(lane: &LaneTape, batches: &Batches<'_>) -> Option<Estimate> {
    let seconds = length(lane.tape.window).as_secs_f64();
    let value = lane.tape.completed_in_window as f64 / seconds;
    (seconds > 0.0).then(|| batches.rate(value, |slice| slice.completed))
}

/// What `pg_stat_activity` showed of a lane's connections in the measured span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServerView {
    /// How many samples.
    pub samples: u64,
    /// Share of the connections that ran a statement.
    pub active: Share,
    /// Share of the connections that had a transaction open and ran nothing.
    pub idle_in_transaction: Share,
    /// Share of the connections outside a transaction.
    pub idle: Share,
    /// Connections in a transaction or running a statement, on average.
    pub engaged: f64,
    /// The same with the error of looking only now and then.
    pub by_server: Estimate,
    /// Connections whose statement waited for a lock, on average; none where that was not looked at.
    pub waiting_for_lock: Option<f64>,
}

/// From this share of the connections engaged on, waits for locks make holds.
const HELD_UP: f64 = 0.05;
/// Connections seen waiting for a lock: fewer are chance.
const SEEN_OFTEN: f64 = 5.0;

impl ServerView {
    pub(super) fn of(server: &ServerSamples, window: Window) -> Option<Self> {
        let span = window.from..window.to;
        let states = server.active.iter().zip(&server.idle_in_transaction).zip(&server.idle);
        let (mut samples, mut sums, mut engaged) = (0, [0_u64; 3], Vec::new());
        for (at, ((active, waiting), idle)) in server.at.iter().zip(states) {
            if span.contains(at) {
                samples += 1;
                engaged.push(f64::from(active + waiting));
                for (sum, state) in sums.iter_mut().zip([active, waiting, idle]) {
                    *sum += u64::from(*state);
                }
            }
        }
        let for_lock = server.waiting_for_lock.as_ref().map(|counts| {
            let within = server.at.iter().zip(counts).filter(|(at, _)| span.contains(at));
            within.map(|(_, count)| u64::from(*count)).sum::<u64>()
        });
        let [active, waiting, idle] = sums;
        let all = active + waiting + idle;
        let share = |part| Share::of(part, all);
        Some(Self {
            samples,
            active: share(active)?,
            idle_in_transaction: share(waiting)?,
            idle: share(idle)?,
            engaged: (active + waiting) as f64 / samples as f64,
            by_server: sampled(&engaged)?,
            waiting_for_lock: for_lock.map(|sum| sum as f64 / samples as f64),
        })
    }

    /// Of the connections engaged, the share that ran nothing: the server's own view of the
    /// wasted-hold ratio. Nothing when none was engaged.
    #[must_use]
    pub fn wasted(&self) -> Option<Share> {
        let engaged = self.active.get() + self.idle_in_transaction.get();
        Share::new(self.idle_in_transaction.get() / engaged)
    }

    /// Of the connections engaged, the share whose statement waited for a lock. Nothing when none was
    /// engaged, or nobody looked.
    #[must_use]
    pub fn lock_waits(&self) -> Option<Share> {
        Share::new(self.waiting_for_lock? / self.engaged)
    }

    /// The same, where it is so much that it makes holds longer.
    pub(super) fn held_up(&self) -> Option<Share> {
        let seen = self.waiting_for_lock? * self.samples as f64;
        self.lock_waits().filter(|share| share.get() >= HELD_UP && seen >= SEEN_OFTEN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_slices_of_the_window_count() {
        let slice = |in_use| Slice { in_use, ..Slice::default() };
        let series = Series::whole(10, [9, 9, 1, 2, 3, 9].map(slice).to_vec());
        assert_eq!(slices(&series, Window { from: 15, to: 50 }), 2..5);
        assert_eq!(slices(&series, Window { from: 20, to: 500 }), 2..6);
        assert_eq!(slices(&series, Window { from: 900, to: 950 }), 6..6);
        assert_eq!(Gauge::of(&[1, 2, 6]), Some(Gauge { mean: 3.0, peak: 6 }));
    }

    #[test]
    fn the_server_is_asked_only_about_the_window() {
        let server = ServerSamples {
            at: vec![5, 15, 25],
            active: vec![20, 1, 1],
            idle_in_transaction: vec![0, 17, 17],
            idle: vec![0, 2, 2],
            waiting_for_lock: None,
        };
        let view = ServerView::of(&server, Window { from: 10, to: 30 }).unwrap();
        assert_eq!(view.samples, 2);
        assert_eq!(view.idle_in_transaction.to_string(), "85 %");
        assert_eq!(view.wasted().unwrap().to_string(), "94.4 %");
        assert_eq!(ServerView::of(&server, Window { from: 100, to: 300 }), None);
        assert_eq!(view.lock_waits(), None);
    }

    #[test]
    fn waits_for_locks_are_a_share_of_the_connections_engaged() {
        let view = |waiting: u32, samples: usize| {
            let server = ServerSamples {
                at: (0..samples as u64).collect(),
                active: vec![10; samples],
                idle_in_transaction: vec![10; samples],
                idle: vec![80; samples],
                waiting_for_lock: Some(vec![waiting; samples]),
            };
            ServerView::of(&server, Window { from: 0, to: samples as u64 }).unwrap()
        };
        assert_eq!(view(2, 10).lock_waits().unwrap().to_string(), "10 %");
        assert!(view(2, 10).held_up().is_some());
        assert_eq!((view(2, 2).held_up(), view(0, 10).held_up()), (None, None));
    }
}
