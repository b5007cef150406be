//! Which part of the time is drawn, where all of it would be too much.

use super::rows::Rows;

/// More holds and gaps than this are a wall, and a heavy file; the slice is made shorter instead.
const MOST_PIECES: usize = 3000;

/// A part of the window, in nanoseconds from its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slice {
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Slice {
    /// Whether something of a span is in it.
    pub(super) fn touches(self, from: u64, to: u64) -> bool {
        from < self.to && to > self.from
    }
}

/// Whether not too much is to be drawn.
pub(super) fn fits(rows: &Rows<'_>, slice: Slice) -> bool {
    let mut pieces = rows.open.iter().filter(|open| slice.touches(open.from, open.to)).count();
    for held in rows.held.iter().filter(|held| slice.touches(held.from, held.to)) {
        pieces += 1 + held.gaps().filter(|(_, from, to)| slice.touches(*from, *to)).count();
        if pieces > MOST_PIECES {
            return false;
        }
    }
    pieces <= MOST_PIECES
}

/// The instant at which most connections were held at once for the first time.
pub(super) fn busiest(rows: &Rows<'_>) -> u64 {
    let mut changes: Vec<(u64, i64)> =
        rows.held.iter().flat_map(|held| [(held.from, 1), (held.to, -1)]).collect();
    changes.sort_unstable();
    let (mut now, mut most, mut at) = (0, 0, 0);
    for (instant, change) in changes {
        now += change;
        if now > most {
            (most, at) = (now, instant);
        }
    }
    at
}

/// The longest part around an instant in which not too much is to be drawn.
pub(super) fn around(rows: &Rows<'_>, all: Slice, at: u64) -> Slice {
    let part = |half: u64| Slice {
        from: at.saturating_sub(half).min(all.to - 1),
        to: at.saturating_add(half).clamp(1, all.to),
    };
    let (mut low, mut high) = (1, all.to);
    while high - low > 1 {
        let half = low + (high - low) / 2;
        if fits(rows, part(half)) { low = half } else { high = half }
    }
    part(low)
}
