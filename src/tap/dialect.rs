//! What an address says, whatever library it was written for: by libpq's names.

use percent_encoding::percent_decode_str;

use super::upstream::UpstreamError;
use crate::target::said::Said;

/// User, host and path of an address, as they stand there, and its parameters.
pub(super) fn said(
    scheme: &str,
    (user, host, path): (&str, &str, &str),
    parameters: &[String],
) -> Result<Said, UpstreamError> {
    if host.contains(',') {
        return Err(UpstreamError::ManyHosts);
    }
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or(UpstreamError::NoUrl)?;
            (host, port.strip_prefix(':').unwrap_or_default())
        }
        None => host.split_once(':').unwrap_or((host, "")),
    };
    let (user, password) =
        user.trim_end_matches('@').split_once(':').unwrap_or((user.trim_end_matches('@'), ""));
    let path = path.trim_start_matches('/');
    let pairs = [("user", user), ("password", password), ("host", host), ("port", port), ("dbname", path)];
    let mut said = Said::of(pairs.map(|(name, value)| (name.to_owned(), decoded(value))).into());
    for pair in parameters {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        // What other libraries call TLS.
        match (name, value.as_str()) {
            ("sslmode", "no-verify") | ("requiressl", "1") => said.add("sslmode", "require"),
            ("ssl", "true" | "1") => said.add("sslmode", of_ssl(scheme)),
            ("ssl", "false" | "0") => said.add("sslmode", "disable"),
            ("ssl", mode) => said.add("sslmode", mode),
            _ => said.add(name, value),
        }
    }
    Ok(said)
}

/// Java's driver checks a certificate when it is told no more than this.
fn of_ssl(scheme: &str) -> &'static str {
    if scheme.starts_with("jdbc:") { "verify-full" } else { "require" }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
