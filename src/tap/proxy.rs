//! Takes connections, brings each one to the server, and lets it be read on the way.
//!
//! One thread a core, each with the connections that it was given: a message never changes threads.

use std::io;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use super::busy_poll::{BusyPoll, Core};
use super::lock;
use super::reach::{PATIENCE, Reached, reach};
use super::relay::{Reading, Stream, relay};
use super::session::Session;
use super::shared::{Lane, Shared};
use super::startup::{self, First, Habit};
use super::upstream::Upstream;

/// A client may ask for TLS and for GSSAPI before it goes on without.
const ASKS: u32 = 4;

/// The threads of a tap; they end when this is dropped.
#[derive(Debug)]
pub(super) struct Proxy {
    stop: watch::Sender<()>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

/// What the threads share.
struct Work {
    shared: Arc<Shared>,
    upstream: Upstream,
    numbers: AtomicU64,
    core: Core,
}

/// A thread that takes connections, and how many it has.
struct Worker {
    clients: UnboundedSender<std::net::TcpStream>,
    load: Arc<AtomicUsize>,
}

impl Proxy {
    /// Begins to take connections.
    pub(super) fn start(
        listener: std::net::TcpListener,
        upstream: Upstream,
        shared: Arc<Shared>,
        threads: NonZeroUsize,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let (stop, stopped) = watch::channel(());
        let work =
            Arc::new(Work { shared, upstream, numbers: AtomicU64::new(0), core: Core::of(threads.get()) });
        let mut proxy = Self { stop, threads: Vec::new() };
        let mut workers = Vec::new();
        for number in 0..threads.get() {
            let (clients, given) = unbounded_channel();
            let load = Arc::new(AtomicUsize::new(0));
            let lane = work.shared.lane(number);
            let (work, taken, stopped) = (work.clone(), load.clone(), stopped.clone());
            proxy.run(number, stopped, move || serve(given, work, lane, taken))?;
            workers.push(Worker { clients, load });
        }
        proxy.run(threads.get(), stopped, move || accept(listener, workers))?;
        Ok(proxy)
    }

