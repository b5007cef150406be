//! PAIRED RUNS: is B worse than A, when both are run over and over, one beside the other?
//!
//! The unit is the run: of each run there is one number a metric, since samples inside a run depend on
//! each other. A pair is a run of A and a run of B that were close in time and had the same random
//! draws. Pure arithmetic on such pairs; nothing is drawn at random, so the same pairs always get the
//! same verdict.

mod holm;
mod judge;
mod looks;
mod order;
mod signed_rank;
mod trial;
mod walsh;

pub use holm::holm;
pub use judge::{Judged, Rule, Tolerance, Verdict};
pub use looks::{Look, Looks, NoPlan};
pub use order::{Side, order};
pub use signed_rank::{NullLaw, p_above};
pub use trial::{Importance, Judgement, Overall, Told, Trial, Unjudged};
pub use walsh::{Bounds, WalshAverages};

/// One number of a run of A, and the same of the run of B beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Of A: what it was.
    pub a: f64,
    /// Of B: what it is.
    pub b: f64,
}

/// Which way a metric is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Good {
    /// The less the better.
    Less,
    /// The more the better.
    More,
}

impl Good {
    /// A change as a worsening: above zero is worse.
    fn worsening(self, change: f64) -> f64 {
        match self {
            Self::Less => change,
            Self::More => -change,
        }
    }
}

#[cfg(test)]
mod tests;
