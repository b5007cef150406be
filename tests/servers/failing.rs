//! Requests that fail, on real servers that the tests start: in both scopes and on each pool the ledger
//! balances, and the moves, the transactions and the rows are those that the itinerary says, and the
//! twin where it can know them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common;
mod place;
mod played;

use place::Place;
use played::{Fails, Lane, Played};
use poolbench::itinerary::SessionScope;
use poolbench::provision::ServerKind;
use poolbench::scenario::{Overrides, Scenario};

/// Where own statements note the request and its job.
const NOTES: &str = "\"create table notes (request bigint not null, job bigint)\"";

/// Both scopes on both pools: acts of some 0.3 s, at real time.
fn scenario(setup: &str, pool: &str, load: &str, steps: &str) -> Scenario {
    let text = format!(
        r#"
        pools = ["sqlx", "deadpool-postgres"]
        scopes = ["request-scoped", "repository-scoped"]
        time-scale = "1"
        seed = 7
        setup = [{NOTES}, {setup}]
        pool = {{ {pool} }}
        phases = {{ warm-up = "100ms", measure = "200ms", drain = "10s" }}
        capacity = {{ callers = 4, warm-up = "50ms", measure = "300ms" }}

        {load}

        {steps}
        "#
    );
    Scenario::parse("failing", "failing.toml", &text).unwrap_or_else(|faults| panic!("{faults}"))
}

const ROOMY: &str = r#"size = 6, acquire-timeout = "10s""#;
const EVEN: &str = r#"load = { arrivals = "constant", rate = "160/s" }"#;

fn step(name: &str, kind: &str, time: &str, rest: &str) -> String {
    format!("[[steps]]\nname = \"{name}\"\nkind = \"{kind}\"\ntime = \"{time}\"\n{rest}\n")
}

fn operation(name: &str, operation: &str) -> String {
    step(name, "sql", "1ms", &format!("operation = \"{operation}\""))
}

fn statements(name: &str, statements: &[(&str, &str)]) -> String {
    let all: Vec<String> = statements
        .iter()
        .map(|(sql, values)| format!("{{ sql = \"{sql}\", parameters = [{values}] }}"))
        .collect();
    step(name, "sql", "1ms", &format!("statements = [{}]", all.join(", ")))
}

fn enqueue(share: &str) -> String {
    step("enqueue", "queue", "8ms", &format!("fail-share = {share}"))
}

/// One request in five has a number that ends in 3 or 8; that of the anatomy has none of them.
const NUMBER: &str = "\"$request\"";

fn one_in_five(number: u64, step: &'static str) -> Option<Fails> {
    (number % 5 == 3).then_some(Fails::Step(step))
}

fn played(schema: &'static str, scenario: Scenario) -> Option<Played> {
    played_at(&Place { schema, role: None }, scenario)
}

fn played_at(place: &Place, scenario: Scenario) -> Option<Played> {
    let played = servers_are_here().then(|| place.run(scenario))?;
    played.adds_up();
    Some(played)
}

fn servers_are_here() -> bool {
    common::needs(&[ServerKind::Postgres, ServerKind::Redis])
}

fn failed_of(lane: &Lane, step: &str, code: &str) -> u64 {
    lane.failures
        .iter()
        .filter(|kind| (kind.0.as_str(), kind.1.as_str()) == (step, code))
        .map(|it| it.2)
        .sum()
}

/// Jobs that a failed request leaves behind in repository scope: committed, and nobody marked them.
fn all_pending_are_of(lane: &Lane, failed: u64) {
    let pending = if lane.scope == SessionScope::Request { 0 } else { failed };
    assert_eq!(lane.in_state("PENDING"), pending, "{}", lane.name);
    assert_eq!(lane.in_state("SUBMITTED"), lane.sum(|it| it.completed), "{}", lane.name);
}

