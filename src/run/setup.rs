//! The tables of a run: poolbench's own, and the scenario's. Each lane has them in a schema of its
//! own, so that what one lane locks no other one waits for.

use std::time::Duration;

use super::fault::{RunError, cut_off};
use super::watch::LaneLabel;
use super::{RunContext, SETTLE};
use crate::jobs::repository::tables;
use crate::load::Stop;
use crate::plan::Plan;
use crate::pool::admin::{Admin, AdminError, BackendSignal, Named, run_setup};
use crate::scenario::{Operation, SqlOperation};

/// How long the scenario's own setup statements may take in one schema.
const SETUP: Duration = Duration::from_secs(600);

/// Ends when the server no longer answers, with why.
async fn silence(admin: &Admin) -> AdminError {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Err(fault) = admin.version().await {
            return fault;
        }
    }
}

impl RunContext<'_> {
    /// The schema that a lane works in.
    pub(super) fn schema_of(&self, label: LaneLabel) -> &str {
        &self.place.schemas()[self.lane_number(label)]
    }

    /// Makes the tables of every lane, poolbench's own and the scenario's.
    pub(super) async fn set_up(&self, stop: &Stop) -> Result<(), RunError> {
        for schema in self.place.schemas() {
            let admin = self.place.admin().await?;
            admin.make_tables(&tables(schema)).await?;
            if has_own_statements(self.plan) {
                self.set_up_own(&admin, schema, stop).await?;
            }
        }
        Ok(())
    }

    async fn set_up_own(&self, admin: &Admin, schema: &str, stop: &Stop) -> Result<(), RunError> {
        let address = self.place.address().clone().in_schema(schema);
        let name = self.place.name("setup");
        let setup = run_setup(&address, &name, schema, &self.plan.setup);
        // Statements may take minutes; a server that answers nobody meanwhile is not waited for.
        let setup = async {
            tokio::select! {
                done = setup => done,
                fault = silence(admin) => Err(fault),
            }
        };
        match stop.cuts(SETUP, setup).await {
            Ok(done) => Ok(done?),
            Err(cut) => {
                // The server would go on with the statement that was given up.
                let _ = stop.within(SETTLE, admin.end(Named::Exactly(&name), BackendSignal::Terminate)).await;
                Err(cut_off(cut, "the scenario's setup", SETUP))
            }
        }
    }
}

/// Whether statements run that do not name their schema: the scenario's own.
#[must_use]
pub fn has_own_statements(plan: &Plan) -> bool {
    let own = |operation: &Operation| matches!(operation, Operation::Sql(SqlOperation::Statements(statements)) if !statements.is_empty());
    !plan.setup.is_empty() || plan.all_kinds().any(|kind| kind.operations.iter().any(own))
}
