//! How long a lane takes to be as it was before.

use std::time::Duration;

use crate::record::{Nanos, Series, Slice, Window};

/// How long a lane took to recover, from the end of the trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// Nothing of it was seen after its end.
    AtOnce,
    /// For so long requests still failed, or more waited for a connection than ever before.
    After(Duration),
    /// It had not recovered when the measured span was over.
    NotSeen,
}

/// Nothing may fail for so long, to the end of the measured span.
const CALM: Nanos = 500_000_000;

impl Recovery {
    /// Reads it off the slices of a series: a lane has recovered at the end of the first slice since its last
    /// failure at whose end no more wait for a connection than at the end of any slice before the trouble. A
    /// request that waits later, as any may, does not count.
    #[must_use]
    pub fn of(series: &Series, window: Window, (begins, ends): (Nanos, Nanos)) -> Self {
        if series.step == 0 {
            return Self::NotSeen;
        }
        let slices = series.slices.iter().enumerate();
        let timed = slices.map(|(at, slice)| ((at as Nanos + 1) * series.step, slice));
        let timed = timed.take_while(|(end, _)| *end <= window.to);
        let (before, since): (Vec<_>, Vec<_>) = timed.partition(|(end, _)| *end <= begins);
        let usual = before.iter().map(|(_, slice)| slice.waiting).max().unwrap_or(0);
        let fails = |slice: &Slice| slice.failed + slice.timed_out > 0;
        let last_failure = since.iter().filter(|(_, slice)| fails(slice)).map(|(end, _)| *end).max();
        if last_failure.is_some_and(|last| last + CALM > window.to) {
            return Self::NotSeen;
        }
        // The slice in which the trouble ends may be as before by chance; what it was then is not known.
        let from = last_failure.unwrap_or(0).max(ends);
        let calm = since.iter().find(|(end, slice)| *end >= from && slice.waiting <= usual);
        match calm {
            None => Self::NotSeen,
            Some((end, _)) if *end <= ends + series.step && last_failure.is_none_or(|last| last <= ends) => {
                Self::AtOnce
            }
            Some((end, _)) => Self::After(Duration::from_nanos(end - ends)),
        }
    }
}
