//! One contract for every pool: what the driver relies on, on a real server that the test starts.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common;

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use poolbench::pool::admin::{Admin, BackendSignal, Named, States};
use poolbench::pool::bb8::Bb8Pool;
use poolbench::pool::deadpool::DeadpoolPool;
use poolbench::pool::none::NoPool;
use poolbench::pool::sqlx::SqlxPool;
use poolbench::pool::{
    AcquireError, AcquirePhase, Address, LivenessOverride, Pool, PoolOptions, Session, Sql, Value,
};
use poolbench::provision::{Durability, Front, PgBouncerServer, PoolMode, PostgresServer, ServerKind};

const NAME: &str = "poolbench contract";

struct Bench {
    address: Address,
    admin: Admin,
}

impl Bench {
    fn open<P: Pool>(&self, size: u32, timeout: Duration) -> P {
        let options = PoolOptions {
            size,
            acquire_timeout: timeout,
            liveness_check: None,
            application_name: NAME.to_owned(),
            schema: None,
        };
        P::open(&self.address, &options).unwrap()
    }

    /// A pool whose test before it lends a connection is set.
    fn open_tested<P: Pool>(&self, check: LivenessOverride) -> P {
        let options = PoolOptions {
            size: 1,
            acquire_timeout: PATIENT,
            liveness_check: Some(check),
            application_name: NAME.to_owned(),
            schema: None,
        };
        P::open(&self.address, &options).unwrap()
    }

    async fn states(&self) -> States {
        self.admin.states(&[NAME.to_owned()]).await.unwrap()[0]
    }

    /// Waits until the server shows what is expected.
    async fn sees(&self, what: &str, expected: impl Fn(&States) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            let states = self.states().await;
            if expected(&states) {
                return;
            }
            assert!(Instant::now() < deadline, "{what}: {states:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Runs one test on a server of its own, in the runtime that a lane has.
fn on_a_server<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let address = Address::parse(server.url()).unwrap();
        let admin = Admin::connect(&address, "poolbench").await.unwrap();
        test(Bench { address, admin }).await;
    });
}

const PATIENT: Duration = Duration::from_secs(10);

async fn gives_back_on_drop<P: Pool>(bench: &Bench) {
    let pool: P = bench.open(1, PATIENT);
    for _ in 0..5 {
        let mut session = pool.acquire().await.unwrap();
        assert_eq!(session.fetch_id(&Sql::new("select $1"), &[Value::Integer(7)]).await.unwrap(), Some(7));
    }
    let states = bench.states().await;
    assert_eq!(states.active + states.idle + states.idle_in_transaction, 1, "one connection is enough");
    pool.close().await;
    bench.sees("closed", |states| states.idle == 0).await;
}

async fn sends_every_kind_of_value<P: Pool>(bench: &Bench) {
    let pool: P = bench.open(1, PATIENT);
    let mut session = pool.acquire().await.unwrap();
    let sql = Sql::new("select case when $2 = 0.5 and $3 and $4 = 'it''s' then $1 else -1 end");
    let values = [Value::Integer(1), Value::Float(0.5), Value::Boolean(true), Value::Text("it's")];
    assert_eq!(session.fetch_id(&sql, &values).await.unwrap(), Some(1));
    assert_eq!(session.fetch_id(&Sql::new("select 1::bigint where false"), &[]).await.unwrap(), None);
    session.execute(&Sql::new("create temp table t (n bigint)"), &[]).await.unwrap();
    let insert = Sql::new("insert into t select * from generate_series(1, $1)");
    assert_eq!(session.execute(&insert, &[Value::Integer(3)]).await.unwrap(), 3);
    let fault = session.execute(&Sql::new("select nonsense"), &[]).await.unwrap_err().to_string();
    assert!(fault.contains("nonsense"), "{fault}");
}

async fn honours_the_timeout<P: Pool>(bench: &Bench) {
    let pool: P = bench.open(1, Duration::from_millis(300));
    let held = pool.acquire().await.unwrap();
    let asked = Instant::now();
    let answer = pool.acquire().await;
    let waited = asked.elapsed();
    assert!(matches!(answer, Err(AcquireError::TimedOut(_))), "{:?}", answer.err());
    assert!((295..2000).contains(&waited.as_millis()), "{waited:?}");
    drop(held);
    pool.acquire().await.unwrap();
}

