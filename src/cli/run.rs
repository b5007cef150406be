//! `poolbench run`: scenario → servers → three acts → record → report.

use std::io::Write;
use std::time::Duration;

use super::args::RunArgs;
use super::exit::{CliError, Exit};
use super::progress::Progress;
use super::{report, servers, signals, store};
use crate::archive::{self, RunRecord, Status};
use crate::calibrate::ceiling;
use crate::load::Stop;
use crate::run::{conduct, only_simulated, plan_record};
use crate::units;

pub(super) fn run(args: &RunArgs) -> Result<Exit, CliError> {
    let scenario = args.scenario.load()?;
    if let Some(why) = only_simulated(&plan_record(&scenario)) {
        return Err(CliError::Usage(why.to_owned()));
    }
    let stop = Stop::default();
    signals::listen(stop.clone());
    let folder = store::make_folder(&args.out, &scenario.name)?;
    let record = (|| {
        note(args, "starting servers");
        let provided = servers::provide(&args.servers)?;
        if stop.is_stopped() {
            return Err(CliError::Stopped);
        }
        note(args, &format!("Postgres: {}", provided.servers.database_from));
        note(args, &format!("queue: {}", queue_words(&provided.servers)));
        note(
            args,
            &format!("working in the schema \"{}\", which is dropped at the end", args.servers.schema),
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
        let proof = args.prove_scale.then(|| scenario.time_scale.other());
        let mut progress = Progress::new(&scenario, args.quiet);
        note(args, "measuring what the harness itself carries here");
        // A ceiling that cannot be told is missing in the report; the run does not depend on it.
        let ceiling = ceiling(&stop).ok();
        let mut record =
            runtime.block_on(conduct(&scenario, &provided.servers, proof, &stop, &mut progress))?;
        log_operations(args, &record);
        record.ceiling = ceiling;
        // Saved before anything is judged, and before the servers take their time to stop.
        archive::save(&record, &folder)?;
        Ok(record)
    })();
    let record = match record {
        Ok(record) => record,
        Err(fault) => {
            // Nothing was measured: an empty folder would only be in the way.
            let _ = std::fs::remove_dir(&folder);
            return Err(fault);
        }
    };
    store::point_latest(&args.out, &folder)?;
    report::show(&record, &folder)?;
    Ok(match record.status {
        Status::Complete => Exit::Pass,
        Status::Stopped => Exit::Stopped,
        Status::Failed => Exit::Environment,
    })
}

fn queue_words(servers: &crate::run::Servers) -> String {
    match servers.redis {
        Some(_) => format!("Redis: {}", servers.redis_from),
        None => format!("a delay alone ({})", servers.redis_from),
    }
}

/// A line for each database operation of the anatomy, with its time, as the job service would log.
fn log_operations(args: &RunArgs, record: &RunRecord) {
    let on_the_database = |word: &str| {
        ["begin", "commit", "rollback"].contains(&word)
            || record.plan.steps.iter().any(|step| step.name == word && step.kind == "sql")
    };
    for trace in &record.anatomy {
        for step in trace.moves.iter().filter(|step| on_the_database(&step.word)) {
            let time = Duration::from_nanos(step.to_ns.saturating_sub(step.from_ns));
            note(args, &format!("{}, {}: {} took {}", trace.pool, trace.scope, step.word, units::time(time)));
        }
    }
}

fn note(args: &RunArgs, words: &str) {
    if !args.quiet {
        let _ = writeln!(anstream::stderr().lock(), "poolbench: {words}");
    }
}
