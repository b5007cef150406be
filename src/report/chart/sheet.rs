//! What every chart has: a title, a foot, and panels from top to bottom.

use plotters::backend::DrawingBackend;

use super::paper::{Hand, Point, write};
use super::render::{Paper, Stroke};
use super::style::{MARGIN, MUTED, WIDTH, em};
use crate::archive::RunRecord;

/// Where the first panel may begin.
pub(super) const TOP: i32 = 120;
/// What the foot takes.
pub(super) const FOOT: i32 = 90;

/// Writes the title and the foot.
pub(super) fn frame<DB: DrawingBackend>(paper: &Paper<DB>, record: &RunRecord, title: &str) -> Stroke<DB> {
    let room = WIDTH - 2 * MARGIN;
    let hand = Hand::of(em::TITLE).bold();
    write(paper, &hand.fit(title, room), (MARGIN, 62), hand)?;
    let hand = Hand::of(em::CAPTION).in_color(MUTED);
    let foot = paper.dim_in_pixel().1 as i32 - 34;
    write(paper, &hand.fit(&super::view::caption(record), room), (MARGIN, foot), hand)
}

/// Says in place of a plot why there is none.
pub(super) fn nothing<DB: DrawingBackend>(paper: &Paper<DB>, why: &str, at: Point) -> Stroke<DB> {
    write(paper, &format!("Nothing to show: {why}."), at, Hand::body().in_color(MUTED))
}
