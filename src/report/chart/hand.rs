//! Text on paper: how wide it is, where it is cut off, and its lines.

use plotters::backend::DrawingBackend;
use plotters::element::Text;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{FontDesc, FontFamily, FontStyle, IntoTextStyle, RGBColor};

use super::face::{self, Weight};
use super::paper::{Paper, Point};
use super::render::Stroke;
use super::style::{INK, WIDTH, em, family};
use crate::report::lang::punctuated;

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
