//! What each connection did: a row a connection, SQL dark, gaps in the colour of their cause.

use std::time::Duration;

use plotters::backend::DrawingBackend;
use plotters::style::{RGBColor, WHITE};

use super::rows::{Held, Open, Rows, StandFor};
use super::slice::{Slice, around, busiest, fits};
use super::{caption, known_until, nanos, seconds};
use crate::archive::observed::Observed;
use crate::report::chart::axis::Axis;
use crate::report::chart::hand::{Hand, write};
use crate::report::chart::key::{Mark, keys};
use crate::report::chart::levels::AXIS;
use crate::report::chart::plot::Plot;
use crate::report::chart::render::{Paper, Picture, Stroke};
use crate::report::chart::sheet::{FOOT, KEY, TOP, headed, nothing};
use crate::report::chart::strokes::{fill, line};
use crate::report::chart::style::{BUSY, CAUSES, FREE, MARGIN, MUTED, SHADE, SHARPNESS, UNSEEN, WASTED, em};
use crate::report::lang::{say, word};
use crate::report::tap::causes::{Causes, Others};
use crate::report::tap::words;
use crate::units;

/// More connections than this have no row that could be seen.
const MOST_ROWS: usize = 200;
/// Height of a row where there are few, and of all together at most.
const ROW: i32 = 72;
const PANEL: i32 = 720;

/// The occupancy of the connections that a tap saw.
pub(super) struct Occupancy<'a> {
    observed: &'a Observed,
    rows: Rows<'a>,
    causes: Causes,
    pub(super) slice: Slice,
}

impl<'a> Occupancy<'a> {
    pub(super) fn of(observed: &'a Observed) -> Self {
        let rows = Rows::of(&observed.seen);
        let all = whole(observed);
        let slice = if fits(&rows, all) { all } else { around(&rows, all, busiest(&rows)) };
        Self { observed, rows, causes: Causes::of(&observed.seen), slice }
    }

    fn shown_rows(&self) -> usize {
        self.rows.count.clamp(1, MOST_ROWS)
    }

    fn has_blind(&self) -> bool {
        self.rows.open.iter().any(|open| open.blind.is_some())
    }

    /// The name of the horizontal axis: that of the levels, where both show the same time.
    fn axis(&self) -> &'static str {
        if self.slice == whole(self.observed) { AXIS } else { "slice" }
    }

    fn key_lines(&self) -> i32 {
        1 + self.causes.named.len() as i32 + i32::from(self.causes.others == Others::Some)
    }

    fn plot(&self, width: i32) -> Plot {
        let top = TOP + KEY * self.key_lines() + 20;
        let high = (self.shown_rows() as i32 * ROW).min(PANEL);
        Plot {
            left: MARGIN + 70,
            top,
            right: width - MARGIN,
            bottom: top + high,
            x: Axis::even(seconds(self.slice.from), seconds(self.slice.to), 8),
            y: Axis::counts(self.shown_rows() as f64, 4),
        }
    }

    /// The pixel at the top of a row; the first is the topmost.
    fn row(&self, plot: &Plot, row: usize) -> i32 {
        plot.top + ((plot.bottom - plot.top) as usize * row / self.shown_rows()) as i32
    }
}

/// `row 3: held for 2.01 s, SQL runs in 12 ms of it`.
fn told_hold(held: &Held<'_>) -> String {
    let time = |nanos| units::time(Duration::from_nanos(nanos));
    let length = held.to.saturating_sub(held.from);
    let idle = held.gaps().map(|(_, from, to)| to.saturating_sub(from)).sum::<u64>();
    say!(
        "row {row}: held for {length}, SQL runs in {busy} of it",
        row = units::count(held.row as u64 + 1),
        length = time(length),
        busy = time(length.saturating_sub(idle))
    )
}

/// `row 3: nothing runs for 1.8 s, cause 1`.
fn told_gap(held: &Held<'_>, length: u64, cause: Option<usize>) -> String {
    let row = units::count(held.row as u64 + 1);
    let length = units::time(Duration::from_nanos(length));
    match cause {
        Some(place) => {
            say!("row {row}: nothing runs for {length}, cause {cause}", row, length, cause = place + 1)
        }
        None => say!("row {row}: nothing runs for {length}", row, length),
    }
}

