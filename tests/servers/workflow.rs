//! What the README says to paste into a CI job, and the shell lines of the action, run as they stand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common;
use crate::servers;

use std::path::{Path, PathBuf};
use std::process::Command;

use poolbench::provision::ServerKind;
use servers::Postgres;

/// The shell line of the README that runs the gate, and the address that its service container has.
fn pasted() -> (String, String) {
    let readme = include_str!("../../README.md");
    let line = readme.lines().find_map(|line| line.trim().strip_prefix("- run: poolbench run")).unwrap();
    let address =
        readme.lines().find_map(|line| line.trim().strip_prefix("env: { DATABASE_URL: \"")).unwrap();
    (format!("poolbench run{line}"), address.trim_end_matches("\" }").to_owned())
}

/// The script of the action's last step.
fn action() -> String {
    let text = include_str!("../../action.yml");
    let (_, script) = text.rsplit_once("run: |\n").unwrap();
    script.lines().map(|line| line.strip_prefix("        ").unwrap_or(line).to_owned() + "\n").collect()
}

/// Runs shell lines as a step of GitHub Actions does, in a folder with a baseline; answers the exit code and the words.
fn step(folder: &Path, lines: &str, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_poolbench")).parent().unwrap();
    let mut path: Vec<PathBuf> = vec![binary.to_owned()];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    let mut command = Command::new("bash");
    command.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", lines]).current_dir(folder);
    command.env("PATH", std::env::join_paths(path).unwrap());
    command.env("GITHUB_STEP_SUMMARY", folder.join("summary.md"));
    command.env("GITHUB_OUTPUT", folder.join("output")).env("GITHUB_ACTIONS", "true");
    command.env_remove("DATABASE_URL").env_remove("REDIS_URL").envs(environment.iter().copied());
    let output = command.output().unwrap();
    let told =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    (output.status.code(), told)
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_default()
}

/// The structure of a request is the same on every machine, so the baseline of this repository serves.
fn with_a_baseline() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let baselines = folder.path().join("reports/baselines");
    std::fs::create_dir_all(&baselines).unwrap();
    std::fs::write(baselines.join("main.json"), include_str!("../../reports/baselines/self.json")).unwrap();
    folder
}

#[test]
fn the_pasted_step_passes_on_a_service_container() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let (line, address) = pasted();
    // The container is a server of the test's own, on another port.
    assert!(address.starts_with("postgres://") && address.contains("@127.0.0.1:"), "{address}");
    let (postgres, folder) = (Postgres::start(), with_a_baseline());
    let (code, told) = step(folder.path(), &line, &[("DATABASE_URL", &postgres.url())]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("verdict: pass"), "{told}");
    assert!(read(folder.path(), "summary.md").contains("pass"), "{told}");
    assert!(read(folder.path(), "poolbench.xml").contains("<testsuites"), "{told}");
}

/// A scenario of which an objective says that its request scope gives its connection back before the queue step.
#[test]
fn the_step_of_the_action_fails_with_the_code_of_the_gate() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let folder = with_a_baseline();
    // With time to connect on a busy machine.
    let quick = include_str!("../fixtures/quick.toml")
        .replace("acquire-timeout = \"1s\"", "acquire-timeout = \"20s\"");
    std::fs::write(folder.path().join("quick.toml"), quick).unwrap();
    let asks = [
        ("SCENARIO", "quick.toml"),
        ("BASELINE", ""),
        ("OBJECTIVES", "request-scoped.idle-hold.share <= 20%\n"),
        ("POOLBENCH_DATABASE_URL", ""),
        ("JUNIT", "gate.xml"),
    ];
    let (code, told) = step(folder.path(), &action(), &asks);
    assert_eq!(code, Some(3), "{told}");
    assert_eq!(read(folder.path(), "output"), "exit-code=3\n", "{told}");
    assert!(told.contains("::error"), "{told}");
    assert!(read(folder.path(), "gate.xml").contains("<failure"), "{told}");
}
