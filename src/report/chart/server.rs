//! What the server saw: states of the pool's connections over time, stacked.

use plotters::backend::DrawingBackend;
use plotters::style::RGBColor;

use super::axis::Axis;
use super::hand::{Hand, head, write};
use super::key::{Mark, keys};
use super::paper::Point;
use super::peaks;
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, TOP, aside, frame, head_room, nothing, shade_phases};
use super::strokes::{area, dashes};
use super::style::{BUSY, FREE, LOCKED, MARGIN, MUTED, WASTED, em, hue};
use super::view::{self, PoolView};
use crate::analyse::{Act, Figures, Metric};
use crate::archive::{LaneTape, Run};
use crate::report::lang::{key, say, word};
use crate::report::words;
use crate::units;

/// The server's view of one pool.
pub(super) struct Server<'a>(pub(super) &'a PoolView<'a>);

const PLOT: i32 = 420;
const HEAD: i32 = 110;
const BELOW: i32 = 75;
/// Time in nominal seconds; connections that run a statement, that wait for a lock with it, idle in
/// transaction and idle.
type Sample = (f64, [f64; 4]);

fn samples(record: &Run, lane: &LaneTape) -> Vec<Sample> {
    let server = &lane.server;
    let states = server.active.iter().zip(&server.idle_in_transaction).zip(&server.idle);
    let waiting = server.waiting_for_lock.iter().flatten().copied().chain(std::iter::repeat(0));
    let all: Vec<Sample> = server
        .at
        .iter()
        .zip(states.zip(waiting))
        .map(|(at, (((active, in_transaction), idle), waiting))| {
            let running = active.saturating_sub(waiting);
            (view::nominal(record, *at), [running, waiting, *in_transaction, *idle].map(f64::from))
        })
        .collect();
    peaks::thinned(&all, |(_, states)| *states)
}

/// The states from the bottom of the stack up.
const STATES: [(RGBColor, &str); 4] = [
    (BUSY, key("active")),
    (LOCKED, key("waiting for a lock")),
    (WASTED, key("idle in transaction")),
    (FREE, key("idle")),
];

/// The place of those that wait for a lock among the states.
const WAITING: usize = 1;

/// Whether a connection of one of the lanes was seen waiting for a lock; else nothing is said of it.
fn has_lock_waits(lanes: &[&LaneTape]) -> bool {
    lanes.iter().filter_map(|lane| lane.server.waiting_for_lock.as_ref()).flatten().any(|count| *count > 0)
}

/// Places and looks of the states that are shown.
fn shown(lanes: &[&LaneTape]) -> Vec<(usize, RGBColor, &'static str)> {
    let waits = has_lock_waits(lanes);
    let all = STATES.into_iter().enumerate().map(|(state, (color, words))| (state, color, word(words)));
    all.filter(|(state, ..)| waits || *state != WAITING).collect()
}

impl Server<'_> {
    fn draw_panel<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        lane: &LaneTape,
        top: i32,
        end: f64,
    ) -> Stroke<DB> {
        let record = self.0.record;
        let samples = samples(record, lane);
        let (from, to) = view::window(record, lane);
        let words = in_words(self.0.figures, lane);
        head(paper, &words, (MARGIN, top - HEAD + 40), hue(lane.scope.name()))?;
        let tallest = samples.iter().map(|(_, states)| states.iter().sum()).fold(0.0, f64::max);
        let most = f64::from(record.plan.pool.size).max(tallest);
        let plot = Plot {
            left: MARGIN + 70,
            top,
            right: paper.width() - MARGIN - 10,
            bottom: top + PLOT,
            x: Axis::even(0.0, end, 8),
            y: Axis::counts(most, 4),
        };
        if samples.is_empty() {
            return nothing(paper, word("the server was not sampled"), (plot.left, plot.top + 60));
        }
        shade_phases(paper, &plot, record, &[lane])?;
        plot.draw_rows(paper)?;
        let shown = shown(&self.0.lanes);
        plot.zoomed(paper, "act", || {
            for (state, color, _) in &shown {
                area(paper, band(&plot, &samples, *state), *color)?;
            }
            plot.point_at(paper, |at| {
                let after = samples.partition_point(|(time, _)| *time <= at);
                let states = samples.get(after.saturating_sub(1)).map_or([0.0; 4], |(_, states)| *states);
                let told = shown
                    .iter()
                    .map(|(state, _, words)| format!("{words} {}", units::number(states[*state])));
                say!(
                    "{scope} at {at}: {told}",
                    scope = lane.scope,
                    at = view::seconds(at),
                    told = told.collect::<Vec<_>>().join(", ")
                )
            })
        })?;
        for edge in [from, to].into_iter().filter(|edge| *edge > 0.0 && *edge < end) {
            let x = plot.column(edge);
            dashes(paper, (x, plot.top), (x, plot.bottom), MUTED)?;
        }
        Ok(())
    }
}

