//! How long requests waited for a connection: the share that waited longer than each time.

use std::time::Duration;

use plotters::backend::DrawingBackend;

use super::axis::Axis;
use super::hand::{Hand, write};
use super::key::{Mark, keys};
use super::paper::Point;
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, KEY, TOP, frame, nothing};
use super::strokes::{broken, dashes, line, open_end};
use super::style::{INK, MARGIN, MUTED, dark, em, hue};
use super::view::{self, PoolView};
use super::waits::{CurveEnd, Waits};
use crate::report::lang::{say, word};
use crate::units;

/// The acquire wait of one pool.
pub(super) struct AcquireWait<'a> {
    view: &'a PoolView<'a>,
    curves: Vec<Waits<'a>>,
    /// The twin of each curve.
    twins: Vec<Option<Waits<'a>>>,
}

const PLOT: i32 = 660;

impl<'a> AcquireWait<'a> {
    /// Reads the waits of a pool's lanes.
    pub(super) fn of(view: &'a PoolView<'a>) -> Self {
        let twins = view.lanes.iter().map(|lane| view.twin.side_by_side(lane).map(Waits::of));
        let curves = view.lanes.iter().map(|lane| Waits::of(lane));
        Self { view, curves: curves.collect(), twins: twins.collect() }
    }

    /// The twins that played.
    fn played(&self) -> impl Iterator<Item = &Waits<'a>> {
        self.twins.iter().flatten()
    }

    /// Lines of the key: one for each curve, and one for what the lines are.
    fn key_lines(&self) -> i32 {
        self.curves.len() as i32 + i32::from(self.played().next().is_some())
    }

    fn nominal(&self, nanos: u64) -> f64 {
        view::nominal(self.view.record, nanos)
    }

    fn timeout(&self) -> f64 {
        self.view.record.plan.pool.acquire_timeout.as_secs_f64()
    }

    fn plot(&self, width: i32) -> Plot {
        let some = || self.curves.iter().filter(|curve| curve.count() > 0);
        let least = some().map(|curve| self.nominal(curve.least)).fold(self.timeout().max(1e-3), f64::min);
        let ends = some().map(|curve| self.nominal(curve.end));
        let most = ends.chain(self.played().map(|twin| at_nominal(twin.end))).fold(self.timeout(), f64::max);
        let count = some().map(Waits::count).max().unwrap_or(100);
        let top = TOP + KEY * (self.key_lines() + 1) + 60;
        Plot {
            left: MARGIN + 120,
            top,
            right: width - MARGIN - 30,
            bottom: top + PLOT,
            // From a whole decade, so that a curve does not start at the border.
            x: Axis::decades_of_time(10_f64.powf(least.max(1e-6).log10().floor()), most * 1.6),
            // The last request to go is one in all of them.
            y: Axis::decades_of_share((0.5 / count as f64).clamp(1e-6, 0.005)),
        }
    }

    fn pixels(&self, plot: &Plot, curve: &Waits<'_>) -> Vec<Point> {
        let start = [(0.0, 1.0), (self.nominal(curve.least), 1.0)];
        let steps = curve.steps.iter().map(|(time, share)| (self.nominal(*time), *share));
        let last = curve.steps.last().map_or(1.0, |(_, share)| *share);
        plot.stairs(start.into_iter().chain(steps).chain([(self.nominal(curve.end), last)]))
    }

    fn draw_timeout<DB: DrawingBackend>(&self, paper: &Paper<DB>, plot: &Plot) -> Stroke<DB> {
        if self.timeout() <= 0.0 {
            return Ok(());
        }
        let x = plot.column(self.timeout());
        dashes(paper, (x, plot.top - 8), (x, plot.bottom), INK)?;
        let words = say!("acquire timeout {timeout}", timeout = view::seconds(self.timeout()));
        let hand = Hand::body();
        let right = (x + hand.width(&words) / 2).min(plot.right).max(plot.left + hand.width(&words));
        write(paper, &words, (right, plot.top - 34), hand.ending())
    }

    fn draw_curve<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        plot: &Plot,
        curve: &Waits<'_>,
    ) -> Stroke<DB> {
        let (pixels, color) = (self.pixels(plot, curve), hue(curve.lane.scope.name()));
        let end = pixels.last().copied();
        line(paper, pixels, color, 5)?;
        match (end, curve.ends()) {
            (Some(end), CurveEnd::CutOff) => open_end(paper, end, color),
            _ => Ok(()),
        }
    }
}

