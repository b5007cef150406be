//! TLS for `tokio-postgres`, which leaves the handshake to others.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

use crate::target::tls::{Secured, Spoken, Tls, TlsRefused};

/// Makes the handshakes with one server.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    tls: Arc<Tls>,
    spoken: Arc<OnceLock<Spoken>>,
}

impl Connector {
    pub(super) fn new(tls: &Arc<Tls>) -> Self {
        Self { tls: tls.clone(), spoken: Arc::default() }
    }

    /// What the first connection was encrypted with; nothing where it was not.
    pub(crate) fn spoken(&self) -> Option<&Spoken> {
        self.spoken.get()
    }

    /// For one connection to a server that is called by this name.
    pub(crate) fn to(&self, host: &str) -> Handshake {
        Handshake { connector: self.clone(), host: host.to_owned() }
    }
}

/// Makes one handshake.
#[derive(Debug)]
pub(crate) struct Handshake {
    connector: Connector,
    host: String,
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> MakeTlsConnect<S> for Connector {
    type Stream = Secured<S>;
    type TlsConnect = Handshake;
    type Error = TlsRefused;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, TlsRefused> {
        Ok(self.to(host))
    }
}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> TlsConnect<S> for Handshake {
    type Stream = Secured<S>;
    type Error = TlsRefused;
    type Future = Pin<Box<dyn Future<Output = Result<Secured<S>, TlsRefused>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let secured = self.connector.tls.handshake(&self.host, stream).await?;
            let _ = self.connector.spoken.set(secured.spoken());
            Ok(secured)
        })
    }
}

/// No password is bound to a connection: sqlx cannot, and what one library alone would do is not compared.
impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Secured<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}
