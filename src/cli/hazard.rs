//! `poolbench hazard`: what goes wrong with pools, played on throw-away servers, and what must be true after
//! it.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use clap::Args;

use super::exit::{CliError, Exit};
use super::scenario_args::{PoolChoice, chosen};
use super::{output, signals};
use crate::hazard::{HAZARDS, Hazard, Holds, Trial, Trouble, judge};
use crate::load::{LiveReading, Stop};
use crate::pool::Address;
use crate::pool::admin::{Admin, Named};
use crate::provision::{Durability, PostgresServer, RedisServer};
use crate::record::Nanos;
use crate::report::hazard::{HazardShown, render};
use crate::run::{ActKind, LaneName, Leftovers, RunError, Servers, Watch, Whose, run_through};
use crate::scenario::{POOLS, PoolKind, Via};
use crate::target::DatabaseUrl;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench hazard nested-deadlock
      one less than the fewest connections that cannot deadlock
  poolbench hazard all --pools sqlx             every hazard on one pool library
  poolbench list
      the hazards and what goes wrong in them

Servers are broken on purpose, so hazards are played on throw-away servers alone.")]
pub(super) struct HazardArgs {
    /// A hazard, or all of them
    #[arg(value_name = "NAME")]
    name: String,

    /// Pool libraries, separated by commas; or all. Without it sqlx, deadpool-postgres and bb8
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pools: Vec<PoolChoice>,

    /// No notes; results only
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn hazard(args: &HazardArgs) -> Result<Exit, CliError> {
    let hazards = match args.name.as_str() {
        "all" => HAZARDS.to_vec(),
        name => vec![name.parse::<Hazard>().map_err(|fault| CliError::Usage(format!("{name}: {fault}")))?],
    };
    let pools = match chosen(&args.pools)? {
        none if none.is_empty() => POOLS[..3].to_vec(),
        pools => pools,
    };
    if let Some(pool) = pools.iter().find(|pool| pool.via != Via::Direct) {
        return Err(CliError::Usage(format!(
            "{pool}: hazards are played on pools without a PgBouncer in between"
        )));
    }
    let (stop, leftovers) = (Stop::default(), Leftovers::default());
    signals::listen(stop.clone(), leftovers.clone());
    let mut all_hold = true;
    for hazard in hazards {
        for trial in hazard.trials(&pools)? {
            args.note(&format!("{}: {}", hazard.name(), trial.shows));
            let shown = play(hazard, &trial, &pools, &stop, &leftovers)?;
            let mut text = Vec::new();
            // Writing to memory cannot fail.
            let _ = render(&shown, &mut text);
            output::print(&text)?;
            all_hold &= holds(&shown);
        }
    }
    Ok(if all_hold { Exit::Pass } else { Exit::Breach })
}

fn holds(shown: &HazardShown) -> bool {
    let findings = shown.lanes.iter().flat_map(|lane| &lane.findings);
    shown.connections_left == 0 && findings.into_iter().all(|finding| finding.holds == Holds::Yes)
}

impl HazardArgs {
    fn note(&self, words: &str) {
        if !self.quiet {
            output::note(words);
        }
    }
}

/// Plays a trial on servers of its own.
fn play(
    hazard: Hazard,
    trial: &Trial,
    pools: &[PoolKind],
    stop: &Stop,
    leftovers: &Leftovers,
) -> Result<HazardShown, CliError> {
    let (postgres, redis) = (PostgresServer::start(Durability::ThrowAway)?, RedisServer::start()?);
    let servers = servers(&postgres, &redis, trial);
    let address = Address::parse(postgres.url()).map_err(RunError::from)?;
    let breakable = Arc::new(Breakable { postgres: Mutex::new(postgres), redis: Mutex::new(redis) });
    let mut breaker = Breaker::new(trial, breakable.clone());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    let (ran, connections_left) = runtime.block_on(async {
        let ran = run_through(&trial.plan, trial.misuse, &servers, leftovers, stop, &mut breaker).await;
        (ran, left(&address).await)
    });
    let ran = ran?;
    let spans = breaker.spans()?;
    let lanes = ran.lanes.iter().map(|lane| {
        let at = pools.iter().position(|pool| pool.name() == lane.pool);
        let planned = (nanos(trial.planned.0), nanos(trial.planned.1));
        let (begins, ends) = at.and_then(|at| spans.get(at)).copied().unwrap_or(planned);
        judge(trial, lane, (begins, ends.max(planned.1)))
    });
    Ok(HazardShown {
        name: hazard.name().to_owned(),
        shows: trial.shows.clone(),
        lanes: lanes.collect(),
        connections_left: connections_left.map_err(RunError::from)?,
    })
}

fn servers(postgres: &PostgresServer, redis: &RedisServer, trial: &Trial) -> Servers {
    let options: Vec<String> =
        trial.settings.iter().map(|(name, value)| format!("-c%20{name}%3D{value}")).collect();
    let url = match options.as_slice() {
        [] => postgres.url().clone(),
        options => DatabaseUrl::new(format!("{}?options={}", postgres.url().expose(), options.join("%20"))),
    };
    Servers {
        database: url,
        database_is: Whose::ThrownAway,
        redis: Some(redis.url().clone()),
        redis_is: Whose::ThrownAway,
        database_from: "a throw-away server, fsync off".to_owned(),
        redis_from: "a throw-away server".to_owned(),
        pooler: None,
        schema: super::servers::SCHEMA.to_owned(),
    }
}

/// Connections of poolbench that are still there when the server has had time to let go of them.
async fn left(address: &Address) -> Result<u64, crate::pool::admin::AdminError> {
    let admin = Admin::connect(address, "hazard").await?;
    let until = Instant::now() + Duration::from_secs(3);
    loop {
        match admin.connections(Named::Beginning("poolbench")).await? {
            some if some > 0 && Instant::now() < until => tokio::time::sleep(Duration::from_millis(50)).await,
            left => return Ok(left),
        }
    }
}

/// The servers that are broken.
#[derive(Debug)]
struct Breakable {
    postgres: Mutex<PostgresServer>,
    redis: Mutex<RedisServer>,
}

/// Breaks servers when the time has come, on a thread of its own, once for each pool library.
struct Breaker {
    trouble: Trouble,
    at: Nanos,
    breakable: Arc<Breakable>,
    begun: bool,
    breaking: Vec<JoinHandle<Result<(Nanos, Nanos), String>>>,
}

impl Breaker {
    fn new(trial: &Trial, breakable: Arc<Breakable>) -> Self {
        // Planned from the start of the measured span.
        let at = nanos(trial.planned.0);
        Self { trouble: trial.trouble, at, breakable, begun: false, breaking: Vec::new() }
    }

