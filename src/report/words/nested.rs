//! What pool cannot deadlock on itself, where requests hold several connections at once.

use crate::analyse::{Bound, NestedHolds};
use crate::report::lang::{say, word};
use crate::units;

/// What it takes to rule a deadlock out, what bounds it, and what would be safe.
pub(in crate::report) fn nested(holds: &NestedHolds) -> String {
    let (together, size) = (holds.together, holds.connections);
    let takes = say!(
        "A request holds up to {together} connections at once, so with N requests in flight it takes a pool of N × ({together} − 1) + 1 to rule out that it deadlocks on itself.",
        together
    );
    let bound = match holds.bound {
        Bound::Nothing => word("Nothing bounds N here, so no pool is large enough.").to_owned(),
        Bound::Cap(most) => {
            say!("in-flight-cap = {most} makes that {holds}.", most = most.get(), holds = needed(holds))
        }
        Bound::Callers(most) => say!("{most} callers make that {holds}.", most, holds = needed(holds)),
    };
    let safe = match (holds.most_in_flight(), holds.bound) {
        (0, _) => say!("{size} connections are too few even for one request.", size),
        (most, Bound::Callers(_)) => {
            say!(
                "{size} connections are enough for {most} callers or fewer.",
                size,
                most = units::count(most.into())
            )
        }
        (most, _) => say!("{size} connections are enough with in-flight-cap = {most} or less.", size, most),
    };
    format!("{takes} {bound} {safe}")
}

fn needed(holds: &NestedHolds) -> String {
    match holds.smallest() {
        Ok(Some(smallest)) => smallest.to_string(),
        Ok(None) | Err(_) => word("more than any pool has").into(),
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::theory::{Callers, Connections};

    fn told(connections: u32, bound: Bound) -> String {
        let together = NonZeroU32::new(3).unwrap();
        nested(&NestedHolds { together, connections: Connections::new(connections).unwrap(), bound })
    }

    #[test]
    fn the_words_say_what_bounds_and_what_would_be_safe() {
        insta::assert_snapshot!(told(20, Bound::Nothing), @"A request holds up to 3 connections at once, so with N requests in flight it takes a pool of N × (3 − 1) + 1 to rule out that it deadlocks on itself. Nothing bounds N here, so no pool is large enough. 20 connections are enough with in-flight-cap = 9 or less.");
        insta::assert_snapshot!(told(20, Bound::Cap(Callers::new(50).unwrap())), @"A request holds up to 3 connections at once, so with N requests in flight it takes a pool of N × (3 − 1) + 1 to rule out that it deadlocks on itself. in-flight-cap = 50 makes that 101. 20 connections are enough with in-flight-cap = 9 or less.");
        insta::assert_snapshot!(told(2, Bound::Callers(Callers::new(7).unwrap())), @"A request holds up to 3 connections at once, so with N requests in flight it takes a pool of N × (3 − 1) + 1 to rule out that it deadlocks on itself. 7 callers make that 15. 2 connections are too few even for one request.");
        insta::assert_snapshot!(told(20, Bound::Cap(Callers::new(u32::MAX).unwrap())), @"A request holds up to 3 connections at once, so with N requests in flight it takes a pool of N × (3 − 1) + 1 to rule out that it deadlocks on itself. in-flight-cap = 4294967295 makes that more than any pool has. 20 connections are enough with in-flight-cap = 9 or less.");
    }
}