#[test]
fn an_own_statement_that_fails() {
    let note = statements(
        "note",
        &[
            ("insert into notes (request, job) values ($1, $2)", "\"$request\", \"$job\""),
            ("select 1 / (case when $1 % 5 = 3 then 0 else 1 end)", NUMBER),
        ],
    );
    let steps =
        [operation("create", "create-job"), note, enqueue("0.0"), operation("submitted", "update-job-state")];
    let Some(played) = played("own_statement", scenario("", ROOMY, EVEN, &steps.concat())) else { return };
    played.did_as_planned(|number, _| one_in_five(number, "note"));
    for lane in played.open() {
        let failed = lane.sum(|it| it.work_failed);
        assert_eq!(failed_of(lane, "note", "22012"), failed, "{}: {:?}", lane.name, lane.failures);
        all_pending_are_of(lane, failed);
        // The note went with the statement after it; each that stayed names its request and its job.
        assert!(
            lane.jobs.iter().all(|job| job.notes == u64::from(job.state == "SUBMITTED")),
            "{}",
            lane.name
        );
    }
}

/// A trigger of the scenario refuses the allocation after its job was inserted.
#[test]
fn a_job_and_its_allocation_are_both_there_or_neither() {
    let refuse = concat!(
        "\"create function refuse() returns trigger language plpgsql as 'begin ",
        "if (select request from jobs where id = new.job_id) % 5 = 3 then raise exception ''no cpus''; ",
        "end if; return new; end'\", ",
        "\"create trigger refuse after insert on resource_allocations for each row execute function refuse()\"",
    );
    let steps = [
        operation("create", "create-job-with-allocation"),
        enqueue("0.3"),
        operation("submitted", "update-job-state"),
    ];
    let scenario = scenario(refuse, ROOMY, EVEN, &steps.concat());
    let Some(played) = played("allocation", scenario) else { return };
    played.did_as_planned(|number, draw| {
        one_in_five(number, "create").or((draw < 0.3).then_some(Fails::Step("enqueue")))
    });
    for lane in &played.lanes {
        assert!(lane.jobs.iter().all(|job| job.allocations == 1), "{}", lane.name);
        assert!(lane.jobs.iter().all(|job| job.request % 5 != 3), "{}", lane.name);
    }
    for lane in played.open() {
        assert!(failed_of(lane, "create", "P0001") > 0, "{}: {:?}", lane.name, lane.failures);
    }
}

/// Nothing is wrong until the commit: a trigger of the scenario looks at the job only then.
#[test]
fn a_commit_that_is_refused_leaves_no_job_and_no_doubt() {
    let refuse = concat!(
        "\"create function refuse() returns trigger language plpgsql as 'begin ",
        "if new.request % 5 = 3 then raise exception ''too late''; end if; return new; end'\", ",
        "\"create constraint trigger refuse after insert on jobs deferrable initially deferred ",
        "for each row execute function refuse()\"",
    );
    let steps =
        [operation("create", "create-job"), enqueue("0.0"), operation("submitted", "update-job-state")];
    let scenario = scenario(refuse, ROOMY, EVEN, &steps.concat());
    let Some(played) = played("late", scenario) else { return };
    played.did_as_planned(|number, _| (number % 5 == 3).then_some(Fails::Commit));
    for lane in played.open() {
        assert_eq!(failed_of(lane, "commit", "P0001"), lane.sum(|it| it.work_failed), "{}", lane.name);
        all_pending_are_of(lane, 0);
    }
}

/// The server cancels what takes too long, by a setting of the role.
#[test]
fn a_statement_timeout_in_the_middle() {
    if !servers_are_here() {
        return;
    }
    let place = Place { schema: "hasty", role: Some("hasty") };
    place.ask("create role hasty superuser login password 'hasty'");
    place.ask("alter role hasty set statement_timeout = '500ms'");
    let wait = statements("wait", &[("select pg_sleep(case when $1 % 5 = 3 then 60 else 0 end)", NUMBER)]);
    let steps = [operation("create", "create-job"), wait, operation("submitted", "update-job-state")];
    let load = r#"load = { arrivals = "constant", rate = "50/s" }"#;
    let Some(played) = played_at(&place, scenario("", ROOMY, load, &steps.concat())) else { return };
    played.did_as_planned(|number, _| one_in_five(number, "wait"));
    for lane in played.open() {
        let failed = lane.sum(|it| it.work_failed);
        assert_eq!(failed_of(lane, "wait", "57014"), failed, "{}: {:?}", lane.name, lane.failures);
        all_pending_are_of(lane, failed);
    }
}

