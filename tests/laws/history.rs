//! `poolbench history` through the binary: runs in the order of time, and the one with which something changed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use poolbench::archive::{self, Run};

fn poolbench(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_poolbench")).args(args).current_dir(folder).output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A played run, for others to be made of.
fn played(folder: &Path) -> Run {
    let scenario = include_str!("../fixtures/compare.toml");
    std::fs::write(folder.join("a.toml"), scenario).unwrap();
    let output = poolbench(folder, &["simulate", "a.toml", "--record-only", "--out", "made"]);
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    archive::load(&folder.join("made/latest-simulated")).unwrap()
}

/// Keeps the run as of that day, under request scope where the session is held across the queue step.
fn keep(folder: &Path, run: &Run, day: usize) {
    let mut run = run.clone();
    run.created = format!("2026-{:02}-{:02}T03:00:00Z", 1 + day / 28, 1 + day % 28);
    let folder = folder.join(format!("nightly/{day:02}"));
    std::fs::create_dir_all(&folder).unwrap();
    archive::save(&run, &folder).unwrap();
}

/// Twenty-four runs, of which the last ten hold what they held busy before; and what `history` says of them.
fn changed(folder: &Path) -> Output {
    let run = played(folder);
    let mut held = run.clone();
    for lane in &mut held.side_by_side {
        // Nothing ran on the connections: what was busy is idle.
        lane.tape.busy_in_window = 0;
    }
    for day in 0..24 {
        keep(folder, if day < 14 { &run } else { &held }, day);
    }
    poolbench(folder, &["history", "nightly", "--html", "history.html"])
}

/// The page of these runs.
pub(crate) fn page(folder: &Path) -> PathBuf {
    assert_eq!(changed(folder).status.code(), Some(0));
    folder.join("history.html")
}

#[test]
fn the_run_with_which_a_figure_changed_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let output = changed(folder);
    let text = told(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    let told = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("a: 24 runs"), "{text}");
    assert!(told.contains("idle-hold.share (repository-scoped on twin) rose from"), "{text}");
    assert!(told.contains("WORSE, with run 15 of 24"), "{text}");
    assert_eq!(told.matches("WORSE").count(), 1, "{text}");
    assert!(text.contains("▁▁▁▁▁▁▁▁▁▁▁▁▁▁██████████"), "{text}");
    let page = std::fs::read_to_string(folder.join("history.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("idle-hold.share"), "{page}");
}

#[test]
fn few_runs_tell_no_change_and_none_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let run = played(folder);
    let output = poolbench(folder, &["history", "nowhere"]);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    (0..3).for_each(|day| keep(folder, &run, day));
    std::fs::write(folder.join("nightly/other.json"), "{}").unwrap();
    let output = poolbench(folder, &["history", "nightly"]);
    let text = told(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("no changes; to tell one it takes some 12 runs"), "{text}");
    assert!(text.contains("1 of its files is neither"), "{text}");
}
