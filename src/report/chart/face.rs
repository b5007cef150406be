//! The fonts of the PNGs, built in, so that a chart looks the same on every machine: one for Latin letters, digits and
//! signs, and one for the Chinese letters of the catalogue, cut out of Noto Sans CJK SC by `face/subset.py`.
//!
//! plotters' own text on bitmaps sets letters at whole pixels and sits higher than its SVG text;
//! here a line of text has the same size and baseline in both.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef, Glyph, PxScale, ScaleFont, point};

#[expect(clippy::expect_used, reason = "the fonts are constants; a test reads them")]
static FACES: LazyLock<[FontRef<'static>; 2]> = LazyLock::new(|| {
    [epaint_default_fonts::UBUNTU_LIGHT, include_bytes!("face/zh.otf")]
        .map(|font| FontRef::try_from_slice(font).expect("the built-in font is sound"))
});

/// The place of a font among them.
const LATIN: usize = 0;
const CHINESE: usize = 1;

/// The font that has a letter; the first one shows what none has.
fn face_of(letter: char) -> usize {
    let has = |face: usize| FACES[face].glyph_id(letter).0 != 0;
    if !has(LATIN) && has(CHINESE) { CHINESE } else { LATIN }
}

/// How thick letters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// As the font has them.
    Normal,
    /// For titles.
    Bold,
}

impl Weight {
    /// The Latin font is a light one. Each letter is drawn again a little to the right, which
    /// makes it as dark as a text font, or bold. The Chinese one is as dark as a text font.
    fn strokes(self, face: usize) -> &'static [f32] {
        match (self, face) {
            (Self::Normal, CHINESE) => &[0.0],
            (Self::Normal, _) => &[0.0, 0.018],
            (Self::Bold, _) => &[0.0, 0.025, 0.05],
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
    for (face, glyph) in set(text, em, weight).0 {
        for stroke in weight.strokes(face) {
            let mut glyph = glyph.clone();
            glyph.position.x += stroke * em as f32;
            let Some(outline) = FACES[face].outline_glyph(glyph) else { continue };
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

/// Places the letters of a line, each of its font, and tells its width.
fn set(text: &str, em: f64, weight: Weight) -> (Vec<(usize, Glyph)>, f32) {
    let fonts = [LATIN, CHINESE].map(|face| {
        let per_unit = FACES[face].units_per_em().unwrap_or(1000.0);
        let scale = PxScale::from(em as f32 * FACES[face].height_unscaled() / per_unit);
        (scale, FACES[face].as_scaled(scale))
    });
    let mut glyphs = Vec::new();
    let mut x = 0.0;
    let mut before = None;
    for letter in text.chars() {
        let face = face_of(letter);
        let (scale, font) = &fonts[face];
        let id = font.glyph_id(letter);
        x += before.filter(|(last, _)| *last == face).map_or(0.0, |(_, last)| font.kern(last, id));
        glyphs.push((face, id.with_scale_and_position(*scale, point(x, 0.0))));
        x += font.h_advance(id) + weight.tracking() * em as f32;
        before = Some((face, id));
    }
    (glyphs, x)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::report::lang;

    #[test]
    fn the_font_has_every_sign_that_charts_use() {
        for sign in "abcäµ·×–≤≥…÷%0123456789".chars() {
            assert_ne!(FACES[LATIN].glyph_id(sign).0, 0, "{sign}");
        }
    }

    #[test]
    fn every_letter_of_the_chinese_catalogue_can_be_drawn() {
        let known = |letter: char| FACES.iter().any(|face| face.glyph_id(letter).0 != 0);
        let missing: BTreeSet<char> = lang::chinese_texts()
            .flat_map(str::chars)
            .filter(|letter| *letter != '\n' && !known(*letter))
            .collect();
        assert!(missing.is_empty(), "make face/zh.otf anew with face/subset.py: {missing:?}");
    }

    #[test]
    fn chinese_letters_are_as_wide_as_high_and_leave_ink() {
        let wide = width("连接池", 20.0, Weight::Normal);
        assert!((60.0..63.0).contains(&wide), "{wide}");
        let mut ink = 0.0;
        draw("池", 20.0, Weight::Normal, |_, _, cover| {
            ink += cover;
            Ok::<(), ()>(())
        })
        .unwrap();
        assert!((40.0..300.0).contains(&ink), "{ink}");
    }

    #[test]
    fn text_has_a_width_that_grows_with_its_size() {
        let (small, large) = (width("waited", 10.0, Weight::Normal), width("waited", 20.0, Weight::Normal));
        assert!(small > 20.0 && (large / small - 2.0).abs() < 0.01, "{small} {large}");
        assert!(width("waited", 10.0, Weight::Bold) > small);
        assert_eq!(width("", 10.0, Weight::Normal), 0.0);
    }
}
