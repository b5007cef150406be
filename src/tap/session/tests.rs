//! Scripted conversations, with the instants of each message in milliseconds.

use proptest::prelude::*;

use super::*;
use crate::tap::seen::Seen;

/// A conversation, in which every message comes at its instant.
struct Talk {
    shared: Arc<Shared>,
    session: Session,
}

fn at(ms: u64) -> At {
    At(ms * 1_000_000)
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat()
}

impl Talk {
    fn of(habit: Habit) -> Self {
        let shared = Arc::new(Shared::new(1));
        let lane = shared.lane(0);
        let mut talk = Self { session: Session::new(shared.clone(), 0, lane, habit), shared };
        talk.server(0, &[(b'R', b"\0\0\0\0"), (b'S', b"standard_conforming_strings\0on\0"), (b'Z', b"I")]);
        talk
    }

    fn client(&mut self, ms: u64, messages: &[(u8, &[u8])]) -> &mut Self {
        let bytes: Vec<u8> = messages.iter().flat_map(|(tag, body)| message(*tag, body)).collect();
        self.session.client_sent(&bytes, at(ms));
        self
    }

    fn server(&mut self, ms: u64, messages: &[(u8, &[u8])]) -> &mut Self {
        let bytes: Vec<u8> = messages.iter().flat_map(|(tag, body)| message(*tag, body)).collect();
        self.session.server_sent(&bytes, at(ms));
        self
    }

    /// A simple query from one instant to the other.
    fn query(&mut self, from: u64, text: &str, to: u64, tag: &str, state: &[u8]) -> &mut Self {
        self.client(from, &[(b'Q', &[text.as_bytes(), b"\0"].concat())]);
        self.server(to, &[(b'C', &[tag.as_bytes(), b"\0"].concat()), (b'Z', state)])
    }

    /// Each gap as `before > after`, its length in milliseconds, and whether a release is safe there.
    fn gaps(&mut self, end: u64) -> Vec<(String, u64, bool)> {
        self.session.over(at(end));
        let seen = Seen::of(&self.shared);
        assert_eq!(seen.connections.blind, 0);
        let name = |edge| match edge {
            Edge::Statement(id) => seen.statements[id.0 as usize].clone(),
            other => format!("{other:?}").to_lowercase(),
        };
        let mut gaps: Vec<_> = seen
            .gaps
            .iter()
            .map(|gap| {
                let name = format!("{} > {}", name(gap.before), name(gap.after));
                (name, gap.total.as_millis() as u64, gap.deeds.are_safe())
            })
            .collect();
        gaps.sort();
        gaps
    }

    /// Holds, their time and the busy part of it in milliseconds.
    fn holds(&self) -> (u64, u64, u64) {
        let holds = Seen::of(&self.shared).holds;
        (holds.count, holds.held.as_millis() as u64, holds.busy.as_millis() as u64)
    }
}

fn gap(name: &str, ms: u64, safe: bool) -> (String, u64, bool) {
    (name.to_owned(), ms, safe)
}

const PARSE: (u8, &[u8]) = (b'P', b"s\0select slow(1)\0\0\0");
const BIND: (u8, &[u8]) = (b'B', b"\0s\0\0\0\0\0\0\0");
const EXECUTE: (u8, &[u8]) = (b'E', b"\0\0\0\0\0");
const SYNC: (u8, &[u8]) = (b'S', b"");
const FLUSH: (u8, &[u8]) = (b'H', b"");
const DONE: (u8, &[u8]) = (b'C', b"SELECT 1\0");
const READY: (u8, &[u8]) = (b'Z', b"I");

#[test]
fn a_transaction_has_its_gaps_between_its_statements() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(10, "begin", 11, "BEGIN", b"T")
        .query(12, "select * from jobs where id = 7", 22, "SELECT 1", b"T")
        .query(322, "insert into jobs values ('secret')", 332, "INSERT 0 1", b"T")
        .query(732, "commit", 742, "COMMIT", b"I");
    assert_eq!(
        talk.gaps(2000),
        [
            gap("begin > select * from jobs where id = ?", 1, true),
            gap("insert into jobs values (?) > commit", 400, false),
            gap("select * from jobs where id = ? > insert into jobs values (?)", 300, true),
        ]
    );
    assert_eq!(talk.holds(), (1, 732, 31));
}

