//! Strokes as SVG for a page: colours are classes, so that a page can be light or dark and hide a series, and marks
//! have titles, which a pointer or a screen reader finds.

use std::convert::Infallible;
use std::fmt::Write;
use std::rc::Rc;

use plotters::backend::DrawingBackend;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
};

use super::paper::Context;
use super::render::escaped;
use super::style::class;

type Outcome = Result<(), DrawingErrorKind<Infallible>>;

/// Strokes of a picture on a page. What they are is in its context.
pub(super) struct Web {
    size: (u32, u32),
    context: Rc<Context>,
}

/// What was drawn on a page, and how high up and far down it reaches.
#[derive(Debug, Default)]
pub(super) struct Marks {
    text: String,
    reach: Option<(i32, i32)>,
}

impl Marks {
    /// The picture as an `<svg>` element, cut to what was drawn.
    pub(super) fn into_svg(self, width: i32, title: &str) -> String {
        let (top, bottom) = self.reach.unwrap_or((0, 1));
        let height = (bottom - top).max(1);
        let title = escaped(title);
        format!(
            "<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 {top} {width} {height}\">{}</svg>",
            title.replace('"', "&quot;"),
            self.text
        )
    }

    /// Writes what stands around marks: the begin or the end of a group.
    pub(super) fn write(&mut self, tag: &str) {
        self.text.push_str(tag);
    }

    fn reaches(&mut self, top: i32, bottom: i32) {
        let (least, most) = self.reach.unwrap_or((top, bottom));
        self.reach = Some((least.min(top), most.max(bottom)));
    }
}

impl Web {
    pub(super) fn on(size: (u32, u32), context: Rc<Context>) -> Self {
        Self { size, context }
    }

    /// Writes a mark with the title that it has.
    fn mark(&mut self, tag: &str, attributes: &str, (top, bottom): (i32, i32)) {
        let note = self.context.note();
        let mut marks = self.context.marks();
        marks.reaches(top, bottom);
        let text = &mut marks.text;
        // Writing to memory cannot fail.
        let _ = match note {
            Some(note) => write!(text, "<{tag} {attributes}><title>{}</title></{tag}>", escaped(&note)),
            None => write!(text, "<{tag} {attributes}/>"),
        };
    }

    fn fill(&self, color: BackendColor) -> String {
        if self.context.is_hit() { "class=\"hit\"".to_owned() } else { paint("f", "fill", color) }
    }
}

/// A colour of the palette by its class, and any other as it is.
fn paint(prefix: &str, attribute: &str, color: BackendColor) -> String {
    match class(color.rgb) {
        Some(class) => format!("class=\"{prefix}-{class}\""),
        None => {
            let (red, green, blue) = color.rgb;
            format!("{attribute}=\"#{red:02x}{green:02x}{blue:02x}\"")
        }
    }
}

fn points(path: &[BackendCoord]) -> String {
    let mut text = String::with_capacity(path.len() * 10);
    for (x, y) in path {
        let _ = write!(text, "{x},{y} ");
    }
    text.truncate(text.trim_end().len());
    text
}

fn rows(path: &[BackendCoord]) -> (i32, i32) {
    let rows = || path.iter().map(|(_, y)| *y);
    (rows().min().unwrap_or(0), rows().max().unwrap_or(0))
}

impl DrawingBackend for Web {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Outcome {
        Ok(())
    }

    fn present(&mut self) -> Outcome {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Outcome {
        let attributes = format!("{} x=\"{x}\" y=\"{y}\" width=\"1\" height=\"1\"", self.fill(color));
        self.mark("rect", &attributes, (y, y + 1));
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Outcome {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Outcome {
        let (left, top, width, height) = (x0.min(x1), y0.min(y1), (x1 - x0).abs(), (y1 - y0).abs());
        let attributes = format!(
            "{} x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"",
            self.fill(style.color())
        );
        self.mark("rect", &attributes, (top, top + height));
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        let path: Vec<BackendCoord> = path.into_iter().collect();
        let attributes = format!(
            "{} fill=\"none\" stroke-width=\"{}\" points=\"{}\"",
            paint("s", "stroke", style.color()),
            style.stroke_width(),
            points(&path)
        );
        self.mark("polyline", &attributes, rows(&path));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Outcome {
        let attributes = format!("{} cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"", self.fill(style.color()));
        self.mark("circle", &attributes, (y - radius as i32, y + radius as i32));
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Outcome {
        let path: Vec<BackendCoord> = path.into_iter().collect();
        let attributes = format!("{} points=\"{}\"", self.fill(style.color()), points(&path));
        self.mark("polygon", &attributes, rows(&path));
        Ok(())
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, (x, y): BackendCoord) -> Outcome {
        let em = style.size() / 1.24;
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        let weight = if matches!(style.style(), FontStyle::Bold) { " font-weight=\"650\"" } else { "" };
        let high = (em * 0.75) as i32;
        let mut marks = self.context.marks();
        marks.reaches(y - high, y + high);
        let _ = write!(
            marks.text,
            "<text {} x=\"{x}\" y=\"{}\" font-size=\"{em:.0}\" text-anchor=\"{anchor}\"{weight}>{}</text>",
            paint("t", "fill", style.color()),
            y + (0.26 * em).round() as i32,
            escaped(text)
        );
        Ok(())
    }
}
