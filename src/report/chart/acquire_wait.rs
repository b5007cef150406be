//! How long requests waited for a connection: the share that waited longer than each time.

use plotters::backend::DrawingBackend;

use super::ChartError;
use super::axis::Axis;
use super::paper::{Hand, Mark, Point, dashes, keys, line, open_end, write};
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, KEY, TOP, frame, nothing};
use super::style::{INK, MARGIN, MUTED, WIDTH, em, hue};
use super::view::{self, PoolView};
use crate::analyse::Survival;
use crate::archive::LaneRecord;
use crate::record::Durations;
use crate::units::{self, Quantile};

/// The acquire wait of one pool.
pub(super) struct AcquireWait<'a> {
    view: &'a PoolView<'a>,
    curves: Vec<Curve<'a>>,
}

struct Curve<'a> {
    lane: &'a LaneRecord,
    survival: Survival,
    least: u64,
    longest: u64,
    /// The longest wait whose end was seen: beyond it the curve is not known.
    seen: u64,
}

const PLOT: i32 = 660;

impl<'a> AcquireWait<'a> {
    /// Reads the waits of a pool's lanes.
    pub(super) fn of(view: &'a PoolView<'a>) -> Result<Self, ChartError> {
        let curves = view.lanes.iter().map(|lane| {
            let wait = &lane.measured.acquire_wait;
            let durations = Durations { seen: wait.seen.histogram()?, censored: wait.censored.histogram()? };
            let (seen, censored) = (&durations.seen, &durations.censored);
            let least = [seen, censored].into_iter().filter(|h| h.count() > 0).map(|h| h.least()).min();
            Ok(Curve {
                lane,
                survival: Survival::of(&durations),
                least: least.unwrap_or(0),
                longest: seen.greatest().max(censored.greatest()),
                seen: seen.greatest(),
            })
        });
        Ok(Self { view, curves: curves.collect::<Result<_, ChartError>>()? })
    }

    fn plot(&self) -> Plot {
        let nominal = |nanos| view::nominal(self.view.record, nanos);
        let some = || self.curves.iter().filter(|curve| curve.survival.count() > 0);
        let timeout = self.view.record.plan.acquire_timeout().as_secs_f64();
        let least = some().map(|curve| nominal(curve.least)).fold(timeout.max(1e-3), f64::min);
        let most = some().map(|curve| nominal(curve.longest)).fold(timeout, f64::max);
        let count = some().map(|curve| curve.survival.count()).max().unwrap_or(100);
        let top = TOP + KEY * (self.curves.len() as i32 + 1) + 50;
        Plot {
            left: MARGIN + 120,
            top,
            right: WIDTH - MARGIN - 30,
            bottom: top + PLOT,
            // From a whole decade, so that a curve does not start at the border.
            x: Axis::decades_of_time(10_f64.powf(least.max(1e-9).log10().floor()), most * 1.6),
            // The last request to go is one in all of them.
            y: Axis::decades_of_share((0.5 / count as f64).clamp(1e-6, 0.005)),
        }
    }
}

impl Curve<'_> {
    /// `request-scoped: half waited > 30 s, p99 > 30 s; 98 % of 3,600 gave up or were cut off`.
    fn in_words(&self, view: &PoolView<'_>) -> String {
        let scale = view.record.plan.scale();
        let quantile = |quantile| {
            let known = self.survival.quantile(quantile)?;
            Some(known.map(|measured| scale.nominal(measured)).to_string())
        };
        let scope = &self.lane.scope;
        let (Some(median), Some(p99)) = (quantile(Quantile::P50), quantile(Quantile::P99)) else {
            return format!("{scope}: no request asked for a connection");
        };
        let (cut, all) = (self.survival.censored(), self.survival.count());
        let unserved = match cut {
            0 => format!("all {} got a connection", units::count(all)),
            cut => format!(
                "{} of {} never got one ({})",
                units::count(cut),
                units::count(all),
                view::share(cut as f64, all as f64)
            ),
        };
        format!("{scope}: median {median}, p99 {p99}; {unserved}")
    }

    fn pixels(&self, plot: &Plot, view: &PoolView<'_>) -> Vec<Point> {
        let steps = self.survival.steps().map(|(time, share)| {
            (view::nominal(view.record, u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)), share)
        });
        let start = view::nominal(view.record, self.least);
        let mut pixels = plot.stairs([(0.0, 1.0), (start, 1.0)].into_iter().chain(steps));
        if let Some(last) = pixels.last().copied() {
            pixels.push((plot.column(view::nominal(view.record, self.longest)), last.1));
        }
        pixels
    }
}

impl Picture for AcquireWait<'_> {
    fn name(&self) -> String {
        format!("acquire-wait-{}", self.view.stem)
    }

    fn title(&self) -> String {
        format!("How long requests waited for a connection · {}", self.view.pool)
    }

    fn explains(&self) -> String {
        format!(
            "The share of requests (down, logarithmic) that waited longer than a time (across, logarithmic, {}). A \
             curve that ends in an open circle was cut off there: those requests timed out or were still waiting, \
             so how long they would have waited is not known. What the pool itself costs does not scale with time, \
             so the shortest waits look longer than they would at full time.",
            view::time_words(self.view.record),
        )
    }

    fn height(&self) -> i32 {
        TOP + KEY * (self.curves.len() as i32 + 1) + 50 + PLOT + 110 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let record = self.view.record;
        frame(paper, record, &self.title())?;
        for (index, curve) in self.curves.iter().enumerate() {
            let at = (MARGIN, TOP + 10 + KEY * index as i32);
            keys(paper, at, &[(Mark::Line, hue(&curve.lane.scope), &curve.in_words(self.view))])?;
        }
        let plot = self.plot();
        if self.curves.iter().all(|curve| curve.survival.count() == 0) {
            return nothing(paper, "no request asked for a connection", (plot.left, plot.top + 60));
        }
        let under = TOP + 10 + KEY * self.curves.len() as i32;
        write(paper, "share that waited longer", (MARGIN, under), Hand::of(em::TICK).in_color(MUTED))?;
        plot.draw_axes(paper)?;
        let second =
            view::measured(record.plan.scale().scaled(std::time::Duration::from_secs(1)).as_nanos() as u64);
        plot.name_columns(paper, &format!("waited longer than, nominal time (1 s was driven as {second})"))?;
        let timeout = record.plan.acquire_timeout().as_secs_f64();
        if timeout > 0.0 {
            let x = plot.column(timeout);
            dashes(paper, (x, plot.top - 8), (x, plot.bottom), INK)?;
            let words = format!("acquire timeout {}", view::seconds(timeout));
            write(paper, &words, (x + 16, plot.top - 28), Hand::body().centred())?;
        }
        for curve in self.curves.iter().filter(|curve| curve.survival.count() > 0) {
            let (pixels, color) = (curve.pixels(&plot, self.view), hue(&curve.lane.scope));
            let end = pixels.last().copied();
            line(paper, pixels, color, 5)?;
            if let (Some(end), true) = (end, curve.longest > curve.seen) {
                open_end(paper, end, color)?;
            }
        }
        Ok(())
    }
}
