//! From the stored form to a [`Run`], once, when a file is read. Every figure has to be within its
//! range, every list of its length, and every word known: whoever has a run may calculate with it.

mod environment;
mod lane;
mod parts;
mod plan;
#[cfg(test)]
mod tests;
mod told;

use std::fmt;
use std::ops::RangeInclusive;

use super::wire::{LaneRecord, RunRecord, TraceRecord};
use super::{CalibrationRecord, DriverRecord, Proof, Run, SpreadRecord, Trace, TracedMove};
use crate::itinerary::{SCOPES, SessionScope};
use crate::units::TimeScale;

/// What is wrong with a record, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Defect {
    /// The path of the field, such as `side_by_side[1].measured.hold.seen`.
    path: String,
    says: String,
}

impl Defect {
    fn at(path: &str, says: &str) -> Self {
        Self { path: path.to_owned(), says: says.to_owned() }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.says)
    }
}

type Checked = Result<(), Defect>;

/// Puts the name of a field before the path of what is wrong in it.
trait In {
    fn of(self, field: &str) -> Self;
    fn nth(self, list: &str, index: usize) -> Self;
}

impl<T> In for Result<T, Defect> {
    fn of(self, field: &str) -> Self {
        self.map_err(|Defect { path, says }| {
            let path = if path.is_empty() { field.to_owned() } else { format!("{field}.{path}") };
            Defect { path, says }
        })
    }

    fn nth(self, list: &str, index: usize) -> Self {
        // Formatted for a fault only: a record may have a million entries.
        if self.is_ok() { self } else { self.of(&format!("{list}[{index}]")) }
    }
}

fn ensure(sound: bool, says: impl FnOnce() -> String) -> Checked {
    if sound { Ok(()) } else { Err(Defect { path: String::new(), says: says() }) }
}

fn within<T: PartialOrd + fmt::Display>(value: T, range: RangeInclusive<T>) -> Checked {
    ensure(range.contains(&value), || {
        format!("it is {value}, and not from {} to {}", range.start(), range.end())
    })
}

fn at_most(length: usize, most: usize) -> Checked {
    ensure(length <= most, || format!("it has {length} entries, and {most} are the most"))
}

fn each<'a, T: 'a>(list: &'a [T], name: &str, check: impl Fn(&'a T) -> Checked) -> Checked {
    list.iter().enumerate().try_for_each(|(index, item)| check(item).nth(name, index))
}

/// Decodes every entry of a list.
fn all<'a, T: 'a, U>(
    list: &'a [T],
    name: &str,
    decode: impl Fn(&'a T) -> Result<U, Defect>,
) -> Result<Vec<U>, Defect> {
    list.iter().enumerate().map(|(index, item)| decode(item).nth(name, index)).collect()
}

/// The value that a word stands for.
fn word<T: Copy>(word: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, Defect> {
    all.iter().copied().find(|value| name(*value) == word).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
        let says = format!("this version does not know {word:?}; it knows {}", names.join(", "));
        Defect { path: String::new(), says }
    })
}

/// Instants of an act and times in it, in nanoseconds: a year is longer than any act.
const MOST_NS: u64 = 366 * 24 * 3600 * 1_000_000_000;

/// Lanes of an act, names and settings.
const MOST_ENTRIES: usize = 1_000;

/// Decodes a record.
pub(super) fn run(record: RunRecord) -> Result<Run, Defect> {
    let plan = plan::plan(&record).of("plan")?;
    at_most(record.anatomy.len(), MOST_ENTRIES).of("anatomy")?;
    let lanes = |lanes: &[LaneRecord], name: &str| lane::lanes(&plan, lanes, name);
    let proof = match &record.proof {
        None => None,
        Some(proof) => Some(Proof {
            time_scale: time_scale(proof.time_scale).of("proof.time_scale")?,
            side_by_side: lanes(&proof.side_by_side, "side_by_side").of("proof")?,
        }),
    };
    record.ceiling.as_ref().map_or(Ok(()), driver).of("ceiling")?;
    Ok(Run {
        anatomy: all(&record.anatomy, "anatomy", |record| trace(record, &plan.scopes))?,
        side_by_side: lanes(&record.side_by_side, "side_by_side")?,
        capacity: lanes(&record.capacity, "capacity")?,
        proof,
        poolbench: record.poolbench,
        created: record.created,
        status: record.status,
        source: record.source,
        environment: environment::environment(record.environment).of("environment")?,
        ceiling: record.ceiling,
        fault: record.fault,
        plan,
    })
}

fn time_scale(factor: f64) -> Result<TimeScale, Defect> {
    TimeScale::new(factor).ok_or_else(|| {
        let says = format!("it is {factor}, and a time scale is from {} to 1", TimeScale::LEAST);
        Defect { path: String::new(), says }
    })
}

fn trace(trace: &TraceRecord, scopes: &[SessionScope]) -> Result<Trace, Defect> {
    at_most(trace.moves.len(), 10 * MOST_ENTRIES).of("moves")?;
    let moves = all(&trace.moves, "moves", |step| {
        within(step.to_ns, 0..=MOST_NS).of("to_ns")?;
        ensure(step.from_ns <= step.to_ns, || "its from_ns exceeds its to_ns".to_owned())?;
        Ok(TracedMove { word: step.word.clone(), from: step.from_ns, to: step.to_ns })
    })?;
    let scope = scope(&trace.scope, scopes).of("scope")?;
    Ok(Trace { pool: trace.pool.clone(), scope, moves, failure: trace.failure.clone() })
}

/// One of these, or of those that every version knows.
fn scope(name: &str, own: &[SessionScope]) -> Result<SessionScope, Defect> {
    let known: Vec<SessionScope> = SCOPES.iter().chain(own).copied().collect();
    word(name, &known, SessionScope::name)
}

fn driver(driver: &DriverRecord) -> Checked {
    spread(&driver.sustained_per_s).of("sustained_per_s")?;
    spread(&driver.request_cpu_ns).of("request_cpu_ns")?;
    spread(&driver.lag_p50_ns).of("lag_p50_ns")?;
    spread(&driver.lag_p99_ns).of("lag_p99_ns")
}

/// A figure of a calibration, in whatever unit; lags may be below zero by the resolution of a clock.
fn spread(spread: &SpreadRecord) -> Checked {
    within(spread.least, -1e18..=1e18).of("least")?;
    within(spread.greatest, -1e18..=1e18).of("greatest")?;
    within(spread.median, -1e18..=1e18).of("median")
}

/// Checks a calibration.
pub(super) fn calibration(record: &CalibrationRecord) -> Checked {
    at_most(record.timers.len(), MOST_ENTRIES).of("timers")?;
    at_most(record.pools.len(), MOST_ENTRIES).of("pools")?;
    at_most(record.selects.routes.len(), MOST_ENTRIES).of("selects.routes")?;
    driver(&record.driver).of("driver")
}
