//! The figures of many runs in the order of time, as plain text for 80 columns.

use crate::report::lang::{say, word};
use std::io;

use super::table::{Cell, Heading, Row, Table};
use super::terminal::{WIDTH, draw};
use super::text::{clean, wrap};
use super::words;
use crate::analyse::Subject;
use crate::gate::Sheet;
use crate::gate::history::{Change, Course, Trend};
use crate::metric::{Better, Unit};
use crate::units;

/// Writes a course: each metric with its first and last number and its course, then the changes that were found.
///
/// # Errors
/// When the writer fails.
pub fn history(course: &Course, out: &mut dyn io::Write) -> io::Result<()> {
    let mut parts = vec![draw(&table(course))];
    let changes = course.trends.iter().flat_map(|trend| trend.changes.iter().map(move |it| (trend, it)));
    let told: Vec<String> = changes.map(|(trend, change)| told(course, trend, change)).collect();
    parts.push(if told.is_empty() { none(course) } else { told.join("\n") });
    out.write_all((parts.join("\n\n") + "\n").as_bytes())
}

fn none(course: &Course) -> String {
    let few = course.runs.len() < FEWEST;
    let why = if few {
        say!("no changes; to tell one it takes some {fewest} runs", fewest = FEWEST)
    } else {
        word("no changes").into()
    };
    wrap(&why, WIDTH.into(), "", "")
}

/// Of fewer runs none of the many metrics can be shown to have changed.
const FEWEST: usize = 12;

fn table(course: &Course) -> Table {
    let mut rows = Vec::new();
    let mut lane: Option<&Subject> = None;
    for trend in &course.trends {
        if lane != Some(&trend.subject) {
            lane = Some(&trend.subject);
            rows.push(Row::group(&words::gate_place(&trend.subject)));
        }
        let known = || trend.values.iter().copied().flatten();
        let number =
            |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |it| shown(it, trend.metric.unit()));
        rows.push(Row::new(vec![
            Cell::new(trend.metric.name()),
            Cell::new(number(known().next())),
            Cell::new(number(known().last())),
            Cell::new(course_of(&trend.values)),
        ]));
    }
    let span = match (course.runs.first(), course.runs.last()) {
        (Some(first), Some(last)) => say!("from {first} to {last}", first = day(first), last = day(last)),
        _ => String::new(),
    };
    let count = course.runs.len();
    Table {
        title: format!("{}: {count} {}", clean(&course.scenario), if count == 1 { word("run¦counted") } else { word("runs") }),
        subtitle: clean(&span),
        head: vec![
            Heading::words(""),
            Heading::figures(word("first")),
            Heading::figures(word("last")),
            Heading::words(word("course")),
        ],
        rows,
        notes: vec![
            word("Each number is that of a whole run, at the clock of the run. A course goes from its least to its greatest number.")
                .to_owned(),
        ],
    }
}

pub(super) fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => {
            std::time::Duration::try_from_secs_f64(value).map_or_else(|_| "–".to_owned(), units::time)
        }
        Unit::Share => units::percent(value),
        _ => units::number(value),
    }
}

fn day(run: &Sheet) -> String {
    run.created.split('T').next().unwrap_or_default().to_owned()
}

/// One sign a run, the latest at the end; a point where there is no number.
fn course_of(values: &[Option<f64>]) -> String {
    const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const MOST: usize = 28;
    let latest = &values[values.len().saturating_sub(MOST)..];
    let known = || latest.iter().copied().flatten();
    let (least, most) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let level = |value: f64| {
        let share = if most > least { (value - least) / (most - least) } else { 0.0 };
        LEVELS[(share * (LEVELS.len() - 1) as f64).round() as usize]
    };
    latest.iter().map(|value| value.map_or('·', level)).collect()
}

/// `hold.mean (repository-scoped on sqlx) rose from 20 ms to 21 ms, worse, with run 13 of 24 (12 to 14), …`
fn told(course: &Course, trend: &Trend, change: &Change) -> String {
    let number = |value: f64| shown(value, trend.metric.unit());
    let rose = change.after > change.before;
    let verb = if rose { word("rose") } else { word("fell") };
    let judged = match (trend.metric.better(), rose) {
        (Better::Neither, _) => "",
        (Better::Higher, true) | (Better::Lower, false) => word(", better,"),
        _ => word(", WORSE,"),
    };
    let (low, high) = change.between;
    let run = course.runs.get(change.at);
    let named = run.map_or_else(String::new, |run| {
        say!(", {name} of {created}", name = run.name, created = run.created)
    });
    let mut text = say!(
        "{metric} ({subject}) {verb} from {before} to {after}{judged} with run {at} of {runs} ({low} to {high}){named}",
        metric = trend.metric.name(),
        subject = words::gate_place(&trend.subject),
        verb,
        before = number(change.before),
        after = number(change.after),
        judged,
        at = change.at + 1,
        runs = course.runs.len(),
        low = low + 1,
        high = high + 1,
        named
    );
    for other in course.differences(change.at) {
        text.push_str(&format!("; {}: {} → {}", other.kind.name(), other.before, other.now));
    }
    wrap(&clean(&text), WIDTH.into(), "  ", "    ")
}
