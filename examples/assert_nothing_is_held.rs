//! A test of your own application: no connection is held across slow work. A tap stands before the database, your pool
//! gets the tap's address, and at the end you assert.
//!
//! ```sh
//! cargo run --example assert_nothing_is_held
//! ```
//!
//! It needs the PostgreSQL server programs; in your own test, give `Tap::start` the URL of your test database.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::time::Duration;

use deadpool_postgres::{Manager, Pool};
use poolbench::provision::{Durability, PostgresServer, ProvisionError};
use poolbench::tap::Tap;
use sqlx::postgres::PgPoolOptions;
use tokio_postgres::NoTls;

const SLOW_WORK: Duration = Duration::from_millis(200);
const LIMIT: Duration = Duration::from_millis(100);

/// The handler as one writes it first: its transaction spans the call of another service.
async fn holds(pool: &sqlx::PgPool) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    sqlx::query("insert into jobs (state) values ('PENDING')").execute(&mut *transaction).await?;
    tokio::time::sleep(SLOW_WORK).await;
    sqlx::query("update jobs set state = 'SUBMITTED'").execute(&mut *transaction).await?;
    transaction.commit().await
}

/// The same with a transaction for each thing that has to stand alone.
async fn releases(pool: &Pool) -> Result<(), Box<dyn Error>> {
    pool.get().await?.execute("insert into jobs (state) values ('PENDING')", &[]).await?;
    tokio::time::sleep(SLOW_WORK).await;
    pool.get().await?.execute("update jobs set state = 'SUBMITTED'", &[]).await?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let server = match PostgresServer::start(Durability::ThrowAway) {
        Err(ProvisionError::NotFound(why)) => {
            println!("no PostgreSQL server programs on this machine: {why}");
            return Ok(());
        }
        started => started?,
    };
    let url = server.url().expose();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let tap = Tap::start(url.to_owned()).await?;
        let pool = PgPoolOptions::new().max_connections(4).connect(tap.url()).await?;
        sqlx::query("create table jobs (state text)").execute(&pool).await?;
        holds(&pool).await?;
        match tap.report().idle_hold_below(LIMIT) {
            Ok(()) => println!("sqlx, one transaction: nothing was held"),
            Err(found) => println!("sqlx, one transaction: {found}"),
        }

        let tap = Tap::start(url.to_owned()).await?;
        let manager = Manager::new(tap.url().parse()?, NoTls);
        let pool = Pool::builder(manager).max_size(4).build()?;
        releases(&pool).await?;
        tap.assert_idle_hold_below(LIMIT);
        println!("deadpool-postgres, a transaction each: no connection was held for {LIMIT:?} without SQL");
        Ok(())
    })
}
