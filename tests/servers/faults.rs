//! What is left when servers fail in the middle of a run: the record, the user's database, the exit
//! code. Each case runs the binary on servers of its own and breaks one of them.
//!
//! `cargo test --test servers -- --ignored --nocapture faults::` plays every fault at every moment and prints
//! the table that METHODOLOGY.md shows; the suite plays each fault at one moment.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common;
mod stage;
mod stops;

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::Duration;

use poolbench::archive::Status;
use poolbench::provision::ServerKind;
use stage::{Ended, Stage};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Killed,
    Frozen,
    Restarted,
    Terminated,
    Dropped,
    Limited,
    RedisKilled,
    RedisStalled,
    RedisFull,
    DiskFull,
    FolderGone,
}

/// When it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    SetUp,
    Anatomy,
    SideBySide,
    Capacity,
    CleanUp,
}

const FAULTS: [Fault; 11] = [
    Fault::Killed,
    Fault::Frozen,
    Fault::Restarted,
    Fault::Terminated,
    Fault::Dropped,
    Fault::Limited,
    Fault::RedisKilled,
    Fault::RedisStalled,
    Fault::RedisFull,
    Fault::DiskFull,
    Fault::FolderGone,
];

const MOMENTS: [Moment; 5] =
    [Moment::SetUp, Moment::Anatomy, Moment::SideBySide, Moment::Capacity, Moment::CleanUp];

impl Fault {
    fn words(self) -> &'static str {
        match self {
            Self::Killed => "Postgres killed",
            Self::Frozen => "Postgres frozen",
            Self::Restarted => "Postgres restarts after a crash",
            Self::Terminated => "our connections terminated",
            Self::Dropped => "database dropped",
            Self::Limited => "connection limit lowered",
            Self::RedisKilled => "Redis killed",
            Self::RedisStalled => "Redis stalled",
            Self::RedisFull => "Redis out of memory",
            Self::DiskFull => "disk full",
            Self::FolderGone => "reports folder removed",
        }
    }

    /// Whether the database is there afterwards, so that the schema has to be gone from it.
    fn leaves_the_database(self) -> bool {
        !matches!(self, Self::Killed | Self::Frozen | Self::Dropped)
    }

    fn play(self, stage: &Stage) {
        match self {
            Self::Killed => stage.postgres().kill(),
            Self::Frozen => stage.postgres().freeze(),
            Self::Restarted => stage.postgres().crash(),
            Self::Terminated => stage.postgres().ask(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity
                  where application_name like 'poolbench%'",
            ),
            Self::Dropped => stage.postgres().ask("drop database job_service with (force)"),
            Self::Limited => stage.postgres().ask("alter role tester connection limit 1"),
            Self::RedisKilled => stage.redis().kill(),
            Self::RedisStalled => stage.redis().freeze(),
            Self::RedisFull => stage.redis().fill(),
            Self::DiskFull => stage.fill_the_disk(),
            Self::FolderGone => stage.remove_the_folder(),
        }
    }
}

impl Moment {
    fn words(self) -> &'static str {
        match self {
            Self::SetUp => "set-up",
            Self::Anatomy => "anatomy",
            Self::SideBySide => "side by side",
            Self::Capacity => "capacity",
            Self::CleanUp => "clean-up",
        }
    }
}

/// One case with what came of it.
struct Row {
    fault: Fault,
    moment: Moment,
    ended: Ended,
}

impl Row {
    fn of(fault: Fault, moment: Moment) -> Self {
        let mut stage = Stage::start(moment == Moment::SetUp, fault == Fault::DiskFull);
        match moment {
            Moment::SetUp => stage.wait_for_setup(),
            Moment::Anatomy => stage.wait_for_line("poolbench: anatomy"),
            Moment::SideBySide => stage.wait_for_line("poolbench: side by side"),
            Moment::Capacity => stage.wait_for_line("poolbench: capacity"),
            Moment::CleanUp => stage.wait_for_clean_up(),
        }
        fault.play(&stage);
        Self { fault, moment, ended: stage.end() }
    }

    fn name(&self) -> String {
        format!("{}, {}", self.fault.words(), self.moment.words())
    }

    /// The line of the table.
    fn line(&self) -> String {
        let Ended { code, record, schema, took, .. } = &self.ended;
        let record = match record {
            Some((Status::Complete, _)) => "complete".to_owned(),
            Some((Status::Failed, during)) => format!("kept, failed in {during}"),
            Some((Status::Stopped, _)) => "stopped".to_owned(),
            None => "none".to_owned(),
        };
        let code = code.map_or("none".to_owned(), |code| code.to_string());
        let after = format!("{:.1} s", took.as_secs_f64());
        let (fault, moment) = (self.fault.words(), self.moment.words());
        format!("| {fault} | {moment} | {code} | {record} | {} | {after} |", schema.words())
    }

