//! An HTTP service that is driven instead of a pool: where it is, what is sent to it, and what its answers
//! mean.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use crate::itinerary::SessionScope;
use crate::target::HttpUrl;

/// The service under load, in one version for each session scope.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    /// Where each lane's requests go, in the order of the session scopes; empty where the command line says it.
    pub sites: Vec<Site>,
    /// The method of a request: `POST`.
    pub method: String,
    /// Its path, with a query if it has one; `{request}` in it stands for the number of the request.
    pub path: Kept,
    /// Its headers beside `host` and those of the body's length.
    pub headers: Vec<Header>,
    /// Its body; `{request}` in it stands for the number of the request.
    pub body: Kept,
    /// The answers that complete a request.
    pub success: Answers,
    /// The answers by which the service says that a request waited in vain for a connection of its pool.
    pub timed_out: Option<Answers>,
    /// How long an answer is waited for, nominal; none for as long as the run lasts.
    pub timeout: Option<Duration>,
    /// The path of a bystander's request, which is a GET with the same headers.
    pub bystander: Option<Kept>,
    /// Whether it may be on another host than this one.
    pub hosts: Hosts,
}

/// Where the requests of a lane go.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// The place in words, for records and reports.
    pub place: String,
    /// Its address; none in a plan that was read from a record.
    pub url: Option<HttpUrl>,
}

impl Site {
    /// The site of an address.
    #[must_use]
    pub fn of(url: HttpUrl) -> Self {
        Self { place: url.place(), url: Some(url) }
    }
}

/// Which hosts may be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosts {
    /// This machine alone.
    ThisMachine,
    /// Any.
    Any,
}

/// A text that may hold a credential, and what records and reports show of it. Nothing else of it is printed,
/// and two are the same that show the same.
#[derive(Clone)]
pub struct Kept {
    shown: String,
    text: Option<String>,
}

impl Kept {
    /// A path: what stands after `?` may be a credential.
    #[must_use]
    pub fn path(text: &str) -> Self {
        let shown = text.split_once('?').map_or_else(|| text.to_owned(), |(path, _)| format!("{path}?…"));
        Self { shown, text: Some(text.to_owned()) }
    }

    /// A body, of which only its length is shown.
    #[must_use]
    pub fn body(text: &str) -> Self {
        let shown = if text.is_empty() { String::new() } else { format!("{} bytes", text.len()) };
        Self { shown, text: Some(text.to_owned()) }
    }

    /// What is left of it in a record.
    #[must_use]
    pub fn from_record(shown: &str) -> Self {
        Self { shown: shown.to_owned(), text: None }
    }

    /// What may be shown of it.
    #[must_use]
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// All of it, for whoever sends it and for nobody else; empty in a plan that was read from a record.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kept({:?})", self.shown)
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown
    }
}

/// A header of each request.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Where its value comes from.
    pub value: HeaderValue,
}

/// Where the value of a header comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum HeaderValue {
    /// From the scenario, or from a record, which does not keep it.
    Written(Kept),
    /// From the environment variable of this name.
    FromEnvironment(String),
}

/// Answers of a service: their statuses, and words that stand in the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Their statuses.
    pub statuses: Vec<Statuses>,
    /// Words that have to stand in the first 16 KiB of the body.
    pub says: Option<String>,
}

impl Answers {
    /// Whether an answer of this status is one of them, as far as its body goes.
    #[must_use]
    pub fn has(&self, status: u16) -> bool {
        self.statuses.iter().any(|range| range.0.contains(&status))
    }
}

/// A status, or all that begin alike: `404`, `2xx`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(RangeInclusive<u16>);

impl Statuses {
    /// Every success that HTTP has.
    pub const SUCCESS: Self = Self(200..=299);

    /// One status.
    #[must_use]
    pub fn one(status: u16) -> Self {
        Self(status..=status)
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.start() == self.0.end() {
            write!(f, "{}", self.0.start())
        } else {
            write!(f, "{}xx", self.0.start() / 100)
        }
    }
}

impl FromStr for Statuses {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mend = "write a status from 100 to 599, or all that begin alike, such as \"2xx\"";
        let class = text.strip_suffix("xx").and_then(|class| class.parse::<u16>().ok());
        match class {
            Some(class @ 1..=5) => Ok(Self(class * 100..=class * 100 + 99)),
            _ => text.parse().ok().filter(|status| (100..=599).contains(status)).map(Self::one).ok_or(mend),
        }
    }
}

impl Target {
    /// Leaves the sites of these session scopes, in their order; none where one of them has no site.
    pub(super) fn keep_sites_of(&mut self, had: &[SessionScope], kept: &[SessionScope]) {
        let site = |scope: &SessionScope| {
            let at = had.iter().position(|it| it == scope)?;
            self.sites.get(at).cloned()
        };
        self.sites = kept.iter().map(site).collect::<Option<_>>().unwrap_or_default();
    }

    /// The job service of `poolbench serve`: `POST /submit`, which answers 503 with `pool-timeout` where no
    /// connection came free.
    #[must_use]
    pub fn job_service() -> Self {
        let json = Kept::body("application/json");
        Self {
            sites: Vec::new(),
            method: "POST".to_owned(),
            path: Kept::path("/submit"),
            headers: vec![Header { name: "content-type".to_owned(), value: HeaderValue::Written(json) }],
            body: Kept::body("{\"name\": \"request {request}\"}"),
            success: Answers { statuses: vec![Statuses::SUCCESS], says: None },
            timed_out: Some(Answers {
                statuses: vec![Statuses::one(503)],
                says: Some("pool-timeout".to_owned()),
            }),
            timeout: None,
            bystander: Some(Kept::path("/healthz")),
            hosts: Hosts::ThisMachine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_one_or_a_class() {
        let read = |text: &str| text.parse::<Statuses>().map(|it| it.to_string());
        assert_eq!((read("2xx"), read("503")), (Ok("2xx".to_owned()), Ok("503".to_owned())));
        for nonsense in ["", "xx", "6xx", "99", "600", "2x", "-1"] {
            assert!(read(nonsense).is_err(), "{nonsense}");
        }
        let answers = Answers { statuses: vec![Statuses::SUCCESS, Statuses::one(404)], says: None };
        assert!(answers.has(204) && answers.has(404) && !answers.has(503));
    }

    #[test]
    fn what_may_be_a_credential_is_not_printed() {
        let mut target = Target::job_service();
        target.path = Kept::path("/x?token=s3cret");
        target.body = Kept::body("s3cret");
        target.headers[0].value = HeaderValue::Written(Kept::body("Bearer s3cret"));
        let printed = format!("{target:?}");
        assert!(!printed.contains("s3cret") && printed.contains("/x?…"), "{printed}");
        assert_eq!(target.path.expose(), "/x?token=s3cret");
    }
}
