//! Addresses of servers, which may hold a password.
//!
//! These types have no `Serialize` and print nothing of what they hold: law 6 of the design, that
//! no credential reaches a record, a log or a message, is kept by the type. Words for people are
//! made by whoever takes an address apart, out of host, port and database alone:
//! [`Address`](crate::pool::Address) and [`RedisAddress`](crate::queue::RedisAddress).

mod bounded;
mod http;
mod passfile;
pub(crate) mod said;
mod service;
mod sockets;
mod surroundings;
pub mod tls;

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

pub use bounded::{Bounded, Opened};
pub use http::{HttpUrl, HttpUrlError};
pub(crate) use sockets::PlaceOfSockets;
pub use surroundings::{Surroundings, SurroundingsError};

/// Where a Postgres is: a `postgres://` URL, or `host=… user=…` as libpq reads it.
#[derive(Clone)]
pub struct DatabaseUrl(SecretString);

/// Where a Redis is: a `redis://` URL, or `unix://` with the path of a socket.
#[derive(Clone)]
pub struct RedisUrl(SecretString);

macro_rules! secret_url {
    ($name:ident) => {
        impl $name {
            /// Wraps an address. It is not checked here: whoever connects says what is wrong.
            pub fn new(url: impl Into<String>) -> Self {
                Self(SecretString::from(url.into()))
            }

            /// The address with its credentials, for whoever connects and for nobody else.
            #[must_use]
            pub fn expose(&self) -> &str {
                self.0.expose_secret()
            }
        }

        impl From<String> for $name {
            fn from(url: String) -> Self {
                Self::new(url)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(not shown)"))
            }
        }
    };
}

secret_url!(DatabaseUrl);
secret_url!(RedisUrl);

/// Whether a part of an address is of letters, digits and what stands in plain names. Anything
/// else may be a piece of a password that was read as something else, and is not shown.
pub(crate) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-.$".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_an_address_is_printed() {
        let (database, redis) =
            (DatabaseUrl::new("postgres://u:s3cret@h/db"), RedisUrl::new("redis://:s3cret@h"));
        assert_eq!(format!("{database:?} {redis:?}"), "DatabaseUrl(not shown) RedisUrl(not shown)");
        assert_eq!(database.expose(), "postgres://u:s3cret@h/db");
    }

    #[test]
    fn plain_names_hold_nothing_that_parts_an_address() {
        assert!(is_plain("db-1.example") && is_plain("größe") && !is_plain(""));
        for odd in ["a@b", "a:b", "a/b", "a?b", "a#b", "a=b", "a b", "a%b", "a&b", "a\nb"] {
            assert!(!is_plain(odd), "{odd}");
        }
    }
}
