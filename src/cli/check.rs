//! `poolbench check`: what a run would do, without doing it.

use std::io::Write;
use std::time::Duration;

use super::args::CheckArgs;
use super::exit::{CliError, Exit};
use super::output;
use crate::inert::inert;
use crate::itinerary::phase_table;
use crate::plan::Plan;
use crate::run::only_simulated;
use crate::units;

pub(super) fn check(args: &CheckArgs) -> Result<Exit, CliError> {
    let plan = args.scenario.plan()?;
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = describe(&plan, &mut text);
    output::print(&text)?;
    Ok(Exit::Pass)
}

fn describe(plan: &Plan, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}: {} is sound", inert(&plan.scenario), inert(&plan.request))?;
    for line in plan.why.lines() {
        writeln!(out, "  {}", inert(line.trim()))?;
    }
    itineraries(plan, out)?;
    acts(plan, out)
}

fn itineraries(plan: &Plan, out: &mut impl Write) -> std::io::Result<()> {
    for &scope in &plan.scopes {
        let itinerary = plan.itinerary(scope);
        writeln!(out, "\n{scope}: {}", scope.meaning())?;
        writeln!(out, "  moves  {}", inert(&itinerary.spelled()))?;
        for row in phase_table(&itinerary) {
            let step = inert(&row.step);
            writeln!(out, "  {step:<16}{:>10}  {}", units::time(row.time), row.connection.words())?;
        }
        writeln!(
            out,
            "  holds a connection for {} of {}, idle for {}; at most {} at once",
            units::time(itinerary.hold_time()),
            units::time(plan.workload.request_time()),
            units::time(itinerary.idle_hold()),
            itinerary.most_held(),
        )?;
        let hold = itinerary.hold_time().as_secs_f64();
        if hold > 0.0 {
            let carries = f64::from(plan.pool.size) / hold;
            let share = plan.load.rate.as_per_second() / carries;
            writeln!(
                out,
                "  {} connections carry at most {}/s; {} offered is {} of that",
                plan.pool.size,
                units::number(carries),
                plan.load.rate,
                units::percent(share),
            )?;
        }
    }
    Ok(())
}

fn acts(plan: &Plan, out: &mut impl Write) -> std::io::Result<()> {
    let names = |items: Vec<&str>| items.join(", ");
    let scaled = |time: Duration| units::time(plan.time_scale.scaled(time));
    writeln!(out, "\nplan, at time scale {}, seed {}:", plan.time_scale, plan.seed)?;
    writeln!(out, "  pools         {}", names(plan.pools.iter().map(String::as_str).collect()))?;
    writeln!(
        out,
        "  each          {} connections, acquire timeout {} ({} as driven)",
        plan.pool.size,
        units::time(plan.pool.acquire_timeout),
        scaled(plan.pool.acquire_timeout),
    )?;
    writeln!(out, "  anatomy       one request a scope, {}", scaled(plan.workload.request_time()))?;
    writeln!(
        out,
        "  side by side  {} arrivals, {} ({} as driven)",
        plan.load.arrivals.word(),
        plan.load.rate,
        plan.load.rate.scaled(plan.time_scale),
    )?;
    let phases = &plan.phases;
    writeln!(
        out,
        "                warm-up {}, measured {}, drain at most {}",
        scaled(phases.warm_up),
        scaled(phases.measure),
        scaled(phases.drain)
    )?;
    let callers: Vec<String> = plan
        .scopes
        .iter()
        .map(|&scope| format!("{} {scope}", units::count(u64::from(plan.callers(scope)))))
        .collect();
    writeln!(out, "  capacity      callers: {}", callers.join(", "))?;
    writeln!(
        out,
        "                warm-up {}, measured {}",
        scaled(plan.capacity.warm_up),
        scaled(plan.capacity.measure)
    )?;
    writeln!(
        out,
        "  claims        {}",
        inert(&names(plan.claims.iter().map(|claim| claim.id.as_str()).collect()))
    )?;
    match plan.only_simulated() {
        None => writeln!(out, "  takes about   {}", units::time(plan.expected_run_time())),
        Some(why) => writeln!(out, "  only simulated: {}", only_simulated(why)),
    }
}
