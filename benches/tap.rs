//! What a tap adds: the same load straight to a throw-away Postgres, through PgBouncer and through `poolbench tap`, in
//! turn, so that a busy machine is busy for all of them. `cargo bench --bench tap`, or `just bench-tap`.
//!
//! `latency`, `throughput` or `copy` behind `--` does that part alone, and `soak` what is not done otherwise: 10,000
//! transactions a second for 10 minutes (`POOLBENCH_SOAK` says for how many seconds), of which none may be missing. What stands in a table is the median of rounds
//! with the lowest and the highest of them; what is added is taken round by round. `POOLBENCH_ROUNDS` asks for another
//! number of rounds, `POOLBENCH_COPY` for another number of MiB.

#[path = "tapped/copy.rs"]
mod copy;
#[path = "tapped/latency.rs"]
mod latency;
#[path = "tapped/soak.rs"]
mod soak;
#[path = "tapped/spread.rs"]
mod spread;
#[path = "tapped/throughput.rs"]
mod throughput;
#[path = "tapped/ways.rs"]
mod ways;
#[path = "../tests/servers/tap/wire.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "tests say more to a server than a bench, and end where it fails"
)]
mod wire;

use std::io::{Write, stderr, stdout};

use ways::Ways;

fn main() {
    let asked: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |part: &str| asked.is_empty() || asked.iter().any(|word| word == part);
    let ways = match Ways::start() {
        Ok(ways) => ways,
        Err(fault) => {
            let _ = writeln!(stderr(), "\nSKIPPED: this bench needs PostgreSQL and PgBouncer: {fault}\n");
            return;
        }
    };
    say(&ways.told());
    if wants("latency") {
        latency::measure(&ways);
    }
    if wants("throughput") {
        throughput::measure(&ways);
    }
    if wants("copy") {
        copy::measure(&ways);
    }
    say(&format!("\nThe tap held at most {} MiB of memory.", ways.most_memory() / 1024));
    if asked.iter().any(|word| word == "soak") {
        soak::measure(&ways);
    }
}

/// A line of the answer, at once.
fn say(line: &str) {
    let mut out = stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// A number that somebody asks for in the environment.
fn asked(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
