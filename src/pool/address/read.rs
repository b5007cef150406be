//! From what was typed to the parts of an address, by the parser of `tokio-postgres`.
//!
//! A driver's own words about a text that it cannot read may repeat any piece of it. So every
//! fault has a sentence of ours here, and the driver's words only choose among them.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use tokio_postgres::Config;
use tokio_postgres::config::{ChannelBinding, LoadBalanceHosts, SslNegotiation, TargetSessionAttrs};

use super::settings::settings;
use super::{Address, Host, Statements};
use crate::target::said::{is_unclear, written};
use crate::target::tls::{NAMES as TLS, Takes, Tls, TlsFault, TlsMode, TlsWanted};
use crate::target::{DatabaseUrl, is_plain};

/// An address that no driver can use, or not every driver in the same way. No message holds a
/// part of it, except the names of known parameters, and those of files of certificates.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// The text is not a URL.
    #[error(
        "the database URL is not well formed, so it is not shown; write postgres://user:password@host:port/database, \
         with %40 for @, %3A for :, %2F for /, %3F for ?, %23 for # and %25 for % inside a user or a password"
    )]
    Unreadable,
    /// It parses, and may mean something else than its writer thinks.
    #[error(
        "the database URL can be read in more than one way, so it is not shown; inside a user or a password write \
         %40 for @, %2F for /, %3F for ? and %3D for ="
    )]
    Unclear,
    /// The URL names no host.
    #[error("the database URL names no host; write postgres://user:password@host:port/database")]
    NoHost,
    /// It names several hosts or ports.
    #[error(
        "the database URL names more than one host or port, which sqlx cannot try in turn; name one host, and its \
         port behind it"
    )]
    SeveralHosts,
    /// It asks for an encrypted connection that cannot be had so.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// It sets a parameter that only one library would heed.
    #[error(
        "the database URL, its service or a PG variable sets {0}, which not every pool library heeds; leave it out"
    )]
    OneLibraryAlone(&'static str),
    /// It sets a parameter that no library knows.
    #[error(
        "the database URL sets a parameter that poolbench does not know; leave it out, or write %26 for & and %3D for \
         = inside a value"
    )]
    UnknownParameter,
    /// A parameter has a value that cannot be meant.
    #[error("the database URL gives {0} a value that it cannot have; correct it, or leave it out")]
    Value(&'static str),
    /// `options` holds something else than settings.
    #[error(
        "the options of the database URL hold something else than settings; write each as -c name=value, with a \
         backslash before a space inside a value"
    )]
    Options,
    /// One library would send another password than the other, or none.
    #[error(
        "the password in the database URL holds a character that not every pool library can send (a control character, \
         or one that SASLprep or UTF-8 does not allow); give the role of this run another password"
    )]
    Password,
    /// No user was given, and the system knows none.
    #[error(
        "the database URL names no user, and the system does not say who you are; name the user in the URL"
    )]
    NoUser,
}

/// A server that does not answer is reported within the time that a person waits.
const PATIENCE: Duration = Duration::from_secs(5);

/// Parameters of libpq and of well-known libraries that `tokio-postgres` may or may not know; they
/// may be named in a message because they are known not to be a piece of a password.
const NAMES: [&str; 27] = [
    "host",
    "hostaddr",
    "port",
    "sslnegotiation",
    "connect_timeout",
    "tcp_user_timeout",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "keepalives_count",
    "target_session_attrs",
    "channel_binding",
    "load_balance_hosts",
    "passfile",
    "require_auth",
    "client_encoding",
    "fallback_application_name",
    "replication",
    "gssdelegation",
    "gsslib",
    "krbsrvname",
    "requirepeer",
    "service",
    "statement-cache-capacity",
    "schema",
    "pgbouncer",
];

pub(super) fn read(url: &DatabaseUrl) -> Result<Address, AddressError> {
    let text = url.expose();
    if is_unclear(text) {
        return Err(AddressError::Unclear);
    }
    // No driver knows all of what is said about TLS.
    let (rest, about_tls) =
        written(text).map_or_else(|| (text.to_owned(), Vec::new()), |text| text.without(&TLS));
    let config: Config = rest.parse().map_err(|fault| unreadable(&fault))?;
    refuse_what_one_library_alone_heeds(&config)?;
    let (host, port) = place(&config)?;
    let tls = tls(&about_tls, &host, &config)?;
    let user = match config.get_user().filter(|user| !user.is_empty()) {
        Some(user) => user.to_owned(),
        // As libpq does, and once for all libraries: each has its own idea of it.
        None => whoami::username().map_err(|_| AddressError::NoUser)?,
    };
    let database = config.get_dbname().filter(|name| !name.is_empty()).unwrap_or(&user).to_owned();
    // A zero byte ends a text in the protocol.
    if user.contains('\0') || database.contains('\0') {
        return Err(AddressError::Unreadable);
    }
    Ok(Address {
        host,
        port,
        user,
        password: config.get_password().map(password).transpose()?,
        database,
        settings: settings(config.get_options().unwrap_or_default()).ok_or(AddressError::Options)?,
        patience: config.get_connect_timeout().copied().unwrap_or(PATIENCE),
        tls: Arc::new(tls),
        statements: Statements::Named,
        url: url.clone(),
    })
}

