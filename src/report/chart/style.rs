//! One palette and one set of sizes for all charts.
//!
//! Orange and blue stay apart for every common kind of colour blindness (Okabe and Ito 2008), and
//! dark, middle and light fills stay apart in a grey print.

use crate::report::lang::{Lang, spoken};
use plotters::style::RGBColor;

use crate::itinerary::SessionScope;

/// Text, and lines that matter.
pub(super) const INK: RGBColor = RGBColor(0x1B, 0x1F, 0x24);
/// Text that explains.
pub(super) const MUTED: RGBColor = RGBColor(0x56, 0x5F, 0x6A);
/// Lines that help the eye.
pub(super) const GRID: RGBColor = RGBColor(0xD8, 0xDD, 0xE3);
/// Spans that do not count.
pub(super) const SHADE: RGBColor = RGBColor(0xEE, 0xF1, 0xF4);
/// A connection that SQL runs on.
pub(super) const BUSY: RGBColor = RGBColor(0x22, 0x2F, 0x3E);
/// A connection whose statement waits for a lock.
pub(super) const LOCKED: RGBColor = RGBColor(0xA8, 0x4A, 0x7C);
/// A connection that is held while nothing runs on it.
pub(super) const WASTED: RGBColor = RGBColor(0xF5, 0xA9, 0x7F);
/// No connection, or a free one.
pub(super) const FREE: RGBColor = RGBColor(0xD3, 0xDA, 0xE1);

const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const GREEN: RGBColor = RGBColor(0x00, 0x8A, 0x65);
const AMBER: RGBColor = RGBColor(0xB3, 0x7A, 0x00);
const SKY: RGBColor = RGBColor(0x3F, 0x9E, 0xD8);
const PURPLE: RGBColor = RGBColor(0x8E, 0x4B, 0x8A);

/// A connection of which nothing is known.
pub(super) const UNSEEN: RGBColor = RGBColor(0x84, 0x8C, 0x96);
/// Connections that are open, and those that are in a transaction.
pub(super) const OPEN: RGBColor = SKY;
pub(super) const LENT: RGBColor = VERMILLION;

/// What connections wait for, the heaviest first.
pub(super) const CAUSES: [RGBColor; 5] = [VERMILLION, BLUE, GREEN, PURPLE, AMBER];

/// The colour of a session scope: vermillion before, blue after.
pub(super) fn hue(scope: &str) -> RGBColor {
    match scope.parse() {
        Ok(SessionScope::Request) => VERMILLION,
        Ok(SessionScope::Repository) => BLUE,
        Ok(SessionScope::Nested) => PURPLE,
        Ok(SessionScope::LazyRequest) => AMBER,
        Ok(SessionScope::CommitEarly) => SKY,
        Ok(SessionScope::Own(_)) | Err(_) => GREEN,
    }
}

/// The colours that a page knows by name: it has others for the dark.
const NAMED: [(&str, RGBColor); 16] = [
    ("ink", INK),
    ("muted", MUTED),
    ("grid", GRID),
    ("shade", SHADE),
    ("busy", BUSY),
    ("locked", LOCKED),
    ("wasted", WASTED),
    ("free", FREE),
    ("unseen", UNSEEN),
    ("paper", RGBColor(0xFF, 0xFF, 0xFF)),
    ("vermillion", VERMILLION),
    ("blue", BLUE),
    ("green", GREEN),
    ("amber", AMBER),
    ("sky", SKY),
    ("purple", PURPLE),
];

/// The darker shades of the hues, as a page knows them.
const TWINS: [(&str, RGBColor); 6] = [
    ("vermillion-twin", VERMILLION),
    ("blue-twin", BLUE),
    ("green-twin", GREEN),
    ("amber-twin", AMBER),
    ("sky-twin", SKY),
    ("purple-twin", PURPLE),
];

/// The name that a page knows a colour by.
pub(super) fn class((red, green, blue): (u8, u8, u8)) -> Option<&'static str> {
    let color = RGBColor(red, green, blue);
    let named = NAMED.iter().find(|(_, known)| *known == color);
    let twin = || TWINS.iter().find(|(_, hue)| dark(*hue) == color);
    named.or_else(twin).map(|(name, _)| *name)
}

/// A darker shade of a colour, which can be seen on it.
pub(super) fn dark(RGBColor(red, green, blue): RGBColor) -> RGBColor {
    let darker = |part: u8| (f64::from(part) * 0.45) as u8;
    RGBColor(darker(red), darker(green), darker(blue))
}

/// Width of every chart. All is drawn at twice the size at which it is shown, so that the PNG is
/// sharp and the SVG has half pixels.
pub(super) const WIDTH: i32 = 2000;
/// Width of a drawing for a narrow screen, such as that of a phone.
pub(super) const NARROW: i32 = 680;
/// How much larger a chart is drawn than shown.
pub(super) const SHARPNESS: u32 = 2;
/// The border around a chart.
pub(super) const MARGIN: i32 = 48;

/// What the SVG asks its reader's machine for; the PNG has a font of its own.
pub(super) fn family() -> &'static str {
    match spoken() {
        Lang::En => "Ubuntu, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, sans-serif",
        Lang::Zh => {
            "Ubuntu, 'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Noto Sans CJK SC', 'Noto Sans SC', \
             'PingFang SC', 'Microsoft YaHei', sans-serif"
        }
    }
}

/// Font sizes, in drawn pixels per em.
pub(super) mod em {
    /// The title of a chart.
    pub(crate) const TITLE: f64 = 44.0;
    /// The title of a panel.
    pub(crate) const PANEL: f64 = 32.0;
    /// Labels and table cells.
    pub(crate) const BODY: f64 = 28.0;
    /// Numbers on axes.
    pub(crate) const TICK: f64 = 26.0;
    /// The line at the foot.
    pub(crate) const CAPTION: f64 = 24.0;
}
