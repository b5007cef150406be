//! A stream that ends a handshake which floods. A port that answers with something endless instead of a
//! handshake would otherwise fill the memory.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// No server sends as much before a client may ask something.
const HANDSHAKE: u64 = 256 * 1024;

/// A stream to a server.
pub struct Bounded {
    stream: Box<dyn ByteStream>,
    /// How many bytes may still come.
    left: Arc<AtomicU64>,
}

trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// Knows how to lift the limit.
#[derive(Debug)]
pub struct Opened(Arc<AtomicU64>);

impl Opened {
    /// From now on as much may come as the server sends.
    pub fn lift(self) {
        self.0.store(u64::MAX, Ordering::Relaxed);
    }
}

impl Bounded {
    /// Wraps a stream that was just opened: 256 KiB may come until [`Opened::lift`].
    pub fn new(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self { stream: Box::new(stream), left: Arc::new(AtomicU64::new(HANDSHAKE)) }
    }

    /// What lifts the limit when the handshake is over.
    #[must_use]
    pub fn opened(&self) -> Opened {
        Opened(self.left.clone())
    }
}

impl std::fmt::Debug for Bounded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bounded").field("left", &self.left).finish_non_exhaustive()
    }
}

impl AsyncRead for Bounded {
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
                    "it sends without end and is no such server; check host and port",
                )));
            };
            self.left.store(left, Ordering::Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Bounded {
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
