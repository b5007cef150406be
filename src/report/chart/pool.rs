//! Connections in use and requests waiting over time, as the driver counted them.

use plotters::backend::DrawingBackend;

use super::axis::Axis;
use super::hand::{Hand, head, write};
use super::key::{Mark, keys};
use super::peaks;
use super::plot::{Plot, value_at};
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, KEY, TOP, frame, nothing, shade_phases};
use super::strokes::line;
use super::style::{INK, MARGIN, em, hue};
use super::view::{self, PoolView};
use crate::archive::Run;
use crate::record::{Series, Slice};
use crate::report::lang::{say, word};
use crate::units;

/// The gauges of one pool.
pub(super) struct Pool<'a>(pub(super) &'a PoolView<'a>);

const PLOT: i32 = 380;
const HEAD: i32 = 100;
/// One gauge of a lane: time in nominal seconds, and the count.
fn gauge(record: &Run, series: &Series, count: fn(&Slice) -> u32) -> Vec<(f64, f64)> {
    let step = view::nominal(record, series.step);
    if step <= 0.0 {
        return Vec::new();
    }
    // A gauge is read at the end of its slice.
    let all = series.slices.iter().zip(1_u32..);
    let all: Vec<(f64, f64)> =
        all.map(|(slice, end)| (f64::from(end) * step, f64::from(count(slice)))).collect();
    peaks::thinned(&all, |(_, count)| [*count, -count])
}

struct Panel<'a> {
    title: &'static str,
    counts: fn(&Slice) -> u32,
    limit: Option<(u32, &'a str)>,
}

impl Pool<'_> {
    /// What a reader of a long run has to know.
    fn thinned(&self) -> String {
        let series = self.0.lanes.iter().map(|lane| &lane.tape.series);
        let binned = series.map(|series| (peaks::bin(series.slices.len(), 2), series));
        let Some((bin, series)) = binned.max_by_key(|(bin, _)| *bin).filter(|(bin, _)| *bin > 1) else {
            return String::new();
        };
        let length = view::seconds(view::nominal(self.0.record, series.step.saturating_mul(bin as u64)));
        say!(
            " The run is long: of every {bin} readings, {length}, the highest and the lowest are drawn, so that no peak is lost.",
            bin = units::count(bin as u64),
            length
        )
    }

    fn draw_panel<DB: DrawingBackend>(&self, paper: &Paper<DB>, panel: &Panel<'_>, top: i32) -> Stroke<DB> {
        let record = self.0.record;
        head(paper, panel.title, (MARGIN, top - HEAD + 30), INK)?;
        let curves: Vec<_> =
            self.0.lanes.iter().map(|lane| gauge(record, &lane.tape.series, panel.counts)).collect();
        let points = || curves.iter().flatten();
        let least = panel.limit.map_or(1.0, |(size, _)| f64::from(size));
        let most = points().map(|point| point.1).fold(least, f64::max);
        let plot = Plot {
            left: MARGIN + 90,
            top,
            right: paper.width() - MARGIN - 10,
            bottom: top + PLOT,
            x: Axis::even(0.0, points().map(|point| point.0).fold(0.0, f64::max), 8),
            y: Axis::counts(most * 1.12, 4),
        };
        if curves.iter().all(Vec::is_empty) {
            return nothing(paper, word("no gauges were kept"), (plot.left, plot.top + 60));
        }
        shade_phases(paper, &plot, record, &self.0.lanes)?;
        plot.draw_rows(paper)?;
        if let Some((size, words)) = panel.limit {
            plot.level(paper, f64::from(size), INK)?;
            let at = (plot.right - 10, plot.row(f64::from(size)) - 24);
            write(paper, words, at, Hand::of(em::TICK).ending())?;
        }
        plot.zoomed(paper, "act", || {
            for (lane, curve) in self.0.lanes.iter().zip(&curves) {
                line(paper, plot.stairs(curve.iter().copied()), hue(lane.scope.name()), 4)?;
            }
            plot.point_at(paper, |at| {
                let told =
                    self.0.lanes.iter().zip(&curves).map(|(lane, curve)| {
                        format!("{} {}", lane.scope, units::number(value_at(curve, at)))
                    });
                say!(
                    "{title} at {at}: {told}",
                    title = panel.title,
                    at = view::seconds(at),
                    told = told.collect::<Vec<_>>().join(", ")
                )
            })
        })?;
        if panel.limit.is_none() {
            plot.name_columns(paper, word("seconds of nominal time since the start of the act"))?;
        }
        Ok(())
    }
}

impl Picture for Pool<'_> {
    fn name(&self) -> String {
        format!("pool-{}", self.0.stem)
    }

    fn title(&self) -> String {
        say!("Connections in use and requests waiting · {pool}", pool = self.0.pool)
    }

    fn explains(&self) -> String {
        say!(
            "Above, how many of the connections were held; below, how many requests waited for one: each \
             panel has its own axis from zero. A pool that is always full has a queue that only the \
             acquire timeout keeps short.{thinned} {time_sentence}",
            thinned = self.thinned(),
            time_sentence = view::time_sentence(self.0.record)
        )
    }

    fn sees(&self) -> String {
        word(
            "A line that lies on the pool size is a pool with nothing left, and below it stands the line \
             that then waits.",
        )
        .to_owned()
    }

    fn height(&self, _width: i32) -> i32 {
        TOP + KEY + 2 * (HEAD + 40 + PLOT) + 120 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        frame(paper, self.0.record, &self.title())?;
        let lanes = self.0.lanes.iter();
        let entries: Vec<_> =
            lanes.map(|lane| (Mark::Line, hue(lane.scope.name()), lane.scope.name())).collect();
        keys(paper, (MARGIN, TOP + 10), &entries)?;
        let size = self.0.record.plan.pool.size;
        let words = say!("pool size {size}", size = units::count(size.into()));
        let first = TOP + KEY + HEAD + 10;
        let in_use = Panel {
            title: word("Connections in use"),
            counts: |slice| slice.in_use,
            limit: Some((size, &words)),
        };
        self.draw_panel(paper, &in_use, first)?;
        let waiting = Panel { title: word("Requests waiting"), counts: |slice| slice.waiting, limit: None };
        self.draw_panel(paper, &waiting, first + PLOT + HEAD + 80)
    }
}
