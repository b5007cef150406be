//! The five cases that the server's own counters tell rightly, late, wrongly or not at all; a tap sees each.

use std::time::{Duration, Instant};

use poolbench::tap::{Edge, Seen};

use crate::tap::{Place, name};

const MS: Duration = Duration::from_millis(1);

/// The machine of the tests is busy: what stands around a pause may make it longer, and nothing shorter.
fn about(what: &str, seen: Duration, truth: Duration) {
    let off = seen.as_secs_f64() - truth.as_secs_f64();
    assert!((-0.002..0.060).contains(&off), "{what}: {seen:?} and not {truth:?}");
}

/// Does nothing, and says for how long.
fn pause(length: Duration) -> Duration {
    let began = Instant::now();
    std::thread::sleep(length);
    began.elapsed()
}

fn gap(seen: &Seen, before: &str, after: &str) -> Duration {
    let mut gaps = seen.gaps.iter();
    let gap = gaps.find(|gap| name(seen, gap.before) == before && name(seen, gap.after) == after);
    gap.unwrap_or_else(|| panic!("no gap between {before} and {after} in {:#?}", seen.gaps)).total
}

fn idle(seen: &Seen) -> Duration {
    seen.holds.held - seen.holds.busy
}

#[test]
fn idle_in_a_transaction_that_commits_or_aborts() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    wire.query("begin");
    let committed = pause(300 * MS);
    wire.query("commit");
    wire.query("begin");
    let aborted = pause(400 * MS);
    wire.query("rollback");
    wire.vanish();
    let seen = place.seen();
    about("committed", gap(&seen, "begin", "commit"), committed);
    about("aborted", gap(&seen, "begin", "rollback"), aborted);
}

#[test]
fn a_client_that_leaves_within_its_transaction() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    wire.query("begin");
    let truth = pause(400 * MS);
    wire.vanish();
    let seen = place.seen();
    about("cut", gap(&seen, "begin", &format!("{:?}", Edge::Disconnected)), truth);
    assert_eq!(seen.holds.disconnected.count, 1);
}

const SLOW: &str = "create function slow_plan() returns int immutable language plpgsql as
    $$ begin perform pg_sleep(0.2); return 1; end $$";

#[test]
fn planning_is_busy_in_both_protocols() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    wire.query(SLOW);
    let before = place.tap.report().holds.busy;
    wire.query("select slow_plan()");
    let simple = place.tap.report().holds.busy;
    about("simple", simple - before, 200 * MS);
    wire.parse("", "select slow_plan()");
    wire.bind_and_execute("");
    wire.sync();
    about("extended", place.tap.report().holds.busy - simple, 200 * MS);
    wire.vanish();
    // Nothing but what a busy machine puts between three writes.
    about("idle", idle(&place.seen()), Duration::ZERO);
}

#[test]
fn a_pause_between_execute_and_sync_is_the_clients() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    wire.parse("s", "select 1");
    wire.bind_and_execute("s");
    wire.flush();
    wire.until(b'C');
    let truth = pause(500 * MS);
    wire.sync();
    wire.vanish();
    about("after execute", gap(&place.seen(), "select ?", "Sync"), truth);
}

#[test]
fn a_pause_between_parse_and_bind_is_the_clients() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    wire.parse("s", "select 1");
    wire.flush();
    wire.until(b'1');
    let truth = pause(500 * MS);
    wire.bind_and_execute("s");
    wire.sync();
    wire.vanish();
    about("after parse", gap(&place.seen(), "select ?", "select ?"), truth);
}

#[test]
fn a_hold_that_is_open_counts_as_long_as_it_has_been() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    wire.query("begin");
    let truth = pause(100 * MS);
    let seen = place.tap.report();
    assert_eq!((seen.holds.count, seen.holds.censored.count), (1, 1));
    about("open", gap(&seen, "begin", "StillOpen"), truth);
    wire.query("commit");
    // The tap forwards first and reads then, so the client can be sooner.
    let until = Instant::now() + Duration::from_secs(10);
    while place.tap.report().holds.censored.count > 0 {
        assert!(Instant::now() < until, "the hold is still open");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn what_cannot_be_read_is_forwarded_and_counted() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    // A tag that no client sends: the server says what it thinks of it.
    wire.send(b'?', b"");
    let told = String::from_utf8_lossy(&wire.until(b'E')).into_owned();
    assert!(told.contains("invalid frontend message type"), "{told}");
    assert_eq!(place.seen().connections.blind, 1);
}
