//! Ctrl-C, and what else asks a process to end: the first one stops the run in good order, the
//! second one at once.

use std::io::Write;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::exit::Exit;
use crate::load::Stop;
use crate::run::Leftovers;

/// What asks a process to end, and leaves it a choice.
const SIGNALS: [fn() -> SignalKind; 4] =
    [SignalKind::interrupt, SignalKind::terminate, SignalKind::hangup, SignalKind::quit];

/// Listens from now on, on a thread of its own, so that no busy moment of the run delays it.
pub(super) fn listen(stop: Stop, leftovers: Leftovers) {
    let listening = std::thread::Builder::new().name("signals".to_owned());
    // Without the thread the signals end the process, and the reaper cleans up after it.
    let _ = listening.spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let signals: Result<Vec<Signal>, _> = SIGNALS.into_iter().map(|kind| signal(kind())).collect();
            let Ok(mut signals) = signals else { return };
            loop {
                any(&mut signals).await;
                if stop.is_stopped() {
                    super::progress::close();
                    tell(&leftovers);
                    std::process::exit(Exit::Stopped.code().into());
                }
                stop.stop();
            }
        });
    });
}

/// The same signals, for whoever passes them on.
const NAMES: [rustix::process::Signal; 4] = [
    rustix::process::Signal::INT,
    rustix::process::Signal::TERM,
    rustix::process::Signal::HUP,
    rustix::process::Signal::QUIT,
];

/// Tells of each of them from now on, instead of ending the process.
pub(super) fn each(tell: impl Fn(rustix::process::Signal) + Send + 'static) {
    let listening = std::thread::Builder::new().name("signals".to_owned());
    // Without the thread the signals end the process.
    let _ = listening.spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let signals: Result<Vec<Signal>, _> = SIGNALS.into_iter().map(|kind| signal(kind())).collect();
            let Ok(mut signals) = signals else { return };
            loop {
                tell(NAMES[any(&mut signals).await]);
            }
        });
    });
}

/// Waits for the first of them, and says which it was.
async fn any(signals: &mut [Signal]) -> usize {
    std::future::poll_fn(|context| {
        let came = signals.iter_mut().position(|signal| signal.poll_recv(context).is_ready());
        came.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
    })
    .await
}

/// Names what stays on somebody's servers.
pub(super) fn tell(leftovers: &Leftovers) {
    for left in leftovers.list() {
        // Nobody may be there to read it.
        let _ = writeln!(anstream::stderr().lock(), "poolbench: {left}");
    }
}
