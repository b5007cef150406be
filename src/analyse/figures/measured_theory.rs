//! What theory says of a lane at the clock of the run, with the holds that were measured.

use std::time::Duration;

use super::driven::Used;
use super::{Metric, Reading, computed, exactly};
use crate::analyse::{Departure, Unit};
use crate::archive::LaneTape;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::scenario::ArrivalKind;
use crate::theory::{
    Connections, Hold, Load, Prediction, Station, Steady, TheoryError, Trust, Variability, predict,
};
use crate::units::{Quantile, Rate};

/// What theory says of a lane.
pub(super) struct MeasuredTheory {
    predicted: Result<Prediction, TheoryError>,
    /// In what the load differs from what the formula takes for granted.
    departures: Vec<Departure>,
    /// The measured span in relaxation times of the pool, if nobody gave up.
    pub(super) relaxations: Option<f64>,
    hold: f64,
    holds: f64,
    arrivals: f64,
}

impl MeasuredTheory {
    /// Nothing where no hold was seen to its end.
    pub(super) fn of(plan: &Plan, scope: SessionScope, lane: &LaneTape) -> Option<Self> {
        let seen = &lane.tape.measured.hold.seen;
        let holds = plan.acquisitions(scope);
        if seen.count() == 0 || holds == 0.0 {
            return None;
        }
        let mean = seen.sum() as f64 / seen.count() as f64;
        let squares: f64 =
            seen.values().map(|(value, count)| (value as f64 - mean).powi(2) * count as f64).sum();
        let spread = squares / seen.count() as f64 / (mean * mean).max(1.0);
        let pools = f64::from(plan.pool_count().max(1));
        let arrivals = plan.load.rate.as_per_second() / plan.time_scale.factor();
        let asked = arrivals * holds / pools;
        let station = |timeout| station(plan, Duration::from_secs_f64(mean / 1e9), spread, asked, timeout);
        let timeout = plan.time_scale.scaled(plan.pool.acquire_timeout);
        let relaxation = match station(None).and_then(|station| predict(&station)) {
            Ok(Prediction::Steady(steady)) => steady.relaxation,
            _ => None,
        };
        let span = lane.tape.window.to.saturating_sub(lane.tape.window.from) as f64 / 1e9;
        let predicted = station(Some(timeout)).and_then(|station| predict(&station));
        let departures = predicted
            .as_ref()
            .map_or_else(|_| Vec::new(), |it| Departure::from(plan, scope, it, plan.time_scale));
        Some(Self {
            predicted,
            departures,
            relaxations: relaxation.map(|it| span / it.time().as_secs_f64()),
            hold: mean / 1e9 * holds,
            holds: holds / pools,
            arrivals,
        })
    }

    fn steady(&self) -> Option<&Steady> {
        match &self.predicted {
            Ok(Prediction::Steady(steady)) if self.departures.is_empty() => Some(steady),
            _ => None,
        }
    }

    pub(super) fn used(&self) -> Used {
        match &self.predicted {
            Ok(_) if !self.departures.is_empty() => Used::NoFormula(self.departures.clone()),
            Ok(Prediction::Steady(steady)) => Used::Formula(steady.formula, steady.trust),
            Ok(Prediction::NoSteadyState(_)) => Used::NoSteadyState,
            Err(why) => Used::None(*why),
        }
    }

    /// How far to believe the formula; where none speaks it is the measured hold alone.
    pub(super) fn trust(&self) -> Option<Trust> {
        Some(self.steady().map_or(Trust::Exact, |steady| steady.trust))
    }

    pub(super) fn get(&self, metric: Metric) -> Option<Reading> {
        if metric == Metric::HoldMean {
            return Some(computed(self.hold, Unit::Seconds));
        }
        let steady = self.steady()?;
        let carried = steady.throughput.as_per_second() / self.holds;
        match metric {
            Metric::AcquireWaitP50 => steady.waits.quantile(Quantile::P50).map(exactly),
            Metric::AcquireWaitP99 => steady.waits.quantile(Quantile::P99).map(exactly),
            Metric::ThroughputCounted => Some(computed(carried, Unit::PerSecond)),
            Metric::ServedShare => Some(computed(carried / self.arrivals, Unit::Share)),
            _ => None,
        }
    }
}

fn station(
    plan: &Plan,
    mean: Duration,
    spread: f64,
    asked: f64,
    timeout: Option<Duration>,
) -> Result<Station, TheoryError> {
    let arrivals = Rate::per_second(asked).ok_or(TheoryError::NoRate)?;
    // Clocks are not exact: what varies by a thousandth does not vary.
    let spread = if spread < 1e-6 { 0.0 } else { spread };
    let constant = plan.load.arrivals == ArrivalKind::Constant && plan.pool_count() == 1;
    let gaps = if constant { Variability::NONE } else { Variability::EXPONENTIAL };
    Ok(Station {
        connections: Connections::new(plan.pool.size).ok_or(TheoryError::NoConnections)?,
        hold: Hold::new(mean, Variability::new(spread).ok_or(TheoryError::OutOfRange)?)?,
        load: Load::Open { arrivals, spread: gaps },
        timeout,
    })
}
