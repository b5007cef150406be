//! Little's law and what follows from it (Little 1961; Denning & Buzen 1978): true for every
//! distribution, order of service and load, as long as what comes in goes out.

use std::time::Duration;

use super::quantity::{Connections, Erlangs, Hold, TheoryError, Utilisation, rate};
use crate::units::Rate;

/// Mean number present, `L = λ · W`: requests in flight, requests waiting, connections in use.
///
/// # Errors
/// [`TheoryError::OutOfRange`] when the product is beyond computing.
pub fn present(arrivals: Rate, stay: Duration) -> Result<Erlangs, TheoryError> {
    Erlangs::new(arrivals.as_per_second() * stay.as_secs_f64()).ok_or(TheoryError::OutOfRange)
}

/// Connection time asked for per second, `a = λ · h`, in Erlangs: the connections that would be in
/// use if there were always one free.
///
/// # Errors
/// [`TheoryError::OutOfRange`] when the rate or the product is above 10¹⁸, where no formula is
/// computed.
pub fn offered(arrivals: Rate, hold: Hold) -> Result<Erlangs, TheoryError> {
    let offered = present(arrivals, hold.mean())?;
    let largest = arrivals.as_per_second().max(offered.get());
    if largest <= 1e18 { Ok(offered) } else { Err(TheoryError::OutOfRange) }
}

/// Share of the pool's connection time that is asked for, `ρ = a ÷ c`.
#[must_use]
pub fn utilisation(offered: Erlangs, connections: Connections) -> Utilisation {
    Utilisation(offered.get() / connections.as_f64())
}

/// Holds per second that a pool can carry when it never idles, `c ÷ h`.
///
/// # Errors
/// [`TheoryError::OutOfRange`] when the quotient is beyond computing.
pub fn capacity(connections: Connections, hold: Hold) -> Result<Rate, TheoryError> {
    rate(connections.as_f64() / hold.seconds())
}
