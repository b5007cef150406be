//! Requests of several kinds: which is of which, as in a real run.

use super::failing::AskedFailures;
use crate::arrivals::kind_draw;
use crate::itinerary::Itinerary;

/// Kinds of requests beside the usual one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtherKinds {
    /// Seed of the [draws](kind_draw) that tell which request is of which kind.
    pub seed: u64,
    /// The kinds, in the order of the plan.
    pub kinds: Vec<OtherKind>,
}

/// A kind of requests beside the usual one.
#[derive(Debug, Clone, PartialEq)]
pub struct OtherKind {
    /// Its requests have a draw below this, and none of the kinds before has them.
    pub below: f64,
    /// What one of them does, nominal.
    pub itinerary: Itinerary,
    /// Which of them fail on the way.
    pub failures: AskedFailures,
}

impl OtherKinds {
    /// The kind of a request: 0 for the usual one, then the others in order.
    #[inline]
    pub(super) fn of(&self, request: u64) -> usize {
        if self.kinds.is_empty() {
            return 0;
        }
        let draw = kind_draw(self.seed, request);
        self.kinds.iter().position(|kind| draw < kind.below).map_or(0, |at| at + 1)
    }
}
