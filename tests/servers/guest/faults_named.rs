//! What a server does to a connection is told by its code, the same on every pool: on real servers that
//! the test starts.

use std::future::Future;
use std::time::Duration;

use poolbench::jobs::Failure;
use poolbench::pool::admin::Admin;
use poolbench::pool::deadpool::DeadpoolPool;
use poolbench::pool::sqlx::SqlxPool;
use poolbench::pool::{AcquireError, Address, Pool, PoolOptions, Session, Sql, SqlError};
use poolbench::provision::{Durability, PostgresServer, RedisServer, ServerKind};
use poolbench::queue::{Queue, QueueName, QueuePlace, RedisAddress};
use poolbench::record::{Cause, Failures};
use poolbench::target::DatabaseUrl;

const NAME: &str = "poolbench faults";

struct Bench {
    address: Address,
    url: String,
    /// Does to the server what an administrator does.
    hand: Admin,
}

impl Bench {
    fn open<P: Pool>(&self) -> P {
        let options = PoolOptions { size: 2, application_name: NAME.to_owned(), ..PoolOptions::default() };
        P::open(&self.address, &options).unwrap()
    }

    async fn does(&self, statement: &str) {
        self.hand.make_tables(&[statement.to_owned()]).await.unwrap();
    }
}

/// The code and the cause of a failure, once it is recorded.
fn named(failure: Failure) -> (String, Option<Cause>) {
    let failed = failure.during("step");
    let mut failures = Failures::default();
    failures.note(&failed.told());
    let kind = &failures.kinds[0];
    (kind.state.map(|state| state.to_string()).unwrap_or_default(), Cause::of(kind))
}

fn assert_named(fault: &SqlError, code: &str, cause: Cause) {
    assert_eq!(named(fault.clone().into()), (code.to_owned(), Some(cause)), "{fault:?}");
}

async fn statement_timeout<P: Pool>(bench: &Bench) {
    bench.does("alter role postgres set statement_timeout = '50ms'").await;
    let pool: P = bench.open();
    let mut session = pool.acquire().await.unwrap();
    session.begin().await.unwrap();
    let fault = session.execute(&Sql::new("select pg_sleep(5)"), &[]).await.unwrap_err();
    assert_named(&fault, "57014", Cause::StatementTimeout);
    assert_eq!(fault.statement(), "select pg_sleep(5)");
    session.rollback().await.unwrap();
    drop(session);
    pool.close().await;
    bench.does("alter role postgres reset all").await;
}

/// The server speaks while nobody listens: the driver hears of it at the next statement.
async fn idle_in_transaction<P: Pool>(bench: &Bench) {
    bench.does("alter role postgres set idle_in_transaction_session_timeout = '50ms'").await;
    let pool: P = bench.open();
    let mut session = pool.acquire().await.unwrap();
    session.begin().await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let fault = session.commit().await.unwrap_err();
    assert_named(&fault, "25P03", Cause::IdleInTransaction);
    drop(session);
    pool.close().await;
    bench.does("alter role postgres reset all").await;
}

const TERMINATE: &str =
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'poolbench faults'";

async fn terminated<P: Pool>(bench: &Bench) {
    let pool: P = bench.open();
    let mut busy = pool.acquire().await.unwrap();
    let mut idle = pool.acquire().await.unwrap();
    idle.begin().await.unwrap();
    let sleep = Sql::new("select pg_sleep(5)");
    let (fault, ()) = tokio::join!(busy.execute(&sleep, &[]), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        bench.does(TERMINATE).await;
    });
    assert_named(&fault.unwrap_err(), "57P01", Cause::Terminated);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let fault = idle.execute(&Sql::new("select 1"), &[]).await.unwrap_err();
    assert_named(&fault, "57P01", Cause::Terminated);
    drop((busy, idle));
    pool.close().await;
}

