//! What tests that need real servers share.

use std::io::{self, Write};
use std::{env, thread};

use poolbench::provision::ServerKind;

/// Whether the programs of these servers are on this machine: `if !needs(&[…]) { return }`.
///
/// # Panics
/// Without them, when `CI` is `true`: there a test that did not run must not look like a pass.
pub(crate) fn needs(kinds: &[ServerKind]) -> bool {
    for kind in kinds {
        let Err(fault) = kind.find() else { continue };
        let test = thread::current().name().unwrap_or("a test").to_owned();
        assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{test} needs {kind}: {fault}");
        // Not by `eprintln!`, which the test harness swallows when a test passes.
        let _ = writeln!(io::stderr(), "\nSKIPPED {test}: it needs {kind}: {fault}\n");
        return false;
    }
    true
}
