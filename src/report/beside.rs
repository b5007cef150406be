//! Several runs beside each other: their verdicts, and their figures at nominal times in columns.

mod mixed;

use std::io;

use super::table::{Cell, Heading, Row, Table};
use super::terminal::{WIDTH, draw, write_safe};
use super::text::{clean, wrap};
use super::{View, sentence, words};
use crate::analyse::{Act, Figure, Metric, conditions};
use crate::itinerary::SessionScope;
use crate::report::lang::{say, word};

pub use mixed::{Side, Sight, Sighted, markdown_mixed, terminal_mixed, width as width_mixed};
pub(in crate::report) use mixed::{all, table as mixed_table};

/// More columns than these do not fit beside each other.
pub const MOST: usize = 5;

/// A run with the name by which its reader knows it.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The name.
    pub name: &'a str,
    /// The run.
    pub view: View<'a>,
}

/// What is compared first.
const ROWS: [(Act, Metric); 12] = [
    (Act::SideBySide, Metric::OfferedRate),
    (Act::SideBySide, Metric::ServedShare),
    (Act::SideBySide, Metric::ThroughputCounted),
    (Act::SideBySide, Metric::HoldMean),
    (Act::SideBySide, Metric::HoldIdle),
    (Act::SideBySide, Metric::AcquireWaitP50),
    (Act::SideBySide, Metric::AcquireWaitP99),
    (Act::SideBySide, Metric::ResponseP99),
    (Act::SideBySide, Metric::UtilisationShare),
    (Act::SideBySide, Metric::BystanderFailedShare),
    (Act::Capacity, Metric::ThroughputFromHolds),
    (Act::Capacity, Metric::UtilisationShare),
];

/// A column: a pool library of a run.
struct Column<'a> {
    letter: char,
    pool: &'a str,
    view: View<'a>,
}

fn columns<'a>(runs: &[Named<'a>]) -> Vec<Column<'a>> {
    let of = |(run, letter): (&Named<'a>, char)| {
        let view = run.view;
        view.summary.side_by_side.iter().map(move |pool| Column { letter, pool: &pool.pool, view })
    };
    runs.iter().zip('A'..='Z').flat_map(of).collect()
}

/// How many columns these runs make: one for each pool library of each.
#[must_use]
pub fn width(runs: &[Named<'_>]) -> usize {
    columns(runs).len()
}

/// Their figures in columns.
pub(super) fn table(runs: &[Named<'_>]) -> Table {
    let columns = columns(runs);
    let mut scopes: Vec<SessionScope> = Vec::new();
    for scope in runs.iter().flat_map(|run| &run.view.record.plan.scopes) {
        if !scopes.contains(scope) {
            scopes.push(*scope);
        }
    }
    let heading =
        |column: &Column<'_>| Heading::figures(format!("{}\n{}", column.letter, clean(column.pool)));
    let mut rows = Vec::new();
    for scope in scopes {
        rows.push(Row::group(scope.name()));
        for (act, metric) in ROWS {
            let label = match act {
                Act::Capacity => say!("{metric}, at capacity", metric = words::label(metric)),
                _ => words::label(metric).to_owned(),
            };
            let figure = |column: &Column<'_>| -> Cell {
                let figures = &column.view.summary.figures;
                Cell::nominal(figures.at(act, column.pool, scope, metric))
            };
            let cells: Vec<Cell> = columns.iter().map(figure).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(Row::new(std::iter::once(Cell::new(label)).chain(cells).collect()));
            }
        }
    }
    rows.extend(ratio(&columns));
    Table {
        title: word("Beside each other").into(),
        subtitle: word("at nominal times").into(),
        head: std::iter::once(Heading::words("")).chain(columns.iter().map(heading)).collect(),
        rows,
        notes: vec![
            word(
                "Under a figure is its 95 % interval. Whether one run is worse than another is not told \
                 here: `poolbench compare` runs both in turn and judges, `poolbench gate --baseline` \
                 judges one by another.",
            )
            .to_owned(),
        ],
    }
}

