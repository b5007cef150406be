//! Where the servers of a run come from: the user's URLs, or throw-away servers.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use clap::Args;

use super::exit::CliError;
use super::output;
use super::surroundings::{completed, of_variables, variable};
use crate::load::Stop;
use crate::plan::Plan;
use crate::pool::Address;
use crate::pool::admin::lane_schemas;
use crate::provision::{
    Durability, Front, PgBouncerServer, PoolMode, PostgresServer, ProvisionError, RedisServer,
};
use crate::queue::{QueueError, RedisAddress};
use crate::report::lang::word;
use crate::run::{Pooler, RunError, Servers, Whose, front_name};
use crate::scenario::{PoolKind, Via};
use crate::target::{DatabaseUrl, RedisUrl};

#[derive(Debug, Clone, Args)]
pub(super) struct ServerArgs {
    /// Postgres to use; without it a throw-away server is started
    #[arg(long, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database_url: Option<DatabaseUrl>,

    /// Redis to use; without it a throw-away server is started, or the queue is its delay alone
    #[arg(long, value_name = "URL", env = "REDIS_URL", hide_env_values = true)]
    redis_url: Option<RedisUrl>,

    /// Schema that poolbench makes, works in, and drops; that of the next lane has _2 after it
    #[arg(long, value_name = "NAME", default_value = SCHEMA, value_parser = schema_name)]
    pub(super) schema: String,

    /// Keep Postgres's own durability settings on the throw-away server
    #[arg(long)]
    durable: bool,
}

pub(super) const SCHEMA: &str = "poolbench";

/// Names that need no quoting in any setting or statement.
pub(super) fn schema_name(text: &str) -> Result<String, String> {
    let sound = text.len() <= 63
        && text.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !text.starts_with("pg_");
    if sound {
        return Ok(text.to_owned());
    }
    Err("write a name of small letters, digits and _ that does not begin with a digit or pg_".to_owned())
}

/// A variable that is set to nothing is as good as none.
pub(super) fn given(url: Option<&DatabaseUrl>) -> Option<&DatabaseUrl> {
    url.filter(|url| !url.expose().trim().is_empty())
}

impl Default for ServerArgs {
    fn default() -> Self {
        Self {
            database_url: variable("DATABASE_URL").map(DatabaseUrl::new),
            redis_url: variable("REDIS_URL").map(RedisUrl::new),
            schema: SCHEMA.to_owned(),
            durable: false,
        }
    }
}

impl ServerArgs {
    pub(super) fn durability(&self) -> Durability {
        if self.durable { Durability::Durable } else { Durability::ThrowAway }
    }
}

/// Servers that live as long as this value.
#[derive(Debug)]
pub(super) struct Provided {
    pub(super) servers: Servers,
    // Before the server that it is in front of.
    _pooler: Option<PgBouncerServer>,
    _postgres: Option<PostgresServer>,
    _redis: Option<RedisServer>,
}

/// What a PgBouncer has to call the databases of the lanes that go through one.
pub(super) fn fronts(plans: &[&Plan], schema: &str) -> Vec<Front> {
    let mut fronts: Vec<Front> = Vec::new();
    for plan in plans {
        let schemas = lane_schemas(schema, plan.pools.len() * plan.scopes.len());
        let pools = plan.pools.iter().filter_map(|name| name.parse::<PoolKind>().ok());
        let lanes = pools.flat_map(|pool| plan.scopes.iter().map(move |_| pool));
        for (lane, (pool, schema)) in lanes.zip(schemas).enumerate() {
            let mode = match pool.via {
                Via::Direct => continue,
                Via::PgBouncerSession => PoolMode::Session,
                Via::PgBouncerTransaction => PoolMode::Transaction,
            };
            let (name, size) = (front_name(lane, pool.via, plan.pool.size), plan.pool.size);
            if fronts.iter().all(|front| front.name != name) {
                fronts.push(Front { name, mode, size, schema });
            }
        }
    }
    fronts
}

/// A PgBouncer in front of a throw-away server; none where no lane goes through one.
fn provide_pooler(
    postgres: Option<&PostgresServer>,
    fronts: &[Front],
) -> Result<Option<PgBouncerServer>, CliError> {
    match (fronts, postgres) {
        ([], _) => Ok(None),
        (_, Some(postgres)) => Ok(Some(PgBouncerServer::start(postgres, fronts)?)),
        (_, None) => Err(CliError::Usage(
            "a PgBouncer is put in front of a throw-away server alone; leave --database-url out, or give the address \
             of your own PgBouncer there and name pools without -pgbouncer"
                .to_owned(),
        )),
    }
}

/// A Postgres: the words for where it came from, and the server where it was started here.
struct Database {
    url: DatabaseUrl,
    is: Whose,
    from: String,
    server: Option<PostgresServer>,
}

