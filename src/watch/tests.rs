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
    let seen = watch.end(Some(200 * MS));
    assert_eq!((seen.window, seen.looks, seen.interval), (200 * MS, 3, 100 * MS));
    assert_eq!((seen.open.peak, seen.holding.peak, seen.running.peak), (2, 2, 1));
    assert_eq!(seen.holding.mean, 4.0 / 3.0);
    assert_eq!(seen.idle_share(), Some(0.75));
    assert_eq!((seen.longest[0].at_least, seen.longest[0].at_most), (150 * MS, Some(250 * MS)));
    // Half an interval long so far, and so one of two.
    assert_eq!((seen.longest[1].at_least, seen.longest[1].at_most), (50 * MS, None));
    assert_eq!(seen.spells, 3.0);
    assert!(!format!("{seen:?}").contains("hunter2"));
}

#[test]
fn what_may_not_be_seen_is_counted_and_is_no_hold() {
    let mut watch = Watch::default();
    watch.add(&look(1000, vec![doing(1, None, 0)]));
    let seen = watch.end(None);
    assert_eq!((seen.unseen, seen.holding.peak, seen.idle_share()), (1, 0, None));
}