/// How many times shorter holds are after than before, in each run that has both.
fn ratio(columns: &[Column<'_>]) -> Option<Row> {
    let figure = |column: &Column<'_>| -> Option<Figure> {
        column.view.summary.figures.pair(Act::SideBySide, column.pool, Metric::HoldRatio).cloned()
    };
    let cells: Vec<Cell> = columns.iter().map(|column| Cell::nominal(figure(column).as_ref())).collect();
    let any = cells.iter().any(|cell| !cell.is_empty());
    any.then(|| Row::new(std::iter::once(Cell::new(words::label(Metric::HoldRatio))).chain(cells).collect()))
}

/// A run among those that stand beside each other.
pub(super) struct Standing<'a> {
    /// By which its columns are known.
    pub(super) letter: char,
    pub(super) name: &'a str,
    pub(super) scenario: &'a str,
    pub(super) source: &'static str,
    pub(super) created: &'a str,
    /// What it shows, in a sentence.
    pub(super) verdict: String,
}

/// The runs with their letters.
pub(super) fn standing<'a>(runs: &[Named<'a>]) -> impl Iterator<Item = Standing<'a>> {
    runs.iter().zip('A'..='Z').map(|(run, letter)| Standing {
        letter,
        name: run.name,
        scenario: &run.view.record.plan.scenario,
        source: run.view.source(),
        created: &run.view.record.created,
        verdict: sentence(run.view),
    })
}

/// What is not the same in all of them: the conditions, the scenario's name and poolbench itself. Nothing where
/// all is alike.
pub(super) fn differences(runs: &[Named<'_>]) -> Option<Table> {
    let of = |run: &Named<'_>| {
        let record = run.view.record;
        let named =
            [(word("scenario"), record.plan.scenario.clone()), ("poolbench", record.poolbench.clone())];
        let conditions = conditions(record).into_iter().map(|it| (words::condition(it.kind), it.value));
        named.into_iter().chain(conditions).collect::<Vec<_>>()
    };
    let all: Vec<Vec<(&str, String)>> = runs.iter().map(of).collect();
    let first = all.first()?;
    let rows = first.iter().enumerate().filter_map(|(at, (what, value))| {
        let values: Vec<&str> =
            all.iter().filter_map(|run| run.get(at)).map(|(_, value)| value.as_str()).collect();
        let differ = values.iter().any(|other| *other != value.as_str());
        differ.then(|| Row::new(std::iter::once(*what).chain(values).map(Cell::new).collect()))
    });
    let rows: Vec<Row> = rows.collect();
    let letters = runs.iter().zip('A'..='Z').map(|(_, letter)| Heading::words(letter.to_string()));
    (!rows.is_empty()).then(|| Table {
        title: word("What differs in their conditions").into(),
        subtitle: word("a figure may differ for these reasons alone").into(),
        head: std::iter::once(Heading::words("")).chain(letters).collect(),
        rows,
        notes: Vec::new(),
    })
}

/// What one of them is, and its verdict.
fn told(run: &Standing<'_>) -> [String; 2] {
    let what = format!("{}: {} ({}, {})", run.letter, clean(run.name), run.source, clean(run.created));
    [what, clean(&run.verdict)]
}

