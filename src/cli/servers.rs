//! Where the servers of a run come from: the user's URLs, or throw-away servers.

use super::args::ServerArgs;
use super::exit::CliError;
use crate::provision::{Durability, PostgresServer, ProvisionError, RedisServer};
use crate::run::Servers;

/// Servers that live as long as this value.
#[derive(Debug)]
pub(super) struct Provided {
    pub(super) servers: Servers,
    _postgres: Option<PostgresServer>,
    _redis: Option<RedisServer>,
}

/// Takes the user's servers where there are URLs, and starts throw-away ones otherwise.
pub(super) fn provide(args: &ServerArgs) -> Result<Provided, CliError> {
    let (database, postgres, database_from) = match args.database_url() {
        Some(url) => {
            let from = format!("yours, at {url}");
            (url, None, from)
        }
        None => {
            let server = PostgresServer::start(args.durability())?;
            let from = match args.durability() {
                Durability::ThrowAway => "a throw-away server, fsync off",
                Durability::Durable => "a throw-away server, durability as Postgres has it",
            };
            (server.url().clone(), Some(server), from.to_owned())
        }
    };
    let (redis, redis_server, redis_from) = match args.redis_url() {
        Some(url) => {
            let from = format!("yours, at {url}");
            (Some(url), None, from)
        }
        None => match RedisServer::start() {
            Ok(server) => (Some(server.url().clone()), Some(server), "a throw-away server".to_owned()),
            Err(ProvisionError::NotFound(_)) => {
                (None, None, "no redis-server or valkey-server on this machine".to_owned())
            }
            Err(fault) => return Err(fault.into()),
        },
    };
    let servers = Servers { database, redis, database_from, redis_from, schema: args.schema.clone() };
    Ok(Provided { servers, _postgres: postgres, _redis: redis_server })
}
