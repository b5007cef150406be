//! The reaper: a small shell that outlives poolbench, if only by a moment, and leaves nothing behind.
//!
//! No code of ours runs after `kill -9`. So the reaper is started before anything else and waits
//! at the end of a pipe that only poolbench holds; when poolbench is gone, however it went, the
//! kernel closes the pipe, and the reaper ends the server and removes the folder. The folder is
//! the reaper's own from making to removal: there is no moment at which nobody would remove it.
//!
//! A parent-death signal would be Linux's alone, would need `unsafe`, is tied to one thread of
//! the parent, and cannot remove a folder.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Stdio};

use rustix::process::{Pid, Signal};

use super::process::bare;
use super::{ProvisionError, random_hex};

const SCRIPT: &str = include_str!("reaper.sh");

/// How a process is asked to end, before it is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ending {
    /// The polite way, for the process itself.
    pub(super) first: Signal,
    /// The firm way, for its whole group.
    pub(super) then: Signal,
}

/// A private folder, and the shell that removes it with all that runs in it.
#[derive(Debug)]
pub(super) struct Reaper {
    shell: Child,
    line: Option<ChildStdin>,
    folder: PathBuf,
}

impl Reaper {
    /// Starts a reaper, which makes a new folder of mode 0700 in `parent`.
    pub(super) fn start(parent: &Path) -> Result<Self, ProvisionError> {
        // Random, since others may write to the parent too.
        let folder = parent.join(format!("poolbench-{}", random_hex(6)?));
        let mut shell = bare("/bin/sh")
            .args(["-c", SCRIPT, "poolbench-reaper"])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(ProvisionError::io("start /bin/sh"))?;
        let line = shell.stdin.take();

        let mut answer = String::new();
        if let Some(stdout) = shell.stdout.take() {
            // If this fails, the answer is not "made", which is what matters.
            let _ = BufReader::new(stdout).read_line(&mut answer);
        }
        if answer.trim() == "made" {
            return Ok(Self { shell, line, folder });
        }
        drop(line);
        let _ = shell.wait();
        Err(ProvisionError::Folder(answer.trim().to_owned()))
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// From now on this process group is the one to end.
    pub(super) fn watch(&mut self, group: Pid, ending: Ending) -> io::Result<()> {
        let Ending { first, then } = ending;
        self.say(&format!("{group} {} {}\n", first.as_raw(), then.as_raw()))
    }

    /// From now on there is no process group to end.
    pub(super) fn unwatch(&mut self) -> io::Result<()> {
        self.say("-\n")
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        match &mut self.line {
            // One write of a line this short reaches a pipe whole or not at all.
            Some(line) => line.write_all(text.as_bytes()),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Lets the reaper do its work now, and waits for it. Doing so twice does no harm.
    pub(super) fn finish(&mut self) -> Result<(), ProvisionError> {
        drop(self.line.take());
        let _ = self.shell.wait();
        // Only needed should someone have killed the reaper.
        if self.folder.exists() {
            let _ = fs::remove_dir_all(&self.folder);
        }
        if self.folder.exists() { Err(ProvisionError::LeftBehind(self.folder.clone())) } else { Ok(()) }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}
