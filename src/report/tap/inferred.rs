//! The heaviest kind of transaction as a scenario, from which `simulate`, `size` and `run` take over.

use std::fmt::Write;
use std::time::Duration;

use super::words;
use crate::report::text::clean;
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
    let mut text = String::new();
    // Writing to a text cannot fail, here and below.
    let _ = head(&mut text, seen, heaviest);
    for at in 0..heaviest.between.len() {
        let _ = sql(&mut text, at, heaviest.between[at]);
        if let (Some(idle), Some(gap)) = (heaviest.idle.get(at), heaviest.gaps.get(at)) {
            let _ = work(&mut text, seen, at, *idle, *gap);
        }
    }
    let _ = others(&mut text, seen, rest);
    Some(text)
}

fn head(text: &mut String, seen: &Seen, kind: &TransactionKind) -> std::fmt::Result {
    let rate = kind.count as f64 / seen.window.as_secs_f64();
    let hold = kind.held / u32::try_from(kind.count).unwrap_or(u32::MAX).max(1);
    // Long enough for some hundred transactions, and for the longest of them to end.
    let measure = (100.0 / rate).max(20.0 * hold.as_secs_f64()).max(10.0);
    let drain = (3.0 * hold.as_secs_f64()).max(5.0);
    writeln!(
        text,
        "# Written by `poolbench tap`: the transactions that held connections for longest, with their mean times"
    )?;
    writeln!(
        text,
        "# and their rate. The statements stand in for those that were seen, which are named beside each gap."
    )?;
    writeln!(text, "\nwhy = \"{WHY}\"")?;
    writeln!(text, "request = \"the heaviest kind of transaction\"")?;
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

fn sql(text: &mut String, at: usize, length: Duration) -> std::fmt::Result {
    let operation = if at == 0 { "create-job" } else { "update-job-state" };
    let name = format!("sql_{}", at + 1);
    writeln!(text, "\n[[steps]]\nname = \"{name}\"\nkind = \"sql\"\ntime = \"{}\"", time(length))?;
    writeln!(text, "operation = \"{operation}\"")
}

fn work(
    text: &mut String,
    seen: &Seen,
    at: usize,
    idle: Duration,
    (before, after): (Edge, Edge),
) -> std::fmt::Result {
    writeln!(text, "\n# after  {}", clean(&words::edge(seen, before)))?;
    writeln!(text, "# before {}", clean(&words::edge(seen, after)))?;
    writeln!(text, "[[steps]]\nname = \"gap_{}\"\nkind = \"work\"\ntime = \"{}\"", at + 1, time(idle))
}

fn others(text: &mut String, seen: &Seen, rest: &[TransactionKind]) -> std::fmt::Result {
    if rest.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n# Not in this scenario: {} other kinds of transactions.", rest.len())?;
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
        let text = inferred(&seen, &[kind.clone(), kind]).unwrap();
        let scenario = Scenario::parse("inferred", "inferred.toml", &text);
        assert!(scenario.is_ok(), "{scenario:?}\n{text}");
        assert_eq!(inferred(&seen, &[]), None);
    }
}
