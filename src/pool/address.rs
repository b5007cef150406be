//! A database address that every driver understands in the same way.
//!
//! The libraries read URLs, environment variables and password files differently. The URL is
//! read once, here, and each adapter is given the same parts.

use std::fmt;
use std::time::Duration;

use tokio_postgres::config::{Host, SslMode};

use crate::target::DatabaseUrl;

/// Where and as whom to connect. Printing it shows no credential.
#[derive(Clone)]
pub struct Address {
    config: tokio_postgres::Config,
    url: DatabaseUrl,
}

/// A URL that no driver can use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It does not parse.
    #[error("the database URL cannot be read ({0}); write postgres://user:password@host:port/database")]
    Unreadable(String),
    /// It names no host.
    #[error("the database URL names no host; write postgres://user:password@host:port/database")]
    NoHost,
    /// It asks for an encrypted connection.
    #[error(
        "the database URL asks for TLS (sslmode=require), which poolbench does not speak yet; use a tunnel and \
         sslmode=disable"
    )]
    Tls,
}

/// A server that does not answer is reported within the time that a person waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

impl Address {
    /// Reads a URL.
    ///
    /// # Errors
    /// When it is no URL that every driver can use. The message holds no credential.
    pub fn parse(url: &DatabaseUrl) -> Result<Self, AddressError> {
        let mut config: tokio_postgres::Config = url
            .expose()
            .parse()
            .map_err(|fault: tokio_postgres::Error| AddressError::Unreadable(url.redact(&chain(&fault))))?;
        if config.get_hosts().is_empty() {
            return Err(AddressError::NoHost);
        }
        if config.get_ssl_mode() == SslMode::Require {
            return Err(AddressError::Tls);
        }
        config.ssl_mode(SslMode::Disable);
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        Ok(Self { config, url: url.clone() })
    }

    /// The same address, where unqualified names mean tables of this schema.
    #[must_use]
    pub fn in_schema(mut self, schema: &str) -> Self {
        let options = match self.config.get_options() {
            Some(options) => format!("{options} -c search_path={schema}"),
            None => format!("-c search_path={schema}"),
        };
        self.config.options(options);
        self
    }

    /// The settings for `tokio-postgres`.
    pub(crate) fn config(&self, application_name: &str) -> tokio_postgres::Config {
        let mut config = self.config.clone();
        config.application_name(application_name);
        config
    }

    /// The same settings for sqlx, which must not look into the environment or a password file.
    pub(crate) fn sqlx_options(&self, application_name: &str) -> sqlx::postgres::PgConnectOptions {
        let config = &self.config;
        let mut options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
            .ssl_mode(sqlx::postgres::PgSslMode::Disable)
            .port(config.get_ports().first().copied().unwrap_or(5432))
            .application_name(application_name);
        options = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => options.host(host),
            #[cfg(unix)]
            Some(Host::Unix(folder)) => options.socket(folder),
            None => options,
        };
        if let Some(user) = config.get_user() {
            options = options.username(user);
        }
        let password = config.get_password().unwrap_or_default();
        options = options.password(&String::from_utf8_lossy(password));
        if let Some(database) = config.get_dbname().or(config.get_user()) {
            options = options.database(database);
        }
        // Each `-c name=value` goes over as it is.
        let settings = config.get_options().unwrap_or_default();
        let pairs = settings.split_whitespace().filter_map(|word| word.split_once('='));
        options.options(pairs)
    }

    /// Takes this address's credentials out of a text.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        self.url.redact(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.url)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.url)
    }
}

/// An error with its causes, in one line.
pub(super) fn chain(fault: &dyn std::error::Error) -> String {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text.replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Address, AddressError> {
        Address::parse(&DatabaseUrl::new(url))
    }

    #[test]
    fn faults_name_the_mend_and_no_password() {
        assert!(matches!(parse("postgres://u:s3cret@h/db?sslmode=require"), Err(AddressError::Tls)));
        assert!(matches!(parse("postgres:///db"), Err(AddressError::NoHost)));
        let fault = parse("postgres://u:s3cret@h:notaport/db").unwrap_err().to_string();
        assert!(!fault.contains("s3cret") && fault.contains("postgres://user:password@"), "{fault}");
        let shown = format!("{:?}", parse("postgres://u:s3cret@h/db").unwrap());
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn both_drivers_are_given_the_same_parts() {
        let address = parse("postgres://u:p%40ss@h:6000/db").unwrap().in_schema("mine");
        let (config, options) = (address.config("x"), address.sqlx_options("x"));
        assert_eq!(config.get_user(), Some(options.get_username()));
        assert_eq!(config.get_dbname(), options.get_database());
        assert_eq!(config.get_ports(), [options.get_port()]);
        assert_eq!(config.get_options(), Some("-c search_path=mine"));
        assert_eq!(options.get_options(), Some("-c search_path=mine"));
    }
}
