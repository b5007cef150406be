//! Strokes on paper: lines of text, boxes and lines, at pixels.

use plotters::backend::DrawingBackend;
use plotters::element::{Circle, PathElement, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, IntoTextStyle, RGBColor, ShapeStyle};

use super::face::{self, Weight};
use super::render::{Paper, Stroke};
use super::style::{FAMILY, INK, em};

/// A point in drawn pixels.
pub(super) type Point = (i32, i32);

/// How a line of text looks.
#[derive(Clone, Copy)]
pub(super) struct Hand {
    em: f64,
    weight: Weight,
    color: RGBColor,
    side: HPos,
}

impl Hand {
    /// Text of this size, to the right of its point.
    pub(super) fn of(em: f64) -> Self {
        Self { em, weight: Weight::Normal, color: INK, side: HPos::Left }
    }

    /// Labels and table cells.
    pub(super) fn body() -> Self {
        Self::of(em::BODY)
    }

    pub(super) fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    pub(super) fn in_color(self, color: RGBColor) -> Self {
        Self { color, ..self }
    }

    /// To the left of its point.
    pub(super) fn ending(self) -> Self {
        Self { side: HPos::Right, ..self }
    }

    /// On both sides of its point.
    pub(super) fn centred(self) -> Self {
        Self { side: HPos::Center, ..self }
    }

    /// How wide a text is, in drawn pixels.
    pub(super) fn width(self, text: &str) -> i32 {
        face::width(&clean(text), self.em, self.weight).ceil() as i32
    }

    /// The text, cut off so that it is no wider than this.
    pub(super) fn fit(self, text: &str, most: i32) -> String {
        let text = clean(text);
        if self.width(&text) <= most {
            return text;
        }
        let mut letters: Vec<char> = text.chars().take(400).collect();
        loop {
            letters.pop();
            let cut = format!("{}…", letters.iter().collect::<String>().trim_end());
            if letters.is_empty() || self.width(&cut) <= most {
                return cut;
            }
        }
    }
}

/// A text without the signs that XML forbids or that turn the direction of what follows.
pub(super) fn clean(text: &str) -> String {
    let unfit = |sign: char| {
        sign.is_control()
            || matches!(sign, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
            || matches!(sign, '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}')
    };
    text.chars().map(|sign| if unfit(sign) { ' ' } else { sign }).collect()
}

/// Writes a line of text whose middle is at the height of the point.
pub(super) fn write<DB: DrawingBackend>(paper: &Paper<DB>, text: &str, at: Point, hand: Hand) -> Stroke<DB> {
    let weight = match hand.weight {
        Weight::Normal => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    // plotters sets an SVG font size of its own size ÷ 1.24.
    let font = FontDesc::new(FontFamily::Name(FAMILY), hand.em * 1.24, weight);
    let style = font.into_text_style(paper).color(&hand.color).pos(Pos::new(hand.side, VPos::Center));
    paper.draw(&Text::new(clean(text), at, style))
}

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

/// Fills a polygon.
pub(super) fn area<DB: DrawingBackend>(paper: &Paper<DB>, points: Vec<Point>, color: RGBColor) -> Stroke<DB> {
    if points.len() < 3 {
        return Ok(());
    }
    paper.draw(&Polygon::new(points, color.filled()))
}

/// Draws an open circle: the end of a line that would go on, if it were known how.
pub(super) fn open_end<DB: DrawingBackend>(paper: &Paper<DB>, at: Point, color: RGBColor) -> Stroke<DB> {
    paper.draw(&Circle::new(at, 11, color.filled()))?;
    paper.draw(&Circle::new(at, 7, plotters::style::WHITE.filled()))
}

/// How an entry of a key is marked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Mark {
    /// A box.
    Box,
    /// A line.
    Line,
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
        }
        write(paper, words, (x + 56, y), hand)?;
        x += 56 + hand.width(words) * 23 / 20 + 36;
    }
    Ok(())
}
