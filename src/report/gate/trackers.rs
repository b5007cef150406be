//! Figures for services that track benchmarks over time: Bencher's metric format, and the
//! `customSmallerIsBetter` list of github-action-benchmark. Both take numbers, and judge them themselves.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::analyse::Subject;
use crate::gate::{Bound, Line, Number, Sheet};
use crate::metric::Better;
use crate::report::json::unit;

/// One measure of Bencher's metric format.
#[derive(Serialize)]
struct Measure {
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    lower_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upper_value: Option<f64>,
}

/// One entry of github-action-benchmark.
#[derive(Serialize)]
struct Entry {
    name: String,
    unit: &'static str,
    value: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<String>,
}

/// Writes the figures as Bencher's metric format: a benchmark for each lane or pair, with a measure for each
/// metric. Times are nominal, where they have such a value.
///
/// # Errors
/// When the writer fails.
pub fn bencher(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let mut benchmarks: BTreeMap<String, BTreeMap<&'static str, Measure>> = BTreeMap::new();
    for (line, number) in tracked(sheet) {
        let measure = Measure {
            value: number.value,
            lower_value: number.interval.map(|(low, _)| low),
            upper_value: number.interval.map(|(_, high)| high),
        };
        benchmarks.entry(benchmark(sheet, line)).or_default().insert(line.metric.name(), measure);
    }
    serde_json::to_writer_pretty(&mut *out, &benchmarks)?;
    writeln!(out)
}

/// Writes the figures that are better when they are smaller, as github-action-benchmark reads them.
///
/// # Errors
/// When the writer fails.
pub fn smaller_is_better(sheet: &Sheet, out: &mut dyn Write) -> io::Result<()> {
    let lower = tracked(sheet).filter(|(line, _)| line.metric.better() == Better::Lower);
    let entries = lower.map(|(line, number)| Entry {
        name: format!("{} {}", benchmark(sheet, line), line.metric.name()),
        unit: unit(line.metric.unit()),
        value: number.value,
        range: number.interval.map(|(low, high)| format!("± {}", (high - low) / 2.0)),
    });
    serde_json::to_writer_pretty(&mut *out, &entries.collect::<Vec<_>>())?;
    writeln!(out)
}

/// The figures with the number that is tracked. A lower bound is left out: as a number it would be wrong.
fn tracked(sheet: &Sheet) -> impl Iterator<Item = (&Line, Number)> {
    let number = |line: &Line| line.nominal.or(line.measured).filter(|number| number.bound == Bound::Exact);
    sheet.lines.iter().filter_map(move |line| Some((line, number(line)?)))
}

/// `job-submission/side-by-side/sqlx/repository-scoped`
fn benchmark(sheet: &Sheet, line: &Line) -> String {
    let scopes = match &line.subject {
        Subject::Lane(place) => place.scope.name().to_owned(),
        Subject::Pair { before, after, .. } => format!("{}-to-{}", before.name(), after.name()),
    };
    format!("{}/{}/{}/{scopes}", sheet.scenario, line.act().name(), line.pool())
}
