//! One process that runs in the private folder, known to the reaper before its first instruction.

use std::env;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group as kill_group};

use super::reaper::{Ending, Reaper};

/// How often a process is looked at while it is waited for.
pub(super) const TICK: Duration = Duration::from_millis(2);

/// The polite signal is followed by the firm one after this long.
const POLITE: Duration = Duration::from_secs(5);
/// The firm signal is followed by SIGKILL after this long: longer than the five seconds after
/// which Postgres itself kills what does not heed its immediate shutdown.
const FIRM: Duration = Duration::from_secs(6);

/// Waits for a word before it becomes the program. Were poolbench killed between starting the
/// program and telling the reaper, nobody would end it; this way the pipe closes, `read` fails,
/// and the program never runs. The rest of the pipe is the program's own input.
const GATE: &str = r#"read -r go || exit 1; exec "$@""#;

/// A command of its own process group, which Ctrl-C in the terminal does not reach, and with an
/// environment that holds none of the user's settings and secrets.
pub(super) fn bare(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.process_group(0).current_dir("/").env_clear().env("LC_ALL", "C").env("TZ", "UTC");
    // The system's own programs are found even where the user's path leaves them out.
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/bin:/bin");
    command.env("PATH", path);
    if let Some(libraries) = env::var_os("LD_LIBRARY_PATH") {
        command.env("LD_LIBRARY_PATH", libraries);
    }
    command
}

/// A command that [`Process::start`] turns into this program.
pub(super) fn gated(program: impl AsRef<OsStr>) -> Command {
    let mut command = bare("/bin/sh");
    command.args(["-c", GATE, "poolbench-gate"]).arg(program);
    command
}

/// To one process or to its group.
type Kill = fn(Pid, Signal) -> rustix::io::Result<()>;

/// What a process is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// Nothing, until it is told to go on.
    Still,
    /// What it did before.
    GoOn,
}

/// A running process, with its group.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    group: Pid,
    ending: Ending,
}

impl Process {
    /// Starts a [`gated`] command with the given input, and has the reaper watch it.
    pub(super) fn start(
        command: &mut Command,
        input: &str,
        ending: Ending,
        reaper: &mut Reaper,
    ) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::piped()).spawn()?;
        let group = Pid::from_child(&child);
        let stdin = child.stdin.take();
        let mut process = Self { child, group, ending };
        if let Err(fault) = reaper.watch(group, ending) {
            // Unwatched it must not run; without the word it ends by itself.
            drop(stdin);
            let _ = process.child.wait();
            return Err(fault);
        }
        if let Some(mut stdin) = stdin {
            // Fails only when the program is gone already, which whoever waits for it will see.
            let _ = stdin.write_all(format!("go\n{input}").as_bytes());
        }
        Ok(process)
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended. Until it is [reaped](Self::reap) no other process can get its id.
    pub(super) fn ended(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        // An error means that there is no such child any more.
        !matches!(rustix::process::waitid(WaitId::Pid(self.group), look), Ok(None))
    }

    /// Has its whole group stand still, or go on.
    pub(super) fn stand(&self, stand: Stand) {
        let signal = match stand {
            Stand::Still => Signal::STOP,
            Stand::GoOn => Signal::CONT,
        };
        // Fails only when nothing is left to signal.
        let _ = kill_group(self.group, signal);
    }

    /// Asks it to end, politely, firmly, then by force, and waits until it has.
    pub(super) fn end(&mut self) {
        let Ending { first, then } = self.ending;
        let steps = [
            (kill_process as Kill, first, POLITE),
            (kill_group, then, FIRM),
            (kill_group, Signal::KILL, FIRM),
        ];
        for (kill, signal, patience) in steps {
            let until = Instant::now() + patience;
            // Fails only when nothing is left to signal.
            let _ = kill(self.group, signal);
            while !self.ended() && Instant::now() < until {
                thread::sleep(TICK);
            }
            if self.ended() {
                return;
            }
        }
    }

    /// Waits for its end, tells the reaper, and only then lets the system reuse its id.
    pub(super) fn reap(mut self, reaper: &mut Reaper) -> io::Result<ExitStatus> {
        let _ =
            rustix::process::waitid(WaitId::Pid(self.group), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        // Fails only if the reaper is gone, and then nobody would signal the id.
        let _ = reaper.unwatch();
        self.child.wait()
    }
}
