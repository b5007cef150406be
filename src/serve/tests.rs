//! The router on a pool that does nothing: whatever a stranger sends gets an answer.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use proptest::prelude::*;
use serde_json::Value;
use tokio::task::LocalSet;

use super::router::{MOST_BODY, MOST_NAME};
use super::*;
use crate::itinerary::{Creates, Itinerary, SessionScope, Step, StepKind, TimeLaw, Workload};
use crate::jobs::Processors;
use crate::jobs::repository::{Repository, RepositoryMethod};
use crate::jobs::service::{Does, Fails, PlayStep};
use crate::pool::noop::NoopPool;
use crate::queue::Queue;

/// A submission of one repository method, which takes no time and fails for this share.
fn serving(share: f64) -> Serving {
    let step = Step {
        name: "create_job".into(),
        kind: StepKind::Sql,
        time: Duration::ZERO,
        law: TimeLaw::Fixed,
        creates: Creates::Job,
    };
    let workload = Arc::new(Workload { steps: vec![step] });
    let does = Does::Sql(RepositoryMethod::CreateJob);
    let fails = Fails { share, after: None };
    Serving {
        play: Arc::new(Play {
            itinerary: Itinerary::new(SessionScope::Repository, workload),
            steps: vec![PlayStep { does, time: Duration::ZERO, fails }],
            mark_failed: Duration::ZERO,
            processors: NonZeroU32::MIN,
        }),
        connections: 1,
        acquire_timeout: Duration::from_millis(1_500),
        seeds: RequestSeeds { failures: 1, step_times: 2, kinds: 3 },
        grace: Duration::ZERO,
        lines: Lines::None,
    }
}

/// An answer, as a client has it.
#[derive(Debug)]
struct Answer {
    status: u16,
    id: String,
    kind: String,
    body: String,
}

/// Sends requests one after the other to a service of their own.
fn send(share: f64, requests: Vec<Request<Body>>) -> Vec<Answer> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let metrics = Arc::new(Metrics::new(1));
        let journal = Journal::start(Box::new(std::io::sink()), Lines::None);
        let queue = Queue::connect(None).await.unwrap();
        let repository = Repository::new(NoopPool, "poolbench", "test");
        let shop = Shop::new(
            Service { repository, queue, processors: Processors::new(NonZeroU32::MIN) },
            serving(share),
            metrics.clone(),
            journal.clone(),
        );
        let (desk, _attending) = Desk::open(Rc::new(shop));
        let router = router::router(desk, metrics, journal, Duration::from_millis(1_500));
        let service = TowerToHyperService::new(router);
        let mut answers = Vec::new();
        for request in requests {
            answers.push(read(service.call(request).await.unwrap()).await);
        }
        answers
    })
}

async fn read(response: Response<Body>) -> Answer {
    let header = |name: &str| {
        response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let (id, kind, status) = (header("x-request-id"), header("content-type"), response.status().as_u16());
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    Answer { status, id, kind, body: String::from_utf8(body.to_vec()).unwrap() }
}

fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/submit").header("content-type", "application/json").body(body.into()).unwrap()
}

fn submit(body: impl Into<Body>) -> Answer {
    send(0.0, vec![post(body)]).remove(0)
}

fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn each_fault_of_a_body_has_its_own_answer() {
    let long = "x".repeat(MOST_NAME + 1);
    for (body, status, wrong) in [
        ("", 400, "not-json"),
        ("{", 400, "not-json"),
        ("{\"name\": \"a\"} {}", 400, "not-json"),
        ("[]", 422, "wrong-body"),
        ("{}", 422, "wrong-body"),
        ("{\"name\": 7}", 422, "wrong-body"),
        ("{\"name\": null}", 422, "wrong-body"),
        ("{\"name\": \"a\", \"name\": \"b\"}", 422, "wrong-body"),
        ("{\"name\": \"a\", \"nmae\": 1}", 422, "wrong-body"),
        ("{\"name\": \"  \"}", 422, "wrong-name"),
        ("{\"name\": \"a\\u0000b\"}", 422, "wrong-name"),
        (&*format!("{{\"name\": \"{long}\"}}"), 422, "wrong-name"),
        (&*"[".repeat(MOST_BODY), 422, "wrong-body"),
        (&*" ".repeat(MOST_BODY + 1), 413, "body-too-large"),
    ] {
        let answer = submit(body.to_owned());
        assert_eq!((answer.status, &*code(&answer)), (status, wrong), "{body:.40}");
    }
    let plain = Request::post("/submit").body(Body::from("{\"name\": \"a\"}")).unwrap();
    assert_eq!(send(0.0, vec![plain])[0].status, 415);
}

