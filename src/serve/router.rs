//! The router: HTTP and nothing else. It reads what is asked, has it done at the desk, and says in
//! HTTP what came of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, MatchedPath, Path, Query, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Method, Request, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rand::TryRng;
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::answer::{Problem, json, ready, submitted, typed};
use super::desk::{Answered, Asked, Desk};
use super::journal::Journal;
use super::metrics::Metrics;
use super::observer::milliseconds;
use crate::jobs::repository::{JobState, Lookup};

/// The most bytes that a body may have.
pub(super) const MOST_BODY: usize = 16 * 1024;

/// The most characters that a name may have.
pub(super) const MOST_NAME: usize = 200;

/// How long a client may take to send a body.
const BODY: Duration = Duration::from_secs(10);

/// The header that names a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The most characters that a client's own id may have.
const MOST_ID: usize = 128;

/// What all handlers have.
#[derive(Debug, Clone)]
struct Front {
    desk: Desk,
    metrics: Arc<Metrics>,
    journal: Journal,
    /// When to come again after a pool that was short.
    again: Duration,
}

/// The id of a request.
#[derive(Debug, Clone)]
struct RequestId(Arc<str>);

pub(super) fn router(desk: Desk, metrics: Arc<Metrics>, journal: Journal, again: Duration) -> Router {
    let front = Front { desk, metrics, journal, again };
    Router::new()
        .route("/submit", post(submit))
        .route("/jobs", get(jobs))
        .route("/jobs/{id}", get(job))
        .route("/healthz", get(healthz))
        .route("/metrics", get(metrics_text))
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "no-such-path", "there is no such path"))
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "wrong-method",
                "this path does not take this method",
            )
        })
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .layer(middleware::from_fn_with_state(front.clone(), note))
        .with_state(front)
}

/// Names every request, and notes how it was answered.
async fn note(
    State(front): State<Front>,
    route: Option<MatchedPath>,
    mut request: Request<axum::body::Body>,
    next: Next,
) -> Response {
    let began = Instant::now();
    let id = id_of(request.headers().get(REQUEST_ID));
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = known(request.method());
    let route = route.map_or_else(|| "none".to_owned(), |route| route.as_str().to_owned());
    front.metrics.in_flight.inc();
    let counted = InFlight(front.metrics.clone());
    let mut response = next.run(request).await;
    drop(counted);
    let (status, took) = (response.status().as_u16(), began.elapsed());
    front.metrics.answered(method, &route, status, took);
    let took = milliseconds(took);
    front.journal.note(|| format!("request={id} http={method} route={route} status={status} took_ms={took}"));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// Counts a request as in flight, also where its client goes away.
struct InFlight(Arc<Metrics>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.dec();
    }
}

/// The client's own id where it is plain and short, and a new one otherwise.
fn id_of(given: Option<&HeaderValue>) -> Arc<str> {
    let plain = |id: &&str| {
        !id.is_empty()
            && id.len() <= MOST_ID
            && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:".contains(c))
    };
    match given.and_then(|id| id.to_str().ok()).filter(plain) {
        Some(id) => id.into(),
        None => {
            let mut bytes = [0; 16];
            // Without the system's chance two requests have one name, and nothing else happens.
            let _ = rand::rngs::SysRng.try_fill_bytes(&mut bytes);
            uuid::Builder::from_random_bytes(bytes).into_uuid().to_string().into()
        }
    }
}

/// A method by its name, or OpenTelemetry's word for one that is not known.
fn known(method: &Method) -> &'static str {
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS];
    let names = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"];
    methods.iter().position(|it| it == method).map_or("_OTHER", |at| names[at])
}

/// The body of a submission.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Submission {
    name: String,
}

async fn submit(State(front): State<Front>, request: Request<axum::body::Body>) -> Result<Response, Problem> {
    let id = request_id(&request);
    let name = name(request).await?;
    match front.ask(Asked::Submit(name.as_str().into()), id).await? {
        Answered::Submitted(job) => Ok(submitted(job, &name)),
        other => Err(front.problem(other)),
    }
}

async fn job(
    State(front): State<Front>,
    path: Result<Path<String>, PathRejection>,
    request: Request<axum::body::Body>,
) -> Result<Response, Problem> {
    let wrong = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "wrong-id",
            "the id of a job is a whole number above 0, such as /jobs/1",
        )
    };
    let Path(id) = path.map_err(|_| wrong())?;
    let job: i64 = id.parse().ok().filter(|id| *id > 0).ok_or_else(wrong)?;
    match front.ask(Asked::LookUp(Lookup::Job(job)), request_id(&request)).await? {
        Answered::Found(Some(told)) => Ok(ready(StatusCode::OK, told)),
        Answered::Found(None) => {
            Err(Problem::new(StatusCode::NOT_FOUND, "no-such-job", format!("there is no job {job}")))
        }
        other => Err(front.problem(other)),
    }
}

