//! Lanes in virtual time against what a real lane does: which requests fail and what they still do, and
//! which are held back or shed under an in-flight cap.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use poolbench::analyse::{Forecast, NestedHolds, Patience};
use poolbench::arrivals::{failure_draw, stream_seed};
use poolbench::itinerary::{SessionScope, StepKind};
use poolbench::plan::Plan;
use poolbench::record::{Histogram, Tape, Why};
use poolbench::scenario::{Bystander, Fleet, Routing, Scenario};
use poolbench::theory::Variability;
use poolbench::twin::engine::Engine;
use poolbench::twin::{HoldLaw, Lane, LaneLoad, PlayedLane, SideBySide, Stage};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;

/// A scenario of three steps: 100 ms of SQL, an enqueue of 2 s, and 300 ms of SQL.
fn scenario(pool: u32, load: &str, queue: &str) -> Scenario {
    let text = format!(
        r#"
        pools = ["sqlx"]
        scopes = ["request-scoped", "repository-scoped", "nested-session"]
        time-scale = "1"
        seed = 5
        pool = {{ size = {pool}, acquire-timeout = "4s" }}
        load = {{ {load} }}
        phases = {{ warm-up = "10s", measure = "100s", drain = "30s" }}
        capacity = {{ warm-up = "5s", measure = "50s" }}

        [[steps]]
        name = "create"
        kind = "sql"
        time = "100ms"
        operation = "create-job"

        [[steps]]
        name = "enqueue"
        kind = "queue"
        time = "2s"
        {queue}

        [[steps]]
        name = "update"
        kind = "sql"
        time = "300ms"
        operation = "update-job-state"
        "#
    );
    Scenario::parse("trial", "trial.toml", &text).unwrap()
}

fn lane(scenario: &Scenario, scope: SessionScope) -> Lane {
    let laws = SideBySide { holds: HoldLaw::Fixed, bystanders: HoldLaw::Fixed };
    Stage::nominal(&Plan::of(scenario)).side_by_side(scope, laws).unwrap()
}

fn play(lane: &Lane) -> PlayedLane {
    let played = lane.play(NonZeroUsize::MIN).unwrap();
    keeps_its_books(&played.tape);
    played
}

/// 70 % of 100 ms of SQL beside 30 % of 1 s of it, each a hold.
fn mixed(pool: u32, rate: &str) -> Scenario {
    let step = |time: &str| {
        format!("{{ name = \"sql\", kind = \"sql\", time = \"{time}\", operation = \"create-job\" }}")
    };
    let text = format!(
        r#"
        pools = ["sqlx"]
        scopes = ["request-scoped", "repository-scoped"]
        seed = 5
        steps = [{}]
        pool = {{ size = {pool}, acquire-timeout = "1h" }}
        load = {{ rate = "{rate}" }}
        phases = {{ warm-up = "100s", measure = "4000s", drain = "1h" }}
        kinds = [{{ name = "slow", share = 0.3, steps = [{}] }}]
        "#,
        step("100ms"),
        step("1s")
    );
    Scenario::parse("mixed", "mixed.toml", &text).unwrap()
}

#[test]
fn requests_of_a_kind_are_those_that_a_real_lane_draws_and_hold_as_theirs_do() {
    let scenario = mixed(20, "20/s");
    let tape = play(&lane(&scenario, SessionScope::Repository)).tape;
    let (usual, slow) = (&tape.kinds[0], &tape.kinds[1]);
    let seeds = poolbench::plan::SeedStream::of_requests(5);
    let (from, sent) = (tape.warm_up.ledger.scheduled, tape.measured.ledger.scheduled);
    let drawn = (from..from + sent).filter(|number| seeds.kind(*number) < 0.3).count() as u64;
    assert_eq!((slow.ledger.completed, usual.ledger.completed), (drawn, sent - drawn));
    assert_eq!((usual.hold.seen.greatest(), slow.hold.seen.least()), (SECOND / 10, SECOND));
}

