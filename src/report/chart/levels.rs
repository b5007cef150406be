//! How many connections were open, in a transaction and running SQL, over time: three lines on one plot.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::axis::Axis;
use super::key::{Mark, keys};
use super::plot::{Plot, value_at};
use super::render::{Paper, Stroke};
use super::sheet::{FOOT, TOP};
use super::strokes::line;
use super::style::{BUSY, LENT, MARGIN, OPEN};
use super::view::seconds;
use crate::report::lang::{say, word};
use crate::units;

const PLOT: i32 = 380;
/// The time that an application was looked at, which all charts of it share.
pub(super) const AXIS: &str = "window";

/// Numbers of connections, each from its instant on, in seconds.
pub(super) type Points = Vec<(f64, f64)>;

/// The lines of a plot.
pub(super) struct Levels {
    /// Its end, in seconds.
    until: f64,
    curves: Vec<(RGBColor, &'static str, Points)>,
}

/// What to see in them.
pub(super) fn sees() -> String {
    word(
        "What lies between \"in a transaction\" and \"running SQL\" is held while nothing runs: releasing there, \
         where that is safe, would give it back.",
    )
    .to_owned()
}

impl Levels {
    /// Nothing of what was open where that is not known.
    pub(super) fn new(until: f64, open: Option<Points>, holding: Points, running: Points) -> Self {
        let curves = [
            (OPEN, word("open"), open),
            (LENT, word("in a transaction"), Some(holding)),
            (BUSY, word("running SQL"), Some(running)),
        ];
        let curves = curves.into_iter().filter_map(|(color, words, curve)| Some((color, words, curve?)));
        Self { until, curves: curves.collect() }
    }

    fn plot(&self, width: i32) -> Plot {
        let all = self.curves.iter().flat_map(|(_, _, points)| points);
        let most = all.map(|(_, many)| *many).fold(1.0, f64::max);
        Plot {
            left: MARGIN + 90,
            top: TOP + 70,
            right: width - MARGIN - 10,
            bottom: TOP + 70 + PLOT,
            x: Axis::even(0.0, self.until, 8),
            y: Axis::counts(most * 1.08, 4),
        }
    }

    /// The height of a sheet with it.
    pub(super) fn height(&self, width: i32) -> i32 {
        self.plot(width).bottom + 110 + FOOT
    }

    /// Draws it below a heading. `since` says from when the seconds count.
    pub(super) fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>, since: &str) -> Stroke<DB> {
        let entries: Vec<_> =
            self.curves.iter().map(|(color, words, _)| (Mark::Line, *color, *words)).collect();
        keys(paper, (MARGIN, TOP + 10), &entries)?;
        let plot = self.plot(paper.width());
        plot.draw_rows(paper)?;
        plot.name_columns(paper, since)?;
        plot.zoomed(paper, AXIS, || {
            for (color, _, points) in &self.curves {
                let end = points.last().map(|(_, many)| (self.until, *many));
                line(paper, plot.stairs(points.iter().copied().chain(end)), *color, 4)?;
            }
            plot.point_at(paper, |at| self.told(at))
        })
    }

    fn told(&self, at: f64) -> String {
        let all = self.curves.iter();
        let told = all.map(|(_, words, points)| format!("{words} {}", units::number(value_at(points, at))));
        say!("at {at}: {told}", at = seconds(at), told = told.collect::<Vec<_>>().join(", "))
    }
}
