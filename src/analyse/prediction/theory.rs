//! What theory says of a lane, at the scaled clock and with the holds that were measured.

use std::time::Duration;

use super::figures::{Quantity, seconds};
use crate::archive::LaneTape;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::scenario::ArrivalKind;
use crate::theory::{
    Connections, Hold, Load, Prediction, Relaxation, Station, Steady, TheoryError, Trust, Variability,
    predict,
};
use crate::units::{self, Quantile, Rate};

/// A prediction, with what is needed to read it.
pub(super) struct Theory {
    predicted: Result<Prediction, TheoryError>,
    /// The relaxation time if nobody gave up.
    relaxation: Option<Relaxation>,
    hold: f64,
    holds: f64,
    arrivals: f64,
    span: f64,
}

impl Theory {
    /// Nothing where no hold was seen to its end.
    pub(super) fn of(plan: &Plan, scope: SessionScope, lane: &LaneTape) -> Option<Self> {
        let seen = &lane.tape.measured.hold.seen;
        let holds = f64::from(plan.itinerary(scope).acquisitions());
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
        Some(Self {
            predicted: station(Some(timeout)).and_then(|station| predict(&station)),
            relaxation,
            hold: mean / 1e9 * holds,
            holds: holds / pools,
            arrivals,
            span: lane.tape.window.to.saturating_sub(lane.tape.window.from) as f64 / 1e9,
        })
    }

    fn steady(&self) -> Option<&Steady> {
        match &self.predicted {
            Ok(Prediction::Steady(steady)) => Some(steady),
            _ => None,
        }
    }

    /// The formula, and how far to believe it.
    pub(super) fn formula(&self) -> String {
        match &self.predicted {
            Ok(Prediction::Steady(steady)) => format!("{}, {}", steady.formula, steady.trust),
            Ok(Prediction::NoSteadyState(_)) => "no steady state".to_owned(),
            Err(why) => why.to_string(),
        }
    }

    pub(super) fn get(&self, quantity: Quantity) -> Option<f64> {
        if quantity == Quantity::Hold {
            return Some(self.hold);
        }
        let steady = self.steady()?;
        match quantity {
            Quantity::Hold => Some(self.hold),
            Quantity::WaitP50 => steady.waits.quantile(Quantile::P50).map(seconds),
            Quantity::WaitP99 => steady.waits.quantile(Quantile::P99).map(seconds),
            Quantity::Throughput => Some(steady.throughput.as_per_second() / self.holds),
            Quantity::Served => Some(steady.throughput.as_per_second() / self.holds / self.arrivals),
        }
    }

    /// Why theory lies outside the range of the twin; nothing where it does not.
    pub(super) fn apart(&self, quantity: Quantity, range: Option<(f64, f64)>) -> Option<String> {
        let (value, (low, high)) = (self.get(quantity)?, range?);
        let slack = super::ALIKE * value.abs() + 1e-6;
        if (low - slack..=high + slack).contains(&value) {
            return None;
        }
        let relaxation = self.relaxation.map(|it| seconds(it.time()));
        let short = relaxation.filter(|time| self.span < 10.0 * time);
        Some(match (short, self.steady().map(|steady| steady.trust)) {
            (Some(time), _) => format!(
                "theory is of the steady state, and the run is {} relaxation times long",
                units::number(self.span / time)
            ),
            (None, Some(Trust::Guide(doubt))) => format!("theory is a guide only: {doubt}"),
            (None, Some(Trust::Within(share))) => format!("theory is an approximation, within {share}"),
            (None, _) => "theory is of the steady state, and the measured span is finite".to_owned(),
        })
    }
}

fn station(
    plan: &Plan,
    mean: Duration,
    spread: f64,
    asked: f64,
    timeout: Option<Duration>,
) -> Result<Station, TheoryError> {
    let unsound = TheoryError::Domain("the record holds no sound rate, hold or pool size");
    let arrivals = Rate::per_second(asked).ok_or(unsound)?;
    // Clocks are not exact: what varies by a thousandth does not vary.
    let spread = if spread < 1e-6 { 0.0 } else { spread };
    let constant = plan.load.arrivals == ArrivalKind::Constant && plan.pool_count() == 1;
    let gaps = if constant { Variability::NONE } else { Variability::EXPONENTIAL };
    Ok(Station {
        connections: Connections::new(plan.pool.size).ok_or(unsound)?,
        hold: Hold::new(mean, Variability::new(spread).ok_or(unsound)?)?,
        load: Load::Open { arrivals, spread: gaps },
        timeout,
    })
}

/// What the plan alone says, at the scaled clock: the hold, and what it lets the pool carry.
pub(super) fn planned(plan: &Plan, scope: SessionScope, quantity: Quantity) -> Option<f64> {
    let hold = seconds(plan.time_scale.scaled(plan.itinerary(scope).hold_time()));
    let rate = plan.load.rate.as_per_second() / plan.time_scale.factor();
    let carried = rate.min(plan.connections() as f64 / hold);
    let value = match quantity {
        Quantity::Hold => hold,
        Quantity::Throughput => carried,
        Quantity::Served => carried / rate,
        Quantity::WaitP50 | Quantity::WaitP99 => return None,
    };
    value.is_finite().then_some(value)
}
