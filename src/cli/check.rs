//! `poolbench check`: what a run would do, without doing it.

use std::io::Write;
use std::time::Duration;

use super::args::CheckArgs;
use super::exit::{CliError, Exit};
use super::output;
use crate::inert::inert;
use crate::itinerary::phase_table;
use crate::scenario::Scenario;
use crate::units;

pub(super) fn check(args: &CheckArgs) -> Result<Exit, CliError> {
    let scenario = args.scenario.load()?;
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = describe(&scenario, &mut text);
    output::print(&text)?;
    Ok(Exit::Pass)
}

fn describe(scenario: &Scenario, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}: {} is sound", inert(&scenario.name), inert(&scenario.request))?;
    for line in scenario.why.lines() {
        writeln!(out, "  {}", inert(line.trim()))?;
    }
    itineraries(scenario, out)?;
    plan(scenario, out)
}

fn itineraries(scenario: &Scenario, out: &mut impl Write) -> std::io::Result<()> {
    for &scope in &scenario.scopes {
        let itinerary = scenario.itinerary(scope);
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
            units::time(scenario.workload.request_time()),
            units::time(itinerary.idle_hold()),
            itinerary.most_held(),
        )?;
        let hold = itinerary.hold_time().as_secs_f64();
        if hold > 0.0 {
            let carries = f64::from(scenario.pool.size) / hold;
            let share = scenario.load.rate.as_per_second() / carries;
            writeln!(
                out,
                "  {} connections carry at most {}/s; {} offered is {} of that",
                scenario.pool.size,
                units::number(carries),
                scenario.load.rate,
                units::percent(share),
            )?;
        }
    }
    Ok(())
}

fn plan(scenario: &Scenario, out: &mut impl Write) -> std::io::Result<()> {
    let names = |items: Vec<&str>| items.join(", ");
    let scaled = |time: Duration| units::time(scenario.time_scale.scaled(time));
    writeln!(out, "\nplan, at time scale {}, seed {}:", scenario.time_scale, scenario.seed)?;
    writeln!(out, "  pools         {}", names(scenario.pools.iter().map(|pool| pool.name()).collect()))?;
    writeln!(
        out,
        "  each          {} connections, acquire timeout {} ({} as driven)",
        scenario.pool.size,
        units::time(scenario.pool.acquire_timeout),
        scaled(scenario.pool.acquire_timeout),
    )?;
    writeln!(out, "  anatomy       one request a scope, {}", scaled(scenario.workload.request_time()))?;
    writeln!(
        out,
        "  side by side  {} arrivals, {} ({} as driven)",
        scenario.load.arrivals.word(),
        scenario.load.rate,
        scenario.load.rate.scaled(scenario.time_scale),
    )?;
    let phases = &scenario.phases;
    writeln!(
        out,
        "                warm-up {}, measured {}, drain at most {}",
        scaled(phases.warm_up),
        scaled(phases.measure),
        scaled(phases.drain)
    )?;
    let callers: Vec<String> = scenario
        .scopes
        .iter()
        .map(|&scope| format!("{} {scope}", units::count(u64::from(scenario.callers(scope)))))
        .collect();
    writeln!(out, "  capacity      callers: {}", callers.join(", "))?;
    writeln!(
        out,
        "                warm-up {}, measured {}",
        scaled(scenario.capacity.warm_up),
        scaled(scenario.capacity.measure)
    )?;
    writeln!(
        out,
        "  claims        {}",
        inert(&names(scenario.claims.iter().map(|claim| claim.id.as_str()).collect()))
    )?;
    writeln!(out, "  takes about   {}", units::time(scenario.expected_run_time()))
}
