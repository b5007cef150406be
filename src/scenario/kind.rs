//! Kinds of requests beside the usual one.

use std::sync::Arc;

use super::{Operation, StepFailure};
use crate::itinerary::Workload;

/// A kind of requests beside the usual one, whose steps stand at the top of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestKind {
    /// What tables call it.
    pub name: String,
    /// Its share of all requests, above 0; the usual kind has what all others leave.
    pub share: f64,
    /// The steps with their times.
    pub workload: Arc<Workload>,
    /// What each step really does; same length as the workload's steps.
    pub operations: Vec<Operation>,
    /// For which requests of this kind each step fails; same length as the workload's steps.
    pub failures: Vec<StepFailure>,
}

/// What tables call the kind whose steps stand at the top of the scenario.
pub const USUAL: &str = "usual";

impl RequestKind {
    /// The most kinds beside the usual one.
    pub const MOST: usize = 20;
}
