//! Roughly how long the times of each slice were: enough to tell how many of them exceed a quantile, and so
//! whether the long ones come together.

use super::Nanos;

/// Parts a power of two.
const BITS: u32 = 2;
/// Times below 2^14 ns (16 µs) are in the first part.
const FIRST: u32 = 14;
/// The last part has no end; it begins beyond two hours.
const PARTS: usize = 120;

/// Counts of times in each slice of a series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rough {
    slices: Vec<[u32; PARTS]>,
}

impl Rough {
    /// Whether nobody counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    /// Notes a time in a slice; `u64::MAX` for one that never ended.
    #[inline]
    pub fn note(&mut self, slice: usize, nanos: Nanos) {
        self.note_n(slice, part(nanos), 1);
    }

    /// Notes times of a part in a slice.
    #[inline]
    pub(crate) fn note_n(&mut self, slice: usize, part: usize, times: u32) {
        if let Some(parts) = self.slices.get_mut(slice) {
            parts[part] += times;
        } else {
            self.grow(slice);
            self.slices[slice][part] += times;
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, slice: usize) {
        self.slices.resize(slice + 1, [0; PARTS]);
    }

    /// Of each slice, from the first: how many of its times lie at the edge or above it, and how many there are.
    pub fn above(&self, Edge(edge): Edge) -> impl Iterator<Item = (u64, u64)> + '_ {
        let sum = |parts: &[u32]| parts.iter().map(|count| u64::from(*count)).sum::<u64>();
        self.slices.iter().map(move |parts| (sum(&parts[edge..]), sum(parts)))
    }

    /// Of these slices the edge above which about this share of the times lies, and some lie on either side;
    /// nothing where all are alike.
    #[must_use]
    pub fn edge(&self, slices: std::ops::Range<usize>, share: f64) -> Option<Edge> {
        let mut totals = [0_u64; PARTS];
        for parts in self.slices.get(slices)? {
            totals.iter_mut().zip(parts).for_each(|(total, count)| *total += u64::from(*count));
        }
        let all: u64 = totals.iter().sum();
        let mut above = all;
        let edges = (1..PARTS).filter_map(|part| {
            above -= totals[part - 1];
            let off = (above as f64 / all as f64 / share).ln().abs();
            (above > 0 && above < all).then_some((Edge(part), off))
        });
        edges.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(edge, _)| edge)
    }

    /// The parts of each slice that have times, with their counts.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Vec<(u8, u32)>> + '_ {
        self.slices.iter().map(|parts| {
            let counts = parts.iter().enumerate().filter(|(_, count)| **count > 0);
            counts.map(|(part, count)| (part as u8, *count)).collect()
        })
    }

    /// Adds those of another lane, slice by slice.
    pub(crate) fn merge(&mut self, other: &Self) {
        if self.slices.len() < other.slices.len() {
            self.slices.resize(other.slices.len(), [0; PARTS]);
        }
        for (mine, theirs) in self.slices.iter_mut().zip(&other.slices) {
            mine.iter_mut().zip(theirs).for_each(|(mine, theirs)| *mine += theirs);
        }
    }
}

/// A time at which two parts meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge(usize);

impl Edge {
    /// The one after the shortest times.
    pub const FIRST: Self = Self(1);
}

/// How many parts a slice has.
pub(crate) const MOST_PARTS: u8 = PARTS as u8;

#[inline]
fn part(nanos: Nanos) -> usize {
    // The longest time of the first part stands for all of it, so that no branch is needed.
    let nanos = nanos.max((1 << FIRST) - 1);
    let shift = nanos.ilog2();
    let within = (nanos >> (shift - BITS)) as usize & ((1 << BITS) - 1);
    let part = ((shift as usize) << BITS) + within + 1 - ((FIRST as usize) << BITS);
    part.min(PARTS - 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn times_of_a_slice_are_counted_from_an_edge_on() {
        let mut rough = Rough::default();
        for (slice, millis) in [(0, 1), (0, 100), (2, 100), (2, 7000)] {
            rough.note(slice, millis * 1_000_000);
        }
        let counts = |share| -> Vec<(u64, u64)> { rough.above(rough.edge(0..3, share).unwrap()).collect() };
        assert_eq!(counts(0.75), [(1, 2), (0, 0), (2, 2)]);
        assert_eq!(counts(0.01), [(0, 2), (0, 0), (1, 2)]);
        assert_eq!((rough.edge(1..2, 0.5), rough.edge(0..9, 0.5)), (None, None));
    }

    proptest! {
        #[test]
        fn parts_grow_with_times_and_are_a_quarter_wide(a in any::<u64>(), b in any::<u64>()) {
            let (a, b) = (a.min(b), a.max(b));
            prop_assert!(part(a) <= part(b) && part(b) < PARTS);
            let wide = b as f64 / a as f64 > 1.25;
            prop_assert!(!(wide && a > 1 << FIRST && part(b) < PARTS - 1) || part(a) < part(b));
        }
    }
}
