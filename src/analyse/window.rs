//! What the series and the server's samples say of the measured span.

use std::time::Duration;

use super::{Estimate, Share};
use crate::archive::{LaneRecord, SeriesRecord, ServerRecord, WindowRecord};

/// A gauge over the measured span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauge {
    /// Its mean over the samples.
    pub mean: f64,
    /// Its highest sample.
    pub peak: u32,
}

impl Gauge {
    fn of(samples: &[u32]) -> Option<Self> {
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
}

impl Gauges {
    pub(super) fn of(lane: &LaneRecord) -> Option<Self> {
        let series = &lane.series;
        let slices = slices(series, lane.window);
        let within = |gauge: &[u32]| Gauge::of(gauge.get(slices.clone()).unwrap_or_default());
        let lent: Vec<u32> = series
            .pool_size
            .iter()
            .zip(&series.pool_idle)
            .map(|(size, idle)| size.saturating_sub(*idle))
            .collect();
        Some(Self {
            in_use: within(&series.in_use)?,
            waiting: within(&series.waiting)?,
            in_flight: within(&series.in_flight)?,
            pool_in_use: within(&lent),
        })
    }
}

/// The slices that lie wholly in the window.
fn slices(series: &SeriesRecord, window: WindowRecord) -> std::ops::Range<usize> {
    let step = series.step_ns.max(1);
    let from = usize::try_from(window.from_ns.div_ceil(step)).unwrap_or(usize::MAX);
    let to = usize::try_from(window.to_ns / step).unwrap_or(usize::MAX);
    let most = series.in_use.len();
    from.min(most)..to.min(most).max(from.min(most))
}

/// The length of the measured span.
#[must_use]
pub(super) fn length(window: WindowRecord) -> Duration {
    Duration::from_nanos(window.to_ns.saturating_sub(window.from_ns))
}

/// The most batches that a window is cut into.
const MOST_BATCHES: usize = 20;

/// Requests completed per second of the measured span, with the interval of batch means. A batch
/// lasts at least as long as a request, since completions come in waves of that period when all
/// connections were taken at once. Nothing for an empty span.
pub(super) fn throughput(lane: &LaneRecord, request_time: Duration) -> Option<Estimate> {
    let seconds = length(lane.window).as_secs_f64();
    if seconds <= 0.0 {
        return None;
    }
    let value = lane.completed_in_window as f64 / seconds;
    let completed = lane.series.completed.get(slices(&lane.series, lane.window)).unwrap_or_default();
    let fit = (seconds / request_time.as_secs_f64().max(1e-9)).floor().min(MOST_BATCHES as f64) as usize;
    let slices_each = completed.len() / fit.max(1);
    let batch_seconds = slices_each as f64 * lane.series.step_ns as f64 / 1e9;
    let batches: Vec<f64> = match slices_each {
        0 => Vec::new(),
        each => completed
            .chunks_exact(each)
            .take(fit)
            .map(|batch| batch.iter().sum::<u64>() as f64 / batch_seconds)
            .collect(),
    };
    Some(Estimate::of_batches(value, &batches, 1.0 / batch_seconds.max(1e-9)))
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
}

impl ServerView {
    pub(super) fn of(server: &ServerRecord, window: WindowRecord) -> Option<Self> {
        let span = window.from_ns..window.to_ns;
        let states = server.active.iter().zip(&server.idle_in_transaction).zip(&server.idle);
        let (mut samples, mut sums) = (0, [0_u64; 3]);
        for (at, ((active, waiting), idle)) in server.at_ns.iter().zip(states) {
            if span.contains(at) {
                samples += 1;
                for (sum, state) in sums.iter_mut().zip([active, waiting, idle]) {
                    *sum += u64::from(*state);
                }
            }
        }
        let [active, waiting, idle] = sums;
        let all = active + waiting + idle;
        let share = |part| Share::of(part, all);
        Some(Self {
            samples,
            active: share(active)?,
            idle_in_transaction: share(waiting)?,
            idle: share(idle)?,
            engaged: (active + waiting) as f64 / samples as f64,
        })
    }

    /// Of the connections engaged, the share that ran nothing: the server's own view of the
    /// wasted-hold ratio. Nothing when none was engaged.
    #[must_use]
    pub fn wasted(&self) -> Option<Share> {
        let engaged = self.active.get() + self.idle_in_transaction.get();
        Share::new(self.idle_in_transaction.get() / engaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_slices_of_the_window_count() {
        let series = SeriesRecord {
            step_ns: 10,
            due: vec![],
            completed: vec![],
            timed_out: vec![],
            failed: vec![],
            in_use: vec![9, 9, 1, 2, 3, 9],
            waiting: vec![],
            in_flight: vec![],
            pool_size: vec![],
            pool_idle: vec![],
            pool_waiting: None,
        };
        assert_eq!(slices(&series, WindowRecord { from_ns: 15, to_ns: 50 }), 2..5);
        assert_eq!(slices(&series, WindowRecord { from_ns: 20, to_ns: 500 }), 2..6);
        assert_eq!(slices(&series, WindowRecord { from_ns: 900, to_ns: 950 }), 6..6);
        assert_eq!(Gauge::of(&[1, 2, 6]), Some(Gauge { mean: 3.0, peak: 6 }));
    }

    #[test]
    fn the_server_is_asked_only_about_the_window() {
        let server = ServerRecord {
            at_ns: vec![5, 15, 25],
            active: vec![20, 1, 1],
            idle_in_transaction: vec![0, 17, 17],
            idle: vec![0, 2, 2],
        };
        let view = ServerView::of(&server, WindowRecord { from_ns: 10, to_ns: 30 }).unwrap();
        assert_eq!(view.samples, 2);
        assert_eq!(view.idle_in_transaction.to_string(), "85 %");
        assert_eq!(view.wasted().unwrap().to_string(), "94.4 %");
        assert_eq!(ServerView::of(&server, WindowRecord { from_ns: 100, to_ns: 300 }), None);
    }
}
