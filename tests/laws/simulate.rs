//! `simulate`, `predict` and `size` through the binary: no server is there.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::File;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use poolbench::archive::{self, Run, Source};
use poolbench::units::TimeScale;

fn poolbench(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    // Without a path no server can be found or started.
    command.args(words).current_dir(folder).stdin(Stdio::null()).env_clear();
    // Into files: a pipe that nobody reads would stop a long report.
    let (out, err) = (folder.join("stdout"), folder.join("stderr"));
    command.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
    let mut child = command.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{words:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let status = child.wait().unwrap();
    Output { status, stdout: std::fs::read(out).unwrap(), stderr: std::fs::read(err).unwrap() }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn simulated(words: &[&str]) -> Run {
    let folder = tempfile::tempdir().unwrap();
    let words = [&["simulate"], words, &["--record-only", "--out", "reports"]].concat();
    let output = poolbench(folder.path(), &words);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    archive::load(&folder.path().join("reports/latest-simulated")).unwrap()
}

/// The record without what differs from run to run.
fn timeless(mut record: Run) -> String {
    record.created.clear();
    record.environment.memory_mib = 0;
    archive::encode(&record).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_one_does_not() {
    let quick = |seed| timeless(simulated(&["checkout", "--seed", seed, "--holds", "lognormal:2"]));
    assert_eq!(quick("5"), quick("5"));
    assert_ne!(quick("5"), quick("6"));
}

#[test]
fn ledgers_balance_and_little_is_exact() {
    for scenario in ["job-submission", "checkout", "nested-deadlock"] {
        let record = simulated(&[scenario]);
        assert_eq!(record.source, Source::Simulated);
        assert_eq!(record.plan.time_scale, TimeScale::NOMINAL);
        for lane in record.side_by_side.iter().chain(&record.capacity) {
            for cohort in [&lane.tape.measured, &lane.tape.warm_up, &lane.tape.bystanders] {
                let ledger = cohort.ledger;
                assert_eq!(ledger.check(), Ok(()));
                assert_eq!(cohort.response.seen.count(), ledger.completed);
            }
            for little in [lane.tape.pool, lane.tape.queue, lane.tape.system] {
                assert_eq!(little.integral, little.stays);
            }
            let due: u64 = lane.tape.series.slices.iter().map(|slice| slice.due).sum();
            assert_eq!(due, lane.tape.measured.ledger.scheduled + lane.tape.warm_up.ledger.scheduled);
        }
        let offered: Vec<_> = record.side_by_side.iter().map(|lane| lane.arrivals.unwrap()).collect();
        assert!(offered.windows(2).all(|pair| pair[0] == pair[1]));
    }
}

#[test]
fn the_seed_case_serves_as_the_itinerary_says() {
    let record = simulated(&["job-submission-nominal"]);
    let [before, after] = record.side_by_side.as_slice() else { panic!("two lanes") };
    let held = |lane: &archive::LaneTape| {
        let holds = &lane.tape.measured.hold.seen;
        holds.sum() / u128::from(holds.count())
    };
    assert_eq!((held(before), held(after)), (180_000_000_000, 1_000_000_000));
    assert_eq!(after.tape.measured.ledger.completed, after.tape.measured.ledger.scheduled);
    let share = before.tape.measured.ledger.completed as f64 / before.tape.measured.ledger.scheduled as f64;
    assert!((share - 0.0222).abs() < 0.004, "{share}");
}

#[test]
fn a_deadlock_is_found_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let output = poolbench(folder.path(), &["simulate", "nested-deadlock", "--full"]);
    let text = told(&output);
    assert!(text.contains("Simulated"), "{text}");
    assert!(text.contains("deadlocked on itself") && text.contains("holds 1 connection"), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("20 connections are enough with in-flight-cap = 19 or less"), "{text}");
    assert!(folder.path().join("reports/latest-simulated/report.html").exists());
}

#[test]
fn routing_that_looks_at_the_pools_makes_waits_shorter() {
    let waited = |routing| {
        let record =
            simulated(&["fleet", "--routing", routing, "--holds", "exponential", "--measure", "60s"]);
        let wait = &record.side_by_side[0].tape.measured.acquire_wait.seen;
        wait.sum() / u128::from(wait.count())
    };
    let (random, turns, least) = (waited("random"), waited("round-robin"), waited("least-loaded"));
    assert!(random > turns && turns > least, "{random} {turns} {least}");
}

#[test]
fn holds_come_from_a_record() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/record-v1.json");
    let record = simulated(&["job-submission", "--holds-from", fixture]);
    let hold = &record.side_by_side[1].tape.measured.hold.seen;
    let mean = hold.sum() as f64 / hold.count() as f64 / 1e9;
    // A second as planned, and a millisecond of overhead.
    assert!(mean > 1.000_5 && mean < 1.002, "{mean}");
}

fn printed(words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = poolbench(folder.path(), words);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let text = told(&output);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    text
}

#[test]
fn theory_is_printed() {
    insta::assert_snapshot!("predict", printed(&["predict"]));
    insta::assert_snapshot!("predict_nested", printed(&["predict", "nested-deadlock"]));
    insta::assert_snapshot!("size", printed(&["size"]));
    insta::assert_snapshot!("size_nested", printed(&["size", "nested-deadlock"]));
    insta::assert_snapshot!("size_fleet", printed(&["size", "million"]));
}

#[test]
fn an_unstable_load_prints_its_growth_and_a_critical_one_its_relaxation() {
    let text = printed(&["predict"]);
    assert!(text.contains("no steady state") && text.contains("4.89/s"), "{text}");
    let text = printed(&["predict", "--rate", "0.111/s", "--holds", "exponential"]);
    assert!(text.contains("416 days") && text.contains("shows how the queue builds up"), "{text}");
}

#[test]
fn size_draws_its_charts() {
    let folder = tempfile::tempdir().unwrap();
    let output = poolbench(folder.path(), &["size", "--out", "charts"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    for file in
        ["wait-over-rate.svg", "wait-over-rate.png", "wait-over-pool-size.svg", "wait-over-pool-size.png"]
    {
        assert!(folder.path().join("charts").join(file).exists(), "{file}");
    }
}

/// The built-in scenario with something else in it, as a file.
fn altered(folder: &Path, line: &str, by: &str) -> String {
    let text = poolbench::scenario::BUILTIN[0].text;
    assert!(text.contains(line));
    std::fs::write(folder.join("altered.toml"), text.replacen(line, by, 1)).unwrap();
    "altered.toml".to_owned()
}

#[test]
fn a_fail_share_and_a_cap_are_played_also_where_theory_would_speak() {
    let folder = tempfile::tempdir().unwrap();
    let failing = altered(folder.path(), "kind = \"queue\"", "kind = \"queue\"\nfail-share = 0.1");
    let text = std::fs::read_to_string(folder.path().join(&failing)).unwrap();
    let capped = text.replace("in-flight-cap = 100000", "in-flight-cap = 500");
    assert_ne!(text, capped);
    std::fs::write(folder.path().join(&failing), capped).unwrap();
    let told = |words: &[&str]| {
        let output = poolbench(folder.path(), words);
        let text = told(&output);
        assert_eq!(output.status.code(), Some(0), "{text}");
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(told(&["predict", &failing]).contains("fail-share lets requests fail"));
    let text = told(&["simulate", &failing, "--full"]);
    assert!(text.contains("requests failed as the scenario's fail-share asks"), "{text}");
    assert!(text.contains("were never sent before the run ended"), "{text}");
    assert!(text.contains("It balances in every lane"), "{text}");
}

#[test]
fn nonsense_gets_a_clear_error_or_answer_and_never_hangs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let began = Instant::now();
    let failed = |words: &[&str], says: &str| {
        let output = poolbench(path, words);
        let text = told(&output);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {text}");
        assert!(text.contains(says), "{words:?}: {text}");
    };
    for command in ["simulate", "predict", "size"] {
        failed(&[command, "--rate", "0/s"], "a rate is above zero");
        failed(&[command, "--pool-size", "1000000000"], "10000");
    }
    failed(&["simulate", "--rate", "1000000000/s"], "requests would be due");
    failed(&["simulate", "--rate", "10000000/s"], "more than are simulated");
    failed(&["size", "--objective", "acquire-wait.p100 <= 1s"], "below p100");
    failed(&["size", "checkout"], "has no objective on waits");
    failed(&["run", "fleet"], "twin only");
    // A request that holds nothing: nothing to compute, and nothing to wait for.
    let steps = "kind = \"sql\"\ntime = \"1s\"\noperation = \"create-job\"";
    let nothing = altered(path, steps, "kind = \"work\"\ntime = \"1s\"");
    failed(&["predict", &nothing, "--scopes", "repository-scoped"], "hold of 0 s");
    failed(&["size", &nothing], "hold of 0 s");
    let zero = altered(path, "time = \"1s\"\noperation", "time = \"0s\"\noperation");
    failed(&["predict", &zero], "hold of 0 s");
    let output = poolbench(path, &["simulate", &zero, "--record-only"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    let output = poolbench(path, &["predict", "--rate", "1e7/s"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[test]
fn the_number_of_threads_makes_no_difference() {
    use poolbench::run::{HoldSource, simulate};
    use poolbench::scenario::{Builtin, Overrides};
    use poolbench::twin::HoldLaw;
    let holds = HoldSource::Law(HoldLaw::Exponential);
    // The pools of a fleet are shared out, and so are the lanes of a pool.
    for name in ["fleet", "checkout"] {
        let scenario = Builtin::named(name).unwrap().scenario().unwrap();
        let measure = Some(Duration::from_secs(30));
        let scenario = scenario.with(&Overrides { measure, ..Overrides::default() });
        let plan = poolbench::plan::Plan::of(&scenario);
        let lanes = |threads: usize| {
            let run = simulate(&plan, &holds, threads.try_into().unwrap()).unwrap().run;
            (run.side_by_side, run.capacity)
        };
        assert_eq!(lanes(1), lanes(3), "{name}");
    }
}

#[test]
fn a_report_sets_theory_and_twin_beside_what_was_measured() {
    use poolbench::analyse::{Act, Agreement, Cause, Metric, Side, summarise};
    let fixture = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/record-v1.json"));
    let mut record = archive::load(fixture).unwrap();
    let lane = record.side_by_side[1].clone();
    let throughput = |record: &Run| -> Side {
        let figures = summarise(record).figures;
        let figure = figures.at(Act::SideBySide, &lane.pool, lane.scope, Metric::ThroughputCounted);
        figure.unwrap().measured.clone().unwrap()
    };
    let sound = throughput(&record);
    assert_eq!(sound.agreement, Agreement::Agrees);
    let (least, greatest) = sound.range.unwrap();
    assert!((least..=greatest).contains(&sound.twin.unwrap().number()) && sound.theory.is_some());
    // A pool that completed a fifth fewer requests than it should have is noticed.
    let completed = &mut record.side_by_side[1].tape.completed_in_window;
    *completed = *completed * 8 / 10;
    assert_eq!(throughput(&record).agreement, Agreement::Differs(Cause::Unknown));
}

/// Holds that vary are known badly from a short run: that is no reason to call a true claim false.
#[test]
fn true_claims_are_not_told_false_for_want_of_holds() {
    use poolbench::analyse::{ClaimVerdict, summarise};
    use poolbench::run::{HoldSource, simulate};
    let scenario = poolbench::scenario::Builtin::named("job-submission").unwrap().scenario().unwrap();
    use poolbench::twin::HoldLaw::{Exponential, Fixed, LogNormal};
    for law in [Fixed, Exponential, LogNormal { spread: 0.5 }] {
        for seed in 1..=8 {
            let mut plan = poolbench::plan::Plan::of(&scenario);
            plan.seed = seed;
            let holds = HoldSource::Law(law.clone());
            let run = simulate(&plan, &holds, std::num::NonZeroUsize::MIN).unwrap().run;
            for claim in summarise(&run).claims {
                assert_ne!(claim.verdict, ClaimVerdict::Fails, "{law:?}, seed {seed}: {:?}", claim.because);
                let told = claim.verdict != ClaimVerdict::NotMeasured;
                assert!(told || law != Fixed, "{seed}: {:?}", claim.because);
            }
        }
    }
}
