//! Likely causes, and their words.

use std::fmt;
use std::time::Duration;

use crate::units;

/// Why the run is not as theory or the twin expect, most likely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cause {
    /// Opening and testing connections took up to this long at the clock of the run.
    HandingOut(Duration),
    /// Our own lateness: one request in a thousand was sent later than this, at the clock of the run.
    Lateness(Duration),
    /// Overhead of this much a hold, which the plan does not have.
    Overhead(Duration),
    /// The measured span is this many times the pool's relaxation time.
    Transient(f64),
    /// This many requests failed, which the twin does not play.
    Failures(u64),
    /// Only so many holds of a session scope were seen to their end.
    FewHolds(u64),
    /// None is known.
    Unknown,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HandingOut(time) => write!(
                f,
                "overhead: opening and testing connections took up to {} at the clock of the run",
                units::time(*time)
            ),
            Self::Lateness(time) => write!(
                f,
                "our own timer: requests were sent up to {} late at the clock of the run (p99.9)",
                units::time(*time)
            ),
            Self::Overhead(time) => {
                write!(f, "overhead: {} a hold, which the plan does not have", units::time(*time))
            }
            Self::Transient(times) => write!(
                f,
                "transient: the measured span is {} times what the pool takes to forget its start",
                units::number(*times)
            ),
            Self::Failures(count) => {
                write!(f, "{} requests failed, which the twin does not play", units::count(*count))
            }
            Self::FewHolds(count) => {
                write!(f, "only {} holds of a session scope were seen to their end", units::count(*count))
            }
            Self::Unknown => f.write_str("none is known; look for one"),
        }
    }
}