    /// What has to be true of every case.
    fn check(&self) -> Result<(), String> {
        let Ended { code, record, schema, took, left, told } = &self.ended;
        let mut wrong = String::new();
        let mut hold = |holds: bool, what: &str| {
            if !holds {
                let _ = writeln!(wrong, "  {what}");
            }
        };
        hold(*took < Duration::from_secs(30), "it ends within its time");
        hold(left.is_empty(), &format!("nothing is left: {left:?}"));
        hold(!told.contains("panicked"), "nothing panics");
        if self.fault.leaves_the_database() {
            hold(schema.is_gone_or_named(), "the schema is gone, or named");
        }
        let expected: &[i32] = match (self.fault, self.moment) {
            // Nobody needs the Redis then, or more connections.
            (Fault::RedisKilled | Fault::RedisStalled, Moment::CleanUp) => &[5],
            // The lock that makes the clean-up last may outlast it: then the schema is left, and named.
            (Fault::RedisFull | Fault::Limited | Fault::FolderGone, Moment::CleanUp) => &[0, 5],
            (Fault::Limited, Moment::Capacity) => &[0],
            // The pools connect again, and the run comes to its end.
            (Fault::Restarted | Fault::Terminated, Moment::SideBySide | Moment::Capacity) => &[0, 5, 7],
            (Fault::Restarted | Fault::Terminated, Moment::CleanUp) => &[0, 5],
            (Fault::RedisKilled | Fault::RedisStalled | Fault::RedisFull, _) => &[5, 7],
            // The folder is made again.
            (Fault::FolderGone, _) => &[0],
            _ => &[5, 7],
        };
        hold(code.is_some_and(|code| expected.contains(&code)), &format!("exit code, of {expected:?}"));
        let measured = !matches!(self.moment, Moment::SetUp | Moment::Anatomy);
        let storable = self.fault != Fault::DiskFull;
        if measured && storable {
            hold(record.is_some(), "what was measured is kept");
        }
        if measured {
            hold(told.contains(" requests/s ") || told.contains("No verdict"), "what was measured is shown");
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(format!("{}\n{}\n{wrong}{told}", self.name(), self.line()))
        }
    }
}

/// Plays cases, some at a time: they mostly wait.
fn play(cases: Vec<(Fault, Moment)>, at_a_time: usize) {
    if !common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let order = cases.clone();
    let cases = Mutex::new(VecDeque::from(cases));
    let rows = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..at_a_time {
            threads.spawn(|| {
                loop {
                    let Some((fault, moment)) = cases.lock().unwrap().pop_front() else { return };
                    let row = Row::of(fault, moment);
                    rows.lock().unwrap().push(row);
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap();
    let place = |row: &&Row| order.iter().position(|case| *case == (row.fault, row.moment));
    let mut sorted: Vec<&Row> = rows.iter().collect();
    sorted.sort_by_key(place);
    let mut table =
        "| fault | in | exit code | record | schema | ends after |\n|---|---|---|---|---|---|\n".to_owned();
    for row in &sorted {
        let _ = writeln!(table, "{}", row.line());
    }
    // Past the test harness, which swallows what passing tests print.
    let _ = writeln!(std::io::stderr(), "{table}");
    assert_eq!(rows.len(), order.len(), "a case came to no end");
    let wrong: Vec<String> = sorted.iter().filter_map(|row| row.check().err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_fault_leaves_the_record_and_a_clean_database() {
    play(
        vec![
            (Fault::Killed, Moment::Capacity),
            (Fault::Frozen, Moment::SideBySide),
            (Fault::Frozen, Moment::Anatomy),
            (Fault::Restarted, Moment::SideBySide),
            (Fault::Terminated, Moment::CleanUp),
            (Fault::Dropped, Moment::Capacity),
            (Fault::Limited, Moment::SideBySide),
            (Fault::RedisKilled, Moment::Anatomy),
            (Fault::RedisStalled, Moment::CleanUp),
            (Fault::RedisFull, Moment::SideBySide),
            (Fault::DiskFull, Moment::Capacity),
            (Fault::FolderGone, Moment::Capacity),
            (Fault::Terminated, Moment::SetUp),
        ],
        6,
    );
}

#[test]
#[ignore = "54 runs take some minutes: cargo test --test servers -- --ignored --nocapture faults::"]
fn every_fault_at_every_moment() {
    let cases = FAULTS.iter().flat_map(|fault| MOMENTS.map(|moment| (*fault, moment)));
    // A disk that was full all along leaves no whole record, by which the clean-up is known.
    play(cases.filter(|case| *case != (Fault::DiskFull, Moment::CleanUp)).collect(), 6);
}
