//! The router of the load: takes a request and says how it ended, as an HTTP layer would. It knows
//! neither sessions nor SQL.

use std::time::Duration;

use super::service::{Play, Service};
use super::{FailedRequest, Observer, Request};
use crate::pool::Pool;
use crate::record::Outcome;

/// How a request ended, with the move that failed and why, where one did.
pub type Response = (Outcome, Option<FailedRequest>);

/// `POST /submit`, or whatever the scenario's request is.
#[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice, as given and as used")]
pub fn submit<P: Pool, W: Observer>(
    service: &Service<P>,
    play: &Play,
    mut request: Request,
    observer: &mut W,
) -> impl Future<Output = Response> {
    async move { respond(service.submit(play, &mut request, observer).await) }
}

/// A bystander's query.
pub async fn glance<P: Pool, W: Observer>(
    service: &Service<P>,
    time: Duration,
    observer: &mut W,
) -> Response {
    respond(service.glance(time, observer).await)
}

fn respond(done: Result<(), FailedRequest>) -> Response {
    match done {
        Ok(()) => (Outcome::Completed, None),
        Err(failed) => (failed.outcome(), Some(failed)),
    }
}
