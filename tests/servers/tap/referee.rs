//! The server adds up itself how long it was idle in transactions: exactly, and told when a session has ended.

use std::io::Write;
use std::time::Duration;

use crate::tap::Place;
use crate::tap::scripted::{Client, known};

const GAPS: u32 = 200;

/// What the server has counted, once it tells it: with the end of the only session in this database.
fn counted(place: &Place) -> Duration {
    let sql = "select idle_in_transaction_time from pg_stat_database where datname = 'job_service'";
    for _ in 0..100 {
        let told: f64 = place.server.rows("postgres", sql)[0].parse().unwrap();
        if told > 0.0 {
            return Duration::from_secs_f64(told / 1e3);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the server counts nothing");
}

#[test]
fn the_server_counts_the_same_idle_time() {
    let Some(place) = Place::start() else { return };
    let mut client = Client::connect(&place.tap);
    for gap in 0..GAPS {
        client.query("begin");
        client.pause_for(Duration::from_millis(2));
        client.query(if gap % 2 == 0 { "commit" } else { "rollback" });
    }
    let (steps, pauses) = client.leave();
    let holds = place.seen().holds;
    let (ours, server) = (holds.held - holds.busy, counted(&place));
    let sum = |of: fn((Duration, Duration)) -> Duration| -> Duration {
        pauses.iter().map(|at| of(known(&steps, *at))).sum()
    };
    let (least, most) = (sum(|known| known.0), sum(|known| known.1));
    let told = |time: Duration| format!("{:.1} µs", time.as_secs_f64() * 1e6 / f64::from(GAPS));
    let _ = writeln!(
        std::io::stderr(),
        "a gap: {} paused, {} with both exchanges, {} by the tap, {} by the server",
        told(least),
        told(most),
        told(ours),
        told(server)
    );
    assert!((least..=most).contains(&ours), "{ours:?} is not {least:?} to {most:?}");
    // The server's clock is set by others meanwhile, and counts in microseconds.
    let slack = most / 1000 + Duration::from_micros(1) * GAPS;
    assert!((least - slack..=most + slack).contains(&server), "{server:?} is not {least:?} to {most:?}");
}
