//! The way to a server: a stream that ends a handshake which floods. A port that answers with
//! something endless instead of a handshake would otherwise fill the memory.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio_postgres::config::Host;

/// No Postgres sends as much before a client may ask something.
const HANDSHAKE: u64 = 256 * 1024;

/// A stream to a server.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    /// How many bytes may still come.
    left: Arc<AtomicU64>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Knows how to lift the limit.
pub(super) struct Opened(Arc<AtomicU64>);

impl Opened {
    /// From now on as much may come as the server sends.
    pub(super) fn lift(self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

/// Opens a stream to the first host of a configuration.
pub(super) async fn dial(config: &tokio_postgres::Config) -> io::Result<Wire> {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let stream: Box<dyn Stream> = match config.get_hosts().first() {
        Some(Host::Tcp(host)) => {
            let stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            Box::new(stream)
        }
        #[cfg(unix)]
        Some(Host::Unix(folder)) => {
            Box::new(UnixStream::connect(folder.join(format!(".s.PGSQL.{port}"))).await?)
        }
        None => return Err(io::Error::other("the address names no host")),
    };
    Ok(Wire { stream, left: Arc::new(AtomicU64::new(HANDSHAKE)) })
}

impl Wire {
    /// What lifts the limit when the handshake is over.
    pub(super) fn opened(&self) -> Opened {
        Opened(self.left.clone())
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        std::task::ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        let read = (buf.filled().len() - before) as u64;
        let left = self.left.load(Ordering::Relaxed);
        if left != u64::MAX {
            let Some(left) = left.checked_sub(read) else {
                return Poll::Ready(Err(io::Error::other(
                    "it sends without end and is no Postgres; check host and port",
                )));
            };
            self.left.store(left, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
