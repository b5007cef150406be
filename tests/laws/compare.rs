//! `compare` through the binary, and how often it errs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![expect(clippy::print_stderr, reason = "what was measured is told")]

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use poolbench::analyse::Figures;
use poolbench::arrivals::stream_seed;
use poolbench::gate::compare::{Contest, Ended, Tolerances};
use poolbench::gate::paired::{Looks, Overall};
use poolbench::plan::Plan;
use poolbench::run::{Machine, Short, Slowness, shorten, simulate_short};
use poolbench::scenario::Scenario;
use poolbench::twin::HoldLaw;

const A: &str = include_str!("../fixtures/compare.toml");

/// A scenario like A, with one text instead of another.
fn written(folder: &Path, name: &str, changed: (&str, &str)) -> String {
    assert!(A.contains(changed.0), "{}", changed.0);
    let path: PathBuf = folder.join(name);
    fs::write(&path, A.replace(changed.0, changed.1)).unwrap();
    path.display().to_string()
}

fn compare(words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.arg("compare").args(words);
    // Only what finds and starts throw-away servers.
    let kept = ["PATH", "HOME", "TMPDIR"].map(|name| (name, std::env::var_os(name)));
    command.env_clear().envs(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let Output { status, stdout, stderr } = command.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&stderr), String::from_utf8_lossy(&stdout));
    (status.code(), told)
}

fn row<'a>(told: &'a str, metric: &str) -> &'a str {
    told.lines().find(|line| line.starts_with(metric)).unwrap_or_else(|| panic!("no {metric}: {told}"))
}

#[test]
fn the_same_twice_is_no_regression() {
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("seed = 3", "seed = 3"));
    let (code, told) = compare(&[&a, &a, "--simulate", "--machine", "quiet"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("what differs between A and B: nothing"), "{told}");
    assert!(told.ends_with("Verdict: no regression\n"), "{told}");
    assert!(told.lines().all(|line| line.starts_with("poolbench:") || line.chars().count() <= 80), "{told}");
}

#[test]
fn a_longer_hold_is_a_regression_and_a_shorter_one_an_improvement() {
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("seed = 3", "seed = 3"));
    let b = written(folder.path(), "b.toml", ("\"20ms\"", "\"21ms\""));
    let (code, told) = compare(&[&a, &b, "--simulate", "--machine", "quiet"]);
    assert_eq!(code, Some(4), "{told}");
    assert!(row(&told, "hold.mean").contains("REGRESSION"), "{told}");
    assert!(told.contains("steps create_job 20 ms + enqueue 200 ms → create_job 21 ms"), "{told}");
    assert!(told.ends_with("Verdict: regression\n"), "{told}");
    let (code, told) = compare(&[&b, &a, "--simulate", "--machine", "quiet", "-q"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(row(&told, "hold.mean").contains("improvement"), "{told}");
}

#[test]
fn a_session_held_across_the_queue_step_is_a_regression_of_structure() {
    let folder = tempfile::tempdir().unwrap();
    // Few enough requests that neither scope waits: nothing but the structure shows it.
    let a = written(folder.path(), "a.toml", ("\"350/s\"", "\"15/s\""));
    let words = ["--scope", "repository-scoped,request-scoped", "--simulate", "--machine", "noisy", "-q"];
    let (code, told) = compare(&[&[a.as_str()], words.as_slice()].concat());
    assert_eq!(code, Some(4), "{told}");
    assert!(row(&told, "idle-hold.share").contains("REGRESSION"), "{told}");
    let turned = ["--scope", "request-scoped,repository-scoped", "--simulate", "-q"];
    let (code, told) = compare(&[&[a.as_str()], turned.as_slice()].concat());
    assert_eq!(code, Some(0), "{told}");
    assert!(row(&told, "idle-hold.share").contains("improvement"), "{told}");
}

#[test]
fn pools_and_sizes_have_a_shorthand() {
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("seed = 3", "seed = 3"));
    let (code, told) = compare(&[&a, "--pool", "sqlx,deadpool-postgres", "--simulate"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("sqlx, repository-scoped → deadpool-postgres, repository-scoped:"), "{told}");
    // 350/s at 20 ms need 7 connections.
    let (code, told) = compare(&[&a, "--pool-size", "10,6", "--simulate", "-q"]);
    assert_eq!(code, Some(4), "{told}");
    assert!(row(&told, "timed-out.share").contains("equivalent"), "{told}");
    assert!(row(&told, "hold.mean").contains("equivalent"), "{told}");
    assert!(row(&told, "acquire-wait.mean").contains("REGRESSION"), "{told}");
}

#[test]
fn too_much_noise_is_inconclusive_and_never_green() {
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("seed = 3", "seed = 3"));
    let (code, told) = compare(&[&a, &a, "--simulate", "--machine", "noisy", "--pairs", "7", "-q"]);
    assert_eq!(code, Some(6), "{told}");
    assert!(told.contains("Not decided: hold.mean.") && told.ends_with("Verdict: inconclusive\n"), "{told}");
}

