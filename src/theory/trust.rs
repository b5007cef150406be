//! Which formula gave an answer, and how far to believe it.

use std::fmt;

use super::quantity::{Share, Utilisation, Variability};

/// The formula behind an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Formula {
    /// Paced arrivals and fixed holds below capacity: nobody waits.
    Paced,
    /// M/M/c: [`super::ExponentialWaits::erlang`].
    ErlangC,
    /// M/D/c: [`super::FixedHoldWaits`].
    Franx,
    /// M/G/c between those two: [`super::kimura`].
    Kimura,
    /// G/G/c in heavy traffic: [`super::allen_cunneen`].
    AllenCunneen,
    /// M/M/c+D, with an acquire timeout: [`super::TimeoutWaits`].
    ErlangTimeout,
    /// M/M/c//N, a closed loop: [`super::ClosedLoopWaits`].
    MachineRepair,
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Paced => "D/D/c",
            Self::ErlangC => "M/M/c (Erlang C)",
            Self::Franx => "M/D/c (Franx)",
            Self::Kimura => "M/G/c (Kimura)",
            Self::AllenCunneen => "G/G/c (Allen–Cunneen)",
            Self::ErlangTimeout => "M/M/c+D",
            Self::MachineRepair => "M/M/c//N (machine repair)",
        })
    }
}

/// How far to believe the waits that a formula gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trust {
    /// Proven for what was asked.
    Exact,
    /// Share that waits, mean, median, and 99th and 99.9th percentile within this share of the twin, which played
    /// pools of 1 to 100 connections with lognormal holds (`tests/laws/approximations.rs`).
    Within(Share),
    /// Fewer than one request in 10,000 waits, also if holds were exponential, so that quantiles are right. Of
    /// how few and how long they wait nothing is said.
    Idle,
    /// No formula is to be trusted here: read it as a guide, and simulate.
    Guide(Doubt),
}

/// Why a formula is a guide only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Doubt {
    /// Below heavy traffic the approximation misses by a third and more.
    LightTraffic,
    /// Holds vary more than exponential ones, and then two moments do not fix the wait; the formula
    /// is usually too high.
    WideHolds,
    /// The formula takes the holds as exponential, and they are not; what it says about waits and
    /// timeouts is too high if they vary less, too low if they vary more.
    HoldsTakenAsExponential,
    /// The formula takes the arrivals as Poisson, and they are not.
    ArrivalsTakenAsPoisson,
    /// The formula knows no acquire timeout.
    TimeoutLeftOut,
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact => f.write_str("exact"),
            Self::Within(share) => write!(f, "within {share} of simulation"),
            Self::Idle => f.write_str("right in that fewer than 1 in 10,000 wait, and no closer"),
            Self::Guide(doubt) => write!(f, "a guide only: {doubt}; simulate"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LightTraffic => "the approximation is for a pool in heavy use",
            Self::WideHolds => {
                "holds vary more than exponential ones, so mean and variance do not fix the wait"
            }
            Self::HoldsTakenAsExponential => "the formula takes the holds as exponential",
            Self::ArrivalsTakenAsPoisson => "the formula takes the arrivals as Poisson",
            Self::TimeoutLeftOut => "the formula knows no acquire timeout",
        })
    }
}

/// The formulas for holds between fixed and exponential ones, by the share of requests that would wait if they were
/// exponential. Above 80 %
/// no figure was off by more than the twin's own doubt; below, the median is off by a sixth and more, and where
/// few wait, the share that does is off by any factor.
pub(super) fn of_kimura(waiting: Share) -> Trust {
    match waiting.get() {
        ..RARE => Trust::Idle,
        HEAVY.. => within(0.1),
        _ => Trust::Guide(Doubt::LightTraffic),
    }
}

/// Less than this share of the requests is hardly any.
const RARE: f64 = 1e-4;

/// Where this share of the requests waits, a pool is in heavy use.
const HEAVY: f64 = 0.8;

/// M/M/c+D for holds that are not exponential: far above capacity whoever cannot be served gives up,
/// whatever the holds. From `ρ = 1.5` on no figure was off by more than 8 % beyond the twin's own doubt.
pub(super) fn of_timeout(utilisation: Utilisation, spread: Variability, hold: Variability) -> Trust {
    if spread != Variability::EXPONENTIAL {
        Trust::Guide(Doubt::ArrivalsTakenAsPoisson)
    } else if hold == Variability::EXPONENTIAL {
        Trust::Exact
    } else if utilisation.get() >= 1.5 && hold.get() <= 4.0 {
        within(0.2)
    } else {
        Trust::Guide(Doubt::HoldsTakenAsExponential)
    }
}

/// Allen and Cunneen's formula: for Poisson arrivals and holds that vary hardly more than exponential ones. With
/// constant arrivals the share that waits was off by a half, also at 99 % of the capacity.
pub(super) fn of_allen_cunneen(waiting: Share, spread: Variability, hold: Variability) -> Trust {
    let close = spread == Variability::EXPONENTIAL && hold.get() <= 1.1;
    if close && waiting.get() >= HEAVY {
        within(0.1)
    } else if hold.get() > 1.0 {
        Trust::Guide(Doubt::WideHolds)
    } else {
        Trust::Guide(Doubt::LightTraffic)
    }
}

fn within(share: f64) -> Trust {
    Trust::Within(Share::clamped(share))
}
