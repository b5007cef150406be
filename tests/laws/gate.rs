//! `poolbench gate` and `poolbench baseline` through the binary: every verdict with its exit code, what CI reads, and
//! records that somebody damaged.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use poolbench::archive::{self, Run, Status};
use poolbench::record::Histogram;
use proptest::prelude::*;
use serde_json::Value;

/// A folder with a simulated run of the built-in scenario in `run`, and the same as the baseline `main`.
struct Place {
    folder: PathBuf,
    run: Run,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
    // Nothing drops what is static, so this is no folder of the system that would stay there for ever.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let told = poolbench(&folder, &["simulate", "--record-only"]);
    assert_eq!(told.status.code(), Some(0), "{}", words(&told));
    let run = archive::load(&folder.join("reports/latest-simulated")).unwrap();
    keep(&folder, "run", &run);
    let told = poolbench(&folder, &["baseline", "save", "main", "run"]);
    assert_eq!(told.status.code(), Some(0), "{}", words(&told));
    Place { folder, run }
});

/// poolbench as outside of any CI.
fn poolbench(folder: &Path, args: &[&str]) -> Output {
    with(folder, args, &[])
}

fn with(folder: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.args(args).current_dir(folder).stdin(Stdio::null());
    command.env_remove("GITHUB_STEP_SUMMARY").env_remove("GITHUB_ACTIONS");
    command.envs(environment.iter().copied()).output().unwrap()
}

fn words(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn keep(folder: &Path, name: &str, run: &Run) {
    let folder = folder.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    archive::save(run, &folder).unwrap();
}

/// Keeps the run, changed, under a name of its own.
fn changed(name: &str, change: impl FnOnce(&mut Run)) {
    let mut run = PLACE.run.clone();
    change(&mut run);
    keep(&PLACE.folder, name, &run);
}

/// Runs the gate there, and holds it to its exit code; answers what it said.
fn gate(args: &[&str], code: i32) -> String {
    let args: Vec<&str> = std::iter::once("gate").chain(args.iter().copied()).collect();
    let output = poolbench(&PLACE.folder, &args);
    let told = words(&output);
    assert_eq!(output.status.code(), Some(code), "{args:?}\n{told}");
    assert!(told.lines().all(|line| line.chars().count() <= 80 || code == 2), "{told}");
    told
}

#[test]
fn a_run_that_keeps_everything_passes() {
    let told = gate(&["run", "--baseline", "main", "--objective", "claims hold"], 0);
    assert!(told.ends_with("verdict: pass\n"), "{told}");
    assert!(!told.contains("inconclusive"), "{told}");
}

#[test]
fn an_objective_that_is_not_kept_is_a_breach_that_names_lane_and_number() {
    let told = gate(&["run", "--objective", "served.share > 50%"], 3);
    assert!(told.contains("BREACH        served.share > 50% (request-scoped on twin): it is 2"), "{told}");
    assert!(told.contains("pass          served.share > 50% (repository-scoped on twin)"), "{told}");
    gate(&["run", "--objective", "before.hold.mean / after.hold.mean > 200"], 3);
    gate(&["run", "--objective", "before.hold.mean / after.hold.mean > 150"], 0);
}

#[test]
fn a_claim_that_does_not_hold_is_a_breach() {
    changed("false-claim", |run| run.plan.claims[0].expect = 0.5);
    let told = gate(&["false-claim"], 3);
    assert!(told.contains("BREACH        no claim is false: C1: it does not hold"), "{told}");
}

#[test]
fn a_session_held_across_slow_work_is_a_regression() {
    changed("held", |run| {
        run.plan.claims.clear();
        run.plan.objectives.clear();
        run.side_by_side[1].tape = run.side_by_side[0].tape.clone();
    });
    let told = gate(&["held", "--baseline", "main"], 4);
    assert!(told.contains("REGRESSION    idle-hold.share is as in the baseline"), "{told}");
    // Without a baseline nobody knows how it was, and nothing is left to judge by.
    gate(&["held"], 6);
}

#[test]
fn what_cannot_be_told_is_no_pass() {
    for (name, args) in [
        ("no such figure", ["run", "--objective", "idle-in-transaction.share < 1"]),
        ("no such lane", ["run", "--objective", "nested-session.hold.mean < 1h"]),
        ("no such claim", ["run", "--objective", "claim C99 holds"]),
        ("no such baseline", ["run", "--baseline", "nobody"]),
        ("a wait known as a bound", ["run", "--objective", "before.acquire-wait.p99 < 1h"]),
    ] {
        let told = gate(&args, 6);
        assert!(told.contains("INCONCLUSIVE"), "{name}: {told}");
    }
    changed("stopped", |run| run.status = Status::Stopped);
    gate(&["stopped"], 6);
    let folder = &PLACE.folder;
    let text = std::fs::read_to_string(folder.join("reports/baselines/main.json")).unwrap();
    let mut hollow: Value = serde_json::from_str(&text).unwrap();
    hollow["figures"] = Value::Array(Vec::new());
    std::fs::write(folder.join("hollow.json"), hollow.to_string()).unwrap();
    gate(&["run", "--baseline", "hollow.json"], 6);
    changed("rescaled", |run| run.plan.pool.size = 21);
    let told = gate(&["rescaled", "--baseline", "main"], 6);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("pool: size 20, acquire-timeout 30 s"), "{told}");
}