/// Takes the user's servers where there are URLs, and starts throw-away ones otherwise.
fn provide(args: &ServerArgs, fronts: &[Front]) -> Result<Provided, CliError> {
    let database = given(args.database_url.as_ref()).map(completed).transpose()?;
    let redis = args.redis_url.as_ref().filter(|url| !url.expose().trim().is_empty());
    // Both are looked at before anything is started.
    let place = database.as_ref().map(Address::parse).transpose().map_err(RunError::from)?;
    let queue_place = redis.map(RedisAddress::parse).transpose().map_err(QueueError::from);
    let queue_place = queue_place.map_err(RunError::from)?;
    let Database { url: database, is: database_is, from: database_from, server: postgres } =
        provide_database(database.as_ref().zip(place), args.durability())?;
    let pooler_server = provide_pooler(postgres.as_ref(), fronts)?;
    let pooler = pooler_server.as_ref().map(|server| Pooler { console: server.console() });
    let redis_is = if redis.is_some() { Whose::TheUsers } else { Whose::ThrownAway };
    let (redis, redis_server, redis_from) = match (redis, queue_place) {
        (Some(url), Some(place)) => (Some(url.clone()), None, format!("yours, at {place}")),
        _ => match RedisServer::start() {
            Ok(server) => (Some(server.url().clone()), Some(server), "a throw-away server".to_owned()),
            Err(ProvisionError::NotFound(_)) => {
                (None, None, "no redis-server or valkey-server on this machine".to_owned())
            }
            Err(fault) => return Err(fault.into()),
        },
    };
    let schema = args.schema.clone();
    let servers =
        Servers { database, database_is, redis, redis_is, database_from, redis_from, pooler, schema };
    Ok(Provided { servers, _pooler: pooler_server, _postgres: postgres, _redis: redis_server })
}

/// Words for a server of the user come from the parser that its driver connects with.
fn provide_database(
    given: Option<(&DatabaseUrl, Address)>,
    durability: Durability,
) -> Result<Database, CliError> {
    if let Some((url, place)) = given {
        let from = format!("yours, at {place}");
        return Ok(Database { url: url.clone(), is: Whose::TheUsers, from, server: None });
    }
    if of_variables().is_some() {
        output::note(word(
            "PG variables name a server, and a throw-away one is used: write --database-url postgres:// to use theirs",
        ));
    }
    let server = PostgresServer::start(durability)?;
    let from = match durability {
        Durability::ThrowAway => "a throw-away server, fsync off",
        Durability::Durable => "a throw-away server, durability as Postgres has it",
    };
    Ok(Database {
        url: server.url().clone(),
        is: Whose::ThrownAway,
        from: from.to_owned(),
        server: Some(server),
    })
}

/// The user's servers or throw-away ones, no longer than until the stop: what was begun then is ended by
/// the reapers, which outlive poolbench for a moment.
pub(super) fn provide_until(stop: &Stop, args: &ServerArgs, plans: &[&Plan]) -> Result<Provided, CliError> {
    let (args, fronts) = (args.clone(), fronts(plans, &args.schema));
    until(stop, move || provide(&args, &fronts))
}

/// The same for a Postgres alone.
pub(super) fn provide_postgres_until(
    stop: &Stop,
    url: Option<&DatabaseUrl>,
    schema: &str,
) -> Result<Provided, CliError> {
    let (url, schema) = (given(url).cloned(), schema.to_owned());
    until(stop, move || {
        let url = url.as_ref().map(completed).transpose()?;
        let place = url.as_ref().map(Address::parse).transpose().map_err(RunError::from)?;
        let Database { url: database, is: database_is, from: database_from, server } =
            provide_database(url.as_ref().zip(place), Durability::ThrowAway)?;
        let servers = Servers {
            database,
            database_is,
            redis: None,
            redis_is: Whose::ThrownAway,
            database_from,
            redis_from: String::new(),
            pooler: None,
            schema,
        };
        Ok(Provided { servers, _pooler: None, _postgres: server, _redis: None })
    })
}

fn until(
    stop: &Stop,
    provide: impl FnOnce() -> Result<Provided, CliError> + Send + 'static,
) -> Result<Provided, CliError> {
    let (sender, provided) = mpsc::channel();
    std::thread::spawn(move || {
        // Nobody listens any more after a stop, and then the servers end here.
        let _ = sender.send(provide());
    });
    loop {
        match provided.recv_timeout(TICK) {
            Ok(provided) => return provided,
            Err(RecvTimeoutError::Timeout) if stop.is_stopped() => return Err(CliError::Stopped),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(CliError::Unexpected("the servers could not be started".to_owned()));
            }
        }
    }
}

const TICK: Duration = Duration::from_millis(20);

impl Provided {
    /// Ends the throw-away servers. After a stop that is not waited for long: a server that does
    /// not heed its signals is ended by its reaper.
    pub(super) fn end(self, stop: &Stop) {
        let (sender, ended) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            drop(self);
            drop(sender);
        });
        while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) && !stop.left(TICK).is_zero() {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_names_need_no_quoting() {
        assert!(schema_name("poolbench_2").is_ok());
        for wrong in ["", "Pool", "a b", "2a", "pg_x", "a\"b", "a-b", &"x".repeat(64)] {
            assert!(schema_name(wrong).is_err(), "{wrong}");
        }
    }
}
