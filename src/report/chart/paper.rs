//! What is drawn on, and what is told beside strokes.

use std::cell::{Cell, RefCell, RefMut};
use std::rc::Rc;

use plotters::backend::DrawingBackend;
use plotters::coord::Shift;
use plotters::drawing::DrawingArea;
use plotters::element::{Drawable, PointCollection};

use super::key::Entry;
use super::render::{Stroke, escaped};
use super::strokes::fill;
use super::style::WIDTH;
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
    pub(super) area: DrawingArea<DB, Shift>,
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

    pub(super) fn draw<'a, E>(&'a self, element: &'a E) -> Stroke<DB>
    where
        &'a E: PointCollection<'a, Point>,
        E: Drawable<DB>,
    {
        self.area.draw(element)
    }
}
