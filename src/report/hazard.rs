//! What a hazard did to each lane, as text: what became of its requests, how long it took to recover, and
//! what is not as it must be.

use crate::report::lang::{heard, say, word};
use std::io;

use super::table::{Cell, Heading, Row, Table};
use super::terminal::draw;
use super::text::{clean, wrap};
use crate::hazard::{Check, Expect, Holds, LaneFindings, Recovery};
use crate::units;

/// One run of a hazard, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HazardShown {
    /// The hazard's name.
    pub name: String,
    /// What this run of it shows.
    pub shows: String,
    /// Its lanes.
    pub lanes: Vec<LaneFindings>,
    /// Connections of poolbench that were left on the server.
    pub connections_left: u64,
}

/// Writes one run of a hazard.
///
/// # Errors
/// When the writer fails.
pub fn render(shown: &HazardShown, out: &mut dyn io::Write) -> io::Result<()> {
    let heads = [
        word("due"),
        word("com-\npleted"),
        word("timed\nout"),
        word("failed"),
        word("jobs"),
        word("marked\nFAILED"),
        word("recovered\nafter"),
    ];
    let mut head = vec![Heading::words("")];
    head.extend(heads.map(Heading::figures));
    let table = Table {
        title: clean(&shown.name),
        subtitle: clean(&format!("{}{}", heard(&shown.shows), trouble(shown))),
        head,
        rows: rows(&shown.lanes),
        notes: verdict(shown),
    };
    writeln!(out, "{}\n", draw(&table))
}

/// How long there was trouble, on each pool library in its turn.
fn trouble(shown: &HazardShown) -> String {
    let mut times: Vec<String> = Vec::new();
    for lane in &shown.lanes {
        let told = say!("{trouble} on {pool}", trouble = units::time(lane.trouble), pool = lane.pool);
        if !lane.trouble.is_zero() && !times.contains(&told) {
            times.push(told);
        }
    }
    if times.is_empty() { String::new() } else { say!("; trouble for {times}", times = times.join(", ")) }
}

/// The lanes of each pool library under its name.
fn rows(lanes: &[LaneFindings]) -> Vec<Row> {
    let of_a_pool = lanes.chunk_by(|one, next| one.pool == next.pool);
    of_a_pool
        .flat_map(|lanes| {
            let group = lanes.first().map(|lane| Row::group(&lane.pool));
            group.into_iter().chain(lanes.iter().map(row))
        })
        .collect()
}

fn row(lane: &LaneFindings) -> Row {
    let ledger = &lane.ledger;
    let doubt = if lane.in_doubt > 0 { format!(" + {} ?", lane.in_doubt) } else { String::new() };
    let counts = [
        units::count(ledger.scheduled),
        units::count(ledger.completed),
        units::count(ledger.acquire_timed_out),
        units::count(ledger.work_failed + ledger.acquire_failed),
        format!("{}{doubt}", units::count(lane.jobs)),
        units::count(lane.marked),
        match lane.recovery {
            Recovery::AtOnce => word("at once").to_owned(),
            Recovery::After(time) => units::time(time),
            Recovery::NotSeen => word("not seen").to_owned(),
        },
    ];
    let mut cells = vec![Cell::new(format!("· {}", lane.scope))];
    cells.extend(counts.map(Cell::new));
    Row::new(cells)
}

/// What is not as it must be, or that all is.
fn verdict(shown: &HazardShown) -> Vec<String> {
    let mut told = Vec::new();
    for lane in &shown.lanes {
        for finding in lane.findings.iter().filter(|finding| finding.holds == Holds::No) {
            told.push(format!("!! {}, {}: {}", lane.pool, lane.scope, broken(finding.check)));
        }
        if lane.in_doubt > 0 {
            told.push(say!(" ! {pool}, {scope}: {in_doubt} commits were sent and never answered; each of these jobs is there or is not.", pool = lane.pool, scope = lane.scope, in_doubt = lane.in_doubt));
        }
    }
    if shown.connections_left > 0 {
        told.push(say!(
            "!! {connections_left} connections of poolbench are left on the server.",
            connections_left = shown.connections_left
        ));
    }
    if !told.iter().any(|line| line.starts_with("!!")) {
        told.push(say!("As it must be: the ledger balances, the rows are those that were committed, no connection is left{shown}.", shown = expected(shown)));
    }
    told.iter().map(|line| wrap(&clean(line), super::terminal::WIDTH.into(), "", "   ")).collect()
}

/// What was expected of the scopes, and came.
fn expected(shown: &HazardShown) -> String {
    let mut told: Vec<String> = Vec::new();
    for lane in &shown.lanes {
        for finding in &lane.findings {
            if let Check::Expected(expect) = finding.check {
                let words = format!("{}: {}", lane.scope, came(expect));
                if !told.contains(&words) {
                    told.push(words);
                }
            }
        }
    }
    if told.is_empty() { String::new() } else { format!("; {}", told.join("; ")) }
}

fn came(expect: Expect) -> &'static str {
    match expect {
        Expect::AllComplete => word("every request completes"),
        Expect::NoneTimesOut => word("no acquire times out"),
        Expect::SomeTimeOut => word("acquires time out"),
        Expect::HangsUntilTimeout => word("no request completes until an acquire has timed out"),
        Expect::SomeFail => word("requests fail"),
        Expect::NoneCompletes => word("no request completes"),
        Expect::FewFail => word("none fails but those that were cut off"),
    }
}

fn broken(check: Check) -> String {
    match check {
        Check::Ledger => word("the ledger does not balance.").to_owned(),
        Check::Rows => word("the rows in the database are not those that were committed.").to_owned(),
        Check::Marks => word("the jobs marked FAILED are not those of requests that marked them.").to_owned(),
        Check::Ended => word("requests were under way when the drain ended.").to_owned(),
        Check::Lends => word("in the end its pool does not lend all connections that nobody has.").to_owned(),
        Check::Recovered => {
            word("it had not recovered half a second before the end of the measured span.").to_owned()
        }
        Check::Expected(expect) => {
            say!("it was expected that {expect}, and it is not so.", expect = came(expect))
        }
    }
}
