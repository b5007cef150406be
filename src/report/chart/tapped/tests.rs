//! Which row and which part of the time is shown, and what no record may do to a chart.

use std::time::Duration;

use super::occupancy::Occupancy;
use super::rows::{Rows, StandFor};
use super::slice::Slice;
use super::*;
use crate::archive::observed;
use crate::report::chart::render::Picture;
use crate::tap::{Life, Transaction};

const MS: Duration = Duration::from_millis(1);

fn fixture() -> Observed {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tap-v1.json");
    observed::load(path.as_ref()).unwrap()
}

fn life(connection: u32, start: u32, length: u32) -> Life {
    Life { connection, start: start * MS, length: length * MS, blind_since: None }
}

fn hold(connection: Option<u32>, start: u32, length: u32) -> Transaction {
    Transaction { connection, start: start * MS, length: length * MS, gaps: Vec::new() }
}

#[test]
fn a_row_is_taken_over_when_its_connection_has_ended() {
    let mut seen = fixture().seen;
    seen.lives = vec![life(0, 0, 100), life(1, 10, 20), life(2, 30, 50)];
    // The third connection was not kept, but its holds were: it is open for as long as they are.
    seen.transactions =
        vec![hold(Some(1), 12, 5), hold(Some(2), 40, 5), hold(Some(7), 50, 5), hold(Some(7), 90, 5)];
    let rows = Rows::of(&seen);
    assert_eq!(rows.open.iter().map(|open| open.row).collect::<Vec<_>>(), [0, 1, 1, 2]);
    assert_eq!(rows.held.iter().map(|held| held.row).collect::<Vec<_>>(), [1, 1, 2, 2]);
    assert_eq!((rows.count, rows.stand_for), (3, StandFor::Connections));
    let mine = rows.open[3];
    assert_eq!((mine.from, mine.to), (50_000_000, 95_000_000));

    seen.lives.clear();
    seen.transactions = vec![hold(None, 0, 10), hold(None, 5, 10), hold(None, 10, 10)];
    let rows = Rows::of(&seen);
    assert_eq!(rows.held.iter().map(|held| held.row).collect::<Vec<_>>(), [0, 1, 0]);
    assert_eq!((rows.count, rows.stand_for), (2, StandFor::Holds));
}

#[test]
fn of_too_many_holds_those_around_the_peak_are_shown() {
    let mut observed = fixture();
    let whole = Occupancy::of(&observed).slice;
    assert_eq!(whole, Slice { from: 0, to: 10_000_000_000 });

    let seen = &mut observed.seen;
    seen.lives = vec![life(0, 0, 10_000), life(1, 0, 10_000)];
    seen.transactions = (0..9_900).map(|at| hold(Some(0), at, 1)).collect();
    seen.transactions.push(hold(Some(1), 5_000, 3));
    let slice = Occupancy::of(&observed).slice;
    let drawn = (slice.to - slice.from) / 1_000_000;
    assert!((2_900..=3_000).contains(&drawn), "{slice:?}");
    assert!(slice.from < 5_000_000_000 && slice.to > 5_000_000_000, "{slice:?}");
    assert!(Occupancy::of(&observed).explains().contains("of 10 s, around the first moment"));
}

#[test]
fn no_record_is_too_odd_to_be_drawn() {
    let mut odd = fixture();
    odd.seen.lives.clear();
    odd.seen.transactions.clear();
    odd.seen.window = Duration::ZERO;
    draw_tap(&odd).unwrap();
    let mut odd = fixture();
    let most = Duration::from_nanos(u64::MAX);
    odd.seen.transactions[0].start = most;
    odd.seen.transactions[1].length = most;
    odd.seen.transactions[2].gaps[0].start = most;
    odd.seen.lives[0].length = most;
    odd.seen.lives[2].blind_since = Some(most);
    odd.seen.window = most;
    draw_tap(&odd).unwrap();
}
