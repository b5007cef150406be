//! Strokes on paper: boxes, lines, areas and marks, at pixels.

use plotters::backend::DrawingBackend;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::style::{Color, RGBColor, ShapeStyle};

use super::paper::{Paper, Point};
use super::render::Stroke;

/// Fills a box.
pub(super) fn fill<DB: DrawingBackend>(
    paper: &Paper<DB>,
    from: Point,
    to: Point,
    color: RGBColor,
) -> Stroke<DB> {
    paper.draw(&Rectangle::new([from, to], color.filled()))
}

/// Draws a line along points.
pub(super) fn line<DB: DrawingBackend>(
    paper: &Paper<DB>,
    points: Vec<Point>,
    color: RGBColor,
    width: u32,
) -> Stroke<DB> {
    if points.len() < 2 {
        return Ok(());
    }
    paper.draw(&PathElement::new(
        points,
        ShapeStyle { color: color.to_rgba(), filled: false, stroke_width: width },
    ))
}

/// Draws a broken line, across or down.
pub(super) fn dashes<DB: DrawingBackend>(
    paper: &Paper<DB>,
    (x0, y0): Point,
    (x1, y1): Point,
    color: RGBColor,
) -> Stroke<DB> {
    const DASH: usize = 14;
    const GAP: usize = 10;
    if y0 == y1 {
        for x in (x0..x1).step_by(DASH + GAP) {
            line(paper, vec![(x, y0), ((x + DASH as i32).min(x1), y0)], color, 3)?;
        }
    } else {
        for y in (y0..y1).step_by(DASH + GAP) {
            line(paper, vec![(x0, y), (x0, (y + DASH as i32).min(y1))], color, 3)?;
        }
    }
    Ok(())
}

/// Draws a broken line along points, on through their corners.
pub(super) fn broken<DB: DrawingBackend>(
    paper: &Paper<DB>,
    points: &[Point],
    color: RGBColor,
    width: u32,
) -> Stroke<DB> {
    const DASH: f64 = 18.0;
    const GAP: f64 = 10.0;
    let (mut walked, mut dash): (f64, Vec<Point>) = (0.0, points.first().copied().into_iter().collect());
    for pair in points.windows(2) {
        let [(x0, y0), (x1, y1)] = [pair[0], pair[1]];
        let length = f64::from(x1 - x0).hypot(f64::from(y1 - y0));
        let mut done = 0.0;
        while done < length {
            let (in_dash, at) = (walked < DASH, |part: f64| part / length);
            let step = (if in_dash { DASH } else { DASH + GAP } - walked).min(length - done);
            (done, walked) = (done + step, walked + step);
            let x = x0 + (f64::from(x1 - x0) * at(done)).round() as i32;
            let y = y0 + (f64::from(y1 - y0) * at(done)).round() as i32;
            if in_dash {
                dash.push((x, y));
            }
            if in_dash && walked >= DASH {
                line(paper, std::mem::take(&mut dash), color, width)?;
            } else if walked >= DASH + GAP {
                (walked, dash) = (0.0, vec![(x, y)]);
            }
        }
    }
    line(paper, dash, color, width)
}

/// Fills a polygon.
pub(super) fn area<DB: DrawingBackend>(paper: &Paper<DB>, points: Vec<Point>, color: RGBColor) -> Stroke<DB> {
    if points.len() < 3 {
        return Ok(());
    }
    paper.draw(&Polygon::new(points, color.filled()))
}

/// Draws an open diamond around a point.
pub(super) fn diamond<DB: DrawingBackend>(
    paper: &Paper<DB>,
    (x, y): Point,
    half: i32,
    color: RGBColor,
) -> Stroke<DB> {
    let around = |half: i32| vec![(x, y - half), (x + half, y), (x, y + half), (x - half, y)];
    area(paper, around(half), color)?;
    area(paper, around(half - 6), plotters::style::WHITE)
}

/// Draws a full triangle that stands on its tip at a point.
pub(super) fn pointer<DB: DrawingBackend>(
    paper: &Paper<DB>,
    (x, y): Point,
    half: i32,
    color: RGBColor,
) -> Stroke<DB> {
    area(paper, vec![(x, y), (x - half, y - 2 * half), (x + half, y - 2 * half)], color)
}

/// Draws an open circle: the end of a line that would go on, if it were known how.
pub(super) fn open_end<DB: DrawingBackend>(paper: &Paper<DB>, at: Point, color: RGBColor) -> Stroke<DB> {
    paper.draw(&Circle::new(at, 11, color.filled()))?;
    paper.draw(&Circle::new(at, 7, plotters::style::WHITE.filled()))
}
