//! `poolbench check`: what a run would do, without doing it.

use std::io::Write;
use std::time::Duration;

use super::args::CheckArgs;
use super::exit::{CliError, Exit};
use super::output::note;
use super::servers::{given, provide_postgres_until};
use super::{output, signals};
use crate::inert::inert;
use crate::itinerary::{Itinerary, Varies, phase_table};
use crate::load::Stop;
use crate::plan::{Plan, Seen};
use crate::provision::ProvisionError;
use crate::report::lang::{heard, say, word};
use crate::report::wrap;
use crate::run::{Leftovers, Prepared, has_own_statements, only_simulated, prepare};
use crate::scenario::Target;
use crate::units;

pub(super) fn check(args: &CheckArgs) -> Result<Exit, CliError> {
    let plan = args.scenario.plan_as_written()?;
    // A service has its own statements.
    let statements = if has_own_statements(&plan) && plan.seen() == Seen::FromInside {
        Some(prepared(args, &plan)?)
    } else {
        None
    };
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = describe(&plan, statements.as_ref(), &mut text);
    output::print(&text)?;
    Ok(match statements {
        Some(OwnSql::Left) => Exit::Environment,
        _ => Exit::Pass,
    })
}

/// What became of the scenario's own statements.
enum OwnSql {
    /// A Postgres took them all: this one.
    Taken(String),
    /// The same, and something of poolbench's could not be removed there.
    Left,
    /// No Postgres was asked, and why.
    NotPrepared(String),
}

/// Shows the own statements to a Postgres.
fn prepared(args: &CheckArgs, plan: &Plan) -> Result<OwnSql, CliError> {
    if args.no_server {
        return Ok(OwnSql::NotPrepared("--no-server".to_owned()));
    }
    let (stop, leftovers) = (Stop::default(), Leftovers::default());
    signals::listen(stop.clone(), leftovers.clone());
    if given(args.database_url.as_ref()).is_none() {
        note(word("starting a throw-away Postgres, which prepares the scenario's own statements"));
    }
    let provided = match provide_postgres_until(&stop, args.database_url.as_ref(), &args.schema) {
        Ok(provided) => provided,
        Err(CliError::Provision(ProvisionError::NotFound(kind))) => {
            return Ok(not_prepared(say!("no {kind} server found on this machine", kind)));
        }
        Err(CliError::Provision(ProvisionError::OutOfReach { .. } | ProvisionError::NoAccount)) => {
            return Ok(not_prepared(word("no account here can run the Postgres of this machine").to_owned()));
        }
        Err(fault) => return Err(fault),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    let Prepared { taken, left } = runtime.block_on(prepare(plan, &provided.servers, &leftovers, &stop));
    let from = provided.servers.database_from.clone();
    provided.end(&stop);
    signals::tell(&leftovers);
    taken?;
    Ok(if left.is_empty() { OwnSql::Taken(from) } else { OwnSql::Left })
}

/// What is left out is said, so that it does not look like a success.
fn not_prepared(why: String) -> OwnSql {
    note(&say!(
        "{why}, so the scenario's own statements were not prepared; name a Postgres with --database-url, or \
         leave this out with --no-server",
        why
    ));
    OwnSql::NotPrepared(why)
}

fn describe(plan: &Plan, own_sql: Option<&OwnSql>, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{}",
        say!(
            "{scenario}: {request} is sound",
            scenario = inert(&plan.scenario),
            request = inert(&plan.request)
        )
    )?;
    let why = plan.why.split_whitespace().collect::<Vec<_>>().join(" ");
    match heard(&why) {
        told if told == why => {
            plan.why.lines().try_for_each(|line| writeln!(out, "  {}", inert(line.trim())))?
        }
        told => writeln!(out, "{}", wrap(told, 80, "  ", "  "))?,
    }
    match own_sql {
        None => {}
        Some(OwnSql::Taken(from)) => {
            writeln!(out, "{}", say!("  own statements: prepared by Postgres ({from})", from = inert(from)))?
        }
        Some(OwnSql::Left) => writeln!(out, "{}", say!("  own statements: prepared by Postgres"))?,
        Some(OwnSql::NotPrepared(why)) => {
            writeln!(out, "{}", say!("  own statements: not prepared ({why})", why = inert(heard(why))))?
        }
    }
    // Of a service whose steps nobody has written down there are no moves to tell.
    if !plan.workload.request_time().is_zero() {
        itineraries(plan, out)?;
    }
    acts(plan, out)
}

fn itineraries(plan: &Plan, out: &mut impl Write) -> std::io::Result<()> {
    for &scope in &plan.scopes {
        writeln!(out, "\n{scope}: {}", word(scope.meaning()))?;
        for kind in plan.all_kinds() {
            if !plan.kinds.is_empty() {
                writeln!(
                    out,
                    "{}",
                    say!(
                        "  {kind} ({share} of the requests)",
                        kind = inert(kind.name),
                        share = units::percent(kind.share)
                    )
                )?;
            }
            itinerary(&kind.itinerary(scope), out)?;
        }
        let hold = plan.hold_time(scope).as_secs_f64();
        if hold > 0.0 {
            let carries = f64::from(plan.pool.size) / hold;
            let share = plan.load.rate.as_per_second() / carries;
            writeln!(
                out,
                "{}",
                say!(
                    "  {size} connections carry at most {carries}/s; {rate} offered is {share} of that",
                    size = plan.pool.size,
                    carries = units::number(carries),
                    rate = plan.load.rate,
                    share = units::percent(share)
                )
            )?;
        }
    }
    Ok(())
}

