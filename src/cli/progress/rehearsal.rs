//! The frames of a run that does not go on: what drawing them costs can be measured with it.

use std::fs::File;
use std::io::{self, Write};
use std::time::Duration;

use super::frame::{LaneShown, Room, Shown, frame};
use super::line::{Colour, Marks};
use super::{screen, texts};
use crate::itinerary::SessionScope;
use crate::load::LiveReading;
use crate::plan::Seen;
use crate::run::{ActKind, LaneName};

const LANES: [LaneName; 2] = [
    LaneName { pool: "sqlx", scope: SessionScope::Request },
    LaneName { pool: "sqlx", scope: SessionScope::Repository },
];

/// An act side by side on 80 columns, whose numbers all change from frame to frame, written to where nobody reads.
/// What a terminal makes of it is the work of another process.
pub(in crate::cli) struct Rehearsal {
    lines: Vec<String>,
    nowhere: File,
}

impl Rehearsal {
    /// # Errors
    /// When there is no null device.
    pub(in crate::cli) fn new() -> io::Result<Self> {
        let nowhere = File::options().write(true).open("/dev/null")?;
        Ok(Self { lines: Vec::new(), nowhere })
    }

    /// Draws the frame of this number over the one before, and returns how many bytes that took.
    pub(in crate::cli) fn draws(&mut self, number: u32) -> usize {
        let reading = |waiting| LiveReading {
            in_use: 20,
            running: number % 20,
            waiting: waiting + number % 100,
            in_flight: 20 + waiting + number % 100,
            completed: u64::from(number) * 7,
            failed: u64::from(number) * 3,
            ..LiveReading::default()
        };
        let readings = [reading(100), reading(0)].into_iter().zip(&LANES);
        let lanes =
            readings.map(|(reading, name)| LaneShown { name, reading, rate: f64::from(number) / 9.0 });
        let shown = Shown {
            act: ActKind::SideBySide,
            elapsed: Duration::from_millis(u64::from(number) * 100),
            lasts: Duration::from_secs(300),
            seen: Seen::FromInside,
            size: 20,
            lanes: lanes.collect(),
        };
        let lines = frame(&shown, Room { columns: 80, rows: 24 }, &Marks::SHAPES);
        let lines = texts(&lines, Colour::Shown);
        let bytes = screen::update(&self.lines, &lines);
        self.lines = lines;
        // The null device takes everything.
        let _ = self.nowhere.write_all(bytes.as_bytes());
        bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_differs_from_the_one_before() {
        let mut view = Rehearsal::new().unwrap();
        assert!((1..300).all(|frame| view.draws(frame) > 400));
    }
}
