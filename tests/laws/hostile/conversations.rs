//! What passes a tap: whatever client and server send, nothing breaks, what is kept of a connection has a bound, and
//! what is told of it is sound.

use std::time::Duration;

use poolbench::inert::is_plain;
use poolbench::report::tap::{Answer, terminal};
use poolbench::tap::{Conversation, Release, Seen, full_share, worth};
use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;

use crate::hostile::inputs::{Took, each};

/// The most that is kept of one connection, in bytes.
const MOST: usize = 1024 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}

/// Bytes that one side sends, so many times one after the other, at so many milliseconds after the last ones.
#[derive(Debug, Clone)]
struct Sent {
    /// Whether it is a message as it should be.
    sound: bool,
    side: Side,
    bytes: Vec<u8>,
    times: usize,
    pause: u64,
}

/// What clients say, and what they have to say it with.
const ASKED: &[(u8, &[u8])] = &[
    (b'Q', b"begin\0"),
    (b'Q', b"insert into t values ('secret', 42, $x$y$x$) /*route='/jobs/{id}'*/\0"),
    (b'Q', b"commit and chain\0"),
    (b'Q', b"discard all\0"),
    (b'Q', b"begin; select 'a''b' -- c\n; commit\0"),
    (b'Q', b"copy t from stdin\0"),
    (b'P', b"s\0select * from t where a = $1 for update\0\0\0"),
    (b'P', b"\0\x1b[31m\xff\xfe\0\0\0"),
    (b'B', b"\0s\0\0\0\0\0\0\0"),
    (b'B', b"p\0s\0\0\0\0\0\0\0"),
    (b'D', b"Ss\0"),
    (b'E', b"\0\0\0\0\0"),
    (b'E', b"p\0\0\0\0\x01"),
    (b'C', b"Ss\0"),
    (b'S', b""),
    (b'H', b""),
    (b'F', b"\0\0\0\x01"),
    (b'd', b"1\t2\n"),
    (b'c', b""),
    (b'f', b"no\0"),
    (b'p', b"secret\0"),
    (b'X', b""),
];

/// What servers answer.
const ANSWERED: &[(u8, &[u8])] = &[
    (b'R', b"\0\0\0\0"),
    (b'Z', b"I"),
    (b'Z', b"T"),
    (b'Z', b"E"),
    (b'1', b""),
    (b'2', b""),
    (b'3', b""),
    (b's', b""),
    (b'n', b""),
    (b'T', b"\0\0"),
    (b't', b"\0\0"),
    (b'D', b"\0\x01\0\0\0\x011"),
    (b'C', b"BEGIN\0"),
    (b'C', b"COMMIT\0"),
    (b'C', b"ROLLBACK\0"),
    (b'C', b"SELECT 1\0"),
    (b'I', b""),
    (b'E', b"SERROR\0C42601\0Mno\0\0"),
    (b'N', b"SNOTICE\0\0"),
    (b'A', b"\0\0\0\x01c\0\0"),
    (b'S', b"standard_conforming_strings\0off\0"),
    (b'G', b"\0\0\0"),
    (b'H', b"\0\0\0"),
    (b'W', b"\0\0\0"),
    (b'd', b"1\n"),
    (b'c', b""),
    (b'K', b"\0\0\0\x01\0\0\0\x02"),
];

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag][..], &(body.len() as u32 + 4).to_be_bytes(), body].concat()
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Client), Just(Side::Server)]
}

/// A message as it should be.
fn sound() -> BoxedStrategy<(Side, Vec<u8>)> {
    let one = |side, all: &'static [(u8, &[u8])]| {
        (0..all.len()).prop_map(move |at| (side, message(all[at].0, all[at].1)))
    };
    prop_oneof![one(Side::Client, ASKED), one(Side::Server, ANSWERED)].boxed()
}

/// A message with another length, with a bit turned over, or cut.
fn spoilt() -> BoxedStrategy<(Side, Vec<u8>)> {
    let length = prop_oneof![any::<u32>(), 0_u32..20, Just(0x3fff_ffff_u32), Just(0x4000_0000_u32)];
    (sound(), length, any::<usize>(), 0_u8..3)
        .prop_map(|((side, mut bytes), length, at, how)| {
            let at = at % bytes.len();
            match how {
                0 => bytes[1..5].copy_from_slice(&length.to_be_bytes()),
                1 => bytes[at] ^= 1 << (length % 8),
                _ => bytes.truncate(at),
            }
            (side, bytes)
        })
        .boxed()
}

