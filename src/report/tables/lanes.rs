//! The side-by-side table: every figure of a lane, measured and nominal, before and after.

use super::super::table::{Cell, Heading, NOMINAL, Row, Table};
use super::heading;
use crate::analyse::{AcquireParts, Comparison, Estimate, Gauge, Known, LaneSummary, Part, Scaled, Share};
use crate::record::Transactions;
use crate::report::View;
use crate::report::text::clean;
use crate::units::{self, TimeScale};

/// A figure of a lane, measured and nominal; an empty cell where it has none.
type Read = fn(&LaneSummary) -> (Cell, Cell);

/// Label, what it means, and where to read it.
const FIGURES: [(&str, &str, Read); 31] = [
    ("offered", "requests due per second, whatever became of the earlier ones", |lane| rate(lane.offered)),
    ("served", "share of the requests due that completed", |lane| one(lane.served.map(Cell::estimate))),
    ("acquire timeouts", "requests that waited for a connection as long as they may", |lane| {
        count(lane.ledger.acquire_timed_out)
    }),
    ("other failures", "requests that failed in a step, or got no connection for another reason", |lane| {
        count(lane.failures())
    }),
    ("throughput", "requests completed per second of the measured span", |lane| rate(lane.throughput)),
    ("hold a request", "connection time of one request, from acquired to released", |lane| {
        held(lane, |hold| hold.per_request)
    }),
    ("· busy", "the part of it in which SQL runs", |lane| held(lane, |hold| hold.busy)),
    ("· wasted", "the part of it in which no SQL runs", |lane| held(lane, |hold| hold.idle)),
    ("hold p99", "99 in 100 holds are at or below it", |lane| {
        let p99 = lane.hold.as_ref().map(|hold| hold.p99);
        (text(p99.map(|it| units::time(it.measured))), text(p99.and_then(|it| it.nominal).map(units::time)))
    }),
    ("overhead a hold", "measured hold less the plan's; it does not scale", |lane| {
        one(lane.hold.as_ref().map(|hold| Cell::new(units::time(hold.overhead))))
    }),
    ("acquire wait p50", "acquired less asked; timeouts count as lower bounds", |lane| {
        known(lane.wait.map(|wait| wait.quantiles.p50))
    }),
    ("acquire wait p99", "acquired less asked; timeouts count as lower bounds", |lane| {
        known(lane.wait.map(|wait| wait.quantiles.p99))
    }),
    ("· longest", "the longest wait: far beyond p99, somebody was passed over", |lane| {
        known(lane.wait.map(|wait| wait.quantiles.greatest))
    }),
    ("· bystanders p99", "acquire wait of the cheap queries: the other class on the same pool", |lane| {
        known(lane.bystanders.and_then(|others| others.wait).map(|wait| wait.quantiles.p99))
    }),
    ("· wait p99", "the part that was waiting until a connection was free, of those that got one", |lane| {
        part(lane, |parts| parts.wait)
    }),
    ("· create p99", "the part that was making a new connection, of those that did", |lane| {
        part(lane, |parts| parts.create)
    }),
    ("· recycle p99", "the part that was testing a connection, of those that did", |lane| {
        part(lane, |parts| parts.recycle)
    }),
    (
        "waited > 1 ms",
        "share of acquires that waited longer until a connection was free, or got none",
        |lane| one(lane.wait.map(|wait| Cell::estimate(wait.waited))),
    ),
    ("response p50", "finished less the intended instant, so our own lateness counts", |lane| {
        known(lane.response.map(|times| times.p50))
    }),
    ("response p99", "finished less the intended instant; failed requests count as longer", |lane| {
        known(lane.response.map(|times| times.p99))
    }),
    ("utilisation", "connection time held ÷ (pool size × time)", |lane| {
        share(lane.pool_time.map(|time| time.utilisation))
    }),
    ("wasted-hold ratio", "of the connection time held, the share in which no SQL ran", |lane| {
        share(lane.pool_time.and_then(|time| time.wasted))
    }),
    ("· as the server saw", "idle in transaction ÷ connections engaged, from pg_stat_activity", |lane| {
        share(lane.server.and_then(|server| server.wasted()))
    }),
    ("in use, mean · peak", "connections held", |lane| gauge(lane.gauges.map(|gauges| gauges.in_use))),
    ("waiting, mean · peak", "requests waiting for a connection", |lane| {
        gauge(lane.gauges.map(|gauges| gauges.waiting))
    }),
    ("transactions failed", "ended by an error or rolled back ÷ all, in all phases", |lane| {
        let Transactions { committed, rolled_back, failed, .. } = lane.transactions;
        share(Share::of(rolled_back.max(failed), committed + rolled_back.max(failed)))
    }),
    ("schedule lag p99", "dispatched less intended: our own lateness", |lane| {
        one(lane.lag.map(|lag| Cell::new(units::time(lag.p99))))
    }),
    ("timer error p99", "how late waits outside the database ended, by our own timer", |lane| {
        one(lane.timer_error.map(|late| Cell::new(units::time(late.p99))))
    }),
    ("bystanders failed", "share of the cheap queries of others that got no answer", |lane| {
        share(lane.bystanders.map(|others| others.failed))
    }),
    ("bystander p50", "response time of cheap queries on the same pool", |lane| {
        known(lane.bystanders.map(|others| others.response.p50))
    }),
    ("bystander p99", "response time of cheap queries on the same pool", |lane| {
        known(lane.bystanders.map(|others| others.response.p99))
    }),
];

