//! What each pool library takes to lend a connection and to take it back, on one thread, as a
//! lane uses it. No statement is run, but for the test that a library makes before it lends.

use std::rc::Rc;
use std::time::{Duration, Instant};

use super::spread::{Spread, quantile};
use super::{CalibrationError, CalibrationPlan, runtime};
use crate::load::Library;
use crate::pool::bb8::Bb8Pool;
use crate::pool::deadpool::DeadpoolPool;
use crate::pool::none::NoPool;
use crate::pool::noop::NoopPool;
use crate::pool::sqlx::SqlxPool;
use crate::pool::{AcquireError, Address, LivenessOverride, Pool, PoolOptions};
use crate::record::Histogram;
use crate::units::Rate;

/// What a pool library costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PoolCost {
    /// The library.
    pub library: Library,
    /// Whether it tests a connection before it lends it; the library's own default otherwise.
    pub liveness_check: Option<LivenessOverride>,
    /// One caller, who gives a connection back as soon as there is one.
    pub uncontended: Lending,
    /// 200 callers on 20 connections, each of whom holds a connection for one turn of the
    /// runtime.
    pub contended: Lending,
}

/// Acquire and release, over and over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lending {
    /// Half of the acquires wait no longer than this.
    pub p50: Spread<Duration>,
    /// 99 in 100 wait no longer than this.
    pub p99: Spread<Duration>,
    /// All the time ÷ all acquires. It holds the release as well, whenever it is done: a release
    /// may leave work behind that no caller waits for.
    pub each: Spread<Duration>,
    /// Connections lent and given back per second.
    pub throughput: Spread<Rate>,
}

/// What is measured: each library as it comes, and sqlx and bb8 without their test, a round trip that would
/// hide what the library itself takes.
const VARIANTS: [(Library, Option<LivenessOverride>); 6] = [
    (Library::Noop, None),
    (Library::Sqlx, None),
    (Library::Sqlx, Some(LivenessOverride::Never)),
    (Library::Deadpool, None),
    (Library::Bb8, None),
    (Library::Bb8, Some(LivenessOverride::Never)),
];

const CONNECTIONS: u32 = 20;

/// Callers that compete for them.
const CALLERS: u32 = 200;

pub(super) fn measure(plan: &CalibrationPlan) -> Result<Vec<PoolCost>, CalibrationError> {
    let effort = plan.effort;
    let rounds = effort.pick(1, 5);
    let span = Duration::from_millis(effort.pick(60, 200));
    let mut of_variant: [Vec<[PoolRound; 2]>; VARIANTS.len()] = Default::default();
    for _ in 0..rounds {
        for ((library, check), rounds) in VARIANTS.iter().zip(&mut of_variant) {
            plan.go_on()?;
            rounds.push(round(*library, *check, &plan.address, span)?);
        }
    }
    let costs = VARIANTS.into_iter().zip(of_variant).map(|((library, liveness_check), rounds)| {
        let uncontended = lending(name(library), rounds.iter().map(|[one, _]| one))?;
        let contended = lending(name(library), rounds.iter().map(|[_, many]| many))?;
        Ok(PoolCost { library, liveness_check, uncontended, contended })
    });
    costs.collect()
}

pub(super) fn name(library: Library) -> &'static str {
    match library {
        Library::Sqlx => "sqlx",
        Library::Deadpool => "deadpool",
        Library::Bb8 => "bb8",
        Library::None => "a connection each",
        Library::Noop => "no pool",
    }
}

/// What one round of callers on a pool measured.
struct PoolRound {
    waits: Histogram,
    took: Duration,
}

