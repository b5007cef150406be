use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::analyse::{ClaimVerdict, Metric, Missing, Verdict, summarise};
use crate::archive::{decode, encode};
use crate::plan::{HTTP, Seen};
use crate::record::{Deadlock, Deadlocks, Holder};
use crate::scenario::{CallerCount, Header, HeaderValue, Kept, Site, Target};
use crate::units::{Rate, TimeScale};

fn fixture() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/record-v1.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The fault of the fixture with one field replaced.
fn fault(pointer: &str, by: Value) -> String {
    let mut record = fixture();
    *record.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = by;
    decode(&record.to_string()).unwrap_err()
}

#[test]
fn a_sound_record_is_sound() {
    decode(&fixture().to_string()).unwrap();
}

/// The fixture, as if its first lanes had gone to services.
fn of_services() -> crate::archive::Run {
    let mut run = decode(&fixture().to_string()).unwrap();
    let mut target = Target::job_service();
    target.path = Kept::path("/submit?key=s3cret");
    target.body = Kept::body("s3cret");
    target.timeout = Some(Duration::from_secs(60));
    let value = HeaderValue::FromEnvironment("MY_TOKEN".to_owned());
    target.headers.push(Header { name: "authorization".to_owned(), value });
    target.sites =
        [8120, 8121].map(|port| Site::of(format!("http://127.0.0.1:{port}").parse().unwrap())).to_vec();
    run.plan = run.plan.at_target(Some(target));
    for lanes in [&mut run.side_by_side, &mut run.capacity] {
        lanes.truncate(2);
        lanes.iter_mut().for_each(|lane| lane.pool = HTTP.to_owned());
    }
    let tape = &mut run.side_by_side[1].tape;
    (tape.measured.ledger.unanswered, tape.series.slices[3].unanswered) = (2, 2);
    tape.measured.ledger.completed -= 2;
    run
}

#[test]
fn a_service_is_kept_without_what_may_be_a_credential() {
    let run = of_services();
    let text = encode(&run).unwrap();
    assert!(!text.contains("s3cret"), "{text:.3000}");
    let again = decode(&text).unwrap();
    assert_eq!(encode(&again).unwrap(), text);
    assert_eq!(again.plan.seen(), Seen::FromOutside);
    let target = again.plan.target.unwrap();
    assert_eq!(target.sites[1], Site { place: "this machine, port 8121".to_owned(), url: None });
    assert_eq!((target.path.shown(), target.body.shown()), ("/submit?…", "6 bytes"));
    assert_eq!(
        (&target.success, &target.timed_out),
        (&Target::job_service().success, &Target::job_service().timed_out)
    );
    let tape = &again.side_by_side[1].tape;
    assert_eq!((tape.measured.ledger.unanswered, tape.series.slices[3].unanswered), (2, 2));
    let mut wrong: Value = serde_json::from_str(&text).unwrap();
    wrong["plan"]["target"]["places"] = json!(["this machine, port 1"]);
    let fault = decode(&wrong.to_string()).unwrap_err();
    assert!(fault.contains("plan.target.places"), "{fault}");
}

/// Nobody saw what was held, whatever stands in the tape: no figure of it, no claim and no formula.
#[test]
fn what_is_inside_a_service_has_no_figure() {
    let summary = summarise(&of_services());
    let told = summary.figures.iter().filter(|figure| figure.measured.is_ok());
    let inside: Vec<_> = told.filter(|figure| !figure.metric.is_seen_from_outside()).collect();
    assert!(inside.is_empty(), "{inside:?}");
    let hidden = summary.figures.iter().find(|figure| figure.metric == Metric::HoldMean).unwrap();
    assert_eq!(hidden.measured, Err(Missing::NotVisible));
    let unanswered = summary.figures.iter().find(|figure| figure.metric == Metric::UnansweredShare).unwrap();
    assert!(unanswered.measured.is_ok());
    for claim in &summary.claims {
        assert_eq!(claim.verdict, ClaimVerdict::NotMeasured, "{}", claim.id);
        assert!(claim.theory.is_none(), "{}", claim.id);
    }
    assert!(
        summary.formulas.is_empty() && summary.anatomy.is_empty() && summary.twin.side_by_side.is_empty()
    );
    assert!(matches!(summary.verdict, Verdict::Outside { ref lanes, .. } if lanes.len() == 2));
}

