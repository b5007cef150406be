//! The command line: what a command is told, and how it ends.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::common;
use poolbench::provision::ServerKind;

fn tap(arguments: &[&str]) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    for name in
        ["DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "SPRING_DATASOURCE_URL"]
    {
        command.env_remove(name);
    }
    command.args(["tap", "--out"]).arg(folder.path()).args(arguments);
    (command.output().unwrap(), folder)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The folder of the only tap in this one.
fn run(folder: &tempfile::TempDir) -> PathBuf {
    let mut all = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    all.find(|path| path.is_dir()).unwrap()
}

/// The page, which shows as it is what `report` makes of the record alone.
fn page(run: &Path) -> String {
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    std::fs::remove_file(run.join("report.html")).unwrap();
    std::fs::remove_dir_all(run.join("charts")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    let out = command.arg("report").arg(run).output().unwrap();
    assert!(out.status.success() && text(&out.stdout).contains("verdict: breach"), "{out:?}");
    assert_eq!(std::fs::read_to_string(run.join("report.html")).unwrap(), page);
    for chart in ["occupancy.svg", "occupancy.png", "connections.svg", "connections.png"] {
        assert!(run.join("charts").join(chart).is_file(), "{chart}");
    }
    page
}

const SLOW: &str = "psql -Atqc begin -c \"insert into t values ('hunter2')\" -c '\\! sleep 0.3' -c commit";

#[test]
fn a_hold_across_slow_work_is_a_breach() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let script = format!("psql -qc 'create table t (a text)' && {SLOW}");
    let (out, folder) = tap(&["--objective", "idle-hold.share < 0.1", "--", "sh", "-c", &script]);
    let (told, said) = (text(&out.stdout), text(&out.stderr));
    assert_eq!(out.status.code(), Some(3), "{told}{said}");
    assert!(told.contains("after  insert into t values (?)") && told.contains("before commit"), "{told}");
    assert!(told.contains("verdict: breach"), "{told}");
    let run = run(&folder);
    let record = std::fs::read_to_string(run.join("tap.json")).unwrap();
    assert!(!record.contains("hunter2") && !record.contains("password") && !told.contains("hunter2"));
    let seen = poolbench::archive::observed::decode(&record).unwrap().seen;
    // Of two clients one after the other, the second held its connection.
    assert_eq!(seen.lives.iter().map(|life| life.connection).collect::<Vec<_>>(), [0, 1]);
    assert!(seen.transactions.iter().any(|transaction| transaction.connection == Some(1)));
    let page = page(&run);
    assert!(page.contains("<code>insert into t values (?)</code>") && page.contains("Objectives: breach"));
    assert!(
        page.contains("of the time for which connections were held") && !page.contains("hunter2"),
        "{page}"
    );
}

#[test]
fn the_exit_code_of_a_command_is_kept() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let (out, _folder) = tap(&["--", "sh", "-c", "psql -Atqc 'select 1' \"$DATABASE_URL\" && exit 42"]);
    assert_eq!(out.status.code(), Some(42), "{}", text(&out.stderr));
    assert!(text(&out.stdout).starts_with("1\n"), "{}", text(&out.stdout));
}

#[test]
fn no_connection_is_no_pass() {
    let nowhere = ["--upstream", "postgres://me:hunter2@127.0.0.1:1/none"];
    let (out, _folder) = tap(&[&nowhere[..], &["--", "true"]].concat());
    assert_eq!(out.status.code(), Some(5));
    let said = text(&out.stderr);
    assert!(said.contains("no connection came through the tap") && !said.contains("hunter2"), "{said}");
    let (out, _folder) = tap(&[&nowhere[..], &["--", "sh", "-c", "exit 9"]].concat());
    assert_eq!(out.status.code(), Some(9));
    let (out, _folder) = tap(&[&nowhere[..], &["--", "psql", "-c", "select 1"]].concat());
    let said = text(&out.stderr);
    assert!(said.contains("server behind it could not be reached") && !said.contains("hunter2"), "{said}");
}

#[test]
fn what_cannot_be_tapped_is_refused_before_anything_runs() {
    for (url, words) in [
        ("postgres://me:hunter2@h/d?sslmode=allow", "sslmode=allow is not spoken"),
        ("postgres://me:hunter2@h/d?sslnegotiation=direct", "sslnegotiation=direct"),
        ("postgres://me:hunter2@h/d?sslmode=encrypted", "sslmode"),
        ("postgres://me:hunter2@h/d?channel_binding=require", "channel_binding=require"),
        ("mysql://me:hunter2@h/d", "no URL like postgres://"),
    ] {
        let (out, _folder) = tap(&["--upstream", url, "--", "sh", "-c", "echo ran"]);
        let said = text(&out.stderr);
        assert_eq!((out.status.code(), out.stdout.is_empty()), (Some(2), true), "{said}");
        assert!(said.contains(words) && !said.contains("hunter2"), "{said}");
    }
}
