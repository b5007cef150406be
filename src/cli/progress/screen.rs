//! The terminal on which a frame stands. It is one for the whole process, and so is what is known of it: who
//! panics, and who ends the process at once, has to take the frame away first.
//!
//! Between two frames the cursor stands where the frame begins. A terminal that is made narrower or wider breaks
//! lines anew and takes the cursor along, so that everything from there on is the old frame, however many rows
//! it takes by then. The cursor is never hidden, so that nobody has to bring it back.

use std::io::Write;
use std::sync::{Mutex, Once};
use std::time::{Duration, Instant};

use super::frame::Room;

/// At most ten frames a second.
const BETWEEN: Duration = Duration::from_millis(100);

/// What stands on the terminal.
#[derive(Debug, Default)]
struct OnScreen {
    lines: Vec<String>,
    room: Option<Room>,
    drawn: Option<Instant>,
    closed: bool,
}

static ON_SCREEN: Mutex<OnScreen> =
    Mutex::new(OnScreen { lines: Vec::new(), room: None, drawn: None, closed: false });

/// Begins one update that a terminal shows as a whole, where it knows that.
const BEGIN: &str = "\u{1b}[?2026h";
const END: &str = "\u{1b}[?2026l";
/// Clears what is right of the cursor, and all below.
const CLEAR_BELOW: &str = "\u{1b}[J";
const CLEAR_LINE: &str = "\u{1b}[K";

/// The room of the terminal on standard error.
pub(super) fn room() -> Room {
    let told = rustix::termios::tcgetwinsize(std::io::stderr()).ok();
    let told = told.map(|size| (usize::from(size.ws_col), usize::from(size.ws_row)));
    let (columns, rows) = told.filter(|(columns, rows)| *columns > 0 && *rows > 0).unwrap_or((80, 24));
    Room { columns, rows }
}

/// Whether it is time for another frame.
pub(super) fn is_due() -> bool {
    let Ok(screen) = ON_SCREEN.lock() else { return false };
    !screen.closed && screen.drawn.is_none_or(|drawn| drawn.elapsed() >= BETWEEN)
}

/// Shows a frame in place of the one before, as text with its ink.
pub(super) fn draw(lines: Vec<String>, room: Room) {
    let Ok(mut screen) = ON_SCREEN.lock() else { return };
    if screen.closed {
        return;
    }
    let fresh = screen.room != Some(room);
    let bytes = update(if fresh { &[] } else { &screen.lines }, &lines);
    if !bytes.is_empty() {
        write(&bytes);
    }
    *screen = OnScreen { lines, room: Some(room), drawn: Some(Instant::now()), closed: false };
}

/// Takes the frame away, and leaves these lines in its place.
pub(super) fn leave(lines: &[String]) {
    let Ok(mut screen) = ON_SCREEN.lock() else { return };
    if screen.room.is_none() || screen.closed {
        return;
    }
    write(&left(lines));
    *screen = OnScreen::default();
}

/// Takes the frame away for good: the process ends.
pub(in crate::cli) fn close() {
    if let Ok(mut screen) = ON_SCREEN.lock() {
        if screen.room.take().is_some() {
            write(&left(&[]));
        }
        screen.closed = true;
    }
}

/// From now on a panic takes the frame away before it says what it has to say.
pub(super) fn gives_way_to_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            // Held while it is told, so that no frame is drawn over it; not waited for, as it may be this very
            // thread that has it.
            let mut screen = ON_SCREEN.try_lock();
            if let Ok(screen) = &mut screen
                && screen.room.take().is_some()
            {
                write(&left(&[]));
                screen.lines.clear();
            }
            told(panic);
        }));
    });
}

fn write(bytes: &str) {
    let mut stderr = std::io::stderr().lock();
    // In one piece. Nobody may be there to see it.
    let _ = stderr.write_all(bytes.as_bytes()).and_then(|()| stderr.flush());
}

/// What turns one frame into the next, from the beginning of the frame back to it; nothing where they are the
/// same.
pub(super) fn update(before: &[String], after: &[String]) -> String {
    let same = before.len() == after.len();
    let changed = |at: usize| !same || before[at] != after[at];
    let Some(last) = (0..after.len()).rfind(|at| changed(*at)) else { return String::new() };
    let mut text = BEGIN.to_owned();
    if !same {
        text.push_str(&format!("\r{CLEAR_BELOW}"));
    }
    for (at, line) in after.iter().enumerate().take(last + 1) {
        if at > 0 {
            text.push_str("\r\n");
        }
        if changed(at) {
            text.push_str(&format!("{line}{}", if same { CLEAR_LINE } else { "" }));
        }
    }
    text.push('\r');
    if last > 0 {
        text.push_str(&format!("\u{1b}[{last}A"));
    }
    text.push_str(END);
    text
}

fn left(lines: &[String]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{BEGIN}\r{CLEAR_BELOW}{lines}{END}")
}

#[cfg(test)]
mod tests;
