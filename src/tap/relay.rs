//! Bytes from one side to the other: forwarded first, and read when they are on their way.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::hold::At;
use super::lock;
use super::session::Session;
use super::shared::Shared;
use crate::target::tls::Secured;

/// What is on its way in one direction, in bytes, at most.
const ON_THE_WAY: usize = 32 * 1024;

/// A connection to a server, or from a client.
#[derive(Debug)]
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    Tls(Secured<TcpStream>),
}

macro_rules! either {
    ($self:ident, $stream:ident => $do:expr) => {
        match $self.get_mut() {
            Stream::Tcp($stream) => $do,
            Stream::Unix($stream) => $do,
            Stream::Tls($stream) => $do,
        }
    };
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        either!(self, stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        either!(self, stream => Pin::new(stream).poll_shutdown(context))
    }
}

/// Which way.
#[derive(Debug, Clone, Copy)]
enum Way {
    ToServer,
    ToClient,
}

/// One direction.
struct Pipe {
    buffer: Box<[u8]>,
    from: usize,
    to: usize,
    flow: Flow,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Open,
    /// Nothing more comes; what is on its way still goes.
    Ended,
    /// The end was passed on, or nobody is there to take it.
    Closed,
}

impl Pipe {
    fn new() -> Self {
        Self { buffer: vec![0; ON_THE_WAY].into_boxed_slice(), from: 0, to: 0, flow: Flow::Open }
    }

    /// Forwards as long as anything moves.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        (source, sink): (&mut Stream, &mut Stream),
        now: impl Fn() -> At,
        mut read: impl FnMut(&[u8], At),
    ) -> Poll<()> {
        loop {
            while self.from < self.to {
                let written = Pin::new(&mut *sink).poll_write(context, &self.buffer[self.from..self.to]);
                self.wrote(ready!(written));
            }
            // What TLS has encrypted and the system has not taken yet: it goes when there is room, whether more comes
            // or not.
            if let Poll::Ready(Err(_)) = Pin::new(&mut *sink).poll_flush(context) {
                self.flow = Flow::Closed;
            }
            match self.flow {
                Flow::Closed => return Poll::Ready(()),
                Flow::Ended => {
                    let _ = ready!(Pin::new(&mut *sink).poll_shutdown(context));
                    self.flow = Flow::Closed;
                    return Poll::Ready(());
                }
                Flow::Open => {}
            }
            let mut buffer = ReadBuf::new(&mut self.buffer);
            let ended = ready!(Pin::new(&mut *source).poll_read(context, &mut buffer));
            let length = buffer.filled().len();
            if ended.is_err() || length == 0 {
                self.flow = Flow::Ended;
                continue;
            }
            (self.from, self.to) = (0, length);
            // Whom the bytes wake may take this core before the next line.
            let came = now();
            let written = Pin::new(&mut *sink).poll_write(context, &self.buffer[..length]);
            read(&self.buffer[..length], came);
            self.wrote(ready!(written));
        }
    }

    fn wrote(&mut self, written: io::Result<usize>) {
        match written {
            Ok(written) if written > 0 => self.from += written,
            _ => {
                self.from = self.to;
                self.flow = Flow::Closed;
            }
        }
    }
}

/// Forwards both ways until the server has said its last word, or the client takes nothing any more.
pub(super) async fn relay(
    client: &mut Stream,
    server: &mut Stream,
    watched: Option<(&Shared, &Mutex<Session>)>,
) {
    let (mut up, mut down) = (Pipe::new(), Pipe::new());
    let now = || watched.map_or(At::default(), |(shared, _)| shared.now());
    let read = |way: Way, bytes: &[u8], now: At| {
        if let Some((_, session)) = watched {
            let mut session = lock(session);
            match way {
                Way::ToServer => session.client_sent(bytes, now),
                Way::ToClient => session.server_sent(bytes, now),
            }
        }
    };
    poll_fn(|context| {
        // An application that has left is not waited for, but what the server still says to one that only ended
        // its own words is passed on.
        let _ =
            up.poll(context, (&mut *client, &mut *server), now, |bytes, now| read(Way::ToServer, bytes, now));
        down.poll(context, (&mut *server, &mut *client), now, |bytes, now| read(Way::ToClient, bytes, now))
    })
    .await;
}
