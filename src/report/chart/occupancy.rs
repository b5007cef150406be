//! Who held which connection when: a row for each connection, a bar for each hold.

use plotters::backend::DrawingBackend;
use plotters::style::WHITE;

use super::axis::Axis;
use super::hand::{Hand, head, write};
use super::key::{Mark, keys};
use super::plot::Plot;
use super::render::{Paper, Picture, Stroke};
use super::sheet::{FOOT, TOP, aside, frame, head_room, nothing};
use super::strokes::{dashes, fill, line};
use super::style::{BUSY, MARGIN, MUTED, SHADE, WASTED, em, hue};
use super::view::{self, PoolView};
use crate::analyse::{Act, Figures, Metric};
use crate::archive::{LaneTape, Run};
use crate::record::Hold;
use crate::report::lang::{say, word};
use crate::report::words;
use crate::units;

/// The occupancy of one pool.
pub(super) struct Occupancy<'a>(pub(super) &'a PoolView<'a>);

/// Request times that a slice is long: long enough to see a whole request, short enough to see
/// a hold of one in 180 parts of it.
const REQUESTS: f64 = 1.2;
/// More holds than this are a wall, and a heavy file; the slice is made shorter instead.
const MOST_HOLDS: usize = 2000;
/// More connections than this have no row that could be seen.
const MOST_ROWS: u32 = 200;
const PANEL: i32 = 560;
const HEAD: i32 = 76;

/// A span of an act, measured.
#[derive(Debug, Clone, Copy)]
struct Slice {
    from: u64,
    to: u64,
}

impl Occupancy<'_> {
    fn slice(&self) -> Slice {
        let plan = &self.0.record.plan;
        let from = self.0.lanes.iter().map(|lane| lane.tape.window.from).min().unwrap_or(0);
        let end = self.0.lanes.iter().map(|lane| lane.tape.window.to).max().unwrap_or(0);
        let request = plan.time_scale.scaled(plan.request_time()).as_nanos() as f64;
        let wanted = from.saturating_add((request * REQUESTS) as u64);
        let to = if wanted > from { wanted.min(end) } else { end }.max(from.saturating_add(1));
        let within = self.0.lanes.iter().flat_map(|lane| &lane.tape.occupancy.spans);
        let mut starts: Vec<u64> = within
            .filter(|(_, hold)| hold.acquired < to && hold.released > from)
            .map(|(_, hold)| hold.acquired)
            .collect();
        starts.sort_unstable();
        let to = starts.get(MOST_HOLDS).map_or(to, |crowded| *crowded);
        Slice { from, to: to.max(from.saturating_add(1)) }
    }

    fn rows(&self) -> u32 {
        let spans = self.0.lanes.iter().flat_map(|lane| &lane.tape.occupancy.spans);
        let most = spans.map(|(slot, ..)| slot.saturating_add(1)).max().unwrap_or(0);
        most.max(self.0.record.plan.pool.size).clamp(1, MOST_ROWS)
    }

    /// What a reader does not see.
    fn left_out(&self) -> String {
        let spans = self.0.lanes.iter().flat_map(|lane| &lane.tape.occupancy.spans);
        let hidden = spans.filter(|(slot, ..)| *slot >= MOST_ROWS).count() as u64;
        let not_kept: u64 = self.0.lanes.iter().map(|lane| lane.tape.occupancy.left_out).sum();
        match (hidden, not_kept) {
            (0, 0) => String::new(),
            (0, _) => say!(
                " {not_kept} later holds were not kept one by one: where they would be, the panel is \
                 blank.",
                not_kept = units::count(not_kept)
            ),
            _ => say!(" Only the first {rows} connections are shown.", rows = MOST_ROWS),
        }
    }

    fn plot(&self, width: i32, panel: usize, slice: Slice) -> Plot {
        let head = head_room(width, HEAD);
        let top = TOP + head + 50 + panel as i32 * (PANEL + head);
        let seconds = |nanos| view::nominal(self.0.record, nanos);
        let length = seconds(slice.to) - seconds(slice.from);
        Plot {
            left: MARGIN + 70,
            top,
            right: width - MARGIN,
            bottom: top + PANEL - 40,
            x: Axis::even(0.0, length, 8),
            y: Axis::even(0.0, f64::from(self.rows()), 4),
        }
    }
}

impl Picture for Occupancy<'_> {
    fn name(&self) -> String {
        format!("occupancy-{}", self.0.stem)
    }

    fn title(&self) -> String {
        say!(
            "Who holds the {size} connections · {pool}",
            size = self.0.record.plan.pool.size,
            pool = self.0.pool
        )
    }

    fn explains(&self) -> String {
        let (slice, record) = (self.slice(), self.0.record);
        let length = view::seconds(view::nominal(record, slice.to - slice.from));
        say!(
            "Each row is a connection of the pool and each bar a hold, over the first {length} of the \
             measured span. Dark is a statement that runs or waits for a lock, drawn at the start of its \
             hold; light orange is a connection held while nothing runs on it; the percentages are of the \
             whole measured span: the utilisation of the pool, and the wasted share of what is \
             held.{left_out} {time_sentence}",
            length,
            left_out = self.left_out(),
            time_sentence = view::time_sentence(record)
        )
    }

    fn sees(&self) -> String {
        word(
            "Orange is a connection that nobody else can have, and that does nothing; where the lower \
             panel is empty, connections are free for others.",
        )
        .to_owned()
    }

    fn height(&self, width: i32) -> i32 {
        TOP + 50 + self.0.lanes.len() as i32 * (PANEL + head_room(width, HEAD)) + 60 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        frame(paper, self.0.record, &self.title())?;
        let entries = [
            (Mark::Box, BUSY, word("held, busy")),
            (Mark::Box, WASTED, word("held, wasted")),
            (Mark::Box, SHADE, word("free")),
        ];
        keys(paper, (MARGIN, TOP + 10), &entries)?;
        aside(paper, word("one row a connection, one bar a hold"))?;
        let slice = self.slice();
        for (panel, lane) in self.0.lanes.iter().enumerate() {
            let plot = self.plot(paper.width(), panel, slice);
            let words = format!("{}: {}", lane.scope, in_words(self.0.figures, lane));
            head(paper, &words, (MARGIN, plot.top - HEAD / 2), hue(lane.scope.name()))?;
            draw_lane(paper, &plot, lane, slice, self.0.record)?;
            if panel + 1 == self.0.lanes.len() {
                plot.name_columns(
                    paper,
                    word("seconds of nominal time since the start of the measured span"),
                )?;
            }
        }
        Ok(())
    }
}