/// One table a pool library.
pub(in crate::report) fn side_by_side(view: View<'_>) -> Vec<Table> {
    let scale = view.record.plan.time_scale;
    let mut tables: Vec<Table> =
        view.summary.side_by_side.iter().map(|pool| table(view, pool).at(scale)).collect();
    // What the figures mean need be said only once.
    for row in tables.iter_mut().skip(1).flat_map(|table| &mut table.rows) {
        row.explains = None;
    }
    tables.last_mut().into_iter().for_each(|last| last.notes = notes(scale));
    tables
}

fn table(view: View<'_>, pool: &Comparison) -> Table {
    let plan = &view.record.plan;
    let mut head = vec![Heading::words("")];
    for lane in &pool.lanes {
        head.push(Heading::figures(heading(lane.scope, view.source())));
        head.push(Heading::figures(NOMINAL));
    }
    let rows = FIGURES.iter().filter_map(|(label, explains, read)| {
        let mut cells = vec![Cell::new(label)];
        for lane in &pool.lanes {
            let (measured, nominal) = read(lane);
            cells.extend([measured, nominal]);
        }
        let shown = cells[1..].iter().any(|cell| !cell.is_empty() && cell.text != NONE);
        shown.then(|| Row::new(cells).explains(explains))
    });
    Table {
        title: format!("Side by side: {}", clean(&pool.pool)),
        subtitle: format!(
            "{} requests/s ({}) offered to each session scope at the same time, {} connections each",
            units::number(plan.load.rate.as_per_second()),
            plan.load.arrivals.word(),
            units::count(plan.pool.size.into()),
        ),
        head,
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

fn notes(scale: TimeScale) -> Vec<String> {
    let two = [
        "Measured: at the scaled clock. Nominal: holds are plan + overhead, which is not scaled; waits and \
         responses are measured ÷ time scale, which makes the overhead in them too long."
            .to_owned(),
        "Under a figure is its 95 % interval. \"> x\" is a lower bound: the rest was cut off there. \
         Quantiles have no interval, since waits of one run depend on each other."
            .to_owned(),
    ];
    two.into_iter().skip(usize::from(scale == TimeScale::NOMINAL)).collect()
}

/// A row in which nothing ever happened is left out.
const NONE: &str = "0";

fn one(cell: Option<Cell>) -> (Cell, Cell) {
    (cell.unwrap_or_default(), Cell::default())
}

fn text(text: Option<String>) -> Cell {
    text.map(Cell::new).unwrap_or_default()
}

fn count(count: u64) -> (Cell, Cell) {
    (Cell::new(units::count(count)), Cell::default())
}

fn share(share: Option<Share>) -> (Cell, Cell) {
    one(share.map(|share| Cell::new(share.to_string())))
}

fn rate(rate: Option<Scaled<Estimate>>) -> (Cell, Cell) {
    rate.map(|rate| (Cell::estimate(rate.measured), Cell::new(rate.nominal.to_string()))).unwrap_or_default()
}

fn held(lane: &LaneSummary, pick: fn(&crate::analyse::HoldSummary) -> Scaled<Estimate>) -> (Cell, Cell) {
    let hold = lane.hold.as_ref().map(pick);
    hold.map(|it| (Cell::estimate(it.measured), Cell::new(it.nominal.to_string()))).unwrap_or_default()
}

fn known(time: Option<Scaled<Known>>) -> (Cell, Cell) {
    time.map(|time| (Cell::known(time.measured), Cell::known(time.nominal))).unwrap_or_default()
}

fn part(lane: &LaneSummary, pick: fn(AcquireParts) -> Option<Part>) -> (Cell, Cell) {
    one(lane.wait.and_then(|wait| pick(wait.parts)).map(|part| Cell::new(units::time(part.p99))))
}

fn gauge(gauge: Option<Gauge>) -> (Cell, Cell) {
    let told =
        |it: Gauge| Cell::new(format!("{} · {}", units::number(it.mean), units::count(it.peak.into())));
    one(gauge.map(told))
}
