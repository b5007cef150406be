//! Strokes on paper: lines of text, boxes and lines, at pixels.

use crate::report::lang::punctuated;
use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Polygon, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, IntoTextStyle, RGBColor, ShapeStyle};

use super::face::{self, Weight};
use super::key::Entry;
use super::render::{Stroke, escaped};
use super::style::{INK, WIDTH, em, family};
use super::web::Marks;

/// A point in drawn pixels.
pub(super) type Point = (i32, i32);

/// For what a picture is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Medium {
    /// A file of its own, with its title, its key and its foot.
    #[default]
    File,
    /// A figure of a page, which has title and key itself.
    Page,
}

/// What is told beside strokes: what the next ones are, and the key of the picture.
#[derive(Debug, Default)]
pub(super) struct Context {
    medium: Medium,
    note: RefCell<Option<String>>,
    hit: Cell<bool>,
    key: RefCell<Vec<Entry>>,
    marks: RefCell<Marks>,
    plots: Cell<u32>,
}

impl Context {
    pub(super) fn of(medium: Medium) -> Self {
        Self { medium, ..Self::default() }
    }

    /// What the marks that are drawn now are.
    pub(super) fn note(&self) -> Option<String> {
        self.note.borrow().clone()
    }

    /// Whether what is drawn now is seen by a pointer alone.
    pub(super) fn is_hit(&self) -> bool {
        self.hit.get()
    }

    /// What was drawn on a page.
    pub(super) fn marks(&self) -> RefMut<'_, Marks> {
        self.marks.borrow_mut()
    }

    /// The key that was written.
    pub(super) fn take_key(&self) -> Vec<Entry> {
        self.key.take()
    }
}

/// What a picture is drawn on.
pub(super) struct Paper<DB: DrawingBackend> {
    area: DrawingArea<DB, Shift>,
    context: Rc<Context>,
}

impl<DB: DrawingBackend> Paper<DB> {
    pub(super) fn new(area: DrawingArea<DB, Shift>, context: Rc<Context>) -> Self {
        Self { area, context }
    }

    /// Width in drawn pixels.
    pub(super) fn width(&self) -> i32 {
        self.area.dim_in_pixel().0 as i32
    }

    /// Height in drawn pixels.
    pub(super) fn height(&self) -> i32 {
        self.area.dim_in_pixel().1 as i32
    }

    /// Whether a page has the title, the key and the foot.
    pub(super) fn is_page(&self) -> bool {
        self.context.medium == Medium::Page
    }

    /// Leaves an entry of the key to the page.
    pub(super) fn explain(&self, entry: Entry) {
        self.context.key.borrow_mut().push(entry);
    }

    /// Draws marks and says what they are: a wide page tells it to a pointer and to a screen reader. Fingers do not
    /// hover, and a narrow drawing is half as heavy without.
    pub(super) fn noted(
        &self,
        words: impl FnOnce() -> String,
        draw: impl FnOnce() -> Stroke<DB>,
    ) -> Stroke<DB> {
        if !self.is_page() || self.width() < WIDTH {
            return draw();
        }
        self.within(&format!("<g><title>{}</title>", escaped(&words())), "</g>", draw)
    }

    /// Draws marks that stand between two tags on a page, and alone in a file.
    pub(super) fn within(&self, open: &str, close: &str, draw: impl FnOnce() -> Stroke<DB>) -> Stroke<DB> {
        if self.is_page() {
            self.context.marks().write(open);
        }
        let drawn = draw();
        if self.is_page() {
            self.context.marks().write(close);
        }
        drawn
    }

    /// The number of a plot that can be zoomed, among those of its picture.
    pub(super) fn next_plot(&self) -> u32 {
        self.context.plots.replace(self.context.plots.get() + 1)
    }

    /// A box of a page that says its words to whoever points at it, and is not seen.
    pub(super) fn hit(&self, from: Point, to: Point, words: impl FnOnce() -> String) -> Stroke<DB> {
        if !self.is_page() {
            return Ok(());
        }
        self.context.hit.set(true);
        *self.context.note.borrow_mut() = Some(words());
        let drawn = fill(self, from, to, plotters::style::WHITE);
        *self.context.note.borrow_mut() = None;
        self.context.hit.set(false);
        drawn
    }

    fn draw<'a, E>(&'a self, element: &'a E) -> Stroke<DB>
    where
        &'a E: PointCollection<'a, Point>,
        E: Drawable<DB>,
    {
        self.area.draw(element)
    }
}

/// Writes the words of a panel, in bold above it: on one line of a file, and on as many as they need on a page.
pub(super) fn head<DB: DrawingBackend>(
    paper: &Paper<DB>,
    words: &str,
    (x, y): Point,
    color: RGBColor,
) -> Stroke<DB> {
    let size = if paper.width() < WIDTH { em::BODY } else { em::PANEL };
    let hand = Hand::of(size).bold().in_color(color);
    let room = paper.width() - x - 24;
    if !paper.is_page() {
        return write(paper, &hand.fit(words, room), (x, y), hand);
    }
    // The letters of a reader's own font may be wider.
    let room = room * 4 / 5;
    let mut lines: Vec<String> = Vec::new();
    for word in clean(words).split_whitespace() {
        match lines.last_mut() {
            Some(line) if hand.width(&format!("{line} {word}")) <= room => *line = format!("{line} {word}"),
            _ => lines.push(word.to_owned()),
        }
    }
    let above = lines.len() as i32 - 1;
    lines.iter().zip(0..).try_for_each(|(line, at)| write(paper, line, (x, y - (above - at) * 36), hand))
}

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
    punctuated(text).chars().map(|sign| if unfit(sign) { ' ' } else { sign }).collect()
}

/// Writes a line of text whose middle is at the height of the point.
pub(super) fn write<DB: DrawingBackend>(paper: &Paper<DB>, text: &str, at: Point, hand: Hand) -> Stroke<DB> {
    let weight = match hand.weight {
        Weight::Normal => FontStyle::Normal,
        Weight::Bold => FontStyle::Bold,
    };
    // plotters sets an SVG font size of its own size ÷ 1.24.
    let font = FontDesc::new(FontFamily::Name(family()), hand.em * 1.24, weight);
    let style = font.into_text_style(&paper.area).color(&hand.color).pos(Pos::new(hand.side, VPos::Center));
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
