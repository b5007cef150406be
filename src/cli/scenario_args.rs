//! Which scenario is meant, and what the command line changes in it.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::exit::CliError;
use super::scopes;
use crate::plan::Plan;
use crate::pool::PoolOptions;
use crate::scenario::{
    BUILTIN, Builtin, EVERY_POOL, Overrides, PoolKind, Routing, Scenario, ScenarioError, Sketch, StepsAre,
    UnknownPool, limits,
};
use crate::units::{Rate, TimeScale, parse_duration_above_zero};

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
