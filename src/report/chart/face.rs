//! The font of the PNGs, built in, so that a chart looks the same on every machine.
//!
//! plotters' own text on bitmaps sets letters at whole pixels and sits higher than its SVG text;
//! here a line of text has the same size and baseline in both.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

#[expect(clippy::expect_used, reason = "the font is a constant; a test reads it")]
static FACE: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    FontRef::try_from_slice(epaint_default_fonts::UBUNTU_LIGHT).expect("the built-in font is sound")
});

/// How thick letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// As the font has them.
    Normal,
    /// For titles.
    Bold,
}

impl Weight {
    /// The built-in font is a light one. Each letter is drawn again a little to the right, which
    /// makes it as dark as a text font, or bold.
    fn strokes(self) -> &'static [f32] {
        match self {
            Self::Normal => &[0.0, 0.018],
            Self::Bold => &[0.0, 0.025, 0.05],
        }
    }

    /// Letters that grow need room.
    fn tracking(self) -> f32 {
        match self {
            Self::Normal => 0.008,
            Self::Bold => 0.028,
        }
    }
}

/// The width of a line of text. A reader's own font in an SVG can be a little wider.
pub(super) fn width(text: &str, em: f64, weight: Weight) -> f64 {
    f64::from(set(text, em, weight).1)
}

/// Draws a line of text with its baseline starting at the origin: calls `dot` with each pixel and
/// how much of it is covered.
pub(super) fn draw<E>(
    text: &str,
    em: f64,
    weight: Weight,
    mut dot: impl FnMut(i32, i32, f64) -> Result<(), E>,
) -> Result<(), E> {
    let mut dots = Vec::new();
    for glyph in set(text, em, weight).0 {
        for stroke in weight.strokes() {
            let mut glyph = glyph.clone();
            glyph.position.x += stroke * em as f32;
            let Some(outline) = FACE.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            outline.draw(|x, y, cover| {
                dots.push((corner.x as i32 + x as i32, corner.y as i32 + y as i32, f64::from(cover)));
            });
        }
    }
    dots.into_iter()
        .filter(|(.., cover)| *cover > 0.0)
        .try_for_each(|(x, y, cover)| dot(x, y, cover.min(1.0)))
}

/// Places the letters of a line, and tells its width.
fn set(text: &str, em: f64, weight: Weight) -> (Vec<Glyph>, f32) {
    let per_unit = FACE.units_per_em().unwrap_or(1000.0);
    let scale = PxScale::from(em as f32 * FACE.height_unscaled() / per_unit);
    let font = FACE.as_scaled(scale);
    let mut glyphs = Vec::new();
    let mut x = 0.0;
    let mut before = None;
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        x += before.map_or(0.0, |last| font.kern(last, id));
        glyphs.push(id.with_scale_and_position(scale, point(x, 0.0)));
        x += font.h_advance(id) + weight.tracking() * em as f32;
        before = Some(id);
    }
    (glyphs, x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_sign_that_charts_use() {
        for sign in "abcäµ·×–≤≥…÷%0123456789".chars() {
            assert_ne!(FACE.glyph_id(sign).0, 0, "{sign}");
        }
    }

    #[test]
    fn text_has_a_width_that_grows_with_its_size() {
        let (small, large) = (width("waited", 10.0, Weight::Normal), width("waited", 20.0, Weight::Normal));
        assert!(small > 20.0 && (large / small - 2.0).abs() < 0.01, "{small} {large}");
        assert!(width("waited", 10.0, Weight::Bold) > small);
        assert_eq!(width("", 10.0, Weight::Normal), 0.0);
    }
}
