//! `poolbench watch` beside what really happens on the server.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::servers::Postgres;
use crate::tap::Place;

#[test]
fn a_watch_finds_who_is_idle_in_a_transaction() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    wire.query("create table t (a text)");
    wire.query("begin");
    wire.query("insert into t values ('hunter2')");
    let folder = tempfile::tempdir().unwrap();
    let watch = |objective: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        command.args(["watch", "--for", "1s", "--every", "50ms", "--objective", objective]);
        command.arg("--out").arg(folder.path()).arg("--junit").arg(folder.path().join("junit.xml"));
        command.env("DATABASE_URL", place.server.url()).output().unwrap()
    };
    let out = watch("idle-hold.share < 0.5");
    let (told, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(3), "{told}{said}");
    assert!(told.contains("still open") && told.contains("after insert into t values (?)"), "{told}");
    assert!(!told.contains("hunter2") && !said.contains("tester:tester"));
    let page = shown_again(folder.path());
    assert!(
        page.contains("insert into t values (?)")
            && page.contains("Objectives: breach")
            && !page.contains("hunter2")
    );
    assert!(page.contains("still open"), "{page}");
    let junit = std::fs::read_to_string(folder.path().join("junit.xml")).unwrap();
    assert!(junit.contains("idle-hold.share"), "{junit}");
    wire.query("commit");
    std::thread::sleep(Duration::from_millis(50));
    wire.vanish();
    let nobody = watch("idle-hold.share < 0.5");
    let told = String::from_utf8_lossy(&nobody.stdout).into_owned();
    assert!(told.contains("No transaction was seen") && nobody.status.code() == Some(6), "{told}");
    // Peaks of looks are lower bounds, so a limit from above is never known to be kept.
    assert_eq!(watch("connections.in-transaction.peak <= 20").status.code(), Some(6));
}

/// The page of the only watch in this folder, which `report` makes again from its record alone.
fn shown_again(folder: &Path) -> String {
    let runs = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let run = runs.into_iter().find(|path| path.join("watch.json").is_file()).unwrap();
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    std::fs::remove_file(run.join("report.html")).unwrap();
    std::fs::remove_dir_all(run.join("charts")).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_poolbench")).arg("report").arg(&run).output().unwrap();
    let told = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success() && told.contains("verdict: breach") && told.contains("None of "), "{out:?}");
    assert_eq!(std::fs::read_to_string(run.join("report.html")).unwrap(), page);
    assert!(run.join("charts/connections.svg").is_file() && run.join("charts/connections.png").is_file());
    page
}

/// What was seen until then is kept and told, an objective is not called kept, and nobody waits for the whole time.
#[test]
fn a_server_that_answers_no_more_ends_the_watch() {
    for gone in [Postgres::kill, Postgres::freeze] {
        let Some(place) = Place::start() else { return };
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        command.args(["watch", "--for", "10m", "--every", "20ms", "--objective", "idle-hold.share <= 1"]);
        command.arg("--out").arg(folder.path()).env("DATABASE_URL", place.server.url());
        let mut wire = place.connect();
        wire.query("begin");
        let watch = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(800));
        let since = Instant::now();
        gone(&place.server);
        let out = watch.wait_with_output().unwrap();
        assert!(since.elapsed() < Duration::from_secs(15), "{:?}", since.elapsed());
        place.server.thaw();
        let (told, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
        assert_eq!(out.status.code(), Some(5), "{told}{said}");
        assert!(told.lines().next().unwrap().contains("then the server answered no more"), "{told}");
        assert!(told.contains("INCONCLUSIVE") && !said.contains("tester:tester"), "{told}{said}");
        let page = shown(folder.path());
        assert!(page.contains("then the server answered no more"), "{page}");
    }
}

fn shown(folder: &Path) -> String {
    let run =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).find(|path| path.is_dir());
    std::fs::read_to_string(run.unwrap().join("report.html")).unwrap()
}
