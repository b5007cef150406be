//! The router: takes a request and says how it ended, as an HTTP layer would. It knows neither
//! sessions nor SQL.

use std::time::Duration;

use super::service::{Play, Service};
use super::{Failure, Request, Witness};
use crate::pool::{AcquireError, Pool};
use crate::record::Outcome;

/// How a request ended, with the failure's words where it failed.
pub type Response = (Outcome, Option<Failure>);

/// `POST /submit`, or whatever the scenario's request is.
#[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice, as given and as used")]
pub fn submit<P: Pool, W: Witness>(
    service: &Service<P>,
    play: &Play,
    request: Request,
    witness: &mut W,
) -> impl Future<Output = Response> {
    async move { respond(service.submit(play, request, witness).await) }
}

/// A bystander's query.
pub async fn glance<P: Pool, W: Witness>(service: &Service<P>, time: Duration, witness: &mut W) -> Response {
    respond(service.glance(time, witness).await)
}

fn respond(done: Result<(), Failure>) -> Response {
    match done {
        Ok(()) => (Outcome::Completed, None),
        Err(failure) => {
            let outcome = match &failure {
                Failure::Acquire(AcquireError::TimedOut(_)) => Outcome::AcquireTimedOut,
                Failure::Acquire(AcquireError::Failed(_)) => Outcome::AcquireFailed,
                Failure::Sql(_) | Failure::Queue(_) => Outcome::WorkFailed,
            };
            (outcome, Some(failure))
        }
    }
}