impl AcquireWait<'_> {
    /// What the curves say at a time, for whoever points at it.
    fn words_at(&self, time: f64) -> String {
        let measured = (time * 1e9 * self.view.record.plan.time_scale.factor()) as u64;
        let told = self.curves.iter().filter(|curve| curve.count() > 0).map(|curve| {
            let share = curve.steps.iter().take_while(|(at, _)| *at <= measured).last();
            format!("{} {}", curve.lane.scope, units::percent(share.map_or(1.0, |(_, share)| *share)))
        });
        say!(
            "waited longer than {time}: {told}",
            time = view::seconds(time),
            told = told.collect::<Vec<_>>().join(", ")
        )
    }

    fn draw_keys<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let at = |index: usize| (MARGIN, TOP + 10 + KEY * index as i32);
        for (index, (curve, twin)) in self.curves.iter().zip(&self.twins).enumerate() {
            let twin = twin.as_ref().map(|twin| say!(" · twin: {twin}", twin = twin.in_few_words()));
            let words = curve.in_words(self.view.figures) + &twin.unwrap_or_default();
            keys(paper, at(index), &[(Mark::Line, hue(curve.lane.scope.name()), &words)])?;
        }
        if self.played().next().is_some() {
            let twin = word("the twin, at nominal times with the measured holds");
            keys(
                paper,
                at(self.curves.len()),
                &[(Mark::Line, MUTED, word("measured")), (Mark::Broken, MUTED, twin)],
            )?;
        }
        let under = (MARGIN, at(0).1 + KEY * self.key_lines());
        write(paper, word("share that waited longer"), under, Hand::of(em::TICK).in_color(MUTED))
    }

    /// The curve of the twin, thin and darker, so that it can be seen where both are one. Who did not
    /// wait at all is left of any time.
    fn draw_twin<DB: DrawingBackend>(&self, paper: &Paper<DB>, plot: &Plot, twin: &Waits<'_>) -> Stroke<DB> {
        if !twin.any() {
            return Ok(());
        }
        let waited = twin.steps.iter().take_while(|(time, _)| *time == 0).last().map_or(1.0, |it| it.1);
        let steps = twin.steps.iter().filter(|(time, _)| *time > 0);
        let steps = steps.map(|(time, share)| (at_nominal(*time), *share));
        let last = twin.steps.last().map_or(1.0, |(_, share)| *share);
        let points = std::iter::once((0.0, waited)).chain(steps).chain([(at_nominal(twin.end), last)]);
        broken(paper, &plot.stairs(points), dark(hue(twin.lane.scope.name())), 4)
    }
}

/// Seconds of a time of the twin.
fn at_nominal(nanos: u64) -> f64 {
    nanos as f64 / 1e9
}

impl Picture for AcquireWait<'_> {
    fn name(&self) -> String {
        format!("acquire-wait-{}", self.view.stem)
    }

    fn title(&self) -> String {
        say!("How long requests waited for a connection · {pool}", pool = self.view.pool)
    }

    fn explains(&self) -> String {
        let twin = match self.played().next() {
            Some(_) => word(
                " The broken line in a darker shade of the colour is the twin: the same arrivals, played \
                 in virtual time at nominal times with the measured holds; it hands out a connection in no \
                 time.",
            ),
            None => "",
        };
        say!(
            "The share of requests that waited for a connection longer than a time, both axes logarithmic. \
             A curve that ends in an open circle was cut off there: the requests that are left timed out \
             or were still waiting, and how long they would have waited is not known.{twin} What a pool \
             itself takes does not scale, so the shortest waits look longer than at full time. \
             {time_sentence}",
            twin,
            time_sentence = view::time_sentence(self.view.record)
        )
    }

    fn sees(&self) -> String {
        word(
            "A line that stays high to the right is requests that wait in vain; one that falls early is a \
             connection at once.",
        )
        .to_owned()
    }

    fn height(&self, width: i32) -> i32 {
        self.plot(width).bottom + 110 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let scale = self.view.record.plan.time_scale;
        frame(paper, self.view.record, &self.title())?;
        self.draw_keys(paper)?;
        let plot = self.plot(paper.width());
        if self.curves.iter().all(|curve| curve.count() == 0) {
            return nothing(paper, word("no request asked for a connection"), (plot.left, plot.top + 60));
        }
        plot.draw_axes(paper)?;
        let second = scale.scaled(Duration::from_secs(1));
        let second = view::measured(u64::try_from(second.as_nanos()).unwrap_or(u64::MAX));
        plot.name_columns(
            paper,
            &say!("waited longer than, nominal time (1 s was driven as {second})", second),
        )?;
        self.draw_timeout(paper, &plot)?;
        for curve in self.curves.iter().filter(|curve| curve.count() > 0) {
            self.draw_curve(paper, &plot, curve)?;
        }
        self.played().try_for_each(|twin| self.draw_twin(paper, &plot, twin))?;
        plot.point_at(paper, |time| self.words_at(time))
    }
}
