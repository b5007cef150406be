//! The charts: pure functions from a record and its summary to pictures, each as SVG and as PNG.
//!
//! Times and rates are nominal, so that a chart can be read next to its scenario, and the foot
//! says how fast they were driven. No file is read, no font of the machine is needed, and the
//! same record gives the same bytes.

mod acquire_wait;
mod axis;
mod capacity;
mod face;
mod hand;
mod history;
mod key;
mod levels;
mod made;
mod occupancy;
mod paper;
mod peaks;
mod phases;
mod plot;
mod pool;
mod raster;
mod render;
mod server;
mod sheet;
mod sizing;
mod strokes;
mod style;
mod tapped;
mod throughput;
mod view;
mod waits;
mod watched;
mod web;

use std::fmt::Display;

pub use history::draw_history;
pub use key::{Entry, Mark};
pub use sizing::draw_sizing;
pub use tapped::draw_tap;
pub use watched::draw_watch;

use super::{Chart, View};
use crate::plan::Seen;

use made::{Everything, Figures, Makes};

/// One chart, drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// File stem, such as `occupancy-sqlx`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What is shown and how to read it, in a sentence or two.
    pub explains: String,
    /// The chart as SVG, fit to be put into HTML as it is.
    pub svg: String,
    /// The chart as PNG, at twice the size at which it is shown.
    pub png: Vec<u8>,
    /// The chart as a figure of a page.
    pub on_page: OnPage,
}

/// A chart as a figure of a page, which has its title and its key itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OnPage {
    /// What to see, in a line.
    pub sees: String,
    /// What its marks stand for.
    pub key: Vec<Entry>,
    /// The picture: an `<svg>` element whose colours are classes. It goes into the page as it is, so its maker escapes
    /// what it writes into it.
    pub wide: String,
    /// The same for a narrow screen; none of one that has no such drawing.
    pub narrow: Option<String>,
}

/// Why a chart cannot be drawn.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// A stroke or the encoding failed.
    #[error("the chart {chart} cannot be drawn: {reason}; please report this as a fault of poolbench")]
    Undrawable {
        /// Which one.
        chart: String,
        /// What plotters or the encoder said.
        reason: String,
    },
}

impl ChartError {
    fn new(chart: &str, reason: &impl Display) -> Self {
        Self::Undrawable { chart: chart.to_owned(), reason: reason.to_string() }
    }
}

/// Draws all charts that a record has something for, in the order in which a report shows them.
///
/// # Errors
/// When a chart cannot be drawn or encoded.
pub fn draw(shown: View<'_>) -> Result<Vec<Drawn>, ChartError> {
    let mut made = Everything::default();
    each(shown, &mut made)?;
    Ok(made.0)
}

/// The same as figures of a page alone.
///
/// # Errors
/// When a chart cannot be drawn.
pub fn figures(shown: View<'_>) -> Result<Vec<Chart>, ChartError> {
    let mut made = Figures::default();
    each(shown, &mut made)?;
    Ok(made.0)
}

fn each(shown: View<'_>, made: &mut impl Makes) -> Result<(), ChartError> {
    let inside = shown.record.plan.seen() == Seen::FromInside;
    if let Some(phases) = phases::Phases::of(shown.record).filter(|_| inside) {
        made.takes(&phases)?;
    }
    let views = view::by_pool(shown);
    for view in &views {
        // From outside nobody sees who holds what, and an empty chart would say that nobody does.
        if inside {
            made.takes(&occupancy::Occupancy(view))?;
            made.takes(&acquire_wait::AcquireWait::of(view))?;
        }
        made.takes(&throughput::Throughput(view))?;
        if inside {
            made.takes(&pool::Pool(view))?;
            made.takes(&server::Server(view))?;
        }
    }
    match capacity::Capacity::of(shown) {
        Some(capacity) => made.takes(&capacity),
        None => Ok(()),
    }
}

/// The name that a page knows the colour of a session scope by.
pub(super) fn hue_name(scope: crate::itinerary::SessionScope) -> &'static str {
    let hue = style::hue(scope.name());
    style::class((hue.0, hue.1, hue.2)).unwrap_or("ink")
}

#[cfg(test)]
mod tests;
