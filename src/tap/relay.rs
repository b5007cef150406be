//! Bytes from one side to the other: forwarded first, and read when they are on their way.

use std::future::poll_fn;
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd};
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, ready};

use rustix::net::{RecvFlags, recv};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};

use super::busy_poll::{Awaited, BusyPoll};
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

impl Stream {
    /// The connection whose bytes can be taken as they are.
    fn bare(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Stream::Tcp(stream) => Some(stream.as_fd()),
            Stream::Unix(stream) => Some(stream.as_fd()),
            Stream::Tls(_) => None,
        }
    }
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
    /// What was taken from its source while somebody was awake for it.
    taken: Option<io::Result<usize>>,
    /// Whether anything was forwarded since this was last asked.
    moved: bool,
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
        Self {
            buffer: vec![0; ON_THE_WAY].into_boxed_slice(),
            from: 0,
            to: 0,
            flow: Flow::Open,
            taken: None,
            moved: false,
        }
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
            let taken = match self.taken.take() {
                Some(taken) => taken,
                None => {
                    let mut buffer = ReadBuf::new(&mut self.buffer);
                    let read = ready!(Pin::new(&mut *source).poll_read(context, &mut buffer));
                    read.map(|()| buffer.filled().len())
                }
            };
            let Ok(length @ 1..) = taken else {
                self.flow = Flow::Ended;
                continue;
            };
            (self.from, self.to) = (0, length);
            self.moved = true;
            // Whom the bytes wake may take this core before the next line.
            let came = now();
            let written = Pin::new(&mut *sink).poll_write(context, &self.buffer[..length]);
            read(&self.buffer[..length], came);
            self.wrote(ready!(written));
        }
    }

    /// Stays awake for what comes next, where that is worth it. Tells whether anything came.
    fn wait_for(&mut self, source: &Stream, awaited: Awaited, poll: &mut BusyPoll<'_>) -> bool {
        let Some(source) = source.bare().filter(|_| self.flow == Flow::Open && self.from == self.to) else {
            return false;
        };
        // Without waiting, and whatever the runtime knows of it.
        let take = || Ok(recv(source, &mut *self.buffer, RecvFlags::DONTWAIT)?.0);
        self.taken = poll.wait(awaited, take);
        self.taken.is_some()
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

/// How the bytes of a connection are read on their way.
pub(super) struct Reading<'a> {
    pub(super) shared: &'a Shared,
    pub(super) session: &'a Mutex<Session>,
    /// What is awaited awake.
    pub(super) poll: BusyPoll<'a>,
}

/// Forwards both ways until the server has said its last word, or the client takes nothing any more.
pub(super) async fn relay(client: &mut Stream, server: &mut Stream, mut reading: Option<Reading<'_>>) {
    let (mut up, mut down) = (Pipe::new(), Pipe::new());
    let watched = reading.as_ref().map(|reading| (reading.shared, reading.session));
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
        loop {
            // An application that has left is not waited for, but what the server still says to one that only ended
            // its own words is passed on.
            let _ = up.poll(context, (&mut *client, &mut *server), now, |bytes, now| {
                read(Way::ToServer, bytes, now)
            });
            let over = down.poll(context, (&mut *server, &mut *client), now, |bytes, now| {
                read(Way::ToClient, bytes, now)
            });
            // Whoever was told something last has the next word.
            let (asked, told) = (std::mem::take(&mut up.moved), std::mem::take(&mut down.moved));
            let waited = reading.as_mut().is_some_and(|Reading { poll, .. }| match (asked, told) {
                (_, true) => up.wait_for(client, Awaited::Client, poll),
                (true, false) => down.wait_for(server, Awaited::Server, poll),
                (false, false) => false,
            });
            if over.is_ready() || !waited {
                return over;
            }
        }
    })
    .await;
}
