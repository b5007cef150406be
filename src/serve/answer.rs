//! Answers in JSON.

use std::time::Duration;

use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::jobs::{FailedRequest, Failure};
use crate::pool::AcquireError;

/// A job that was submitted.
#[derive(Debug, Serialize)]
struct SubmittedBody<'a> {
    id: i64,
    name: &'a str,
}

/// What went wrong: a code for programs, and words.
#[derive(Debug, Serialize)]
struct ErrorBody<'a> {
    error: ErrorDetail<'a>,
}

#[derive(Debug, Serialize)]
struct ErrorDetail<'a> {
    code: &'a str,
    message: &'a str,
    /// The job that was created before.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<i64>,
}

/// What is wrong with a request, or could not be done.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) job: Option<i64>,
    /// When to come again.
    pub(super) again: Option<Duration>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), job: None, again: None }
    }

    /// The same, with when to come again.
    pub(super) fn again(self, after: Duration) -> Self {
        Self { again: Some(after), ..self }
    }

    /// What became of a request that failed in the service.
    pub(super) fn of(failed: &FailedRequest, job: Option<i64>, again: Duration) -> Self {
        let message = format!("{}: {}", failed.step, failed.failure);
        let (status, code, comes_again) = match &failed.failure {
            Failure::Acquire(AcquireError::TimedOut(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "pool-timeout", true)
            }
            Failure::Acquire(AcquireError::Failed(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "no-connection", true)
            }
            Failure::Sql(_) => (StatusCode::INTERNAL_SERVER_ERROR, "statement-failed", false),
            Failure::Queue(_) => (StatusCode::BAD_GATEWAY, "queue-failed", false),
            Failure::Asked(_) => (StatusCode::BAD_GATEWAY, "failed-as-asked", false),
            Failure::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "stopping", true),
        };
        let problem = Self { job, ..Self::new(status, code, message) };
        if comes_again { problem.again(again) } else { problem }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, message, job, again } = self;
        let mut response = json(status, &ErrorBody { error: ErrorDetail { code, message: &message, job } });
        if let Some(again) = again {
            // In whole seconds, and never at once.
            let seconds = again.as_secs_f64().ceil().max(1.0) as u64;
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

pub(super) fn submitted(id: i64, name: &str) -> Response {
    let mut response = json(StatusCode::CREATED, &SubmittedBody { id, name });
    if let Ok(place) = HeaderValue::from_str(&format!("/jobs/{id}")) {
        response.headers_mut().insert(LOCATION, place);
    }
    response
}

pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    // What is answered here is numbers and texts, which are always JSON.
    ready(status, serde_json::to_string(body).unwrap_or_default())
}

/// JSON that was made by the server.
pub(super) fn ready(status: StatusCode, body: String) -> Response {
    typed(status, "application/json", body)
}

pub(super) fn typed(status: StatusCode, kind: &'static str, body: String) -> Response {
    let headers: [(HeaderName, HeaderValue); 1] = [(CONTENT_TYPE, HeaderValue::from_static(kind))];
    (status, headers, body).into_response()
}
