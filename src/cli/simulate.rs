//! `poolbench simulate`: scenario → twin → record → report, without a server.

use std::num::NonZeroUsize;
use std::path::Path;
use std::time::{Duration, Instant};

use super::exit::{CliError, Exit};
use super::report::{Baselines, Printed};
use super::unmeasured::SimulateArgs;
use super::{output, report, runs, store};
use crate::archive::{self, Run};
use crate::inert::inert;
use crate::report::lang::say;
use crate::run::{HoldSource, Simulated};
use crate::twin::HoldLaw;
use crate::units;

pub(super) fn simulate(args: &SimulateArgs) -> Result<Exit, CliError> {
    let began = Instant::now();
    let plan = args.scenario.plan()?;
    let holds = match &args.holds_from {
        Some(path) => HoldSource::Record(Box::new(archive::load(path)?)),
        None => HoldSource::Law(args.holds.clone().unwrap_or(HoldLaw::Fixed)),
    };
    let threads = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let Simulated { run, requests } = crate::run::simulate(&plan, &holds, threads)?;
    let played = began.elapsed();
    let folder = save(&run, &args.out, &plan.scenario)?;
    let stored = began.elapsed();
    if args.record_only {
        let path = folder.join(archive::RECORD_FILE);
        output::print(format!("{}\n", inert(&path.display().to_string())).as_bytes())?;
    } else {
        let changes = Baselines::beside(&folder, None).changes(&run)?;
        report::show(run, &folder, Printed::asked(args.full), changes.as_ref())?;
    }
    runs::index(&args.out)?;
    if args.stats {
        output::note(&stats(requests, played, stored));
    }
    Ok(Exit::Pass)
}

/// The load takes no time, so the folder is made when there is something to put into it.
fn save(record: &Run, out: &Path, scenario: &str) -> Result<std::path::PathBuf, CliError> {
    let folder = store::make_folder(out, scenario)?;
    archive::save(record, &folder)?;
    store::point(out, &folder, store::LATEST_SIMULATED)?;
    Ok(folder)
}

fn stats(requests: u64, played: Duration, stored: Duration) -> String {
    let per_second = requests as f64 / played.as_secs_f64().max(1e-9);
    let memory = peak_memory_kib().map_or_else(String::new, |kib| {
        say!("; at most {memory} MiB of memory", memory = units::number(kib as f64 / 1024.0))
    });
    say!(
        "{requests} requests played in {played}, {rate}/s; record on disk after {stored}{memory}",
        requests = units::count(requests),
        played = units::time(played),
        rate = units::number(per_second),
        stored = units::time(stored),
        memory
    )
}

fn peak_memory_kib() -> Option<u64> {
    let told = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = told.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix("kB")?.trim().parse().ok()
}
