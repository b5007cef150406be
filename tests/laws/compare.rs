//! `compare` through the binary, and how often it errs.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::convert::Infallible;
use std::fs;
use std::time::Instant;

use poolbench::analyse::Figures;
use poolbench::arrivals::stream_seed;
use poolbench::gate::compare::{Contest, Ended, Tolerances};
use poolbench::gate::paired::{Looks, Overall};
use poolbench::plan::Plan;
use poolbench::run::{Machine, Short, Slowness, shorten, simulate_short};
use poolbench::scenario::Scenario;
use poolbench::twin::HoldLaw;

use crate::compared::{A, compare, row, trials, written};

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
