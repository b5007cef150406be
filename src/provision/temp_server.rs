//! What every throw-away server has: a private folder, an account, a password, one process at a
//! time with its log, and a reaper.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fmt};

use super::account::Account;
use super::process::{Process, Stand, TICK, gated};
use super::reaper::{Ending, Reaper};
use super::{ProvisionError, random_hex};

/// How many lines of a log explain a failure.
const LINES: usize = 20;

/// Why waiting for a process is over.
#[derive(Debug)]
pub(super) enum Seen {
    /// The process is ready for use.
    Ready,
    /// The process has ended, with this status.
    Ended(ExitStatus),
}

/// How long a process is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// Longest wait in all.
    pub(super) whole: Duration,
    /// Longest wait without a new line in its log.
    pub(super) silent: Duration,
}

impl Patience {
    /// One limit for the whole wait, however long the log stays silent.
    pub(super) const fn of(whole: Duration) -> Self {
        Self { whole, silent: whole }
    }
}

/// The home of a throw-away server: a private folder in which one process at a time runs.
pub(super) struct TempServer {
    account: Option<Account>,
    password: String,
    // For messages.
    program: &'static str,
    process: Option<Process>,
    log: Option<File>,
    started: usize,
    reaper: Reaper,
}

impl TempServer {
    /// Makes the folder, in the system's folder for temporary files.
    pub(super) fn open(account: Option<Account>) -> Result<Self, ProvisionError> {
        let parent = temporary(env::var_os("TMPDIR"));
        // Absolute and without links, so that it means the same from any working directory.
        let parent = fs::canonicalize(&parent)
            .map_err(|fault| ProvisionError::Folder(format!("{}: {fault}", parent.display())))?;
        if let Some(account) = account.as_ref().filter(|account| !account.can_reach(&parent)) {
            return Err(ProvisionError::TmpDirClosed { folder: parent, account: account.name().to_owned() });
        }
        let reaper = Reaper::start(&parent)?;
        if let Some(account) = &account {
            account.own(reaper.folder())?;
        }
        Ok(Self {
            account,
            password: random_hex(16)?,
            program: "",
            process: None,
            log: None,
            started: 0,
            reaper,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        self.reaper.folder()
    }

    /// Letters and digits alone, so that no URL, file or shell needs to escape it.
    pub(super) fn password(&self) -> &str {
        &self.password
    }

    /// Makes a file in the private folder that only the server's account can read.
    pub(super) fn private_file(&self, name: &str, text: &str) -> Result<PathBuf, ProvisionError> {
        let path = self.folder().join(name);
        new_file(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(ProvisionError::io("write to the private folder"))?;
        if let Some(account) = &self.account {
            account.own(&path)?;
        }
        Ok(path)
    }

    /// A command for [`start`](Self::start) that runs a program as the server's account.
    pub(super) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = gated(program);
        if let Some(account) = &self.account {
            account.run(&mut command);
        }
        command
    }

    /// Starts a process, with its output in a new log.
    pub(super) fn start(
        &mut self,
        program: &'static str,
        mut command: Command,
        input: &str,
        ending: Ending,
    ) -> Result<(), ProvisionError> {
        self.program = program;
        self.started += 1;
        let log = new_file(&self.folder().join(format!("{}.log", self.started)))
            .map_err(ProvisionError::io("write to the private folder"))?;
        let copy = || log.try_clone().map_err(ProvisionError::io("write to the private folder"));
        command.stdout(copy()?).stderr(copy()?);
        let process = Process::start(&mut command, input, ending, &mut self.reaper)
            .map_err(ProvisionError::io("start a server program"))?;
        self.log = Some(log);
        self.process = Some(process);
        Ok(())
    }

    /// The id of the process that runs.
    pub(super) fn process_id(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Waits until the process is ready or has ended.
    pub(super) fn wait(
        &mut self,
        patience: Patience,
        mut ready: impl FnMut(&Self) -> bool,
    ) -> Result<Seen, ProvisionError> {
        let begun = Instant::now();
        let mut heard = (begun, 0);
        loop {
            let (now, length) = (Instant::now(), self.log_length());
            if length != heard.1 {
                heard = (now, length);
            }
            for (since, limit) in [(heard.0, patience.silent), (begun, patience.whole)] {
                if now.duration_since(since) >= limit {
                    return Err(ProvisionError::TooSlow {
                        program: self.program,
                        limit,
                        log: self.log_tail(),
                    });
                }
            }
            if ready(self) {
                return Ok(Seen::Ready);
            }
            match self.process.take_if(|process| process.ended()) {
                Some(process) => {
                    let status = process.reap(&mut self.reaper);
                    return status
                        .map(Seen::Ended)
                        .map_err(ProvisionError::io("learn how a server program ended"));
                }
                None => thread::sleep(TICK),
            }
        }
    }

    /// Bytes that the process has written to its log.
    fn log_length(&self) -> u64 {
        self.log.as_ref().and_then(|log| log.metadata().ok()).map_or(0, |told| told.len())
    }

    /// The error that the program ended, with the end of its log.
    pub(super) fn ended(&self, status: ExitStatus) -> ProvisionError {
        ProvisionError::Ended { program: self.program, status, log: self.log_tail() }
    }

    /// The last lines of the log of the process that was started last, without the password.
    fn log_tail(&self) -> String {
        let mut end = [0; 16 * 1024];
        // By the open file, since what is under its name is up to the server's account.
        let length = self.log.as_ref().map_or(Ok(0), |file| {
            let start = file.metadata()?.len().saturating_sub(end.len() as u64);
            file.read_at(&mut end, start)
        });
        let text = String::from_utf8_lossy(&end[..length.unwrap_or(0)]);
        let lines: Vec<&str> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n").replace(&self.password, "***")
    }

    /// Ends the process and keeps the folder, so that another one can go on in it.
    ///
    /// # Errors
    /// When it cannot be told how it ended.
    pub(super) fn halt(&mut self) -> Result<(), ProvisionError> {
        let Some(mut process) = self.process.take() else { return Ok(()) };
        process.end();
        let ended = process.reap(&mut self.reaper);
        ended.map(|_| ()).map_err(ProvisionError::io("learn how a server program ended"))
    }

    /// Has the process stand still, or go on.
    pub(super) fn stand(&self, signal: Stand) {
        if let Some(process) = &self.process {
            process.stand(signal);
        }
    }

    /// Ends the process and removes the folder. Doing so twice does no harm.
    ///
    /// # Errors
    /// When the process had already ended by itself, or the folder cannot be removed.
    pub(super) fn close(&mut self) -> Result<(), ProvisionError> {
        let mut outcome = Ok(());
        if let Some(mut process) = self.process.take() {
            let early = process.ended();
            process.end();
            match process.reap(&mut self.reaper) {
                Ok(status) if early => outcome = Err(self.ended(status)),
                _ => {}
            }
        }
        let removed = self.reaper.finish();
        outcome.and(removed)
    }
}

impl Drop for TempServer {
    fn drop(&mut self) {
        let _ = self.close();
    }
}

impl fmt::Debug for TempServer {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TempServer").field("folder", &self.folder()).finish_non_exhaustive()
    }
}

/// The system's folder for temporary files. A variable that is set to nothing is as good as none.
fn temporary(told: Option<OsString>) -> PathBuf {
    told.filter(|told| !told.is_empty()).map_or_else(|| PathBuf::from("/tmp"), PathBuf::from)
}

/// A new file that only its owner can read. Never an existing one: root must not be led by a link
/// that the server's account made.
fn new_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    #[test]
    fn a_folder_for_temporary_files_is_always_named() {
        assert_eq!(temporary(None), Path::new("/tmp"));
        assert_eq!(temporary(Some(OsString::new())), Path::new("/tmp"));
        let odd = OsString::from_vec(b"/tmp/\xff".to_vec());
        assert_eq!(temporary(Some(odd.clone())), Path::new(&odd));
    }
}
