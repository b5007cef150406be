//! What can be typed.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::baseline::BaselineArgs;
use super::compare::CompareArgs;
use super::completions::CompletionsArgs;
use super::exit::CliError;
use super::gate::{Asked, GateArgs};
use super::hazard::HazardArgs;
use super::history::HistoryArgs;
use super::init::InitArgs;
use super::scopes;
use super::serve::ServeArgs;
use super::servers::{SCHEMA, ServerArgs, schema_name};
use super::tap::TapArgs;
use super::unmeasured::{PredictArgs, SimulateArgs, SizeArgs};
use super::watch::WatchArgs;
use crate::plan::Plan;
use crate::pool::PoolOptions;
use crate::scenario::{
    BUILTIN, Builtin, EVERY_POOL, Overrides, PoolKind, Routing, Scenario, ScenarioError, Sketch, StepsAre,
    UnknownPool, limits,
};
use crate::target::DatabaseUrl;
use crate::units::{Rate, TimeScale, parse_duration_above_zero};

const EXAMPLES: &str = "\
Examples:
  poolbench                                  run the built-in scenario on throw-away servers
  poolbench run --time-scale 1/20            the same, slower and closer to nominal time
  poolbench run my.toml                      your own steps, times and pool
  poolbench run --database-url URL           your own Postgres (or set DATABASE_URL)
  poolbench check my.toml                    its faults, and what a run would do
  poolbench simulate                         the same in virtual time, without a server
  poolbench predict                          the same in closed form, in an instant
  poolbench size                             the pool that an objective needs
  poolbench gate reports/latest              objectives, claims and a baseline, for CI
  poolbench compare old.toml new.toml        whether the new one is worse
  poolbench history                          how the figures went, run by run
  poolbench serve --scope request-scoped     the job service over HTTP, for any client
  poolbench hazard all                       what goes wrong with pools, and how long they take to recover
  poolbench tap -- pytest                    what your own application does with its connections
  poolbench watch --for 5m                   who holds the connections of a live server
  poolbench report reports/latest            the report again, from its record

Exit codes: 0 pass, 1 unexpected, 2 usage or bad scenario, 3 objective or claim breached,
4 regression, 5 environment not ready, 6 inconclusive, 7 the load itself failed, 130 stopped.";

/// Shows what it costs to hold a database connection across slow work.
#[derive(Debug, Parser)]
#[command(name = "poolbench", version, about, after_help = EXAMPLES, max_term_width = 100)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
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
  poolbench run                                the built-in scenario job-submission
  poolbench run checkout --pools sqlx          another built-in scenario, one pool library
  poolbench run my.toml --pool-size 50 --rate 20/s
  poolbench run my-service.toml                a scenario with [target]: an HTTP service instead of pools
  poolbench run --http http://127.0.0.1:8120 http://127.0.0.1:8121
                                               two services, before first, such as two of poolbench serve
  DATABASE_URL=postgres://me@localhost/test poolbench run
                                               your own Postgres; the URL stays out of ps
  poolbench run --database-url postgres://     the Postgres that psql alone would reach (PGHOST, PGSERVICE,
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

    /// No progress and no notes; results only
    #[arg(long, short)]
    pub(super) quiet: bool,
}

pub(super) const REPORTS: &str = "reports";

impl Default for RunArgs {
    fn default() -> Self {
        let servers = ServerArgs::default();
        let scenario = ScenarioArgs::default();
        let (gate, asked) = (false, Asked::default());
        let (http, allow_remote) = (Vec::new(), false);
        let (prove_scale, quiet, out) = (false, false, REPORTS.into());
        Self { scenario, servers, http, allow_remote, gate, asked, prove_scale, out, quiet }
    }
}

#[derive(Debug, Args, Default)]
pub(super) struct ScenarioArgs {
    /// A scenario file, or the name of a built-in scenario
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,

