//! Where the server is, and what an application has to be told so that it comes to the tap instead.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::dialect;
use crate::target::said::Said;
use crate::target::tls::{Takes, Tls, TlsFault, TlsMode, TlsWanted};
use crate::target::{DatabaseUrl, SurroundingsError};

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A name or number on the network, and a port.
    Tcp(String, u16),
    /// The path of a socket.
    Socket(PathBuf),
}

/// A server, and how it is spoken with.
#[derive(Debug, Clone)]
pub struct Upstream {
    place: Place,
    /// The name by which it is called, for its certificate.
    name: String,
    tls: Tls,
}

impl Upstream {
    /// The server that these parameters name.
    pub(super) fn of(said: &Said) -> Result<Self, UpstreamError> {
        let named = |host| said.get(host).map(str::to_owned);
        let host = named("hostaddr").or_else(|| named("host")).unwrap_or_else(|| SOCKETS.to_owned());
        let place = at(&host, port(said.get("port"))?);
        let wanted = TlsWanted::of(|name| said.get(name), TlsMode::Prefer)?;
        let tls = match place {
            Place::Tcp(..) => Tls::of(&wanted, Takes::WhatOpensslDoes)?,
            // libpq speaks none through a socket.
            Place::Socket(_) => Tls::off(),
        };
        Ok(Self { place, name: named("host").unwrap_or(host), tls })
    }

    /// Where it is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The name by which it is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How TLS is spoken with it.
    pub(super) fn tls(&self) -> &Tls {
        &self.tls
    }
}

/// Why an address cannot be tapped. No message holds a part of it, except the names of files of certificates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// It is no address.
    #[error("the address of the database is no URL like postgres://user@host:5432/database; write one")]
    NoUrl,
    /// It names several hosts.
    #[error("the address of the database names several hosts; name one")]
    ManyHosts,
    /// Its port is none.
    #[error("the port in the address of the database is no number from 1 to 65535; correct it")]
    Port,
    /// It asks for TLS that cannot be had so.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// It asks for TLS without being asked first.
    #[error(
        "the address of the database has sslnegotiation=direct, which the tap does not speak; take it out: a server that \
         speaks it can be asked first too"
    )]
    Direct,
    /// What it leaves open cannot be looked up.
    #[error(transparent)]
    Surroundings(#[from] SurroundingsError),
    /// The variables name more than one.
    #[error(
        "DATABASE_URL, SPRING_DATASOURCE_URL and PGHOST name different servers, and a tap stands before one; name it with \
         --upstream, or unset the others"
    )]
    Differ,
    /// It asks for channel binding.
    #[error(
        "the address of the database has channel_binding=require, and that binds a password to TLS with the server, \
         which cannot pass through a tap; take it out, or use `poolbench watch`"
    )]
    ChannelBinding,
}

/// What only says how to reach the server, and would lead past the tap or to TLS.
const OF_THE_WAY: [&str; 18] = [
    "host",
    "hostaddr",
    "port",
    "sslmode",
    "ssl",
    "requiressl",
    "sslnegotiation",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "sslcrl",
    "sslpassword",
    "sslcertmode",
    "passfile",
    "service",
    "gssencmode",
    "channel_binding",
    "target_session_attrs",
];

/// An address, taken apart.
pub(super) struct Parts {
    /// `postgresql+asyncpg`, `jdbc:postgresql` and the like.
    scheme: String,
    /// With the `@` that follows it.
    user: String,
    said: Said,
    /// With the `/` before it.
    path: String,
    parameters: Vec<String>,
}

const PORT: u16 = 5432;

/// Where Debian and its kin have the socket.
const SOCKETS: &str = "/var/run/postgresql";

impl Parts {
    pub(super) fn of(url: &DatabaseUrl) -> Result<Self, UpstreamError> {
        let text = url.expose().trim();
        let (scheme, rest) = text.split_once("://").ok_or(UpstreamError::NoUrl)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "+-.:_".contains(c);
        if !scheme.contains("postgres") || !scheme.chars().all(plain) {
            return Err(UpstreamError::NoUrl);
        }
        let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, query)| (rest, query));
        // A password may hold a slash, so the user ends at the last @.
        let (user, rest) = rest.rfind('@').map_or(("", rest), |at| rest.split_at(at + 1));
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let parameters: Vec<String> =
            query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
        let said = dialect::said(scheme, (user, host, path), &parameters)?;
        refuse(&said)?;
        Ok(Self { scheme: scheme.to_owned(), user: user.to_owned(), said, path: path.to_owned(), parameters })
    }

    /// The same address with the tap in the place of the server.
    pub(super) fn at(&self, tap: SocketAddr) -> String {
        let mut parameters: Vec<&str> = self
            .parameters
            .iter()
            .map(String::as_str)
            .filter(|pair| !OF_THE_WAY.contains(&name(pair)))
            .collect();
        // Java's driver would try TLS first, and not every version goes on without it.
        if self.scheme.starts_with("jdbc:") {
            parameters.push("sslmode=disable");
        }
        let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
        format!("{}://{}{tap}{}{query}", self.scheme, self.user, self.path)
    }

    /// The database with the slash before it, as it stands in the address; a slash alone where there is none.
    pub(super) fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// What it says, by libpq's names.
    pub(super) fn said(&self) -> &Said {
        &self.said
    }
}

