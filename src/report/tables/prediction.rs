//! Itinerary, theory, twin and measurement beside each other.

use super::super::table::{Cell, Heading, Row, Table, Tone};
use crate::analyse::{Act, Agreement, Figure, FormulaUsed, Metric, Range, Reading, SEEDS, Side, Used};
use crate::report::lang::{heard, say, word};
use crate::report::text::clean;
use crate::report::{View, words};

/// What is compared.
const ROWS: [Metric; 5] = [
    Metric::HoldMean,
    Metric::AcquireWaitP50,
    Metric::AcquireWaitP99,
    Metric::ThroughputCounted,
    Metric::ServedShare,
];

/// The table; nothing where no lane of the open loop held a connection.
pub(in crate::report) fn prediction(view: View<'_>) -> Option<Table> {
    let lanes = &view.summary.formulas;
    if lanes.is_empty() {
        return None;
    }
    let mut rows = Vec::new();
    let mut notes = Vec::new();
    for lane in lanes {
        let figures = ROWS
            .iter()
            .filter_map(|metric| view.summary.figures.at(Act::SideBySide, &lane.pool, lane.scope, *metric));
        rows.push(Row::group(&format!("{}, {}", lane.pool, lane.scope)));
        rows.extend(figures.filter_map(row));
        let name = format!("{}, {}", clean(&lane.pool), lane.scope);
        notes.push(format!("{name}: {}.", formula(lane)));
        let unplayed =
            view.summary.unplayed.iter().filter(|it| it.pool == lane.pool && it.scope == lane.scope);
        notes.extend(
            unplayed.map(|why| say!("{name}: no twin: {why}.", name, why = clean(&words::unplayed(why)))),
        );
    }
    notes.push(say!("Theory and twin are given the measured holds, so that what is compared is the waiting. Under the twin is its range over {seeds} other seeds: a measured figure lies in it in 95 of 100 runs, if nothing but chance is at work.", seeds = SEEDS));
    let head = [word("itinerary"), word("theory"), word("twin")].map(Heading::figures);
    let head = std::iter::once(Heading::words("")).chain(head);
    Some(Table {
        title: word("Prediction").into(),
        subtitle: word("what the plan, theory and the twin let expect, at the clock of the run").into(),
        head: head
            .chain([Heading::figures(view.source()), Heading::words(word("do twin and run agree?"))])
            .collect(),
        rows,
        notes,
    })
}

/// The formula, and how far to believe it.
fn formula(lane: &FormulaUsed) -> String {
    match &lane.used {
        Used::Formula(formula, trust) => format!("{formula}, {}", words::trust(*trust)),
        Used::NoFormula(departures) => {
            say!("no formula speaks of this load ({departures})", departures = words::reasons(departures))
        }
        Used::NoSteadyState => word("no steady state").to_owned(),
        Used::None(why) => heard(&why.to_string()).to_owned(),
    }
}

fn row(figure: &Figure) -> Option<Row> {
    let side = figure.measured.as_ref().ok()?;
    let unit = figure.metric.unit();
    let number = |reading: Option<Reading>| Cell::new(reading.map_or("–".into(), |it| it.to_string()));
    let range = side.range.map(|(least, greatest)| words::range(Range { least, greatest, unit }));
    let label = match figure.metric {
        Metric::HoldMean => word("mean hold a request"),
        Metric::ServedShare => word("share served"),
        other => words::label(other),
    };
    Some(Row::new(vec![
        Cell::new(label),
        Cell::new(side.planned.map_or("–".into(), |planned| unit.text(planned))),
        number(side.theory),
        Cell { under: range, ..number(side.twin) },
        number(Some(side.value)),
        agreement(side),
    ]))
}

fn agreement(side: &Side) -> Cell {
    let tone = match side.agreement {
        Agreement::Agrees | Agreement::ButForHandingOut(_) => Tone::Good,
        Agreement::Differs(_) => Tone::Mind,
        Agreement::ByConstruction | Agreement::Unknown => Tone::Plain,
    };
    let told = words::agreement(side.agreement);
    let told = match side.theory_apart {
        Some(why) => say!("{told}; of theory: {why}", told, why = words::cause(why)),
        None => told,
    };
    Cell { tone, ..Cell::new(told) }
}
