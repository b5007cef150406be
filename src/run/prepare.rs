//! The scenario's own statements, prepared before any act.

use std::time::Duration;

use super::fault::{RefusedStatement, RunError, cut_off};
use super::setup::has_own_statements;
use super::{Left, Leftovers, RunContext, Servers, enter};
use crate::load::Stop;
use crate::plan::Plan;
use crate::pool::admin::{self, Refusal};
use crate::pool::{Sql, Value};
use crate::scenario::{Operation, Parameter, SqlOperation, Statement};

/// How long preparing all statements may take.
const PREPARING: Duration = Duration::from_secs(60);

/// What came of preparing the statements of a plan.
#[derive(Debug)]
pub struct Prepared {
    /// How many statements Postgres takes, or why there is no telling.
    pub taken: Result<usize, RunError>,
    /// What of poolbench's could not be removed from the server.
    pub left: Vec<Left>,
}

/// Runs a plan's setup and prepares its own statements in poolbench's own schema, which is dropped
/// afterwards. No statement of a step is run.
pub async fn prepare(plan: &Plan, servers: &Servers, leftovers: &Leftovers, stop: &Stop) -> Prepared {
    let place = match enter(servers, (1, CONNECTIONS), Duration::ZERO, leftovers, stop).await {
        Ok(place) => place,
        Err(fault) => return Prepared { taken: Err(fault), left: leftovers.list() },
    };
    let context = RunContext { plan, servers, place: &place, misuse: None };
    let taken = async {
        context.set_up(stop).await?;
        context.ensure_prepared(stop).await
    };
    let taken = taken.await;
    Prepared { taken, left: place.leave().await }
}

/// The one that works beside the connection that is there already.
const CONNECTIONS: u32 = 1;

/// An own statement, and where it stands.
struct Own<'p> {
    step: &'p str,
    number: usize,
    of: usize,
    statement: &'p Statement,
    /// Whether a statement before it may make what it names.
    after_others: bool,
}

impl RunContext<'_> {
    /// Prepares every own statement once; answers how many there are.
    ///
    /// A statement that names what is not there yet, after another one of the request that may make
    /// it, is left to the anatomy.
    pub(super) async fn ensure_prepared(&self, stop: &Stop) -> Result<usize, RunError> {
        let own = own_statements(self.plan);
        if !has_own_statements(self.plan) || own.is_empty() {
            return Ok(0);
        }
        let texts: Vec<(Sql, Vec<Value<'_>>)> = own
            .iter()
            .map(|it| (Sql::new(&*it.statement.sql), it.statement.parameters.iter().map(value).collect()))
            .collect();
        // The setup is the same in all of them, so what one takes all take.
        let schema = &self.place.schemas()[0];
        let address = self.place.address().clone().in_schema(schema);
        let name = self.place.name("prepare");
        let refusals = admin::prepare(&address, &name, schema, &texts);
        let refusals = match stop.cuts(PREPARING, refusals).await {
            Ok(refusals) => refusals?,
            Err(cut) => return Err(cut_off(cut, "preparing the scenario's statements", PREPARING)),
        };
        let refused: Vec<RefusedStatement> = own
            .iter()
            .zip(refusals)
            .filter_map(|(it, refusal)| Some((it, refusal?)))
            .filter(|(it, refusal)| !(it.after_others && refusal.misses_something()))
            .map(|(it, refusal)| it.refused(refusal))
            .collect();
        if refused.is_empty() { Ok(own.len()) } else { Err(RunError::Refused(refused)) }
    }
}

impl Own<'_> {
    fn refused(&self, refusal: Refusal) -> RefusedStatement {
        let Self { step, number, of, statement, .. } = self;
        RefusedStatement {
            step: (*step).to_owned(),
            number: *number,
            of: *of,
            sql: statement.sql.clone(),
            refusal,
        }
    }
}

/// The plan's own statements, in the order in which a request runs them.
fn own_statements(plan: &Plan) -> Vec<Own<'_>> {
    let mut own = Vec::new();
    let mut after_others = false;
    let steps = plan.all_kinds().flat_map(|kind| kind.workload.steps.iter().zip(kind.operations));
    for (step, operation) in steps {
        let Operation::Sql(SqlOperation::Statements(statements)) = operation else { continue };
        for (at, statement) in statements.iter().enumerate() {
            own.push(Own { step: &step.name, number: at + 1, of: statements.len(), statement, after_others });
            after_others = after_others || may_make_something(&statement.sql);
        }
    }
    own
}

/// Whether a statement is none of those that only read and write rows, or a `select … into`.
fn may_make_something(sql: &str) -> bool {
    let start = sql.trim_start_matches(|c: char| c.is_whitespace() || c == '(');
    let first = start.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match first.to_ascii_lowercase().as_str() {
        "insert" | "update" | "delete" | "merge" | "values" | "table" => false,
        "select" | "with" => sql.to_ascii_lowercase().contains("into"),
        _ => true,
    }
}

/// A value of the type that the parameter has in the load.
fn value(parameter: &Parameter) -> Value<'_> {
    match parameter {
        Parameter::Integer(value) => Value::Integer(*value),
        Parameter::Float(value) => Value::Float(*value),
        Parameter::Boolean(value) => Value::Boolean(*value),
        Parameter::Text(value) => Value::Text(value),
        Parameter::Variable(_) => Value::Integer(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_and_writes_rows_makes_nothing() {
        for rows in ["select 1", "  INSERT into t", "(select 1)", "With x as (select 1) select 2", "table t"]
        {
            assert!(!may_make_something(rows), "{rows}");
        }
        for others in [
            "create temp table t ()",
            "do $$ $$",
            "call p()",
            "select 1 into t",
            "-- select\ncreate table t ()",
            "",
        ] {
            assert!(may_make_something(others), "{others}");
        }
    }
}