#[test]
fn a_disconnect_within_a_transaction_ends_its_hold() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(10, "begin", 10, "BEGIN", b"T");
    assert_eq!(talk.gaps(410), [gap("begin > disconnected", 400, true)]);
    assert_eq!(talk.holds(), (1, 400, 0));
    assert_eq!(Seen::of(&talk.shared).holds.disconnected.count, 1);
}

#[test]
fn planning_is_busy_in_both_protocols() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "select slow(1)", 200, "SELECT 1", b"I");
    talk.client(300, &[PARSE, BIND, EXECUTE, SYNC]);
    talk.server(500, &[(b'1', b""), (b'2', b""), DONE, READY]);
    assert_eq!(talk.gaps(600), []);
    assert_eq!(talk.holds(), (2, 400, 400));
}

#[test]
fn a_pause_before_sync_is_the_clients() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.client(0, &[PARSE, BIND, EXECUTE, FLUSH]);
    talk.server(10, &[(b'1', b""), (b'2', b""), DONE]);
    talk.client(510, &[SYNC]).server(511, &[READY]);
    assert_eq!(talk.gaps(600), [gap("select slow(?) > sync", 500, true)]);
    assert_eq!(talk.holds(), (1, 511, 11));
}

#[test]
fn a_pause_after_parse_is_the_clients() {
    for push in [FLUSH, (b'd', b"")] {
        let mut talk = Talk::of(Habit::Unknown);
        talk.client(0, &[PARSE, push]);
        if push == FLUSH {
            talk.server(1, &[(b'1', b"")]);
        }
        talk.client(501, &[BIND, EXECUTE, SYNC]);
        let answers = [(b'1', &b""[..]), (b'2', b""), DONE, READY];
        talk.server(503, if push == FLUSH { &answers[1..] } else { &answers });
        let gaps = talk.gaps(600);
        assert_eq!(gaps.len(), 1);
        assert!((500..=501).contains(&gaps[0].1), "{gaps:?}");
    }
}

#[test]
fn a_pipeline_has_one_hold_for_each_transaction() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.client(0, &[PARSE, BIND, EXECUTE, SYNC, BIND, EXECUTE, SYNC]);
    talk.server(10, &[(b'1', b""), (b'2', b""), DONE, READY]);
    talk.server(30, &[(b'2', b""), DONE, READY]);
    assert_eq!(talk.gaps(50), []);
    assert_eq!(talk.holds(), (2, 30, 30));
}

#[test]
fn commit_and_chain_ends_one_hold_and_begins_another() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "begin", 1, "BEGIN", b"T")
        .query(1, "insert into t values (1)", 2, "INSERT 0 1", b"T")
        .query(2, "commit and chain", 3, "COMMIT", b"T")
        .query(103, "select 1", 104, "SELECT 1", b"T")
        .query(104, "rollback", 105, "ROLLBACK", b"I");
    assert_eq!(talk.gaps(200), [gap("unasked > select ?", 100, true)]);
    assert_eq!(talk.holds(), (2, 105, 5));
}

#[test]
fn a_savepoint_ends_nothing() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "begin", 1, "BEGIN", b"T")
        .query(1, "savepoint a", 2, "SAVEPOINT", b"T")
        .query(2, "rollback to a", 3, "ROLLBACK", b"T")
        .query(3, "commit", 4, "COMMIT", b"I");
    assert_eq!(talk.holds(), (1, 4, 4));
}

#[test]
fn a_failed_transaction_is_not_released() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "begin", 1, "BEGIN", b"T");
    talk.client(1, &[(b'Q', b"select 1/0\0")]).server(2, &[(b'E', b"SERROR\0\0"), (b'Z', b"E")]);
    talk.query(102, "rollback", 103, "ROLLBACK", b"I");
    let gaps = talk.gaps(200);
    assert_eq!((gaps[0].1, gaps[0].2), (100, false));
}

#[test]
fn notices_are_no_work() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "begin", 1, "BEGIN", b"T");
    talk.server(50, &[(b'N', b"SNOTICE\0\0"), (b'A', b"\0\0\0\0a\0b\0")]);
    talk.query(101, "commit", 102, "COMMIT", b"I");
    assert_eq!(talk.gaps(200), [gap("begin > commit", 100, true)]);
}

