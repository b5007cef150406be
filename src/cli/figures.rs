//! The table of a calibration: each figure with its range, the rounds behind it, and the goal.

use std::fmt::Write;
use std::time::Duration;

use crate::archive::{
    Build, CalibrationRecord, PoolCostRecord, SelectRateRecord, SpreadRecord, TestedRecord, ThreadsRecord,
    TimerRecord,
};
use crate::report::lang::{heard, say, word};
use crate::report::text::{padded, padded_left};
use crate::units;

/// One line: what, median, range, rounds, and what it should be, where there is a goal.
struct FigureRow {
    what: String,
    median: String,
    range: String,
    rounds: String,
    goal: &'static str,
}

/// How a number prints.
#[derive(Clone, Copy)]
enum NumberFormat {
    Time,
    PerSecond,
    Ratio,
}

impl NumberFormat {
    fn text(self, value: f64) -> String {
        match self {
            Self::Time => units::time(Duration::from_nanos(value as u64)),
            Self::PerSecond => per_second(value),
            Self::Ratio => format!("{value:.3}"),
        }
    }
}

/// Three digits, short enough for a column.
fn per_second(value: f64) -> String {
    if value >= 999_500.0 {
        format!("{} M/s", units::number(value / 1e6))
    } else if value >= 999.5 {
        format!("{} k/s", units::number(value / 1e3))
    } else {
        format!("{}/s", units::number(value))
    }
}

fn row(what: impl Into<String>, spread: &SpreadRecord, unit: NumberFormat, goal: &'static str) -> FigureRow {
    let range = if spread.n < 2 {
        String::new()
    } else {
        format!("{} – {}", unit.text(spread.least), unit.text(spread.greatest))
    };
    let (median, rounds) = (unit.text(spread.median), spread.n.to_string());
    FigureRow { what: what.into(), median, range, rounds, goal }
}

fn plain(what: impl Into<String>, value: String, goal: &'static str) -> FigureRow {
    FigureRow { what: what.into(), median: value, range: String::new(), rounds: "1".into(), goal }
}

/// The table, at most 80 columns wide.
pub(super) fn table(record: &CalibrationRecord) -> String {
    let mut text = say!(
        "poolbench {version} calibrate, {effort}, {build} build, {created}",
        version = record.poolbench,
        effort = heard(&record.effort),
        build = heard(record.build.word()),
        created = record.created
    ) + "\n\n";
    line(&mut text, "", [word("median"), word("range"), "n", word("goal")]);
    section(&mut text, word("the driver, one lane on the no-op pool"), driver(record));
    let heads = [word("late p50"), word("late p99"), word("cpu each"), "n"];
    columns(&mut text, word("timers (medians)"), heads, timers(record));
    let heads = [word("1: each"), "200: p50", "200: p99", word("200: all")];
    columns(&mut text, word("acquire + release, 1 or 200 on 20"), heads, pools(record));
    let selects = &record.selects;
    let layout = match selects.arrangement {
        ThreadsRecord::Shared => word("one runtime of 2 threads"),
        ThreadsRecord::Apart => word("2 runtimes of one thread"),
    };
    let title = say!(
        "SELECT over {connections} connections, {layout} (the better layout)",
        connections = selects.connections,
        layout
    );
    section(&mut text, &title, self::selects(record));
    if let Some(why) = &selects.without_pgbench {
        let _ = writeln!(text, "{}", say!("  not compared with pgbench: {why}", why));
    }
    if record.build == Build::Debug {
        let _ =
            writeln!(text, "\n{}", word("a debug build: these figures say nothing about a release build"));
    }
    text
}

fn section(text: &mut String, title: &str, rows: Vec<FigureRow>) {
    let _ = writeln!(text, "\n{title}");
    for FigureRow { what, median, range, rounds, goal } in rows {
        line(text, &what, [&median, &range, &rounds, goal]);
    }
}

fn line(text: &mut String, what: &str, [median, range, rounds, goal]: [&str; 4]) {
    let (what, median) = (padded(what, 29), padded_left(median, 10));
    let line = format!("  {what}{median}  {}{}  {goal}", padded(range, 22), padded_left(rounds, 2));
    let _ = writeln!(text, "{}", line.trim_end());
}

