//! Sockets: as many at once as the system lets us have, none of them for ever, and a bounded end.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// How long a client may take to send the head of a request, and how long it may be idle.
const HEAD: Duration = Duration::from_secs(30);

/// Descriptors that are left for the pool, the queue and the files.
const RESERVED: u64 = 200;

/// More sockets than this are not opened at once.
const MOST: u64 = 50_000;

/// After a socket could not be accepted: there may be no descriptor left.
const BREATH: Duration = Duration::from_millis(50);

/// The sockets that are open.
pub(super) struct Sockets(GracefulShutdown);

/// Accepts sockets until the stop. Those that come while too many are open wait in the system's queue.
pub(super) async fn accept(
    listener: TcpListener,
    router: Router,
    stopped: impl Future<Output = ()>,
) -> Sockets {
    let sockets = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(usize::try_from(most()).unwrap_or(usize::MAX)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD);
    let mut stopped = std::pin::pin!(stopped);
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = places.clone().acquire_owned().await.ok();
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            biased;
            () = &mut stopped => return Sockets(sockets),
            next = next => next,
        };
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(BREATH).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(router.clone());
        let socket = sockets.watch(http.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // What a client does wrong is between it and its socket.
            let _ = socket.await;
            drop(place);
        });
    }
}

/// How many sockets may be open at once. The limit of the process is raised as far as it may be.
fn most() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = Some(maximum.map_or(MOST, |hard| hard.min(MOST + RESERVED)));
    let raised = current < wanted && setrlimit(Resource::Nofile, Rlimit { current: wanted, maximum }).is_ok();
    let descriptors = if raised { wanted } else { current }.unwrap_or(MOST);
    descriptors.saturating_sub(RESERVED).clamp(1, MOST)
}

impl Sockets {
    /// Lets answers that are on their way go out, for a while.
    pub(super) async fn close(self, within: Duration) {
        let _ = tokio::time::timeout(within, self.0.shutdown()).await;
    }
}
