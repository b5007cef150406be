//! One connection without a network: bytes, and the instants at which they passed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::hold::At;
use super::lock;
use super::seen::Seen;
use super::session::Session;
use super::shared::Shared;
use super::startup::{self, First, Habit};

/// One connection, read as a tap reads it, from bytes that somebody else brings with the instants at which they passed.
///
/// ```
/// use std::time::Duration;
/// use poolbench::tap::Conversation;
///
/// let ms = Duration::from_millis;
/// let talk = Conversation::begin(b"\0\x03\0\0user\0me\0\0");
/// talk.server(ms(0), b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I");
/// talk.client(ms(1), b"Q\0\0\0\x0abegin\0");
/// talk.server(ms(2), b"C\0\0\0\x0aBEGIN\0Z\0\0\0\x05T");
/// talk.client(ms(302), b"Q\0\0\0\x0bcommit\0");
/// talk.server(ms(303), b"C\0\0\0\x0bCOMMIT\0Z\0\0\0\x05I");
/// assert_eq!(talk.end(ms(303)).gaps[0].total, ms(300));
/// ```
#[derive(Debug)]
pub struct Conversation {
    shared: Arc<Shared>,
    session: Arc<Mutex<Session>>,
}

impl Conversation {
    /// A connection that begins with this packet of the client, without its length. What is no beginning of a session
    /// that can be read makes it blind.
    #[must_use]
    pub fn begin(packet: &[u8]) -> Self {
        let shared = Arc::new(Shared::new(1));
        let first = startup::first(packet);
        let habit = if let First::Session(habit) = first { habit } else { Habit::Unknown };
        let mut session = Session::new(shared.clone(), NUMBER, shared.lane(0), habit);
        if !matches!(first, First::Session(_)) {
            session.turn_blind(At::default());
        }
        let session = Arc::new(Mutex::new(session));
        shared.begins(NUMBER, &session, At::default());
        Self { shared, session }
    }

    /// Bytes of the client, so long after the beginning. No instant may be before an earlier one.
    pub fn client(&self, after: Duration, bytes: &[u8]) {
        lock(&self.session).client_sent(bytes, at(after));
    }

    /// Bytes of the server, so long after the beginning.
    pub fn server(&self, after: Duration, bytes: &[u8]) {
        lock(&self.session).server_sent(bytes, at(after));
    }

    /// Bytes of memory that are kept of this connection, beside those of statements and holds that have ended.
    #[must_use]
    pub fn kept(&self) -> usize {
        lock(&self.session).kept()
    }

    /// What was seen of it when it ends.
    #[must_use]
    pub fn end(self, after: Duration) -> Seen {
        lock(&self.session).over(at(after));
        self.shared.ends(NUMBER, at(after));
        Seen::of(&self.shared)
    }
}

/// It is the only one.
const NUMBER: u64 = 0;

fn at(after: Duration) -> At {
    At(u64::try_from(after.as_nanos()).unwrap_or(u64::MAX))
}
