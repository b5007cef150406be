//! `poolbench list`: what there is to run, and what was run.

use crate::report::lang::{heard, say, word};
use crate::report::wrap;
use std::io::Write;
use std::path::Path;

use super::args::ListArgs;
use super::exit::{CliError, Exit};
use super::{output, runs};
use crate::archive::{RECORD_FILE, Status, load};
use crate::hazard::HAZARDS;
use crate::inert::inert;
use crate::itinerary::SCOPES;
use crate::load::identity;
use crate::pool::PoolOptions;
use crate::run::library;
use crate::scenario::{BUILTIN, POOLS};

pub(super) fn list(args: &ListArgs) -> Result<Exit, CliError> {
    if args.runs {
        runs::list(&args.out)?;
        return Ok(Exit::Pass);
    }
    let mut text = Vec::new();
    // Writing to memory cannot fail.
    let _ = write_list(args, &mut text);
    output::print(&text)?;
    Ok(Exit::Pass)
}

fn write_list(args: &ListArgs, out: &mut impl Write) -> std::io::Result<()> {
    writeln!(out, "{}", say!("scenarios (poolbench run NAME)"))?;
    for builtin in BUILTIN {
        let why = builtin.scenario().map(|scenario| scenario.why).unwrap_or_default();
        writeln!(out, "{}", scenario(builtin.name, &why))?;
    }
    writeln!(out, "{}", say!("\nsession scopes"))?;
    for scope in SCOPES {
        writeln!(out, "  {:<18}{}", scope.name(), word(scope.meaning()))?;
    }
    writeln!(out, "{}", say!("\npool libraries"))?;
    let options = PoolOptions::default();
    for pool in POOLS {
        writeln!(out, "  {:<18}{}", pool.name(), identity(library(pool), &options))?;
    }
    writeln!(out, "{}", say!("\nhazards (poolbench hazard NAME)"))?;
    for hazard in HAZARDS {
        writeln!(out, "  {:<26}{}", hazard.name(), word(hazard.meaning()))?;
    }
    writeln!(out, "{}", say!("\nrecords in {out}", out = inert(&args.out.display().to_string())))?;
    records(&args.out, out)
}

/// A scenario with the first line of what it asks, or the first sentence of that in another language.
fn scenario(name: &str, why: &str) -> String {
    let name = format!("  {name:<18}");
    let whole = why.split_whitespace().collect::<Vec<_>>().join(" ");
    match heard(&whole) {
        told if told == whole => name + why.lines().next().unwrap_or_default(),
        told => wrap(told.split_inclusive('。').next().unwrap_or_default(), 80, &name, &" ".repeat(20)),
    }
}

fn records(folder: &Path, out: &mut impl Write) -> std::io::Result<()> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<_> = entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .filter(|path| path.join(RECORD_FILE).exists())
        .collect();
    folders.sort();
    if folders.is_empty() {
        writeln!(out, "{}", say!("  none yet"))?;
    }
    for path in folders {
        let name = inert(&path.file_name().unwrap_or_default().to_string_lossy());
        match load(&path) {
            Ok(record) => {
                let status = match record.status {
                    Status::Complete => word("complete"),
                    Status::Stopped => word("stopped"),
                    Status::Failed => word("ended by a fault"),
                };
                writeln!(out, "  {name}  {} {status}", inert(&record.created))?;
            }
            Err(fault) => writeln!(out, "  {name}  {}", inert(&fault.to_string()))?,
        }
    }
    Ok(())
}
