//! `poolbench watch`: looks at a live server, and changes nothing there → record, answer, objectives.

mod show;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use clap::Args;

use self::show::judgement;
pub(super) use self::show::{is_record, recorded, show_again};
use super::exit::{CliError, Exit};
use super::judgement::JudgementFiles;
use super::servers::given;
use super::surroundings::{completed, of_variables};
use super::{output, signals, store};
use crate::archive::looked::{self, Looked};
use crate::load::Stop;
use crate::pool::Address;
use crate::pool::admin::{Admin, AdminError};
use crate::report::lang::say;
use crate::run::{Leftovers, RunError};
use crate::scenario::Objective;
use crate::target::DatabaseUrl;
use crate::units::parse_duration_above_zero;
use crate::watch::{Watch, WatchEnd, Watched};

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

    #[command(flatten)]
    files: JudgementFiles,

    /// Folder for the folder of what was seen
    #[arg(long, value_name = "DIR", default_value = super::args::REPORTS)]
    out: PathBuf,
}

const NO_SERVER: &str = "no server is named; give its address, or set DATABASE_URL, PGHOST or PGSERVICE";

pub(super) fn watch(args: &WatchArgs) -> Result<Exit, CliError> {
    let named = given(args.database_url.as_ref()).cloned().or_else(of_variables);
    let named = named.ok_or_else(|| CliError::Usage(NO_SERVER.to_owned()))?;
    let address = Address::parse(&completed(&named)?).map_err(RunError::from)?;
    let folder = store::make_folder(&args.out, "watch")?;
    let stop = Stop::default();
    signals::listen(stop.clone(), Leftovers::default());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    output::note(&say!("looking at {address}", address));
    let looks = runtime.block_on(looks(args, &address, &stop)).map_err(RunError::from)?;
    let exit = conclude(args, looks.seen, &folder)?;
    // What was seen until then is kept and told; that it is not all is told, too.
    looks.broken.map_or(Ok(exit), |fault| Err(RunError::from(fault).into()))
}

/// What was seen, and why it is not as long as it should be.
struct Looks {
    seen: Watched,
    broken: Option<AdminError>,
}

/// Looks until the time is over, somebody asks to stop, or the server is gone.
async fn looks(args: &WatchArgs, address: &Address, stop: &Stop) -> Result<Looks, AdminError> {
    let admin = Admin::connect(address, "poolbench watch").await?;
    admin.only_look().await?;
    let before = admin.counted_idle().await?;
    let mut watch = Watch::default();
    watch.add(&admin.activity().await?);
    let until = tokio::time::Instant::now() + args.span;
    let mut ticks = tokio::time::interval(args.every);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks.tick().await;
    while tokio::time::Instant::now() + args.every <= until && !stop.is_stopped() {
        ticks.tick().await;
        match admin.activity().await {
            Ok(activity) => watch.add(&activity),
            Err(fault) => {
                return Ok(Looks { seen: watch.end(None, WatchEnd::ServerLost), broken: Some(fault) });
            }
        }
    }
    let (after, broken) = match admin.counted_idle().await {
        Ok(after) => (after, None),
        Err(fault) => (None, Some(fault)),
    };
    let end = if broken.is_some() { WatchEnd::ServerLost } else { WatchEnd::AsAsked };
    let counted = before.zip(after).map(|(before, after)| after.saturating_sub(before));
    Ok(Looks { seen: watch.end(counted, end), broken })
}

/// Keeps, shows and judges what was seen.
fn conclude(args: &WatchArgs, seen: Watched, folder: &Path) -> Result<Exit, CliError> {
    let looked = Looked {
        seen,
        objectives: args.objectives.clone(),
        created: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        poolbench: env!("CARGO_PKG_VERSION").to_owned(),
    };
    looked::save(&looked, folder)?;
    let judgement = judgement(&looked, folder);
    let shown = show::show(&looked, judgement.as_ref(), folder, folder);
    let exit = judgement.as_ref().map_or(Exit::Pass, |judgement| Exit::from(judgement.verdict()));
    if let Some(judgement) = &judgement {
        args.files.write(judgement, exit)?;
    }
    shown.map(|()| exit)
}
