//! A font for criterion's charts. poolbench builds plotters without the system's fonts, so that
//! its reports look alike everywhere; criterion shares that build, and would panic without one.

use plotters::style::{FontStyle, register_font};

/// To be called before the first bench.
pub(crate) fn register() {
    for style in [FontStyle::Normal, FontStyle::Bold, FontStyle::Italic, FontStyle::Oblique] {
        // Only a file that is no font can fail, and this one is a font.
        let _ = register_font("sans-serif", style, epaint_default_fonts::UBUNTU_LIGHT);
    }
}