/// One connection for a burst: some wait too long for their first connection, some for the one that
/// updates their job, and some for the one that marks it.
#[test]
fn an_acquire_timeout_in_the_middle() {
    let update = step("submitted", "sql", "100ms", "operation = \"update-job-state\"");
    let steps = [operation("create", "create-job"), enqueue("0.3"), update];
    // So long may also the first connection take, which a busy machine makes slowly.
    let pool = r#"size = 1, acquire-timeout = "500ms""#;
    let load = r#"load = { arrivals = "constant", rate = "1/s", burst = 40 }"#;
    let Some(played) = played("short", scenario("", pool, load, &steps.concat())) else { return };
    for lane in played.open() {
        let (name, counts) = (&lane.name, lane.counts);
        let completed = lane.sum(|it| it.completed);
        assert!(completed > 0 && lane.sum(|it| it.acquire_timed_out) > 0, "{name}: {:?}", lane.ledgers);
        assert_eq!(lane.in_state("SUBMITTED"), completed, "{name}");
        assert_eq!(counts.failed, 0, "{name}");
        if lane.scope == SessionScope::Request {
            let asked = lane.sum(|it| it.work_failed);
            assert_eq!(
                (counts.committed, counts.rolled_back, counts.jobs),
                (completed, asked, completed),
                "{name}"
            );
            continue;
        }
        // Each commit is one that created a job, updated it or marked it; nothing was rolled back.
        assert_eq!(
            (counts.committed, counts.rolled_back),
            (counts.jobs + completed + counts.marked, 0),
            "{name}"
        );
        // Who had a job and waited in vain for the next connection leaves it as it was.
        let unmarked = lane.sum(|it| it.work_failed) - counts.marked;
        let never = lane.sum(|it| it.scheduled) - counts.jobs;
        let later = lane.sum(|it| it.acquire_timed_out) - never;
        assert!(later > 0, "{name}: {:?} {counts:?}", lane.ledgers);
        assert_eq!(lane.in_state("PENDING"), later + unmarked, "{name}");
    }
}

/// Requests wait for a place under the cap, and all are sent in the end; of some the queue step fails.
#[test]
fn a_queue_step_that_fails_under_stages_and_a_burst_that_wait_for_a_place() {
    let load = r#"
        [load]
        arrivals = "poisson"
        rate = "40/s"
        burst = 20
        in-flight-cap = 5
        [[load.stages]]
        rate = "160/s"
        lasts = "100ms"
        [[load.stages]]
        rate = "240/s"
        lasts = "100ms"
        shape = "ramp"
    "#;
    let steps =
        [operation("create", "create-job"), enqueue("0.3"), operation("submitted", "update-job-state")];
    let Some(played) = played("queued", scenario("", ROOMY, load, &steps.concat())) else { return };
    played.did_as_planned(|_, draw| (draw < 0.3).then_some(Fails::Step("enqueue")));
    played.is_as_the_twin();
    for lane in played.open() {
        // The state is changed of exactly those jobs that came to the update.
        assert_eq!(lane.in_state("SUBMITTED"), lane.sum(|it| it.completed), "{}", lane.name);
        assert_eq!(lane.in_state("PENDING"), 0, "{}", lane.name);
        let marked = if lane.scope == SessionScope::Request { 0 } else { lane.sum(|it| it.work_failed) };
        assert_eq!(lane.in_state("FAILED"), marked, "{}", lane.name);
    }
}

/// Of a burst as many are sent as have a place, and the others are shed: nobody else is due.
#[test]
fn a_burst_of_which_most_is_shed() {
    let load = r#"
        [load]
        arrivals = "poisson"
        rate = "1/h"
        burst = 40
        in-flight-cap = 10
        when-full = "shed"
    "#;
    let steps = [
        operation("create", "create-job-with-allocation"),
        step("enqueue", "queue", "60ms", "fail-share = 0.4"),
        operation("submitted", "update-job-state"),
    ];
    let Some(played) = played("shed", scenario("", ROOMY, load, &steps.concat())) else { return };
    played.is_as_the_twin();
    for lane in played.open() {
        assert_eq!((lane.sum(|it| it.shed), lane.sum(|it| it.dispatched)), (30, 10), "{}", lane.name);
        assert!(lane.sum(|it| it.work_failed) > 0 && lane.sum(|it| it.completed) > 0, "{}", lane.name);
    }
}

