//! The router: takes a request and says how it ended, as an HTTP layer would. It knows neither
//! sessions nor SQL.

use std::time::Duration;

use super::service::{Play, Service};
use super::{Failed, Request, Witness};
use crate::pool::Pool;
use crate::record::Outcome;

/// How a request ended, with the move that failed and why, where one did.
pub type Response = (Outcome, Option<Failed>);

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

fn respond(done: Result<(), Failed>) -> Response {
    match done {
        Ok(()) => (Outcome::Completed, None),
        Err(failed) => (failed.outcome(), Some(failed)),
    }
}
