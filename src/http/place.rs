//! From an address to sockets: the name is looked up once, and only this machine is loaded unless told.

use std::net::SocketAddr;
use std::time::Duration;

use crate::target::HttpUrl;

/// What may be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This machine alone: a load that is pointed at somebody else's host by a slip does harm.
    ThisMachine,
    /// Any host: somebody has said so.
    AnyHost,
}

/// A service that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where its sockets are opened.
    pub socket: SocketAddr,
    /// Host and port as the header `host` has them.
    pub authority: String,
    /// The path before that of each request.
    pub base: String,
}

/// Why a service cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// No such host.
    #[error("the host of the service is not known here: {0}")]
    Unknown(std::io::Error),
    /// Nobody answered.
    #[error("the host of the service was not found within {} s", LOOKING_UP.as_secs())]
    TooSlow,
    /// It has no address.
    #[error("the host of the service has no address")]
    None,
    /// It is not this machine.
    #[error(
        "the service is on another host, and a load may do harm there: say --allow-remote, or allow-remote = true in \
         [target], if it is yours to load"
    )]
    Remote,
}

/// How long looking a name up may take.
const LOOKING_UP: Duration = Duration::from_secs(10);

impl Place {
    /// Looks the host up.
    ///
    /// # Errors
    /// When it is not found, or is not within reach.
    pub async fn find(url: &HttpUrl, reach: Reach) -> Result<Self, PlaceError> {
        let found = tokio::net::lookup_host((url.host(), url.port()));
        let found = tokio::time::timeout(LOOKING_UP, found).await.map_err(|_| PlaceError::TooSlow)?;
        let sockets: Vec<SocketAddr> = found.map_err(PlaceError::Unknown)?.collect();
        if reach == Reach::ThisMachine && !sockets.iter().all(|socket| socket.ip().is_loopback()) {
            return Err(PlaceError::Remote);
        }
        // Services mostly listen on the older of the two protocols.
        let first = sockets.iter().find(|socket| socket.is_ipv4()).or(sockets.first());
        let socket = *first.ok_or(PlaceError::None)?;
        Ok(Self { socket, authority: url.authority(), base: url.base().to_owned() })
    }
}