#[test]
fn theory_takes_a_mix_of_single_holds_as_one_law() {
    // 0.37 s on average with a variance of 0.170 s², at 80 % of the pool: M/G/c.
    let plan = Plan::of(&mixed(5, "10.81/s"));
    let forecast = Forecast::of(&plan, SessionScope::Repository, Variability::NONE).unwrap();
    let (mean, spread) = (forecast.hold.mean().as_secs_f64(), forecast.hold.variability().get());
    assert!((mean - 0.37).abs() < 1e-9 && (spread - 0.170_1 / 0.136_9).abs() < 1e-6, "{mean} {spread}");
    assert!((forecast.utilisation - 0.8).abs() < 1e-3, "{}", forecast.utilisation);
    // Holds vary more than exponential ones, so no formula is trusted, and it says so.
    assert!(!forecast.departures(&plan, Patience::Endless).is_empty());
    let tape = play(&lane(&mixed(5, "10.81/s"), SessionScope::Repository)).tape;
    let in_use = tape.pool.stays as f64 / (4_000 * SECOND) as f64;
    assert!((in_use / 5.0 - 0.8).abs() < 0.02, "{in_use}");
}

#[test]
fn a_service_that_computes_carries_no_more_than_its_processors_do() {
    let builtin = poolbench::scenario::Builtin::named("language-model").unwrap();
    let plan = Plan::of(&builtin.scenario().unwrap());
    let carries = |scope| Forecast::of(&plan, scope, Variability::NONE).unwrap().capacity.as_per_second();
    // One request in ten computes for half a second, on one processor; in request scope connections run short.
    assert!((carries(SessionScope::Repository) - 20.0).abs() < 1e-6);
    assert!((0.8..0.9).contains(&carries(SessionScope::Request)));
}

fn keeps_its_books(tape: &Tape) {
    for cohort in [&tape.measured, &tape.warm_up, &tape.bystanders, &tape.bystanders_warm_up] {
        assert_eq!(cohort.ledger.check(), Ok(()));
        let (response, service) = (&cohort.response, &cohort.service);
        assert_eq!(response.seen.count(), cohort.ledger.completed);
        assert_eq!(service.seen.count(), cohort.ledger.completed);
        assert_eq!(
            response.censored.count() + cohort.ledger.completed + cohort.ledger.shed,
            cohort.ledger.scheduled
        );
        assert_eq!(service.censored.count() + cohort.ledger.completed, cohort.ledger.dispatched);
        assert_eq!(cohort.schedule_lag.count(), cohort.ledger.dispatched);
    }
    for little in [tape.pool, tape.queue, tape.system] {
        assert_eq!(little.integral, little.stays);
    }
    let failed: u64 = tape.series.slices.iter().map(|slice| slice.failed).sum();
    assert_eq!(failed, tape.measured.ledger.work_failed + tape.warm_up.ledger.work_failed);
}

/// Due times of the requests of an open loop.
fn due(lane: &Lane) -> Vec<u64> {
    let LaneLoad::Open { arrivals, .. } = &lane.load else { panic!("an open loop") };
    arrivals.clone().collect()
}

fn seconds(histogram: &Histogram) -> f64 {
    histogram.sum() as f64 / 1e9
}

#[test]
fn those_fail_that_fail_in_a_real_run() {
    let scenario = scenario(1000, "rate = \"5/s\"", "fail-share = 0.3");
    for scope in [SessionScope::Request, SessionScope::Repository, SessionScope::Nested] {
        let lane = lane(&scenario, scope);
        let draw_fails = |number: usize| failure_draw(stream_seed(5, 2), number as u64) < 0.3;
        let expected =
            due(&lane).iter().enumerate().filter(|(n, at)| **at >= 10 * SECOND && draw_fails(*n)).count();
        let PlayedLane { tape, engine, .. } = play(&lane);
        assert_eq!(engine, Engine::General);
        let ledger = &tape.measured.ledger;
        assert_eq!(ledger.work_failed, expected as u64, "{scope}");
        assert_eq!(ledger.completed + ledger.work_failed, ledger.scheduled);
        // In the words of a real run.
        for cohort in [&tape.measured, &tape.warm_up] {
            let failures = &cohort.failures;
            assert_eq!(failures.count(Why::Asked), cohort.ledger.work_failed);
            assert!(failures.kinds.iter().all(|kind| kind.says == StepKind::Queue.asked_failure()));
        }
        // Those that failed say how long that took, as a lower bound of a response.
        assert_eq!(tape.measured.response.censored.count(), ledger.work_failed);
    }
}