/// A request that was sent is of one kind, so the books of the kinds are those of the lane.
#[test]
fn a_kind_that_lost_a_request_contradicts_its_lane() {
    let folder = &PLACE.folder;
    let mix = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mix.toml");
    let told = poolbench(folder, &["simulate", mix, "--record-only", "--out", "mixed"]);
    assert_eq!(told.status.code(), Some(0), "{}", words(&told));
    let mut run = archive::load(&folder.join("mixed/latest-simulated")).unwrap();
    keep(folder, "kinds", &run);
    let objective = ["--objective", "failed.share <= 0"];
    gate(&[["kinds"].as_slice(), &objective].concat(), 0);
    let kinds = &mut run.side_by_side[1].tape.kinds;
    assert!(kinds.len() > 1);
    kinds[0].ledger.completed -= 1;
    kinds[0].ledger.dispatched -= 1;
    kinds[0].ledger.scheduled -= 1;
    keep(folder, "kinds-doctored", &run);
    let told = gate(&[["kinds-doctored"].as_slice(), &objective].concat(), 6);
    assert!(told.contains("contradicts itself"), "{told}");
}

#[test]
fn an_encrypted_run_is_not_timed_against_one_that_was_not() {
    changed("encrypted", |run| run.environment.postgres_encryption = Some("TLS 1.3, SOME_SUITE".to_owned()));
    let told = gate(&["encrypted", "--baseline", "main"], 0);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("encryption") && told.contains("TLS 1.3, SOME_SUITE"), "{told}");
    // A baseline of a version that spoke no TLS does not say so.
    let folder = &PLACE.folder;
    let text = std::fs::read_to_string(folder.join("reports/baselines/main.json")).unwrap();
    let mut older: Value = serde_json::from_str(&text).unwrap();
    let conditions = older["conditions"].as_array_mut().unwrap();
    conditions.retain(|condition| condition["kind"] != "encryption");
    assert_eq!(conditions.len(), 14);
    std::fs::write(folder.join("older.json"), older.to_string()).unwrap();
    let told = gate(&["run", "--baseline", "older.json", "--objective", "claims hold"], 0);
    assert!(!told.contains("encryption"), "{told}");
}

/// What a late machine adds to a wait is no breach, and no pass either.
#[test]
fn a_wait_that_may_be_our_own_lateness_is_not_told() {
    let waits = |late: u64| {
        move |run: &mut Run| {
            let all_like = |times: u64, nanos: u64| {
                let mut all = Histogram::new();
                all.note_n(nanos, times);
                all
            };
            let cohort = &mut run.side_by_side[1].tape.measured;
            cohort.schedule_lag = all_like(cohort.schedule_lag.count(), late);
            cohort.acquire_wait.seen = all_like(cohort.acquire_wait.seen.count(), 5_000_000);
            run.plan.claims.clear();
        }
    };
    let asked = ["--objective", "after.acquire-wait.p99 < 3ms"];
    changed("late", waits(4_000_000));
    let told = gate(&[&["late"], asked.as_slice()].concat(), 6);
    assert!(told.contains("our own"), "{told}");
    gate(&["late", "--objective", "after.acquire-wait.p99 < 6ms"], 0);
    changed("in-time", waits(0));
    gate(&[&["in-time"], asked.as_slice()].concat(), 3);
}

