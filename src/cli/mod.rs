//! THE FRONT DOOR: what was typed, and one file for each subcommand. Nobody imports this room.
//!
//! Results go to standard output; everything else goes to standard error.

mod args;
mod calibrate;
mod check;
mod exit;
mod figures;
mod list;
mod predict;
mod progress;
mod report;
mod run;
mod servers;
mod signals;
mod simulate;
mod store;
mod stray;
mod unmeasured;

use std::ffi::OsString;
use std::io::Write;

use clap::Parser;

pub use exit::Exit;

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
            // A closed pipe is no reason to fail.
            let _ = told.print();
            return exit.into();
        }
    };
    let done = match cli.command.unwrap_or_default() {
        Command::Run(args) => run::run(&args),
        Command::Simulate(args) => simulate::simulate(&args),
        Command::Predict(args) => predict::predict(&args),
        Command::Size(args) => predict::size(&args),
        Command::Report(args) => report::report(&args),
        Command::Check(args) => check::check(&args),
        Command::Calibrate(args) => calibrate::calibrate(&args),
        Command::List(args) => list::list(&args),
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
    let _ = writeln!(stderr, "{bold}error:{bold:#} {fault}");
    fault.exit().into()
}