    /// From when to when there was trouble in each act.
    fn spans(self) -> Result<Vec<(Nanos, Nanos)>, CliError> {
        let ended = self.breaking.into_iter().map(|thread| {
            thread.join().unwrap_or_else(|_| Err("what breaks the servers broke down".to_owned()))
        });
        ended.collect::<Result<_, _>>().map_err(CliError::Unexpected)
    }
}

impl Watch for Breaker {
    fn begins(&mut self, _: ActKind, _: &[LaneName], _: Duration) {
        self.begun = false;
    }

    fn ticks(&mut self, _: Duration, readings: &[LiveReading]) {
        let now = readings.iter().map(|reading| reading.now).max().unwrap_or(0);
        if self.begun || self.trouble == Trouble::None || now < self.at {
            return;
        }
        self.begun = true;
        let (trouble, breakable) = (self.trouble, self.breakable.clone());
        self.breaking.push(std::thread::spawn(move || {
            let began = Instant::now();
            breakable.does(trouble)?;
            Ok((now, now + nanos(began.elapsed())))
        }));
    }

    fn ends(&mut self) {}
}

impl Breakable {
    fn does(&self, trouble: Trouble) -> Result<(), String> {
        match trouble {
            Trouble::None => Ok(()),
            Trouble::Terminate => self.terminate(),
            Trouble::Restart => {
                let mut postgres = self.postgres.lock().unwrap_or_else(PoisonError::into_inner);
                postgres.restart().map_err(|fault| fault.to_string())
            }
            Trouble::HangQueue(lasts) => {
                let redis = self.redis.lock().unwrap_or_else(PoisonError::into_inner);
                redis.hang();
                std::thread::sleep(lasts);
                redis.go_on();
                Ok(())
            }
        }
    }

    fn terminate(&self) -> Result<(), String> {
        let url = self.postgres.lock().unwrap_or_else(PoisonError::into_inner).url().clone();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|fault| fault.to_string())?;
        let ended = runtime.block_on(async {
            let address = Address::parse(&url).map_err(|fault| fault.to_string())?;
            let admin = Admin::connect(&address, "hazard").await.map_err(|fault| fault.to_string())?;
            let how = crate::pool::admin::BackendSignal::Terminate;
            admin.end(Named::Beginning("poolbench"), how).await.map_err(|fault| fault.to_string())
        });
        ended.map(|_| ())
    }
}

fn nanos(time: Duration) -> Nanos {
    Nanos::try_from(time.as_nanos()).unwrap_or(Nanos::MAX)
}