#[test]
fn several_runs_are_taken_in_pairs() {
    let of = |times: usize| {
        let mut words = vec!["run"; times];
        words.extend(["--baseline", "main"].repeat(times));
        words
    };
    // Seven runs that differ pass, and show a longer hold, in the self-test.
    let told = gate(&of(7), 6).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("a run is among them more than once"), "{told}");
    // Two that differ are too few to tell anything.
    changed("another", |run| {
        let lag = &mut run.side_by_side[1].tape.measured.schedule_lag;
        lag.note_n(5_000_000, lag.count());
    });
    let told = gate(&["run", "another", "--baseline", "run", "--baseline", "another"], 6);
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("a verdict takes 7 to 40 pairs of runs"), "{told}");
    let mut words = of(3);
    words.truncate(7);
    assert!(gate(&words, 2).contains("3 runs and 2 baselines are no pairs"));
}

#[test]
fn another_machine_is_named_and_only_structure_is_compared() {
    changed("elsewhere", |run| run.environment.processor = "another".into());
    let told = gate(&["elsewhere", "--baseline", "main"], 0);
    assert!(told.contains("machine: processor"), "{told}");
    assert!(told.contains("pass          idle-hold.share is as in the baseline"), "{told}");
    assert!(told.contains("note          connections.in-use.mean"), "{told}");
}

#[test]
fn what_is_typed_wrong_is_told_with_its_mend() {
    let told = gate(&["run", "--objective", "hold.maen < 1s"], 2);
    assert!(told.contains("did you mean \"hold.mean\"?"), "{told}");
    gate(&[], 2);
    gate(&["nowhere"], 2);
    gate(&["--self-test", "--baseline", "main"], 2);
}

#[test]
fn the_gate_shows_that_it_can_be_red() {
    let told = gate(&["--self-test"], 0);
    assert!(told.contains("the gate tells all of them"), "{told}");
    for code in ["0", "2", "3", "4", "6"] {
        let shown = told.lines().any(|line| line.ends_with(&format!("{code:>9} {code:>6}")));
        assert!(shown, "{code}: {told}");
    }
}

#[test]
fn ci_reads_it_in_its_own_forms() {
    let folder = &PLACE.folder;
    std::fs::write(folder.join("summary.md"), "what another step wrote\n").unwrap();
    let args = [
        "gate",
        "run",
        "--objective",
        "served.share > 50%",
        "--junit",
        "j.xml",
        "--json",
        "j.json",
        "--markdown",
        "m.md",
        "--bencher",
        "b.json",
        "--smaller-is-better",
        "s.json",
    ];
    let output = with(folder, &args, &[("GITHUB_STEP_SUMMARY", "summary.md"), ("GITHUB_ACTIONS", "true")]);
    assert_eq!(output.status.code(), Some(3), "{}", words(&output));
    assert!(
        words(&output).contains("\n::error title=poolbench%3A breach::served.share > 50%25 (request-scoped")
    );
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let summary = read("summary.md");
    assert!(summary.starts_with("what another step wrote\n## poolbench gate: ❌ breach"), "{summary}");
    assert_eq!(summary.split_once('\n').unwrap().1, read("m.md"));
    let junit = read("j.xml");
    let document = roxmltree::Document::parse(&junit).unwrap();
    let failures = document.descendants().filter(|node| node.has_tag_name("failure")).count();
    assert_eq!(failures, 1, "{junit}");
    let gate: Value = serde_json::from_str(&read("j.json")).unwrap();
    assert_eq!((&gate["verdict"], &gate["exit_code"]), (&"breach".into(), &3.into()));
    fits("gate", &gate);
    let bencher: Value = serde_json::from_str(&read("b.json")).unwrap();
    let held = &bencher["job-submission/side-by-side/twin/repository-scoped"]["hold.mean"]["value"];
    assert!((held.as_f64().unwrap() - 1.0).abs() < 1e-9, "{held}");
    let smaller: Value = serde_json::from_str(&read("s.json")).unwrap();
    assert!(
        smaller.as_array().unwrap().iter().all(|entry| entry["name"].is_string() && entry["value"].is_f64())
    );
}