/// `request-scoped: 99.2 % of the connections engaged were idle in transaction`.
fn in_words(figures: &Figures, lane: &LaneTape) -> String {
    let told = |metric| {
        let figure = figures.at(Act::SideBySide, &lane.pool, lane.scope, metric)?;
        words::at_nominal(figure)
    };
    let idle = told(Metric::IdleInTransactionShare)
        .map(|idle| say!(": on average {idle} of the connections engaged were idle in transaction", idle));
    let locks = told(Metric::LockWaitShare).filter(|share| share != "0 %");
    let locks = locks.map(|locks| say!(", and {locks} waited for a lock", locks));
    format!("{}{}{}", lane.scope, idle.unwrap_or_default(), locks.unwrap_or_default())
}

/// The band of one state, above the states below it.
fn band(plot: &Plot, samples: &[Sample], state: usize) -> Vec<Point> {
    let height = |states: &[f64; 4], count: usize| states[..count].iter().sum::<f64>();
    let edge = |count: usize| plot.stairs(samples.iter().map(|(at, states)| (*at, height(states, count))));
    edge(state + 1).into_iter().chain(edge(state).into_iter().rev()).collect()
}

impl Picture for Server<'_> {
    fn name(&self) -> String {
        format!("server-{}", self.0.stem)
    }

    fn title(&self) -> String {
        say!("What the Postgres server saw · {pool}", pool = self.0.pool)
    }

    fn explains(&self) -> String {
        let waits = if has_lock_waits(&self.0.lanes) {
            word(
                " A connection that waits for a lock has a statement under way, so it is active as well; \
                 it is drawn as a band of its own.",
            )
        } else {
            ""
        };
        let most = self.0.lanes.iter().map(|lane| lane.server.at.len()).max().unwrap_or(0);
        let thinned = match peaks::bin(most, STATES.len()) {
            1 => String::new(),
            bin => say!(
                " The run is long: of every {bin} samples those are drawn in which a state is at its highest, so that \
                 no peak is lost.",
                bin = units::count(bin as u64)
            ),
        };
        say!(
            "States of the pool's connections in pg_stat_activity, sampled on a connection outside the \
             pools and stacked; the shares are of those in a transaction or statement, over the measured \
             span. Idle in transaction is a connection that a request holds while it runs nothing.{waits}{thinned} \
             {time_sentence}",
            waits,
            thinned,
            time_sentence = view::time_sentence(self.0.record)
        )
    }

    fn sees(&self) -> String {
        word(
            "Idle in transaction is what a request-scoped session looks like from the server: a connection \
             that is taken, and waits for its client.",
        )
        .to_owned()
    }

    fn height(&self, width: i32) -> i32 {
        TOP + 50 + self.0.lanes.len() as i32 * (PLOT + head_room(width, HEAD) + BELOW) + 40 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let record = self.0.record;
        frame(paper, record, &self.title())?;
        let shown = shown(&self.0.lanes);
        let entries: Vec<_> = shown.into_iter().map(|(_, color, words)| (Mark::Box, color, words)).collect();
        keys(paper, (MARGIN, TOP + 10), &entries)?;
        aside(paper, word("connections by their state in pg_stat_activity"))?;
        let ends = self.0.lanes.iter().flat_map(|lane| &lane.server.at);
        let end = ends.max().map_or(0.0, |end| view::nominal(record, *end));
        for (panel, lane) in self.0.lanes.iter().enumerate() {
            let head = head_room(paper.width(), HEAD);
            let top = TOP + 50 + head + panel as i32 * (PLOT + head + BELOW);
            self.draw_panel(paper, lane, top, end)?;
        }
        let foot = (paper.width() / 2, self.height(paper.width()) - FOOT - 30);
        let hand = Hand::of(em::TICK).in_color(MUTED).centred();
        write(paper, word("seconds of nominal time since the start of the act"), foot, hand)
    }
}
