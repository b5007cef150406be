//! Throughput at saturation: a bar for each pool and scope, from zero.

use plotters::backend::DrawingBackend;

use super::axis::Axis;
use super::paper::{Hand, fill, line, write};
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, TOP, frame};
use super::style::{INK, MARGIN, MUTED, WIDTH, em, hue};
use super::view;
use crate::archive::{LaneRecord, RunRecord};
use crate::itinerary::SessionScope;
use crate::units;

/// The closed loop of all pools.
pub(super) struct Capacity<'a> {
    record: &'a RunRecord,
    bars: Vec<Bar<'a>>,
}

struct Bar<'a> {
    lane: &'a LaneRecord,
    rate: f64,
    /// What the pool could carry if holding cost nothing but its nominal time.
    ceiling: Option<f64>,
}

/// More bars than this are a table.
const MOST_BARS: usize = 16;
const BAR: i32 = 100;

impl<'a> Capacity<'a> {
    /// The lanes of the closed loop that have a measured span; nothing when there are none.
    pub(super) fn of(record: &'a RunRecord) -> Option<Self> {
        let bars = record.capacity.iter().filter_map(|lane| bar(record, lane)).take(MOST_BARS);
        let bars: Vec<Bar<'_>> = bars.collect();
        (!bars.is_empty()).then_some(Self { record, bars })
    }

    fn plot(&self) -> Plot {
        let most =
            self.bars.iter().flat_map(|bar| [Some(bar.rate), bar.ceiling]).flatten().fold(0.0, f64::max);
        Plot {
            left: 430,
            top: TOP,
            right: WIDTH - MARGIN - 440,
            bottom: TOP + 20 + self.bars.len() as i32 * BAR,
            x: Axis::even(0.0, most, 5),
            y: Axis::even(0.0, 1.0, 1),
        }
    }

    /// How many times the first scope of the same pool.
    fn against_first(&self, bar: &Bar<'_>) -> Option<f64> {
        let first = self.bars.iter().find(|other| other.lane.pool == bar.lane.pool)?;
        let ratio = bar.rate / first.rate;
        (!std::ptr::eq(first, bar) && ratio.is_finite()).then_some(ratio)
    }
}

fn bar<'a>(record: &RunRecord, lane: &'a LaneRecord) -> Option<Bar<'a>> {
    let (from, to) = view::window(record, lane);
    let rate = lane.completed_in_window as f64 / (to - from);
    let scope: Option<SessionScope> = lane.scope.parse().ok();
    let hold = scope.map(|scope| record.plan.itinerary(scope).hold_time().as_secs_f64());
    let ceiling = hold.map(|hold| f64::from(record.plan.pool.size) / hold).filter(|rate| rate.is_finite());
    rate.is_finite().then_some(Bar { lane, rate, ceiling })
}

impl Picture for Capacity<'_> {
    fn name(&self) -> String {
        "capacity".into()
    }

    fn title(&self) -> String {
        format!("Throughput of {} connections at saturation", self.record.plan.pool.size)
    }

    fn explains(&self) -> String {
        format!(
            "Requests completed per second of nominal time when there are always enough callers to keep the pool \
             full. The thin line is what the itinerary allows: pool size ÷ hold time. Bars start at zero, on \
             an even axis; a bar that cannot be seen is a rate that small. {}",
            view::time_sentence(self.record),
        )
    }

    fn height(&self) -> i32 {
        self.plot().bottom + 120 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        frame(paper, self.record, &self.title())?;
        let plot = self.plot();
        plot.draw_columns(paper)?;
        plot.name_columns(paper, "completed requests per second, nominal")?;
        for (index, bar) in self.bars.iter().enumerate() {
            self.draw_bar(paper, &plot, bar, plot.top + 10 + index as i32 * BAR)?;
        }
        line(paper, vec![(plot.left, plot.top), (plot.left, plot.bottom)], MUTED, 2)
    }
}

impl Capacity<'_> {
    fn draw_bar<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        plot: &Plot,
        bar: &Bar<'_>,
        top: i32,
    ) -> Stroke<DB> {
        let (color, middle) = (hue(&bar.lane.scope), top + BAR / 2);
        let hand = Hand::body().ending();
        let room = plot.left - MARGIN - 20;
        let scope = hand.bold().in_color(color);
        write(paper, &scope.fit(&bar.lane.scope, room), (plot.left - 20, middle - 18), scope)?;
        let small = Hand::of(em::TICK).in_color(MUTED).ending();
        write(paper, &small.fit(&bar.lane.pool, room), (plot.left - 20, middle + 18), small)?;
        let end = plot.column(bar.rate).max(plot.left + 3);
        fill(paper, (plot.left, middle - 28), (end, middle + 28), color)?;
        let mut right = end;
        if let Some(ceiling) = bar.ceiling {
            let x = plot.column(ceiling);
            line(paper, vec![(x, middle - 38), (x, middle + 38)], INK, 3)?;
            right = right.max(x);
        }
        let ratio = self.against_first(bar).map(|ratio| format!(", {} times as many", units::number(ratio)));
        let words = format!("{}/s{}", units::number(bar.rate), ratio.unwrap_or_default());
        write(paper, &words, (right + 20, middle - 18), Hand::body().bold())?;
        let allowed = bar.ceiling.map(|rate| format!("itinerary allows {}/s", units::number(rate)));
        let small = Hand::of(em::TICK).in_color(MUTED);
        write(paper, &allowed.unwrap_or_default(), (right + 20, middle + 18), small)
    }
}
