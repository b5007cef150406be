//! A free port for a server, though another process may take it first.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use super::ProvisionError;
use super::temp_server::{Seen, TempServer};

/// How often another port is tried.
const TRIES: usize = 5;

/// What Postgres, Redis and Valkey write when they cannot listen; the locale is always C.
const TAKEN: &str = "Address already in use";

/// A port of the loopback address on which nobody listens at this moment.
pub(super) fn free() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Starts a server on one port after another until it holds one, and says which.
///
/// A server cannot be handed a port that is already open, so between finding a free one and
/// listening on it somebody else may be faster.
pub(super) fn settle(
    program: &'static str,
    server: &mut TempServer,
    mut ports: impl FnMut() -> io::Result<u16>,
    mut start: impl FnMut(&mut TempServer, u16) -> Result<Seen, ProvisionError>,
) -> Result<u16, ProvisionError> {
    for _ in 0..TRIES {
        let port = ports().map_err(ProvisionError::io("find a free port on 127.0.0.1"))?;
        match start(server, port)? {
            Seen::Ready => return Ok(port),
            Seen::Ended(status) => {
                let fault = server.ended(status);
                match &fault {
                    ProvisionError::Ended { log, .. } if log.contains(TAKEN) => {}
                    _ => return Err(fault),
                }
            }
        }
    }
    Err(ProvisionError::NoPort(program))
}