/// What is asked of which service.
fn service(plan: &Plan, target: &Target, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{}",
        say!("  target        {method} {path}", method = target.method, path = inert(target.path.shown()))
    )?;
    if target.sites.is_empty() {
        writeln!(
            out,
            "{}",
            say!("                no address: give one for each session scope to poolbench run --http")
        )?;
    }
    for (scope, site) in plan.scopes.iter().zip(&target.sites) {
        writeln!(out, "                {scope}: {}", inert(&site.place))?;
    }
    Ok(())
}

fn itinerary(itinerary: &Itinerary, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}", say!("  moves  {itinerary}", itinerary = inert(&itinerary.spelled())))?;
    for row in phase_table(itinerary) {
        let step = inert(&row.step);
        writeln!(out, "  {step:<16}{:>10}  {}", units::time(row.time), word(row.connection.words()))?;
    }
    for step in itinerary.workload().steps.iter().filter(|step| step.law.varies() == Varies::Yes) {
        writeln!(
            out,
            "{}",
            say!(
                "  {step}{time}  on average, {law}",
                step = format_args!("{:<16}", inert(&step.name)),
                time = format_args!("{:>10}", units::time(step.time)),
                law = step.law
            )
        )?;
    }
    writeln!(
        out,
        "{}",
        say!(
            "  holds a connection for {itinerary} of {itinerary2}, idle for {itinerary3}; at most \
             {itinerary4} at once",
            itinerary = units::time(itinerary.hold_time()),
            itinerary2 = units::time(itinerary.workload().request_time()),
            itinerary3 = units::time(itinerary.idle_hold()),
            itinerary4 = itinerary.most_held()
        )
    )
}

fn acts(plan: &Plan, out: &mut impl Write) -> std::io::Result<()> {
    let names = |items: Vec<&str>| items.join(", ");
    let scaled = |time: Duration| units::time(plan.time_scale.scaled(time));
    writeln!(
        out,
        "{}",
        say!(
            "\nplan, at time scale {time_scale}, seed {seed}:",
            time_scale = plan.time_scale,
            seed = plan.seed
        )
    )?;
    match &plan.target {
        Some(target) => service(plan, target, out)?,
        None => {
            writeln!(
                out,
                "{}",
                say!(
                    "  pools         {as_str}",
                    as_str = names(plan.pools.iter().map(String::as_str).collect())
                )
            )?;
            writeln!(
                out,
                "{}",
                say!(
                    "  each          {size} connections, acquire timeout {acquire_timeout} \
                     ({acquire_timeout2} as driven)",
                    size = plan.pool.size,
                    acquire_timeout = units::time(plan.pool.acquire_timeout),
                    acquire_timeout2 = scaled(plan.pool.acquire_timeout)
                )
            )?;
        }
    }
    writeln!(
        out,
        "{}",
        say!(
            "  anatomy       one request a scope, {workload}",
            workload = scaled(plan.workload.request_time())
        )
    )?;
    writeln!(
        out,
        "{}",
        say!(
            "  side by side  {arrivals} arrivals, {rate} ({time_scale} as driven)",
            arrivals = word(plan.load.arrivals.word()),
            rate = plan.load.rate,
            time_scale = plan.load.rate.scaled(plan.time_scale)
        )
    )?;
    let phases = &plan.phases;
    writeln!(
        out,
        "{}",
        say!(
            "                warm-up {warm_up}, measured {measure}, drain at most {drain}",
            warm_up = scaled(phases.warm_up),
            measure = scaled(phases.measure),
            drain = scaled(phases.drain)
        )
    )?;
    let callers: Vec<String> = plan
        .scopes
        .iter()
        .map(|&scope| format!("{} {scope}", units::count(u64::from(plan.callers(scope)))))
        .collect();
    writeln!(out, "{}", say!("  capacity      callers: {callers}", callers = callers.join(", ")))?;
    writeln!(
        out,
        "{}",
        say!(
            "                warm-up {warm_up}, measured {measure}",
            warm_up = scaled(plan.capacity.warm_up),
            measure = scaled(plan.capacity.measure)
        )
    )?;
    writeln!(
        out,
        "{}",
        say!(
            "  claims        {id}",
            id = inert(&names(plan.claims.iter().map(|claim| claim.id.as_str()).collect()))
        )
    )?;
    match plan.only_simulated() {
        None => writeln!(
            out,
            "{}",
            say!(
                "  takes about   {expected_run_time}",
                expected_run_time = units::time(plan.expected_run_time())
            )
        ),
        Some(why) => writeln!(out, "{}", say!("  only simulated: {why}", why = only_simulated(why))),
    }
}