#[test]
fn request_scope_rolls_back_and_gives_back_at_the_failed_step() {
    let scenario = scenario(1000, "rate = \"5/s\"", "fail-share = 0.3");
    let PlayedLane { tape, .. } = play(&lane(&scenario, SessionScope::Request));
    let (measured, ledger) = (&tape.measured, &tape.measured.ledger);
    let (completed, failed) = (ledger.completed as f64, ledger.work_failed as f64);
    assert_eq!(measured.hold.seen.count(), ledger.scheduled);
    assert_eq!(measured.hold.censored.count(), 0);
    assert!((seconds(&measured.hold.seen) - (2.4 * completed + 2.1 * failed)).abs() < 1e-6);
    assert!((seconds(&measured.busy_hold) - (0.4 * completed + 0.1 * failed)).abs() < 1e-6);
    assert!((seconds(&measured.response.censored) - 2.1 * failed).abs() < 1e-6);
    let all = [&tape.measured.ledger, &tape.warm_up.ledger];
    let of = |read: fn(&poolbench::record::Ledger) -> u64| all.iter().map(|it| read(it)).sum::<u64>();
    assert_eq!(tape.transactions.committed, of(|it| it.completed));
    assert_eq!(tape.transactions.rolled_back, of(|it| it.work_failed));
    assert_eq!(tape.transactions.jobs_marked_failed, 0);
}

#[test]
fn repository_scope_marks_the_job_in_a_hold_of_its_own() {
    let scenario = scenario(1000, "rate = \"5/s\"", "fail-share = 0.3");
    let PlayedLane { tape, .. } = play(&lane(&scenario, SessionScope::Repository));
    let (measured, ledger) = (&tape.measured, &tape.measured.ledger);
    let (completed, failed) = (ledger.completed as f64, ledger.work_failed as f64);
    // Two holds of each, the second one for the update or for the mark of 100 ms.
    assert_eq!(measured.hold.seen.count(), 2 * ledger.scheduled);
    assert!((seconds(&measured.hold.seen) - (0.4 * completed + 0.2 * failed)).abs() < 1e-6);
    assert_eq!(seconds(&measured.busy_hold), seconds(&measured.hold.seen));
    assert!((seconds(&measured.response.censored) - 2.2 * failed).abs() < 1e-6);
    assert_eq!(tape.transactions.rolled_back, 0);
    let marked = ledger.work_failed + tape.warm_up.ledger.work_failed;
    assert_eq!(tape.transactions.jobs_marked_failed, marked);
}

/// Puts the first step last.
fn rotate(plan: &mut Plan) {
    Arc::make_mut(&mut plan.workload).steps.rotate_left(1);
    plan.operations.rotate_left(1);
    plan.failures.rotate_left(1);
}

#[test]
fn a_job_that_was_not_created_is_not_marked() {
    let text_of = |scenario: &Scenario| {
        let mut plan = Plan::of(scenario);
        rotate(&mut plan);
        plan
    };
    let plan = text_of(&scenario(1000, "rate = \"5/s\"", "fail-share = 0.3"));
    assert_eq!(plan.workload.steps[0].name, "enqueue");
    let laws = SideBySide { holds: HoldLaw::Fixed, bystanders: HoldLaw::Fixed };
    let lane = Stage::nominal(&plan).side_by_side(SessionScope::Repository, laws).unwrap();
    let PlayedLane { tape, .. } = play(&lane);
    assert_eq!(tape.transactions.jobs_marked_failed, 0);
    assert!(tape.measured.ledger.work_failed > 0);
    assert_eq!(tape.measured.hold.seen.count(), 2 * tape.measured.ledger.completed);
}

#[test]
fn a_failed_request_that_waits_too_long_to_mark_its_job_has_failed_and_not_timed_out() {
    // 60 a second on a pool that carries some 33: waits of 4 s are common.
    let scenario = scenario(10, "rate = \"60/s\"", "fail-share = 0.5");
    let PlayedLane { tape, .. } = play(&lane(&scenario, SessionScope::Repository));
    let (ledger, transactions) = (&tape.measured.ledger, &tape.transactions);
    let failed = ledger.work_failed + tape.warm_up.ledger.work_failed;
    assert!(ledger.acquire_timed_out > 100, "{ledger:?}");
    assert!(transactions.jobs_marked_failed < failed, "{transactions:?}, {failed} failed");
    // Waits that were given up, of those that timed out and of those that had failed already.
    let unmarked = tape.measured.acquire_wait.censored.count() - ledger.acquire_timed_out;
    assert!(unmarked > 0 && unmarked <= failed - transactions.jobs_marked_failed);
}