fn lending<'a>(
    who: &'static str,
    rounds: impl Iterator<Item = &'a PoolRound> + Clone,
) -> Result<Lending, CalibrationError> {
    let wait = |share| {
        let waits = rounds.clone().map(move |round| Duration::from_nanos(quantile(&round.waits, share)));
        Spread::of(who, waits)
    };
    let rates = rounds
        .clone()
        .filter_map(|round| Rate::per_second(round.waits.count() as f64 / round.took.as_secs_f64()));
    let each = rounds.clone().map(|round| round.took.div_f64(round.waits.count().max(1) as f64));
    Ok(Lending {
        p50: wait(0.5)?,
        p99: wait(0.99)?,
        each: Spread::of(who, each)?,
        throughput: Spread::of(who, rates)?,
    })
}

fn round(
    library: Library,
    liveness_check: Option<LivenessOverride>,
    address: &Address,
    span: Duration,
) -> Result<[PoolRound; 2], CalibrationError> {
    let options = PoolOptions { size: CONNECTIONS, liveness_check, ..PoolOptions::default() };
    let runtime = runtime()?;
    let local = tokio::task::LocalSet::new();
    let done = match library {
        Library::Sqlx => local.block_on(&runtime, both::<SqlxPool>(address, &options, span)),
        Library::Deadpool => local.block_on(&runtime, both::<DeadpoolPool>(address, &options, span)),
        Library::Bb8 => local.block_on(&runtime, both::<Bb8Pool>(address, &options, span)),
        Library::None => local.block_on(&runtime, both::<NoPool>(address, &options, span)),
        Library::Noop => local.block_on(&runtime, both::<NoopPool>(address, &options, span)),
    };
    done.map_err(|fault| CalibrationError::Pool { who: name(library), fault })
}

/// One caller, and then many, on a pool whose connections are all made.
async fn both<P: Pool>(
    address: &Address,
    options: &PoolOptions,
    span: Duration,
) -> Result<[PoolRound; 2], AcquireError> {
    let pool = Rc::new(P::open(address, options)?);
    let mut held = Vec::new();
    for _ in 0..options.size {
        held.push(pool.acquire().await?);
    }
    drop(held);
    let one = lend(&pool, 1, span).await?;
    let many = lend(&pool, CALLERS, span).await?;
    pool.close().await;
    Ok([one, many])
}

/// Callers that borrow a connection and give it back, over and over, until the time is up.
async fn lend<P: Pool>(pool: &Rc<P>, callers: u32, span: Duration) -> Result<PoolRound, AcquireError> {
    let start = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..callers {
        let pool = pool.clone();
        tasks.spawn_local(async move {
            let mut waits = Histogram::new();
            loop {
                let asked = Instant::now();
                if asked - start >= span {
                    return Ok(waits);
                }
                let session = pool.acquire().await?;
                waits.note(asked.elapsed().as_nanos() as u64);
                if callers > 1 {
                    // One turn, in which the others find the connection taken.
                    tokio::task::yield_now().await;
                }
                drop(session);
            }
        });
    }
    let mut waits = Histogram::new();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok(noted) => waits.merge(&noted?),
            Err(fault) => return Err(AcquireError::Failed(fault.to_string().into())),
        }
    }
    Ok(PoolRound { waits, took: start.elapsed() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::DatabaseUrl;

    #[test]
    fn the_pool_that_does_nothing_lends_to_one_and_to_many() {
        let nowhere = Address::parse(&DatabaseUrl::new("postgres://nobody@127.0.0.1:1/nothing")).unwrap();
        let [one, many] = round(Library::Noop, None, &nowhere, Duration::from_millis(20)).unwrap();
        let told = lending("it", [&one, &many].into_iter()).unwrap();
        assert!(one.waits.count() > 10 && many.waits.count() > 200);
        assert!(told.p50.median <= told.p99.median && told.throughput.n == 2);
    }

    #[test]
    fn a_pool_without_a_server_is_named() {
        let nowhere = Address::parse(&DatabaseUrl::new("postgres://u:s3cret@127.0.0.1:1/nothing")).unwrap();
        let fault = round(Library::Deadpool, None, &nowhere, Duration::ZERO).err().unwrap().to_string();
        assert!(fault.starts_with("cannot measure deadpool") && !fault.contains("s3cret"), "{fault}");
    }
}
