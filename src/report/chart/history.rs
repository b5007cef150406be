//! A metric of a lane, run by run.

use plotters::backend::DrawingBackend;

use super::ChartError;
use super::axis::Axis;
use super::hand::{Hand, write};
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke, render};
use super::sheet::{FOOT, TOP, headed};
use super::strokes::{dashes, fill, line};
use super::style::{INK, MARGIN, MUTED, SHADE, em, hue};
use crate::analyse::Subject;
use crate::gate::history::{Course, Trend};
use crate::report::history::shown;
use crate::report::lang::{say, word};
use crate::report::text::clean;
use crate::report::words;

/// Draws each metric of a course over its runs.
///
/// # Errors
/// When a stroke or the encoding fails.
pub fn draw_history(course: &Course) -> Result<Vec<super::Drawn>, ChartError> {
    course.trends.iter().map(|trend| render(&Runs { course, trend })).collect()
}

struct Runs<'a> {
    course: &'a Course,
    trend: &'a Trend,
}

const PLOT: i32 = 320;

impl Runs<'_> {
    fn plot(&self, width: i32) -> Plot {
        let most = self.trend.values.iter().copied().flatten().fold(0.0, f64::max);
        let unit = self.trend.metric.unit();
        let mut y = Axis::even(0.0, most * 1.1, 4);
        for (value, label) in &mut y.ticks {
            *label = shown(*value, unit);
        }
        Plot {
            left: MARGIN + 150,
            top: TOP + 40,
            right: width - MARGIN - 30,
            bottom: TOP + 40 + PLOT,
            x: Axis::even(0.5, self.course.runs.len() as f64 + 0.5, 10),
            y,
        }
    }
}

/// The place of a run across: its number, from 1 on.
fn number(at: usize) -> f64 {
    at as f64 + 1.0
}

impl Picture for Runs<'_> {
    fn name(&self) -> String {
        format!("history-{}-{}", self.trend.metric.name().replace('.', "-"), place(&self.trend.subject))
    }

    fn title(&self) -> String {
        format!("{}, {}", self.trend.metric.name(), words::gate_place(&self.trend.subject))
    }

    fn explains(&self) -> String {
        let changes = match self.trend.changes.len() {
            0 => word("No change was found"),
            1 => word("The broken line is the change that was found, in the middle of where it may lie"),
            _ => word(
                "The broken lines are the changes that were found, each in the middle of where it may lie",
            ),
        };
        say!("One dot a run, the latest on the right, at the clock of the run. {changes}.", changes)
    }

    fn sees(&self) -> String {
        word("Dots that stay at one height are runs alike; a broken line is where that changed.").to_owned()
    }

    fn height(&self, width: i32) -> i32 {
        self.plot(width).bottom + 110 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let scenario: String = self.course.scenario.chars().take(40).collect();
        headed(
            paper,
            &self.title(),
            &say!("{scenario} · poolbench {env}", scenario, env = env!("CARGO_PKG_VERSION")),
        )?;
        let plot = self.plot(paper.width());
        for change in &self.trend.changes {
            let (left, right) = (number(change.between.0) - 0.5, number(change.between.1) - 0.5);
            let (left, right) = (plot.column(left) - 3, plot.column(right) + 3);
            fill(paper, (left, plot.top), (right, plot.bottom), SHADE)?;
        }
        plot.draw_axes(paper)?;
        plot.name_columns(paper, word("run"))?;
        let color = match &self.trend.subject {
            Subject::Lane(place) => hue(place.scope.name()),
            Subject::Pair { .. } => MUTED,
        };
        let runs = self.trend.values.iter().zip(&self.course.runs).enumerate();
        let known: Vec<_> = runs
            .filter_map(|(at, (value, run))| Some((plot.at(number(at), (*value)?), (*value)?, run)))
            .collect();
        line(paper, known.iter().map(|(at, ..)| *at).collect(), color, 3)?;
        let unit = self.trend.metric.unit();
        for ((x, y), value, run) in known {
            let told = || format!("{}: {}", clean(&run.created), shown(value, unit));
            paper.noted(told, || fill(paper, (x - 6, y - 6), (x + 6, y + 6), color))?;
        }
        for change in &self.trend.changes {
            let column = plot.column(number(change.at) - 0.5);
            dashes(paper, (column, plot.top), (column, plot.bottom), INK)?;
            let told = format!("{} → {}", shown(change.before, unit), shown(change.after, unit));
            let hand = Hand::of(em::TICK).in_color(INK);
            // At the side on which there is room.
            let fits = column + 12 + hand.width(&told) * 5 / 4 <= paper.width();
            let (at, hand) = if fits { (column + 12, hand) } else { (column - 12, hand.ending()) };
            write(paper, &told, (at, plot.top - 20), hand)?;
        }
        Ok(())
    }
}

/// A subject as part of a file's name.
fn place(subject: &Subject) -> String {
    words::gate_place(subject).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
