//! What the benches that need a database share.

use std::io::Write;
use std::time::Duration;

use poolbench::jobs::repository::tables;
use poolbench::pool::Address;
use poolbench::pool::admin::{Admin, AdminError, RunMark};
use poolbench::provision::{Durability, PostgresServer};
use tokio::runtime::Runtime;

const SCHEMA: &str = "poolbench";

/// A throw-away Postgres with the tables of the job service. It is gone when this is dropped.
pub(crate) struct Database {
    pub(crate) address: Address,
    pub(crate) runtime: Runtime,
    _server: PostgresServer,
}

impl Database {
    /// Starts one. Without the programs it says so, loudly, and the bench is skipped.
    pub(crate) fn start(bench: &str) -> Option<Self> {
        match Self::try_start() {
            Ok(database) => Some(database),
            Err(fault) => {
                let mut stderr = std::io::stderr().lock();
                let _ = writeln!(stderr, "\nSKIPPED: {bench} needs a PostgreSQL of its own: {fault}\n");
                None
            }
        }
    }

    fn try_start() -> Result<Self, Box<dyn std::error::Error>> {
        let server = PostgresServer::start(Durability::ThrowAway)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let address = Address::parse(server.url())?;
        runtime.block_on(async {
            let admin = Admin::connect(&address, "poolbench bench").await?;
            admin.make_schema(SCHEMA, &RunMark("bench".to_owned())).await?;
            admin.make_tables(&tables(SCHEMA)).await?;
            Ok::<_, AdminError>(())
        })?;
        Ok(Self { address: address.in_schema(SCHEMA), runtime, _server: server })
    }
}

/// Long enough for a median on a machine of one's own, short enough for a coffee.
pub(crate) const WARM_UP: Duration = Duration::from_millis(500);
