//! What the steps of a workload really do: built-in operations, own statements, a queue, time.

use std::str::FromStr;
use std::time::Duration;

use crate::itinerary::Creates;

/// What one step does; its name and time stand in the workload.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Runs on the connection.
    Sql(SqlOperation),
    /// Enqueues, and waits for the rest of its time.
    Queue,
    /// Passes time outside the database.
    Work,
    /// Computes.
    Compute,
}

impl Operation {
    /// The word in records.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Sql(operation) => operation.word(),
            Self::Queue => "enqueue",
            Self::Work => "wait",
            Self::Compute => "compute",
        }
    }

    /// Whether it creates the job of the request.
    #[must_use]
    pub fn creates(&self) -> Creates {
        match self {
            Self::Sql(SqlOperation::CreateJob | SqlOperation::CreateJobWithAllocation) => Creates::Job,
            Self::Sql(_) | Self::Queue | Self::Work | Self::Compute => Creates::Nothing,
        }
    }
}

/// For which requests a step fails, because the scenario asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepFailure {
    /// Share of the requests that come to the step, in [0, 1].
    pub share: f64,
    /// How long the step takes for those until it fails, where it is not as long as for the others.
    pub after: Option<Duration>,
}

/// What an SQL step does: a built-in repository method, or statements of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub enum SqlOperation {
    /// Inserts a job, and reads it back.
    CreateJob,
    /// Sets the state of this request's job.
    UpdateJobState,
    /// Inserts a job and its resource allocation, both or neither.
    CreateJobWithAllocation,
    /// The scenario's own statements, in one transaction.
    Statements(Vec<Statement>),
}

/// The names of the built-in operations in scenario files.
pub(super) const OPERATIONS: [&str; 3] = ["create-job", "update-job-state", "create-job-with-allocation"];

impl FromStr for SqlOperation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "create-job" => Ok(Self::CreateJob),
            "update-job-state" => Ok(Self::UpdateJobState),
            "create-job-with-allocation" => Ok(Self::CreateJobWithAllocation),
            _ => Err(format!(
                "write one of {}, or give the step \"statements\" of its own",
                OPERATIONS.join(", ")
            )),
        }
    }
}

impl SqlOperation {
    /// The name in scenario files and records.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::CreateJob => OPERATIONS[0],
            Self::UpdateJobState => OPERATIONS[1],
            Self::CreateJobWithAllocation => OPERATIONS[2],
            Self::Statements(_) => "statements",
        }
    }
}

/// One statement with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// The text, with `$1`, `$2`, … for the parameters.
    pub sql: String,
    /// The parameters, in order.
    pub parameters: Vec<Parameter>,
}

/// A parameter of a statement, sent apart from its text.
#[derive(Debug, Clone, PartialEq)]
pub enum Parameter {
    /// A `bigint`.
    Integer(i64),
    /// A `double precision`.
    Float(f64),
    /// A `boolean`.
    Boolean(bool),
    /// A `text`.
    Text(String),
    /// A value of the request.
    Variable(Variable),
}

/// A value of the request that a parameter can stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// `$request`: a number of the request, unique in the run; a `bigint`.
    Request,
    /// `$job`: the id of the job that this request created, a `bigint`; 0 before.
    Job,
}

impl Parameter {
    /// A text, or the variable that it names; `$$` stands for a dollar sign.
    pub(super) fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "$request" => Ok(Self::Variable(Variable::Request)),
            "$job" => Ok(Self::Variable(Variable::Job)),
            _ => match text.strip_prefix('$') {
                None => Ok(Self::Text(text.to_owned())),
                Some(rest) if rest.starts_with('$') => Ok(Self::Text(rest.to_owned())),
                Some(_) => Err("the variables are $request and $job; write $$ for a dollar sign".to_owned()),
            },
        }
    }
}
