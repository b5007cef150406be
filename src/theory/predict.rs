//! One question, the right formula: what becomes of a load on a pool.

use std::sync::Arc;
use std::time::Duration;

use super::closed::{Callers, ClosedLoopWaits};
use super::fixed_hold::FixedHoldWaits;
use super::overload::Overload;
use super::quantity::{Connections, Hold, Share, TheoryError, Utilisation, Variability, rate};
use super::relaxation::Relaxation;
use super::timeout::TimeoutWaits;
use super::trust::{self, Doubt, Formula, Trust};
use super::waits::{ExponentialWaits, WaitLaw};
use super::{approximate, little};
use crate::units::Rate;

/// A pool and what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Station {
    /// Size of the pool.
    pub connections: Connections,
    /// How long each hold takes.
    pub hold: Hold,
    /// Who asks for connections.
    pub load: Load,
    /// After what wait a request gives up, if it does.
    pub timeout: Option<Duration>,
}

/// Who asks for connections.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Load {
    /// Open loop: holds are asked for at a rate, whatever becomes of the earlier ones.
    Open {
        /// Holds asked for per second.
        arrivals: Rate,
        /// Variability of the times between two of them; 1 for Poisson arrivals.
        spread: Variability,
    },
    /// Closed loop: callers that ask again only after their last hold.
    Closed {
        /// How many callers there are.
        callers: Callers,
        /// Mean time from the end of a hold to the next request for one.
        away: Duration,
    },
}

impl Load {
    /// Poisson arrivals.
    #[must_use]
    pub fn poisson(arrivals: Rate) -> Self {
        Self::Open { arrivals, spread: Variability::EXPONENTIAL }
    }
}

/// What becomes of a load.
#[derive(Debug, Clone)]
pub enum Prediction {
    /// The queue stays bounded: there is a steady state.
    Steady(Steady),
    /// More is asked for than the pool can serve: the queue grows without end.
    NoSteadyState(Overload),
}

/// A steady state.
#[derive(Debug, Clone)]
pub struct Steady {
    /// The formula that gave the waits.
    pub formula: Formula,
    /// How far to believe them.
    pub trust: Trust,
    /// Offered load ÷ pool size in an open loop, which a timeout lets pass 1; share of the
    /// connections in use in a closed one.
    pub utilisation: Utilisation,
    /// Holds per second that get their connection.
    pub throughput: Rate,
    /// Share of requests that give up.
    pub timed_out: Share,
    /// How long a run takes to forget its start; with a timeout that matters it is an upper bound, and
    /// known only where the load has a steady state without it.
    pub relaxation: Option<Relaxation>,
    /// The waits for a connection.
    pub waits: Arc<dyn WaitLaw>,
}

/// Computes what becomes of a load, by the formula that suits it:
///
/// | load | formula |
/// |---|---|
/// | closed loop | M/M/c//N |
/// | acquire timeout that ever matters | M/M/c+D |
/// | `ρ ≥ 1`, nobody gives up | none: [`Prediction::NoSteadyState`] |
/// | paced arrivals, fixed holds | D/D/c |
/// | Poisson arrivals, `cs² < 0.02` | M/D/c |
/// | Poisson arrivals, `cs² < 1` | Kimura |
/// | Poisson arrivals, `cs² = 1` | M/M/c |
/// | anything else | Allen–Cunneen |
///
/// # Errors
/// [`TheoryError::OutOfRange`] when the load is beyond computing.
pub fn predict(station: &Station) -> Result<Prediction, TheoryError> {
    match station.load {
        Load::Closed { callers, away } => closed(station, callers, away),
        Load::Open { arrivals, spread } => open(station, arrivals, spread),
    }
}

fn closed(station: &Station, callers: Callers, away: Duration) -> Result<Prediction, TheoryError> {
    let law = ClosedLoopWaits::new(callers, away, station.hold, station.connections)?;
    let relaxation = Relaxation::closed(callers, away, station.hold, station.connections);
    let gives_up = station.timeout.is_some_and(|limit| matters(&law, limit));
    let alone = callers.get() <= station.connections.get();
    let trust = if gives_up {
        Trust::Guide(Doubt::TimeoutLeftOut)
    } else if alone || station.hold.variability() == Variability::EXPONENTIAL {
        Trust::Exact
    } else {
        Trust::Guide(Doubt::HoldsTakenAsExponential)
    };
    Ok(Prediction::Steady(Steady {
        formula: Formula::MachineRepair,
        trust,
        utilisation: law.utilisation(),
        throughput: law.throughput()?,
        timed_out: Share::NONE,
        relaxation: Some(if gives_up { relaxation.at_most() } else { relaxation }),
        waits: Arc::new(law),
    }))
}

