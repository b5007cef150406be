//! `poolbench watch`: looks at a live server, and changes nothing there.

use std::io::Write;
use std::time::Duration;

use clap::Args;

use super::exit::{CliError, Exit};
use super::servers::given;
use super::surroundings::{completed, of_variables};
use super::{output, signals};
use crate::gate::{self, Number, Sight};
use crate::inert::inert;
use crate::load::Stop;
use crate::metric::Metric;
use crate::pool::Address;
use crate::pool::admin::Admin;
use crate::report::{gate as show, watch as report};
use crate::run::{Leftovers, RunError};
use crate::scenario::Objective;
use crate::target::DatabaseUrl;
use crate::units::parse_duration_above_zero;
use crate::watch::{Watch, Watched};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench watch postgres://me@localhost/app --for 5m
  DATABASE_URL=postgres://me:secret@localhost/app poolbench watch --objective 'idle-hold.share < 0.1'
                                               the password stays out of ps
  PGHOST=db.example PGSSLMODE=verify-full poolbench watch
      as psql would connect, with ~/.pgpass and the like

One connection, which only reads. A user with pg_monitor sees what all connections do.")]
pub(super) struct WatchArgs {
    /// The Postgres to look at; without it the one that PGHOST or PGSERVICE name
    #[arg(value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<DatabaseUrl>,

    /// How long to look
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = parse_duration_above_zero)]
    span: Duration,

    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "100ms", value_parser = parse_duration_above_zero)]
    every: Duration,

    /// What has to be true, such as 'idle-hold.share < 0.1'; may be given again
    #[arg(long = "objective", value_name = "OBJECTIVE")]
    objectives: Vec<Objective>,
}

const NO_SERVER: &str = "no server is named; give its address, or set DATABASE_URL, PGHOST or PGSERVICE";

pub(super) fn watch(args: &WatchArgs) -> Result<Exit, CliError> {
    let named = given(args.database_url.as_ref()).cloned().or_else(of_variables);
    let named = named.ok_or_else(|| CliError::Usage(NO_SERVER.to_owned()))?;
    let address = Address::parse(&completed(&named)?).map_err(RunError::from)?;
    let stop = Stop::default();
    signals::listen(stop.clone(), Leftovers::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    let _ = writeln!(anstream::stderr().lock(), "poolbench: looking at {}", inert(&address.to_string()));
    let seen = runtime.block_on(looks(args, &address, &stop)).map_err(RunError::from)?;
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = report::terminal(&seen, &mut text);
    let exit = judge(args, &seen, &mut text);
    output::print(&text)?;
    Ok(exit)
}

/// Looks until the time is over or somebody asks to stop.
async fn looks(
    args: &WatchArgs,
    address: &Address,
    stop: &Stop,
) -> Result<Watched, crate::pool::admin::AdminError> {
    let admin = Admin::connect(address, "poolbench watch").await?;
    admin.only_look().await?;
    let before = admin.counted_idle().await?;
    let mut watch = Watch::default();
    let until = tokio::time::Instant::now() + args.span;
    let mut ticks = tokio::time::interval(args.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while tokio::time::Instant::now() < until && !stop.is_stopped() {
        ticks.tick().await;
        watch.add(&admin.activity().await?);
    }
    let after = admin.counted_idle().await?;
    Ok(watch.end(before.zip(after).map(|(before, after)| after.saturating_sub(before))))
}

fn judge(args: &WatchArgs, seen: &Watched, text: &mut Vec<u8>) -> Exit {
    if args.objectives.is_empty() {
        return Exit::Pass;
    }
    let judgement = gate::observed("a live server", "watch", &args.objectives, Sight::Whole, |metric| {
        let number = Number::exactly(seen.figure(metric)?);
        Some(if metric == Metric::InTransactionPeak { number.at_least() } else { number })
    });
    text.push(b'\n');
    let _ = show::terminal(&judgement, text);
    Exit::from(judgement.verdict())
}
