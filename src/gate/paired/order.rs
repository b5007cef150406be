//! Who runs first.

/// One of the two that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What it was.
    A,
    /// What it is.
    B,
}

/// The order in the pair of this number, from 0 on: AB BA BA AB, over and over. A machine that gets
/// slower or faster steadily then treats both alike.
#[must_use]
pub fn order(pair: usize) -> [Side; 2] {
    match pair % 4 {
        0 | 3 => [Side::A, Side::B],
        _ => [Side::B, Side::A],
    }
}
