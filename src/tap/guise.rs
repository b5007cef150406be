//! What an application is told in its environment, so that it comes to the tap and takes it for its server.

use std::fmt;
use std::net::SocketAddr;

use super::upstream::{Parts, Upstream, UpstreamError, refuse};
use crate::target::said::Said;
use crate::target::{DatabaseUrl, Surroundings};

/// The server that an application has been told of, by whatever variables it reads.
pub struct Guise {
    upstream: Upstream,
    /// Who connects, looked up where no address says it.
    said: Said,
    url: Option<Parts>,
    spring: Option<Parts>,
    /// Variables that somebody has set, and that are left as they are.
    kept: Vec<&'static str>,
}

/// What says who connects, which the address may say as well.
const WHO: [&str; 5] =
    ["PGUSER", "PGPASSWORD", "PGDATABASE", "SPRING_DATASOURCE_USERNAME", "SPRING_DATASOURCE_PASSWORD"];

/// What would lead past the tap, or to TLS.
const TAKEN_OUT: [&str; 11] = [
    "PGHOSTADDR",
    "PGREQUIRESSL",
    "PGSSLNEGOTIATION",
    "PGSSLROOTCERT",
    "PGSSLCERT",
    "PGSSLKEY",
    "PGSSLCRL",
    "PGSSLCRLDIR",
    "PGSSLCERTMODE",
    "PGCHANNELBINDING",
    "PGSERVICE",
];

/// The variables of libpq that name a server.
const NAME_A_SERVER: [&str; 3] = ["PGHOST", "PGHOSTADDR", "PGSERVICE"];

impl Guise {
    /// The server that is named outright, or by the variables of the environment; nothing where none is named.
    ///
    /// # Errors
    /// When that server cannot be tapped, or several are named, or what it takes to reach it cannot be looked up.
    pub fn of(
        named: Option<&DatabaseUrl>,
        surroundings: &Surroundings<'_>,
    ) -> Result<Option<Self>, UpstreamError> {
        let variable = |name: &str| surroundings.variable(name);
        let parts = |url: Option<DatabaseUrl>| url.as_ref().map(Parts::of).transpose();
        let kept = WHO.into_iter().filter(|name| variable(name).is_some()).collect();
        if let Some(url) = named {
            let url = Parts::of(url)?;
            let (said, upstream) = looked_up(url.said().clone(), surroundings)?;
            return Ok(Some(Self { upstream, said, url: Some(url), spring: None, kept }));
        }
        let url = parts(variable("DATABASE_URL").map(DatabaseUrl::new))?;
        let spring = parts(variable("SPRING_DATASOURCE_URL").map(DatabaseUrl::new))?;
        let named = NAME_A_SERVER.iter().any(|name| variable(name).is_some());
        let all = [url.as_ref().map(Parts::said), spring.as_ref().map(Parts::said)];
        let all = all.into_iter().flatten().cloned().chain(named.then(Said::default));
        let mut all =
            all.map(|said| looked_up(said, surroundings)).collect::<Result<Vec<_>, _>>()?.into_iter();
        let Some((said, upstream)) = all.next() else { return Ok(None) };
        if all.any(|(_, other)| other.place() != upstream.place()) {
            return Err(UpstreamError::Differ);
        }
        Ok(Some(Self { upstream, said, url, spring, kept }))
    }

    /// The server.
    #[must_use]
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
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
        let who = |name| self.said.get(name).map(str::to_owned);
        unless_kept("PGUSER", who("user"));
        unless_kept("PGPASSWORD", who("password"));
        unless_kept("PGDATABASE", who("dbname"));
        if let Some(url) = &self.url {
            if self.spring.is_none() {
                unless_kept("SPRING_DATASOURCE_USERNAME", who("user"));
                unless_kept("SPRING_DATASOURCE_PASSWORD", who("password"));
                let spring = format!("jdbc:postgresql://{tap}{}?sslmode=disable", url.path());
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

/// What an address says and leaves open, and the server that it names.
fn looked_up(mut said: Said, surroundings: &Surroundings<'_>) -> Result<(Said, Upstream), UpstreamError> {
    surroundings.fill(&mut said)?;
    refuse(&said)?;
    let upstream = Upstream::of(&said)?;
    Ok((said, upstream))
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
    use crate::tap::Place;

    fn told(variables: &[(&str, &str)]) -> Result<Option<Guise>, UpstreamError> {
        let variable = |name: &str| {
            variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned())
        };
        Guise::of(None, &Surroundings::new(&variable, None, None))
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
        assert_eq!(*guise.upstream().place(), Place::Tcp("db".into(), 5432));
        assert_eq!(format!("{guise:?}"), "Guise(not shown)");
    }

    #[test]
    fn one_server_is_tapped_and_none_is_no_fault() {
        assert!(told(&[("DATABASE_URL", " ")]).unwrap().is_none());
        let socket = told(&[("PGHOST", "/tmp"), ("PGPORT", "5444")]).unwrap().unwrap();
        assert_eq!(*socket.upstream().place(), Place::Socket("/tmp/.s.PGSQL.5444".into()));
        let differ = told(&[("PGHOST", "a"), ("DATABASE_URL", "postgres://b/app")]);
        assert_eq!(differ.err(), Some(UpstreamError::Differ));
        let bound = told(&[("PGHOST", "a"), ("PGCHANNELBINDING", "require")]);
        assert_eq!(bound.err(), Some(UpstreamError::ChannelBinding));
    }

    #[test]
    fn what_the_address_leaves_open_is_looked_up_for_the_application() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join(".pgpass");
        std::fs::write(&file, "db:5432:app:me:s3cret\n").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let services = "[ours]\nhost=db\nuser=me\ndbname=app\nsslmode=require\n";
        std::fs::write(home.path().join(".pg_service.conf"), services).unwrap();
        let of = |named: (&'static str, &'static str)| {
            let variable = |name: &str| (named.0 == name).then(|| named.1.to_owned());
            let surroundings = Surroundings::new(&variable, Some(home.path().to_owned()), None);
            Guise::of(None, &surroundings).unwrap().unwrap()
        };
        // The application would look for the tap in its password file, and not find it.
        for named in [("PGSERVICE", "ours"), ("DATABASE_URL", "postgres://me@db/app?sslmode=require")] {
            let guise = of(named);
            assert_eq!(given(&guise, "PGUSER").as_deref(), Some("me"));
            assert_eq!(given(&guise, "PGDATABASE").as_deref(), Some("app"));
            assert_eq!(given(&guise, "PGPASSWORD").as_deref(), Some("s3cret"));
            assert_eq!(given(&guise, "PGSERVICE"), None);
            assert_eq!(given(&guise, "PGSSLMODE").as_deref(), Some("disable"));
            assert_eq!(
                format!("{:?}", guise.upstream()),
                "Upstream { place: Tcp(\"db\", 5432), name: \"db\", tls: Tls(require) }"
            );
        }
    }
}
