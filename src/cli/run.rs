//! `poolbench run`: scenario → servers → three acts → record → report.

mod http;

use std::path::Path;
use std::time::Duration;

use super::args::RunArgs;
use super::exit::{CliError, Exit};
use super::progress::Progress;
use super::report::{Baselines, Printed};
use super::{gate, output, report, runs, servers, signals, store};
use crate::archive::{self, Run, Status, StoreError};
use crate::calibrate::ceiling;
use crate::inert::inert;
use crate::itinerary::StepKind;
use crate::load::Stop;
use crate::plan::{Plan, Seen};
use crate::report::lang::{heard, say, word};
use crate::run::{Brief, Conducted, Leftovers, RunError, conduct};
use crate::units;

pub(super) fn run(args: &RunArgs) -> Result<Exit, CliError> {
    let plan = http::plan(args)?;
    if args.asked.is_anything() && !args.gate {
        let why = "what a run is judged by needs --gate; give it, or leave --baseline and --objective out";
        return Err(CliError::Usage(why.to_owned()));
    }
    if let Some(why) = plan.only_simulated() {
        return Err(RunError::OnlySimulated(why).into());
    }
    let (stop, leftovers) = (Stop::default(), Leftovers::default());
    signals::listen(stop.clone(), leftovers.clone());
    let folder = store::make_folder(&args.out, &plan.scenario)?;
    let mut keeper = Keeper { args, folder: &folder, fault: None };
    let conducted = match plan.seen() {
        Seen::FromInside => measure(args, &plan, &stop, &leftovers, &mut keeper),
        Seen::FromOutside => http::measure(args, &plan, &stop, &mut |record| keeper.keep(record)),
    };
    signals::tell(&leftovers);
    match conducted {
        Ok(Conducted { record: Some(record), fault, left }) => {
            let status = record.status;
            if !folder.join(archive::RECORD_FILE).exists() {
                // Somebody removed the folder since.
                keeper.keep(&record);
            }
            // The record goes to whoever shows it.
            let judged = args.gate.then(|| record.clone());
            let shown = show(record, args, &folder);
            let whole = fault.map_or(Ok(()), |fault| Err(fault.into()));
            whole.and(keeper.done()).and(shown)?;
            match status {
                Status::Stopped => Ok(Exit::Stopped),
                _ if !left.is_empty() => Ok(Exit::Environment),
                Status::Complete | Status::Failed => {
                    let name = folder.display().to_string();
                    judged.map_or(Ok(Exit::Pass), |record| {
                        gate::pass(&[(&archive::as_stored(record), name)], &args.asked)
                    })
                }
            }
        }
        nothing => {
            // Nothing was measured: an empty folder would only be in the way.
            let _ = std::fs::remove_dir(&folder);
            let fault = nothing.map(|conducted| conducted.fault);
            Err(fault?.map_or(CliError::Stopped, CliError::from))
        }
    }
}

/// Starts the servers, runs the acts, and ends the servers.
fn measure(
    args: &RunArgs,
    plan: &Plan,
    stop: &Stop,
    leftovers: &Leftovers,
    keeper: &mut Keeper<'_>,
) -> Result<Conducted, CliError> {
    note(args, word("starting servers"));
    let provided = servers::provide_until(stop, &args.servers, &[plan])?;
    note(args, &postgres_words(&provided.servers));
    note(args, &queue_words(&provided.servers));
    let schema = &args.servers.schema;
    note(
        args,
        &say!(
            "working in the schema \"{schema}\", and one for each further lane, dropped at the end",
            schema
        ),
    );
    note(args, word("measuring what the harness itself carries here"));
    let brief = Brief {
        plan,
        servers: &provided.servers,
        proof: args.prove_scale.then(|| plan.time_scale.other()),
        // A ceiling that cannot be told is missing in the report; the run does not depend on it.
        ceiling: ceiling(stop).ok(),
        leftovers: leftovers.clone(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    let mut progress = Progress::new(plan, args.quiet);
    let conducted = runtime.block_on(conduct(brief, stop, &mut progress, &mut |record| keeper.keep(record)));
    provided.end(stop);
    Ok(conducted)
}

/// Shows what was measured, whatever becomes of the files.
fn show(record: Run, args: &RunArgs, folder: &Path) -> Result<(), CliError> {
    if args.log {
        log_operations(args, &record);
    }
    // That it is missing is for the gate to say.
    let changes = Baselines::beside(folder, args.asked.only_baseline()).changes(&record).ok().flatten();
    let shown = report::show(record, folder, Printed::asked(args.full), changes.as_ref());
    let pointed = store::point(&args.out, folder, store::LATEST);
    shown.and(pointed).and(runs::index(&args.out))
}

/// Saves the record after every act. A folder that is out of reach at one act may be there again
/// at the next, and the run goes on without it: what it measures is shown in any case.
struct Keeper<'a> {
    args: &'a RunArgs,
    folder: &'a Path,
    /// Why it could not be saved the last time.
    fault: Option<StoreError>,
}

impl Keeper<'_> {
    fn keep(&mut self, record: &Run) {
        // Somebody may have removed it.
        let _ = std::fs::create_dir_all(self.folder);
        self.fault = archive::save(record, self.folder).err();
        if let Some(fault) = &self.fault {
            note(self.args, &say!("{fault}; it is tried again after the next act", fault));
        }
    }

    fn done(self) -> Result<(), CliError> {
        self.fault.map_or(Ok(()), |fault| Err(fault.into()))
    }
}

/// Which Postgres it is.
pub(super) fn postgres_words(servers: &crate::run::Servers) -> String {
    // Of a server of the user the address follows.
    match servers.database_from.strip_prefix("yours, at ") {
        Some(place) => say!("Postgres: yours, at {place}", place),
        None => say!("Postgres: {from}", from = heard(&servers.database_from)),
    }
}

fn queue_words(servers: &crate::run::Servers) -> String {
    match servers.redis {
        Some(_) => say!("queue: Redis: {from}", from = heard(&servers.redis_from)),
        None => say!("queue: a delay alone ({from})", from = heard(&servers.redis_from)),
    }
}

/// A line for each database operation of the anatomy, with its time, as the job service would log.
fn log_operations(args: &RunArgs, record: &Run) {
    let on_the_database = |word: &str| {
        ["begin", "commit", "rollback"].contains(&word)
            || record.plan.workload.steps.iter().any(|step| step.name == word && step.kind == StepKind::Sql)
    };
    for trace in &record.anatomy {
        for step in trace.moves.iter().filter(|step| on_the_database(&step.word)) {
            let time = Duration::from_nanos(step.to.saturating_sub(step.from));
            note(
                args,
                &say!(
                    "{pool}, {scope}: {step} took {time}",
                    pool = trace.pool,
                    scope = trace.scope,
                    step = inert(&step.word),
                    time = units::time(time)
                ),
            );
        }
    }
}

fn note(args: &RunArgs, words: &str) {
    if !args.quiet {
        output::note(words);
    }
}
