//! Where a Redis is, by the parser of the driver that connects.

use std::fmt;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo};

use super::QueueError;
use crate::target::{RedisUrl, is_plain};

/// Where and as whom to connect. Printing it shows host, port and database, and nothing else.
#[derive(Clone)]
pub struct RedisAddress {
    /// On the heap: it is large, and looked at only when connecting.
    info: Box<ConnectionInfo>,
}

/// An address that cannot be used. No message holds a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedisAddressError {
    /// It does not parse, or into something that its writer need not have meant.
    #[error(
        "the Redis URL is not well formed, so it is not shown; write redis://:password@host:port/0, with %40 for @, %3A \
         for :, %2F for /, %3F for ?, %23 for # and %25 for % inside the password"
    )]
    Unreadable,
    /// It asks for an encrypted connection.
    #[error("the Redis URL asks for TLS, which poolbench does not speak yet; use a tunnel and redis://")]
    Tls,
}

impl RedisAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none that the driver can use. No message holds a part of it.
    pub fn parse(url: &RedisUrl) -> Result<Self, RedisAddressError> {
        use RedisAddressError::{Tls, Unreadable};
        let url = redis::parse_redis_url(url.expose()).ok_or(Unreadable)?;
        if ["rediss", "valkeys"].contains(&url.scheme()) {
            return Err(Tls);
        }
        // A bare # or ? in a password begins a fragment or a query, and what stands before it would
        // be taken for the host.
        let socket = url.scheme().ends_with("unix");
        let known: &[&str] = if socket { &["db", "user", "pass", "protocol"] } else { &["protocol"] };
        if url.fragment().is_some() || url.query_pairs().any(|(key, _)| !known.contains(&&*key)) {
            return Err(Unreadable);
        }
        // The driver's own words may repeat a part of the URL.
        let info = url.into_connection_info().map_err(|_| Unreadable)?;
        match info.addr() {
            ConnectionAddr::Tcp(host, _) if is_plain(host) || host.parse::<std::net::IpAddr>().is_ok() => {}
            ConnectionAddr::Unix(path) if is_path(path) => {}
            ConnectionAddr::TcpTls { .. } => return Err(Tls),
            _ => return Err(Unreadable),
        }
        Ok(Self { info: Box::new(info) })
    }

    /// What the driver connects with.
    pub(super) fn info(&self) -> &ConnectionInfo {
        &self.info
    }

    /// A fault of this Redis, in words without credentials.
    pub(super) fn unusable(&self, fault: &redis::RedisError) -> QueueError {
        let words = fault.to_string();
        // A server that does not know a command repeats what it was sent with it.
        let settings = self.info.redis_settings();
        let mut secrets = [settings.password(), settings.username()].into_iter().flatten();
        let repeats = secrets.any(|secret| !secret.is_empty() && words.contains(secret));
        let reason = if repeats { fault.category().to_owned() } else { words };
        QueueError::Unusable { place: self.to_string(), reason }
    }
}

fn is_path(path: &std::path::Path) -> bool {
    let text = path.to_str().unwrap_or_default();
    text.split('/').all(|part| part.is_empty() || is_plain(part))
}

impl fmt::Display for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = self.info.redis_settings().db();
        match self.info.addr() {
            ConnectionAddr::Unix(path) => write!(f, "unix://{}?db={database}", path.display()),
            ConnectionAddr::Tcp(host, port) if host.contains(':') => {
                write!(f, "redis://[{host}]:{port}/{database}")
            }
            place => write!(f, "redis://{place}/{database}"),
        }
    }
}

impl fmt::Debug for RedisAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisAddress({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> Result<String, RedisAddressError> {
        RedisAddress::parse(&RedisUrl::new(url)).map(|address| address.to_string())
    }

    #[test]
    fn words_are_made_of_host_port_and_database() {
        for (url, words) in [
            ("redis://:s3cret@127.0.0.1:1/3", "redis://127.0.0.1:1/3"),
            ("redis://me:s3@cret@cache.example", "redis://cache.example:6379/0"),
            ("valkey://:s3cret@[::1]/?protocol=resp3", "redis://[::1]:6379/0"),
            ("unix:///run/redis/redis.sock?db=2&pass=s3cret", "unix:///run/redis/redis.sock?db=2"),
        ] {
            assert_eq!(shown(url).as_deref(), Ok(words), "{url}");
        }
    }

    #[test]
    fn what_may_hold_a_piece_of_a_password_is_refused_whole() {
        for url in [
            "redis://:s3cret#x@h/0",
            "redis://u:1234#x@h/0",
            "redis://u:1234?x@h/0",
            "redis://u:1234/x@h/0",
            "redis://s3cret?@h/0",
            "redis://h/0#s3cret",
            "redis://h/?protocol=s3cret",
            "redis://h:s3cret/0",
            "redis://%73%3acret/0",
            "unix:///run/redis.sock?pass=s3&cret",
            "http://s3cret@h",
            "s3cret",
            "",
        ] {
            assert_eq!(shown(url), Err(RedisAddressError::Unreadable), "{url}");
        }
        assert_eq!(shown("rediss://:s3cret@h/0"), Err(RedisAddressError::Tls));
    }
}
