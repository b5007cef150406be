//! Callers that send one `SELECT` after the other, and how they are laid out over threads.

use std::future::Future;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use crate::pool::deadpool::DeadpoolPool;
use crate::pool::sqlx::SqlxPool;
use crate::pool::{Address, LivenessOverride, Pool, PoolOptions, Session, Sql, Value};
use crate::units::Rate;

/// How a `SELECT` gets to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    /// `tokio-postgres`, a client a caller: no pool, no adapter.
    BareTokioPostgres,
    /// The adapter for `deadpool-postgres`: acquire, `SELECT`, release.
    Deadpool,
    /// sqlx, a connection a caller: no pool, no adapter.
    BareSqlx,
    /// The adapter for sqlx: acquire without a test, `SELECT`, release.
    Sqlx,
    /// `pgbench -S -M prepared`.
    Pgbench,
}

/// How callers are laid out over threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrangement {
    /// One runtime of two threads, which share all connections.
    Shared,
    /// Two runtimes of one thread, each with half of the connections.
    Apart,
}

/// Threads, as in `pgbench -j 2`.
pub(super) const THREADS: u32 = 2;

/// The statement of `pgbench -S`, with a result that every driver reads as the same type.
pub(super) const SELECT: &str = "select abalance::bigint from pgbench_accounts where aid = $1";

/// Rows of the table, at scale 1.
pub(super) const ACCOUNTS: i64 = 100_000;

/// Someone who sends one statement after the other on connections that are ready.
pub(super) trait Caller: Sized + Send + 'static {
    /// So many callers with as many connections.
    fn callers(address: &Address, count: u32) -> impl Future<Output = Result<Vec<Self>, String>> + Send;

    /// Sends one `SELECT`, and reads its row.
    fn select(&mut self, aid: i64) -> impl Future<Output = Result<(), String>> + Send;
}

/// What one round of callers is given.
#[derive(Debug, Clone)]
pub(super) struct RoundSpec {
    pub(super) address: Address,
    pub(super) connections: u32,
    /// Not counted, at the beginning: statements are prepared, and caches filled.
    pub(super) warm_up: Duration,
    /// The measured part of the round.
    pub(super) span: Duration,
}

/// Runs callers for one round, and tells how many `SELECT`s a second they got answered.
pub(super) fn run<C: Caller>(arrangement: Arrangement, round: &RoundSpec) -> Result<Rate, String> {
    let selects: u64 = match arrangement {
        Arrangement::Shared => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(THREADS as usize)
                .enable_all()
                .build()
                .map_err(|fault| fault.to_string())?;
            // In a task, so that only the two workers do the work.
            let crew = crew::<C>(round.clone(), 0, Arc::new(Barrier::new(1)));
            runtime.block_on(async { tokio::spawn(crew).await.map_err(|fault| fault.to_string())? })?
        }
        Arrangement::Apart => apart::<C>(round)?,
    };
    Rate::per_second(selects as f64 / round.span.as_secs_f64()).ok_or_else(|| "no answer came".to_owned())
}

fn apart<C: Caller>(round: &RoundSpec) -> Result<u64, String> {
    let ready = Arc::new(Barrier::new(THREADS as usize));
    let threads = (0..THREADS).map(|thread| {
        let connections = (round.connections + thread) / THREADS;
        let (round, ready) = (RoundSpec { connections, ..round.clone() }, ready.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(crew::<C>(round, u64::from(thread), ready)),
                Err(fault) => {
                    ready.wait();
                    Err(fault.to_string())
                }
            }
        })
    });
    let threads: Vec<_> = threads.collect();
    let told = threads.into_iter().map(|thread| match thread.join() {
        Ok(told) => told,
        Err(_) => Err("a thread broke down".to_owned()),
    });
    told.collect::<Vec<_>>().into_iter().sum()
}

/// The callers of one runtime, from their connections to their count.
async fn crew<C: Caller>(round: RoundSpec, seed: u64, ready: Arc<Barrier>) -> Result<u64, String> {
    let callers = C::callers(&round.address, round.connections).await;
    // Whoever failed is waited for as well, or the other thread would wait for ever. Nothing else
    // runs on this runtime yet, so it may block.
    ready.wait();
    let from = Instant::now() + round.warm_up;
    let until = from + round.span;
    let mut tasks = tokio::task::JoinSet::new();
    for (number, caller) in callers?.into_iter().enumerate() {
        tasks.spawn(keep_sending(caller, from, until, seed * 1000 + number as u64));
    }
    let mut selects = 0;
    while let Some(told) = tasks.join_next().await {
        selects += told.map_err(|fault| fault.to_string())??;
    }
    Ok(selects)
}

