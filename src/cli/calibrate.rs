//! `poolbench calibrate`: what the harness itself can do here.

use std::io::Write;

use super::args::CalibrateArgs;
use super::exit::{CliError, Exit};
use super::servers::given;
use super::{figures, output, signals};
use crate::archive::save_calibration;
use crate::calibrate::{CalibrationError, Effort, Pgbench, Plan, measure};
use crate::load::Stop;
use crate::pool::Address;
use crate::pool::admin::Admin;
use crate::provision::{Durability, PostgresServer};
use crate::run::RunError;
use crate::target::DatabaseUrl;

/// Connections at once: those of the pools, and a few that are on their way out.
const ROOM: u32 = 50;

pub(super) fn calibrate(args: &CalibrateArgs) -> Result<Exit, CliError> {
    let stop = Stop::default();
    signals::listen(stop.clone());
    let note = |words: &str| {
        let _ = writeln!(anstream::stderr().lock(), "poolbench: {words}");
    };
    let (url, server) = match given(args.database_url.as_deref()) {
        Some(url) => (DatabaseUrl::new(url), None),
        None => {
            note("starting a throw-away Postgres");
            let server = PostgresServer::start(Durability::ThrowAway)?;
            (server.url().clone(), Some(server))
        }
    };
    let pgbench = Pgbench::find(server.as_ref().map(PostgresServer::bin_dir), &url, &args.schema);
    let address = Address::parse(&url).map_err(RunError::from)?;
    let plan = Plan {
        effort: if args.quick { Effort::Quick } else { Effort::Full },
        in_flight: args.in_flight,
        address: address.clone().in_schema(&args.schema),
        schema: args.schema.clone(),
        pgbench,
        stop,
    };
    let measured =
        in_own_schema(&address, &args.schema, || measure(&plan, |what| note(&format!("measuring: {what}"))));
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
fn in_own_schema<T>(address: &Address, schema: &str, work: impl FnOnce() -> T) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|fault| CliError::Unexpected(fault.to_string()))?;
    // The connection stays open all the while: it keeps other runs out of the schema.
    let admin = runtime
        .block_on(async {
            let admin = Admin::connect(address).await?;
            admin.ensure_room(ROOM).await?;
            admin.make_schema(schema).await?;
            Ok(admin)
        })
        .map_err(RunError::Database)?;
    let done = work();
    runtime.block_on(admin.drop_schema(schema)).map_err(RunError::Database)?;
    Ok(done)
}
