//! `pgbench -S -M prepared`, as fast as it goes.

use crate::spread::Spread;
use crate::ways::{Way, Ways};
use crate::{asked, say};

const CLIENTS: [u32; 3] = [1, 8, 64];

/// Seconds of one run.
const LASTS: &str = "3";

/// PgBouncer before 1.21 knows no prepared statements in transaction mode, so it is not asked there.
pub(crate) fn measure(ways: &Ways) {
    let all = [&ways.direct, &ways.session, &ways.tap];
    let rounds = asked("POOLBENCH_ROUNDS", 5);
    let pgbench = ways.program("pgbench");
    let made = ways.direct.command(&pgbench).args(["-i", "-q", "-s", "10"]).output();
    if !made.as_ref().is_ok_and(|out| out.status.success()) {
        return say("\npgbench is not here, or cannot make its tables: no throughput was measured.");
    }
    say(&format!(
        "\npgbench -S -M prepared -T {LASTS}, {rounds} rounds, transactions/s: median of rounds (lowest to highest)\n"
    ));
    say("| clients | direct | PgBouncer, session mode | poolbench tap | tap ÷ PgBouncer | tap ÷ direct |");
    say("|---|---|---|---|---|---|");
    for clients in CLIENTS {
        let mut rates = vec![Spread::default(); all.len()];
        for round in 0..rounds {
            for turn in 0..all.len() {
                let at = (turn + round) % all.len();
                rates[at].add(rate(all[at], &pgbench, clients));
            }
        }
        let ratio = |at: usize| rates[2].with(&rates[at], |tap, other| tap / other);
        let [direct, pooler, tap] = [&rates[0], &rates[1], &rates[2]];
        say(&format!("| {clients} | {direct} | {pooler} | {tap} | {} | {} |", ratio(1), ratio(0)));
    }
}

fn rate(way: &Way, pgbench: &std::path::PathBuf, clients: u32) -> f64 {
    let mut command = way.command(pgbench);
    command.args(["-n", "-S", "-M", "prepared", "-T", LASTS, "-c", &clients.to_string()]);
    command.args(["-j", if clients > 1 { "2" } else { "1" }]);
    let out = command.output().expect("a pgbench that was there a moment ago");
    let told = String::from_utf8_lossy(&out.stdout);
    let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.unwrap_or_else(|| panic!("{}: {told}{}", way.name, String::from_utf8_lossy(&out.stderr)))
}
