//! A process of its own for what a test cannot do to itself: being killed, or another `TMPDIR`.
//!
//! It is this test program again, running only the test `victim`, which plays a scene.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

/// Names the scene that the test `victim` plays.
pub(crate) const SCENE: &str = "POOLBENCH_TEST_SCENE";

/// A running victim, which has a folder for temporary files to itself.
pub(crate) struct Victim {
    child: Child,
    output: BufReader<ChildStdout>,
    tmp: PathBuf,
    _outer: TempDir,
}

impl Victim {
    /// Starts a victim, whose folder for temporary files gets this name and mode.
    pub(crate) fn start(scene: &str, folder: &str, mode: u32, variables: &[(&str, &str)]) -> Self {
        let outer = tempfile::tempdir().unwrap();
        fs::set_permissions(outer.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let tmp = fs::canonicalize(outer.path()).unwrap().join(folder);
        fs::create_dir_all(&tmp).unwrap();
        fs::set_permissions(&tmp, fs::Permissions::from_mode(mode)).unwrap();
        // A shell that starts the tests in the background has them ignore Ctrl-C, and the victim would, too.
        let mut child = Command::new("/usr/bin/env")
            .arg("--default-signal=INT,QUIT")
            .arg(env::current_exe().unwrap())
            .args(["--exact", "provision::victim", "--nocapture"])
            .env(SCENE, scene)
            .env("TMPDIR", &tmp)
            .envs(variables.iter().copied())
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output, tmp, _outer: outer }
    }

    /// Waits until the victim has said `ready`.
    pub(crate) fn ready(&mut self) {
        let mut line = String::new();
        while !line.contains("ready") {
            line.clear();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "the victim ended before it was ready");
        }
    }

    /// Sends a signal to the victim's process group, as a terminal does at Ctrl-C.
    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process_group(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Lets the victim go on, waits for its end, and returns what it said meanwhile.
    pub(crate) fn end(&mut self) -> (ExitStatus, String) {
        drop(self.child.stdin.take());
        let mut said = String::new();
        self.output.read_to_string(&mut said).unwrap();
        (self.child.wait().unwrap(), said)
    }

    /// Folders in the victim's folder for temporary files, and processes that it started or that
    /// name this folder on their command line.
    pub(crate) fn leftovers(&self, descendants: &[Running]) -> Vec<String> {
        let folders =
            fs::read_dir(&self.tmp).unwrap().map(|entry| entry.unwrap().path().display().to_string());
        let processes = running().into_iter().filter(|process| {
            descendants.contains(process) || process.command.contains(self.tmp.to_str().unwrap())
        });
        folders.chain(processes.map(|process| format!("{} {}", process.id, process.command))).collect()
    }

    /// Asserts that soon nothing is left, and says how soon.
    ///
    /// Five seconds are enough on a machine with nothing else to do; this allows for one that
    /// compiles at the same time.
    pub(crate) fn leaves_nothing(&self, descendants: &[Running]) -> Duration {
        let start = Instant::now();
        loop {
            let left = self.leftovers(descendants);
            if left.is_empty() {
                return start.elapsed();
            }
            assert!(start.elapsed() < Duration::from_secs(20), "left behind: {left:#?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Everything that the victim started, directly or not.
    pub(crate) fn descendants(&self) -> Vec<Running> {
        let all = running();
        let mut family = vec![self.child.id()];
        let mut found = Vec::new();
        while let Some(parent) = family.pop() {
            for process in all.iter().filter(|process| process.parent == parent) {
                family.push(process.id);
                found.push(process.clone());
            }
        }
        found
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process of this machine. Two are the same if they have the same id and command line.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    id: u32,
    parent: u32,
    pub(crate) command: String,
}

impl PartialEq for Running {
    fn eq(&self, other: &Self) -> bool {
        // The parent changes when the old one dies.
        (self.id, &self.command) == (other.id, &other.command)
    }
}

/// All processes but zombies, which have ended and wait only for their parent to look.
pub(crate) fn running() -> Vec<Running> {
    let output = Command::new("ps").args(["-axww", "-o", "pid=,ppid=,stat=,command="]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (id, parent) = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
            let state = words.next()?;
            let command = words.collect::<Vec<_>>().join(" ");
            (!state.starts_with('Z')).then_some(Running { id, parent, command })
        })
        .collect()
}
