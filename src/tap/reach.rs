//! A connection to the server, by TLS if it is asked for, with the first packet of the client on it.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use super::relay::Stream;
use super::upstream::{Place, Upstream};
use crate::target::tls::{Negotiated, Tls, TlsMode};

/// As long as a server gives a client to say who it is.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A server that has been told who asks, and what it has said to that so far.
pub(super) struct Reached {
    pub(super) server: Stream,
    pub(super) said: Vec<u8>,
}

/// Connects and passes on the first packet, no later than a client waits for it.
pub(super) async fn reach(upstream: &Upstream, packet: &[u8]) -> io::Result<Reached> {
    match tokio::time::timeout(PATIENCE, begin(upstream, packet)).await {
        Ok(reached) => reached,
        Err(_) => Err(io::Error::other("it does not answer")),
    }
}

async fn begin(upstream: &Upstream, packet: &[u8]) -> io::Result<Reached> {
    let mut server = connect(upstream).await?;
    send(&mut server, packet).await?;
    let mut said = Vec::new();
    if upstream.tls().mode() == TlsMode::Prefer && matches!(server, Stream::Tls(_)) {
        // As libpq does it: a server that lets nobody in by TLS is asked once more without.
        server.read_buf(&mut said).await?;
        if said.first() == Some(&b'E') {
            server = by(upstream, &Tls::off()).await?;
            send(&mut server, packet).await?;
            said.clear();
        }
    }
    Ok(Reached { server, said })
}

async fn send(server: &mut Stream, packet: &[u8]) -> io::Result<()> {
    server.write_all(packet).await?;
    server.flush().await
}

/// Connects, and makes the handshake of TLS if the server is to be spoken with so.
pub(super) async fn connect(upstream: &Upstream) -> io::Result<Stream> {
    match by(upstream, upstream.tls()).await {
        Err(fault) if upstream.tls().mode() == TlsMode::Prefer && Tls::has_refused(&fault) => {
            by(upstream, &Tls::off()).await
        }
        reached => reached,
    }
}

async fn by(upstream: &Upstream, tls: &Tls) -> io::Result<Stream> {
    match upstream.place() {
        Place::Tcp(host, port) => {
            let stream = TcpStream::connect((host.as_str(), *port)).await?;
            let _ = stream.set_nodelay(true);
            Ok(match tls.negotiate(upstream.name(), stream).await? {
                Negotiated::Plain(stream) => Stream::Tcp(stream),
                Negotiated::Secured(stream) => Stream::Tls(stream),
            })
        }
        Place::Socket(path) => UnixStream::connect(path).await.map(Stream::Unix),
    }
}