#[test]
fn each_fault_names_its_field() {
    let cases = [
        ("/plan/time_scale", json!(1e-300), "plan.time_scale: it is"),
        ("/plan/pool/size", json!(0), "plan.pool.size: it is 0, and not from 1 to 10000"),
        ("/plan/phases/measure_s", json!(1e300), "plan.phases.measure_s: it is"),
        ("/plan/load/rate_per_s", json!(-1), "plan.load.rate_per_s: it is -1"),
        (
            "/plan/scopes/0",
            json!("table-scoped"),
            "plan.scopes[0]: this version does not know \"table-scoped\"",
        ),
        ("/plan/scopes/1", json!("request-scoped"), "plan.scopes: it names \"request-scoped\" twice"),
        ("/plan/steps/1/kind", json!("sleep"), "plan.steps[1].kind: this version does not know \"sleep\""),
        ("/plan/claims/0/measure", json!("speed"), "plan.claims[0].measure: this version does not know"),
        (
            "/side_by_side/1/scope",
            json!("nested-session"),
            "side_by_side[1].scope: this version does not know",
        ),
        (
            "/side_by_side/1/measured/hold/seen/least_ns",
            json!(u64::MAX),
            "side_by_side[1].measured.hold.seen: its least_ns exceeds its greatest_ns",
        ),
        ("/capacity/0/series/step_ns", json!(0), "capacity[0].series.step_ns: it is 0"),
        (
            "/capacity/0/series/failed",
            json!([]),
            "capacity[0].series.failed: it has 0 entries where others have",
        ),
        ("/side_by_side/0/window/from_ns", json!(u64::MAX), "side_by_side[0].window: its from_ns exceeds"),
        (
            "/side_by_side/0/occupancy/spans/2",
            json!([0, 9, 8, 0]),
            "side_by_side[0].occupancy.spans[2]: it is released before",
        ),
        ("/anatomy/0/moves/0/from_ns", json!(u64::MAX), "anatomy[0].moves[0]: its from_ns exceeds its to_ns"),
        ("/version", json!(3), "its version is 3"),
    ];
    for (pointer, by, told) in cases {
        let fault = fault(pointer, by);
        assert!(fault.contains(told), "{pointer}: {fault}");
    }
}

#[test]
fn a_scope_of_the_scenarios_own_comes_back_with_its_moves() {
    let mut record = fixture();
    let moves = json!(["acquire", "begin", "create_job", "commit", "enqueue", "release", "other"]);
    record["plan"]["own_scopes"] = json!([{ "name": "mine", "moves": moves }]);
    let told = record.to_string().replace("request-scoped", "mine");
    let run = decode(&told).unwrap();
    assert_eq!(run.side_by_side[0].scope.name(), "mine");
    assert_eq!(run.plan.itinerary(run.plan.scopes[0]).hold_time(), Duration::from_secs(178));
    let stored = encode(&run).unwrap();
    assert_eq!(decode(&stored).unwrap(), run);
    record["plan"]["own_scopes"][0]["moves"] = json!(["acquire", "release"]);
    let fault = decode(&record.to_string()).unwrap_err();
    assert!(fault.contains("plan.own_scopes[0]: the step create_job is missing"), "{fault}");
}

#[test]
fn a_deadlock_comes_back_as_it_was_stored_and_from_the_words_of_older_records() {
    let words = "deadlock in pool 0 after 10 s: 2 requests hold all 2 connections and wait for one more; none \
                 of them gives up: request 0 holds 1 connection and waits for its acquisition 2; request 1 \
                 holds 1 connection and waits for its acquisition 2";
    let holder = |request| Holder { request, holds: 1, acquisition: 2 };
    let first = Deadlock {
        pool: 0,
        at: 10_000_000_000,
        requests: 2,
        connections: 2,
        gives_up: None,
        holders: vec![holder(0), holder(1)],
    };
    let mut older = fixture();
    older["version"] = json!(2);
    older["side_by_side"][0]["errors"] = json!([[words, 7]]);
    let run = decode(&older.to_string()).unwrap();
    assert_eq!(run.side_by_side[0].tape.deadlocks, Some(Deadlocks { count: 7, first }));
    let stored = encode(&run).unwrap();
    assert!(!stored.contains("deadlock in pool"));
    assert_eq!(decode(&stored).unwrap(), run);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A second of error in a rate or a nanosecond in a time would give the twin other arrivals.
    #[test]
    fn numbers_of_a_plan_come_back_to_the_last_bit(
        rate in 1e-9_f64..1e9,
        scale in 1e-6_f64..1.0,
        nanos in 1_u64..2_592_000_000_000_000,
        saturation in 0.01_f64..100.0,
    ) {
        let mut run = decode(&fixture().to_string()).unwrap();
        run.anatomy.clear();
        run.side_by_side.clear();
        run.capacity.clear();
        let plan = &mut run.plan;
        plan.load.rate = Rate::per_second(rate).unwrap();
        plan.time_scale = TimeScale::new(scale).unwrap();
        plan.phases.measure = Duration::from_nanos(nanos);
        plan.capacity.callers = CallerCount::Saturation(saturation);
        prop_assert_eq!(&decode(&encode(&run).unwrap()).unwrap().plan, &run.plan);
    }
}
