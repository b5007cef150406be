//! The service in FastAPI, before and after, as `examples/fastapi/run.sh` runs it: what the tap says of the one before
//! is what the service says itself, and what it says that releasing is worth is what the one after needs.
//! `cargo test --release --test servers -- --ignored --nocapture tap::fastapi::`; it installs from PyPI.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use poolbench::archive::observed::{self, OBSERVED_FILE};
use poolbench::tap::{Release, Seen, worth};

use crate::common;
use crate::tap::name;
use poolbench::provision::ServerKind;

#[test]
#[ignore = "installs FastAPI and more from PyPI, and takes a minute"]
fn the_service_in_fastapi_is_told_as_it_is() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/fastapi/run.sh");
    let mut command = Command::new(script);
    command.env("POOLBENCH", env!("CARGO_BIN_EXE_poolbench")).env("OUT", folder.path());
    command.env_remove("DATABASE_URL").env_remove("PGHOST");
    let out = command.output().unwrap();
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{told}{}", String::from_utf8_lossy(&out.stderr));
    let mut runs: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    runs.retain(|run| run.join(OBSERVED_FILE).is_file());
    runs.sort();
    let [before, after] = [&runs[0], &runs[1]].map(|run| observed::load(run).unwrap().seen);

    let first = &before.gaps[0];
    let (from, to) = (name(&before, first.before), name(&before, first.after));
    assert!(from.starts_with("insert into jobs") && to == "commit", "{from} to {to}");
    let own = of_its_own(&told, "before");
    let off = first.total.as_secs_f64() / own - 1.0;
    let waits = |seen: &Seen| {
        name(seen, seen.gaps[0].before).starts_with("insert") && seen.gaps[0].p50 > Duration::from_millis(20)
    };
    assert!(!waits(&after), "{:#?}", after.gaps[0]);

    let ms = Duration::from_millis;
    let played = worth(&before, Release::InAllGaps(ms(5)), ms(10));
    let seen = worth(&before, Release::Never, ms(10));
    let _ = writeln!(
        std::io::stderr(),
        "{told}\nfirst gap {:?} in {} gaps, {own} s by the service's own clock: {:+.2} %\nas seen {} in use and a pool of {}; given \
         back in all gaps {} in use and a pool of {}; afterwards {} in use",
        first.total,
        first.count,
        off * 100.0,
        seen.seen_pool.peak,
        seen.smallest,
        played.seen_pool.peak,
        played.smallest,
        after.holding.peak
    );
    assert!(off.abs() < 0.01, "{off}");
    assert!(
        played.seen_pool.peak.abs_diff(after.holding.peak) <= 1,
        "{} and {}",
        played.seen_pool.peak,
        after.holding.peak
    );
}

/// What the service says that it spent outside the database, in seconds.
fn of_its_own(told: &str, which: &str) -> f64 {
    let line = told.lines().find_map(|line| line.strip_prefix(&format!("{which}: by its own clock ")));
    line.and_then(|line| line.split(' ').next()?.parse().ok()).unwrap_or_else(|| panic!("{told}"))
}
