//! The binary on a terminal: what a run draws while it goes on, and what it leaves.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use poolbench::provision::ServerKind;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::common;
use crate::terminal::Terminal;

const QUICK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/quick.toml");

/// Begins a frame.
const BEGIN: &str = "\u{1b}[?2026h";
const END: &str = "\u{1b}[?2026l";

/// What was written, with the instant of each piece.
type Pieces = Vec<(Instant, Vec<u8>)>;

/// poolbench on a terminal, and all that it wrote with the instant of each piece.
struct OnTerminal {
    terminal: Arc<OwnedFd>,
    child: Child,
    wrote: Arc<Mutex<Pieces>>,
    reads: std::thread::JoinHandle<()>,
}

fn size(columns: u16) -> Winsize {
    Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

impl OnTerminal {
    fn starts(out: &Path, columns: u16) -> Self {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        tcsetwinsize(&terminal, size(columns)).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
        let inside = OpenOptions::new().read(true).write(true).open(name).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        command.args(["run", QUICK, "--pools", "sqlx"]).current_dir(out).stdin(Stdio::null());
        for name in ["DATABASE_URL", "REDIS_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "NO_COLOR"] {
            command.env_remove(name);
        }
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        let child = command.stdout(inside.try_clone().unwrap()).stderr(inside).spawn().unwrap();
        // Its own ends are closed with the command, so that the reading ends with the child.
        drop(command);
        let (terminal, wrote) = (Arc::new(terminal), Arc::<Mutex<Pieces>>::default());
        let (outside, into) = (terminal.clone(), wrote.clone());
        let reads = std::thread::spawn(move || {
            let mut outside = File::from(outside.try_clone().unwrap());
            let mut bytes = [0; 65_536];
            // It is a fault to read from a terminal that nobody has open any more.
            while let Ok(count @ 1..) = outside.read(&mut bytes) {
                into.lock().unwrap().push((Instant::now(), bytes[..count].to_vec()));
            }
        });
        Self { terminal, child, wrote, reads }
    }

    fn becomes(&self, columns: u16) {
        tcsetwinsize(&*self.terminal, size(columns)).unwrap();
    }

    fn text(&self) -> String {
        let wrote = self.wrote.lock().unwrap();
        let bytes: Vec<u8> = wrote.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn waits_for(&self, what: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.text().contains(what) {
            assert!(Instant::now() < deadline, "no {what:?} in {}", self.text());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Its exit code, all that it wrote, and when frames began.
    fn ends(mut self) -> (ExitStatus, String, Vec<Instant>) {
        let status = self.child.wait().unwrap();
        drop(self.terminal);
        self.reads.join().unwrap();
        let wrote = self.wrote.lock().unwrap();
        let count = |bytes: &[u8]| String::from_utf8_lossy(bytes).matches(BEGIN).count();
        let frames = wrote.iter().flat_map(|(at, bytes)| std::iter::repeat_n(*at, count(bytes)));
        let bytes: Vec<u8> = wrote.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        (status, String::from_utf8(bytes).unwrap(), frames.collect())
    }
}

/// Nothing of a frame is left on a terminal on which this was written, whatever its width was, and the cursor
/// was never hidden.
fn leaves_a_clean_screen(wrote: &str) -> String {
    let mut terminal = Terminal::new(80);
    terminal.takes(wrote);
    let shows = terminal.shows();
    for drawn in ['▮', '▯', '⋅', '⣀', '⣿'] {
        assert!(!shows.contains(drawn), "{shows}");
    }
    assert!(!wrote.contains("\u{1b}[?25l"), "the cursor is hidden");
    assert_eq!(terminal.cursor().1, 0, "the last line is whole: {shows}");
    shows
}

#[test]
fn a_run_draws_few_frames_that_fit_the_terminal_and_leaves_it_clean() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let run = OnTerminal::starts(out.path(), 80);
    run.waits_for("side by side, sqlx");
    let mut before = run.text().len();
    for columns in [60, 120] {
        run.becomes(columns);
        // A frame that was begun may still have the old width.
        std::thread::sleep(Duration::from_millis(300));
        let from = run.text().len();
        std::thread::sleep(Duration::from_millis(700));
        let text = run.text();
        let resized = &text[before..];
        assert!(
            resized.contains(&format!("{BEGIN}\r\u{1b}[J")),
            "drawn anew at {columns} columns: {resized:?}"
        );
        for frame in text[from..].split(BEGIN).skip(1).filter_map(|frame| frame.split(END).next()) {
            let mut terminal = Terminal::new(columns.into());
            // What stands above is not drawn here.
            terminal.takes(&"\n".repeat(40));
            terminal.takes(frame);
            assert_eq!(terminal.too_wide(0), None, "at {columns} columns");
        }
        before = text.len();
    }
    let (status, wrote, frames) = run.ends();
    let shows = leaves_a_clean_screen(&wrote);
    assert_eq!(status.code(), Some(0), "{shows}");
    assert!(wrote.contains('▮') && wrote.contains('▯') && wrote.contains("held idle"), "{wrote}");
    // At most ten a second are drawn. Beside other tests the program itself may have no processor for a while, and
    // what it drew may be read late and together: the bounds are wide, and a program that draws at every event breaks
    // them by far.
    let lasted = *frames.last().unwrap() - frames[0];
    let told = format!("{} frames in {lasted:?}", frames.len());
    assert!(frames.len() as f64 >= lasted.as_secs_f64(), "it goes on: {told}");
    assert!(frames.len() as f64 <= 10.0 * lasted.as_secs_f64() + 5.0, "{told}");
    for (at, begins) in frames.iter().enumerate() {
        let within = frames[at..].iter().take_while(|it| **it - *begins < Duration::from_secs(1)).count();
        assert!(within <= 20, "{within} frames were read in a second");
    }
    assert!(shows.contains("capacity, sqlx: ") && shows.contains(" done, 0 failed"), "{shows}");
}

#[test]
fn a_run_that_is_stopped_leaves_the_terminal_as_it_was() {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let out = tempfile::tempdir().unwrap();
    // Once in good order, and once at once.
    for signals in [1, 2] {
        let run = OnTerminal::starts(out.path(), 80);
        run.waits_for("side by side, sqlx");
        std::thread::sleep(Duration::from_millis(500));
        for _ in 0..signals {
            kill_process(Pid::from_child(&run.child), Signal::INT).unwrap();
            std::thread::sleep(Duration::from_millis(20));
        }
        let (status, wrote, _) = run.ends();
        let shows = leaves_a_clean_screen(&wrote);
        assert_eq!(status.code(), Some(130), "{shows}");
    }
}
