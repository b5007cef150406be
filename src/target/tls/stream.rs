//! The handshake, and the stream that comes of it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Tls, TlsMode, TlsRefused};

/// A connection that is encrypted.
#[derive(Debug)]
pub struct Secured<S>(Box<TlsStream<S>>);

/// What a connection is encrypted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spoken(String);

impl Spoken {
    /// Version and cipher suite, as `TLS 1.3, TLS13_AES_256_GCM_SHA384`.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.0
    }
}

/// The request for TLS of Postgres's protocol: its length, and its code.
const REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

impl Tls {
    /// Whether a connection failed for TLS, and not on the way to the server.
    #[must_use]
    pub fn has_refused(fault: &io::Error) -> bool {
        fault.get_ref().is_some_and(|inner| inner.is::<TlsRefused>())
    }

    /// The handshake, on a connection whose server has agreed to it. `host` is the name by which it is called.
    ///
    /// # Errors
    /// When the certificate is not taken, on either side, or the connection ends.
    pub async fn handshake<S>(&self, host: &str, stream: S) -> Result<Secured<S>, TlsRefused>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let config = self.config.clone().ok_or(TlsRefused::NotSpoken)?;
        let name = ServerName::try_from(host.to_owned()).map_err(|_| TlsRefused::Name)?;
        let done = TlsConnector::from(config).connect(name, stream).await;
        done.map(|stream| Secured(Box::new(stream))).map_err(|fault| TlsRefused::of(&fault))
    }

    /// Asks a server whether it speaks TLS, and does so as far as the mode wants: the connection as it was, or the
    /// same one encrypted.
    ///
    /// # Errors
    /// When the server does not do what the mode asks for.
    pub async fn negotiate<S>(&self, host: &str, mut stream: S) -> io::Result<Negotiated<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        if self.mode() == TlsMode::Disable {
            return Ok(Negotiated::Plain(stream));
        }
        stream.write_all(&REQUEST).await?;
        let mut answer = [0];
        stream.read_exact(&mut answer).await?;
        match (answer[0], self.mode()) {
            (b'S', _) => Ok(Negotiated::Secured(self.handshake(host, stream).await?)),
            (b'N', TlsMode::Prefer) => Ok(Negotiated::Plain(stream)),
            (b'N', _) => Err(TlsRefused::NotSpoken.into()),
            _ => Err(TlsRefused::NoPostgres.into()),
        }
    }
}

/// What came of asking.
#[derive(Debug)]
pub enum Negotiated<S> {
    /// No TLS.
    Plain(S),
    /// TLS.
    Secured(Secured<S>),
}

impl<S> Secured<S> {
    /// What is spoken.
    #[must_use]
    pub fn spoken(&self) -> Spoken {
        let (_, session) = self.0.get_ref();
        let version = session.protocol_version().and_then(|version| version.as_str());
        let version = version.unwrap_or("TLS").replace("TLSv1_", "TLS 1.");
        let suite = session.negotiated_cipher_suite().map(|suite| suite.suite());
        let suite = suite.and_then(|suite| suite.as_str()).unwrap_or("unknown cipher suite");
        Spoken(format!("{version}, {suite}"))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Secured<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Secured<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut *self.0).poll_shutdown(context)
    }
}
