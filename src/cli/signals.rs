//! Ctrl-C and SIGTERM: the first one stops the run in good order, the second one at once.

use tokio::signal::unix::{SignalKind, signal};

use super::exit::Exit;
use crate::load::Stop;

/// Listens from now on, on a thread of its own, so that no busy moment of the run delays it.
pub(super) fn listen(stop: Stop) {
    let listening = std::thread::Builder::new().name("signals".to_owned());
    // Without the thread the signals end the process, and the reaper cleans up after it.
    let _ = listening.spawn(move || {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                return;
            };
            loop {
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                }
                if stop.is_stopped() {
                    std::process::exit(Exit::Stopped.code().into());
                }
                stop.stop();
            }
        });
    });
}