#[test]
fn in_a_closed_loop_the_same_share_fails_and_callers_go_on() {
    let scenario = scenario(10, "rate = \"5/s\"", "fail-share = 0.25");
    let plan = Plan::of(&scenario);
    let lane = Stage::nominal(&plan).capacity(SessionScope::Request, 12, HoldLaw::Fixed).unwrap();
    let ledger = play(&lane).tape.measured.ledger;
    let share = ledger.work_failed as f64 / ledger.scheduled as f64;
    assert!(ledger.scheduled > 150 && (share - 0.25).abs() < 0.15, "{ledger:?}");
}

#[test]
fn in_a_closed_loop_nobody_gives_up_as_in_a_real_one() {
    // 40 callers, 10 connections and holds of 2.4 s: all wait 7.2 s, and the timeout is 4 s.
    let plan = Plan::of(&scenario(10, "rate = \"5/s\"", ""));
    let lane = Stage::nominal(&plan).capacity(SessionScope::Request, 40, HoldLaw::Fixed).unwrap();
    let tape = play(&lane).tape;
    assert_eq!(tape.measured.ledger.acquire_timed_out + tape.warm_up.ledger.acquire_timed_out, 0);
    assert!(tape.measured.acquire_wait.seen.greatest() > 7 * SECOND);
}

#[test]
fn who_gets_past_one_failing_step_meets_the_next_with_the_same_draw() {
    let again =
        "fail-share = 0.2\n[[steps]]\nname = \"notify\"\nkind = \"queue\"\ntime = \"1s\"\nfail-share = ";
    let failed = |second: &str| {
        let scenario = scenario(1000, "rate = \"5/s\"", &format!("{again}{second}"));
        let tape = play(&lane(&scenario, SessionScope::Request)).tape;
        let kinds = tape.measured.failures.kinds;
        let kinds: Vec<_> = kinds.into_iter().map(|kind| (kind.step, kind.count)).collect();
        (tape.measured.ledger.work_failed, seconds(&tape.measured.response.censored), kinds)
    };
    let (fewer, more) = (failed("0.1"), failed("0.3"));
    // Each failure goes by the name of the step in which it happened, as in a real run.
    assert_eq!(fewer.2, [("enqueue".to_owned(), fewer.0)]);
    assert_eq!(more.2, [("enqueue".to_owned(), fewer.0), ("notify".to_owned(), more.0 - fewer.0)]);
    // A smaller share of the same draw fails nobody more; a larger one does, a second later.
    assert!((fewer.1 - 2.1 * fewer.0 as f64).abs() < 1e-6, "{fewer:?}");
    let later = (more.0 - fewer.0) as f64;
    assert!(later > 20.0 && (more.1 - fewer.1 - 3.1 * later).abs() < 1e-6, "{more:?} {fewer:?}");
}

#[test]
fn callers_that_fail_before_time_passes_are_refused() {
    let mut plan = Plan::of(&scenario(10, "rate = \"5/s\"", "fail-share = 1.0"));
    rotate(&mut plan);
    Arc::make_mut(&mut plan.workload).steps[0].time = Duration::ZERO;
    let lane = Stage::nominal(&plan).capacity(SessionScope::Repository, 12, HoldLaw::Fixed).unwrap();
    assert!(lane.play(NonZeroUsize::MIN).is_err());
}

/// A request of 2.4 s on a pool that never makes it wait, under a cap.
fn capped(cap: usize, when_full: &str) -> Lane {
    let load = format!("rate = \"10/s\", burst = 20, in-flight-cap = {cap}, when-full = \"{when_full}\"");
    lane(&scenario(1000, &load, ""), SessionScope::Request)
}

const LASTS: u64 = 2_400_000_000;