async fn dropped_table<P: Pool>(bench: &Bench) {
    bench.does("create table fleeting (n bigint)").await;
    let pool: P = bench.open();
    let mut session = pool.acquire().await.unwrap();
    session.execute(&Sql::new("insert into fleeting values (1)"), &[]).await.unwrap();
    bench.does("drop table fleeting").await;
    let fault = session.execute(&Sql::new("insert into fleeting values (1)"), &[]).await.unwrap_err();
    assert_named(&fault, "42P01", Cause::WrongStatement);
    assert!(fault.says().contains("fleeting") && !fault.says().contains("error returned"), "{fault}");
    drop(session);
    pool.close().await;
}

/// Without a connection the server's code is told as well.
async fn refused<P: Pool>(bench: &Bench) {
    let (place, _) = bench.url.rsplit_once('/').unwrap();
    let url = format!("{place}/no_such_database");
    let options = PoolOptions { acquire_timeout: Duration::from_secs(3), ..PoolOptions::default() };
    let pool = P::open(&Address::parse(&DatabaseUrl::new(url)).unwrap(), &options).unwrap();
    let Err(AcquireError::Failed(fault)) = pool.acquire().await else { panic!("a connection to nothing") };
    assert_named(&fault, "3D000", Cause::DatabaseGone);
}

/// A server that is gone makes no pool look short. sqlx tries again until the acquire timeout.
async fn gone<P: Pool>() -> Option<Cause> {
    let server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let options = PoolOptions { acquire_timeout: Duration::from_millis(500), ..PoolOptions::default() };
    let pool = P::open(&Address::parse(server.url()).unwrap(), &options).unwrap();
    drop(pool.acquire().await.unwrap());
    server.stop().unwrap();
    // The drivers hear of it in tasks of their own.
    tokio::time::sleep(Duration::from_millis(100)).await;
    let Err(fault) = pool.acquire().await else { panic!("a connection to nothing") };
    named(fault.into()).1
}

#[test]
fn a_server_that_is_gone() {
    if !crate::common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        assert_eq!(gone::<SqlxPool>().await, Some(Cause::NoConnectionMade));
        assert_eq!(gone::<DeadpoolPool>().await, Some(Cause::ConnectionLost));
    });
}

fn on_a_server<F: Future<Output = ()>>(test: impl FnOnce(Bench) -> F) {
    if !crate::common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let address = Address::parse(server.url()).unwrap();
        let hand = Admin::connect(&address, "the administrator").await.unwrap();
        test(Bench { address, url: server.url().expose().to_owned(), hand }).await;
    });
}

async fn all<P: Pool>(bench: Bench) {
    statement_timeout::<P>(&bench).await;
    idle_in_transaction::<P>(&bench).await;
    terminated::<P>(&bench).await;
    dropped_table::<P>(&bench).await;
    refused::<P>(&bench).await;
}

#[test]
fn by_sqlx() {
    on_a_server(all::<SqlxPool>);
}

#[test]
fn by_deadpool() {
    on_a_server(all::<DeadpoolPool>);
}

/// Redis tells its reason inside an answer to a whole transaction.
#[test]
fn of_the_queue() {
    if !crate::common::needs(&[ServerKind::Redis]) {
        return;
    }
    let server = RedisServer::start().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = redis::Client::open(server.url().expose()).unwrap();
        let mut hand = client.get_multiplexed_async_connection().await.unwrap();
        let place = QueuePlace {
            address: RedisAddress::parse(server.url()).unwrap(),
            name: QueueName::of_run("0123abcd"),
        };
        let queue = Queue::connect(Some(&place)).await.unwrap();
        queue.enqueue(1).await.unwrap();
        let full = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(1).exec_async(&mut hand).await;
        full.unwrap();
        let fault = queue.enqueue(2).await.unwrap_err();
        assert_eq!(named(fault.clone().into()), (String::new(), Some(Cause::QueueFull)), "{fault}");
        drop(server);
        let fault = queue.enqueue(3).await.unwrap_err();
        assert_eq!(named(fault.clone().into()), (String::new(), Some(Cause::QueueGone)), "{fault}");
    });
}