#[test]
fn what_cannot_be_compared_is_a_fault_of_usage() {
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("seed = 3", "seed = 3"));
    let scaled = written(folder.path(), "scaled.toml", ("time-scale = \"1\"", "time-scale = \"1/2\""));
    let both =
        "scopes = [\"request-scoped\", \"repository-scoped\"]\npools = [\"sqlx\", \"deadpool-postgres\"]";
    let two = A.replace("pools = [\"sqlx\"]\nscopes = [\"repository-scoped\"]", both);
    fs::write(folder.path().join("two.toml"), two).unwrap();
    let two = folder.path().join("two.toml").display().to_string();
    let faults: [(&[&str], &str); 8] = [
        (&[&a], "name two scenarios"),
        (&[&a, &scaled], "--time-scale"),
        (&[&a, "missing.toml"], "missing.toml"),
        (&[&a, "--pool-size", "20"], "name two with a comma"),
        (&[&a, &a, "--pairs", "6"], "7 to 40"),
        (&[&a, &a, "--tolerance", "6%"], "--same-within"),
        (&[&a, &a, "--pool-size", "1,2"], "cannot be used with"),
        (&["fleet", "fleet"], "simulate"),
    ];
    for (words, says) in faults {
        let (code, told) = compare(words);
        assert_eq!(code, Some(2), "{words:?}: {told}");
        assert!(told.contains(says), "{words:?}: {told}");
    }
    let (code, told) = compare(&[&two, &a, "--simulate", "-q"]);
    assert_eq!(code, Some(0), "{told}");
    assert!(!told.contains("deadpool") && !told.contains("request-scoped"), "{told}");
}

/// The least that a comparison on real servers takes: seven pairs of one second. A change of structure
/// shows however busy the machine is.
#[test]
fn real_servers_show_a_session_held_across_the_queue_step() {
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("\"350/s\"", "\"15/s\""));
    let words = ["--scope", "repository-scoped,request-scoped", "--pairs", "7", "--span", "1s"];
    let (code, told) = compare(&[&[a.as_str()], words.as_slice()].concat());
    assert_eq!(code, Some(4), "{told}");
    assert!(row(&told, "idle-hold.share").contains("REGRESSION"), "{told}");
    for metric in ["acquires.per-request", "transactions.per-request", "failed.unasked.count"] {
        assert!(row(&told, metric).contains("equivalent"), "{told}");
    }
}

/// Asked for so many by an environment variable, or as many as stand here.
fn trials(otherwise: u64) -> u64 {
    std::env::var("POOLBENCH_TRIALS").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn on_the_twin(machine: Machine, trial: u64, longer: f64) -> Ended {
    let plan =
        shorten(&Plan::of(&Scenario::parse("compare", "compare.toml", A).unwrap()), Short { span: None });
    let a = Plan { seed: stream_seed(trial, 1) >> 12, ..plan };
    let mut b = a.clone();
    let mut workload = (*b.workload).clone();
    workload.steps[0].time = workload.steps[0].time.mul_f64(longer);
    b.workload = workload.into();
    let holds = HoldLaw::LogNormal { spread: 0.01 };
    let mut slowness = Slowness::of(machine, stream_seed(trial, 2));
    let mut contest = Contest::of(a, b, &Tolerances::default(), Looks::up_to(Looks::MOST).unwrap());
    let played = contest.play::<Infallible>(&mut |turn| {
        let lanes = simulate_short(&turn.plan, &holds, slowness.next().unwrap()).unwrap();
        Ok(Figures::side_by_side(&turn.plan, &lanes))
    });
    played.unwrap()
}

/// `cargo test --release --test laws -- --ignored --nocapture compare::on_a`
#[test]
#[ignore = "takes minutes"]
fn on_a_noisy_twin_a_against_a_raises_no_false_alarm_in_99_of_100() {
    let trials = trials(1_000);
    for machine in [Machine::Quiet, Machine::Shared, Machine::Noisy] {
        for longer in [1.0, 1.05, 1.1] {
            let trials = if longer > 1.0 { trials.div_ceil(5) } else { trials };
            let began = Instant::now();
            let ended: Vec<Ended> = (0..trials).map(|trial| on_the_twin(machine, trial, longer)).collect();
            let share = |overall| {
                ended.iter().filter(|it| it.judgement.overall == overall).count() as f64 / trials as f64
            };
            let pairs = ended.iter().map(|it| it.look.pairs).sum::<usize>() as f64 / trials as f64;
            eprintln!(
                "{machine:?}, hold × {longer}: regression {:.3}, pass {:.3}, inconclusive {:.3}; {pairs:.1} pairs; \
                 {:.0?}",
                share(Overall::Regression),
                share(Overall::Pass),
                share(Overall::Inconclusive),
                began.elapsed(),
            );
            assert!(longer > 1.0 || share(Overall::Regression) <= 0.01, "{machine:?}");
        }
    }
}

/// How the verdicts on real servers came out, and how long they took.
fn on_servers(b: &str, trials: u64, wanted: i32) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let a = written(folder.path(), "a.toml", ("seed = 3", "seed = 3"));
    let b = written(folder.path(), "b.toml", ("\"20ms\"", b));
    let mut found = 0;
    for trial in 0..trials {
        let began = Instant::now();
        let (code, told) = compare(&[&a, &b, "-q", "--seed", &(1_000 + trial).to_string()]);
        let took = began.elapsed();
        eprintln!("trial {trial}: exit {code:?} after {took:.0?}; {}", row(&told, "hold.mean"));
        found += u64::from(code == Some(wanted) && (wanted == 0 || took <= Duration::from_secs(120)));
    }
    eprintln!("{found} of {trials}");
    found
}

/// `cargo test --release --test laws -- --ignored --nocapture false_alarm`, on a machine that does
/// nothing else.
#[test]
#[ignore = "takes an hour and the whole machine"]
fn on_real_servers_a_against_a_is_no_false_alarm() {
    let trials = trials(60);
    assert_eq!(on_servers("\"20ms\"", trials, 4), 0);
}

/// `cargo test --release --test laws -- --ignored --nocapture five_percent`, on a machine that does
/// nothing else.
#[test]
#[ignore = "takes an hour and the whole machine"]
fn on_real_servers_a_hold_five_percent_longer_is_found_within_two_minutes() {
    let trials = trials(40);
    let found = on_servers("\"21ms\"", trials, 4);
    assert!(found as f64 >= 0.95 * trials as f64, "{found} of {trials}");
}
