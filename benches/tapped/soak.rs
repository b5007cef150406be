//! Many transactions for a long time: memory stays as it is, and each one is counted.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::ways::Ways;
use crate::{asked, say};

const CLIENTS: &str = "16";

/// A statement of its own, so that pgbench asks nothing beside it, in a transaction with a gap.
const SCRIPT: &[u8] = b"begin\\; select 1;\ncommit;\n";

/// Ends the tap, since what it saw is told then.
pub(crate) fn measure(ways: &Ways) {
    let (seconds, rate) = (asked("POOLBENCH_SOAK", 600), asked("POOLBENCH_RATE", 10_000));
    let mut script = tempfile::NamedTempFile::new().expect("a file");
    script.write_all(SCRIPT).expect("a script");
    let mut command = ways.tap.command(&ways.program("pgbench"));
    command.args(["-n", "-c", CLIENTS, "-j", "2", "-M", "simple", "-f"]).arg(script.path());
    command.args(["-R", &rate.to_string(), "-T", &seconds.to_string()]).stdout(Stdio::piped());
    let begun = Instant::now();
    let mut pgbench = command.stderr(Stdio::null()).spawn().expect("pgbench");
    say(&format!(
        "\n{rate} transactions/s for {seconds} s by {CLIENTS} clients; memory of the tap\n\n| after | MiB |\n|---|---|"
    ));
    let every = Duration::from_secs_f64(seconds as f64 / 10.0);
    let mut next = begun + every;
    while pgbench.try_wait().expect("pgbench").is_none() {
        std::thread::sleep(Duration::from_millis(100));
        if Instant::now() >= next {
            say(&format!(
                "| {:.0} s | {:.1} |",
                begun.elapsed().as_secs_f64(),
                ways.memory() as f64 / 1024.0
            ));
            next += every;
        }
    }
    let told = pgbench.wait_with_output().expect("pgbench").stdout;
    let told = String::from_utf8_lossy(&told);
    let number =
        |name: &str| told.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok());
    let done = number("number of transactions actually processed:").unwrap_or_else(|| panic!("{told}"));
    let peak = ways.most_memory() as f64 / 1024.0;
    let seen = ways.seen();
    let gaps = seen.gaps.iter().map(|gap| gap.count).sum::<u64>();
    let per_second = done as f64 / seconds as f64;
    say(&format!(
        "\npgbench: {done} transactions, {per_second:.0} a second; the tap: {} holds, {gaps} gaps, {} blind connections, at \
         most {peak:.1} MiB until then",
        seen.holds.count, seen.connections.blind
    ));
    assert!(seen.holds.count == done && seen.connections.blind == 0, "transactions are missing");
}
