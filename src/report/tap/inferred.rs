//! The transactions that were seen as a scenario, from which `simulate`, `size` and `run` take over: the heaviest
//! kind as the usual request, the others as kinds beside it.

use std::fmt::Write;
use std::time::Duration;

use super::words;
use crate::report::text::clean;
use crate::scenario::RequestKind;
use crate::tap::{Edge, Seen, TransactionKind};
use crate::units;

const WHY: &str =
    "What do the transactions that `poolbench tap` saw need, and what if they gave connections back?";

/// The text of a scenario file; nothing where no transaction held a connection for long without SQL.
#[must_use]
pub fn inferred(seen: &Seen, kinds: &[TransactionKind]) -> Option<String> {
    let (heaviest, rest) = kinds.split_first()?;
    let window = seen.window.as_secs_f64();
    if heaviest.gaps.is_empty() || window <= 0.0 {
        return None;
    }
    let (beside, left_out) = rest.split_at(rest.len().min(RequestKind::MOST));
    let all = heaviest.count + beside.iter().map(|kind| kind.count).sum::<u64>();
    let mut text = String::new();
    // Writing to a text cannot fail, here and below.
    let _ = head(&mut text, seen, heaviest, all);
    steps(&mut text, seen, heaviest, "steps");
    for (at, kind) in beside.iter().enumerate() {
        let share = kind.count as f64 / all.max(1) as f64;
        let _ = writeln!(text, "\n[[kinds]]\nname = \"transaction_{}\"\nshare = {share:.9}", at + 2);
        steps(&mut text, seen, kind, "kinds.steps");
    }
    let _ = others(&mut text, seen, left_out);
    Some(text)
}

/// The steps of a kind of transactions, in tables of this name.
fn steps(text: &mut String, seen: &Seen, kind: &TransactionKind, table: &str) {
    for (at, length) in kind.between.iter().enumerate() {
        let _ = sql(text, at, *length, table);
        if let (Some(idle), Some(gap)) = (kind.idle.get(at), kind.gaps.get(at)) {
            let _ = work(text, seen, (at, table), *idle, *gap);
        }
    }
}

/// All that does not differ between kinds; the rate is that of so many transactions.
fn head(text: &mut String, seen: &Seen, kind: &TransactionKind, all: u64) -> std::fmt::Result {
    let rate = all as f64 / seen.window.as_secs_f64();
    let hold = kind.held / u32::try_from(kind.count).unwrap_or(u32::MAX).max(1);
    // Long enough for some hundred transactions, and for the longest of them to end.
    let measure = (100.0 / rate).max(20.0 * hold.as_secs_f64()).max(10.0);
    let drain = (3.0 * hold.as_secs_f64()).max(5.0);
    writeln!(
        text,
        "# Written by `poolbench tap`: the transactions that it saw, those first that held connections for longest,"
    )?;
    writeln!(
        text,
        "# with their mean times and rates. Statements stand in for those that were seen, named beside each gap."
    )?;
    writeln!(text, "\nwhy = \"{WHY}\"")?;
    writeln!(text, "request = \"a transaction\"")?;
    writeln!(
        text,
        "pools = [\"sqlx\"]\nscopes = [\"request-scoped\", \"repository-scoped\"]\ntime-scale = \"1\"\nseed = 1"
    )?;
    writeln!(text, "\n[pool]\nsize = {}\nacquire-timeout = \"30s\"", seen.open.peak.max(1))?;
    writeln!(text, "\n[load]\narrivals = \"poisson\"\nrate = \"{rate:.6}/s\"")?;
    let (warm_up, measure, drain) = (seconds(drain), seconds(measure), seconds(drain));
    writeln!(text, "\n[phases]\nwarm-up = \"{warm_up}\"\nmeasure = \"{measure}\"\ndrain = \"{drain}\"")?;
    writeln!(text, "\n[capacity]\nwarm-up = \"{warm_up}\"\nmeasure = \"{measure}\"")?;
    writeln!(text, "\n[[objectives]]\nkeep = \"acquire-wait.p99 <= 10ms\"")
}

