//! The worker of Redis Queue, from the Python package `rq`.

use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, io};

/// Names the `rq` that the tests use, where it is not on the path.
const PLACE: &str = "POOLBENCH_RQ";

/// The function that every job calls: it notes the number that it was given.
const JOBS: &str = "import os\n\ndef run(job):\n    with open(os.environ['DONE'], 'a') as done:\n        done.write(f'{job}\\n')\n";

pub(crate) struct Worker(PathBuf);

/// The worker; nothing where it is not on this machine.
///
/// # Panics
/// Without it, when `CI` is `true`.
pub(crate) fn find() -> Option<Worker> {
    let place = env::var_os(PLACE).map_or_else(|| PathBuf::from("rq"), PathBuf::from);
    if Command::new(&place).arg("--version").output().is_ok_and(|told| told.status.success()) {
        return Some(Worker(place));
    }
    let says = format!(
        "no rq at {}: python3 -m venv target/rq && target/rq/bin/pip install rq, then \
                        {PLACE}=target/rq/bin/rq",
        place.display()
    );
    assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "{says}");
    // Not by `eprintln!`, which the test harness swallows when a test passes.
    let _ = writeln!(io::stderr(), "\nSKIPPED a_worker_of_redis_queue_finishes_the_jobs: {says}\n");
    None
}

impl Worker {
    /// Works the queue off; the jobs that were called, or what the worker said.
    pub(crate) fn burst(&self, redis: &str, queue: &str) -> Result<Vec<i64>, String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("jobs.py"), JOBS).unwrap();
        let done = folder.path().join("done");
        let worked = Command::new(fs::canonicalize(&self.0).unwrap_or_else(|_| self.0.clone()))
            .args(["worker", "--burst", "--url", redis, queue])
            .env("PYTHONPATH", folder.path())
            .env("DONE", &done)
            .current_dir(folder.path())
            .output()
            .unwrap();
        let says = [worked.stdout, worked.stderr].concat();
        let says = String::from_utf8_lossy(&says).into_owned();
        let done = fs::read_to_string(done).map_err(|_| says.clone())?;
        if !worked.status.success() {
            return Err(says);
        }
        Ok(done.lines().map(|line| line.parse().unwrap()).collect())
    }
}