    /// How long SQL runs in one request, in place of a scenario; --rate says how many are due
    #[arg(long, value_name = "TIME", value_parser = parse_duration_above_zero, conflicts_with = "scenario",
          requires_all = ["outside", "rate"])]
    sql: Option<Duration>,

    /// How long a request does other work, in place of a scenario
    #[arg(long, value_name = "TIME", value_parser = parse_duration_above_zero, requires = "sql")]
    outside: Option<Duration>,

    /// Measured time ÷ nominal time, such as 1/20
    #[arg(long, value_name = "SHARE")]
    time_scale: Option<TimeScale>,

    /// Seed of every random draw
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(limits::SEED))]
    seed: Option<u64>,

    /// Connections in each pool
    #[arg(long, value_name = "NUMBER", value_parser = pool_size)]
    pool_size: Option<u32>,

    /// Longest wait for a connection, nominal, such as 30s
    #[arg(long, value_name = "TIME", value_parser = parse_duration_above_zero)]
    acquire_timeout: Option<Duration>,

    /// Requests due per second, nominal, such as 5/s
    #[arg(long, value_name = "RATE")]
    rate: Option<Rate>,

    /// Measured span of the side-by-side act, nominal, such as 720s
    #[arg(long, value_name = "TIME", value_parser = parse_duration_above_zero)]
    measure: Option<Duration>,

    /// How requests find their pool in a fleet: random, round-robin or least-loaded
    #[arg(long, value_name = "HOW")]
    routing: Option<Routing>,

    /// Pool libraries to run, separated by commas; or all
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pools: Vec<PoolChoice>,

    /// Session scopes to run, separated by commas, before first; or all
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    scopes: Vec<String>,
}

/// A pool library by its name, or all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PoolChoice {
    All,
    One(PoolKind),
}

impl std::str::FromStr for PoolChoice {
    type Err = UnknownPool;

    fn from_str(text: &str) -> Result<Self, UnknownPool> {
        if text == "all" { Ok(Self::All) } else { text.parse().map(Self::One) }
    }
}

/// The pool libraries that were named; `all` stands alone.
pub(super) fn chosen(pools: &[PoolChoice]) -> Result<Vec<PoolKind>, CliError> {
    if pools == [PoolChoice::All] {
        return Ok(EVERY_POOL.to_vec());
    }
    let one = |pool: &PoolChoice| match pool {
        PoolChoice::One(pool) => Ok(*pool),
        PoolChoice::All => Err(CliError::Usage("--pools all stands alone".to_owned())),
    };
    pools.iter().map(one).collect()
}

pub(super) fn pool_size(text: &str) -> Result<u32, String> {
    let size = text.parse().ok().filter(|size| limits::POOL_SIZE.contains(size));
    size.ok_or_else(|| {
        format!("write a whole number from {} to {}", limits::POOL_SIZE.start(), limits::POOL_SIZE.end())
    })
}

impl ScenarioArgs {
    /// A scenario under one session scope on one pool.
    pub(super) fn of_one(
        (scenario, time_scale): (Option<String>, Option<TimeScale>),
        (pool, pool_size, acquire_timeout): (PoolKind, Option<u32>, Option<Duration>),
        scope: &str,
    ) -> Self {
        let (pools, scopes) = (vec![PoolChoice::One(pool)], vec![scope.to_owned()]);
        Self { scenario, time_scale, pool_size, acquire_timeout, pools, scopes, ..Self::default() }
    }

    /// The scenario that was named, with what the command line changes in it.
    pub(super) fn load(&self) -> Result<Scenario, CliError> {
        let changes = self.overrides()?;
        match (self.sql, self.outside, self.rate) {
            (Some(sql), Some(outside), Some(rate)) => {
                let pool_size = self.pool_size.unwrap_or(PoolOptions::default().size);
                let sketch = Sketch { sql, outside, rate, pool_size };
                with_changes(sketch.scenario()?, "the command line", &changes, &self.scopes)
            }
            _ => scenario_named(self.scenario.as_deref(), &changes, &self.scopes),
        }
    }