/// Each kind of step may fail because the scenario asks for it, before its own time or after it.
#[test]
fn any_step_fails_as_the_scenario_asks() {
    for (schema, failing, fails) in [
        ("asked_sql", step("create", "sql", "2ms", "operation = \"create-job\"\nfail-share = 0.3"), "create"),
        ("asked_work", step("think", "work", "9ms", "fail-share = 0.3\nfail-after = \"0s\""), "think"),
        ("asked_queue", step("hang", "queue", "2ms", "fail-share = 0.3\nfail-after = \"40ms\""), "hang"),
    ] {
        let created = if fails == "create" { String::new() } else { operation("create", "create-job") };
        let steps = [created, failing, operation("submitted", "update-job-state")];
        let Some(played) = played(schema, scenario("", ROOMY, EVEN, &steps.concat())) else { return };
        let fate = match fails {
            "create" => |_, draw| (draw < 0.3).then_some(Fails::Step("create")),
            "think" => |_, draw| (draw < 0.3).then_some(Fails::Step("think")),
            _ => |_, draw| (draw < 0.3).then_some(Fails::Step("hang")),
        };
        played.did_as_planned(fate);
        played.is_as_the_twin();
        for lane in played.open() {
            let failed = lane.sum(|it| it.work_failed);
            assert_eq!(failed_of(lane, fails, ""), failed, "{}: {:?}", lane.name, lane.failures);
            let marked = if lane.scope == SessionScope::Request || fails == "create" { 0 } else { failed };
            assert_eq!(lane.in_state("FAILED"), marked, "{}", lane.name);
            assert_eq!(lane.in_state("PENDING"), 0, "{}", lane.name);
        }
    }
}

/// Under every scope, and under one that the scenario writes itself, the same step fails, and what becomes
/// of the job is what the moves say: rolled back where its transaction was open, marked where it was not.
#[test]
fn each_scope_fails_as_its_moves_say() {
    let own = r#"
        [[own-scopes]]
        name = "kept-idle"
        moves = ["acquire", "think", "begin", "create", "commit", "enqueue", "begin", "submitted", "look", "commit",
                 "release"]
    "#;
    let steps = [
        step("think", "work", "2ms", ""),
        operation("create", "create-job"),
        enqueue("0.3"),
        operation("submitted", "update-job-state"),
        statements("look", &[("select count(*) from notes where request = $1", NUMBER)]),
        own.to_owned(),
    ];
    // Under the nested scope each request takes two connections: as many in flight as the pool has, and it
    // deadlocks; one less, and it cannot.
    let pool = r#"size = 8, acquire-timeout = "10s""#;
    let load = r#"load = { arrivals = "constant", rate = "160/s", in-flight-cap = 7 }"#;
    let scenario = scenario("", pool, load, &steps.concat());
    let scopes = scenario.all_scopes();
    let scenario = scenario.with(&Overrides { scopes, ..Overrides::default() });
    let Some(played) = played("each_scope", scenario) else { return };
    assert_eq!(played.lanes.len(), 2 * 2 * 6);
    played.did_as_planned(|_, draw| (draw < 0.3).then_some(Fails::Step("enqueue")));
    played.is_as_the_twin();
    for lane in played.open() {
        let failed = lane.sum(|it| it.work_failed);
        let rolls_back = matches!(lane.scope, SessionScope::Request | SessionScope::LazyRequest);
        let (marked, lost) = if rolls_back { (0, failed) } else { (failed, 0) };
        assert_eq!(lane.in_state("FAILED"), marked, "{}", lane.name);
        assert_eq!(lane.in_state("PENDING"), 0, "{}", lane.name);
        assert_eq!(lane.in_state("SUBMITTED"), lane.sum(|it| it.completed), "{}", lane.name);
        assert_eq!(lane.jobs.len() as u64, lane.sum(|it| it.scheduled) - lost, "{}", lane.name);
    }
}
