//! A plot: a box with two axes on a paper.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::axis::Axis;
use super::hand::{Hand, write};
use super::paper::Point;
use super::render::{Paper, Stroke};
use super::strokes::{dashes, fill, line};
use super::style::{GRID, MUTED, SHADE, em};

/// Drawn pixels across that a pointer need not tell apart.
const POINTED: usize = 20;

/// The value of a line that stays at each value until the next one.
pub(super) fn value_at(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|(at, _)| *at <= x);
    points.get(after.saturating_sub(1)).map_or(0.0, |(_, value)| *value)
}

/// The box of a plot in drawn pixels, and its axes.
#[derive(Debug, Clone)]
pub(super) struct Plot {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) right: i32,
    pub(super) bottom: i32,
    pub(super) x: Axis,
    pub(super) y: Axis,
}

impl Plot {
    /// The pixel of a pair of values; values beyond the axes land on the border.
    pub(super) fn at(&self, x: f64, y: f64) -> Point {
        (self.column(x), self.row(y))
    }

    /// The pixel across.
    pub(super) fn column(&self, x: f64) -> i32 {
        self.left + (self.x.place(x) * f64::from(self.right - self.left)).round() as i32
    }

    /// The pixel down.
    pub(super) fn row(&self, y: f64) -> i32 {
        self.bottom - (self.y.place(y) * f64::from(self.bottom - self.top)).round() as i32
    }

    /// Draws grid and numbers; what is drawn later lies above the grid.
    pub(super) fn draw_axes<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        self.draw_rows(paper)?;
        self.draw_columns(paper)
    }

    /// Draws the vertical axis alone.
    pub(super) fn draw_rows<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let hand = Hand::of(em::TICK).in_color(MUTED).ending();
        for (value, label) in &self.y.ticks {
            let y = self.row(*value);
            line(paper, vec![(self.left, y), (self.right, y)], GRID, 2)?;
            write(paper, label, (self.left - 14, y), hand)?;
        }
        line(paper, vec![(self.left, self.top), (self.left, self.bottom)], MUTED, 2)
    }

    /// Draws the horizontal axis alone.
    pub(super) fn draw_columns<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        line(paper, vec![(self.left, self.bottom), (self.right, self.bottom)], MUTED, 2)?;
        let hand = Hand::of(em::TICK).in_color(MUTED).centred();
        let mut free_from = i32::MIN;
        for (value, label) in &self.x.ticks {
            let (x, half) = (self.column(*value), hand.width(label) / 2);
            line(paper, vec![(x, self.bottom), (x, self.bottom + 9)], MUTED, 2)?;
            // A number for which a narrow drawing has no room is left out.
            if paper.is_page() && (x - half < free_from || x + half > paper.width()) {
                continue;
            }
            free_from = x + half + 16;
            write(paper, label, (x, self.bottom + 30), hand)?;
        }
        Ok(())
    }

    /// Writes what the horizontal axis shows, below its numbers.
    pub(super) fn name_columns<DB: DrawingBackend>(&self, paper: &Paper<DB>, words: &str) -> Stroke<DB> {
        let at = ((self.left + self.right) / 2, self.bottom + 70);
        let hand = Hand::of(em::TICK).in_color(MUTED).centred();
        // The letters of a reader's own font may be wider.
        if !paper.is_page() || hand.width(words) * 5 / 4 <= paper.width() {
            return write(paper, words, at, hand);
        }
        // On a narrow screen in two lines, parted near the middle.
        let parts = words.char_indices().filter(|(_, sign)| *sign == ' ').map(|(at, _)| at);
        let middle = parts.min_by_key(|at| at.abs_diff(words.len() / 2)).unwrap_or(0);
        let (first, second) = words.split_at(middle);
        let centre = paper.width() / 2;
        write(paper, first, (centre, at.1), hand)?;
        write(paper, second.trim_start(), (centre, at.1 + 34), hand)
    }

    /// Shades a span of the horizontal axis that does not count, and says why at its top.
    pub(super) fn shade<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        (from, to): (f64, f64),
        words: &str,
    ) -> Stroke<DB> {
        let (left, right) = (self.column(from), self.column(to));
        if right <= left {
            return Ok(());
        }
        fill(paper, (left, self.top), (right, self.bottom), SHADE)?;
        self.name_span(paper, (from, to), words)
    }

    /// Writes the name of a span of the horizontal axis above the plot, if there is room.
    pub(super) fn name_span<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        (from, to): (f64, f64),
        words: &str,
    ) -> Stroke<DB> {
        let (left, right) = (self.column(from), self.column(to));
        let hand = Hand::of(em::CAPTION).in_color(MUTED).centred();
        if hand.width(words) + 8 > right - left {
            return Ok(());
        }
        write(paper, words, ((left + right) / 2, self.top - 18), hand)
    }

    /// Draws marks that a page can zoom along the horizontal axis, together with all plots whose axis has the same
    /// name, and the numbers of that axis.
    pub(super) fn zoomed<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        axis: &str,
        draw: impl FnOnce() -> Stroke<DB>,
    ) -> Stroke<DB> {
        let (width, height) = (self.right - self.left, self.bottom - self.top);
        let (from, to, number) = (self.x.value(0.0), self.x.value(1.0), paper.next_plot());
        let (left, top) = (self.left, self.top);
        let open = format!(
            "<svg class=\"zoom\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" viewBox=\"{left} {top} \
             {width} {height}\" preserveAspectRatio=\"none\" data-axis=\"{axis}\" data-plot=\"{number}\" \
             data-from=\"{from}\" data-to=\"{to}\">"
        );
        paper.within(&open, "</svg>", draw)?;
        let ticks = format!("<g class=\"ticks\" data-plot=\"{number}\" data-bottom=\"{}\">", self.bottom);
        paper.within(&ticks, "</g>", || self.draw_columns(paper))
    }

    /// Has a page say what is at each place across, for whoever points at it.
    pub(super) fn point_at<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        words: impl Fn(f64) -> String,
    ) -> Stroke<DB> {
        for left in (self.left..self.right).step_by(POINTED) {
            let right = (left + POINTED as i32).min(self.right);
            let middle =
                f64::from(i32::midpoint(left, right) - self.left) / f64::from(self.right - self.left);
            paper.hit((left, self.top), (right, self.bottom), || words(self.x.value(middle)))?;
        }
        Ok(())
    }

    /// Draws a broken line across at a value.
    pub(super) fn level<DB: DrawingBackend>(&self, paper: &Paper<DB>, y: f64, color: RGBColor) -> Stroke<DB> {
        let row = self.row(y);
        dashes(paper, (self.left, row), (self.right, row), color)
    }

    /// A line that stays at each value until the next one.
    pub(super) fn stairs(&self, points: impl IntoIterator<Item = (f64, f64)>) -> Vec<Point> {
        let mut pixels: Vec<Point> = Vec::new();
        let mut end = None;
        for (x, y) in points {
            let (x, y) = self.at(x, y);
            match pixels.last() {
                Some(last) if last.1 == y => {}
                Some(last) => pixels.extend([(x, last.1), (x, y)]),
                None => pixels.push((x, y)),
            }
            end = Some((x, y));
        }
        pixels.extend(end);
        pixels
    }
}
