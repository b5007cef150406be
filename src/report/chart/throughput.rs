//! Completed requests over time, against the rate that was offered.

use plotters::backend::DrawingBackend;

use super::axis::Axis;
use super::hand::{Hand, write};
use super::key::{Mark, keys};
use super::plot::{Plot, value_at};
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, KEY, TOP, frame, nothing, shade_phases};
use super::strokes::{dashes, line};
use super::style::{INK, MARGIN, MUTED, em, hue};
use super::view::{self, PoolView};
use crate::analyse::{Act, Figures, Metric};
use crate::archive::{LaneTape, Run};
use crate::record::Slice;
use crate::report::lang::{say, word};
use crate::report::words;
use crate::units;

/// The throughput of one pool.
pub(super) struct Throughput<'a>(pub(super) &'a PoolView<'a>);

const PLOT: i32 = 620;
/// Fewer bins than this hide bursts, more of them show noise alone.
const BINS: usize = 60;

/// Time in nominal seconds, and requests completed per nominal second from then on.
type Curve = Vec<(f64, f64)>;

/// Slices a bin.
fn bin(lane: &LaneTape) -> usize {
    lane.tape.series.slices.len().div_ceil(BINS).max(1)
}

/// Bins of this many slices; what is left at the end joins the last one, because a burst in a
/// bin that is too short would look like a high rate.
fn bins(slices: &[Slice], bin: usize) -> impl Iterator<Item = &[Slice]> {
    let whole = (slices.len() / bin).max(1);
    (0..whole).map(move |index| {
        let end = if index + 1 == whole { slices.len() } else { (index + 1) * bin };
        &slices[index * bin..end]
    })
}

fn curve(record: &Run, lane: &LaneTape) -> Curve {
    let series = &lane.tape.series;
    let step = view::nominal(record, series.step);
    if step <= 0.0 || series.slices.is_empty() {
        return Curve::new();
    }
    // A bin starts with the measured span, so that none mixes it with the warm-up.
    let bin = bin(lane);
    let slices = lane.tape.window.from / series.step.max(1) % bin as u64;
    let (first, others) = series.slices.split_at((slices as usize).min(series.slices.len()));
    let (mut at, mut last) = (0.0, 0.0);
    let mut curve = Curve::new();
    for slices in std::iter::once(first).chain(bins(others, bin)).filter(|slices| !slices.is_empty()) {
        let length = slices.len() as f64 * step;
        last = slices.iter().map(|slice| slice.completed as f64).sum::<f64>() / length;
        curve.push((at, last));
        at += length;
    }
    curve.push((at, last));
    curve
}

/// `repository-scoped: 4.98/s completed in the measured span, 100 % of the requests due`.
fn in_words(figures: &Figures, lane: &LaneTape) -> String {
    let told = |metric| {
        let figure = figures.at(Act::SideBySide, &lane.pool, lane.scope, metric)?;
        words::at_nominal(figure)
    };
    let rate = told(Metric::ThroughputCounted).unwrap_or_else(|| word("nothing").to_owned());
    let served =
        told(Metric::ServedShare).map(|served| say!("; {served} of the requests due were served", served));
    say!(
        "{scope}: {rate} completed in the measured span{served}",
        scope = lane.scope,
        rate,
        served = served.unwrap_or_default()
    )
}

impl Throughput<'_> {
    fn plot(&self, width: i32, curves: &[Curve]) -> Plot {
        let points = || curves.iter().flatten();
        let offered = self.0.record.plan.load.rate.as_per_second();
        let most =
            points().map(|point| point.1).fold(if offered.is_finite() { offered } else { 0.0 }, f64::max);
        let end = points().map(|point| point.0).fold(0.0, f64::max);
        let top = TOP + KEY * (self.0.lanes.len() as i32 + 1) + 50;
        Plot {
            left: MARGIN + 90,
            top,
            right: width - MARGIN - 10,
            bottom: top + PLOT,
            x: Axis::even(0.0, end, 8),
            y: Axis::even(0.0, most * 1.08, 5),
        }
    }
}

impl Picture for Throughput<'_> {
    fn name(&self) -> String {
        format!("throughput-{}", self.0.stem)
    }

    fn title(&self) -> String {
        say!("Throughput over time · {pool}", pool = self.0.pool)
    }

    fn explains(&self) -> String {
        let lane = self.0.lanes.first();
        let bin = lane.map_or(0, |lane| lane.tape.series.step.saturating_mul(bin(lane) as u64));
        say!(
            "Requests completed per second, in bins of {bin}, against the offered rate (dashed): a scope \
             that keeps up stays near the dashed line. Both scopes were offered the same arrivals, which \
             end with the measured span; the drain lets requests finish that are under way. Axes start at \
             zero. {time_sentence}",
            bin = view::seconds(view::nominal(self.0.record, bin)),
            time_sentence = view::time_sentence(self.0.record)
        )
    }

    fn sees(&self) -> String {
        word(
            "A line near the broken one keeps up with what is offered; one far below it turns requests \
             away.",
        )
        .to_owned()
    }

    fn height(&self, _width: i32) -> i32 {
        TOP + KEY * (self.0.lanes.len() as i32 + 1) + 50 + PLOT + 110 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let record = self.0.record;
        frame(paper, record, &self.title())?;
        let curves: Vec<Curve> = self.0.lanes.iter().map(|lane| curve(record, lane)).collect();
        let plot = self.plot(paper.width(), &curves);
        let words: Vec<String> = self.0.lanes.iter().map(|lane| in_words(self.0.figures, lane)).collect();
        for (index, (lane, words)) in self.0.lanes.iter().zip(&words).enumerate() {
            let at = (MARGIN, TOP + 10 + KEY * index as i32);
            keys(paper, at, &[(Mark::Line, hue(lane.scope.name()), words)])?;
        }
        let under = TOP + 10 + KEY * self.0.lanes.len() as i32;
        let offered = record.plan.load.rate.as_per_second();
        let words = if paper.is_page() {
            word("the offered rate")
        } else {
            word("completed requests per second, nominal; dashed: the offered rate")
        };
        let words = say!(
            "{words}, {offered}/s until the end of the measured span",
            words,
            offered = units::number(offered)
        );
        if paper.is_page() {
            keys(paper, (MARGIN, under), &[(Mark::Broken, INK, &words)])?;
        } else {
            write(paper, &words, (MARGIN, under), Hand::of(em::TICK).in_color(MUTED))?;
        }
        if curves.iter().all(Vec::is_empty) {
            return nothing(paper, word("no series was kept"), (plot.left, plot.top + 60));
        }
        shade_phases(paper, &plot, record, &self.0.lanes)?;
        plot.draw_rows(paper)?;
        plot.name_columns(paper, word("seconds of nominal time since the start of the act"))?;
        if offered.is_finite() && offered > 0.0 {
            let end = self.0.lanes.iter().map(|lane| view::window(record, lane).1).fold(0.0, f64::max);
            dashes(paper, plot.at(0.0, offered), plot.at(end, offered), INK)?;
        }
        plot.zoomed(paper, "act", || {
            for (lane, curve) in self.0.lanes.iter().zip(&curves) {
                line(paper, plot.stairs(curve.iter().copied()), hue(lane.scope.name()), 5)?;
            }
            plot.point_at(paper, |at| {
                let told =
                    self.0.lanes.iter().zip(&curves).map(|(lane, curve)| {
                        format!("{} {}/s", lane.scope, units::number(value_at(curve, at)))
                    });
                say!("at {at}: {told}", at = view::seconds(at), told = told.collect::<Vec<_>>().join(", "))
            })
        })
    }
}
