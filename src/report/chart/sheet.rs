//! What every chart has: a title, a foot, and panels from top to bottom.

use plotters::backend::DrawingBackend;

use super::hand::{Hand, write};
use super::paper::Point;
use super::plot::Plot;
use super::render::{Paper, Stroke};
use super::style::{MARGIN, MUTED, WIDTH, em};
use crate::archive::{LaneTape, Run};
use crate::report::lang::{say, word};

/// Where the first panel may begin.
pub(super) const TOP: i32 = 120;
/// What the foot takes.
pub(super) const FOOT: i32 = 90;

/// What the words of a panel take above it, where one line of them takes this: a narrow drawing has several.
pub(super) fn head_room(width: i32, one_line: i32) -> i32 {
    if width < WIDTH { one_line + 72 } else { one_line }
}

/// Writes the title and the foot.
pub(super) fn frame<DB: DrawingBackend>(paper: &Paper<DB>, record: &Run, title: &str) -> Stroke<DB> {
    headed(paper, title, &super::view::caption(record))
}

/// The same with words of its own at the foot.
pub(super) fn headed<DB: DrawingBackend>(paper: &Paper<DB>, title: &str, words: &str) -> Stroke<DB> {
    if paper.is_page() {
        return Ok(());
    }
    let room = paper.width() - 2 * MARGIN;
    let hand = Hand::of(em::TITLE).bold();
    write(paper, &hand.fit(title, room), (MARGIN, 62), hand)?;
    let hand = Hand::of(em::CAPTION).in_color(MUTED);
    let foot = paper.height() - 34;
    write(paper, &hand.fit(words, room), (MARGIN, foot), hand)
}

/// Writes a remark at the right end of the line of the key.
pub(super) fn aside<DB: DrawingBackend>(paper: &Paper<DB>, words: &str) -> Stroke<DB> {
    if paper.is_page() {
        return Ok(());
    }
    let hand = Hand::of(em::TICK).in_color(MUTED).ending();
    let width = paper.width();
    write(paper, &hand.fit(words, width / 2), (width - MARGIN, TOP + 10), hand)
}

/// Says in place of a plot why there is none.
pub(super) fn nothing<DB: DrawingBackend>(paper: &Paper<DB>, why: &str, at: Point) -> Stroke<DB> {
    write(paper, &say!("Nothing to show: {why}.", why), at, Hand::body().in_color(MUTED))
}

/// Height of one line of a key.
pub(super) const KEY: i32 = 46;

/// Shades what lies outside the measured span of an act, and names its phases.
pub(super) fn shade_phases<DB: DrawingBackend>(
    paper: &Paper<DB>,
    plot: &Plot,
    record: &Run,
    lanes: &[&LaneTape],
) -> Stroke<DB> {
    let Some(lane) = lanes.first() else { return Ok(()) };
    let (from, to) = super::view::window(record, lane);
    plot.shade(paper, (0.0, from), word("warm-up"))?;
    plot.shade(paper, (to, f64::INFINITY), word("drain"))?;
    plot.name_span(paper, (from, to), word("measured span"))
}
