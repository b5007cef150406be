//! plotters' bitmap with the text of [`face`](super::face).

use plotters::backend::{BitMapBackend, DrawingBackend};
use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingErrorKind, FontStyle,
};

use super::face::{self, Weight};

type Outcome<'a> = Result<(), DrawingErrorKind<<BitMapBackend<'a> as DrawingBackend>::ErrorType>>;

/// A bitmap. Everything but text is plotters' own.
pub(super) struct Raster<'a> {
    bitmap: BitMapBackend<'a>,
}

impl<'a> Raster<'a> {
    /// A bitmap on a buffer of three bytes a pixel.
    pub(super) fn on(pixels: &'a mut [u8], size: (u32, u32)) -> Self {
        Self { bitmap: BitMapBackend::with_buffer(pixels, size) }
    }
}

impl<'a> DrawingBackend for Raster<'a> {
    type ErrorType = <BitMapBackend<'a> as DrawingBackend>::ErrorType;

    fn get_size(&self) -> (u32, u32) {
        self.bitmap.get_size()
    }

    fn ensure_prepared(&mut self) -> Outcome<'a> {
        self.bitmap.ensure_prepared()
    }

    fn present(&mut self) -> Outcome<'a> {
        self.bitmap.present()
    }

    fn draw_pixel(&mut self, at: BackendCoord, color: BackendColor) -> Outcome<'a> {
        self.bitmap.draw_pixel(at, color)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Outcome<'a> {
        self.bitmap.draw_line(from, to, style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Outcome<'a> {
        self.bitmap.draw_rect(from, to, style, fill)
    }

    fn draw_text<S: BackendTextStyle>(&mut self, text: &str, style: &S, at: BackendCoord) -> Outcome<'a> {
        // These relations between size, em and baseline are those of plotters' SVG text.
        let em = style.size() / 1.24;
        let baseline = match style.anchor().v_pos {
            VPos::Top => 0.76,
            VPos::Center => 0.26,
            VPos::Bottom => -0.26,
        };
        let weight = if matches!(style.style(), FontStyle::Bold) { Weight::Bold } else { Weight::Normal };
        let start = match style.anchor().h_pos {
            HPos::Left => 0.0,
            HPos::Center => -0.5,
            HPos::Right => -1.0,
        };
        let x = at.0 + (start * face::width(text, em, weight)).round() as i32;
        let y = at.1 + (baseline * em).round() as i32;
        let ink = style.color();
        let (width, height) = self.get_size();
        face::draw(text, em, weight, |dx, dy, cover| {
            let (x, y) = (x + dx, y + dy);
            if x < 0 || y < 0 || x >= width as i32 || y >= height as i32 {
                return Ok(());
            }
            self.bitmap.draw_pixel((x, y), BackendColor { alpha: ink.alpha * cover, ..ink })
        })
    }
}
