//! One connection, read as it passes: messages → what is asked and answered → holds.
//!
//! Whatever does not fit makes the connection blind: it is forwarded as before, and nothing more is said of it.

use std::sync::Arc;

use super::frame::{Framer, KEPT};
use super::hold::{At, Edge, End, Hold};
use super::reader::{Level, Reader};
use super::shared::{Lane, Shared};
use super::startup::Habit;

/// A connection.
#[derive(Debug)]
pub(super) struct Session {
    shared: Arc<Shared>,
    /// Which one, in the order in which they began.
    number: u64,
    lane: Lane,
    sight: Sight,
    client: Framer,
    server: Framer,
    reader: Reader,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Sees,
    Blind,
    Over,
}

impl Session {
    /// A connection that has just asked to begin. `habit` tells which library it is of, where that can be seen.
    pub(super) fn new(shared: Arc<Shared>, number: u64, lane: Lane, habit: Habit) -> Self {
        shared.open.up();
        let reader = Reader::new(habit);
        Self {
            shared,
            number,
            lane,
            sight: Sight::Sees,
            client: Framer::default(),
            server: Framer::default(),
            reader,
        }
    }

    /// Bytes that the client sent.
    pub(super) fn client_sent(&mut self, bytes: &[u8], now: At) {
        if self.sight == Sight::Sees {
            let before = self.reader.level();
            let (reader, shared) = (&mut self.reader, &self.shared);
            let read = self.client.read(bytes, of_client, |message| reader.asked(shared, message, now));
            self.after(before, read.is_ok(), now);
        }
    }

    /// Bytes that the server sent.
    pub(super) fn server_sent(&mut self, bytes: &[u8], now: At) {
        if self.sight == Sight::Sees {
            let before = self.reader.level();
            let reader = &mut self.reader;
            let read = self.server.read(bytes, of_server, |message| reader.answered(message, now));
            self.after(before, read.is_ok(), now);
        }
    }

    /// Nothing more can be said of this connection.
    pub(super) fn turn_blind(&mut self, now: At) {
        if self.sight == Sight::Sees {
            let before = self.reader.level();
            self.reader.cut(now, Edge::StillOpen, End::Blind);
            self.after(before, true, now);
            self.sight = Sight::Blind;
            self.shared.counts.blind.add();
            self.shared.turns_blind(self.number, now);
            self.client = Framer::default();
            self.server = Framer::default();
        }
    }

    /// The connection has ended.
    pub(super) fn over(&mut self, now: At) {
        if self.sight == Sight::Sees {
            let before = self.reader.level();
            self.reader.cut(now, Edge::Disconnected, End::Disconnected);
            self.after(before, true, now);
        }
        if self.sight != Sight::Over {
            self.sight = Sight::Over;
            self.shared.open.down();
        }
    }

    /// The hold under way, as long as it has been until now.
    pub(super) fn so_far(&self, now: At) -> Option<Hold> {
        let evidence = self.reader.evidence();
        self.reader.hold.as_ref().map(|hold| hold.so_far(now, evidence))
    }

    /// Bytes that it holds on to.
    pub(super) fn kept(&self) -> usize {
        self.client.held() + self.server.held() + self.reader.kept()
    }

    fn after(&mut self, before: Level, sound: bool, now: At) {
        let ended = self.reader.ended.len();
        if ended > 0 {
            self.lane.ended(self.number, &mut self.reader.ended);
        }
        let level = self.reader.level();
        self.shared.holding.change(before.holding, level.holding);
        self.shared.running.change(before.running, level.running);
        if !sound || std::mem::take(&mut self.reader.doubt) {
            self.turn_blind(now);
        }
    }
}

/// How much of a message of the client is read.
fn of_client(tag: u8) -> Option<usize> {
    match tag {
        b'Q' | b'P' => Some(KEPT),
        b'B' => Some(160),
        b'D' | b'E' | b'C' => Some(80),
        b'S' | b'H' | b'F' | b'd' | b'c' | b'f' | b'p' | b'X' => Some(0),
        _ => None,
    }
}

/// How much of a message of the server is read.
fn of_server(tag: u8) -> Option<usize> {
    match tag {
        b'Z' => Some(1),
        b'C' => Some(16),
        b'S' => Some(64),
        b'R' | b'K' | b'T' | b't' | b'D' | b'I' | b'E' | b'n' | b'N' | b'1' | b'2' | b'3' | b's' | b'A'
        | b'G' | b'H' | b'W' | b'd' | b'c' | b'V' | b'v' => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
