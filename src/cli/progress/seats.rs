//! The connections of a pool as seats in a row: one mark for each, or for as many as it takes to fit.

/// How many marks of each sort a row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seats {
    /// Connections on which SQL runs.
    pub(super) running: usize,
    /// Connections that are held while no SQL runs.
    pub(super) idle: usize,
    /// Connections that nobody holds.
    pub(super) free: usize,
    /// Connections that one mark stands for.
    pub(super) each: u32,
}

/// The row of a pool in at most `room` marks. However many connections a mark stands for, what is there at all
/// is seen, as far as there are marks for it.
pub(super) fn seats(size: u32, in_use: u32, running: u32, room: usize) -> Seats {
    let running = running.min(in_use);
    // A pool may lend more than its size for an instant: one that is given back while the next is counted.
    let size = size.max(in_use);
    let each = size.div_ceil(u32::try_from(room.max(1)).unwrap_or(u32::MAX)).max(1);
    let marks = size.div_ceil(each) as usize;
    let counts = [running, in_use - running, size - in_use];
    let mut drawn = counts.map(|count| if count == 0 { 0 } else { (count / each).max(1) as usize });
    while drawn.iter().sum::<usize>() > marks {
        // One too many because another is drawn that rounds to nothing.
        if let Some(most) = drawn.iter_mut().max() {
            *most -= 1;
        }
    }
    while drawn.iter().sum::<usize>() < marks {
        // Who lost most by rounding gets what is left.
        let lost = |at: usize| i64::from(counts[at]) - drawn[at] as i64 * i64::from(each);
        let at = (0..3).max_by_key(|at| lost(*at)).unwrap_or_default();
        drawn[at] += 1;
    }
    let [running, idle, free] = drawn;
    Seats { running, idle, free, each }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_that_fits_has_a_seat_for_each_connection() {
        assert_eq!(seats(20, 20, 1, 77), Seats { running: 1, idle: 19, free: 0, each: 1 });
        assert_eq!(seats(4, 0, 0, 77), Seats { running: 0, idle: 0, free: 4, each: 1 });
        // More than there should be is shown as it is.
        assert_eq!(seats(2, 3, 9, 77), Seats { running: 3, idle: 0, free: 0, each: 1 });
    }

    #[test]
    fn a_larger_one_is_scaled_and_hides_nothing() {
        assert_eq!(seats(200, 200, 1, 50), Seats { running: 1, idle: 49, free: 0, each: 4 });
        assert_eq!(seats(200, 2, 1, 50), Seats { running: 1, idle: 1, free: 48, each: 4 });
        for (size, in_use, running) in [(61, 30, 7), (1_000, 999, 998), (10_000, 1, 0), (3, 2, 1)] {
            for room in [1, 2, 3, 17, 38, 77] {
                let row = seats(size, in_use, running, room);
                let marks = row.running + row.idle + row.free;
                assert!(
                    marks <= room && marks == size.div_ceil(row.each) as usize,
                    "{size} in {room}: {row:?}"
                );
                assert!(marks < 3 || (row.running > 0) == (running > 0), "{row:?}");
            }
        }
    }
}
