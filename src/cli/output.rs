//! Results, on standard output, and what goes on meanwhile, on standard error.

use std::io::{ErrorKind, Write};

use super::exit::CliError;
use crate::inert::{inert, inert_lines};

/// Prints results. A reader that went away, such as `head`, has seen what it wanted; anything else
/// that keeps them from being written is a failure.
pub(super) fn print(text: &[u8]) -> Result<(), CliError> {
    // Every part was made inert where it came in; this is the net under it.
    let safe = inert_lines(&String::from_utf8_lossy(text));
    let mut out = anstream::stdout().lock();
    written(out.write_all(safe.as_bytes()).and_then(|()| out.flush()))
}

/// Says beside the results what goes on.
pub(super) fn note(words: &str) {
    // Nobody may be there to read it.
    let _ = writeln!(anstream::stderr().lock(), "poolbench: {}", inert(words));
}

/// What becomes of a command whose results were written so.
pub(super) fn written(done: std::io::Result<()>) -> Result<(), CliError> {
    match done {
        Err(fault) if fault.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(source) => Err(CliError::Write { what: "to standard output".to_owned(), source }),
        Ok(()) => Ok(()),
    }
}
