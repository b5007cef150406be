//! `poolbench run` on HTTP services: no server is started, and nothing is left behind.

use crate::archive::Run;
use crate::calibrate::http_ceiling;
use crate::cli::args::RunArgs;
use crate::cli::exit::CliError;
use crate::cli::progress::Progress;
use crate::cli::scenario_args::on_pools;
use crate::load::Stop;
use crate::plan::Plan;
use crate::report::lang::word;
use crate::run::{Conducted, conduct_http, find_services};
use crate::scenario::{Hosts, Scenario, Site, Target};
use crate::target::HttpUrl;

/// The plan of a run: on services where the scenario or the command line names some, and else on pools.
pub(super) fn plan(args: &RunArgs) -> Result<Plan, CliError> {
    let scenario = args.scenario.load()?;
    if args.http.is_empty() && scenario.target.is_none() {
        return Ok(Plan::of(&on_pools(scenario)?));
    }
    for (flag, given) in [("--prove-scale", args.prove_scale), ("--pools", args.scenario.names_pools())] {
        if given {
            let why = format!("{flag} is for pools, and here the requests go to a service; leave it out");
            return Err(CliError::Usage(why));
        }
    }
    if !scenario.kinds.is_empty() {
        let why = "a service is sent requests of one kind; take [[kinds]] out of the scenario".to_owned();
        return Err(CliError::Usage(why));
    }
    let mut target = scenario.target.clone().unwrap_or_else(Target::job_service);
    if !args.http.is_empty() {
        target.sites = sites(&args.http, &scenario)?;
    }
    if args.allow_remote {
        target.hosts = Hosts::Any;
    }
    Ok(Plan::of(&Scenario { target: Some(target), ..scenario }))
}

/// An address for each session scope. No message says what was found: it may be a password.
fn sites(urls: &[String], scenario: &Scenario) -> Result<Vec<Site>, CliError> {
    let scopes: Vec<&str> = scenario.scopes.iter().map(|scope| scope.name()).collect();
    if urls.len() != scopes.len() {
        return Err(CliError::Usage(format!(
            "--http has {} addresses and the scenario {} session scopes, {}; give one for each in this order, or \
             choose with --scopes",
            urls.len(),
            scopes.len(),
            scopes.join(", ")
        )));
    }
    let site = |url: &String| {
        let url = url.parse::<HttpUrl>().map_err(|fault| CliError::Usage(format!("--http: {fault}")))?;
        Ok(Site::of(url))
    };
    urls.iter().map(site).collect()
}

/// Drives the services.
pub(super) fn measure(
    args: &RunArgs,
    plan: &Plan,
    stop: &Stop,
    keep: &mut dyn FnMut(&Run),
) -> Result<Conducted, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    let variables = |name: &str| std::env::var(name).ok();
    runtime.block_on(find_services(plan, &variables, stop))?;
    super::note(args, word("measuring what the harness itself carries over HTTP here"));
    // A ceiling that cannot be told is missing in the report; the run does not depend on it.
    let ceiling = http_ceiling(stop).ok();
    let mut progress = Progress::new(plan, args.quiet);
    Ok(runtime.block_on(conduct_http(plan, (&variables, ceiling), stop, &mut progress, keep)))
}