fn seconds(seconds: f64) -> String {
    format!("{}ms", (seconds * 1e3).round())
}

/// Each time is written in whole microseconds, and none is nothing.
fn time(time: Duration) -> String {
    format!("{}us", time.as_micros().max(1))
}

fn sql(text: &mut String, at: usize, length: Duration, table: &str) -> std::fmt::Result {
    let operation = if at == 0 { "create-job" } else { "update-job-state" };
    let name = format!("sql_{}", at + 1);
    writeln!(text, "\n[[{table}]]\nname = \"{name}\"\nkind = \"sql\"\ntime = \"{}\"", time(length))?;
    writeln!(text, "operation = \"{operation}\"")
}

fn work(
    text: &mut String,
    seen: &Seen,
    (at, table): (usize, &str),
    idle: Duration,
    (before, after): (Edge, Edge),
) -> std::fmt::Result {
    writeln!(text, "\n# after  {}", clean(&words::edge(seen, before)))?;
    writeln!(text, "# before {}", clean(&words::edge(seen, after)))?;
    writeln!(text, "[[{table}]]\nname = \"gap_{}\"\nkind = \"work\"\ntime = \"{}\"", at + 1, time(idle))
}

fn others(text: &mut String, seen: &Seen, rest: &[TransactionKind]) -> std::fmt::Result {
    if rest.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n# Not in this scenario: {} further kinds of transactions.", rest.len())?;
    for kind in rest.iter().take(20) {
        let rate = kind.count as f64 / seen.window.as_secs_f64();
        let first = kind.gaps.first().map_or_else(String::new, |(before, _)| {
            format!(", with {} gaps, the first after {}", kind.gaps.len(), clean(&words::edge(seen, *before)))
        });
        let held = units::time(kind.held / u32::try_from(kind.count).unwrap_or(u32::MAX).max(1));
        writeln!(text, "# {}/s that hold {held} each{first}", units::number(rate))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::tap::{Connections, Holds, KeptShare, Level};

    #[test]
    fn the_scenario_is_sound() {
        let ms = Duration::from_millis;
        let seen = Seen {
            window: ms(20_000),
            connections: Connections::default(),
            open: Level { mean: 10.0, peak: 20 },
            holding: Level::default(),
            running: Level::default(),
            holds: Holds::default(),
            gaps: Vec::new(),
            further_gaps: Duration::ZERO,
            statements: Vec::new(),
            transactions: Vec::new(),
            kept: KeptShare::All,
            lives: Vec::new(),
        };
        let kind = TransactionKind {
            gaps: vec![(Edge::Lent, Edge::Released)],
            count: 100,
            held: ms(190_000),
            idle: vec![ms(1880)],
            between: vec![ms(15), Duration::ZERO],
        };
        let quick = TransactionKind {
            gaps: Vec::new(),
            idle: Vec::new(),
            count: 300,
            between: vec![ms(2)],
            ..kind.clone()
        };
        let text = inferred(&seen, &[kind.clone(), quick.clone()]).unwrap();
        let scenario = Scenario::parse("inferred", "inferred.toml", &text);
        let scenario = scenario.unwrap_or_else(|fault| panic!("{fault}\n{text}"));
        // 400 in 20 s, three in four of them quick.
        assert!((scenario.load.rate.as_per_second() - 20.0).abs() < 1e-9, "{text}");
        assert_eq!((scenario.kinds.len(), scenario.kinds[0].share), (1, 0.75));
        assert_eq!(scenario.kinds[0].workload.request_time(), ms(2));
        let many = vec![quick; 40];
        let text = inferred(&seen, &[&[kind][..], &many].concat()).unwrap();
        assert!(
            Scenario::parse("inferred", "inferred.toml", &text).is_ok() && text.contains("20 further kinds")
        );
        assert_eq!(inferred(&seen, &[]), None);
    }
}
