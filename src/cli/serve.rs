//! `poolbench serve`: the job service over HTTP, for any client.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use tokio::net::TcpListener;
use tokio::task::LocalSet;

use super::exit::{CliError, Exit};
use super::output::note;
use super::run::postgres_words;
use super::scenario_args::ScenarioArgs;
use super::servers::ServerArgs;
use super::{output, servers, signals};
use crate::jobs::Processors;
use crate::jobs::repository::Repository;
use crate::jobs::service::Service;
use crate::load::{LaneError, Stop};
use crate::plan::Plan;
use crate::pool::bb8::Bb8Pool;
use crate::pool::deadpool::DeadpoolPool;
use crate::pool::none::NoPool;
use crate::pool::sqlx::SqlxPool;
use crate::pool::{AcquireError, Pool, ReadText};
use crate::queue::Queue;
use crate::report::lang::{say, word};
use crate::run::{Hosted, Leftovers, RunError, host};
use crate::scenario::{PoolKind, PoolLibrary};
use crate::serve::{Lines, Served, Serving, is_local, serve as serve_http};
use crate::units::{TimeScale, parse_duration_above_zero};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  poolbench serve --scope repository-scoped
  poolbench serve checkout --scope request-scoped --pool deadpool-postgres --listen 127.0.0.1:8080
  curl -d '{\"name\": \"train\"}' -H 'content-type: application/json' http://127.0.0.1:8120/submit

Paths: POST /submit, GET /jobs/{id}, GET /jobs?state=PENDING|SUBMITTED|FAILED, GET /healthz, GET /metrics.")]
pub(super) struct ServeArgs {
    /// A scenario file, or the name of a built-in scenario: what a submission does
    #[arg(value_name = "SCENARIO")]
    scenario: Option<String>,

    /// Session scope of the service
    #[arg(long, value_name = "NAME")]
    scope: String,

    /// Pool library
    #[arg(long, value_name = "NAME", default_value = "sqlx")]
    pool: PoolKind,

    /// Measured time ÷ nominal time, such as 1/20
    #[arg(long, value_name = "SHARE")]
    time_scale: Option<TimeScale>,

    /// Connections in the pool
    #[arg(long, value_name = "NUMBER", value_parser = super::scenario_args::pool_size)]
    pool_size: Option<u32>,

    /// Longest wait for a connection, nominal, such as 30s
    #[arg(long, value_name = "TIME", value_parser = parse_duration_above_zero)]
    acquire_timeout: Option<Duration>,

    /// Where to listen. Nobody is asked who they are, so leave it to this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8120")]
    listen: SocketAddr,

    /// How long what is in flight may go on after Ctrl-C, before it is rolled back or marked FAILED
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration_above_zero)]
    grace: Duration,

    /// No line for each request and database operation
    #[arg(long, short)]
    quiet: bool,

    #[command(flatten)]
    servers: ServerArgs,
}

pub(super) fn serve(args: &ServeArgs) -> Result<Exit, CliError> {
    let scenario = ScenarioArgs::of_one(
        (args.scenario.clone(), args.time_scale),
        (args.pool, args.pool_size, args.acquire_timeout),
        &args.scope,
    );
    let plan = scenario.plan()?;
    if let Some(why) = plan.only_simulated() {
        return Err(RunError::OnlySimulated(why).into());
    }
    let (stop, leftovers) = (Stop::default(), Leftovers::default());
    signals::listen(stop.clone(), leftovers.clone());
    note(word("starting servers"));
    let provided = servers::provide_until(&stop, &args.servers, &[&plan])?;
    note(&postgres_words(&provided.servers));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    // What is in order to do after the stop takes its time: the second signal ends it at once.
    let patient = Stop::default();
    let served = LocalSet::new().block_on(&runtime, async {
        let hosted = host(&plan, &provided.servers, &leftovers, &stop, &patient).await?;
        let served = match args.pool.library {
            PoolLibrary::Sqlx => on::<SqlxPool>(args, &plan, &hosted, &stop).await,
            PoolLibrary::Deadpool => on::<DeadpoolPool>(args, &plan, &hosted, &stop).await,
            PoolLibrary::Bb8 => on::<Bb8Pool>(args, &plan, &hosted, &stop).await,
            PoolLibrary::None => on::<NoPool>(args, &plan, &hosted, &stop).await,
        };
        let left = hosted.leave().await;
        served.map(|served| (served, left))
    });
    provided.end(&patient);
    signals::tell(&leftovers);
    let (served, left) = served?;
    let Served { finished, compensated, given_up } = served;
    note(&say!(
        "in flight at the stop: {finished} finished, {compensated} compensated, {given_up} given up",
        finished,
        compensated,
        given_up
    ));
    // To be told to stop is how this command ends.
    Ok(if left.is_empty() && given_up == 0 { Exit::Pass } else { Exit::Environment })
}

/// How long the connections of the pool may take.
const CONNECTING: Duration = Duration::from_secs(8);

/// Serves on a pool of this library until the stop.
async fn on<P: Pool<Session: ReadText>>(
    args: &ServeArgs,
    plan: &Plan,
    hosted: &Hosted,
    stop: &Stop,
) -> Result<Served, CliError> {
    let pool = P::open(&hosted.address, &hosted.pool).map_err(|fault| CliError::Listen(fault.to_string()))?;
    let queue = Queue::connect(hosted.queue.as_ref()).await.map_err(RunError::from)?;
    let repository = Repository::new(pool, &hosted.schema, &format!("serve, {}", args.scope));
    // What was to be measured is not how long a connect takes, which a scaled timeout may be too short for.
    let connecting = async {
        loop {
            match repository.connect(hosted.pool.size).await {
                Err(AcquireError::TimedOut(_)) => tokio::task::yield_now().await,
                done => return done,
            }
        }
    };
    let connected = tokio::time::timeout(CONNECTING, connecting).await;
    let connected = connected.map_err(|_| LaneError::SlowToConnect(hosted.pool.acquire_timeout));
    connected
        .and_then(|done| done.map_err(LaneError::Pool))
        .map_err(|fault| CliError::Listen(fault.to_string()))?;
    let listener = TcpListener::bind(args.listen).await;
    let told = |fault: std::io::Error| CliError::Listen(format!("cannot listen at {}: {fault}", args.listen));
    let listener = listener.map_err(told)?;
    let address = listener.local_addr().map_err(told)?;
    if !is_local(&address) {
        note(&say!("anybody who reaches {address} can submit jobs; nobody is asked who they are", address));
    }
    if let Some(queue) = &hosted.queue {
        note(&say!(
            "jobs go to the queue \"{name}\" at {address}",
            name = queue.name.name(),
            address = queue.address
        ));
    }
    note(&say!("jobs stand in the schema \"{schema}\", dropped at the end", schema = hosted.schema));
    output::print(format!("listening on http://{address}\n").as_bytes())?;
    let serving = Serving {
        play: hosted.play.clone(),
        connections: hosted.pool.size,
        acquire_timeout: plan.time_scale.scaled(plan.pool.acquire_timeout),
        seeds: hosted.seeds,
        grace: args.grace,
        lines: if args.quiet { Lines::None } else { Lines::Each },
    };
    let log = Box::new(std::io::stderr());
    let processors = Processors::new(plan.processors);
    let service = Service { repository, queue, processors };
    let serving = serve_http(listener, service, serving, log, stop.stopped());
    tokio::select! {
        served = serving => Ok(served),
        () = hosted.renew() => Err(CliError::Unexpected("the service ended by itself".to_owned())),
    }
}