#[test]
fn paths_methods_and_queries_that_are_none_are_told_so() {
    let get = |path: &str| Request::get(path).body(Body::empty()).unwrap();
    for (request, status) in [
        (get("/"), 404),
        (get("/jobs/"), 404),
        (get("/submit"), 405),
        (get("/jobs/0"), 400),
        (get("/jobs/-1"), 400),
        (get("/jobs/9223372036854775808"), 400),
        (get("/jobs/%ff"), 400),
        (get("/jobs/1%20or%201=1"), 400),
        (get("/jobs?state=failed"), 400),
        (get("/jobs?state=FAILED&state=PENDING"), 400),
        (get("/jobs?limit=3"), 400),
        (get("/jobs?state=FAILED"), 200),
        (get("/jobs"), 200),
        (get("/jobs/1"), 200),
        (get("/healthz"), 200),
        (get("/metrics"), 200),
    ] {
        let path = request.uri().to_string();
        assert_eq!(send(0.0, vec![request])[0].status, status, "{path}");
    }
}

#[test]
fn a_request_keeps_its_own_name_where_that_is_plain() {
    for (given, kept) in [("abc-1.2_3:4", true), ("", false), ("a b", false), ("a\"b", false)] {
        let request = Request::get("/healthz").header("x-request-id", given).body(Body::empty()).unwrap();
        let answer = send(0.0, vec![request]).remove(0);
        assert_eq!(answer.id == given, kept, "{given}: {}", answer.id);
        assert!(!answer.id.is_empty());
    }
}

#[test]
fn a_failure_is_told_with_the_job_and_counted() {
    let metrics = Request::get("/metrics").body(Body::empty()).unwrap();
    let answers = send(1.0, vec![post("{\"name\": \"a\"}"), metrics]);
    assert_eq!((answers[0].status, &*code(&answers[0])), (502, "failed-as-asked"), "{answers:?}");
    let text = &answers[1].body;
    assert!(answers[1].kind.starts_with("application/openmetrics-text") && text.ends_with("# EOF\n"));
    for line in [
        "poolbench_transactions_total{outcome=\"failed\"} 1",
        "db_client_connection_use_time_seconds_count 1",
        "db_client_connection_wait_time_seconds_count 1",
        "db_client_connection_pending_requests 0",
        "db_client_operation_duration_seconds_count{db_operation_name=\"create_job\"} 1",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} in\n{text}");
    }
    assert!(!text.contains("rolled_back"), "what an error ended is not counted twice:\n{text}");
}

fn methods() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["GET", "POST", "PUT", "HEAD", "OPTIONS", "BREW", "patch"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_request_gets_an_answer_in_json_and_a_name(
        method in methods(),
        path in prop_oneof![
            prop::sample::select(vec!["/submit", "/jobs", "/jobs/1", "/healthz", "/metrics"]).prop_map(str::to_owned),
            "/[!-~]{0,40}",
            "/jobs/[0-9]{0,30}",
            "/jobs\\?[a-z=&%0-9]{0,30}",
        ],
        kind in prop::option::of("[ -~]{0,40}"),
        own in prop::option::of(prop::collection::vec(0x20_u8..=0xff, 0..200)),
        body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let mut request = Request::builder().method(method).uri(&*path);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        if let Some(own) = own {
            request = request.header("x-request-id", own);
        }
        let Ok(request) = request.body(Body::from(body)) else { return Ok(()) };
        let answer = send(0.0, vec![request]).remove(0);
        prop_assert!(answer.status < 500, "{answer:?}");
        prop_assert!(!answer.id.is_empty());
        if answer.status >= 400 && method != "HEAD" {
            let body: Value = serde_json::from_str(&answer.body).unwrap();
            prop_assert!(body["error"]["code"].is_string() && body["error"]["message"].is_string());
        }
    }

    #[test]
    fn any_json_is_a_job_or_told_why_not(name in any::<String>(), also in any::<Option<u8>>()) {
        let mut body = serde_json::json!({ "name": name });
        if let Some(also) = also {
            body["also"] = also.into();
        }
        let answer = submit(body.to_string());
        let sound = !name.trim().is_empty() && name.chars().count() <= MOST_NAME && !name.contains(char::is_control);
        prop_assert_eq!(answer.status, if sound && also.is_none() { 201 } else { 422 });
        if answer.status == 201 {
            let told: Value = serde_json::from_str(&answer.body).unwrap();
            prop_assert_eq!(told["name"].as_str(), Some(&*name));
        }
    }
}
