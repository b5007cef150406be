//! The binary itself: files that are none, output that goes nowhere, and numbers that are too large.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use poolbench::inert::is_plain;
use poolbench::scenario::BUILTIN;

/// The exit code, and what went to standard error.
fn poolbench(folder: &Path, words: &[&str], out: Stdio) -> (Option<i32>, String) {
    let told = folder.join("stderr");
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.args(words).current_dir(folder).env_clear().stdin(Stdio::null());
    let mut child = command.stdout(out).stderr(File::create(&told).unwrap()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            child.kill().unwrap();
            panic!("{words:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    (child.wait().unwrap().code(), fs::read_to_string(told).unwrap())
}

fn refused(folder: &Path, words: &[&str], said: &str) {
    let (code, told) = poolbench(folder, words, Stdio::null());
    assert_eq!(code, Some(2), "{words:?}: {told}");
    assert!(told.contains(said), "{words:?}: {told}");
}

#[test]
fn results_that_cannot_be_written_are_a_failure_and_a_reader_that_left_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let commands: [&[&str]; 6] = [
        &["--help"],
        &["check"],
        &["list"],
        &["predict"],
        &["size"],
        &["simulate", "checkout", "--record-only"],
    ];
    for words in commands {
        let full = Stdio::from(File::options().write(true).open("/dev/full").unwrap());
        let (code, told) = poolbench(folder.path(), words, full);
        assert_eq!(code, Some(5), "{words:?}: {told}");
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let (code, told) = poolbench(folder.path(), words, writer.into());
        assert_eq!(code, Some(0), "{words:?}: {told}");
    }
    let full = Stdio::from(File::options().write(true).open("/dev/full").unwrap());
    let (_, told) = poolbench(folder.path(), &["check"], full);
    assert!(told.contains("cannot write to standard output"), "{told}");
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("reports/20260101T000000Z-x");
    fs::create_dir_all(&run).unwrap();
    let pipe = run.join("record.json");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    refused(folder.path(), &["report", "/dev/zero"], "it is a device");
    refused(folder.path(), &["report", pipe.to_str().unwrap()], "it is a pipe");
    refused(folder.path(), &["check", pipe.to_str().unwrap()], "it is a pipe");
    refused(folder.path(), &["simulate", "--holds-from", "/dev/zero"], "it is a device");
    let out = folder.path().join("stdout");
    let (code, _) = poolbench(folder.path(), &["list"], File::create(&out).unwrap().into());
    assert_eq!(code, Some(0));
    assert!(fs::read_to_string(out).unwrap().contains("it is a pipe"));
}

#[test]
fn the_command_line_has_the_limits_of_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for (flag, value, said) in [
        ("--measure", "18446744073709551615s", "at most 30 days"),
        ("--acquire-timeout", "31d", "at most 30 days"),
        ("--time-scale", "1e-300", "at least 1/1000000"),
        ("--rate", "1e300/s", "1000000000/s"),
        ("--pool-size", "10001", "from 1 to 10000"),
        ("--pool-size", "4294967297", "from 1 to 10000"),
    ] {
        refused(folder.path(), &["check", flag, value], said);
    }
    let too_many = ["check", "--rate", "1000000/s", "--measure", "30d"];
    refused(folder.path(), &too_many, "job-submission and the command line: some 2,592,182,592,180");
    refused(folder.path(), &["simulate", "--holds", "lognormal:1e308"], "from 0 to 1000000");
}

#[test]
fn a_span_far_shorter_than_its_warm_up_fits_into_memory() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["simulate", "--measure", "1ms", "--record-only"];
    let (code, told) = poolbench(folder.path(), &words, Stdio::null());
    assert_eq!(code, Some(0), "{told}");
    let record = poolbench::archive::load(&folder.path().join("reports/latest-simulated")).unwrap();
    assert!(record.side_by_side.iter().all(|lane| lane.tape.series.slices.len() <= 3_001));
}

#[test]
fn texts_of_a_scenario_are_shown_inert() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "\\u001B[31mred\\u0007\\u202Eleft\\u200B\\u0085";
    let text = BUILTIN[0].text.replace("POST /submit", hostile).replace("create_job", hostile);
    fs::write(folder.path().join("x.toml"), &text).unwrap();
    fs::write(folder.path().join("y.toml"), text.replace("\"sqlx\"", &format!("\"{hostile}\""))).unwrap();
    let out = folder.path().join("stdout");
    let (code, _) = poolbench(folder.path(), &["check", "x.toml"], File::create(&out).unwrap().into());
    assert_eq!(code, Some(0));
    let shown = fs::read_to_string(out).unwrap();
    let (code, told) = poolbench(folder.path(), &["check", "y.toml"], Stdio::null());
    assert_eq!(code, Some(2));
    for text in [shown, told] {
        assert!(text.chars().all(|c| c == '\n' || is_plain(c)), "{text:?}");
        assert!(text.contains("\\u{1b}[31mred\\u{7}\\u{202e}left"), "{text}");
    }
}
