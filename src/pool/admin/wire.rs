//! The way to a Postgres.

use std::io;

use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::Host;

use crate::target::Bounded;

/// Opens a stream to the first host of a configuration.
pub(super) async fn dial(config: &tokio_postgres::Config) -> io::Result<Bounded> {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first() {
        Some(Host::Tcp(host)) => {
            let stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            Ok(Bounded::new(stream))
        }
        #[cfg(unix)]
        Some(Host::Unix(folder)) => {
            Ok(Bounded::new(UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await?))
        }
        None => Err(io::Error::other("the address names no host")),
    }
}
