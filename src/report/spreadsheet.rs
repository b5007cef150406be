//! The list of figures as CSV that a spreadsheet reads.

use std::io;

use super::beside::Named;
use super::{View, words};
use crate::analyse::{Figure, Known, Reading, Side, Subject};

const HEAD: [&str; 13] = [
    "act", "pool", "scope", "metric", "unit", "clock", "bound", "value", "low", "high", "theory", "twin",
    "claimed",
];

/// Writes a line for each figure that has a number, at nominal times, and a second one where it has another value at
/// the clock of the run. Times are seconds, shares parts of 1, rates events per second.
///
/// # Errors
/// When the writer fails.
pub fn render(view: View<'_>, out: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(out);
    csv.write_record(HEAD)?;
    lines(view).try_for_each(|line| csv.write_record(line))?;
    csv.flush()
}

/// The same of several runs, with the letter and the name of the run before each line.
///
/// # Errors
/// When the writer fails.
pub fn several(runs: &[Named<'_>], out: &mut dyn io::Write) -> io::Result<()> {
    let mut csv = ::csv::Writer::from_writer(out);
    csv.write_record(["run", "record"].iter().chain(&HEAD))?;
    for (run, letter) in runs.iter().zip('A'..='Z') {
        let of = [letter.to_string(), inert(run.name)];
        lines(run.view).try_for_each(|line| csv.write_record(of.iter().chain(&line)))?;
    }
    csv.flush()
}

fn lines(view: View<'_>) -> impl Iterator<Item = [String; 13]> {
    view.summary.figures.iter().flat_map(|figure| {
        let nominal = figure.at_nominal().map(|side| line(figure, "nominal", side));
        let driven = figure.nominal.as_ref().and(figure.measured.as_ref().ok());
        nominal.into_iter().chain(driven.map(|side| line(figure, "as driven", side)))
    })
}

fn line(figure: &Figure, clock: &str, side: &Side) -> [String; 13] {
    let (act, pool, scope) = match &figure.subject {
        Subject::Lane(place) => (place.act, &place.pool, place.scope.name().to_owned()),
        Subject::Pair { act, pool, before, after } => (*act, pool, format!("{before} to {after}")),
    };
    let number =
        |value: Option<f64>| value.filter(|it| it.is_finite()).map(|it| it.to_string()).unwrap_or_default();
    let reading = |reading: Option<Reading>| number(reading.map(Reading::number));
    let within = side.value.interval().ok();
    let bound = match side.value {
        Reading::Time(Known::MoreThan(_), _) => "more than",
        _ => "exact",
    };
    [
        words::act_name(act).to_owned(),
        inert(pool),
        inert(&scope),
        figure.metric.name().to_owned(),
        super::json::unit(figure.metric.unit()).to_owned(),
        clock.to_owned(),
        bound.to_owned(),
        number(Some(side.value.number())),
        number(within.map(|it| it.low)),
        number(within.map(|it| it.high)),
        reading(side.theory),
        reading(side.twin),
        number(figure.claimed),
    ]
}

/// A text that a spreadsheet does not take for a formula.
fn inert(text: &str) -> String {
    let text = super::text::clean(text);
    if text.starts_with(['=', '+', '-', '@', '\'']) { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::summarise;

    #[test]
    fn a_spreadsheet_reads_figures_and_no_formulas() {
        let mut record = record();
        for lane in &mut record.side_by_side {
            lane.pool = lane.pool.replace("sqlx", "=cmd|'/c calc'!A1,\"x\"\n");
        }
        record.plan.pools = vec!["=cmd|'/c calc'!A1,\"x\"\n".to_owned(), "deadpool-postgres".to_owned()];
        let mut text = Vec::new();
        render(View { record: &record, summary: &summarise(&record) }, &mut text).unwrap();
        let mut lines = ::csv::Reader::from_reader(text.as_slice());
        assert_eq!(lines.headers().unwrap().iter().collect::<Vec<_>>(), HEAD);
        let lines: Vec<::csv::StringRecord> = lines.records().collect::<Result<_, _>>().unwrap();
        assert!(lines.len() > 300, "{}", lines.len());
        let formula = |cell: &str| cell.starts_with(['=', '@', '+', '\t', '\r']);
        assert!(!lines.iter().flatten().any(formula));
        assert!(lines.iter().any(|line| line[1].starts_with("'=cmd")));
        let hold = lines.iter().find(|line| {
            &line[1] == "deadpool-postgres"
                && &line[2] == "request-scoped"
                && &line[3] == "hold.mean"
                && &line[5] == "nominal"
        });
        let hold: f64 = hold.unwrap()[7].parse().unwrap();
        assert!((179.0..181.0).contains(&hold), "{hold}");
    }
}
