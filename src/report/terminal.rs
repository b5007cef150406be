//! The report as plain text for 80 columns.

mod claims;
mod ending;
mod runs;

use std::io;

use comfy_table::{
    CellAlignment, ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, TableStyle, Width,
};

pub use ending::{LINES, ending};
pub use runs::runs;

use super::table::{Cell, Holds, Kind, Row, Table};
use super::text::{clean, padded, width, wrap};
use super::{View, change, facts, tables, words};
use crate::analyse::{LaneSummary, Weight};
use crate::archive::{Source, Status};
use crate::gate::Changes;
use crate::inert::is_plain;
use crate::plan::Seen;
use crate::report::lang::{punctuated, say, word};
use crate::units;

/// Columns that the text is set in.
pub const WIDTH: u16 = 80;

/// Writes the report as plain text: what ended the run before its time, the verdict, then what a reader has to know before
/// trusting it, then the tables.
///
/// # Errors
/// When the writer fails.
pub fn render(view: View<'_>, files: &[(&'static str, String)], out: &mut dyn io::Write) -> io::Result<()> {
    render_against(view, None, files, out)
}

/// The same with what changed against a baseline, where there is one.
///
/// # Errors
/// When the writer fails.
pub fn render_against(
    view: View<'_>,
    changes: Option<&Changes>,
    files: &[(&'static str, String)],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut parts = vec![heading(view)];
    parts.extend(facts::fault(view.record).map(|fault| wrap(&fault, WIDTH.into(), "!! ", "   ")));
    parts.push(verdict(view));
    parts.extend(caveats(view));
    parts.extend(recommendation(view));
    parts.extend(tables::phases(view).iter().map(draw));
    parts.extend(tables::side_by_side(view).iter().map(draw));
    parts.extend(tables::kinds(view).as_ref().map(draw));
    parts.extend(tables::capacity(view).iter().map(draw));
    parts.extend(tables::measured(view).iter().map(draw));
    parts.extend(tables::capacity_measured(view).iter().map(draw));
    parts.extend(tables::matrix(view).as_ref().map(draw));
    parts.extend(tables::price(view).as_ref().map(draw));
    parts.extend(tables::claims(view).as_ref().map(claims::draw));
    parts.extend(tables::prediction(view).iter().map(draw));
    parts.extend(tables::proof(view).iter().map(draw));
    parts.extend(ledger(view));
    parts.extend(changes.map(|changes| draw(&change::table(changes))));
    parts.push(measured(view));
    parts.extend(pointers(files));
    write_safe(&(parts.join("\n\n") + "\n"), out)
}

/// Everything was cleaned where it came in; this is the net under it.
pub(super) fn write_safe(text: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let safe: String = text.chars().filter(|c| *c == '\n' || is_plain(*c)).collect();
    out.write_all(safe.as_bytes())
}

fn heading(view: View<'_>) -> String {
    let plan = &view.record.plan;
    let title = say!(
        "poolbench · {scenario} · {request}",
        scenario = clean(&plan.scenario),
        request = clean(&plan.request)
    );
    let line = "═".repeat(width(&title).min(WIDTH.into()));
    let mut lines = vec![title, line];
    if view.record.source == Source::Simulated {
        lines.push(word("Simulated: played in virtual time, without a server.").to_owned());
    }
    if view.record.status == Status::Stopped {
        lines.push(say!("This run was {stopped}.", stopped = word(facts::STOPPED)));
    }
    lines.join("\n")
}

fn verdict(view: View<'_>) -> String {
    let verdict = &view.summary.verdict;
    let sentence = words::verdict(&view.record.plan, verdict);
    format!("{}\n\n{}", paragraph(&sentence), paragraph(&words::basis(verdict)))
}

fn paragraph(text: &str) -> String {
    wrap(&clean(text), WIDTH.into(), "", "")
}

/// Notes are for the HTML report; here they are only counted.
fn caveats(view: View<'_>) -> Option<String> {
    let told = view.summary.caveats.iter().filter(|caveat| caveat.weight() < Weight::Note).map(|caveat| {
        let mark = match caveat.weight() {
            Weight::Grave => "!! ",
            Weight::Matters | Weight::Note => " ! ",
        };
        wrap(&clean(&words::caveat(caveat)), WIDTH.into(), mark, "   ")
    });
    let lines: Vec<String> = told.collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// What to change, what it is worth, and what it costs.
fn recommendation(view: View<'_>) -> Option<String> {
    let told = words::recommendation(&view.record.plan, view.summary)?;
    let line =
        |what: &str, words: &str| wrap(&clean(words), WIDTH.into(), &padded(what, 14), &" ".repeat(14));
    let mut lines = vec![paragraph(&told.change), line(word("worth"), &told.worth)];
    lines.extend(told.costs.iter().map(|(what, words)| line(what, words)));
    Some(lines.join("\n"))
}

fn measured(view: View<'_>) -> String {
    let lines = facts::facts(view)
        .into_iter()
        .filter(|(name, _)| SHOWN.contains(name))
        .map(|(name, value)| wrap(&value, WIDTH.into(), &padded(word(name), 13), &" ".repeat(13)));
    let title = say!("How this was {source}", source = view.source());
    let line = "─".repeat(width(&title));
    format!("{title}\n{line}\n{}", lines.collect::<Vec<_>>().join("\n"))
}

/// The facts that bear most on the figures; the HTML report has all.
const SHOWN: [&str; 11] = [
    "run",
    "time scale",
    "seed",
    "target",
    "service",
    "client",
    "pool library",
    "postgres",
    "queue",
    "machine",
    "source",
];

/// The ledger of the open loop in one paragraph.
fn ledger(view: View<'_>) -> Option<String> {
    let lanes: Vec<&LaneSummary> = view.summary.side_by_side.iter().flat_map(|pool| &pool.lanes).collect();
    if lanes.is_empty() {
        return None;
    }
    let sum = |column: fn(&LaneSummary) -> u64| units::count(lanes.iter().map(|lane| column(lane)).sum());
    let outside = view.record.plan.seen() == Seen::FromOutside;
    let timed_out = if outside {
        word("timed out by the service's word")
    } else {
        word("timed out waiting for a connection")
    };
    let unanswered = match sum(|lane| lane.ledger.unanswered) {
        unanswered if outside => say!(" + {unanswered} without an answer", unanswered),
        _ => String::new(),
    };
    let balanced = lanes.iter().all(|lane| lane.ledger.check().is_ok());
    let told = say!(
        "{scheduled} requests due side by side = {completed} completed + {acquire_timed_out} \
         {timed_out}{unanswered} + {failures} failed + {abandoned} in flight at the end + {still_queued} \
         not sent. {balance}",
        scheduled = sum(|lane| lane.ledger.scheduled),
        completed = sum(|lane| lane.ledger.completed),
        acquire_timed_out = sum(|lane| lane.ledger.acquire_timed_out),
        timed_out,
        unanswered,
        failures = sum(LaneSummary::failures),
        abandoned = sum(|lane| lane.ledger.in_flight + lane.ledger.abandoned),
        still_queued = sum(|lane| lane.ledger.shed + lane.ledger.still_queued),
        balance = if balanced { word("It balances in every lane.") } else { word("It does not balance.") }
    );
    Some(wrap(&told, WIDTH.into(), word("Ledger: "), "        "))
}

fn pointers(files: &[(&'static str, String)]) -> Option<String> {
    let lines: Vec<String> =
        files.iter().map(|(name, path)| format!("{}{}", padded(word(name), 13), clean(path))).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Lines under the head and nowhere else.
const STYLE: TableStyle = TableStyle::new()
    .header_lines(ContentLineStyle::none())
    .header_separator(LineStyle::none().fill('─').junction('─'))
    .content_lines(ContentLineStyle::none());

fn title(table: &Table) -> String {
    wrap(&table.subtitle, WIDTH.into(), &format!("{} – ", table.title), "")
}

pub(super) fn draw(table: &Table) -> String {
    let mut drawn = comfy_table::Table::new();
    drawn.load_style(STYLE).set_content_arrangement(ContentArrangement::Dynamic).set_width(WIDTH);
    drawn.set_header(table.head.iter().map(|heading| &heading.text));
    let columns = table.head.len();
    drawn.add_rows(table.rows.iter().enumerate().map(|(index, row)| cells(index, row, columns)));
    for (column, heading) in drawn.column_iter_mut().zip(&table.head) {
        column.set_padding((0, GAP));
        column.set_cell_alignment(match heading.holds {
            Holds::Words => CellAlignment::Left,
            Holds::Figures => CellAlignment::Right,
        });
    }
    let widest = drawn.column_max_content_widths().first().copied().unwrap_or(0);
    if let Some(labels) = drawn.column_mut(0) {
        labels.set_constraint(ColumnConstraint::Absolute(Width::Fixed(widest.min(WIDEST_LABEL) + GAP)));
    }
    let lines = drawn.trim_fmt();
    let lines = lines.lines().map(|line| group_of(line, table).unwrap_or_else(|| line.to_owned()));
    let mut text = format!("{}\n{}", title(table), lines.collect::<Vec<_>>().join("\n"));
    for note in &table.notes {
        text.push('\n');
        text.push_str(&wrap(note, WIDTH.into(), "", ""));
    }
    text
}

fn cells(index: usize, row: &Row, columns: usize) -> Vec<String> {
    let mut texts: Vec<String> = row.cells.iter().map(cell).collect();
    texts.resize(columns, String::new());
    match row.kind {
        // Seen at a glance, without colour.
        Kind::Wasted => texts[0] = format!("{} ◂", texts[0]),
        // Its label is wider than the column, so it takes its place when the table is drawn.
        Kind::Group => texts[0] = format!("{GROUP}{index}"),
        Kind::Plain | Kind::Total => {}
    }
    texts
}

/// A longer label is wrapped, so that the figures keep their room.
const WIDEST_LABEL: u16 = 26;
/// Between columns.
const GAP: u16 = 1;

/// Stands for the label of a group. No cleaned text holds it.
const GROUP: char = '\u{feff}';

fn group_of(line: &str, table: &Table) -> Option<String> {
    let index: usize = line.trim().strip_prefix(GROUP)?.parse().ok()?;
    Some(punctuated(&format!("{}:", table.rows.get(index)?.cells.first()?.text)).into_owned())
}

fn cell(cell: &Cell) -> String {
    match &cell.under {
        Some(under) => format!("{}\n{under}", cell.text),
        None => cell.text.clone(),
    }
}
