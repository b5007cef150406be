//! Runs beside what was tapped or watched of an application: one column a lane, one an application.

use std::io;

use super::{Named, Standing, in_markdown, in_terminal, standing};
use crate::analyse::{Act, LaneSummary, Metric};
use crate::report::lang::word;
use crate::report::table::{Cell, Heading, Row, Table};
use crate::report::text::clean;
use crate::report::{View, words};

/// What was seen of an application.
pub struct Sighted<'a> {
    /// The name by which its reader knows it.
    pub name: &'a str,
    /// How it was seen.
    pub by: Sight,
    /// When that ended, RFC 3339, UTC.
    pub created: &'a str,
    /// What it shows, in a sentence.
    pub verdict: String,
    /// The number of a metric, in its unit; nothing of what was not seen.
    pub read: Box<dyn Fn(Metric) -> Option<f64> + 'a>,
}

/// How an application was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// On the wire.
    Tapped,
    /// In looks at the server.
    Watched,
}

/// A run, or what was seen of an application.
#[derive(Debug)]
pub enum Side<'a> {
    /// A run.
    Run(Named<'a>),
    /// An application.
    Sighted(Sighted<'a>),
}

impl std::fmt::Debug for Sighted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sighted").field("name", &self.name).field("by", &self.by).finish_non_exhaustive()
    }
}

/// What can be known of both: the metric of a run, and that of an application.
const ROWS: [(Metric, Metric); 9] = [
    (Metric::HoldMean, Metric::HoldMean),
    (Metric::HoldBusy, Metric::HoldBusy),
    (Metric::HoldIdle, Metric::HoldIdle),
    (Metric::HoldP50, Metric::HoldP50),
    (Metric::HoldP99, Metric::HoldP99),
    (Metric::IdleHoldShare, Metric::IdleHoldShare),
    (Metric::ConnectionsMean, Metric::InTransactionMean),
    (Metric::ConnectionsPeak, Metric::InTransactionPeak),
    (Metric::AcquireWaitP99, Metric::AcquireWaitP99),
];

/// A column of figures.
enum Column<'s, 'a> {
    Lane(View<'a>, &'a LaneSummary, &'a str),
    Sighted(&'s Sighted<'a>),
}

fn columns<'s, 'a>(sides: &'s [Side<'a>]) -> Vec<(char, Column<'s, 'a>)> {
    let of = |(side, letter): (&'s Side<'a>, char)| -> Vec<(char, Column<'s, 'a>)> {
        match side {
            Side::Sighted(sighted) => vec![(letter, Column::Sighted(sighted))],
            Side::Run(run) => {
                let view = run.view;
                let pools = view.summary.side_by_side.iter();
                let lanes = pools.flat_map(|pool| pool.lanes.iter().map(|lane| (lane, pool.pool.as_str())));
                lanes.map(|(lane, pool)| (letter, Column::Lane(view, lane, pool))).collect()
            }
        }
    };
    sides.iter().zip('A'..='Z').flat_map(of).collect()
}

/// How many columns these make: one for each lane of a run, and one for each application.
#[must_use]
pub fn width(sides: &[Side<'_>]) -> usize {
    columns(sides).len()
}

impl Column<'_, '_> {
    fn heading(&self, letter: char) -> Heading {
        Heading::figures(match self {
            // A hyphen is where a narrow column breaks.
            Self::Lane(_, lane, pool) => {
                format!("{letter} {}\n{}", clean(pool), lane.scope.name().replacen('-', "-\n", 1))
            }
            Self::Sighted(sighted) => format!("{letter}\n{}", sighted.by.word()),
        })
    }

    fn cell(&self, of_run: Metric, of_application: Metric) -> Cell {
        match self {
            Self::Lane(view, lane, pool) => {
                Cell::nominal(view.summary.figures.at(Act::SideBySide, pool, lane.scope, of_run))
            }
            Self::Sighted(sighted) => match (sighted.read)(of_application) {
                Some(value) => {
                    let text = of_application.unit().text(value);
                    // Between two looks there may have been more.
                    let bound = sighted.by == Sight::Watched && of_application == Metric::InTransactionPeak;
                    Cell::new(if bound { format!("≥ {text}") } else { text })
                }
                None => Cell::new(""),
            },
        }
    }
}

impl Sight {
    fn word(self) -> &'static str {
        match self {
            Self::Tapped => word("tapped"),
            Self::Watched => word("watched"),
        }
    }
}

/// Their figures in columns.
pub(in crate::report) fn table(sides: &[Side<'_>]) -> Table {
    let columns = columns(sides);
    let row = |(of_run, of_application): (Metric, Metric)| {
        let cells: Vec<Cell> =
            columns.iter().map(|(_, column)| column.cell(of_run, of_application)).collect();
        let any = cells.iter().any(|cell| !cell.is_empty());
        any.then(|| Row::new(std::iter::once(Cell::new(words::label(of_run))).chain(cells).collect()))
    };
    Table {
        title: word("Beside each other").into(),
        subtitle: word("runs at nominal times, applications by the clock").into(),
        head: std::iter::once(Heading::words(""))
            .chain(columns.iter().map(|(letter, column)| column.heading(*letter)))
            .collect(),
        rows: ROWS.into_iter().filter_map(row).collect(),
        notes: vec![
            word(
                "Of an application a hold is a transaction, or the time that a pool shows on the wire, and connections \
                 in use are those in a transaction. Its figures are of all that was seen, so they have no interval, and \
                 what cannot be seen from outside is left empty.",
            )
            .to_owned(),
        ],
    }
}

/// All of them with their letters, and the word for what each is.
pub(in crate::report) fn all<'a>(sides: &'a [Side<'a>]) -> Vec<Standing<'a>> {
    let one = |(side, letter): (&'a Side<'a>, char)| match side {
        Side::Run(run) => {
            standing(std::slice::from_ref(run)).map(move |run| Standing { letter, ..run }).next()
        }
        Side::Sighted(sighted) => Some(Standing {
            letter,
            name: sighted.name,
            scenario: "",
            source: sighted.by.word(),
            created: sighted.created,
            verdict: sighted.verdict.clone(),
        }),
    };
    sides.iter().zip('A'..='Z').filter_map(one).collect()
}

/// Writes them for a terminal of 80 columns.
///
/// # Errors
/// When the writer fails.
pub fn terminal_mixed(sides: &[Side<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    in_terminal(&all(sides), vec![table(sides)], out)
}

/// Writes them as Markdown.
///
/// # Errors
/// When the writer fails.
pub fn markdown_mixed(sides: &[Side<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    in_markdown(&all(sides), vec![table(sides)], out)
}
