//! What the user's variables, service and password file say of a server, beside its address.

use super::exit::CliError;
use crate::target::{DatabaseUrl, Surroundings};

/// What a variable holds. What is not text is no address either, and the parser will say so.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// The surroundings of this process.
pub(super) fn here() -> Surroundings<'static> {
    Surroundings::new(&variable, std::env::home_dir(), whoami::username().ok())
}

/// The address with what it leaves open.
pub(super) fn completed(url: &DatabaseUrl) -> Result<DatabaseUrl, CliError> {
    Ok(here().complete(url)?)
}

/// An address that says nothing, where libpq's variables name a server.
pub(super) fn of_variables() -> Option<DatabaseUrl> {
    let names = ["PGHOST", "PGHOSTADDR", "PGSERVICE"];
    let named = names.iter().any(|name| variable(name).is_some_and(|value| !value.is_empty()));
    named.then(|| DatabaseUrl::new("postgres://"))
}
