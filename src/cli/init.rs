//! `poolbench init`: a scenario file from the few numbers that a newcomer has.

use std::fs::OpenOptions;
use std::io::{self, BufRead, ErrorKind, IsTerminal, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::Args;

use super::exit::{CliError, Exit};
use super::output;
use super::scenario_args::pool_size;
use crate::report::lang::{key, say, word};
use crate::scenario::Sketch;
use crate::units::{Rate, parse_duration_above_zero};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench init                     asks, on a terminal
  poolbench init mine.toml --sql 20ms --outside 3s --rate 8/s --pool-size 20")]
pub(super) struct InitArgs {
    /// File to write; one that is there is left as it is
    #[arg(value_name = "FILE", default_value = "poolbench.toml")]
    file: PathBuf,

    /// How long SQL runs in one request
    #[arg(long, value_name = "TIME", value_parser = parse_duration_above_zero)]
    sql: Option<Duration>,

    /// How long a request does other work
    #[arg(long, value_name = "TIME", value_parser = parse_duration_above_zero)]
    outside: Option<Duration>,

    /// Requests due per second
    #[arg(long, value_name = "RATE")]
    rate: Option<Rate>,

    /// Connections in the pool
    #[arg(long, value_name = "NUMBER", value_parser = pool_size)]
    pool_size: Option<u32>,
}

pub(super) fn init(args: &InitArgs) -> Result<Exit, CliError> {
    let sketch = args.sketch()?;
    // A number out of its range is told before a file is written.
    sketch.scenario()?;
    let file = args.file.display();
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&args.file)
        .and_then(|mut out| out.write_all(sketch.text().as_bytes()));
    written.map_err(|fault| match fault.kind() {
        ErrorKind::AlreadyExists => CliError::Usage(format!("{file} is there already; name another file")),
        _ => CliError::Usage(format!("cannot write {file}: {fault}; name another file")),
    })?;
    output::print(
        format!(
            "{}\n\n  poolbench predict {file}    {}\n  poolbench run {file}        {}\n",
            say!("wrote {file}", file),
            word("in closed form, in an instant"),
            word("measured, on throw-away servers")
        )
        .as_bytes(),
    )?;
    Ok(Exit::Pass)
}

impl InitArgs {
    fn sketch(&self) -> Result<Sketch, CliError> {
        let time = parse_duration_above_zero;
        Ok(Sketch {
            sql: asked("--sql", self.sql, key("how long does SQL run in one request?"), "20ms", time)?,
            outside: asked("--outside", self.outside, key("how long does it do other work?"), "3s", time)?,
            rate: asked("--rate", self.rate, key("how many requests are due?"), "8/s", Rate::from_str)?,
            pool_size: asked(
                "--pool-size",
                self.pool_size,
                key("how many connections has the pool?"),
                "20",
                pool_size,
            )?,
        })
    }
}

/// What was typed as a flag, or is typed now.
fn asked<T, E: std::fmt::Display>(
    flag: &str,
    given: Option<T>,
    question: &'static str,
    usual: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<T, CliError> {
    if let Some(given) = given {
        return Ok(given);
    }
    if !io::stdin().is_terminal() {
        return Err(CliError::Usage(format!(
            "{flag} is missing, and nobody is there to be asked; write {flag} {usual}"
        )));
    }
    loop {
        let mut line = String::new();
        let mut stderr = anstream::stderr().lock();
        let told = write!(stderr, "{} [{usual}] ", word(question)).and_then(|()| stderr.flush());
        if told.and_then(|()| io::stdin().lock().read_line(&mut line)).unwrap_or(0) == 0 {
            return Err(CliError::Usage(format!("no answer; write {flag} {usual}")));
        }
        match parse(if line.trim().is_empty() { usual } else { line.trim() }) {
            Ok(value) => return Ok(value),
            // Asked again.
            Err(fault) => drop(writeln!(stderr, "{fault}")),
        }
    }
}
