//! COPY of a GiB, out and in.

use std::io::{Read, Write};
use std::time::Instant;

use crate::spread::Spread;
use crate::ways::{Way, Ways};
use crate::{asked, say};

/// A row of 1 KiB with its head of five bytes, as one message.
fn row() -> Vec<u8> {
    let text = [&[b'x'; 1023][..], b"\n"].concat();
    [b"d", &(text.len() as u32 + 4).to_be_bytes()[..], &text].concat()
}

pub(crate) fn measure(ways: &Ways) {
    let (mebibytes, rounds) = (asked("POOLBENCH_COPY", 1024), asked("POOLBENCH_ROUNDS", 3));
    let all = [&ways.direct, &ways.session, &ways.tap];
    let mut seconds = vec![[Spread::default(), Spread::default()]; all.len()];
    for round in 0..rounds {
        for turn in 0..all.len() {
            let at = (turn + round) % all.len();
            seconds[at][0].add(out(all[at], mebibytes));
            seconds[at][1].add(in_(all[at], mebibytes));
        }
    }
    say(&format!(
        "\nCOPY of {mebibytes} MiB in rows of 1 KiB, {rounds} rounds, in s: median of rounds (lowest to highest)\n"
    ));
    say("| way | out | in | speed out ÷ direct | speed in ÷ direct |\n|---|---|---|---|---|");
    for (at, way) in all.iter().enumerate() {
        let [out, in_] = &seconds[at];
        let speed = |of: usize| seconds[0][of].with(&seconds[at][of], |direct, mine| direct / mine);
        say(&format!("| {} | {out} | {in_} | {} | {} |", way.name, speed(0), speed(1)));
    }
}

/// Seconds from the query to its end.
fn out(way: &Way, mebibytes: usize) -> f64 {
    let mut wire = way.connect();
    let sql =
        format!("copy (select repeat('x', 1023) from generate_series(1, {})) to stdout\0", mebibytes * 1024);
    let begun = Instant::now();
    wire.send(b'Q', sql.as_bytes());
    let mut buffer = vec![0; 256 * 1024];
    let (mut came, mut last) = (0, Vec::new());
    while !last.ends_with(b"Z\0\0\0\x05I") {
        let read = wire.stream.read(&mut buffer).expect("a server that goes on");
        assert!(read > 0, "the connection ended after {came} bytes");
        came += read;
        last.extend_from_slice(&buffer[read.saturating_sub(6)..read]);
        last.drain(..last.len().saturating_sub(6));
    }
    assert!(came > mebibytes * 1024 * 1024, "{came}");
    begun.elapsed().as_secs_f64()
}

/// Seconds from the query to the last row's end. The server reads each row and keeps none, so that no disk is measured.
fn in_(way: &Way, mebibytes: usize) -> f64 {
    let mut wire = way.connect();
    wire.query("begin; create table copied (a text)");
    let rows = row().repeat(64);
    let begun = Instant::now();
    wire.send(b'Q', b"copy copied from stdin where a is null\0");
    wire.until(b'G');
    for _ in 0..mebibytes * 16 {
        wire.stream.write_all(&rows).expect("a server that goes on");
    }
    wire.send(b'c', b"");
    let told = wire.until(b'C');
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(String::from_utf8_lossy(&told).trim_end_matches('\0'), "COPY 0");
    wire.until(b'Z');
    wire.query("rollback");
    seconds
}
