//! `SELECT 1`, asked by one client again and again.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use crate::spread::Spread;
use crate::ways::Ways;
use crate::wire::Wire;
use crate::{asked, say};

/// Questions in a row on one way before it is the next one's turn.
const BLOCK: usize = 50;
/// Blocks of each way in a round.
const BLOCKS: usize = 60;

const QUESTION: &[u8] = b"Q\0\0\0\x0dselect 1\0";
/// The last message of an answer.
const READY: &[u8] = b"Z\0\0\0\x05I";

pub(crate) fn measure(ways: &Ways) {
    let all = [&ways.direct, &ways.session, &ways.transaction, &ways.tap];
    let mut wires = all.map(|way| way.connect());
    let rounds = asked("POOLBENCH_ROUNDS", 9);
    let mut p50 = vec![Spread::default(); all.len()];
    let mut p99 = p50.clone();
    for round in 0..=rounds {
        let mut times = vec![Vec::with_capacity(BLOCK * BLOCKS); all.len()];
        for block in 0..BLOCKS {
            for turn in 0..all.len() {
                // Nobody always comes after the same one.
                let at = (turn + block) % all.len();
                times[at].extend((0..BLOCK).map(|_| ask(&mut wires[at])));
            }
        }
        // The first round only warms up.
        if round > 0 {
            for (at, times) in times.iter_mut().enumerate() {
                times.sort();
                p50[at].add(micros(times[times.len() / 2]));
                p99[at].add(micros(times[times.len() * 99 / 100]));
            }
        }
    }
    say(&format!(
        "\nSELECT 1, one client, {} of them in each of {rounds} rounds, in µs: median of rounds (lowest to highest)\n",
        BLOCK * BLOCKS
    ));
    say("| way | p50 | p99 | added p50 | added p99 |\n|---|---|---|---|---|");
    for (at, way) in all.iter().enumerate() {
        let added = |of: &[Spread]| of[at].with(&of[0], |one, direct| one - direct);
        let added = |of: &[Spread]| if at == 0 { "–".to_owned() } else { added(of).to_string() };
        say(&format!("| {} | {} | {} | {} | {} |", way.name, p50[at], p99[at], added(&p50), added(&p99)));
    }
}

fn ask(wire: &mut Wire) -> Duration {
    let mut answer = [0; 512];
    let mut length = 0;
    let begun = Instant::now();
    let sent = wire.stream.write_all(QUESTION);
    while !answer[..length].ends_with(READY) {
        match wire.stream.read(&mut answer[length..]) {
            Ok(read) if read > 0 => length += read,
            other => panic!("{sent:?}, {other:?} after {length} bytes"),
        }
    }
    begun.elapsed()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