/// A message with whatever in it.
fn strange() -> BoxedStrategy<(Side, Vec<u8>)> {
    let tags: Vec<u8> = ASKED.iter().chain(ANSWERED).map(|(tag, _)| *tag).collect();
    let body = proptest::collection::vec(any::<u8>(), 0..400);
    (side(), proptest::sample::select(tags), body)
        .prop_map(|(side, tag, body)| (side, message(tag, &body)))
        .boxed()
}

fn sent() -> impl Strategy<Value = Sent> {
    let raw = (side(), proptest::collection::vec(any::<u8>(), 0..100));
    let other = prop_oneof![6 => spoilt(), 6 => strange(), 1 => raw];
    let bytes = prop_oneof![60 => sound().prop_map(|it| (true, it)), 13 => other.prop_map(|it| (false, it))];
    // Now and then far more of the same than anybody has to say.
    let times = prop_oneof![60 => Just(1_usize), 10 => 2_usize..9, 1 => 1_000_usize..40_000];
    // Up to a month.
    let pause = prop_oneof![4 => Just(0_u64), 1 => 0_u64..50, 1 => Just(2_592_000_000)];
    (bytes, times, pause).prop_map(|((sound, (side, bytes)), times, pause)| Sent {
        sound,
        side,
        bytes,
        times,
        pause,
    })
}

/// How a client begins.
const FIRST: &[&[u8]] = &[
    b"\0\x03\0\0user\0me\0\0",
    b"\0\x03\0\x02user\0me\0DateStyle\0ISO, MDY\0TimeZone\0UTC\0extra_float_digits\x002\0\0",
    b"\0\x03\0\0replication\0true\0\0",
    b"\x04\xd2\x16\x2f",
    b"",
];

fn first() -> impl Strategy<Value = Vec<u8>> {
    let any = proptest::collection::vec(any::<u8>(), 0..60);
    prop_oneof![20 => (0..2_usize).prop_map(|at| FIRST[at].to_vec()), 1 => (0..FIRST.len()).prop_map(|at| FIRST[at].to_vec()), 1 => any]
}

/// In whatever pieces the bytes come.
fn pass(talk: &Conversation, now: Duration, sent: &Sent, piece: usize) {
    let mut most = 0;
    let all = sent.bytes.repeat(sent.times);
    for bytes in all.chunks(piece.max(all.len() / 64).max(1)) {
        match sent.side {
            Side::Client => talk.client(now, bytes),
            Side::Server => talk.server(now, bytes),
        }
        most = most.max(talk.kept());
    }
    assert!(most <= MOST, "{most} bytes are kept of one connection");
}

/// What is told adds up, and can be shown.
fn is_sound(seen: &Seen) -> String {
    let holds = seen.holds;
    assert!(holds.busy <= holds.held, "{holds:?}");
    let gaps: Duration = seen.gaps.iter().map(|gap| gap.total).sum();
    assert_eq!(gaps + seen.further_gaps + holds.busy, holds.held);
    for gap in &seen.gaps {
        assert!(gap.count > 0 && gap.p50 <= gap.p99 && gap.p99 <= gap.longest && gap.longest <= gap.total);
    }
    for one in &seen.transactions {
        let gaps: Duration = one.gaps.iter().map(|gap| gap.length).sum();
        assert!(gaps <= one.length && one.start + one.length <= seen.window, "{one:?}");
    }
    let ms = Duration::from_millis;
    let releases = [Release::Never, Release::InSafeGaps(ms(5)), Release::InAllGaps(ms(5))];
    let worths = releases.map(|release| worth(seen, release, ms(10)));
    let answer = Answer { seen, worths: &worths, wait: ms(10), full: full_share(seen), most: 10 };
    let mut text = Vec::new();
    terminal(&answer, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.chars().all(|c| c == '\n' || is_plain(c)), "{text:?}");
    text
}

#[test]
fn conversations_are_read_or_refused() {
    let inputs = (first(), proptest::collection::vec(sent(), 0..60), 1_usize..200);
    each("conversations", 5_000, &inputs, |(first, all, piece)| {
        let talk = Conversation::begin(&first);
        let mut now = 0_u64;
        for sent in &all {
            now = now.saturating_add(sent.pause).min(u64::MAX / 1_000_000);
            pass(&talk, Duration::from_millis(now), sent, piece);
        }
        let seen = talk.end(Duration::from_millis(now));
        let told = is_sound(&seen);
        // Without its quotes a literal is a word.
        assert!(!told.contains("secret") || !all.iter().all(|sent| sent.sound), "{told}");
        if seen.connections.blind == 0 { Took::Yes } else { Took::No }
    });
}