fn driver(record: &CalibrationRecord) -> Vec<FigureRow> {
    let (driver, recording, in_flight) = (&record.driver, &record.recording, &record.in_flight);
    let each = in_flight
        .each_bytes
        .map_or(word("unknown¦measure").to_owned(), |bytes| format!("{} B", units::count(bytes)));
    let mut rows = vec![
        row(word("requests carried"), &driver.sustained_per_s, NumberFormat::PerSecond, ""),
        row(word("processor time of each"), &driver.request_cpu_ns, NumberFormat::Time, "≤ 1.5 µs"),
        row(word("schedule lag p50, 10,000/s"), &driver.lag_p50_ns, NumberFormat::Time, "≤ 50 µs"),
        row(word("schedule lag p99, 10,000/s"), &driver.lag_p99_ns, NumberFormat::Time, "≤ 200 µs"),
        row(word("records of one request"), &recording.request_ns, NumberFormat::Time, "≤ 50 ns"),
        row(word("due times drawn"), &recording.arrivals_per_s, NumberFormat::PerSecond, ""),
        plain(
            say!("{count} in flight, each", count = units::count(in_flight.requests.into())),
            each,
            "≤ 1,024 B",
        ),
        plain(word("  sent in"), units::time(Duration::from_nanos(in_flight.sent_in_ns)), ""),
        plain(
            word("  stopped and counted in"),
            units::time(Duration::from_nanos(in_flight.abandoned_in_ns)),
            "",
        ),
    ];
    // Ten a second at most, so that a millisecond each is a hundredth of one processor.
    let frame = |spread| row(word("a frame of the live view"), spread, NumberFormat::Time, "≤ 1 ms");
    rows.extend(record.live_view_ns.as_ref().map(frame));
    rows
}

/// Medians side by side: their ranges would not fit, and are in the JSON.
fn columns(text: &mut String, title: &str, heads: [&str; 4], rows: Vec<(String, [String; 4])>) {
    let mut line = |what: &str, cells: [&str; 4]| {
        let [a, b, c, d] = cells;
        let cells = [a, b, c, d].map(|cell| padded_left(cell, 11)).concat();
        let line = format!("{}{cells}", padded(what, 33));
        let _ = writeln!(text, "{}", line.trim_end());
    };
    line("", [""; 4]);
    line(title, heads);
    for (what, cells) in rows {
        line(&format!("  {what}"), cells.each_ref().map(String::as_str));
    }
}

fn timers(record: &CalibrationRecord) -> Vec<(String, [String; 4])> {
    let time = |spread: &SpreadRecord| NumberFormat::Time.text(spread.median);
    let rows = record.timers.iter().map(|timer| {
        let what = format!("{}, {}/s", timer.timer, units::count(timer.deadlines_per_s.into()));
        let TimerRecord { p50_ns, p99_ns, wake_cpu_ns, .. } = timer;
        (what, [time(p50_ns), time(p99_ns), time(wake_cpu_ns), p50_ns.n.to_string()])
    });
    rows.collect()
}

fn pools(record: &CalibrationRecord) -> Vec<(String, [String; 4])> {
    let time = |spread: &SpreadRecord| NumberFormat::Time.text(spread.median);
    let rows = record.pools.iter().map(|pool| {
        let test = match pool.liveness_check {
            TestedRecord::Never => word(", no test before"),
            TestedRecord::Always => word(", tested before"),
            TestedRecord::LibraryDefault => word(", as it comes"),
        };
        let PoolCostRecord { uncontended, contended, .. } = pool;
        let cells = [
            time(&uncontended.each_ns),
            time(&contended.wait_p50_ns),
            time(&contended.wait_p99_ns),
            per_second(contended.throughput_per_s.median),
        ];
        (format!("{}{test}", pool.pool), cells)
    });
    rows.collect()
}

fn selects(record: &CalibrationRecord) -> Vec<FigureRow> {
    let rows = record.selects.routes.iter().flat_map(|route| {
        let SelectRateRecord { route: name, rate_per_s, of_bare, of_pgbench } = route;
        let (of_bare_goal, of_pgbench_goal) = match name.as_str() {
            "deadpool adapter" => ("≥ 0.97", "≥ 1.00"),
            _ => ("", ""),
        };
        let ratio = |what, ratio: &Option<SpreadRecord>, goal| {
            ratio.as_ref().map(|ratio| row(what, ratio, NumberFormat::Ratio, goal))
        };
        let ratios = [
            ratio(word("  ÷ the bare driver"), of_bare, of_bare_goal),
            ratio("  ÷ pgbench", of_pgbench, of_pgbench_goal),
        ];
        std::iter::once(row(name, rate_per_s, NumberFormat::PerSecond, ""))
            .chain(ratios.into_iter().flatten())
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_fit_their_column() {
        assert_eq!(per_second(512.3), "512/s");
        assert_eq!(per_second(38_123.4), "38.1 k/s");
        assert_eq!(per_second(999_700.0), "1 M/s");
        assert_eq!(per_second(1_234_567.0), "1.23 M/s");
    }

    #[test]
    fn a_range_is_told_of_more_than_one_round() {
        let spread = |n| SpreadRecord { median: 2e3, least: 1e3, greatest: 3e3, n };
        assert_eq!(row("it", &spread(3), NumberFormat::Time, "").range, "1 µs – 3 µs");
        assert_eq!(row("it", &spread(1), NumberFormat::Time, "").range, "");
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let mut text = String::new();
        line(&mut text, "sqlx, no test, 1 caller, p50", ["999.9 µs", "99.9 µs – 99.9 µs", "7", "≤ 1,024 B"]);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }
}
