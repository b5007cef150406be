//! A database address that every driver understands in the same way.
//!
//! The libraries read URLs, environment variables and password files differently. The address is
//! read once, in `read`, and each adapter is given the same parts. What has a meaning for one
//! library alone is refused, never dropped.

mod read;
mod settings;
mod tls;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

pub use read::AddressError;

use crate::target::tls::{Tls, TlsMode};
use crate::target::{DatabaseUrl, is_plain};
pub(crate) use tls::Connector;

/// Where and as whom to connect. Printing it shows host, port and database, and nothing else.
#[derive(Clone)]
pub struct Address {
    host: Host,
    port: u16,
    user: String,
    password: Option<SecretString>,
    database: String,
    /// Names and values of the server's own settings, in the order in which it gets them.
    settings: Vec<(String, String)>,
    /// How long the connection outside the pools waits for the server. In the pools the acquire
    /// timeout is the only bound: not every library has another one.
    patience: Duration,
    tls: Arc<Tls>,
    statements: Statements,
    url: DatabaseUrl,
}

/// How statements with parameters are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Statements {
    /// Prepared once for each connection, under a name.
    Named,
    /// Prepared without a name each time, and always inside a transaction: what comes next on this connection may
    /// reach another one of the server, where a name means somebody else's statement, or none.
    Unnamed,
}

/// Where the server listens: a name or number on the network, or a socket in a folder.
#[derive(Clone)]
enum Host {
    /// A name or an address.
    Tcp(String),
    /// The folder of a socket.
    Socket(PathBuf),
}

/// What a text shows in place of a credential.
const HIDDEN: &str = "***";

impl Address {
    /// Reads an address, as it is written: what it leaves open is not looked up, and without `sslmode` no TLS is
    /// spoken. [`Surroundings::complete`](crate::target::Surroundings::complete) adds what libpq would look up.
    ///
    /// # Errors
    /// When it is none that every driver can use in the same way. No message holds a part of it.
    pub fn parse(url: &DatabaseUrl) -> Result<Self, AddressError> {
        read::read(url)
    }

    /// The same address, where unqualified names mean tables of this schema.
    #[must_use]
    pub fn in_schema(mut self, schema: &str) -> Self {
        self.settings.push(("search_path".to_owned(), schema.to_owned()));
        self
    }

    /// The same address, to another database.
    #[must_use]
    pub fn in_database(mut self, name: &str) -> Self {
        name.clone_into(&mut self.database);
        self
    }

    /// The same address, where a pooler may lead each transaction to another connection of the server.
    #[must_use]
    pub fn behind_transactions(mut self) -> Self {
        self.statements = Statements::Unnamed;
        self
    }

    /// How statements with parameters are sent there.
    pub(super) fn statements(&self) -> Statements {
        self.statements
    }

    /// The settings for `tokio-postgres` in a pool.
    pub(crate) fn config(&self, application_name: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        match &self.host {
            Host::Tcp(host) => config.host(host),
            Host::Socket(folder) => config.host_path(folder),
        };
        config
            .port(self.port)
            .user(&self.user)
            .dbname(&self.database)
            .application_name(application_name)
            .ssl_mode(match self.tls.mode() {
                TlsMode::Disable => tokio_postgres::config::SslMode::Disable,
                TlsMode::Prefer => tokio_postgres::config::SslMode::Prefer,
                _ => tokio_postgres::config::SslMode::Require,
            })
            // sqlx cannot set them.
            .keepalives(false);
        if let Some(password) = &self.password {
            config.password(password.expose_secret());
        }
        if let Some(options) = self.options() {
            config.options(options);
        }
        config
    }

    /// How long the connection that comes before all others waits for the server, handshake and all:
    /// a server that does not answer is reported within the time that a person waits.
    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// The same settings for sqlx, which must not look into the environment or a password file.
    pub(crate) fn sqlx_options(&self, application_name: &str) -> sqlx::postgres::PgConnectOptions {
        let options = sqlx::postgres::PgConnectOptions::new_without_pgpass()
            .port(self.port)
            .username(&self.user)
            .password(self.password.as_ref().map_or("", |password| password.expose_secret()))
            .database(&self.database)
            .application_name(application_name);
        let options = match &self.host {
            Host::Tcp(host) => options.host(host),
            Host::Socket(folder) => options.socket(folder),
        };
        let options = self.secured(options);
        if self.settings.is_empty() {
            return options;
        }
        options.options(self.settings.iter().map(|(name, value)| (name, value)))
    }