#[test]
fn the_checkout_of_sqlx_is_seen() {
    let mut talk = Talk::of(Habit::SyncsAroundCheckouts);
    talk.query(0, "set a = 1", 1, "SET", b"I");
    // Given back, lent again, used, given back.
    talk.client(5, &[SYNC]).server(5, &[READY]);
    talk.client(1000, &[SYNC]).server(1000, &[READY]);
    talk.client(1100, &[PARSE, BIND, EXECUTE, SYNC]);
    talk.server(1110, &[(b'1', b""), (b'2', b""), DONE, READY]);
    talk.client(1510, &[SYNC]).server(1510, &[READY]);
    assert_eq!(
        talk.gaps(5000),
        [gap("lent > select slow(?)", 100, true), gap("select slow(?) > released", 400, true)]
    );
    assert_eq!(talk.holds(), (2, 511, 11));
    assert_eq!(Seen::of(&talk.shared).holds.checkouts, 1);
}

#[test]
fn a_bare_sync_of_another_library_says_nothing() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "select 1", 1, "SELECT 1", b"I");
    talk.client(5, &[SYNC]).server(5, &[READY]);
    talk.query(10, "select 1", 11, "SELECT 1", b"I");
    assert_eq!(talk.gaps(100), []);
    assert_eq!(talk.holds(), (2, 2, 2));
}

#[test]
fn an_open_hold_is_censored() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "begin", 1, "BEGIN", b"T");
    let hold = talk.session.so_far(at(101)).unwrap();
    assert_eq!((hold.end, hold.busy, hold.ended), (at(101), 1_000_000, End::Censored));
    assert_eq!(hold.gaps[0].after, Edge::StillOpen);
}

#[test]
fn what_cannot_be_read_turns_blind_and_is_counted() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "begin", 1, "BEGIN", b"T");
    talk.server(11, &[(b'1', b"")]);
    let seen = Seen::of(&talk.shared);
    assert_eq!((seen.connections.blind, seen.holds.blinded.count), (1, 1));
    assert_eq!(talk.shared.holding.now(), 0);
    // What comes later is not read.
    talk.query(20, "commit", 30, "COMMIT", b"I");
    assert_eq!(talk.holds().0, 1);
}

#[test]
fn values_and_literals_are_nowhere() {
    let mut talk = Talk::of(Habit::Unknown);
    talk.query(0, "select 'hunter2' -- hunter2", 1, "SELECT 1", b"I");
    talk.client(2, &[(b'P', b"hunter\0select $1\0\0\0")]);
    talk.client(2, &[(b'B', b"\0hunter\0\0\0\0\x01\0\0\0\x07hunter2\0\0"), EXECUTE, SYNC]);
    talk.server(3, &[(b'1', b""), (b'2', b""), DONE, READY]);
    assert!(!format!("{:?}", Seen::of(&talk.shared)).contains("hunter"));
}

proptest! {
    #[test]
    fn hostile_bytes_never_panic(
        chunks in proptest::collection::vec((any::<bool>(), proptest::collection::vec(any::<u8>(), 0..600)), 0..40),
    ) {
        let mut talk = Talk::of(Habit::SyncsAroundCheckouts);
        for (at_ms, (client, chunk)) in chunks.iter().enumerate() {
            let now = at(at_ms as u64);
            if *client { talk.session.client_sent(chunk, now) } else { talk.session.server_sent(chunk, now) }
        }
        talk.session.over(at(100));
        prop_assert_eq!((talk.shared.holding.now(), talk.shared.running.now(), talk.shared.open.now()), (0, 0, 0));
    }

    #[test]
    fn hostile_messages_never_panic_and_the_levels_end_at_zero(
        messages in proptest::collection::vec(
            (any::<bool>(), proptest::sample::select(b"QPBDECSHFdcfpXRKZTt12In3sAGHWVvN?".to_vec()),
             proptest::sample::select(vec![&b""[..], b"I", b"T", b"E", b"\0", b"s\0select 1\0\0\0", b"\0s\0\0", b"COMMIT\0", b"ROLLBACK\0", b"BEGIN\0", b"discard all\0", b"Ss\0"])),
            0..200),
    ) {
        let mut talk = Talk::of(Habit::SyncsAroundCheckouts);
        for (ms, (client, tag, body)) in messages.iter().enumerate() {
            let bytes = message(*tag, body);
            if *client { talk.session.client_sent(&bytes, at(ms as u64)) } else { talk.session.server_sent(&bytes, at(ms as u64)) }
        }
        let seen = Seen::of(&talk.shared);
        prop_assert!(seen.holds.busy <= seen.holds.held);
        talk.session.over(at(1000));
        prop_assert_eq!((talk.shared.holding.now(), talk.shared.running.now(), talk.shared.open.now()), (0, 0, 0));
    }
}
