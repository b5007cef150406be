//! A tap that is killed, which can clear up nothing itself.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use poolbench::provision::ServerKind;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::common;
use crate::provision::victim::running;

/// What the command does: asks for long statements, one after the other, and tells how each ended.
const ASKS: &str = "while psql -Atqc 'select pg_sleep(120)' 2>> said; do :; done; echo ended >> said";

/// A tap before a throw-away server of its own, with a process group and a folder for its files.
struct Tapped {
    tap: Child,
    folder: tempfile::TempDir,
}

impl Tapped {
    fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("killed-tap-").tempdir().unwrap();
        // The account of the servers has to reach it.
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        for name in ["DATABASE_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"] {
            command.env_remove(name);
        }
        command.args(["tap", "--", "sh", "-c", ASKS]).current_dir(folder.path()).env("TMPDIR", folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Self { tap: command.spawn().unwrap(), folder }
    }

    /// Processes of the servers, which are known by their folder, and of the command, by its words.
    fn left(&self) -> Vec<String> {
        let folder = self.folder.path().display().to_string();
        let of = |process: &str| process.contains(&folder) || process.contains("pg_sleep(120)");
        running().into_iter().map(|process| process.command).filter(|command| of(command)).collect()
    }

    fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }

    fn wait_until(&self, what: &str, holds: impl Fn() -> bool) {
        let since = Instant::now();
        while !holds() {
            let told = format!("{what}: {:#?}, said {}", self.left(), self.said());
            assert!(since.elapsed() < Duration::from_secs(20), "{told}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.tap), Signal::KILL);
        let _ = self.tap.wait();
    }
}

fn a_client_asks() -> bool {
    running().iter().any(|process| process.command.contains("psql -Atqc select pg_sleep(120)"))
}

#[test]
fn a_tap_that_is_killed_leaves_no_server_and_no_client_that_waits() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    // In the middle of a statement, where the client waits for an answer.
    let mut tapped = Tapped::start();
    tapped.wait_until("the client has not asked", a_client_asks);
    std::thread::sleep(Duration::from_millis(300));
    kill_process(Pid::from_child(&tapped.tap), Signal::KILL).unwrap();
    tapped.tap.wait().unwrap();
    tapped.wait_until("the client waits", || tapped.said().ends_with("ended\n"));
    assert!(tapped.said().contains("server closed the connection unexpectedly"), "{}", tapped.said());
    tapped.wait_until("something is left", || tapped.left().is_empty());
    // While it starts its server, or the command.
    for after in [20, 120, 500, 1_000, 1_500] {
        let mut tapped = Tapped::start();
        std::thread::sleep(Duration::from_millis(after));
        kill_process(Pid::from_child(&tapped.tap), Signal::KILL).unwrap();
        tapped.tap.wait().unwrap();
        tapped.wait_until("something is left", || tapped.left().is_empty());
    }
}