/// The query of a list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    state: Option<String>,
}

async fn jobs(
    State(front): State<Front>,
    filter: Result<Query<Filter>, QueryRejection>,
    request: Request<axum::body::Body>,
) -> Result<Response, Problem> {
    let wrong = |message: String| Problem::new(StatusCode::BAD_REQUEST, "wrong-query", message);
    let Query(filter) =
        filter.map_err(|fault| wrong(format!("{}; write ?state=FAILED", fault.body_text())))?;
    let state = filter.state.map(|state| state.parse::<JobState>()).transpose().map_err(|()| {
        let states = JobState::ALL.map(JobState::word).join(", ");
        wrong(format!("there is no such state; write one of {states}"))
    })?;
    match front.ask(Asked::LookUp(Lookup::List(state)), request_id(&request)).await? {
        Answered::Found(Some(list)) => Ok(ready(StatusCode::OK, format!("{{\"jobs\":{list}}}"))),
        other => Err(front.problem(other)),
    }
}

#[derive(Debug, Serialize)]
struct Health {
    status: &'static str,
}

async fn healthz(
    State(front): State<Front>,
    request: Request<axum::body::Body>,
) -> Result<Response, Problem> {
    match front.ask(Asked::Ping, request_id(&request)).await? {
        Answered::Alive => Ok(json(StatusCode::OK, &Health { status: "ok" })),
        other => Err(front.problem(other)),
    }
}

async fn metrics_text(
    State(front): State<Front>,
    request: Request<axum::body::Body>,
) -> Result<Response, Problem> {
    match front.ask(Asked::Gauges, request_id(&request)).await? {
        Answered::Gauges(gauges) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            Ok(typed(StatusCode::OK, kind, front.metrics.text(gauges)))
        }
        other => Err(front.problem(other)),
    }
}

impl Front {
    async fn ask(&self, asked: Asked, id: Arc<str>) -> Result<Answered, Problem> {
        let answered = self.desk.ask(asked, id).await;
        answered.ok_or_else(|| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "broke-down", "the request broke down")
        })
    }

    /// What is told in place of what was asked for.
    fn problem(&self, answered: Answered) -> Problem {
        let short = |code, message: &str| {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, code, message).again(self.again)
        };
        match answered {
            Answered::Failed(failed, job) => Problem::of(&failed, job, self.again),
            Answered::Busy => short("too-many-requests", "too many requests are in flight"),
            Answered::Stopping => short("stopping", "the service is being stopped"),
            _ => Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "broke-down",
                "the service answered something else",
            ),
        }
    }
}

fn request_id(request: &Request<axum::body::Body>) -> Arc<str> {
    // Every request has been named before.
    request.extensions().get::<RequestId>().map_or_else(|| "none".into(), |id| id.0.clone())
}

/// Reads and checks the body of a submission.
async fn name(request: Request<axum::body::Body>) -> Result<String, Problem> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        let message = "send the body as content-type: application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "wrong-content-type", message));
    }
    let read = tokio::time::timeout(BODY, Bytes::from_request(request, &())).await;
    let read = read.map_err(|_| {
        Problem::new(StatusCode::REQUEST_TIMEOUT, "slow-body", "the body did not arrive in time")
    })?;
    let bytes = read.map_err(|fault| match fault.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let message = format!("a body has at most {MOST_BODY} bytes");
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", message)
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "broken-body", "the body could not be read"),
    })?;
    let submission: Submission = serde_json::from_slice(&bytes).map_err(|fault| {
        let mend = "write {\"name\": \"…\"}";
        match fault.classify() {
            Category::Data => {
                let message = format!("{fault}; {mend}");
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong-body", message)
            }
            _ => Problem::new(
                StatusCode::BAD_REQUEST,
                "not-json",
                format!("the body is no JSON: {fault}; {mend}"),
            ),
        }
    })?;
    sound(submission.name)
}

/// A name that a person can read and a text column can hold.
fn sound(name: String) -> Result<String, Problem> {
    let fault = if name.trim().is_empty() {
        "\"name\" is empty".to_owned()
    } else if name.chars().count() > MOST_NAME {
        format!("\"name\" has more than {MOST_NAME} characters")
    } else if name.chars().any(char::is_control) {
        "\"name\" has a control character".to_owned()
    } else {
        return Ok(name);
    };
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "wrong-name", fault))
}
