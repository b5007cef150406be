//! Throughput at saturation: a bar for each pool and scope, from zero.

use plotters::backend::DrawingBackend;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::style::RGBColor;

use super::axis::Axis;
use super::hand::{Hand, write};
use super::key::{Mark, keys};
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, KEY, TOP, frame};
use super::strokes::{diamond, fill, line, pointer};
use super::style::{INK, MARGIN, MUTED, WIDTH, em, hue};
use super::view;
use crate::analyse::{Act, Figures, Metric, Reading, Side};
use crate::archive::{LaneTape, Run};
use crate::plan::{Plan, Seen};
use crate::report::View;
use crate::report::lang::{say, word};
use crate::units;

/// The closed loop of all pools.
pub(super) struct Capacity<'a> {
    record: &'a Run,
    bars: Vec<Bar<'a>>,
    /// The pools whose lanes can be compared.
    compared: Vec<&'a str>,
}

struct Bar<'a> {
    lane: &'a LaneTape,
    rate: f64,
    /// What theory expects: pool size ÷ planned hold.
    theory: Option<f64>,
    /// What the twin completed.
    twin: Option<f64>,
    /// How many times the throughput of the first session scope that of the last one is.
    ratio: Option<f64>,
    /// What was claimed of the last session scope, beside theory of the first.
    claimed: Option<f64>,
}

/// More bars than this are a table.
const MOST_BARS: usize = 16;
const BAR: i32 = 100;
const NARROW_BAR: i32 = 200;

/// Whether names and numbers have no room beside a bar.
fn is_narrow(width: i32) -> bool {
    width < WIDTH
}

fn bar_height(width: i32) -> i32 {
    if is_narrow(width) { NARROW_BAR } else { BAR }
}

impl<'a> Capacity<'a> {
    /// The lanes of the closed loop that have a measured span; nothing when there are none.
    pub(super) fn of(View { record, summary }: View<'a>) -> Option<Self> {
        let bars = record.capacity.iter().filter_map(|lane| bar(&record.plan, lane, &summary.figures));
        let bars: Vec<Bar<'_>> = bars.take(MOST_BARS).collect();
        let sound = summary.capacity.iter().filter(|pool| pool.unsound().is_none());
        let compared = sound.map(|pool| pool.pool.as_str()).collect();
        (!bars.is_empty()).then_some(Self { record, bars, compared })
    }

    fn plot(&self, width: i32) -> Plot {
        let rates = self.bars.iter().flat_map(|bar| [Some(bar.rate), bar.theory, bar.twin, bar.claimed]);
        let top = TOP + KEY + 20;
        let narrow = is_narrow(width);
        Plot {
            left: if narrow { MARGIN } else { 430 },
            top,
            right: if narrow { width - MARGIN } else { width - MARGIN - 600 },
            bottom: top + 20 + self.bars.len() as i32 * bar_height(width),
            x: Axis::even(0.0, rates.flatten().fold(0.0, f64::max), 5),
            y: Axis::even(0.0, 1.0, 1),
        }
    }

    /// The marks that any bar has.
    fn key(&self) -> Vec<(Mark, RGBColor, &'static str)> {
        let any = |rate: fn(&Bar<'_>) -> Option<f64>| self.bars.iter().any(|bar| rate(bar).is_some());
        let twin = word("the twin, with the measured holds");
        [
            (any(|bar| bar.theory), Mark::Upright, word("theory: pool size ÷ planned hold")),
            (any(|bar| bar.twin), Mark::Diamond, twin),
            (any(|bar| bar.claimed), Mark::Pointer, word("claimed ratio × theory of the first")),
        ]
        .into_iter()
        .filter_map(|(shown, mark, words)| shown.then_some((mark, INK, words)))
        .collect()
    }

    /// How many times the first scope of the same pool; nothing where requests failed by accident.
    fn against_first(&self, bar: &Bar<'_>) -> Option<f64> {
        self.compared.iter().find(|pool| **pool == bar.lane.pool)?;
        if self.record.plan.scopes.last() == Some(&bar.lane.scope) {
            return bar.ratio;
        }
        let first = self.bars.iter().find(|other| other.lane.pool == bar.lane.pool)?;
        let ratio = bar.rate / first.rate;
        (!std::ptr::eq(first, bar) && ratio.is_finite()).then_some(ratio)
    }
}

/// A bar with what was expected of it: the rates of theory and the twin, and the ratio that was claimed.
/// Rates are nominal; nothing of a lane without a measured span.
fn bar<'a>(plan: &Plan, lane: &'a LaneTape, figures: &Figures) -> Option<Bar<'a>> {
    let side =
        |scope| figures.at(Act::Capacity, &lane.pool, scope, Metric::ThroughputCounted)?.nominal.as_ref();
    let number = |reading: Option<Reading>| Some(reading?.number()).filter(|rate| rate.is_finite());
    let Side { theory, twin, .. } = side(lane.scope)?;
    // From holds, as the table: a count ÷ time scale would count the overhead of each hold many times over.
    let metric = match plan.seen() {
        Seen::FromInside => Metric::ThroughputFromHolds,
        Seen::FromOutside => Metric::ThroughputCounted,
    };
    let rate = figures.at(Act::Capacity, &lane.pool, lane.scope, metric)?.at_nominal()?.value.number();
    let first = plan.scopes.first().and_then(|first| number(side(*first)?.theory));
    let ratio = figures.pair(Act::Capacity, &lane.pool, Metric::ThroughputRatio);
    let claimed = ratio.filter(|_| plan.scopes.last() == Some(&lane.scope)).and_then(|it| it.claimed);
    let claimed = claimed.filter(|ratio| ratio.is_finite()).zip(first).map(|(ratio, first)| ratio * first);
    Some(Bar {
        lane,
        rate,
        theory: number(*theory),
        twin: number(*twin),
        ratio: ratio.and_then(|it| Some(it.at_nominal()?.value.number())),
        claimed,
    })
}

