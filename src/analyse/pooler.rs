//! What a pooler between a pool and the server showed of a lane.

use std::time::Duration;

use super::window::Gauge;
use crate::archive::PoolerSamples;
use crate::record::Window;

/// A PgBouncer's pool of a lane in the measured span, as its samples show it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolerView {
    /// Connections to the server that a client had.
    pub in_use: Gauge,
    /// Clients that waited for one.
    pub waiting: Gauge,
    /// The longest wait that was under way at a sample.
    pub longest_wait: Duration,
}

impl PoolerView {
    pub(super) fn of(pooler: &PoolerSamples, window: Window) -> Option<Self> {
        let span = window.from..window.to;
        let within = |counts: &[u32]| -> Vec<u32> {
            let timed = pooler.at.iter().zip(counts).filter(|(at, _)| span.contains(at));
            timed.map(|(_, count)| *count).collect()
        };
        let waits = pooler.at.iter().zip(&pooler.longest_wait).filter(|(at, _)| span.contains(at));
        Some(Self {
            in_use: Gauge::of(&within(&pooler.in_use))?,
            waiting: Gauge::of(&within(&pooler.waiting))?,
            longest_wait: Duration::from_nanos(waits.map(|(_, wait)| *wait).max()?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_outside_the_measured_span_do_not_count() {
        let samples = PoolerSamples {
            at: vec![5, 10, 15, 20],
            clients: vec![9; 4],
            waiting: vec![9, 0, 2, 9],
            in_use: vec![9, 1, 3, 9],
            free: vec![0; 4],
            longest_wait: vec![900, 0, 7, 900],
        };
        let view = PoolerView::of(&samples, Window { from: 10, to: 20 }).unwrap();
        assert_eq!(view.in_use, Gauge { mean: 2.0, peak: 3 });
        assert_eq!(view.waiting, Gauge { mean: 1.0, peak: 2 });
        assert_eq!(view.longest_wait, Duration::from_nanos(7));
        assert_eq!(PoolerView::of(&samples, Window { from: 30, to: 40 }), None);
    }
}