fn open(station: &Station, arrivals: Rate, spread: Variability) -> Result<Prediction, TheoryError> {
    let Station { connections, hold, timeout, .. } = *station;
    let utilisation = little::utilisation(little::offered(arrivals, hold)?, connections);
    let patient = steady_waits(arrivals, spread, hold, connections);
    let unsettled = matches!(patient, Err(TheoryError::NoSteadyState));
    let may_give_up = |waits: &Arc<dyn WaitLaw>, limit| matters(waits.as_ref(), limit);
    match (patient, timeout) {
        (Ok((formula, trust, waits)), timeout)
            if !timeout.is_some_and(|limit| may_give_up(&waits, limit)) =>
        {
            Ok(Prediction::Steady(Steady {
                formula,
                trust,
                utilisation,
                throughput: arrivals,
                timed_out: Share::NONE,
                relaxation: Some(Relaxation::new(arrivals, spread, hold, connections)?),
                waits,
            }))
        }
        (Err(error), _) if !unsettled => Err(error),
        (_, Some(timeout)) => impatient(station, arrivals, spread, timeout, utilisation),
        (_, None) => Ok(Prediction::NoSteadyState(Overload::new(arrivals, hold, connections)?)),
    }
}

fn impatient(
    station: &Station,
    arrivals: Rate,
    spread: Variability,
    timeout: Duration,
    utilisation: Utilisation,
) -> Result<Prediction, TheoryError> {
    let law = TimeoutWaits::new(arrivals, station.hold, station.connections, timeout)?;
    let trust = trust::of_timeout(utilisation, spread, station.hold.variability());
    let timed_out = law.timed_out();
    let Station { connections, hold, .. } = *station;
    let relaxation = match Relaxation::new(arrivals, spread, hold, connections) {
        Ok(patient) => Some(patient.at_most()),
        Err(TheoryError::NoSteadyState) => {
            Some(Relaxation::filling(utilisation.get(), spread, hold, connections, timeout))
        }
        Err(_) => None,
    };
    Ok(Prediction::Steady(Steady {
        formula: Formula::ErlangTimeout,
        trust,
        utilisation,
        throughput: rate(arrivals.as_per_second() * law.served())?,
        timed_out,
        relaxation,
        waits: Arc::new(law),
    }))
}

/// Whether more than one request in 10⁹ would wait past the timeout.
fn matters(waits: &dyn WaitLaw, timeout: Duration) -> bool {
    waits.longer_than(timeout).get() > 1e-9
}

/// The waits of requests that never give up, by the formula that suits them.
pub(super) fn steady_waits(
    arrivals: Rate,
    spread: Variability,
    hold: Hold,
    connections: Connections,
) -> Result<(Formula, Trust, Arc<dyn WaitLaw>), TheoryError> {
    let utilisation = little::utilisation(little::offered(arrivals, hold)?, connections);
    if utilisation.get() >= 1.0 {
        return Err(TheoryError::NoSteadyState);
    }
    let holds = hold.variability();
    let poisson = spread == Variability::EXPONENTIAL;
    let computable = connections.get() <= FixedHoldWaits::MOST;
    if holds == Variability::NONE && spread == Variability::NONE {
        Ok((Formula::Paced, Trust::Exact, Arc::new(ExponentialWaits::NONE)))
    } else if poisson && holds == Variability::EXPONENTIAL {
        let waits = ExponentialWaits::erlang(arrivals, hold, connections)?;
        Ok((Formula::ErlangC, Trust::Exact, Arc::new(waits)))
    } else if poisson && computable && holds.get() < 0.02 {
        let waits = FixedHoldWaits::new(arrivals, hold, connections)?;
        let trust = if holds == Variability::NONE {
            Trust::Exact
        } else {
            trust::of_kimura(ExponentialWaits::erlang(arrivals, hold, connections)?.waiting())
        };
        Ok((Formula::Franx, trust, Arc::new(waits)))
    } else if poisson && computable && holds.get() < 1.0 {
        let waits = approximate::kimura(arrivals, hold, connections)?;
        Ok((Formula::Kimura, trust::of_kimura(waits.waiting()), Arc::new(waits)))
    } else {
        let waits = approximate::allen_cunneen(arrivals, spread, hold, connections)?;
        let trust = trust::of_allen_cunneen(waits.waiting(), spread, holds);
        Ok((Formula::AllenCunneen, trust, Arc::new(waits)))
    }
}