/// All that is known hold by hold.
fn whole(observed: &Observed) -> Slice {
    Slice { from: 0, to: known_until(&observed.seen) }
}

impl Picture for Occupancy<'_> {
    fn name(&self) -> String {
        "occupancy".to_owned()
    }

    fn title(&self) -> String {
        word("What each connection did").to_owned()
    }

    fn explains(&self) -> String {
        let row = match self.rows.stand_for {
            StandFor::Connections => {
                word("Each row is a connection; when it has ended, the next one takes its row over.")
            }
            StandFor::Holds => word(
                "The record does not say on which connection a hold was, so each row is one of the holds \
                 at once.",
            ),
        };
        let mut words = say!(
            "{row} Dark is SQL that runs, or a gap too short to be kept (1 ms); a colour is a hold in \
             which nothing runs, between the two statements that the key names by their number. Pieces \
             thinner than a pixel are drawn one wide.",
            row
        );
        let (until, window) = (known_until(&self.observed.seen), nanos(self.observed.seen.window).max(1));
        let told = |nanos| units::time(Duration::from_nanos(nanos));
        if self.slice != whole(self.observed) {
            words += &say!(
                " Shown are {from} of {window}, around the first moment at which most connections were \
                 held at once.",
                from = told(self.slice.to - self.slice.from),
                window = told(window)
            );
        }
        if until < window {
            words +=
                &say!(" Transactions after the first {until} were not kept one by one.", until = told(until));
        }
        if self.rows.count > MOST_ROWS {
            words += &say!(
                " Only the first {rows} of {count} rows are shown.",
                rows = MOST_ROWS,
                count = units::count(self.rows.count as u64)
            );
        }
        if !self.observed.seen.further_gaps.is_zero() {
            words += word(" Gaps of a hold after its first 512 are drawn as if SQL ran.");
        }
        words
    }

    fn sees(&self) -> String {
        word(
            "A colour is a connection that nobody else can have while nothing runs on it; the key tells between \
             which statements.",
        )
        .to_owned()
    }

    fn height(&self, width: i32) -> i32 {
        self.plot(width).bottom + 110 + FOOT
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        headed(paper, &self.title(), &caption(self.observed))?;
        self.draw_key(paper)?;
        let plot = self.plot(paper.width());
        fill(paper, (plot.left, plot.top), (plot.right, plot.bottom), SHADE)?;
        self.number_rows(paper, &plot)?;
        plot.zoomed(paper, self.axis(), || {
            for open in &self.rows.open {
                self.draw_open(paper, &plot, open)?;
            }
            self.rows.held.iter().try_for_each(|held| self.draw_hold(paper, &plot, held))
        })?;
        if self.rows.open.is_empty() {
            nothing(paper, word("no connection was kept"), (plot.left + 30, (plot.top + plot.bottom) / 2))?;
        }
        line(paper, vec![(plot.left, plot.top), (plot.left, plot.bottom)], MUTED, 2)?;
        plot.name_columns(paper, word("seconds since the first connection"))
    }
}

