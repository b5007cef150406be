//! Drive a pool of your own: the traits `Pool` and `Session`, and one call. This pool has no database: a
//! semaphore lends its connections, and a statement that would sleep on the server sleeps here. Yours
//! opens the address that it is given.
//!
//! ```sh
//! cargo run --release --example drive_my_own_pool
//! ```
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use poolbench::plan::Plan;
use poolbench::pool::{
    AcquireError, AcquirePhase, Address, Pool, PoolOptions, Session, Sql, SqlError, Value,
};
use poolbench::record::{AcquireParts, Gauges};
use poolbench::run::{OwnPlace, Stop, drive_pool};
use poolbench::scenario::{Builtin, Overrides};
use poolbench::target::DatabaseUrl;
use poolbench::units::TimeScale;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

struct MyPool {
    free: Arc<Semaphore>,
    size: u32,
    timeout: Duration,
}

/// Dropping it gives the connection back.
struct MySession {
    _lent: OwnedSemaphorePermit,
}

impl Pool for MyPool {
    type Session = MySession;

    fn open(_: &Address, options: &PoolOptions) -> Result<Self, AcquireError> {
        let free = Arc::new(Semaphore::new(options.size as usize));
        Ok(Self { free, size: options.size, timeout: options.acquire_timeout })
    }

    async fn acquire(&self) -> Result<MySession, AcquireError> {
        match tokio::time::timeout(self.timeout, self.free.clone().acquire_owned()).await {
            Ok(Ok(lent)) => Ok(MySession { _lent: lent }),
            Ok(Err(closed)) => Err(AcquireError::Failed(SqlError::new(closed.to_string()))),
            Err(_) => Err(AcquireError::TimedOut(AcquirePhase::Wait)),
        }
    }

    fn gauges(&self) -> Gauges {
        Gauges { size: self.size, idle: self.free.available_permits() as u32, waiting: None }
    }

    fn identity(options: &PoolOptions) -> String {
        format!("a semaphore of {}", options.size)
    }

    async fn close(&self) {
        self.free.close();
    }
}

impl Session for MySession {
    fn acquire_parts(&self) -> AcquireParts {
        AcquireParts::default()
    }

    async fn begin(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), SqlError> {
        Ok(())
    }

    async fn execute(&mut self, _: &Sql, values: &[Value<'_>]) -> Result<u64, SqlError> {
        // The one statement with a single float is the one that takes the step's time.
        if let [Value::Float(seconds)] = values {
            tokio::time::sleep(Duration::from_secs_f64(*seconds)).await;
        }
        Ok(1)
    }

    async fn fetch_id(&mut self, _: &Sql, values: &[Value<'_>]) -> Result<Option<i64>, SqlError> {
        Ok(Some(match values.first() {
            Some(Value::Integer(id)) => *id,
            _ => 1,
        }))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    // The job service, 200 times as fast: both scopes take some ten seconds.
    let scenario = Builtin::named("job-submission").ok_or("no such scenario")?.scenario()?;
    let time_scale = TimeScale::new(1.0 / 200.0);
    let plan = Plan::of(&scenario.with(&Overrides { time_scale, ..Overrides::default() }));
    let url = DatabaseUrl::new("postgres://nobody@127.0.0.1:1/none".to_owned());
    let place = OwnPlace { address: Address::parse(&url)?, schema: "none".to_owned() };
    let stop = Stop::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for scope in plan.scopes.iter().copied() {
        let lane = drive_pool::<MyPool>(&plan, scope, "my-pool", &place, &stop);
        let tape = runtime.block_on(lane)?.tape;
        let (ledger, hold) = (tape.measured.ledger, &tape.measured.hold.seen);
        let mean = hold.sum() / u128::from(hold.count().max(1));
        let mean = plan.time_scale.nominal(Duration::from_nanos(mean as u64));
        println!(
            "{:<18} completed {} of {} requests; mean hold {mean:.1?}, at nominal times",
            scope.name(),
            ledger.completed,
            ledger.scheduled
        );
    }
    Ok(())
}
