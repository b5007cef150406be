//! What libpq would look up besides an address: variables, a service file, a password file, and files of certificates
//! in the home folder. An address says most; then a service, the variables, and the password file last.

use std::fmt;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::passfile::{self, Wanted};
use super::said::{Said, written};
use super::service::{self, Unread};
use super::{DatabaseUrl, PlaceOfSockets};

/// Where what an address leaves open is looked up.
pub struct Surroundings<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    home: Option<PathBuf>,
    account: Option<String>,
}

/// Why it could not be. No message holds a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SurroundingsError {
    /// No file has the service.
    #[error(
        "no service file has the service that the address or PGSERVICE names; write it into ~/.pg_service.conf, or name \
         the file in PGSERVICEFILE"
    )]
    NoService,
    /// The service is not written as libpq reads it.
    #[error("the service that the address or PGSERVICE names has a line that is not name=value; correct it")]
    ServiceLine,
    /// A file that was named cannot be read.
    #[error("cannot read the {what}: {reason}; correct its name, or leave it out")]
    File {
        /// Which.
        what: &'static str,
        /// What the system said.
        reason: String,
    },
    /// Other users could read the password file.
    #[error(
        "the password file can be read by others than its owner, so it is not used; chmod 0600 it, or set PGPASSWORD"
    )]
    OpenPasswords,
}

/// What libpq's variables set, by the names of its parameters.
const VARIABLES: [(&str, &str); 24] = [
    ("host", "PGHOST"),
    ("hostaddr", "PGHOSTADDR"),
    ("port", "PGPORT"),
    ("user", "PGUSER"),
    ("dbname", "PGDATABASE"),
    ("password", "PGPASSWORD"),
    ("passfile", "PGPASSFILE"),
    ("connect_timeout", "PGCONNECT_TIMEOUT"),
    ("sslmode", "PGSSLMODE"),
    ("sslrootcert", "PGSSLROOTCERT"),
    ("sslcert", "PGSSLCERT"),
    ("sslkey", "PGSSLKEY"),
    ("sslnegotiation", "PGSSLNEGOTIATION"),
    ("sslcrl", "PGSSLCRL"),
    ("sslcrldir", "PGSSLCRLDIR"),
    ("ssl_min_protocol_version", "PGSSLMINPROTOCOLVERSION"),
    ("ssl_max_protocol_version", "PGSSLMAXPROTOCOLVERSION"),
    ("sslcertmode", "PGSSLCERTMODE"),
    ("sslsni", "PGSSLSNI"),
    ("gssencmode", "PGGSSENCMODE"),
    ("channel_binding", "PGCHANNELBINDING"),
    ("requirepeer", "PGREQUIREPEER"),
    ("require_auth", "PGREQUIREAUTH"),
    ("target_session_attrs", "PGTARGETSESSIONATTRS"),
];

/// What says where a server is. Its port may be left open by itself.
const PLACES: [&str; 2] = ["host", "hostaddr"];

fn names_a_server(said: &Said) -> bool {
    PLACES.iter().any(|name| said.get(name).is_some())
}

/// What only says where to look, and is not for the server or a driver.
const LOOKED_UP: [&str; 2] = ["service", "passfile"];

impl<'a> Surroundings<'a> {
    /// With these variables, a home folder, and the name of the account.
    pub fn new(
        variable: &'a dyn Fn(&str) -> Option<String>,
        home: Option<PathBuf>,
        account: Option<String>,
    ) -> Self {
        Self { variable, home, account }
    }

    /// None: nothing is looked up.
    #[must_use]
    pub fn none() -> Self {
        Self { variable: &|_| None, home: None, account: None }
    }

    /// The address with what it leaves open. One that cannot be read is left as it is: whoever connects says what is
    /// wrong with it.
    ///
    /// # Errors
    /// When a file that is named, or that has to be used, cannot be.
    pub fn complete(&self, url: &DatabaseUrl) -> Result<DatabaseUrl, SurroundingsError> {
        let Some((written, mut said)) = written(url.expose()).and_then(|text| {
            let said = text.said()?;
            Some((text, said))
        }) else {
            return Ok(url.clone());
        };
        let given = said.len();
        self.fill(&mut said)?;
        let more: Vec<_> = said.pairs()[given..]
            .iter()
            .filter(|(name, _)| !LOOKED_UP.contains(&name.as_str()))
            .cloned()
            .collect();
        let has_place = more.iter().any(|(name, _)| ["host", "hostaddr", "port"].contains(&name.as_str()));
        let text = if has_place { said.words(&LOOKED_UP) } else { written.with(&more, &LOOKED_UP) };
        Ok(DatabaseUrl::new(text))
    }