    /// A thread with a runtime of its own, which ends with everything on it at the stop.
    fn run<F: Future<Output = ()> + 'static>(
        &mut self,
        number: usize,
        mut stopped: watch::Receiver<()>,
        begin: impl FnOnce() -> F + Send + 'static,
    ) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let thread = std::thread::Builder::new().name(format!("tap-{number}"));
        self.threads.push(thread.spawn(move || {
            // Connections are tasks of their own: a set of local ones would be asked as a whole at every message.
            runtime.block_on(async {
                tokio::select! {
                    () = begin() => {}
                    _ = stopped.changed() => {}
                }
            });
        })?);
        Ok(())
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: std::net::TcpListener, workers: Vec<Worker>) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    loop {
        // Without a free descriptor there may be one in a moment.
        let Ok((client, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let least = workers.iter().min_by_key(|worker| worker.load.load(Ordering::Relaxed));
        if let (Some(worker), Ok(client)) = (least, client.into_std()) {
            worker.load.fetch_add(1, Ordering::Relaxed);
            let _ = worker.clients.send(client);
        }
    }
}

async fn serve(
    mut clients: UnboundedReceiver<std::net::TcpStream>,
    work: Arc<Work>,
    lane: Lane,
    load: Arc<AtomicUsize>,
) {
    while let Some(client) = clients.recv().await {
        let (work, lane, load) = (work.clone(), lane.clone(), load.clone());
        tokio::spawn(async move {
            if let Ok(client) = TcpStream::from_std(client) {
                let _ = client.set_nodelay(true);
                // Whatever goes wrong, the client sees that its connection ends.
                let _ = one(Stream::Tcp(client), &work, lane, &load).await;
            }
            load.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

/// A connection from its first byte to its last one.
async fn one(mut client: Stream, work: &Work, lane: Lane, load: &AtomicUsize) -> io::Result<()> {
    let (packet, first) = match tokio::time::timeout(PATIENCE, first(&mut client)).await {
        Ok(Ok(Some(asked))) => asked,
        Ok(Ok(None)) => {
            work.shared.counts.direct_tls.add();
            client.write_all(&fatal("08P01", DIRECT_TLS)).await?;
            return farewell(client).await;
        }
        Ok(Err(fault)) => return Err(fault),
        Err(_) => return Ok(()),
    };
    // Counted before it is passed on: what the server does about it can be seen at once on another connection.
    if matches!(first, First::Cancel) {
        work.shared.counts.cancels.add();
    }
    let (mut server, said) = match reach(&work.upstream, &packet).await {
        Ok(Reached { server, said }) => (server, said),
        Err(fault) => {
            work.shared.counts.unreached.add();
            // What a refused connection says holds neither user nor password.
            return client.write_all(&fatal("08001", &format!("{UNREACHED}: {fault}"))).await;
        }
    };
    if matches!(server, Stream::Tls(_)) && !matches!(first, First::Cancel) {
        work.shared.counts.encrypted.add();
    }
    match first {
        First::Cancel => {
            relay(&mut client, &mut server, None).await;
            Ok(())
        }
        First::Session(habit) => watched(client, Reached { server, said }, work, lane, habit, load).await,
        First::Unread | First::Encrypt => {
            let number = Open::begin(work, lane, Habit::Unknown);
            number.blind();
            client.write_all(&said).await?;
            relay(&mut client, &mut server, None).await;
            Ok(())
        }
    }
}

/// Ends a connection so that its last words arrive: what was not read when it ends would make the system throw them
/// away.
async fn farewell(mut client: Stream) -> io::Result<()> {
    client.shutdown().await?;
    let mut unread = [0; 4096];
    let drained = async { while client.read(&mut unread).await.is_ok_and(|read| read > 0) {} };
    let _ = tokio::time::timeout(Duration::from_secs(1), drained).await;
    Ok(())
}

const DIRECT_TLS: &str = "poolbench tap speaks no TLS with the application; use sslnegotiation=postgres and sslmode=disable or prefer";
const UNREACHED: &str = "poolbench tap cannot reach the server";

/// The first packet of a client that goes on without encryption, with its length. Nothing where it begins with TLS.
async fn first(client: &mut Stream) -> io::Result<Option<(Vec<u8>, First)>> {
    let mut asks = 0;
    loop {
        let mut packet = vec![0; 4];
        client.read_exact(&mut packet).await?;
        if startup::is_tls(&packet) {
            return Ok(None);
        }
        let length = u32::from_be_bytes([packet[0], packet[1], packet[2], packet[3]]) as usize;
        if !(8..=startup::LONGEST).contains(&length) {
            // The server says what it thinks of it.
            return Ok(Some((packet, First::Unread)));
        }
        packet.resize(length, 0);
        client.read_exact(&mut packet[4..]).await?;
        let first = startup::first(&packet[4..]);
        asks += 1;
        if first != First::Encrypt || asks > ASKS {
            return Ok(Some((packet, first)));
        }
        client.write_all(b"N").await?;
    }
}

/// A session that is read, and that ends with its connection, whatever ends this.
struct Open {
    shared: Arc<Shared>,
    session: Arc<Mutex<Session>>,
    number: u64,
}

impl Open {
    fn begin(work: &Work, lane: Lane, habit: Habit) -> Self {
        let shared = work.shared.clone();
        let number = work.numbers.fetch_add(1, Ordering::Relaxed);
        let session = Arc::new(Mutex::new(Session::new(shared.clone(), number, lane, habit)));
        shared.begins(number, &session, shared.now());
        Self { shared, session, number }
    }

    fn blind(&self) {
        lock(&self.session).turn_blind(self.shared.now());
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let now = self.shared.now();
        lock(&self.session).over(now);
        self.shared.ends(self.number, now);
    }
}

async fn watched(
    mut client: Stream,
    reached: Reached,
    work: &Work,
    lane: Lane,
    habit: Habit,
    load: &AtomicUsize,
) -> io::Result<()> {
    let open = Open::begin(work, lane, habit);
    let Reached { mut server, said } = reached;
    greet(&mut client, &mut server, said, &open).await?;
    let reading = Reading {
        shared: &open.shared,
        session: &open.session,
        poll: BusyPoll::new(&work.core, load, &open.shared.running),
    };
    relay(&mut client, &mut server, Some(reading)).await;
    Ok(())
}

/// More than any server says before it asks for a password.
const GREETING: usize = 64 * 1024;

/// Passes on what the server says until it has said how it wants to be shown who the client is: the only message of
/// which a byte is changed.
async fn greet(client: &mut Stream, server: &mut Stream, mut said: Vec<u8>, open: &Open) -> io::Result<()> {
    loop {
        while let Some(length) = whole(&said) {
            let message: Vec<u8> = said.drain(..length).collect();
            let changed = startup::without_channel_binding(&message);
            client.write_all(changed.as_deref().unwrap_or(&message)).await?;
            if matches!(message[0], b'R' | b'E') {
                client.write_all(&said).await?;
                lock(&open.session).server_sent(&said, open.shared.now());
                return Ok(());
            }
        }
        if said.len() > GREETING {
            open.blind();
            return client.write_all(&said).await;
        }
        if server.read_buf(&mut said).await? == 0 {
            return client.write_all(&said).await;
        }
    }
}

/// The length of the first message, where all of it is there. Old servers say their errors in another form.
fn whole(said: &[u8]) -> Option<usize> {
    let length = said.get(1..5)?;
    let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
    let whole = length.saturating_add(1).max(5);
    (said.len() >= whole).then_some(whole)
}

/// An error as a server would send it.
fn fatal(state: &str, words: &str) -> Vec<u8> {
    let body = format!("SFATAL\0VFATAL\0C{state}\0M{words}\0\0");
    [b"E", &(body.len() as u32 + 4).to_be_bytes()[..], body.as_bytes()].concat()
}
