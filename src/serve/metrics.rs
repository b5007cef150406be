//! What the service tells a Prometheus: OpenTelemetry's metrics of database clients and HTTP servers
//! where there are such, and a few of poolbench's own. Times are in seconds.

use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::record::Gauges;

type Labels<const N: usize> = [(&'static str, String); N];
type Histograms<const N: usize> = Family<Labels<N>, Histogram, fn() -> Histogram>;

/// The bounds that OpenTelemetry recommends for times, and above them those of a slow queue.
const BOUNDS: [f64; 19] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0,
    180.0, 300.0,
];

fn histogram() -> Histogram {
    Histogram::new(BOUNDS)
}

/// How a transaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransactionEnd {
    Committed,
    RolledBack,
    Failed,
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JobEvent {
    Created,
    MarkedFailed,
}

/// All metrics. Each is a handle that may be used from anywhere.
#[derive(Debug)]
pub(super) struct Metrics {
    registry: Registry,
    connections: Family<Labels<1>, Gauge>,
    utilisation: Gauge<f64, std::sync::atomic::AtomicU64>,
    most: u32,
    pub(super) pending: Gauge,
    pub(super) timeouts: Counter,
    wait: Histogram,
    create: Histogram,
    hold: Histogram,
    operations: Histograms<1>,
    transactions: Family<Labels<1>, Counter>,
    jobs: Family<Labels<1>, Counter>,
    requests: Histograms<3>,
    pub(super) in_flight: Gauge,
}

impl Metrics {
    pub(super) fn new(most: u32) -> Self {
        let mut registry = Registry::default();
        let metrics = Self {
            registry: Registry::default(),
            connections: Family::default(),
            utilisation: Gauge::default(),
            most,
            pending: Gauge::default(),
            timeouts: Counter::default(),
            wait: histogram(),
            create: histogram(),
            hold: histogram(),
            operations: Family::new_with_constructor(histogram),
            transactions: Family::default(),
            jobs: Family::default(),
            requests: Family::new_with_constructor(histogram),
            in_flight: Gauge::default(),
        };
        let limit: Gauge = Gauge::default();
        limit.set(most.into());
        let it = &metrics;
        let has = &mut registry;
        let used = "Connections of the pool by state";
        has.register("db_client_connection_count", used, it.connections.clone());
        has.register("db_client_connection_max", "The most connections of the pool", limit);
        let pending = "Requests that wait for a connection";
        has.register("db_client_connection_pending_requests", pending, it.pending.clone());
        has.register("db_client_connection_timeouts", "Acquires that timed out", it.timeouts.clone());
        has.register(
            "poolbench_pool_utilisation_ratio",
            "Connections in use ÷ the most",
            it.utilisation.clone(),
        );
        has.register("poolbench_transactions", "Transactions by how they ended", it.transactions.clone());
        has.register("poolbench_jobs", "Jobs created for good, and jobs marked as failed", it.jobs.clone());
        has.register("http_server_active_requests", "Requests in flight", it.in_flight.clone());
        for (name, help, times) in [
            ("db_client_connection_wait_time", "Time that requests waited for a connection", &it.wait),
            ("db_client_connection_create_time", "Time that making a connection took", &it.create),
            ("db_client_connection_use_time", "Time of each session, from acquired to released", &it.hold),
        ] {
            has.register_with_unit(name, help, Unit::Seconds, times.clone());
        }
        let operations = "Time of each database operation";
        has.register_with_unit(
            "db_client_operation_duration",
            operations,
            Unit::Seconds,
            it.operations.clone(),
        );
        let requests = "Time of each HTTP request";
        has.register_with_unit("http_server_request_duration", requests, Unit::Seconds, it.requests.clone());
        Self { registry, ..metrics }
    }

    pub(super) fn acquired(&self, waited: Duration, created: Duration) {
        self.wait.observe(waited.as_secs_f64());
        if !created.is_zero() {
            self.create.observe(created.as_secs_f64());
        }
    }

    pub(super) fn released(&self, held: Duration) {
        self.hold.observe(held.as_secs_f64());
    }

    pub(super) fn ran(&self, operation: &str, took: Duration) {
        let labels = [("db_operation_name", operation.to_owned())];
        self.operations.get_or_create(&labels).observe(took.as_secs_f64());
    }

    pub(super) fn transaction(&self, end: TransactionEnd) {
        let outcome = match end {
            TransactionEnd::Committed => "committed",
            TransactionEnd::RolledBack => "rolled_back",
            TransactionEnd::Failed => "failed",
        };
        self.transactions.get_or_create(&[("outcome", outcome.to_owned())]).inc();
    }

    pub(super) fn job(&self, event: JobEvent) {
        let event = match event {
            JobEvent::Created => "created",
            JobEvent::MarkedFailed => "marked_failed",
        };
        self.jobs.get_or_create(&[("event", event.to_owned())]).inc();
    }

    /// A request of HTTP has been answered. Method and route are of a short list, whatever was asked.
    pub(super) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = [
            ("http_request_method", method.to_owned()),
            ("http_route", route.to_owned()),
            ("http_response_status_code", status.to_string()),
        ];
        self.requests.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// The whole of it as text, with what the pool says of itself now.
    pub(super) fn text(&self, pool: Gauges) -> String {
        let used = pool.size.saturating_sub(pool.idle);
        for (state, count) in [("idle", pool.idle), ("used", used)] {
            self.connections.get_or_create(&[("state", state.to_owned())]).set(count.into());
        }
        self.utilisation.set(f64::from(used) / f64::from(self.most.max(1)));
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