    /// The plan of the scenario that the arguments name, for whatever it drives.
    pub(super) fn plan_as_written(&self) -> Result<Plan, CliError> {
        Ok(Plan::of(&self.load()?))
    }

    /// Whether pool libraries are named on the command line.
    pub(super) fn names_pools(&self) -> bool {
        !self.pools.is_empty()
    }

    /// The plan of the scenario that the arguments name, for pools.
    pub(super) fn plan(&self) -> Result<Plan, CliError> {
        Ok(Plan::of(&on_pools(self.load()?)?))
    }

    fn overrides(&self) -> Result<Overrides, CliError> {
        let Self {
            scenario: _,
            sql: _,
            outside: _,
            time_scale,
            seed,
            pool_size,
            acquire_timeout,
            rate,
            measure,
            routing,
            pools,
            scopes,
        } = self;
        let pools = chosen(pools)?;
        for (flag, repeats) in [("--pools", repeats(&pools)), ("--scopes", repeats(scopes))] {
            if let Some(name) = repeats {
                return Err(CliError::Usage(format!("{flag} names {name} twice; name it once")));
            }
        }
        Ok(Overrides {
            time_scale: *time_scale,
            seed: *seed,
            pool_size: *pool_size,
            acquire_timeout: *acquire_timeout,
            rate: *rate,
            measure: *measure,
            routing: *routing,
            pools,
            // Whoever has the scenario finds them by their names.
            scopes: Vec::new(),
        })
    }
}

/// A scenario file, or a built-in scenario; without a name the first of those. With these changes, and
/// these session scopes, if any are named.
pub(super) fn scenario_named(
    name: Option<&str>,
    changes: &Overrides,
    scopes: &[String],
) -> Result<Scenario, CliError> {
    let name = name.unwrap_or(BUILTIN[0].name);
    let path = PathBuf::from(name);
    let scenario = match Builtin::named(name) {
        Some(builtin) if !path.exists() => builtin.scenario()?,
        _ => Scenario::load(&path)?,
    };
    with_changes(scenario, &format!("{name} and the command line"), changes, scopes)
}

/// A scenario with what the command line changes in it; `told` says where both stand.
fn with_changes(
    scenario: Scenario,
    told: &str,
    changes: &Overrides,
    scopes: &[String],
) -> Result<Scenario, CliError> {
    let limit = |limit| ScenarioError::Limit { file: told.to_owned(), limit };
    let changes = Overrides { scopes: scopes::named(&scenario, scopes)?, ..changes.clone() };
    Ok(scenario.with(&changes).within_limits().map_err(limit)?)
}

/// The scenario without its target: what its steps say of a service can be played on pools, too.
pub(super) fn on_pools(scenario: Scenario) -> Result<Scenario, CliError> {
    match scenario.steps_are {
        StepsAre::Known => Ok(Scenario { target: None, ..scenario }),
        StepsAre::Unknown => Err(CliError::Usage(format!(
            "{} has a [target] and no steps, so only poolbench run can drive it; write [[steps]] and [pool], or take \
             another scenario",
            scenario.name
        ))),
    }
}

fn repeats<T: PartialEq + std::fmt::Display>(items: &[T]) -> Option<String> {
    let twice = items.iter().enumerate().find(|(at, item)| items[..*at].contains(item));
    twice.map(|(_, item)| item.to_string())
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench report reports/latest
  poolbench report old/record.json --out review
  poolbench report reports/latest --format json
                                               every figure, for another program")]
pub(super) struct ReportArgs {
    /// A record.json, or the folder that holds it
    #[arg(value_name = "RECORD")]
    pub(super) record: PathBuf,

    /// Folder for report.html and the charts; without it, beside the record
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,

    /// What is printed: tables, the same as Markdown, or the list of figures as JSON; of the last two no
    /// file is written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, conflicts_with = "out")]
    pub(super) format: ReportFormat,
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
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench check my.toml
  poolbench check my.toml --no-server          its own statements are not shown to a Postgres
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
