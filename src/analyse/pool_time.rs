//! What became of the connection time of a pool, and how many requests that is worth.

use super::{Doubt, Estimate, HoldSummary, Interval, Method, Scaled, Share, Unit};
use crate::archive::LaneTape;

/// From this utilisation on, how many connections are in use hardly depends on how long they are held.
const SATURATED: f64 = 0.98;

/// What became of the pool's connection time in the measured span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoolTime {
    /// Connection time held ÷ (pool size × time).
    pub utilisation: Share,
    /// Connections held, on average over the span: exact, from holds clipped to it.
    pub in_use: f64,
    /// Of the connection time held, the share in which no SQL ran: the wasted-hold ratio. None
    /// when nothing was held.
    pub wasted: Option<Share>,
}

impl PoolTime {
    pub(super) fn of(lane: &LaneTape, connections: u64) -> Option<Self> {
        let span = lane.tape.window.to.saturating_sub(lane.tape.window.from) as f64;
        let held = lane.tape.pool.stays as f64;
        let in_use = held / span;
        Some(Self {
            utilisation: Share::new(in_use / connections as f64)?,
            in_use,
            wasted: Share::new(1.0 - lane.tape.busy_in_window as f64 / held),
        })
    }

    /// Requests that the connection time held amounts to, per second: connections in use ÷ connection
    /// time of a request. Unlike a count it does not care where in a wave of completions the
    /// window begins and ends. Holds of bystanders, in seconds of connection time per second,
    /// are taken off first. Where all connections are in use nearly all the time it is known as well as the mean
    /// hold and what is left to vary of their number; else as well as the count of completions, of which it is
    /// another reading.
    pub(super) fn carried(
        &self,
        hold: &HoldSummary,
        bystanders: f64,
        counted: Result<Estimate, Doubt>,
        in_use_half: Result<f64, Doubt>,
    ) -> Option<Scaled<Estimate>> {
        let in_use = (self.in_use - bystanders).max(0.0);
        let per_second = Estimate::computed(in_use, Unit::PerSecond);
        let whole = hold.request?.whole;
        let hold = whole.measured;
        let value = per_second.over(hold)?.value;
        let within = |below: f64, above: f64| Interval {
            low: value * (1.0 - below).max(0.0),
            high: value * (1.0 + above),
            method: Method::Combined,
        };
        let interval = match (hold.interval, in_use_half) {
            (Ok(_), Ok(half)) if self.utilisation.get() > SATURATED => {
                let half = half / self.in_use;
                Ok(within(half.hypot(hold.share_above()), half.hypot(hold.share_below())))
            }
            _ => counted.map(|it| within(it.share_below(), it.share_above())),
        };
        let measured = Estimate { value, unit: Unit::PerSecond, interval };
        // Overhead of a hold does not scale, so a rate that follows from holds does not scale as a count does.
        let nominal = measured.times(per_second.over(whole.nominal)?.value / value);
        let nominal = if value > 0.0 { nominal } else { measured };
        Some(Scaled { measured, nominal })
    }
}