/// Writes them for a terminal of 80 columns.
///
/// # Errors
/// When the writer fails.
pub fn terminal(runs: &[Named<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    in_terminal(&standing(runs).collect::<Vec<_>>(), tables(runs), out)
}

/// Writes them as Markdown.
///
/// # Errors
/// When the writer fails.
pub fn markdown(runs: &[Named<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    in_markdown(&standing(runs).collect::<Vec<_>>(), tables(runs), out)
}

fn tables(runs: &[Named<'_>]) -> Vec<Table> {
    differences(runs).into_iter().chain([table(runs)]).collect()
}

fn in_terminal(runs: &[Standing<'_>], tables: Vec<Table>, out: &mut dyn io::Write) -> io::Result<()> {
    let told = runs.iter().map(|run| {
        let [what, verdict] = told(run);
        format!("{}\n{}", wrap(&what, WIDTH.into(), "", "   "), wrap(&verdict, WIDTH.into(), "   ", "   "))
    });
    let told = told.collect::<Vec<_>>().join("\n");
    let tables = tables.iter().map(draw).collect::<Vec<_>>().join("\n\n");
    write_safe(&format!("{told}\n\n{tables}\n"), out)
}

fn in_markdown(runs: &[Standing<'_>], tables: Vec<Table>, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", say!("# Runs beside each other\n"))?;
    for run in runs {
        let [what, verdict] = told(run).map(|text| super::gate::escaped(&text));
        writeln!(out, "* **{what}**: {verdict}")?;
    }
    writeln!(out)?;
    tables.iter().try_for_each(|table| super::markdown::draw(table, out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::summarise;

    #[test]
    fn two_runs_stand_beside_each_other_by_scope() {
        let (mut one, mut other) = (record(), record());
        one.side_by_side.retain(|lane| lane.pool == "sqlx");
        other.side_by_side.retain(|lane| lane.pool != "sqlx");
        other.plan.scenario = "a|b\u{1b}[31m".to_owned();
        let (first, second) = (summarise(&one), summarise(&other));
        let runs = [
            Named { name: "before", view: View { record: &one, summary: &first } },
            Named { name: "after|x", view: View { record: &other, summary: &second } },
        ];
        assert_eq!(width(&runs), 2);
        let mut text = Vec::new();
        terminal(&runs, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("A: before (measured") && text.contains("held a connection 180"), "{text}");
        let holds = text.lines().find(|line| line.starts_with("hold a request")).unwrap();
        assert_eq!(holds.matches("180 s").count(), 2, "{text}");
        let mut page = Vec::new();
        markdown(&runs, &mut page).unwrap();
        assert!(String::from_utf8(page).unwrap().contains("after\\|x"));
    }

    /// Whatever a record calls itself, it is text on the page, in the document and in the spreadsheet.
    #[test]
    fn hostile_names_stay_text_in_every_format() {
        let (one, mut other) = (record(), record());
        other.plan.scenario = "<script>alert(1)</script>".to_owned();
        other.plan.pool.size = 7;
        other.poolbench = "=cmd|x".to_owned();
        let (first, second) = (summarise(&one), summarise(&other));
        let runs = [
            Named { name: "before", view: View { record: &one, summary: &first } },
            Named { name: "<b>\u{1b}[31mafter\",\n=x", view: View { record: &other, summary: &second } },
        ];
        let written = |render: fn(&[Named<'_>], &mut dyn io::Write) -> io::Result<()>| {
            let mut text = Vec::new();
            render(&runs, &mut text).unwrap();
            String::from_utf8(text).unwrap()
        };
        let page = written(crate::report::html::beside).replace('\u{a0}', " ");
        assert!(page.contains("What differs in their conditions") && page.contains("size 7"), "{page}");
        assert!(!page.contains("<script>") && !page.contains("<b>") && !page.contains('\u{1b}'), "{page}");
        let json: serde_json::Value = serde_json::from_str(&written(crate::report::json::several)).unwrap();
        assert_eq!(json["runs"][1]["letter"], "B");
        assert!(json["runs"][0]["run"]["figures"].as_array().unwrap().len() > 100);
        assert!(json["differences"].as_array().unwrap().iter().any(|it| it["condition"] == "pool"), "{json}");
        let csv = written(crate::report::spreadsheet::several);
        let lines: Vec<_> =
            ::csv::Reader::from_reader(csv.as_bytes()).into_records().map(|it| it.unwrap()).collect();
        assert!(
            lines.iter().all(|line| !line[1].starts_with('=')) && lines.iter().any(|line| &line[0] == "B")
        );
        assert!(written(markdown).contains("&lt;script&gt;"));
        // Nothing differs from itself.
        assert!(differences(&runs[..1]).is_none() && differences(&[runs[0], runs[0]]).is_none());
    }
}
