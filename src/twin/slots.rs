//! Which connection a hold was on, found when all holds are known.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use crate::record::Hold;

/// Gives each hold the lowest connection that is free when it begins; the holds in the order in which
/// they began.
pub(super) fn assigned(mut holds: Vec<Hold>) -> Vec<(u32, Hold)> {
    holds.sort_by_key(|hold| (hold.acquired, hold.released));
    let mut taken: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    let (mut free, mut next) = (BTreeSet::new(), 0);
    let place = |hold: Hold| {
        while let Some(Reverse((released, slot))) = taken.peek().copied() {
            if released > hold.acquired {
                break;
            }
            taken.pop();
            free.insert(slot);
        }
        let slot = free.pop_first().unwrap_or_else(|| {
            next += 1;
            next - 1
        });
        taken.push(Reverse((hold.released, slot)));
        (slot, hold)
    };
    holds.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_free_connection_is_taken() {
        let hold = |acquired, released| Hold { acquired, released, busy: 0 };
        let slots = assigned(vec![hold(5, 9), hold(0, 10), hold(1, 5), hold(9, 12), hold(9, 9)]);
        let slots: Vec<u32> = slots.into_iter().map(|(slot, _)| slot).collect();
        assert_eq!(slots, [0, 1, 1, 1, 1]);
    }
}