/// `held 99.8 % of the time, 99.4 % of it wasted`.
fn in_words(figures: &Figures, lane: &LaneTape) -> String {
    let told = |metric| {
        let figure = figures.at(Act::SideBySide, &lane.pool, lane.scope, metric)?;
        words::at_nominal(figure)
    };
    match (told(Metric::UtilisationShare), told(Metric::IdleHoldShare)) {
        (Some(held), Some(wasted)) => {
            say!("connections held {held} of the time, {wasted} of it wasted", held, wasted)
        }
        (Some(held), None) => say!("connections held {held} of the time", held),
        _ => word("nothing was held").to_owned(),
    }
}

fn draw_lane<DB: DrawingBackend>(
    paper: &Paper<DB>,
    plot: &Plot,
    lane: &LaneTape,
    slice: Slice,
    record: &Run,
) -> Stroke<DB> {
    fill(paper, (plot.left, plot.top), (plot.right, plot.bottom), SHADE)?;
    let rows = plot.y.ticks.len();
    let numbers = Hand::of(em::TICK).in_color(MUTED).ending();
    for (value, label) in plot.y.ticks.iter().skip(usize::from(rows > 1)) {
        // The number of a connection stands at the middle of its row; the first row is 1.
        write(paper, label, (plot.left - 14, row(plot, *value - 0.5)), numbers)?;
    }
    if lane.tape.occupancy.spans.is_empty() {
        return nothing(paper, word("no holds were kept"), (plot.left + 30, (plot.top + plot.bottom) / 2));
    }
    let seconds = |nanos: u64| view::nominal(record, nanos.saturating_sub(slice.from));
    plot.zoomed(paper, "span", || {
        for &(slot, Hold { acquired, released, busy }) in &lane.tape.occupancy.spans {
            if acquired >= slice.to || released <= slice.from || slot >= MOST_ROWS {
                continue;
            }
            let (top, bottom) = (row(plot, f64::from(slot)), row(plot, f64::from(slot) + 1.0));
            let gap = i32::from(bottom - top > 6) * 2;
            let worked = acquired.saturating_add(busy).min(released);
            let (from, until) = (plot.column(seconds(acquired)), plot.column(seconds(worked)));
            let to = plot.column(seconds(released)).max(from + 2);
            let words = || hold_words(record, slot, (acquired, released, worked));
            paper.noted(words, || {
                if to > until {
                    fill(paper, (until, top + gap), (to, bottom - gap), WASTED)?;
                }
                // A hold is seen even where it is shorter than a pixel; one whose work was over before the
                // slice begins shows its waste alone.
                if worked > slice.from {
                    fill(paper, (from, top + gap), (until.max(from + 2), bottom - gap), BUSY)?;
                }
                Ok(())
            })?;
        }
        Ok(())
    })?;
    draw_unknown(paper, plot, lane, &seconds)?;
    line(paper, vec![(plot.left, plot.top), (plot.left, plot.bottom)], MUTED, 2)
}

/// Leaves blank what is not known: an empty row must not look like a free connection.
fn draw_unknown<DB: DrawingBackend>(
    paper: &Paper<DB>,
    plot: &Plot,
    lane: &LaneTape,
    seconds: &impl Fn(u64) -> f64,
) -> Stroke<DB> {
    let kept_until = lane.tape.occupancy.spans.iter().map(|(_, hold)| hold.released).max().unwrap_or(0);
    let from = plot.column(seconds(kept_until));
    if lane.tape.occupancy.left_out == 0 || from >= plot.right {
        return Ok(());
    }
    fill(paper, (from, plot.top), (plot.right, plot.bottom), WHITE)?;
    dashes(paper, (from, plot.top), (from, plot.bottom), MUTED)?;
    let hand = Hand::body().in_color(MUTED);
    let words = hand.fit(word("later holds were not kept one by one"), plot.right - from - 20);
    write(paper, &words, (from + 16, (plot.top + plot.bottom) / 2), hand)
}

/// `connection 3: held for 180 s, SQL runs in 1 s of it`.
fn hold_words(record: &Run, slot: u32, (acquired, released, worked): (u64, u64, u64)) -> String {
    let time = |from: u64, to: u64| view::seconds(view::nominal(record, to.saturating_sub(from)));
    let (held, busy) = (time(acquired, released), time(acquired, worked));
    say!(
        "connection {slot}: held for {held}, SQL runs in {busy} of it",
        slot = slot.saturating_add(1),
        held,
        busy
    )
}

/// The pixel at the top of a connection's row; the first is the topmost.
fn row(plot: &Plot, slot: f64) -> i32 {
    plot.top + (plot.y.place(slot) * f64::from(plot.bottom - plot.top)).round() as i32
}
