//! The wait that an objective speaks of, over the arrival rate and over the pool size.

use std::time::Duration;

use plotters::backend::DrawingBackend;

use super::ChartError;
use super::axis::Axis;
use super::hand::{Hand, write};
use super::key::{Mark, keys};
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke, render};
use super::sheet::{FOOT, KEY, TOP, headed};
use super::strokes::{dashes, line};
use super::style::{INK, MARGIN, MUTED, WIDTH, em, hue};
use crate::analyse::{Curve, SizedBy, Sizing};
use crate::plan::Plan;
use crate::report::lang::{say, word};
use crate::units;

/// Draws both charts of a sizing.
///
/// # Errors
/// When a stroke or the encoding fails.
pub fn draw_sizing(plan: &Plan, sizing: &Sizing) -> Result<Vec<super::Drawn>, ChartError> {
    let charts = [Over::Rate, Over::Size].map(|over| render(&Waits { plan, sizing, over }));
    charts.into_iter().collect()
}

/// What the horizontal axis shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Over {
    Rate,
    Size,
}

struct Waits<'a> {
    plan: &'a Plan,
    sizing: &'a Sizing,
    over: Over,
}

const PLOT: i32 = 620;
/// Shorter waits are none to speak of.
const LEAST: f64 = 1e-3;

impl<'a> Waits<'a> {
    fn curves(&self) -> impl Iterator<Item = (&'static str, &'a Curve)> {
        let over = self.over;
        self.sizing.scopes.iter().map(move |scope| {
            let curve = match over {
                Over::Rate => &scope.over_rate,
                Over::Size => &scope.over_size,
            };
            (scope.scope.name(), curve)
        })
    }

    fn plot(&self) -> Plot {
        let points = || self.curves().flat_map(|(_, curve)| &curve.points);
        let (low, high) =
            points().fold((f64::INFINITY, 0.0_f64), |(low, high), (x, _)| (low.min(*x), high.max(*x)));
        let longest = points().map(|(_, wait)| wait.as_secs_f64()).fold(1.0, f64::max);
        let top = TOP + KEY * self.sizing.scopes.len() as i32 + 60;
        Plot {
            left: MARGIN + 120,
            top,
            right: WIDTH - MARGIN - 30,
            bottom: top + PLOT,
            x: match self.over {
                Over::Rate => Axis::decades_of(low, high, |rate| format!("{}/s", units::number(rate))),
                Over::Size => Axis::decades_of(low, high, units::number),
            },
            y: Axis::decades_of_time(LEAST, longest.min(1e6)),
        }
    }

    fn words(&self, scope: &str, curve: &Curve) -> String {
        match (self.over, curve.knee) {
            (_, None) => say!("{scope}: keeps the objective at no rate", scope),
            (Over::Rate, Some(knee)) => {
                say!("{scope}: keeps the objective up to {at} requests/s", scope, at = units::number(knee.at))
            }
            (Over::Size, Some(knee)) => {
                say!(
                    "{scope}: keeps the objective from {at} connections on",
                    scope,
                    at = units::number(knee.at)
                )
            }
        }
    }
}

impl Picture for Waits<'_> {
    fn name(&self) -> String {
        match self.over {
            Over::Rate => "wait-over-rate".into(),
            Over::Size => "wait-over-pool-size".into(),
        }
    }

    fn title(&self) -> String {
        let quantile = self.sizing.objective.quantile;
        let size = units::count(self.plan.pool.size.into());
        match self.over {
            Over::Rate => {
                say!("{quantile} of the wait for one of {size} connections, by arrival rate", quantile, size)
            }
            Over::Size => say!(
                "{quantile} of the wait for a connection at {rate} requests/s, by pool size",
                quantile,
                rate = units::number(
                    self.plan.load.rate.as_per_second() / f64::from(self.plan.pool_count().max(1))
                )
            ),
        }
    }

    fn explains(&self) -> String {
        let played = self.sizing.scopes.iter().any(|it| matches!(it.answer, SizedBy::Twin(..)));
        let how = if played {
            word(
                "Computed in closed form for the steady state or, where no formula is exact, played by the \
                 twin; nobody gives up",
            )
        } else {
            word("Computed in closed form for the steady state, random arrivals and nobody giving up")
        };
        say!(
            "{how}; both axes are logarithmic. The broken line is the objective; the dot is where it is \
             just kept. Waits below 1 ms lie on the lower border.",
            how
        )
    }

    fn sees(&self) -> String {
        String::new()
    }

    fn is_narrow_too(&self) -> bool {
        false
    }

    fn height(&self, _width: i32) -> i32 {
        self.plot().bottom + 110 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let scenario: String = self.plan.scenario.chars().take(40).collect();
        let foot = say!(
            "{scenario} · theory, nominal time · poolbench {env}",
            scenario,
            env = env!("CARGO_PKG_VERSION")
        );
        headed(paper, &self.title(), &foot)?;
        let plot = self.plot();
        plot.draw_axes(paper)?;
        plot.name_columns(
            paper,
            if self.over == Over::Rate { word("requests per second") } else { word("connections") },
        )?;
        self.draw_objective(paper, &plot)?;
        for (index, (scope, curve)) in self.curves().enumerate() {
            let at = (MARGIN, TOP + 10 + KEY * index as i32);
            keys(paper, at, &[(Mark::Line, hue(scope), &self.words(scope, curve))])?;
            let seconds = |wait: Duration| wait.as_secs_f64();
            let points = curve.points.iter().map(|(x, wait)| plot.at(*x, seconds(*wait).max(LEAST)));
            line(paper, points.collect(), hue(scope), 5)?;
            if let Some(knee) = curve.knee {
                let at = plot.at(knee.at, seconds(self.sizing.objective.wait).max(LEAST));
                super::strokes::open_end(paper, at, hue(scope))?;
            }
        }
        Ok(())
    }
}

impl Waits<'_> {
    fn draw_objective<DB: DrawingBackend>(&self, paper: &Paper<DB>, plot: &Plot) -> Stroke<DB> {
        let wait = self.sizing.objective.wait;
        let row = plot.row(wait.as_secs_f64().max(LEAST));
        dashes(paper, (plot.left, row), (plot.right, row), INK)?;
        let hand = Hand::of(em::TICK).in_color(MUTED);
        write(paper, &say!("objective: {wait}", wait = units::time(wait)), (plot.left + 14, row - 22), hand)
    }
}
