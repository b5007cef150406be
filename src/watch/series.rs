//! Looks over time, in a bounded amount of memory.

use std::time::Duration;

use crate::tap::Level;

/// Looks one after the other, put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stretch {
    /// The first of them, from the beginning of the window.
    pub from: Duration,
    /// How many.
    pub looks: u64,
    /// Connections that were open.
    pub open: Level,
    /// Connections in a transaction or with a statement that runs.
    pub holding: Level,
    /// Connections with a statement that runs.
    pub running: Level,
}

/// More stretches than this cannot be told apart in a chart.
const MOST: usize = 800;

/// The looks so far.
#[derive(Debug)]
pub(super) struct Series {
    all: Vec<Stretch>,
    /// So many looks make a stretch.
    each: u64,
}

impl Default for Series {
    fn default() -> Self {
        Self { all: Vec::new(), each: 1 }
    }
}

impl Series {
    /// A look at this instant, with what was open, holding and running.
    pub(super) fn add(&mut self, at: Duration, now: [u32; 3]) {
        let [open, holding, running] = now.map(|now| Level { mean: f64::from(now), peak: now });
        let one = Stretch { from: at, looks: 1, open, holding, running };
        match self.all.last_mut() {
            Some(last) if last.looks < self.each => *last = last.and(&one),
            _ => self.all.push(one),
        }
        if self.all.len() > MOST {
            self.all = self
                .all
                .chunks(2)
                .map(|pair| pair[1..].iter().fold(pair[0], |sum, next| sum.and(next)))
                .collect();
            self.each *= 2;
        }
    }

    pub(super) fn end(self) -> Vec<Stretch> {
        self.all
    }
}

impl Stretch {
    /// Both together.
    fn and(&self, next: &Self) -> Self {
        let looks = self.looks + next.looks;
        let level = |one: Level, other: Level| Level {
            mean: (one.mean * self.looks as f64 + other.mean * next.looks as f64) / looks as f64,
            peak: one.peak.max(other.peak),
        };
        Self {
            from: self.from,
            looks,
            open: level(self.open, next.open),
            holding: level(self.holding, next.holding),
            running: level(self.running, next.running),
        }
    }
}
