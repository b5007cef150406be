//! The command that is tapped: its environment, the signals that it gets, and how it ends.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitCode, ExitStatus};
use std::sync::mpsc::Sender;

use rustix::process::{Pid, Signal, kill_process};

use crate::cli::exit::CliError;
use crate::cli::signals;
use crate::inert::inert;

/// What happened.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    /// The command has ended.
    Ended(Ended),
    /// Somebody asks this process to end.
    Signal(Signal),
}

/// How a command ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ended(ExitStatus);

impl Ended {
    pub(super) fn is_success(self) -> bool {
        self.0.success()
    }

    /// Its exit code, as a shell tells it.
    pub(super) fn code(self) -> ExitCode {
        let signal = self.0.signal().and_then(|signal| u8::try_from(signal).ok());
        let code = self.0.code().and_then(|code| u8::try_from(code).ok());
        code.or(signal.map(|signal| signal.saturating_add(128))).map_or(ExitCode::FAILURE, ExitCode::from)
    }
}

/// A command that runs.
#[derive(Debug)]
pub(super) struct Child {
    process: Option<Pid>,
    asked: u32,
}

impl Child {
    /// Starts it. `told` hears of its end.
    pub(super) fn start(
        program: &OsString,
        arguments: &[OsString],
        variables: Vec<(&'static str, Option<String>)>,
        told: Sender<Told>,
    ) -> Result<Self, CliError> {
        let mut command = Command::new(program);
        command.args(arguments);
        for (name, value) in variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let mut child = command.spawn().map_err(|fault| {
            let name = inert(&program.to_string_lossy());
            CliError::Usage(format!("cannot run {name}: {fault}; name a program after --"))
        })?;
        let process = Some(Pid::from_child(&child));
        std::thread::spawn(move || {
            if let Ok(status) = child.wait() {
                let _ = told.send(Told::Ended(Ended(status)));
            }
        });
        Ok(Self { process, asked: 0 })
    }

    /// Passes a signal on. A terminal gives Ctrl-C to the command itself, too; whoever asks for the third time means
    /// it.
    pub(super) fn pass(&mut self, signal: Signal) {
        self.asked += 1;
        let of_a_terminal = signal == Signal::INT || signal == Signal::QUIT;
        let signal = match self.asked {
            1 if of_a_terminal && std::fs::File::open("/dev/tty").is_ok() => return,
            1 | 2 => signal,
            _ => Signal::KILL,
        };
        if let Some(process) = self.process {
            // It may have ended meanwhile.
            let _ = kill_process(process, signal);
        }
    }
}

/// Tells of every signal that asks this process to end.
pub(super) fn signals(told: Sender<Told>) {
    signals::each(move |signal| {
        // Nobody listens any more at the very end.
        let _ = told.send(Told::Signal(signal));
    });
}
