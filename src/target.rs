//! Addresses of servers, which may hold a password.
//!
//! These types have no `Serialize`, and print without the password: law 6 of the design, that no
//! credential reaches a record, a log or a message, is kept by the type.

use std::fmt;

/// Where a Postgres is, as a `postgres://` URL. Printing it shows neither user nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// Where a Redis is, as a `redis://` URL. Printing it shows neither user nor password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(String);

macro_rules! secret_url {
    ($name:ident) => {
        impl $name {
            /// Wraps a URL. It is not checked here: the driver that connects says what is wrong.
            pub fn new(url: impl Into<String>) -> Self {
                Self(url.into())
            }

            /// The URL with its credentials, for the driver that connects and for nobody else.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }

            /// Replaces the credentials of this URL wherever they stand in a text.
            #[must_use]
            pub fn redact(&self, text: &str) -> String {
                let mut clean = text.replace(&self.0, &self.to_string());
                if let Some(password) = password(&self.0) {
                    for form in [password.to_owned(), decoded(password)] {
                        if !form.is_empty() {
                            clean = clean.replace(&form, "***");
                        }
                    }
                }
                clean
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&without_credentials(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }
    };
}

secret_url!(DatabaseUrl);
secret_url!(RedisUrl);

/// Scheme, host, port and path of a URL: the query goes too, since it may hold a password.
fn without_credentials(url: &str) -> String {
    let (scheme, rest) = match url.split_once("://") {
        Some((scheme, rest)) => (format!("{scheme}://"), rest),
        None => return "(address not shown: it is not a URL)".to_owned(),
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    format!("{scheme}{place}")
}

fn password(url: &str) -> Option<&str> {
    if let Some((_, query)) = url.split_once('?')
        && let Some(value) = query.split('&').find_map(|pair| pair.strip_prefix("password="))
    {
        return Some(value);
    }
    let rest = url.split_once("://")?.1.split(['?', '#']).next()?;
    rest.rsplit_once('@')?.0.split_once(':').map(|(_, password)| password)
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |at: usize| rest.get(at).and_then(|&b| (b as char).to_digit(16));
        if first == b'%'
            && let (Some(high), Some(low)) = (hex(1), hex(2))
        {
            bytes.push((high * 16 + low) as u8);
            rest = &rest[3..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_display_nor_debug_shows_a_password() {
        for url in [
            "postgres://alice:s3cret@db.example:5432/app?sslmode=disable",
            "postgres://db.example:5432/app?user=alice&password=s3cret",
            "postgres://alice:s3cret@[::1]/app#x",
            "host=db.example password=s3cret",
            "redis://:s3cret@127.0.0.1:6379/0",
        ] {
            let url = DatabaseUrl::new(url);
            let shown = format!("{url} {url:?}");
            assert!(!shown.contains("s3cret") && !shown.contains("alice"), "{shown}");
        }
        assert_eq!(RedisUrl::new("redis://:p@127.0.0.1:1/0").to_string(), "redis://127.0.0.1:1/0");
    }

    #[test]
    fn redaction_finds_plain_and_encoded_passwords() {
        let url = DatabaseUrl::new("postgres://u:p%40ss%2Fword@h/db");
        let text = "cannot open postgres://u:p%40ss%2Fword@h/db: password p@ss/word is wrong";
        let clean = url.redact(text);
        assert!(!clean.contains("p@ss/word") && !clean.contains("p%40ss"), "{clean}");
    }
}