#[test]
fn the_list_of_figures_is_as_its_schema_says() {
    let output = poolbench(&PLACE.folder, &["report", "run", "--format", "json"]);
    fits("figures", &serde_json::from_slice(&output.stdout).unwrap());
}

/// Holds a document to its schema in `docs`.
fn fits(name: &str, document: &Value) {
    let path = format!("{}/docs/{name}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    hold(&schema, &schema, document, name);
}

/// As much of JSON Schema as the two schemas use; a word that is not known fails.
fn hold(root: &Value, schema: &Value, value: &Value, at: &str) {
    for (word, says) in schema.as_object().unwrap() {
        match word.as_str() {
            "$schema" | "title" | "description" | "$defs" | "properties" => {}
            "$ref" => {
                let name = says.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                hold(root, &root["$defs"][name], value, at);
            }
            "const" => assert_eq!(value, says, "{at}"),
            "enum" => assert!(says.as_array().unwrap().contains(value), "{at}: {value} is not in {says}"),
            "type" => assert!(is_of_type(says, value), "{at}: {value} is no {says}"),
            "items" => {
                for (index, item) in value.as_array().unwrap().iter().enumerate() {
                    hold(root, says, item, &format!("{at}[{index}]"));
                }
            }
            "minItems" => assert!(value.as_array().unwrap().len() as u64 >= says.as_u64().unwrap(), "{at}"),
            "maxItems" => assert!(value.as_array().unwrap().len() as u64 <= says.as_u64().unwrap(), "{at}"),
            "required" => {
                let missing: Vec<_> = says
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|key| value.get(key.as_str().unwrap()).is_none())
                    .collect();
                assert!(missing.is_empty(), "{at}: {missing:?} is missing");
            }
            "additionalProperties" => {
                for (key, inner) in value.as_object().unwrap() {
                    let known = schema["properties"].get(key);
                    hold(
                        root,
                        known.unwrap_or_else(|| panic!("{at}.{key} is in no schema")),
                        inner,
                        &format!("{at}.{key}"),
                    );
                }
            }
            word => panic!("{at}: the test does not know {word}"),
        }
    }
}

fn is_of_type(says: &Value, value: &Value) -> bool {
    let is = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        "null" => value.is_null(),
        name => panic!("the test does not know the type {name}"),
    };
    says.as_array().map_or_else(|| is(says), |names| names.iter().any(is))
}

#[test]
fn text_from_outside_stays_text() {
    changed("hostile", |run| {
        run.plan.scenario = "\u{1b}[31m</td><script>|a|\n::error::x\r%0A".into();
        run.plan.claims[0].id = "<b>|\n::set-output name=a::b".into();
        run.plan.claims[0].expect = 0.5;
    });
    let folder = &PLACE.folder;
    let args = ["gate", "hostile", "--junit", "h.xml", "--markdown", "h.md"];
    let output = with(folder, &args, &[("GITHUB_ACTIONS", "true")]);
    let told = words(&output);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(!told.contains('\u{1b}'), "{told:?}");
    let commands: Vec<&str> = told.lines().filter(|line| line.starts_with("::")).collect();
    assert!(
        commands.iter().all(|line| line.starts_with("::error title=poolbench%3A breach::")),
        "{commands:#?}"
    );
    let markdown = std::fs::read_to_string(folder.join("h.md")).unwrap();
    assert!(!markdown.contains("<script>") && !markdown.contains("<b>"), "{markdown}");
    roxmltree::Document::parse(&std::fs::read_to_string(folder.join("h.xml")).unwrap()).unwrap();
}