impl Picture for Capacity<'_> {
    fn name(&self) -> String {
        "capacity".into()
    }

    fn title(&self) -> String {
        match self.record.plan.seen() {
            Seen::FromInside => {
                say!("Throughput of {size} connections at saturation", size = self.record.plan.pool.size)
            }
            Seen::FromOutside => word("Throughput of the services under the closed loop").to_owned(),
        }
    }

    fn explains(&self) -> String {
        if self.record.plan.seen() == Seen::FromOutside {
            return say!(
                "Requests completed per second of nominal time when each caller sends its next request as \
                 soon as the last one has its answer. Whether a service was saturated is not visible. \
                 {time_sentence}",
                time_sentence = view::time_sentence(self.record)
            );
        }
        say!(
            "Requests completed per second of nominal time when there are always enough callers to keep \
             the pool full. Marks on a bar are what was expected of it; where they lie on its end, all \
             agree. Bars start at zero, on an even axis; a bar that cannot be seen is a rate that small. \
             {time_sentence}",
            time_sentence = view::time_sentence(self.record)
        )
    }

    fn sees(&self) -> String {
        word(
            "The same connections, never idle: the longer bar is what they carry when no request holds one \
             for nothing.",
        )
        .to_owned()
    }

    fn height(&self, width: i32) -> i32 {
        self.plot(width).bottom + 120 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        frame(paper, self.record, &self.title())?;
        let plot = self.plot(paper.width());
        keys(paper, (MARGIN, TOP + 10), &self.key())?;
        plot.draw_columns(paper)?;
        plot.name_columns(paper, word("completed requests per second, nominal"))?;
        for (index, bar) in self.bars.iter().enumerate() {
            self.draw_bar(paper, &plot, bar, plot.top + 10 + index as i32 * bar_height(paper.width()))?;
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
        let color = hue(bar.lane.scope.name());
        let narrow = is_narrow(paper.width());
        // On a narrow screen a bar has its names above it and its numbers below.
        let middle = if narrow { top + 70 } else { top + BAR / 2 };
        let names = if narrow { Hand::body() } else { Hand::body().ending() }.bold().in_color(color);
        let small = Hand::of(em::TICK).in_color(MUTED);
        if narrow {
            write(paper, bar.lane.scope.name(), (plot.left, middle - 50), names)?;
            write(paper, &bar.lane.pool, (plot.right, middle - 50), small.ending())?;
        } else {
            let room = plot.left - MARGIN - 20;
            let at = |y: i32| (plot.left - 20, y);
            write(paper, &names.fit(bar.lane.scope.name(), room), at(middle - 18), names)?;
            write(paper, &small.ending().fit(&bar.lane.pool, room), at(middle + 18), small.ending())?;
        }
        let end = plot.column(bar.rate).max(plot.left + 3);
        paper.noted(
            || format!("{}, {}: {}/s", bar.lane.pool, bar.lane.scope, units::number(bar.rate)),
            || fill(paper, (plot.left, middle - 28), (end, middle + 28), color),
        )?;
        let marks = self.draw_marks(paper, plot, bar, middle)?;
        let right = end.max(marks);
        let ratio = self
            .against_first(bar)
            .map(|ratio| say!(", {ratio} times as many", ratio = units::number(ratio)));
        let words = format!("{}/s{}", units::number(bar.rate), ratio.unwrap_or_default());
        let (x, first) = if narrow { (plot.left, middle + 54) } else { (right + 24, middle - 18) };
        write(paper, &words, (x, first), Hand::body().bold())?;
        let expected =
            [(word("theory"), bar.theory), (word("twin"), bar.twin), (word("claimed"), bar.claimed)];
        let expected: Vec<String> = expected
            .into_iter()
            .filter_map(|(who, rate)| Some(format!("{who} {}/s", units::number(rate?))))
            .collect();
        write(paper, &expected.join(" · "), (x, first + 36), small)
    }

    /// Marks what was expected, each by a shape of its own, and tells how far to the right they go.
    fn draw_marks<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        plot: &Plot,
        bar: &Bar<'_>,
        middle: i32,
    ) -> Result<i32, DrawingAreaErrorKind<DB::ErrorType>> {
        let mut right = plot.left;
        let mut column = |rate: f64| {
            let x = plot.column(rate);
            right = right.max(x);
            x
        };
        if let Some(x) = bar.theory.map(&mut column) {
            line(paper, vec![(x, middle - 38), (x, middle + 38)], INK, 3)?;
        }
        if let Some(x) = bar.claimed.map(&mut column) {
            pointer(paper, (x, middle - 26), 12, INK)?;
        }
        if let Some(x) = bar.twin.map(&mut column) {
            diamond(paper, (x, middle), 16, INK)?;
            right = right.max(x + 12);
        }
        Ok(right)
    }
}