async fn keep_sending<C: Caller>(
    mut caller: C,
    from: Instant,
    until: Instant,
    seed: u64,
) -> Result<u64, String> {
    let mut selects = 0;
    let mut random = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    loop {
        caller.select(account(&mut random)).await?;
        let now = Instant::now();
        if now >= until {
            return Ok(selects);
        }
        selects += u64::from(now >= from);
    }
}

/// A row of the table, evenly at random (xorshift64).
fn account(random: &mut u64) -> i64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    (*random % ACCOUNTS as u64) as i64 + 1
}

/// A caller of an adapter: a connection for each statement.
pub(super) struct Through<P> {
    pool: Arc<P>,
    sql: Sql,
}

/// The same for each library, and not generic: that a future can go to another thread is known
/// of a library's own futures alone.
macro_rules! through {
    ($pool:ty) => {
        impl Caller for Through<$pool> {
            async fn callers(address: &Address, count: u32) -> Result<Vec<Self>, String> {
                let options = PoolOptions {
                    size: count,
                    liveness_check: Some(LivenessOverride::Never),
                    ..PoolOptions::default()
                };
                let opened = <$pool>::open(address, &options).map_err(|fault| fault.to_string())?;
                let (pool, mut held) = (Arc::new(opened), Vec::new());
                for _ in 0..count {
                    held.push(pool.acquire().await.map_err(|fault| fault.to_string())?);
                }
                let sql = Sql::new(SELECT);
                Ok((0..count).map(|_| Self { pool: pool.clone(), sql: sql.clone() }).collect())
            }

            async fn select(&mut self, aid: i64) -> Result<(), String> {
                let mut session = self.pool.acquire().await.map_err(|fault| fault.to_string())?;
                let found = session.fetch_id(&self.sql, &[Value::Integer(aid)]).await;
                found.map_err(|fault| fault.to_string())?.map(|_| ()).ok_or_else(|| missing(aid))
            }
        }
    };
}

through!(DeadpoolPool);
through!(SqlxPool);

pub(super) fn missing(aid: i64) -> String {
    format!("there is no account {aid}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::DatabaseUrl;

    /// Answers at once, but for one turn of the runtime.
    struct Instantly;

    impl Caller for Instantly {
        async fn callers(_: &Address, count: u32) -> Result<Vec<Self>, String> {
            Ok((0..count).map(|_| Self).collect())
        }

        async fn select(&mut self, aid: i64) -> Result<(), String> {
            tokio::task::yield_now().await;
            if (1..=ACCOUNTS).contains(&aid) { Ok(()) } else { Err(missing(aid)) }
        }
    }

    /// Has no connection on one of the threads.
    struct HalfThere;

    impl Caller for HalfThere {
        async fn callers(_: &Address, count: u32) -> Result<Vec<Self>, String> {
            if count > 2 { Err("refused".to_owned()) } else { Ok(vec![Self]) }
        }

        async fn select(&mut self, _: i64) -> Result<(), String> {
            tokio::task::yield_now().await;
            Ok(())
        }
    }

    fn round(connections: u32) -> RoundSpec {
        let url = DatabaseUrl::new("postgres://nobody@127.0.0.1:1/nothing");
        // So long that a busy machine does not take all of it.
        let (warm_up, span) = (Duration::from_millis(5), Duration::from_millis(300));
        RoundSpec { address: Address::parse(&url).unwrap(), connections, warm_up, span }
    }

    #[test]
    fn both_arrangements_count_what_was_answered() {
        for arrangement in [Arrangement::Shared, Arrangement::Apart] {
            assert!(run::<Instantly>(arrangement, &round(5)).unwrap().as_per_second() > 100.0);
        }
    }

    #[test]
    fn a_thread_without_connections_ends_the_round() {
        assert_eq!(run::<HalfThere>(Arrangement::Apart, &round(5)).unwrap_err(), "refused");
    }
}
