//! Waits of a pool whose holds are neither fixed nor exponential, or whose arrivals are not Poisson.
//!
//! Two moments do not fix a wait (Gupta, Harchol-Balter, Dai & Zwart 2010), so each formula here
//! comes with the range in which it was found close to simulation; see [`super::Trust`].

use super::fixed_hold::FixedHoldWaits;
use super::quantity::{Connections, Hold, TheoryError, Variability};
use super::waits::ExponentialWaits;
use crate::units::Rate;

/// M/G/c, `cs² ≤ 1`, between the two exact ends (Kimura 1986): with the mean waits `W_D` of M/D/c
/// and `W_M` of M/M/c, `W = (1 + cs²) ÷ ((1 − cs²)/W_D + 2cs²/W_M)`. Usually too high. The share that waits is that of
/// M/M/c, and those who wait do so for an exponential time.
///
/// # Errors
/// [`TheoryError::Domain`] for `cs² > 1`; otherwise as [`FixedHoldWaits::new`].
pub fn kimura(arrivals: Rate, hold: Hold, connections: Connections) -> Result<ExponentialWaits, TheoryError> {
    let spread = hold.variability().get();
    if spread > 1.0 {
        return Err(TheoryError::Domain(
            "Kimura's formula is for holds that vary at most like exponential ones",
        ));
    }
    let exponential = ExponentialWaits::erlang(arrivals, hold, connections)?;
    let fixed = FixedHoldWaits::new(arrivals, hold, connections)?.mean_seconds();
    let mean = exponential.mean_seconds();
    let waiting = exponential.waiting();
    if fixed == 0.0 || mean == 0.0 {
        return Ok(exponential);
    }
    let between = (1.0 + spread) / ((1.0 - spread) / fixed + 2.0 * spread / mean);
    ExponentialWaits::new(waiting, between / waiting.get())
}

/// G/G/c in heavy traffic (Allen 1978, Cunneen): `(ca² + cs²)/2` times the mean wait of M/M/c, with
/// the share that waits of M/M/c.
///
/// # Errors
/// As [`ExponentialWaits::erlang`].
pub fn allen_cunneen(
    arrivals: Rate,
    spread: Variability,
    hold: Hold,
    connections: Connections,
) -> Result<ExponentialWaits, TheoryError> {
    let exponential = ExponentialWaits::erlang(arrivals, hold, connections)?;
    let factor = 0.5 * (spread.get() + hold.variability().get());
    ExponentialWaits::new(exponential.waiting(), factor * exponential.waiting_seconds())
}