#[test]
fn a_cap_that_queues_sends_each_request_when_a_place_is_free() {
    for cap in [1, 7, 24, 40] {
        let lane = capped(cap, "queue");
        // Each takes as long, so they end in the order in which they were sent.
        let mut sent: Vec<u64> = Vec::new();
        for at in due(&lane) {
            let free = sent.len().checked_sub(cap).map_or(0, |last| sent[last] + LASTS);
            sent.push(at.max(free));
        }
        let played = play(&lane);
        let tape = &played.tape;
        let requests = |from: u64, to: u64| {
            let of = due(&lane).into_iter().zip(sent.clone());
            of.filter(move |(at, _)| (from..to).contains(at)).collect::<Vec<_>>()
        };
        for (cohort, requests) in [
            (&tape.warm_up, requests(0, lane.window.from)),
            (&tape.measured, requests(lane.window.from, lane.window.to)),
        ] {
            let count =
                |what: &dyn Fn(u64) -> bool| requests.iter().filter(|(_, sent)| what(*sent)).count() as u64;
            let ledger = &cohort.ledger;
            assert_eq!(ledger.scheduled, requests.len() as u64, "cap {cap}");
            assert_eq!(ledger.still_queued, count(&|sent| sent > lane.cut), "cap {cap}");
            assert_eq!(ledger.in_flight, count(&|sent| sent <= lane.cut && sent + LASTS > lane.cut));
            assert_eq!(ledger.completed, count(&|sent| sent + LASTS <= lane.cut), "cap {cap}");
            let lag: u64 =
                requests.iter().filter(|(_, sent)| *sent <= lane.cut).map(|(at, sent)| sent - at).sum();
            assert_eq!(cohort.schedule_lag.sum(), u128::from(lag), "cap {cap}");
            assert_eq!(cohort.service.seen.sum(), u128::from(ledger.completed * LASTS));
        }
        let stays: u64 = sent
            .iter()
            .filter(|sent| **sent <= lane.cut)
            .map(|sent| lane.window.clip(*sent, sent + LASTS))
            .sum();
        assert_eq!(tape.system.stays, u128::from(stays));
    }
}

#[test]
fn a_cap_that_sheds_sends_those_that_find_a_place() {
    for cap in [1, 7, 24, 40] {
        let lane = capped(cap, "shed");
        let (mut ends, mut shed) = (std::collections::VecDeque::new(), 0);
        for at in due(&lane) {
            while ends.front().is_some_and(|end| *end <= at) {
                ends.pop_front();
            }
            if ends.len() < cap { ends.push_back(at + LASTS) } else { shed += 1 }
        }
        let tape = play(&lane).tape;
        let ledgers = [tape.measured.ledger, tape.warm_up.ledger];
        assert_eq!(ledgers.iter().map(|ledger| ledger.shed).sum::<u64>(), shed, "cap {cap}");
        assert_eq!(tape.measured.schedule_lag.sum(), 0);
        assert!(ledgers.iter().all(|ledger| ledger.still_queued == 0));
    }
}

#[test]
fn a_cap_of_what_a_pool_is_safe_for_rules_deadlock_out() {
    let deadlocks = |cap: u32| {
        let load = format!("rate = \"60/s\", in-flight-cap = {cap}");
        let scenario = scenario(12, &load, "");
        let safe = NestedHolds::of(&Plan::of(&scenario), SessionScope::Nested).unwrap();
        assert_eq!(safe.most_in_flight(), 11);
        play(&lane(&scenario, SessionScope::Nested)).tape.deadlocks.map_or(0, |it| it.count)
    };
    assert_eq!(deadlocks(11), 0);
    assert!(deadlocks(12) > 0);
}

#[test]
fn others_do_not_count_against_the_cap() {
    let mut plan = Plan::of(&scenario(1000, "rate = \"10/s\", in-flight-cap = 1", ""));
    plan.bystander = Some(Bystander { rate: "20/s".parse().unwrap(), time: Duration::from_secs(3) });
    let laws = SideBySide { holds: HoldLaw::Fixed, bystanders: HoldLaw::Fixed };
    let lane = Stage::nominal(&plan).side_by_side(SessionScope::Request, laws).unwrap();
    let tape = play(&lane).tape;
    assert_eq!(tape.bystanders.ledger.completed, tape.bystanders.ledger.scheduled);
    assert!(tape.bystanders.ledger.scheduled > 1500 && tape.measured.ledger.still_queued > 500);
}

