//! From a picture to SVG and PNG: the same strokes, twice.

use std::rc::Rc;

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::style::WHITE;

use super::hand::clean;
pub(super) use super::paper::Paper;
use super::paper::{Context, Medium};
use super::raster::Raster;
use super::style::{NARROW, SHARPNESS, WIDTH};
use super::web::Web;
use super::{ChartError, Drawn, OnPage};
use crate::report::Chart;

/// Whether a stroke could be drawn.
pub(super) type Stroke<DB> = Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// A chart that knows what to draw, and not on what.
pub(super) trait Picture {
    /// File stem.
    fn name(&self) -> String;
    /// Title, as the chart itself has it.
    fn title(&self) -> String;
    /// What is shown and how to read it.
    fn explains(&self) -> String;
    /// What to see, in a line.
    fn sees(&self) -> String;
    /// Height in drawn pixels, on paper of this width.
    fn height(&self, width: i32) -> i32;
    /// Whether it has a drawing of its own for a narrow screen.
    fn is_narrow_too(&self) -> bool {
        true
    }
    /// Draws it.
    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB>;
}

/// Draws a picture as SVG and as PNG.
pub(super) fn render(picture: &impl Picture) -> Result<Drawn, ChartError> {
    let size = size(picture, WIDTH);
    Ok(Drawn {
        name: picture.name(),
        title: picture.title(),
        explains: picture.explains(),
        svg: svg(picture, size)?,
        png: png(picture, size)?,
        on_page: on_page(picture)?,
    })
}

/// Draws a picture as a figure of a page alone.
pub(super) fn figure(picture: &impl Picture) -> Result<Chart, ChartError> {
    let (name, title, explains) = (picture.name(), picture.title(), picture.explains());
    Ok(Chart { name, title, explains, on_page: on_page(picture)? })
}

fn size(picture: &impl Picture, width: i32) -> (u32, u32) {
    let height = (picture.height(width).clamp(1, MOST_HIGH) as u32).next_multiple_of(SHARPNESS);
    (width as u32, height)
}

/// The picture as a figure of a page, wide and narrow.
fn on_page(picture: &impl Picture) -> Result<OnPage, ChartError> {
    let drawn = |width| {
        let context = Rc::new(Context::of(Medium::Page));
        on(Web::on(size(picture, width), context.clone()), picture, &context)?;
        let marks = std::mem::take(&mut *context.marks());
        Ok((marks.into_svg(width, &picture.title()), context.take_key()))
    };
    let (wide, key) = drawn(WIDTH)?;
    let narrow = if picture.is_narrow_too() { Some(drawn(NARROW)?.0) } else { None };
    Ok(OnPage { sees: picture.sees(), key, wide, narrow })
}

/// A record with thousands of steps must not ask for all memory.
const MOST_HIGH: i32 = 12_000;

fn svg(picture: &impl Picture, size: (u32, u32)) -> Result<String, ChartError> {
    let mut text = String::new();
    on(SVGBackend::with_string(&mut text, size), picture, &Rc::default())?;
    let (width, height) = size;
    let drawn = format!("<svg width=\"{width}\" height=\"{height}\" viewBox");
    let (width, height) = (width / SHARPNESS, height / SHARPNESS);
    let shown = format!("<svg role=\"img\" width=\"{width}\" height=\"{height}\" viewBox");
    let text = text.replacen(&drawn, &shown, 1);
    // Read aloud by screen readers, and shown by browsers when the pointer rests.
    let head = format!("\">\n<title>{}</title>\n", escaped(&picture.title()));
    Ok(text.replacen("\">\n", &head, 1))
}

pub(super) fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn png(picture: &impl Picture, size: (u32, u32)) -> Result<Vec<u8>, ChartError> {
    let mut pixels = vec![0_u8; size.0 as usize * size.1 as usize * 3];
    on(Raster::on(&mut pixels, size), picture, &Rc::default())?;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, size.0, size.1);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours pack better as they are.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: DOTS_PER_METRE * SHARPNESS,
        yppu: DOTS_PER_METRE * SHARPNESS,
        unit: png::Unit::Meter,
    }));
    let fault = |fault: png::EncodingError| ChartError::new(&picture.name(), &fault);
    let mut writer = encoder.write_header().map_err(fault)?;
    writer.write_image_data(&pixels).map_err(fault)?;
    writer.finish().map_err(fault)?;
    Ok(file)
}

/// 96 dots an inch: what browsers and word processors take one shown pixel to be.
const DOTS_PER_METRE: u32 = 3780;

fn on<DB: DrawingBackend>(
    backend: DB,
    picture: &impl Picture,
    context: &Rc<Context>,
) -> Result<(), ChartError> {
    let area = backend.into_drawing_area();
    let paper = Paper::new(area.clone(), context.clone());
    // A page has a colour of its own.
    let filled = if paper.is_page() { Ok(()) } else { area.fill(&WHITE) };
    let drawn = filled.and_then(|()| picture.draw(&paper)).and_then(|()| area.present());
    drawn.map_err(|fault| ChartError::new(&picture.name(), &fault))
}
