//! Where an HTTP service is: host, port and a base path, and no credential.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The address of an HTTP service, `http://host:port/base`. It holds no credential: an address with one is
/// refused when it is read, because command lines are seen by everybody who lists processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpUrl {
    host: String,
    port: u16,
    /// Without a slash at its end.
    base: String,
}

/// What is wrong with an address. No message says what was found: it may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HttpUrlError {
    /// Another scheme, or none.
    #[error("write the address of a service as http://host:port")]
    NotHttp,
    /// Encrypted.
    #[error("https is not spoken here: give an http:// address, such as that of a proxy that speaks https")]
    Encrypted,
    /// `user:password@host`.
    #[error(
        "an address with a user or a password is seen by everybody who lists processes: take it out, and give it \
         as a header from the environment, {{ name = \"authorization\", env = \"NAME\" }} in \
         target.headers"
    )]
    Credential,
    /// The host is none.
    #[error("the address has no host, or one with letters that no host has")]
    Host,
    /// The port is none.
    #[error("a port is a whole number from 1 to 65535")]
    Port,
    /// The base path has what belongs elsewhere.
    #[error("the address of a service has no query and no fragment: write them in target.path")]
    Path,
}

impl HttpUrl {
    /// Its host, without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The path before that of each request; empty, or with a slash before it and none after.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Host and port as the header `host` has them.
    #[must_use]
    pub fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == 80 { host } else { format!("{host}:{}", self.port) }
    }

    /// Where it is, for records and reports: of another machine not its name.
    #[must_use]
    pub fn place(&self) -> String {
        let here = self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
        if here {
            format!("this machine, port {}", self.port)
        } else {
            format!("another host, port {}", self.port)
        }
    }
}

impl FromStr for HttpUrl {
    type Err = HttpUrlError;

    fn from_str(text: &str) -> Result<Self, HttpUrlError> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or(HttpUrlError::NotHttp)?;
        match scheme.to_ascii_lowercase().as_str() {
            "http" => {}
            "https" => return Err(HttpUrlError::Encrypted),
            _ => return Err(HttpUrlError::NotHttp),
        }
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(HttpUrlError::Credential);
        }
        let (host, port) = host_and_port(authority)?;
        if !path.chars().all(|c| c.is_ascii_graphic() && !"?#\"<>\\^`{|}".contains(c)) {
            return Err(HttpUrlError::Path);
        }
        Ok(Self { host, port, base: path.trim_end_matches('/').to_owned() })
    }
}

fn host_and_port(authority: &str) -> Result<(String, u16), HttpUrlError> {
    let bracketed = authority.strip_prefix('[').map(|rest| rest.split_once(']').ok_or(HttpUrlError::Host));
    let (host, port) = match bracketed {
        Some(parts) => {
            let (host, after) = parts?;
            host.parse::<std::net::Ipv6Addr>().map_err(|_| HttpUrlError::Host)?;
            let port = after.strip_prefix(':').or(after.is_empty().then_some("80"));
            (host, port.ok_or(HttpUrlError::Host)?)
        }
        None => authority.split_once(':').unwrap_or((authority, "80")),
    };
    let sound = |c: char| c.is_ascii_alphanumeric() || "-._:".contains(c);
    if host.is_empty() || !host.chars().all(sound) {
        return Err(HttpUrlError::Host);
    }
    let port = port.parse().ok().filter(|port| *port > 0).ok_or(HttpUrlError::Port)?;
    Ok((host.to_ascii_lowercase(), port))
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart() {
        let read = |text: &str| text.parse::<HttpUrl>().map(|url| (url.authority(), url.base().to_owned()));
        assert_eq!(read("http://127.0.0.1:8120"), Ok(("127.0.0.1:8120".into(), String::new())));
        assert_eq!(read("HTTP://Example.org/api/v1/"), Ok(("example.org".into(), "/api/v1".into())));
        assert_eq!(read("http://[::1]:81/"), Ok(("[::1]:81".into(), String::new())));
        assert_eq!(read("http://[::1]"), Ok(("[::1]".into(), String::new())));
        let place = |text: &str| text.parse::<HttpUrl>().unwrap().to_string();
        assert_eq!(place("http://localhost:1"), "this machine, port 1");
        assert_eq!(place("http://db.secret.example:1"), "another host, port 1");
    }

    #[test]
    fn what_is_wrong_is_named_and_nothing_of_it_is_shown() {
        for (text, fault) in [
            ("127.0.0.1:8120", HttpUrlError::NotHttp),
            ("ftp://h", HttpUrlError::NotHttp),
            ("https://h", HttpUrlError::Encrypted),
            ("http://user:s3cret@h", HttpUrlError::Credential),
            ("http://s3cret@h:1/x", HttpUrlError::Credential),
            ("http://", HttpUrlError::Host),
            ("http://a b", HttpUrlError::Host),
            ("http://[::1", HttpUrlError::Host),
            ("http://h:0", HttpUrlError::Port),
            ("http://h:s3cret", HttpUrlError::Port),
            ("http://h/?token=s3cret", HttpUrlError::Path),
            ("http://h/#x", HttpUrlError::Path),
        ] {
            let found = text.parse::<HttpUrl>();
            assert_eq!(found, Err(fault), "{text}");
            assert!(!found.unwrap_err().to_string().contains("s3cret"));
        }
    }
}