    /// Adds what is left open.
    pub(crate) fn fill(&self, said: &mut Said) -> Result<(), SurroundingsError> {
        self.service(said)?;
        // libpq would go to the PGHOSTADDR of one server for the host of another.
        let named = names_a_server(said);
        let left_open = |name: &str| !(named && PLACES.contains(&name));
        for (name, variable) in VARIABLES.into_iter().filter(|(name, _)| left_open(name)) {
            if let Some(value) = self.variable(variable) {
                said.add(name, value);
            }
        }
        // Of old, and no longer written down.
        if self.variable("PGREQUIRESSL").as_deref() == Some("1") {
            said.add("sslmode", "require");
        }
        if !names_a_server(said) {
            let port = said.get("port").unwrap_or(PORT);
            if let Some(folder) = PlaceOfSockets::with(port) {
                said.add("host", folder.display().to_string());
            }
        }
        self.certificates(said);
        self.password(said)
    }

    /// What a variable holds; one that holds nothing is as good as none.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.trim().is_empty())
    }

    fn in_home(&self, name: &str) -> Option<PathBuf> {
        self.home.as_ref().map(|home| home.join(name))
    }

    fn service(&self, said: &mut Said) -> Result<(), SurroundingsError> {
        let named = said.get("service").map(str::to_owned).or_else(|| self.variable("PGSERVICE"));
        let Some(name) = named else { return Ok(()) };
        let own = self.variable("PGSERVICEFILE").map(PathBuf::from);
        let own = own.or_else(|| self.in_home(".pg_service.conf"));
        let folder = self.variable("PGSYSCONFDIR").map_or_else(|| PathBuf::from(SYSTEM), PathBuf::from);
        for file in own.into_iter().chain([folder.join("pg_service.conf")]) {
            let text = match std::fs::read_to_string(&file) {
                Ok(text) => text,
                Err(fault) if fault.kind() == io::ErrorKind::NotFound => continue,
                Err(fault) => return Err(unreadable("service file", &fault)),
            };
            match service::service(&text, &name) {
                Ok(pairs) => {
                    pairs.into_iter().for_each(|(name, value)| said.add(&name, value));
                    return Ok(());
                }
                Err(Unread::Line) => return Err(SurroundingsError::ServiceLine),
                Err(Unread::Missing) => {}
            }
        }
        Err(SurroundingsError::NoService)
    }

    /// The files in the home folder, where they are and TLS is not switched off.
    fn certificates(&self, said: &mut Said) {
        said.add("sslmode", if said.get("sslrootcert") == Some("system") { "verify-full" } else { "prefer" });
        if said.get("sslmode") == Some("disable") {
            return;
        }
        let file =
            |name: &str| self.in_home(".postgresql").map(|home| home.join(name)).filter(|f| f.exists());
        // Where a failed check would only lead to a connection without TLS, nothing is checked.
        if said.get("sslmode") != Some("prefer")
            && let Some(roots) = file("root.crt")
        {
            said.add("sslrootcert", roots.display().to_string());
        }
        if said.get("sslcert").is_none()
            && said.get("sslkey").is_none()
            && let (Some(certificate), Some(key)) = (file("postgresql.crt"), file("postgresql.key"))
        {
            said.add("sslcert", certificate.display().to_string());
            said.add("sslkey", key.display().to_string());
        }
    }

    fn password(&self, said: &mut Said) -> Result<(), SurroundingsError> {
        if said.get("password").is_some() {
            return Ok(());
        }
        let named = said.get("passfile").map(PathBuf::from);
        let Some(file) = named.or_else(|| self.in_home(".pgpass")) else { return Ok(()) };
        let Some(user) = said.get("user").or(self.account.as_deref()) else { return Ok(()) };
        let host = said.get("host").or_else(|| said.get("hostaddr")).unwrap_or("localhost");
        // A socket where sockets usually are is this machine.
        let host = if PlaceOfSockets::is_usual(host) { "localhost" } else { host };
        let database = said.get("dbname").unwrap_or(user);
        let wanted = Wanted { host, port: said.get("port").unwrap_or(PORT), database, user };
        let Some(text) = private(&file)? else { return Ok(()) };
        if let Some(password) = passfile::password(&text, wanted) {
            said.add("password", password);
        }
        Ok(())
    }
}

const PORT: &str = "5432";

/// Where Debian's libpq has the service file of the whole system.
const SYSTEM: &str = "/etc/postgresql-common";

/// The text of a file that its owner alone can read; nothing where there is none.
fn private(file: &Path) -> Result<Option<String>, SurroundingsError> {
    let there = match std::fs::metadata(file) {
        Ok(there) if there.is_file() => there,
        // libpq goes on without as well; `/dev/null` is a usual way to have none.
        _ => return Ok(None),
    };
    if there.permissions().mode() & 0o077 != 0 {
        return Err(SurroundingsError::OpenPasswords);
    }
    std::fs::read_to_string(file).map(Some).map_err(|fault| unreadable("password file", &fault))
}

fn unreadable(what: &'static str, fault: &io::Error) -> SurroundingsError {
    SurroundingsError::File { what, reason: fault.to_string() }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Surroundings(not shown)")
    }
}

#[cfg(test)]
mod tests;
