//! What an application is told in its environment, so that it comes to the tap and takes it for its server.

use std::fmt;
use std::net::SocketAddr;

use super::upstream::{self, Parts, Place, UpstreamError};
use crate::target::DatabaseUrl;

/// The server that an application has been told of, by whatever variables it reads.
pub struct Guise {
    place: Place,
    url: Option<Parts>,
    spring: Option<Parts>,
    /// Variables that somebody has set, and that are left as they are.
    kept: Vec<&'static str>,
}

/// What says who connects, which the address may say as well.
const WHO: [&str; 5] =
    ["PGUSER", "PGPASSWORD", "PGDATABASE", "SPRING_DATASOURCE_USERNAME", "SPRING_DATASOURCE_PASSWORD"];

/// What would lead past the tap, or to TLS.
const TAKEN_OUT: [&str; 5] =
    ["PGHOSTADDR", "PGREQUIRESSL", "PGSSLNEGOTIATION", "PGCHANNELBINDING", "PGSERVICE"];

impl Guise {
    /// The server that is named outright, or by the variables of the environment; nothing where none is named.
    ///
    /// # Errors
    /// When that server cannot be tapped, or several are named.
    pub fn of(
        named: Option<&DatabaseUrl>,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, UpstreamError> {
        let variable = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let parts = |url: Option<DatabaseUrl>| url.as_ref().map(Parts::of).transpose();
        let kept = WHO.into_iter().filter(|name| variable(name).is_some()).collect();
        if let Some(url) = named {
            let url = Parts::of(url)?;
            return Ok(Some(Self { place: url.place.clone(), url: Some(url), spring: None, kept }));
        }
        let url = parts(variable("DATABASE_URL").map(DatabaseUrl::new))?;
        let spring = parts(variable("SPRING_DATASOURCE_URL").map(DatabaseUrl::new))?;
        let host = variable("PGHOSTADDR").or_else(|| variable("PGHOST"));
        let port = variable("PGPORT");
        let libpq = host.map(|host| upstream::of_variables(&host, port.as_deref())).transpose()?;
        if libpq.is_some() {
            refuse(variable)?;
        }
        let of = |parts: &Option<Parts>| parts.as_ref().map(|parts| parts.place.clone());
        let mut places = [of(&url), of(&spring), libpq].into_iter().flatten();
        let Some(place) = places.next() else { return Ok(None) };
        if places.any(|other| other != place) {
            return Err(UpstreamError::Differ);
        }
        Ok(Some(Self { place, url, spring, kept }))
    }

    /// Where the server is.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The address of the tap, as the server's was written; nothing where no address was.
    #[must_use]
    pub fn url(&self, tap: SocketAddr) -> Option<DatabaseUrl> {
        self.url.as_ref().map(|parts| DatabaseUrl::new(parts.at(tap)))
    }

    /// The variables that an application gets, and those that it must not have.
    pub fn variables(&self, tap: SocketAddr) -> Vec<(&'static str, Option<String>)> {
        let mut all: Vec<(&'static str, Option<String>)> =
            TAKEN_OUT.iter().map(|name| (*name, None)).collect();
        all.push(("PGHOST", Some(tap.ip().to_string())));
        all.push(("PGPORT", Some(tap.port().to_string())));
        all.push(("PGSSLMODE", Some("disable".to_owned())));
        let mut unless_kept = |name, value: Option<String>| {
            if value.is_some() && !self.kept.contains(&name) {
                all.push((name, value));
            }
        };
        if let Some(url) = &self.url {
            let (user, password) = url.credentials();
            let database = Some(url.database().to_owned()).filter(|name| !name.is_empty());
            unless_kept("PGUSER", user.clone());
            unless_kept("PGPASSWORD", password.clone());
            unless_kept("PGDATABASE", database.clone());
            if self.spring.is_none() {
                unless_kept("SPRING_DATASOURCE_USERNAME", user);
                unless_kept("SPRING_DATASOURCE_PASSWORD", password);
                let path = database.map_or_else(|| "/".to_owned(), |name| format!("/{name}"));
                let spring = format!("jdbc:postgresql://{tap}{path}?sslmode=disable");
                all.push(("SPRING_DATASOURCE_URL", Some(spring)));
            }
            all.push(("DATABASE_URL", Some(url.at(tap))));
        }
        if let Some(spring) = &self.spring {
            all.push(("SPRING_DATASOURCE_URL", Some(spring.at(tap))));
        }
        all
    }
}

fn refuse(variable: impl Fn(&str) -> Option<String>) -> Result<(), UpstreamError> {
    if variable("PGCHANNELBINDING").as_deref() == Some("require") {
        return Err(UpstreamError::ChannelBinding);
    }
    let tls = ["require", "verify-ca", "verify-full"];
    let asked = variable("PGSSLMODE").is_some_and(|mode| tls.contains(&mode.as_str()));
    let direct = variable("PGSSLNEGOTIATION").as_deref() == Some("direct");
    if asked || direct { Err(UpstreamError::Tls) } else { Ok(()) }
}

impl fmt::Debug for Guise {
    /// Nothing of an address is printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Guise(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(variables: &[(&str, &str)]) -> Result<Option<Guise>, UpstreamError> {
        Guise::of(None, |name| {
            variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn given(guise: &Guise, name: &str) -> Option<String> {
        let all = guise.variables("127.0.0.1:4000".parse().unwrap());
        all.into_iter().find(|(other, _)| *other == name)?.1
    }

    #[test]
    fn every_variable_leads_to_the_tap() {
        let guise = told(&[("DATABASE_URL", "postgresql+asyncpg://u:p%40@db/app"), ("PGUSER", "me")]);
        let guise = guise.unwrap().unwrap();
        assert_eq!(given(&guise, "DATABASE_URL").unwrap(), "postgresql+asyncpg://u:p%40@127.0.0.1:4000/app");
        assert_eq!(given(&guise, "PGPORT").unwrap(), "4000");
        assert_eq!(given(&guise, "PGPASSWORD").unwrap(), "p@");
        assert_eq!(given(&guise, "PGUSER"), None);
        assert_eq!(
            given(&guise, "SPRING_DATASOURCE_URL").unwrap(),
            "jdbc:postgresql://127.0.0.1:4000/app?sslmode=disable"
        );
        assert_eq!(*guise.place(), Place::Tcp("db".into(), 5432));
        assert_eq!(format!("{guise:?}"), "Guise(not shown)");
    }

    #[test]
    fn one_server_is_tapped_and_none_is_no_fault() {
        assert!(told(&[("DATABASE_URL", " ")]).unwrap().is_none());
        let socket = told(&[("PGHOST", "/tmp"), ("PGPORT", "5444")]).unwrap().unwrap();
        assert_eq!(*socket.place(), Place::Socket("/tmp/.s.PGSQL.5444".into()));
        let differ = told(&[("PGHOST", "a"), ("DATABASE_URL", "postgres://b/app")]);
        assert_eq!(differ.err(), Some(UpstreamError::Differ));
        let bound = told(&[("PGHOST", "a"), ("PGCHANNELBINDING", "require")]);
        assert_eq!(bound.err(), Some(UpstreamError::ChannelBinding));
    }
}
