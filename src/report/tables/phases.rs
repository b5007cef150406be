//! The before and after tables.

use super::super::table::{Cell, Heading, Kind, Row, Table};
use super::role;
use crate::analyse::{PhaseTable, Planned};
use crate::itinerary::ConnectionUse;
use crate::report::View;
use crate::report::lang::{say, word};
use crate::report::text::clean;
use crate::units::{self, TimeScale};

/// One table a session scope.
pub(in crate::report) fn phases(view: View<'_>) -> Vec<Table> {
    let scopes = &view.summary.anatomy;
    let count = scopes.len();
    let tables = scopes.iter().enumerate().map(|(index, phases)| table(view, phases, role(index, count)));
    let mut tables: Vec<Table> = tables.collect();
    let scale = view.record.plan.time_scale;
    if scale != TimeScale::NOMINAL {
        let note =
            say!("One request on an idle pool; measured times are driven at {scale} of nominal.", scale);
        tables.last_mut().into_iter().for_each(|last| last.notes = vec![note.clone()]);
    }
    tables
}

fn table(view: View<'_>, phases: &PhaseTable, role: &str) -> Table {
    let mut head = vec![Heading::words(word("step")), Heading::figures(word("nominal"))];
    head.extend(
        phases.pools.iter().map(|pool| Heading::figures(format!("{}\n{}", clean(pool), view.source()))),
    );
    head.push(Heading::words(word("connection")));
    let mut rows: Vec<Row> = phases
        .phases
        .iter()
        .map(|phase| {
            let kind = match phase.connection {
                ConnectionUse::Wasted => Kind::Wasted,
                _ => Kind::Plain,
            };
            row(&phase.word, &phase.time, word(phase.connection.words())).kind(kind)
        })
        .collect();
    rows.push(row(word("request"), &phases.request, "").kind(Kind::Total));
    rows.push(row(word("held"), &phases.held, word("from acquired to released")).kind(Kind::Total));
    rows.push(row(word("wasted"), &phases.wasted, word("held, and no SQL runs")).kind(Kind::Total));
    Table {
        title: format!("{role}: {}", phases.scope),
        subtitle: word(phases.scope.meaning()).to_owned(),
        head,
        rows,
        notes: Vec::new(),
    }
}

fn row(label: &str, time: &Planned, connection: &str) -> Row {
    let mut cells = vec![Cell::new(label), Cell::new(units::time(time.nominal))];
    cells.extend(time.measured.iter().map(|measured| Cell::new(measured.map_or("–".into(), units::time))));
    cells.push(Cell::new(connection));
    Row::new(cells)
}
