//! What each pool library takes to lend a connection and to take it back, on one thread.

mod common;

use std::rc::Rc;
use std::time::{Duration, Instant};

use common::{Database, WARM_UP};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use poolbench::pool::deadpool::DeadpoolPool;
use poolbench::pool::sqlx::SqlxPool;
use poolbench::pool::{AcquireError, LivenessOverride, Pool, PoolOptions};
use tokio::task::{JoinSet, LocalSet};

const CONNECTIONS: u32 = 20;

/// Callers, and what the id says of them.
const CALLERS: [(u64, &str); 2] = [(1, "1 caller"), (200, "200 callers on 20")];

fn lending(criterion: &mut Criterion) {
    let Some(database) = Database::start("acquire + release") else { return };
    of::<DeadpoolPool>(criterion, &database, "deadpool", None);
    of::<SqlxPool>(criterion, &database, "sqlx", None);
    of::<SqlxPool>(criterion, &database, "sqlx, no test before", Some(LivenessOverride::Never));
}

fn of<P: Pool>(
    criterion: &mut Criterion,
    database: &Database,
    name: &str,
    liveness_check: Option<LivenessOverride>,
) {
    let mut group = criterion.benchmark_group("acquire + release");
    group.throughput(Throughput::Elements(1));
    group.warm_up_time(WARM_UP).measurement_time(Duration::from_secs(3)).sample_size(20);
    let local = LocalSet::new();
    let pool = local.block_on(&database.runtime, open::<P>(database, liveness_check));
    let pool = Rc::new(pool.expect("a pool of twenty connections"));
    for (callers, words) in CALLERS {
        group.bench_function(BenchmarkId::new(words, name), |bencher| {
            bencher.iter_custom(|times| {
                let took = local.block_on(&database.runtime, lend(&pool, callers, times));
                took.expect("every acquire gets a connection")
            });
        });
    }
    local.block_on(&database.runtime, pool.close());
    group.finish();
}

/// A pool whose connections are all made.
async fn open<P: Pool>(
    database: &Database,
    liveness_check: Option<LivenessOverride>,
) -> Result<P, AcquireError> {
    let options = PoolOptions { size: CONNECTIONS, liveness_check, ..PoolOptions::default() };
    let pool = P::open(&database.address, &options)?;
    let mut held = Vec::new();
    for _ in 0..CONNECTIONS {
        held.push(pool.acquire().await?);
    }
    drop(held);
    Ok(pool)
}

/// So many times in all, by so many callers at once.
async fn lend<P: Pool>(pool: &Rc<P>, callers: u64, times: u64) -> Result<Duration, AcquireError> {
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let pool = pool.clone();
        let own = times / callers + u64::from(caller < times % callers);
        tasks.spawn_local(async move {
            for _ in 0..own {
                let session = pool.acquire().await?;
                if callers > 1 {
                    // One turn of the runtime, in which the others find the connection taken.
                    tokio::task::yield_now().await;
                }
                drop(session);
            }
            Ok::<_, AcquireError>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|fault| AcquireError::Failed(fault.to_string().into()))??;
    }
    Ok(start.elapsed())
}

criterion_group!(benches, lending);
criterion_main!(benches);