#[test]
fn a_cap_over_a_fleet_is_one_for_all_its_pools_and_threads_change_nothing() {
    let mut plan = Plan::of(&scenario(1, "rate = \"10/s\", in-flight-cap = 5", ""));
    plan.fleet = Some(Fleet { pools: 9, routing: Routing::Random });
    let laws = SideBySide { holds: HoldLaw::Exponential, bystanders: HoldLaw::Fixed };
    let lane = Stage::nominal(&plan).side_by_side(SessionScope::Request, laws).unwrap();
    let alone = play(&lane).tape;
    assert_eq!(alone.series.slices.iter().map(|slice| slice.in_flight).max(), Some(5));
    assert_eq!(lane.play(NonZeroUsize::new(3).unwrap()).unwrap().tape, alone);
}

#[test]
fn a_cap_that_is_out_of_reach_leaves_the_fast_way() {
    assert_eq!(play(&capped(2000, "queue")).engine, Engine::Ring);
    assert_eq!(play(&capped(2000, "queue")).tape, play(&capped(3000, "shed")).tape);
    assert_eq!(play(&capped(20, "queue")).engine, Engine::General);
}

#[test]
fn a_cap_is_seen_to_be_out_of_reach_however_long_the_slices() {
    // 9,600 requests in flight, and 2,700 more come within a slice: what slices tell does not rule out
    // that there are 10,700 at once.
    let lane = |cap: u32| {
        let load = format!("rate = \"4000/s\", in-flight-cap = {cap}");
        lane(&scenario(10_000, &load, ""), SessionScope::Request)
    };
    let played = play(&lane(10_700));
    assert_eq!(played.engine, Engine::Ring);
    assert_eq!(played.tape, play(&lane(100_000)).tape);
    assert_eq!(play(&lane(9_600)).engine, Engine::General);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_share_of_nothing_changes_nothing(rate in 1u32..40, pool in 1u32..30, scope in 0..poolbench::itinerary::SCOPES.len()) {
        let load = format!("rate = \"{rate}/s\"");
        let scope = poolbench::itinerary::SCOPES[scope];
        let (without, with) = (scenario(pool, &load, ""), scenario(pool, &load, "fail-share = 0.0"));
        let (without, with) = (play(&lane(&without, scope)), play(&lane(&with, scope)));
        prop_assert_eq!(without.engine, with.engine);
        prop_assert_eq!(without.tape, with.tape);
    }

    #[test]
    fn any_cap_is_kept_and_so_are_the_books(
        rate in 1u32..40, pool in 1u32..30, scope in 0..poolbench::itinerary::SCOPES.len(), cap in 1u32..60, shed: bool, spread in 0.0..3.0f64,
    ) {
        let when_full = if shed { "shed" } else { "queue" };
        let load = format!("rate = \"{rate}/s\", in-flight-cap = {cap}, when-full = \"{when_full}\"");
        let scenario = scenario(pool, &load, "fail-share = 0.2");
        let lane = Lane { holds: HoldLaw::LogNormal { spread }, ..lane(&scenario, poolbench::itinerary::SCOPES[scope]) };
        let tape = play(&lane).tape;
        prop_assert!(tape.series.slices.iter().all(|slice| slice.in_flight <= cap));
        let ledger = &tape.measured.ledger;
        prop_assert_eq!(ledger.still_queued > 0 && shed, false);
        prop_assert_eq!(ledger.shed > 0 && !shed, false);
        prop_assert_eq!(tape, play(&lane).tape);
    }

    #[test]
    fn any_failing_lane_keeps_its_books_and_is_the_same_again(
        rate in 1u32..40, pool in 1u32..30, scope in 0..poolbench::itinerary::SCOPES.len(), share in 0.0..=1.0f64, spread in 0.0..3.0f64,
    ) {
        let scenario = scenario(pool, &format!("rate = \"{rate}/s\""), &format!("fail-share = {share:?}"));
        let lane = Lane { holds: HoldLaw::LogNormal { spread }, ..lane(&scenario, poolbench::itinerary::SCOPES[scope]) };
        prop_assert_eq!(play(&lane).tape, play(&lane).tape);
    }
}
