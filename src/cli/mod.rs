//! THE FRONT DOOR: what was typed, and one file for each subcommand. Nobody imports this room.
//!
//! Results go to standard output; everything else goes to standard error.

mod args;
mod baseline;
mod calibrate;
mod check;
mod compare;
mod completions;
mod exit;
mod figures;
mod gate;
mod hazard;
mod history;
mod init;
mod judgement;
mod language;
mod list;
mod output;
mod predict;
mod progress;
mod report;
mod run;
mod runs;
mod scenario_args;
mod scopes;
mod self_test;
mod serve;
mod servers;
mod signals;
mod simulate;
mod store;
mod stray;
mod surroundings;
mod tap;
mod unmeasured;
mod watch;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;

pub use exit::Exit;

use crate::inert::inert_lines;
use args::{Cli, Command};
use exit::CliError;

/// Parses the command line, does what it says, and answers the exit code.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let stray = stray::is_among(words.get(1..).unwrap_or_default());
    let cli = match Cli::try_parse_from(words) {
        Ok(_) if stray => return failed(&CliError::Usage(stray::MEND.to_owned())),
        Ok(cli) => cli,
        Err(told) if stray && told.use_stderr() => {
            return failed(&CliError::Usage(stray::without_values(&told)));
        }
        Err(told) => {
            let exit = if told.use_stderr() { Exit::Usage } else { Exit::Pass };
            // That help cannot be read is a failure, and that a fault cannot be told changes nothing.
            let printed = output::written(told.print().and_then(|()| std::io::stdout().flush()));
            return match printed {
                Err(fault) if exit == Exit::Pass => fault.exit().into(),
                _ => exit.into(),
            };
        }
    };
    language::choose(cli.lang);
    let done = match cli.command.unwrap_or_default() {
        Command::Run(args) => run::run(&args),
        Command::Simulate(args) => simulate::simulate(&args),
        Command::Predict(args) => predict::predict(&args),
        Command::Size(args) => predict::size(&args),
        Command::Baseline(args) => baseline::baseline(&args),
        Command::Gate(args) => gate::gate(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Hazard(args) => hazard::hazard(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::History(args) => history::history(&args),
        Command::Watch(args) => watch::watch(&args),
        Command::Tap(args) => match tap::tap(&args) {
            // The command that was tapped has an exit code of its own.
            Ok(code) => return code,
            Err(fault) => Err(fault),
        },
        Command::Report(args) => report::report(&args),
        Command::Check(args) => check::check(&args),
        Command::Calibrate(args) => calibrate::calibrate(&args),
        Command::List(args) => list::list(&args),
        Command::Init(args) => init::init(&args),
        Command::Completions(args) => completions::completions(&args),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(fault) => failed(&fault),
    }
}

/// Says what went wrong, and answers the exit code.
fn failed(fault: &CliError) -> std::process::ExitCode {
    let mut stderr = anstream::stderr().lock();
    let bold = anstyle::Style::new().bold().fg_color(Some(anstyle::AnsiColor::Red.into()));
    let _ = writeln!(stderr, "{bold}error:{bold:#} {}", inert_lines(&fault.to_string()));
    fault.exit().into()
}
