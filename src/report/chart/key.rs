//! Keys: what marks and colours stand for.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::paper::{Hand, Point, broken, diamond, fill, line, pointer, write};
use super::render::{Paper, Stroke};

/// How an entry of a key is marked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// A box.
    Box,
    /// A line.
    Line,
    /// A broken line.
    Broken,
    /// A line across a bar.
    Upright,
    /// An open diamond.
    Diamond,
    /// A triangle on its tip.
    Pointer,
}

/// Writes keys next to each other, each with its mark.
pub(super) fn keys<DB: DrawingBackend>(
    paper: &Paper<DB>,
    (mut x, y): Point,
    entries: &[(Mark, RGBColor, &str)],
) -> Stroke<DB> {
    let hand = Hand::body();
    for (mark, color, words) in entries {
        match mark {
            Mark::Box => fill(paper, (x, y - 13), (x + 34, y + 13), *color)?,
            Mark::Line => fill(paper, (x, y - 3), (x + 44, y + 3), *color)?,
            Mark::Broken => broken(paper, &[(x, y), (x + 44, y)], *color, 3)?,
            Mark::Upright => line(paper, vec![(x + 22, y - 18), (x + 22, y + 18)], *color, 3)?,
            Mark::Diamond => diamond(paper, (x + 22, y), 15, *color)?,
            Mark::Pointer => pointer(paper, (x + 22, y + 11), 11, *color)?,
        }
        write(paper, words, (x + 56, y), hand)?;
        x += 56 + hand.width(words) * 23 / 20 + 36;
    }
    Ok(())
}
