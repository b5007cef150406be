//! Keys: what marks and colours stand for.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::hand::{Hand, clean, write};
use super::paper::{Paper, Point};
use super::render::Stroke;
use super::strokes::{broken, diamond, fill, line, pointer};
use super::style::class;

/// An entry of a key that a page writes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The shape of its mark.
    pub mark: Mark,
    /// The name of its colour; none of one without a name.
    pub color: Option<&'static str>,
    /// What it stands for.
    pub words: String,
}

/// How an entry of a key is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
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
    if paper.is_page() {
        for (mark, RGBColor(red, green, blue), words) in entries {
            let color = class((*red, *green, *blue));
            paper.explain(Entry { mark: *mark, color, words: clean(words) });
        }
        return Ok(());
    }
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
