//! What queueing theory says about a pool of connections, in closed form: the waits, what a timeout
//! costs, how large the pool must be, and when no formula should be believed.
//!
//! [`predict`] picks the formula and names it. Rates are holds per second, so a request that asks for
//! a connection `k` times counts `k` times, with the mean and the variability of its holds
//! ([`Hold::mixture`]).
//!
//! | letter | meaning |
//! |---|---|
//! | `λ` | holds asked for per second |
//! | `h`, `cs²` | mean hold time, its variance ÷ mean² |
//! | `ca²` | variance ÷ mean² of the time between two arrivals |
//! | `c` | connections |
//! | `a = λh`, `ρ = a/c` | offered load in Erlangs, utilisation |
//! | `W` | wait for a connection |

mod approximate;
mod closed;
mod deadlock;
pub mod erlang;
mod fixed_hold;
mod fourier;
pub mod little;
mod overload;
mod poisson;
mod predict;
mod quantity;
mod relaxation;
mod sizing;
mod timeout;
mod trust;
mod waits;

pub use approximate::{allen_cunneen, kimura};
pub use closed::{Callers, ClosedLoopWaits};
pub use deadlock::{deadlock_free, most_at_once};
pub use fixed_hold::FixedHoldWaits;
pub use overload::Overload;
pub use predict::{Load, Prediction, Station, Steady, predict};
pub use quantity::{Connections, Erlangs, Hold, Share, TheoryError, Utilisation, Variability};
pub use relaxation::Relaxation;
pub use sizing::{Objective, Sized, highest_rate, smallest_pool};
pub use timeout::TimeoutWaits;
pub use trust::{Doubt, Formula, Trust};
pub use waits::{ExponentialWaits, WaitLaw};
