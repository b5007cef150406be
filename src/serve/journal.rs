//! Lines about what happens, in `key=value` form, written on a thread of their own: a reader that is
//! slow or gone must not hold up the service. What it does not take is left out and counted.

use std::fmt::Display;
use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use super::Lines;

/// Lines that wait to be written.
const ROOM: usize = 8_192;

/// How long the last lines may take.
const LAST_LINES: Duration = Duration::from_secs(1);

/// Where lines go.
#[derive(Debug, Clone)]
pub(super) struct Journal {
    lines: Option<SyncSender<String>>,
    left_out: Arc<AtomicU64>,
    /// The thread that writes, until somebody waits for it.
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Journal {
    pub(super) fn start(mut to: Box<dyn Write + Send>, lines: Lines) -> Self {
        let left_out = Arc::new(AtomicU64::new(0));
        let (sender, receiver) = sync_channel::<String>(ROOM);
        let mut journal = Self { lines: None, left_out: left_out.clone(), thread: Arc::default() };
        if lines == Lines::None {
            return journal;
        }
        let write = move || {
            for line in receiver {
                let missed = left_out.swap(0, Ordering::Relaxed);
                let missing = if missed == 0 { String::new() } else { told(&format!("left_out={missed}")) };
                // Nobody may be there to read it.
                let _ = to.write_all(format!("{missing}{line}").as_bytes());
            }
            let _ = to.flush();
        };
        let thread = std::thread::Builder::new().name("journal".to_owned()).spawn(write);
        if let Ok(thread) = thread {
            journal.thread = Arc::new(Some(thread).into());
            journal.lines = Some(sender);
        }
        journal
    }

    /// Writes a line; the words are only made where lines are written.
    pub(super) fn note<D: Display>(&self, words: impl FnOnce() -> D) {
        let Some(lines) = &self.lines else { return };
        if let Err(TrySendError::Full(_)) = lines.try_send(told(&words())) {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all lines are written, or for a while. Whoever else has this journal must be done.
    pub(super) fn end(self) {
        let Self { lines, thread, .. } = self;
        drop(lines);
        let thread: Option<JoinHandle<()>> = thread.lock().ok().and_then(|mut thread| thread.take());
        let began = std::time::Instant::now();
        if let Some(thread) = thread {
            while !thread.is_finished() && began.elapsed() < LAST_LINES {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

fn told(words: &dyn Display) -> String {
    format!("time={} {words}\n", humantime::format_rfc3339_millis(SystemTime::now()))
}
