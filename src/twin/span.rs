//! A hold as planned, to split a hold as played into its parts.

use crate::itinerary::{HoldTransactions, PlannedHold};

/// A hold as planned: what part of it is busy, and what becomes of its transactions.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlannedSpan {
    busy: u64,
    lasts: u64,
    pub(super) transactions: HoldTransactions,
}

impl PlannedSpan {
    /// SQL runs all the time, outside a transaction.
    pub(super) const BUSY: Self = Self { busy: 1, lasts: 1, transactions: HoldTransactions::NONE };

    /// The part of a time in which SQL runs.
    #[inline]
    pub(super) fn share(&self, time: u64) -> u64 {
        match (self.busy, self.lasts) {
            (_, 0) => 0,
            (busy, lasts) if busy == lasts => time,
            (busy, lasts) => (u128::from(time) * u128::from(busy) / u128::from(lasts)) as u64,
        }
    }
}

impl From<&PlannedHold> for PlannedSpan {
    fn from(hold: &PlannedHold) -> Self {
        let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        Self { busy: nanos(hold.busy), lasts: nanos(hold.lasts), transactions: hold.transactions }
    }
}
