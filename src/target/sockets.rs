//! Where a server's socket is when nobody says where the server is.

use std::path::{Path, PathBuf};

/// The folders in which libpq looks: Debian's and its kin's, and that of a Postgres built by hand.
const USUAL: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// The folders of sockets that everybody knows.
#[derive(Debug)]
pub(crate) struct PlaceOfSockets;

impl PlaceOfSockets {
    /// The folder in which a server listens for this port.
    pub(crate) fn with(port: &str) -> Option<PathBuf> {
        let socket = format!(".s.PGSQL.{port}");
        USUAL.iter().map(Path::new).find(|folder| folder.join(&socket).exists()).map(Path::to_owned)
    }

    /// Whether a host is one of them.
    pub(crate) fn is_usual(host: &str) -> bool {
        USUAL.contains(&host)
    }
}
