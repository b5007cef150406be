//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::baseline::BaselineArgs;
use super::compare::CompareArgs;
use super::completions::CompletionsArgs;
use super::gate::{Asked, GateArgs};
use super::hazard::HazardArgs;
use super::history::HistoryArgs;
use super::init::InitArgs;
use super::scenario_args::ScenarioArgs;
use super::serve::ServeArgs;
use super::servers::{SCHEMA, ServerArgs, schema_name};
use super::tap::TapArgs;
use super::unmeasured::{PredictArgs, SimulateArgs, SizeArgs};
use super::watch::WatchArgs;
use crate::target::DatabaseUrl;

const EXAMPLES: &str = "\
Examples:
  poolbench                               the built-in scenario
  poolbench run --time-scale 1/20         the same, slower
  poolbench run my.toml                   your own steps, times and pool
  poolbench run --database-url URL        your own Postgres (or DATABASE_URL)
  poolbench check my.toml                 its faults, and what a run would do
  poolbench simulate                      in virtual time, without a server
  poolbench predict                       in closed form, in an instant
  poolbench size                          the pool that an objective needs
  poolbench gate reports/latest           objectives and a baseline, for CI
  poolbench compare old.toml new.toml     whether the new one is worse
  poolbench history                       how the figures went, run by run
  poolbench serve --scope request-scoped  the job service over HTTP
  poolbench hazard all                    what goes wrong with pools
  poolbench tap -- pytest                 what your own application holds
  poolbench watch --for 5m                who holds a live server's connections
  poolbench report reports/latest         the report again, from its record
  poolbench list --runs                   what was run, with the verdicts

Exit codes: 0 pass, 1 unexpected, 2 usage or bad scenario, 3 objective or claim breached,
4 regression, 5 environment not ready, 6 inconclusive, 7 the load itself failed, 130 stopped.";

/// Shows what it costs to hold a database connection across slow work.
#[derive(Debug, Parser)]
#[command(name = "poolbench", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// Language of tables, pages, Markdown, charts and progress. Help and faults are in English. Without it as LC_ALL,
    /// LC_MESSAGES and LANG say
    #[arg(long, global = true, value_name = "LANG", value_enum, help_heading = "Global options")]
    pub(super) lang: Option<Language>,
}

/// A language of reports, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Language {
    /// English
    En,
    /// Chinese (simplified)
    Zh,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run a scenario on real pools, and write a record and a report
    Run(Box<RunArgs>),
    /// Play a scenario in virtual time, without a server, and write a record and a report
    Simulate(SimulateArgs),
    /// Compute waits, timeouts and throughput of a scenario in closed form, or in virtual time where no
    /// formula speaks of the load; run nothing
    Predict(PredictArgs),
    /// Compute the pool that an objective needs, and what a change of session scope is worth
    Size(SizeArgs),
    /// Judge a record by its objectives, its claims and a baseline; the exit code tells the verdict
    Gate(Box<GateArgs>),
    /// Save, list and show what runs are compared with
    Baseline(BaselineArgs),
    /// Run two scenarios in turn, or two pools, pool sizes or session scopes of one, until it is clear
    /// whether the second is worse
    Compare(Box<CompareArgs>),
    /// Serve the job service over HTTP, under one session scope, for any client
    Serve(Box<ServeArgs>),
    /// Play what goes wrong with pools on throw-away servers, and tell what must be true after it
    Hazard(HazardArgs),
    /// Show the figures of many runs in the order of time, and where they changed
    History(HistoryArgs),
    /// Watch another application: a proxy before its Postgres sees how long it holds connections, and where it does
    /// nothing with them
    Tap(Box<TapArgs>),
    /// Look at a live server: who holds connections, for how much SQL; read-only, one connection
    Watch(WatchArgs),
    /// Show a record again: terminal tables, HTML and charts
    Report(ReportArgs),
    /// Check a scenario, its own statements by a Postgres, and print the plan; run nothing
    Check(CheckArgs),
    /// Measure what the harness itself can do here: its timers, driver, records and pools
    Calibrate(CalibrateArgs),
    /// List built-in scenarios, session scopes, pool libraries and records
    List(ListArgs),
    /// Write a scenario file from a few numbers
    Init(InitArgs),
    /// Print what a shell needs to complete what is typed
    Completions(CompletionsArgs),
}

