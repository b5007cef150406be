//! From a picture to SVG and PNG: the same strokes, twice.

use plotters::backend::{DrawingBackend, SVGBackend};
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea};
use plotters::style::WHITE;

use super::paper::clean;
use super::raster::Raster;
use super::style::{SHARPNESS, WIDTH};
use super::{ChartError, Drawn};

/// What a picture is drawn on.
pub(super) type Paper<DB> = DrawingArea<DB, Shift>;
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
    /// Height in drawn pixels.
    fn height(&self) -> i32;
    /// Draws it.
    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB>;
}

/// Draws a picture as SVG and as PNG.
pub(super) fn render(picture: &impl Picture) -> Result<Drawn, ChartError> {
    let height = (picture.height().clamp(1, MOST_HIGH) as u32).next_multiple_of(SHARPNESS);
    let size = (WIDTH as u32, height);
    Ok(Drawn {
        name: picture.name(),
        title: picture.title(),
        explains: picture.explains(),
        svg: svg(picture, size)?,
        png: png(picture, size)?,
    })
}

/// A record with thousands of steps must not ask for all memory.
const MOST_HIGH: i32 = 12_000;

fn svg(picture: &impl Picture, size: (u32, u32)) -> Result<String, ChartError> {
    let mut text = String::new();
    on(SVGBackend::with_string(&mut text, size), picture)?;
    let (width, height) = size;
    let drawn = format!("<svg width=\"{width}\" height=\"{height}\" viewBox");
    let (width, height) = (width / SHARPNESS, height / SHARPNESS);
    let shown = format!("<svg role=\"img\" width=\"{width}\" height=\"{height}\" viewBox");
    let text = text.replacen(&drawn, &shown, 1);
    // Read aloud by screen readers, and shown by browsers when the pointer rests.
    let head = format!("\">\n<title>{}</title>\n", escaped(&picture.title()));
    Ok(text.replacen("\">\n", &head, 1))
}

fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn png(picture: &impl Picture, size: (u32, u32)) -> Result<Vec<u8>, ChartError> {
    let mut pixels = vec![0_u8; size.0 as usize * size.1 as usize * 3];
    on(Raster::on(&mut pixels, size), picture)?;
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

fn on<DB: DrawingBackend>(backend: DB, picture: &impl Picture) -> Result<(), ChartError> {
    let paper = backend.into_drawing_area();
    let drawn = paper.fill(&WHITE).and_then(|()| picture.draw(&paper)).and_then(|()| paper.present());
    drawn.map_err(|fault| ChartError::new(&picture.name(), &fault))
}