/// What is said about TLS, with the files that it names. Through a socket there is nobody to hide from, and libpq
/// speaks none either.
fn tls(said: &[(String, String)], host: &Host, config: &Config) -> Result<Tls, AddressError> {
    // The last one counts, as to libpq.
    let get =
        |name: &str| said.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let wanted = TlsWanted::of(get, TlsMode::Disable)?;
    if matches!(host, Host::Socket(_)) {
        return Ok(Tls::off());
    }
    // sqlx checks the name that it connects to, and that is the address then.
    if wanted.mode() == TlsMode::VerifyFull && !config.get_hostaddrs().is_empty() {
        return Err(AddressError::OneLibraryAlone("hostaddr"));
    }
    Ok(Tls::of(&wanted, Takes::WhatRustlsDoes)?)
}

fn unreadable(fault: &tokio_postgres::Error) -> AddressError {
    let words = fault.source().map(ToString::to_string).unwrap_or_default();
    let about = |kind: &str| NAMES.into_iter().find(|name| words == format!("{kind} `{name}`"));
    match (about("invalid value for option"), about("unknown option")) {
        // A port that is none, or a host in half a bracket, is most often a piece of a password.
        (Some("host" | "port"), _) => AddressError::Unreadable,
        (Some(name), _) => AddressError::Value(name),
        (_, Some(name)) => AddressError::OneLibraryAlone(name),
        _ if words.starts_with("unknown option") => AddressError::UnknownParameter,
        _ => AddressError::Unreadable,
    }
}

fn refuse_what_one_library_alone_heeds(config: &Config) -> Result<(), AddressError> {
    let plain = Config::new();
    let refused = [
        ("sslnegotiation", config.get_ssl_negotiation() == SslNegotiation::Direct),
        ("target_session_attrs", config.get_target_session_attrs() != TargetSessionAttrs::Any),
        ("load_balance_hosts", config.get_load_balance_hosts() != LoadBalanceHosts::Disable),
        ("channel_binding", config.get_channel_binding() == ChannelBinding::Require),
        ("tcp_user_timeout", config.get_tcp_user_timeout().is_some()),
        ("keepalives_idle", config.get_keepalives_idle() != plain.get_keepalives_idle()),
        ("keepalives_interval", config.get_keepalives_interval().is_some()),
        ("keepalives_retries", config.get_keepalives_retries().is_some()),
    ];
    match refused.into_iter().find(|(_, set)| *set) {
        Some((name, _)) => Err(AddressError::OneLibraryAlone(name)),
        None => Ok(()),
    }
}

/// The one place that an address names.
fn place(config: &Config) -> Result<(Host, u16), AddressError> {
    let (hosts, addresses, ports) = (config.get_hosts(), config.get_hostaddrs(), config.get_ports());
    if hosts.len() > 1 || addresses.len() > 1 || ports.len() > 1 {
        return Err(AddressError::SeveralHosts);
    }
    use tokio_postgres::config::Host as Named;
    let host = match (addresses.first(), hosts.first()) {
        // Its host's name would only be for TLS.
        (Some(address), _) => Host::Tcp(address.to_string()),
        (None, Some(Named::Tcp(name))) if name.is_empty() => return Err(AddressError::NoHost),
        (None, Some(Named::Tcp(name))) if is_host(name) => Host::Tcp(name.clone()),
        (None, Some(Named::Unix(folder))) if is_folder(folder) => Host::Socket(folder.clone()),
        (None, Some(_)) => return Err(AddressError::Unreadable),
        (None, None) => return Err(AddressError::NoHost),
    };
    Ok((host, ports.first().copied().unwrap_or(5432)))
}

/// A name, or an address, of IPv6 as well.
fn is_host(name: &str) -> bool {
    let zone = name.split_once('%').map_or(name, |(address, _)| address);
    is_plain(name) || zone.parse::<std::net::Ipv6Addr>().is_ok()
}

fn is_folder(folder: &Path) -> bool {
    let parts = folder.to_str().unwrap_or_default();
    parts.split('/').all(|part| part.is_empty() || is_plain(part))
}

/// A password that arrives the same through every library: sqlx sends none that SASLprep refuses.
fn password(bytes: &[u8]) -> Result<SecretString, AddressError> {
    let text = std::str::from_utf8(bytes).map_err(|_| AddressError::Password)?;
    if stringprep::saslprep(text).is_err() {
        return Err(AddressError::Password);
    }
    Ok(SecretString::from(text))
}
