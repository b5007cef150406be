//! How many connections were open, in a transaction, and running SQL, over time.

use std::time::Duration;

use plotters::backend::DrawingBackend;

use super::{caption, known_until, nanos, seconds};
use crate::archive::observed::Observed;
use crate::report::chart::levels::{Levels, Points};
use crate::report::chart::render::{Paper, Picture, Stroke};
use crate::report::chart::sheet::headed;
use crate::report::lang::{say, word};
use crate::units;

/// More points than this cannot be told apart.
const BINS: usize = 400;

/// The three levels of a tap.
pub(super) struct Concurrency<'a> {
    observed: &'a Observed,
    /// The end of what is drawn, in nanoseconds from the beginning of the window.
    until: u64,
    /// Nothing where not every connection was kept.
    open: Option<Vec<f64>>,
    holding: Vec<f64>,
    running: Vec<f64>,
}

impl<'a> Concurrency<'a> {
    pub(super) fn of(observed: &'a Observed) -> Self {
        let seen = &observed.seen;
        let until = known_until(seen);
        let (mut open, mut holding) = (Means::until(until), Means::until(until));
        for life in &seen.lives {
            open.add(nanos(life.start), nanos(life.length), 1.0);
        }
        let mut running = Means::until(until);
        for transaction in &seen.transactions {
            let start = nanos(transaction.start);
            holding.add(start, nanos(transaction.length), 1.0);
            running.add(start, nanos(transaction.length), 1.0);
            for gap in &transaction.gaps {
                running.add(start.saturating_add(nanos(gap.start)), nanos(gap.length), -1.0);
            }
        }
        let all_kept = seen.lives.len() as u64 >= seen.connections.sessions && !seen.lives.is_empty();
        Self {
            observed,
            until,
            open: all_kept.then(|| open.bins()),
            holding: holding.bins(),
            running: running.bins(),
        }
    }

    fn bin(&self) -> u64 {
        self.until.div_ceil(BINS as u64)
    }

    fn levels(&self) -> Levels {
        let at = |bin: usize| seconds(self.until) * bin as f64 / BINS as f64;
        let points = |curve: &Vec<f64>| -> Points {
            curve.iter().enumerate().map(|(bin, mean)| (at(bin), *mean)).collect()
        };
        let open = self.open.as_ref().map(points);
        Levels::new(seconds(self.until), open, points(&self.holding), points(&self.running))
    }
}

/// How many at once on average, bin by bin.
struct Means {
    until: u64,
    sums: Vec<f64>,
}

impl Means {
    fn until(until: u64) -> Self {
        Self { until, sums: vec![0.0; BINS] }
    }

    /// Adds a span, with this weight.
    fn add(&mut self, start: u64, length: u64, weight: f64) {
        let place = |at: u64| at.min(self.until) as f64 / self.until as f64 * BINS as f64;
        let (from, to) = (place(start), place(start.saturating_add(length)));
        let (first, last) = (from as usize, (to.ceil() as usize).min(BINS));
        for bin in first..last {
            let part = to.min(bin as f64 + 1.0) - from.max(bin as f64);
            self.sums[bin] += weight * part;
        }
    }

    fn bins(self) -> Vec<f64> {
        // What is added and taken away again leaves a rounding error.
        self.sums.into_iter().map(|sum| sum.max(0.0)).collect()
    }
}

impl Picture for Concurrency<'_> {
    fn name(&self) -> String {
        "connections".to_owned()
    }

    fn title(&self) -> String {
        word("Connections over time").to_owned()
    }

    fn explains(&self) -> String {
        let bin = units::time(Duration::from_nanos(self.bin()));
        let seen = &self.observed.seen;
        let mut words = say!(
            "Means of {bin} each; peaks within can be higher, the highest were {peak} open, {peak2} in a \
             transaction, {peak3} running SQL. A gap shorter than 1 ms counts as running here.",
            bin,
            peak = units::count(seen.open.peak.into()),
            peak2 = units::count(seen.holding.peak.into()),
            peak3 = units::count(seen.running.peak.into())
        );
        if seen.connections.blind > 0 {
            words += word(" Of connections that were forwarded unread only that they were open is known.");
        }
        if self.open.is_none() {
            words += word(" Not every connection was kept one by one, so no line says how many were open.");
        }
        if self.until < nanos(seen.window) {
            let (until, window) = (units::time(Duration::from_nanos(self.until)), units::time(seen.window));
            words += &say!(
                " Shown are the first {until} of {window}: later transactions were not kept one by one.",
                until,
                window
            );
        }
        words
    }

    fn sees(&self) -> String {
        super::super::levels::sees()
    }

    fn height(&self, width: i32) -> i32 {
        self.levels().height(width)
    }

    fn draw<DB: DrawingBackend>(&self, paper: &Paper<DB>) -> Stroke<DB> {
        headed(paper, &self.title(), &caption(self.observed))?;
        self.levels().draw(paper, word("seconds since the first connection"))
    }
}
