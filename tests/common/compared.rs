//! `poolbench compare` on two variants of one scenario, for tests on the twin and on servers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The scenario that is compared.
pub(crate) const A: &str = include_str!("../fixtures/compare.toml");

/// A scenario like A, with one text instead of another.
pub(crate) fn written(folder: &Path, name: &str, changed: (&str, &str)) -> String {
    assert!(A.contains(changed.0), "{}", changed.0);
    let path: PathBuf = folder.join(name);
    fs::write(&path, A.replace(changed.0, changed.1)).unwrap();
    path.display().to_string()
}

pub(crate) fn compare(words: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.arg("compare").args(words);
    // Only what finds and starts throw-away servers.
    let kept = ["PATH", "HOME", "TMPDIR"].map(|name| (name, std::env::var_os(name)));
    command.env_clear().envs(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let Output { status, stdout, stderr } = command.output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&stderr), String::from_utf8_lossy(&stdout));
    (status.code(), told)
}

pub(crate) fn row<'a>(told: &'a str, metric: &str) -> &'a str {
    told.lines().find(|line| line.starts_with(metric)).unwrap_or_else(|| panic!("no {metric}: {told}"))
}

/// Asked for so many by an environment variable, or as many as stand here.
pub(crate) fn trials(otherwise: u64) -> u64 {
    std::env::var("POOLBENCH_TRIALS").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}