#[test]
fn baselines_are_saved_once_listed_and_shown() {
    let folder = &PLACE.folder;
    let told = |args: &[&str], code: i32| {
        let output = poolbench(folder, args);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{}", words(&output));
        words(&output)
    };
    told(&["baseline", "save", "again", "run"], 0);
    assert!(told(&["baseline", "save", "again", "run"], 2).contains("--replace"));
    told(&["baseline", "save", "again", "run", "--replace"], 0);
    assert!(told(&["baseline", "list"], 0).contains("again"));
    assert!(told(&["baseline", "show", "again"], 0).contains("idle-hold.share"));
    told(&["baseline", "save", "../out", "run"], 2);
    told(&["baseline", "save", "a/b", "run"], 2);
    changed("cut", |run| run.status = Status::Stopped);
    told(&["baseline", "save", "of-a-cut-run", "cut"], 2);
    told(&["baseline", "show", "nobody"], 2);
    let text = std::fs::read_to_string(folder.join("reports/baselines/again.json")).unwrap();
    assert!(text.len() < 64 << 10, "{} bytes", text.len());
}

/// A verdict on a text that stands where a baseline or a record should: never a pass unless it is sound.
fn on_text(text: &str) -> Option<poolbench::gate::Sheet> {
    poolbench::gate::decode(text, "x").ok()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_baseline_that_was_cut_is_none(share in 0.0_f64..0.999) {
        let text = std::fs::read_to_string(PLACE.folder.join("reports/baselines/main.json")).unwrap();
        let at = (text.trim_end().len() as f64 * share) as usize;
        if text.is_char_boundary(at) {
            prop_assert!(on_text(&text[..at]).is_none());
        }
    }

    #[test]
    fn a_baseline_with_one_other_byte_is_none_or_still_a_baseline(share in 0.0_f64..1.0, byte in any::<u8>()) {
        let text = std::fs::read_to_string(PLACE.folder.join("reports/baselines/main.json")).unwrap();
        let mut bytes = text.into_bytes();
        let at = (bytes.len() as f64 * share) as usize;
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes)
            && let Some(sheet) = on_text(&text)
        {
            let again = poolbench::gate::decode(&poolbench::gate::encode(&sheet), "x");
            prop_assert_eq!(again.unwrap(), sheet);
        }
    }
}

#[test]
fn a_damaged_record_is_told_and_never_a_pass() {
    let folder = &PLACE.folder;
    let text = std::fs::read_to_string(folder.join("run/record.json")).unwrap();
    let damaged = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    for part in [0, 1, text.len() / 3, text.len() / 2, text.len() - 3] {
        damaged("cut.json", &text[..part]);
        gate(&["cut.json"], 2);
        gate(&["run", "--baseline", "cut.json"], 6);
    }
    let mut newer: Value = serde_json::from_str(&text).unwrap();
    newer["version"] = 99.into();
    damaged("newer.json", &newer.to_string());
    assert!(gate(&["newer.json"], 2).contains("its version is 99"));
    assert!(gate(&["run", "--baseline", "newer.json"], 6).contains("version"));
    // Every count that is booked twice, changed in one of its places.
    let record: Value = serde_json::from_str(&text).unwrap();
    let counts = ["completed", "scheduled", "dispatched", "acquire_timed_out"];
    for name in counts {
        let mut edited = record.clone();
        let ledger = find(&mut edited["side_by_side"][0]["measured"], "ledger").unwrap();
        let count = ledger[name].as_u64().unwrap();
        ledger[name] = (count + 1).into();
        damaged("edited.json", &edited.to_string());
        let told = gate(&["edited.json"], 6);
        assert!(told.contains("contradicts itself"), "{name}: {told}");
    }
}

/// The first object under this key, wherever it is.
fn find<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match value {
        Value::Object(map) => {
            if map.get(key).is_some_and(Value::is_object) {
                return map.get_mut(key);
            }
            map.iter_mut().find_map(|(_, inner)| find(inner, key))
        }
        Value::Array(items) => items.iter_mut().find_map(|inner| find(inner, key)),
        _ => None,
    }
}