    /// The same TLS for sqlx. It adds the authorities that every browser trusts to those that it is given, and its
    /// connections come after one of ours that trusts nobody else.
    fn secured(&self, options: sqlx::postgres::PgConnectOptions) -> sqlx::postgres::PgConnectOptions {
        use sqlx::postgres::PgSslMode;
        let mut options = options.ssl_mode(match self.tls.mode() {
            TlsMode::Disable => PgSslMode::Disable,
            TlsMode::Prefer => PgSslMode::Prefer,
            TlsMode::Require => PgSslMode::Require,
            TlsMode::VerifyCa => PgSslMode::VerifyCa,
            TlsMode::VerifyFull => PgSslMode::VerifyFull,
        });
        if let Some(roots) = self.tls.roots() {
            options = options.ssl_root_cert_from_pem(roots.to_vec());
        }
        match self.tls.certificate() {
            Some((chain, key)) => options.ssl_client_cert_from_pem(chain).ssl_client_key_from_pem(key),
            None => options,
        }
    }

    /// What speaks TLS for `tokio-postgres`.
    pub(crate) fn connector(&self) -> Connector {
        Connector::new(&self.tls)
    }

    /// The `options` of every connection. sqlx writes them, and puts what the variable
    /// `PGOPTIONS` says before them, so the others are given the same text.
    fn options(&self) -> Option<String> {
        let options = self.sqlx_options("");
        options.get_options().filter(|options| !options.is_empty()).map(str::to_owned)
    }

    /// This address for libpq, without the password.
    #[must_use]
    pub fn conninfo(&self) -> String {
        let host = match &self.host {
            Host::Tcp(host) => host.clone(),
            Host::Socket(folder) => folder.display().to_string(),
        };
        let mut parts = vec![
            ("host", host),
            ("port", self.port.to_string()),
            ("user", self.user.clone()),
            ("dbname", self.database.clone()),
        ];
        parts.extend(self.tls.parameters());
        parts.extend(self.options().map(|options| ("options", options)));
        let quoted = |value: &str| value.replace('\\', "\\\\").replace('\'', "\\'");
        let parts: Vec<String> =
            parts.iter().map(|(name, value)| format!("{name}='{}'", quoted(value))).collect();
        parts.join(" ")
    }

    /// The name by which the server is called, for its certificate.
    pub(crate) fn host_name(&self) -> &str {
        match &self.host {
            Host::Tcp(host) => host,
            Host::Socket(_) => "",
        }
    }

    /// The password, for whoever connects and for nobody else.
    #[must_use]
    pub fn password(&self) -> Option<&SecretString> {
        self.password.as_ref()
    }

    /// Takes this address's credentials out of a text, and what may be a part of one that was read
    /// as a name. A second net: neither servers nor drivers are known to repeat a password.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        let mut clean = text.replace(self.url.expose(), HIDDEN);
        if let Some(password) = self.password.as_ref().map(|password| password.expose_secret()) {
            let encoded = percent_encoding::utf8_percent_encode(password, percent_encoding::NON_ALPHANUMERIC);
            for form in [password, &encoded.to_string()] {
                if stands_out(form) {
                    clean = clean.replace(form, HIDDEN);
                }
            }
        }
        for name in [&self.user, &self.database] {
            if !is_plain(name) {
                clean = clean.replace(name.as_str(), HIDDEN);
            }
        }
        clean
    }
}

/// Whether a text that holds this password holds it for a reason. Short texts and single words
/// stand in any message by chance, and to hide them there would point them out.
fn stands_out(password: &str) -> bool {
    password.chars().count() >= 4 && !password.chars().all(|c| c.is_ascii_lowercase())
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let database = if is_plain(&self.database) { &self.database } else { HIDDEN };
        match &self.host {
            Host::Tcp(host) if host.contains(':') => {
                write!(f, "postgres://[{host}]:{}/{database}", self.port)
            }
            Host::Tcp(host) => write!(f, "postgres://{host}:{}/{database}", self.port),
            Host::Socket(folder) => {
                write!(f, "postgres:///{database}?host={}&port={}", folder.display(), self.port)
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
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
mod tests;
