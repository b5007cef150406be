//! Where the server is, and what an application has to be told so that it comes to the tap instead.

use std::net::SocketAddr;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::target::DatabaseUrl;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A name or number on the network, and a port.
    Tcp(String, u16),
    /// The path of a socket.
    Socket(PathBuf),
}

/// Why an address cannot be tapped. No message holds a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
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
    /// It asks for TLS.
    #[error(
        "the address of the database asks for TLS, which the tap does not speak yet; use sslmode=prefer or disable, \
         or a tunnel"
    )]
    Tls,
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
const OF_THE_WAY: [&str; 14] = [
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
    pub(super) place: Place,
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
        refuse(&parameters)?;
        let place = place(host, &parameters)?;
        Ok(Self {
            scheme: scheme.to_owned(),
            user: user.to_owned(),
            place,
            path: path.to_owned(),
            parameters,
        })
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

    /// The name of the database, as it stands in the address.
    pub(super) fn database(&self) -> &str {
        self.path.trim_start_matches('/')
    }

    /// User and password, decoded, where the address has them.
    pub(super) fn credentials(&self) -> (Option<String>, Option<String>) {
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = self.user.trim_end_matches('@');
        match user.split_once(':') {
            Some((user, password)) => (Some(decoded(user)), Some(decoded(password))),
            None if user.is_empty() => (None, None),
            None => (Some(decoded(user)), None),
        }
    }
}

fn name(pair: &str) -> &str {
    pair.split('=').next().unwrap_or_default()
}

fn value<'p>(parameters: &'p [String], wanted: &str) -> Option<&'p str> {
    let pair = parameters.iter().find(|pair| name(pair) == wanted)?;
    Some(pair.split_once('=').map_or("", |(_, value)| value))
}

fn refuse(parameters: &[String]) -> Result<(), UpstreamError> {
    let is = |name, values: &[&str]| value(parameters, name).is_some_and(|value| values.contains(&value));
    if is("channel_binding", &["require"]) {
        return Err(UpstreamError::ChannelBinding);
    }
    let tls = is("sslmode", &["require", "verify-ca", "verify-full"])
        || is("ssl", &["true", "require", "1"])
        || is("requiressl", &["1"])
        || is("sslnegotiation", &["direct"]);
    if tls { Err(UpstreamError::Tls) } else { Ok(()) }
}

fn place(host: &str, parameters: &[String]) -> Result<Place, UpstreamError> {
    if host.contains(',') {
        return Err(UpstreamError::ManyHosts);
    }
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(UpstreamError::NoUrl)?;
            (host, port.strip_prefix(':'))
        }
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port = port.filter(|port| !port.is_empty()).or_else(|| value(parameters, "port"));
    let port = port.map_or(Ok(PORT), |port| port.parse().map_err(|_| UpstreamError::Port))?;
    let host = [Some(host), value(parameters, "hostaddr"), value(parameters, "host")];
    let host = host.into_iter().flatten().find(|host| !host.is_empty()).unwrap_or(SOCKETS);
    Ok(at(&percent_decode_str(host).decode_utf8_lossy(), port))
}

/// A host that begins with a slash is the folder of a socket.
fn at(host: &str, port: u16) -> Place {
    if host.starts_with('/') {
        Place::Socket(PathBuf::from(host).join(format!(".s.PGSQL.{port}")))
    } else {
        Place::Tcp(host.to_owned(), port)
    }
}

/// The server that libpq's variables `PGHOST` and `PGPORT` name.
pub(super) fn of_variables(host: &str, port: Option<&str>) -> Result<Place, UpstreamError> {
    if host.contains(',') {
        return Err(UpstreamError::ManyHosts);
    }
    let port = port.filter(|port| !port.is_empty());
    let port = port.map_or(Ok(PORT), |port| port.parse().map_err(|_| UpstreamError::Port))?;
    Ok(at(host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(url: &str) -> Result<Parts, UpstreamError> {
        Parts::of(&DatabaseUrl::new(url))
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
        let place = |url| parts(url).unwrap().place;
        assert_eq!(place("postgres://u:p@db:6543/app"), Place::Tcp("db".into(), 6543));
        assert_eq!(place("postgres://[::1]/app"), Place::Tcp("::1".into(), 5432));
        let socket = Place::Socket("/tmp/.s.PGSQL.5444".into());
        assert_eq!(place("postgresql://u@/app?host=%2Ftmp&port=5444"), socket);
        assert_eq!(place("postgresql://%2Ftmp:5444/app"), socket);
    }

    #[test]
    fn what_cannot_pass_is_refused_in_words() {
        for (url, fault) in [
            ("mysql://db/app", UpstreamError::NoUrl),
            ("db", UpstreamError::NoUrl),
            ("postgres://a,b/app", UpstreamError::ManyHosts),
            ("postgres://a:x/app", UpstreamError::Port),
            ("postgres://a/app?sslmode=require", UpstreamError::Tls),
            ("postgres://a/app?sslnegotiation=direct", UpstreamError::Tls),
            ("postgres://a/app?channel_binding=require", UpstreamError::ChannelBinding),
        ] {
            assert_eq!(parts(url).err(), Some(fault), "{url}");
        }
    }
}
