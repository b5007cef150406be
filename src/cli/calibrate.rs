//! `poolbench calibrate`: what the harness itself can do here.

use std::time::Duration;

use super::args::CalibrateArgs;
use super::exit::{CliError, Exit};
use super::output::note;
use super::progress::Rehearsal;
use super::servers::given;
use super::surroundings::completed;
use super::{figures, output, signals};
use crate::archive::save_calibration;
use crate::calibrate::{CalibrationError, CalibrationPlan, Effort, Pgbench, measure};
use crate::load::Stop;
use crate::pool::Address;
use crate::provision::{Durability, PostgresServer};
use crate::report::lang::{heard, say, word};
use crate::run::{Leftovers, RunError, Servers, Whose, Workplace};

/// Connections at once: those of the pools, and a few that are on their way out.
const ROOM: u32 = 50;

pub(super) fn calibrate(args: &CalibrateArgs) -> Result<Exit, CliError> {
    let (stop, leftovers) = (Stop::default(), Leftovers::default());
    signals::listen(stop.clone(), leftovers.clone());
    let (url, server) = match given(args.database_url.as_ref()) {
        Some(url) => (completed(url)?, None),
        None => {
            note(word("starting a throw-away Postgres"));
            let server = PostgresServer::start(Durability::ThrowAway)?;
            (server.url().clone(), Some(server))
        }
    };
    let address = Address::parse(&url).map_err(RunError::from)?;
    let in_schema = address.clone().in_schema(&args.schema);
    let pgbench = Pgbench::find(server.as_ref().map(PostgresServer::bin_dir), &in_schema);
    let plan = CalibrationPlan {
        effort: if args.quick { Effort::Quick } else { Effort::Full },
        in_flight: args.in_flight,
        address: in_schema,
        schema: args.schema.clone(),
        pgbench,
        stop,
    };
    let servers = Servers {
        database: url,
        database_is: if server.is_some() { Whose::ThrownAway } else { Whose::TheUsers },
        redis: None,
        redis_is: Whose::ThrownAway,
        database_from: String::new(),
        redis_from: String::new(),
        pooler: None,
        schema: args.schema.clone(),
    };
    let stop = plan.stop.clone();
    let mut view = Rehearsal::new().map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    let measured = in_own_schema(&servers, &stop, &leftovers, || {
        measure(&plan, |what| note(&say!("measuring: {what}", what = heard(what))), &mut |frame| {
            view.draws(frame)
        })
    });
    let record = match measured? {
        Err(CalibrationError::Stopped) => return Err(CliError::Stopped),
        measured => measured?.record(plan.effort),
    };
    if let Some(path) = &args.json {
        save_calibration(&record, path)
            .map_err(|source| CliError::Write { what: path.display().to_string(), source })?;
    }
    output::print(figures::table(&record).as_bytes())?;
    Ok(Exit::Pass)
}

/// Does something while poolbench's own schema is there, and drops it whatever came of it.
fn in_own_schema<T>(
    servers: &Servers,
    stop: &Stop,
    leftovers: &Leftovers,
    work: impl FnOnce() -> T,
) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    // Its connection stays open all the while: it keeps other runs out of the schema.
    let place = runtime.block_on(Workplace::open(servers, 1, ROOM, Duration::ZERO, leftovers, stop))?;
    let done = work();
    runtime.block_on(place.leave());
    signals::tell(leftovers);
    Ok(done)
}
