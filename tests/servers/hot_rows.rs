//! Each lane has a schema of its own: rows that all requests of a lane update hold up that lane, and no
//! other one.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common;
use crate::servers;

use poolbench::analyse::{Summary, What, summarise};
use poolbench::itinerary::SessionScope;
use poolbench::load::Stop;
use poolbench::plan::Plan;
use poolbench::pool::Address;
use poolbench::pool::admin::{Admin, RunMark, lane_schemas};
use poolbench::provision::ServerKind;
use poolbench::run::{Brief, Leftovers, Servers, Silent, Whose, conduct};
use poolbench::scenario::Scenario;
use poolbench::target::DatabaseUrl;
use servers::Postgres;

const BOTH: &str = r#""request-scoped", "repository-scoped""#;

/// How long a run takes.
#[derive(Clone, Copy)]
struct Span {
    warm_up: &'static str,
    measure: &'static str,
}

/// 48 requests: enough to see who waits.
const SHORT: Span = Span { warm_up: "200ms", measure: "1200ms" };
/// 800 requests: enough to see for how long. A row is taken for 0.8 of the time, so its queue forgets in some five
/// seconds what it was, and a hundredth more time under the lock makes four hundredths more waiting.
const LONG: Span = Span { warm_up: "2s", measure: "20s" };

/// Requests that update one of so many rows, and then hold or do not hold it for 40 ms more.
fn scenario(scopes: &str, rows: u32, span: Span) -> Scenario {
    let Span { warm_up, measure } = span;
    let text = format!(
        r#"
        pools = ["deadpool-postgres"]
        scopes = [{scopes}]
        time-scale = "1"
        seed = 11
        setup = [
            "create table stock (item bigint primary key, sold bigint not null)",
            "insert into stock select item, 0 from generate_series(0, {rows} - 1) item",
        ]
        pool = {{ size = 20, acquire-timeout = "5s" }}
        load = {{ rate = "40/s" }}
        phases = {{ warm-up = "{warm_up}", measure = "{measure}", drain = "10s" }}
        capacity = {{ callers = 1, warm-up = "50ms", measure = "100ms" }}

        [[steps]]
        name = "sell"
        kind = "sql"
        time = "10ms"
        statements = [{{ sql = "update stock set sold = sold + 1 where item = $1::bigint % {rows}", parameters = ["$request"] }}]

        [[steps]]
        name = "pay"
        kind = "work"
        time = "40ms"

        [[steps]]
        name = "book"
        kind = "sql"
        time = "10ms"
        statements = [{{ sql = "select 1" }}]
        "#
    );
    Scenario::parse("hot-rows", "hot-rows.toml", &text).unwrap_or_else(|faults| panic!("{faults}"))
}

fn run(postgres: &Postgres, scopes: &str, rows: u32, span: Span) -> Summary {
    let servers = Servers {
        database: DatabaseUrl::new(postgres.url()),
        database_is: Whose::TheUsers,
        redis: None,
        redis_is: Whose::ThrownAway,
        database_from: "the test's own".to_owned(),
        redis_from: "none".to_owned(),
        pooler: None,
        schema: "hot".to_owned(),
    };
    let plan = Plan::of(&scenario(scopes, rows, span));
    let leftovers = Leftovers::default();
    let brief = Brief { plan: &plan, servers: &servers, proof: None, ceiling: None, leftovers };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let conducted = runtime.block_on(conduct(brief, &Stop::default(), &mut Silent, &mut |_| {}));
    assert!(conducted.fault.is_none() && conducted.left.is_empty(), "{:?}", conducted.fault);
    summarise(&conducted.record.unwrap())
}

fn hold(summary: &Summary, scope: SessionScope) -> f64 {
    let lane = summary.side_by_side[0].lanes.iter().find(|lane| lane.scope == scope).unwrap();
    lane.hold.as_ref().unwrap().request.unwrap().whole.measured.value
}

/// The share of the connections engaged that waited for a lock under request scope, and whether it is
/// told of which scope.
fn lock_waits(summary: &Summary) -> (f64, Vec<SessionScope>) {
    let lane = &summary.side_by_side[0].lanes[0];
    let told = summary.caveats.iter().filter(|caveat| matches!(caveat.what, What::LockWaits(_)));
    let scopes = told.flat_map(|caveat| &caveat.lanes).map(|place| place.scope).collect();
    (lane.server.unwrap().lock_waits().unwrap().get(), scopes)
}