fn name(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

/// Refuses what cannot pass through a tap.
pub(super) fn refuse(said: &Said) -> Result<(), UpstreamError> {
    match (said.get("channel_binding"), said.get("sslnegotiation")) {
        (Some("require"), _) => Err(UpstreamError::ChannelBinding),
        (_, Some("direct")) => Err(UpstreamError::Direct),
        _ if said.get("host").is_some_and(|host| host.contains(',')) => Err(UpstreamError::ManyHosts),
        _ => port(said.get("port")).map(|_| ()),
    }
}

fn port(port: Option<&str>) -> Result<u16, UpstreamError> {
    port.map_or(Ok(PORT), |port| port.parse().map_err(|_| UpstreamError::Port))
}

/// A host that begins with a slash is the folder of a socket.
fn at(host: &str, port: u16) -> Place {
    if host.starts_with('/') {
        Place::Socket(PathBuf::from(host).join(format!(".s.PGSQL.{port}")))
    } else {
        Place::Tcp(host.to_owned(), port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> Result<Parts, UpstreamError> {
        Parts::of(&DatabaseUrl::new(url))
    }

    fn server(url: &str) -> Result<Upstream, UpstreamError> {
        Upstream::of(parts(url)?.said())
    }

    #[test]
    fn the_tap_takes_the_place_of_the_server_and_all_else_stays() {
        let tap = "127.0.0.1:4000".parse().unwrap();
        for (url, tapped) in [
            ("postgres://u:p%40@db:6543/app", "postgres://u:p%40@127.0.0.1:4000/app"),
            ("postgresql+asyncpg://u:a/b@db/app?x=1", "postgresql+asyncpg://u:a/b@127.0.0.1:4000/app?x=1"),
            ("postgresql://u@/app?host=%2Ftmp&port=5444&sslmode=prefer", "postgresql://u@127.0.0.1:4000/app"),
            ("jdbc:postgresql://[::1]:5433/app", "jdbc:postgresql://127.0.0.1:4000/app?sslmode=disable"),
            ("postgres://db", "postgres://127.0.0.1:4000"),
        ] {
            assert_eq!(parts(url).unwrap().at(tap), tapped, "{url}");
        }
        let place = |url| server(url).unwrap().place;
        assert_eq!(place("postgres://u:p@db:6543/app"), Place::Tcp("db".into(), 6543));
        assert_eq!(place("postgres://[::1]/app"), Place::Tcp("::1".into(), 5432));
        let socket = Place::Socket("/tmp/.s.PGSQL.5444".into());
        assert_eq!(place("postgresql://u@/app?host=%2Ftmp&port=5444"), socket);
        assert_eq!(place("postgresql://%2Ftmp:5444/app"), socket);
    }

    #[test]
    fn every_dialect_asks_for_the_same_tls() {
        for (url, mode) in [
            ("postgres://u@db/app", TlsMode::Prefer),
            ("postgres://u@db/app?sslmode=require", TlsMode::Require),
            ("postgres://u@db/app?sslmode=no-verify", TlsMode::Require),
            ("postgres://u@db/app?ssl=true", TlsMode::Require),
            ("postgresql+asyncpg://u@db/app?ssl=require", TlsMode::Require),
            ("postgres://u@db/app?requiressl=1", TlsMode::Require),
            ("postgres://u@db/app?ssl=false", TlsMode::Disable),
            ("postgres://u@/app?host=/tmp&sslmode=require", TlsMode::Disable),
        ] {
            assert_eq!(server(url).unwrap().tls.mode(), mode, "{url}");
        }
        let by_number = server("postgres://db.example/app?hostaddr=127.0.0.1").unwrap();
        assert_eq!(by_number.place, Place::Tcp("127.0.0.1".into(), 5432));
        assert_eq!(by_number.name, "db.example");
    }

    #[test]
    fn what_cannot_pass_is_refused_in_words() {
        for (url, fault) in [
            ("mysql://db/app", UpstreamError::NoUrl),
            ("db", UpstreamError::NoUrl),
            ("postgres://a,b/app", UpstreamError::ManyHosts),
            ("postgres://a:x/app", UpstreamError::Port),
            ("postgres://a/app?sslnegotiation=direct", UpstreamError::Direct),
            ("postgres://a/app?sslmode=allow", UpstreamError::Tls(TlsFault::Allow)),
            ("postgres://a/app?sslmode=verify-full", UpstreamError::Tls(TlsFault::NoRoots("verify-full"))),
            ("jdbc:postgresql://a/app?ssl=true", UpstreamError::Tls(TlsFault::NoRoots("verify-full"))),
            ("postgres://a/app?channel_binding=require", UpstreamError::ChannelBinding),
        ] {
            assert_eq!(server(url).err(), Some(fault), "{url}");
        }
    }
}