impl Occupancy<'_> {
    fn draw_key<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        let mut entries = vec![
            (Mark::Box, BUSY, word("SQL runs")),
            (Mark::Box, FREE, word("open, in no transaction that was seen")),
            (Mark::Box, SHADE, word("no connection")),
        ];
        if self.has_blind() {
            entries.push((Mark::Box, UNSEEN, word("forwarded unread: not visible")));
        }
        keys(paper, (MARGIN, TOP + 10), &entries)?;
        let mut y = TOP + 10;
        for (place, cause) in self.causes.named.iter().enumerate() {
            y += KEY;
            let hand = Hand::body();
            let before = hand.fit(&words::edge(&self.observed.seen, cause.before), 880);
            let after = hand.fit(&words::edge(&self.observed.seen, cause.after), 700);
            let told = say!("{place} after {before}, before {after}", place = place + 1, before, after);
            keys(paper, (MARGIN, y), &[(Mark::Box, CAUSES[place % CAUSES.len()], &told)])?;
        }
        if self.causes.others == Others::Some {
            let told = if self.causes.named.is_empty() {
                word("gaps, none of them heavy")
            } else {
                word("all other gaps")
            };
            keys(paper, (MARGIN, y + KEY), &[(Mark::Box, WASTED, told)])?;
        }
        Ok(())
    }

    /// The number of a row stands at its middle; the first row is 1.
    fn number_rows<DB: DrawingBackend>(&self, paper: &Paper<DB>, plot: &Plot) -> Stroke<DB> {
        let numbers = Hand::of(em::TICK).in_color(MUTED).ending();
        let few = self.shown_rows() <= 4;
        let ticks = plot.y.ticks.iter().map(|(value, _)| *value as usize).filter(|row| *row > 0);
        let rows: Vec<usize> = if few { (1..=self.shown_rows()).collect() } else { ticks.collect() };
        for number in rows.into_iter().filter(|number| *number <= self.shown_rows()) {
            let middle = i32::midpoint(self.row(plot, number - 1), self.row(plot, number));
            write(paper, &units::count(number as u64), (plot.left - 14, middle), numbers)?;
        }
        Ok(())
    }

    fn bar<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        plot: &Plot,
        row: usize,
        (from, to): (i32, i32),
        color: RGBColor,
    ) -> Stroke<DB> {
        let (top, bottom) = (self.row(plot, row), self.row(plot, row + 1));
        let inset = i32::from(bottom - top > 6) * 2;
        fill(paper, (from, top + inset), (to, (bottom - inset).max(top + inset + 1)), color)
    }

    fn draw_open<DB: DrawingBackend>(&self, paper: &Paper<DB>, plot: &Plot, open: &Open) -> Stroke<DB> {
        if open.row >= MOST_ROWS || !self.slice.touches(open.from, open.to) {
            return Ok(());
        }
        let column = |at| plot.column(seconds(at));
        let (from, to) = (column(open.from), column(open.to).max(column(open.from) + SHARPNESS as i32));
        self.bar(paper, plot, open.row, (from, to), FREE)?;
        match open.blind.map(column) {
            Some(blind) if blind < to => self.bar(paper, plot, open.row, (blind, to), UNSEEN),
            _ => Ok(()),
        }
    }

    fn draw_hold<DB: DrawingBackend>(&self, paper: &Paper<DB>, plot: &Plot, held: &Held<'_>) -> Stroke<DB> {
        if held.row >= MOST_ROWS || !self.slice.touches(held.from, held.to) {
            return Ok(());
        }
        const THIN: i32 = SHARPNESS as i32;
        let column = |at| plot.column(seconds(at));
        let (from, to) = (column(held.from), column(held.to).max(column(held.from) + THIN));
        paper.noted(|| told_hold(held), || self.bar(paper, plot, held.row, (from, to), BUSY))?;
        for (gap, begins, ends) in held.gaps().filter(|(_, from, to)| self.slice.touches(*from, *to)) {
            let (mut from, mut to) = (column(begins), column(ends));
            // SQL on both sides of a long gap is seen, however short it was.
            if to - from > 4 * THIN {
                from += if begins > self.slice.from { THIN } else { 0 };
                to -= if ends < self.slice.to { THIN } else { 0 };
            }
            let place = self.causes.place(gap.before, gap.after);
            let color = place.map_or(WASTED, |place| CAUSES[place % CAUSES.len()]);
            paper.noted(
                || told_gap(held, ends.saturating_sub(begins), place),
                || {
                    self.bar(paper, plot, held.row, (from, to.max(from + 1)), color)?;
                    place
                        .map_or(Ok(()), |place| self.number_gap(paper, plot, held.row, (from, to), place + 1))
                },
            )?;
        }
        Ok(())
    }

    /// Writes the number of a cause on its gap, for those to whom colours look alike, where there is room.
    fn number_gap<DB: DrawingBackend>(
        &self,
        paper: &Paper<DB>,
        plot: &Plot,
        row: usize,
        (from, to): (i32, i32),
        number: usize,
    ) -> Stroke<DB> {
        let (top, bottom) = (self.row(plot, row), self.row(plot, row + 1));
        if to - from < 40 || bottom - top < 30 {
            return Ok(());
        }
        let hand = Hand::of(em::CAPTION).bold().in_color(WHITE).centred();
        write(paper, &number.to_string(), (i32::midpoint(from, to), i32::midpoint(top, bottom)), hand)
    }
}