fn schemas(postgres: &Postgres) -> Vec<String> {
    postgres
        .rows("job_service", "select nspname::text from pg_namespace where nspname like 'hot%' order by 1")
}

/// Hold ratios of three runs, sorted: with both lanes together, and with each alone.
fn ratios(postgres: &Postgres, span: Span) -> [Vec<f64>; 2] {
    let scopes = [SessionScope::Request, SessionScope::Repository];
    let (mut together, mut alone) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let both = run(postgres, BOTH, 3, span);
        let [before, after] = scopes.map(|scope| hold(&both, scope));
        together.push(before / after);
        let [before, after] =
            scopes.map(|scope| hold(&run(postgres, &format!("\"{scope}\""), 3, span), scope));
        alone.push(before / after);
    }
    let ratios = [together, alone].map(|mut ratios| {
        ratios.sort_by(f64::total_cmp);
        ratios
    });
    let _ = std::io::Write::write_fmt(
        &mut std::io::stderr(),
        format_args!("hold ratios together and alone: {ratios:.3?}\n"),
    );
    ratios
}

#[test]
fn hot_rows_hold_up_their_own_lane_and_no_other() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let postgres = Postgres::start();
    let [together, alone] = ratios(&postgres, SHORT);
    // 48 requests tell how long a queue is only roughly. Locks of the other lane would make the shorter holds wait as
    // the longer ones do, and then both are nearly alike.
    let told = format!("hold ratios together {together:.3?}, alone {alone:.3?}");
    assert!(together[0] > 1.8 && alone[0] > 1.8, "{told}");
    assert!((together[1] / alone[1] - 1.0).abs() < 0.4, "{told}");
    assert!(schemas(&postgres).is_empty());
}

#[test]
#[ignore = "four minutes: cargo test --test servers -- --ignored --nocapture hot_rows::"]
fn over_a_long_span_hot_rows_hold_as_long_with_another_lane_as_without() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let postgres = Postgres::start();
    let [together, alone] = ratios(&postgres, LONG);
    assert!((together[1] / alone[1] - 1.0).abs() <= 0.05, "together {together:.3?}, alone {alone:.3?}");
    assert!(schemas(&postgres).is_empty());
}

/// Two rows are asked for more often than request scope can lock them one after the other, so that many wait at
/// each of the dozen samples of a short run.
#[test]
fn lock_waits_are_seen_and_told_of_the_lane_that_has_them() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let (share, told) = lock_waits(&run(&Postgres::start(), BOTH, 2, SHORT));
    assert!(share >= 0.2 && told == [SessionScope::Request], "{share}: {told:?}");
}

#[test]
fn no_lock_is_waited_for_where_rows_are_distinct() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let (share, told) = lock_waits(&run(&Postgres::start(), BOTH, 1000, SHORT));
    assert!(share < 0.05 && told.is_empty(), "{share}: {told:?}");
}

/// They are left of a run that had more lanes than this one; what is somebody's, or in use, stays.
#[test]
fn schemas_of_a_killed_run_go_with_the_next_one() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let postgres = Postgres::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let connect = || {
        let address = Address::parse(&DatabaseUrl::new(postgres.url())).unwrap();
        runtime.block_on(Admin::connect(&address, "poolbench killed")).unwrap()
    };
    let (killed, works) = (connect(), connect());
    let mark = RunMark("0123abcd".to_owned());
    runtime.block_on(killed.make_schemas(&lane_schemas("hot", 4), &mark)).unwrap();
    runtime.block_on(works.make_schema("hot_6", &mark)).unwrap();
    drop(killed);
    postgres.rows("job_service", "create schema hot_5; create schema hot_house");
    let gone = "select 1::text from pg_locks where locktype = 'advisory' offset 1";
    while !postgres.rows("job_service", gone).is_empty() {
        // The connection ends on its runtime.
        runtime.block_on(async { tokio::time::sleep(std::time::Duration::from_millis(10)).await });
    }
    run(&postgres, "\"repository-scoped\"", 1000, SHORT);
    assert_eq!(schemas(&postgres), ["hot_5", "hot_6", "hot_house"]);
    drop(works);
}
