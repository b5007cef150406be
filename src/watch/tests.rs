use super::*;

const MS: Duration = Duration::from_millis(1);

fn doing(process: i32, state: Option<DoingState>, since: u32) -> Doing {
    Doing {
        process,
        application: "app".to_owned(),
        user: "me".to_owned(),
        database: "d".to_owned(),
        state,
        since: since * MS,
        statement: "insert into t values ('hunter2')".to_owned(),
    }
}

fn look(at: u32, connections: Vec<Doing>) -> Activity {
    Activity { at: at * MS, connections }
}

#[test]
fn a_spell_has_an_exact_start_and_an_end_between_two_looks() {
    let idle = Some(DoingState::IdleInTransaction);
    let mut watch = Watch::default();
    watch.add(&look(1000, vec![doing(1, idle, 950), doing(2, Some(DoingState::Idle), 0)]));
    watch.add(&look(1100, vec![doing(1, idle, 950), doing(2, Some(DoingState::Running), 1090)]));
    watch.add(&look(1200, vec![doing(1, Some(DoingState::Idle), 1180), doing(2, idle, 1150)]));
    let seen = watch.end(Some(200 * MS), WatchEnd::AsAsked);
    assert_eq!((seen.window, seen.looks, seen.interval), (200 * MS, 3, 100 * MS));
    assert_eq!((seen.open.peak, seen.holding.peak, seen.running.peak), (2, 2, 1));
    assert_eq!(seen.holding.mean, 4.0 / 3.0);
    assert_eq!(seen.idle_share(), Some(0.75));
    assert_eq!((seen.longest[0].at_least, seen.longest[0].at_most), (150 * MS, Some(250 * MS)));
    // Half an interval long so far, and so one of two.
    assert_eq!((seen.longest[1].at_least, seen.longest[1].at_most), (50 * MS, None));
    assert_eq!(seen.spells, 3.0);
    // Only the first was longer than any time between two looks; the server counts it when it ends.
    assert_eq!((seen.widest, seen.long.count, seen.long.open), (100 * MS, 1, 0));
    assert_eq!((seen.long.at_least, seen.long.at_most), (150 * MS, 250 * MS));
    assert_eq!(seen.other_spells(), Some((Duration::ZERO, 50 * MS)));
    let series: Vec<_> =
        seen.series.iter().map(|one| (one.from, one.holding.peak, one.running.peak)).collect();
    assert_eq!(series, [(Duration::ZERO, 1, 0), (100 * MS, 2, 1), (200 * MS, 1, 0)]);
    assert!(!format!("{seen:?}").contains("hunter2"));
}

#[test]
fn what_may_not_be_seen_is_counted_and_is_no_hold() {
    let mut watch = Watch::default();
    watch.add(&look(1000, vec![doing(1, None, 0)]));
    let seen = watch.end(None, WatchEnd::AsAsked);
    assert_eq!((seen.unseen, seen.holding.peak, seen.idle_share()), (1, 0, None));
}

#[test]
fn a_long_watch_takes_no_more_memory_than_a_short_one() {
    let mut watch = Watch::default();
    let idle = Some(DoingState::IdleInTransaction);
    for number in 0..20_000 {
        watch.add(&look(1000 + 10 * number, vec![doing(1, idle, 995 + 10 * number)]));
    }
    let seen = watch.end(None, WatchEnd::AsAsked);
    assert!(seen.series.len() <= 800 && seen.longest.len() == 10);
    assert_eq!(seen.series.iter().map(|one| one.looks).sum::<u64>(), 20_000);
    assert!(seen.series.iter().all(|one| one.holding == Level { mean: 1.0, peak: 1 }));
    // Each was 5 ms long when it was seen, and 5 to 15 ms at its end.
    assert!((20_000.0..40_001.0).contains(&seen.spells), "{}", seen.spells);
    assert_eq!((seen.long.count, seen.other_spells()), (0, None));
}