impl Default for Command {
    fn default() -> Self {
        Self::Run(Box::default())
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench run
      the built-in scenario job-submission
  poolbench run checkout --pools sqlx
      another built-in scenario, one pool library
  poolbench run my.toml --pool-size 50 --rate 20/s
  poolbench run my-service.toml
      a scenario with [target]: an HTTP service instead of pools
  poolbench run --http http://127.0.0.1:8120 http://127.0.0.1:8121
      two services, before first, such as two of poolbench serve
  DATABASE_URL=postgres://me@localhost/test poolbench run
      your own Postgres; the URL stays out of ps
  poolbench run --database-url postgres://
      the Postgres that psql alone would reach (PGHOST, PGSERVICE,
      PGSSLMODE, ~/.pgpass and the like)
  poolbench run --database-url 'postgres://me@db.example/app?sslmode=verify-full&sslrootcert=ca.pem'")]
pub(super) struct RunArgs {
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,

    #[command(flatten)]
    pub(super) servers: ServerArgs,

    /// Send the requests to HTTP services instead of pools, one for each session scope: http://host:port
    #[arg(long, value_name = "URL", num_args = 1.., conflicts_with = "prove_scale")]
    pub(super) http: Vec<String>,

    /// Allow services on other hosts than this one: a load may do harm there
    #[arg(long)]
    pub(super) allow_remote: bool,

    /// Judge the run at its end, as `poolbench gate` does; the exit code tells the verdict
    #[arg(long)]
    pub(super) gate: bool,

    #[command(flatten)]
    pub(super) asked: Asked,

    /// Run the side-by-side act again at another pace, and show that scaling time changes nothing
    #[arg(long)]
    pub(super) prove_scale: bool,

    /// Folder for the run's folder
    #[arg(long, value_name = "DIR", default_value = REPORTS)]
    pub(super) out: PathBuf,

    /// Print every table at the end, and not only the verdict, the figures to quote and the paths
    #[arg(long)]
    pub(super) full: bool,

    /// Tell each database operation of the anatomy with its time, as the job service would log it
    #[arg(long)]
    pub(super) log: bool,

    /// No progress and no notes; results only
    #[arg(long, short, conflicts_with = "log")]
    pub(super) quiet: bool,
}

pub(super) const REPORTS: &str = "reports";

impl Default for RunArgs {
    fn default() -> Self {
        let servers = ServerArgs::default();
        let scenario = ScenarioArgs::default();
        let (gate, asked) = (false, Asked::default());
        let (http, allow_remote) = (Vec::new(), false);
        let (prove_scale, full, log, quiet, out) = (false, false, false, false, REPORTS.into());
        Self { scenario, servers, http, allow_remote, gate, asked, prove_scale, out, full, log, quiet }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench report reports/latest
  poolbench report old/record.json --out review
  poolbench report reports/latest --format json
                                               every figure, for another program
  poolbench report old new
      two runs beside each other: releases, pools, or the twin
  poolbench report reports/latest --format html,png,csv,hdr --out review
      files for a review, slides and a spreadsheet")]
pub(super) struct ReportArgs {
    /// A record.json, a tap.json of `poolbench tap`, or the folder that holds it; several records are shown
    /// beside each other
    #[arg(value_name = "RECORD", required = true)]
    pub(super) records: Vec<PathBuf>,

    /// Folder for report.html and the charts; without it, beside the record
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,

    /// What is made of the record. One of tables, markdown, json and csv is printed; with --out, and for
    /// html, png, svg and hdr, files are written. Several records make any of tables, markdown, json, csv and html
    #[arg(long, value_name = "FORMAT", value_enum, value_delimiter = ',', default_value = "tables")]
    pub(super) format: Vec<ReportFormat>,

    /// The baseline that the report sets beside the record: its name, its file, or a record; without it, the only
    /// one of the same scenario in the folder baselines next to the record's
    #[arg(long, value_name = "BASELINE")]
    pub(super) baseline: Option<PathBuf>,
}

/// What `poolbench report` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum ReportFormat {
    /// Tables for people, with report.html and charts beside the record
    #[default]
    Tables,
    /// The same tables as Markdown, for a review
    Markdown,
    /// The list of figures (docs/figures.md)
    Json,
    /// The list of figures for a spreadsheet
    Csv,
    /// The page alone
    Html,
    /// The charts as PNG, at twice the size at which they are shown
    Png,
    /// The charts as SVG
    Svg,
    /// The histograms as an HdrHistogram log (.hlog)
    Hdr,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench check my.toml
  poolbench check my.toml --no-server
      its own statements are not shown to a Postgres
  poolbench check --pool-size 50")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) scenario: ScenarioArgs,

    /// Postgres that prepares the scenario's own statements; without it a throw-away server is started
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(super) database_url: Option<DatabaseUrl>,

    /// Schema that poolbench makes, works in, and drops
    #[arg(long, value_name = "NAME", default_value = SCHEMA, value_parser = schema_name)]
    pub(super) schema: String,

    /// Use no Postgres: the scenario's own statements are not prepared
    #[arg(long)]
    pub(super) no_server: bool,
}

#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    /// Some ten seconds instead of a minute and more; rougher figures
    #[arg(long)]
    pub(super) quick: bool,

    /// File to write the figures to, as JSON
    #[arg(long, value_name = "FILE")]
    pub(super) json: Option<PathBuf>,

    /// Requests in flight at once while their memory is measured, about 1 KiB each
    #[arg(long, value_name = "NUMBER", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=4_000_000))]
    pub(super) in_flight: u32,

    /// Postgres to use; without it a throw-away server is started
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    pub(super) database_url: Option<DatabaseUrl>,

    /// Schema that poolbench makes, works in, and drops
    #[arg(long, value_name = "NAME", default_value = SCHEMA, value_parser = schema_name)]
    pub(super) schema: String,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// The runs alone, newest first, with their kinds and verdicts
    #[arg(long)]
    pub(super) runs: bool,

    /// Folder of the records
    #[arg(long, value_name = "DIR", default_value = REPORTS)]
    pub(super) out: PathBuf,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