async fn never_exceeds_its_size<P: Pool>(bench: &Bench) {
    let pool: Rc<P> = Rc::new(bench.open(3, PATIENT));
    let (held, most) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..60 {
        let (pool, held, most) = (pool.clone(), held.clone(), most.clone());
        tasks.spawn_local(async move {
            let mut session = pool.acquire().await.unwrap();
            held.set(held.get() + 1);
            most.set(most.get().max(held.get()));
            session.execute(&Sql::new("select pg_sleep(0.01)"), &[]).await.unwrap();
            held.set(held.get() - 1);
            let gauges = pool.gauges();
            assert!(gauges.size <= 3 && gauges.idle <= gauges.size, "{gauges:?}");
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(most.get(), 3);
    let states = bench.states().await;
    assert!(states.active + states.idle + states.idle_in_transaction <= 3, "{states:?}");
}

async fn says_sane_gauges<P: Pool>(bench: &Bench) {
    let pool: P = bench.open(2, PATIENT);
    let (a, b) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
    let gauges = pool.gauges();
    assert_eq!((gauges.size, gauges.idle), (2, 0));
    drop((a, b));
    let deadline = Instant::now() + Duration::from_secs(5);
    while pool.gauges().idle < 2 {
        assert!(Instant::now() < deadline, "{:?}", pool.gauges());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(pool.gauges().size, 2);
}

/// A connection that the server ended while nobody used it: a pool that tests lends another one; one that does
/// not may lend it, and whoever gets it hears why it ended.
async fn tests_or_does_not<P: Pool>(bench: &Bench) {
    for check in [LivenessOverride::Always, LivenessOverride::Never] {
        let pool: P = bench.open_tested(check);
        drop(pool.acquire().await.unwrap());
        bench.sees("idle", |states| states.idle == 1).await;
        bench.admin.end(Named::Exactly(NAME), BackendSignal::Terminate).await.unwrap();
        bench.sees("terminated", |states| states.idle == 0).await;
        let mut session = pool.acquire().await.unwrap();
        let told = session.execute(&Sql::new("select 1"), &[]).await;
        match told {
            Ok(rows) => {
                assert_eq!(rows, 1);
                assert!(session.acquire_parts().create > 0, "it was made anew");
            }
            Err(fault) => {
                assert_eq!(check, LivenessOverride::Never, "{fault}");
                assert!(fault.to_string().contains("terminating connection"), "{fault}");
            }
        }
        drop(session);
        pool.close().await;
        bench.sees("closed", |states| states.idle == 0).await;
    }
}

/// One request in a transaction of its own.
async fn transaction<P: Pool>(pool: &P) {
    let mut session = pool.acquire().await.unwrap();
    session.begin().await.unwrap();
    session.execute(&Sql::new("select pg_sleep(0.002)"), &[]).await.unwrap();
    session.fetch_id(&Sql::new("select $1"), &[Value::Integer(1)]).await.unwrap();
    session.commit().await.unwrap();
}

/// Polls a future so many times and drops it; says whether it had ended.
async fn polled(future: impl Future<Output = ()>, times: u32) -> bool {
    let mut future = pin!(future);
    let mut left = times;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(context).map(|()| true)
    })
    .await
}

async fn gives_back_when_cancelled_at_every_await<P: Pool>(bench: &Bench) {
    let pool: P = bench.open(2, PATIENT);
    transaction(&pool).await;
    let mut ended = false;
    for times in 1..200 {
        ended = polled(transaction(&pool), times).await;
        // Both connections can be had again, and neither is left inside a transaction.
        let (mut a, mut b) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
        for session in [&mut a, &mut b] {
            session.begin().await.unwrap();
            assert_eq!(session.fetch_id(&Sql::new("select 5::bigint"), &[]).await.unwrap(), Some(5));
            session.rollback().await.unwrap();
        }
        drop((a, b));
        bench.sees("left in a transaction", |states| states.idle_in_transaction == 0).await;
        if ended {
            break;
        }
    }
    assert!(ended, "the request never ended");
}

/// A pool that can make no connection says so, and not that others hold them.
async fn tells_a_refusal_from_being_short<P: Pool>(bench: &Bench) {
    let options = PoolOptions {
        size: 1,
        acquire_timeout: Duration::from_millis(400),
        application_name: NAME.to_owned(),
        schema: Some("elsewhere".into()),
        ..PoolOptions::default()
    };
    let pool = P::open(&bench.address, &options).unwrap();
    match pool.acquire().await.err().unwrap() {
        AcquireError::Failed(refused) => assert!(refused.to_string().contains("elsewhere"), "{refused}"),
        // sqlx tries again until the time is over, and does not say why.
        AcquireError::TimedOut(phase) => assert_eq!(phase, AcquirePhase::Create),
    }
    pool.close().await;
}

async fn rolls_back_what_is_dropped_open<P: Pool>(bench: &Bench) {
    let pool: P = bench.open(1, PATIENT);
    let mut session = pool.acquire().await.unwrap();
    session.execute(&Sql::new("create table kept (n bigint)"), &[]).await.unwrap();
    session.begin().await.unwrap();
    session.execute(&Sql::new("insert into kept values (1)"), &[]).await.unwrap();
    drop(session);
    let mut session = pool.acquire().await.unwrap();
    assert_eq!(session.fetch_id(&Sql::new("select count(*) from kept"), &[]).await.unwrap(), Some(0));
    session.execute(&Sql::new("drop table kept"), &[]).await.unwrap();
}

macro_rules! contract {
    ($($pool:ident: $type:ty),* $(,)?) => {
        $(mod $pool {
            use super::*;

            #[test]
            fn keeps_the_contract() {
                on_a_server(|bench| async move {
                    gives_back_on_drop::<$type>(&bench).await;
                    sends_every_kind_of_value::<$type>(&bench).await;
                    honours_the_timeout::<$type>(&bench).await;
                    never_exceeds_its_size::<$type>(&bench).await;
                    says_sane_gauges::<$type>(&bench).await;
                    rolls_back_what_is_dropped_open::<$type>(&bench).await;
                    tells_a_refusal_from_being_short::<$type>(&bench).await;
                    tests_or_does_not::<$type>(&bench).await;
                });
            }

            #[test]
            fn gives_back_when_cancelled() {
                on_a_server(|bench| async move {
                    gives_back_when_cancelled_at_every_await::<$type>(&bench).await;
                });
            }

            #[test]
            fn names_its_settings() {
                let check = |check| PoolOptions { liveness_check: check, ..PoolOptions::default() };
                let always = <$type>::identity(&check(Some(LivenessOverride::Always)));
                let never = <$type>::identity(&check(Some(LivenessOverride::Never)));
                assert_ne!(always, never);
                assert!(always.chars().any(|c| c.is_ascii_digit()), "{always} names no version");
            }
        })*
    };
}

contract!(sqlx: SqlxPool, deadpool: DeadpoolPool, bb8: Bb8Pool);

/// Without a pool a connection is one acquire long.
#[test]
fn no_pool_keeps_no_connection() {
    on_a_server(|bench| async move {
        sends_every_kind_of_value::<NoPool>(&bench).await;
        honours_the_timeout::<NoPool>(&bench).await;
        tells_a_refusal_from_being_short::<NoPool>(&bench).await;
        let pool: NoPool = bench.open(2, PATIENT);
        let (a, b) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
        assert!(a.acquire_parts().create > 0 && b.acquire_parts().create > 0);
        assert_eq!((pool.gauges().size, pool.gauges().idle), (2, 0));
        drop((a, b));
        bench.sees("all closed", |states| states.idle + states.active == 0).await;
        // What was open goes with its connection.
        let mut session = pool.acquire().await.unwrap();
        session.execute(&Sql::new("create table kept (n bigint)"), &[]).await.unwrap();
        session.begin().await.unwrap();
        session.execute(&Sql::new("insert into kept values (1)"), &[]).await.unwrap();
        drop(session);
        let mut session = pool.acquire().await.unwrap();
        assert_eq!(session.fetch_id(&Sql::new("select count(*) from kept"), &[]).await.unwrap(), Some(0));
        drop(session);
        for times in 1..60 {
            polled(transaction(&pool), times).await;
            let both = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
            drop(both);
        }
        bench
            .sees("none is left", |states| states.idle_in_transaction + states.active + states.idle == 0)
            .await;
    });
}

/// A server that was away for a moment: a pool lends connections again, to callers who come all the time.
async fn lends_again_after_a_restart<P: Pool>(address: Address, mut server: PostgresServer) {
    let options = PoolOptions {
        size: 4,
        acquire_timeout: PATIENT,
        application_name: NAME.to_owned(),
        ..PoolOptions::default()
    };
    let pool = Rc::new(P::open(&address, &options).unwrap());
    let stop = Rc::new(Cell::new(false));
    let served = Rc::new(Cell::new(0));
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (pool, stop, served) = (pool.clone(), stop.clone(), served.clone());
        callers.spawn_local(async move {
            while !stop.get() {
                if let Ok(mut session) = pool.acquire().await
                    && session.begin().await.is_ok()
                    && session.execute(&Sql::new("select pg_sleep(0.01)"), &[]).await.is_ok()
                    && session.commit().await.is_ok()
                {
                    served.set(served.get() + 1);
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
    }
    let serves = async |from: Instant| {
        while served.get() < 20 {
            assert!(from.elapsed() < Duration::from_secs(30), "{} served", served.get());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    serves(Instant::now()).await;
    let server =
        tokio::task::spawn_blocking(move || server.restart().map(|()| server)).await.unwrap().unwrap();
    served.set(0);
    serves(Instant::now()).await;
    stop.set(true);
    while let Some(done) = callers.join_next().await {
        done.unwrap();
    }
    pool.close().await;
    server.stop().unwrap();
}

/// Behind a pooler that may lead each transaction to another connection of the server: no statement meets one of
/// another client, inside a transaction or outside.
async fn keeps_statements_apart<P: Pool>(address: Address) {
    let options = PoolOptions { size: 8, acquire_timeout: PATIENT, ..PoolOptions::default() };
    let pool = Rc::new(P::open(&address, &options).unwrap());
    let mut callers = tokio::task::JoinSet::new();
    for caller in 1..=8 {
        let pool = pool.clone();
        callers.spawn_local(async move {
            let rows = Sql::new("select n from generate_series(1, $1) n");
            let forms = [
                ("select $1 + 1::bigint", caller + 1),
                ("select $1 * 2::bigint", caller * 2),
                ("select -$1", -caller),
            ];
            for _ in 0..40 {
                let mut session = pool.acquire().await.unwrap();
                assert_eq!(session.execute(&rows, &[Value::Integer(caller)]).await.unwrap(), caller as u64);
                session.begin().await.unwrap();
                for (text, result) in forms {
                    let told = session.fetch_id(&Sql::new(text), &[Value::Integer(caller)]).await.unwrap();
                    assert_eq!(told, Some(result), "{text}");
                }
                session.commit().await.unwrap();
            }
        });
    }
    while let Some(done) = callers.join_next().await {
        done.unwrap();
    }
    pool.close().await;
}

#[test]
fn statements_are_kept_apart_behind_a_pgbouncer_in_transaction_mode() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::PgBouncer]) {
        return;
    }
    let server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let (name, schema) = ("few".to_owned(), "public".to_owned());
    let front = Front { name, mode: PoolMode::Transaction, size: 3, schema };
    let pooler = PgBouncerServer::start(&server, std::slice::from_ref(&front)).unwrap();
    let address = Address::parse(&pooler.url("few")).unwrap().behind_transactions();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        keeps_statements_apart::<SqlxPool>(address.clone()).await;
        keeps_statements_apart::<DeadpoolPool>(address.clone()).await;
        keeps_statements_apart::<Bb8Pool>(address.clone()).await;
        keeps_statements_apart::<NoPool>(address).await;
    });
    pooler.stop().unwrap();
    server.stop().unwrap();
}

macro_rules! after_a_restart {
    ($($pool:ident: $type:ty),* $(,)?) => {
        mod after_a_restart {
            use super::*;

            $(#[test]
            fn $pool() {
                if !common::needs(&[ServerKind::Postgres]) {
                    return;
                }
                let server = PostgresServer::start(Durability::ThrowAway).unwrap();
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                let address = Address::parse(server.url()).unwrap();
                let lends = lends_again_after_a_restart::<$type>(address, server);
                tokio::task::LocalSet::new().block_on(&runtime, lends);
            })*
        }
    };
}

after_a_restart!(sqlx: SqlxPool, deadpool: DeadpoolPool, bb8: Bb8Pool, none: NoPool);
