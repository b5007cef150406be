//! Whether scaling time changed anything.

use super::super::table::{Cell, Heading, Row, Table};
use crate::analyse::{Metric, Reading, ScaleProof};
use crate::report::lang::{say, word};
use crate::report::{View, words};

/// The table; nothing where no proof was asked for.
pub(in crate::report) fn proof(view: View<'_>) -> Option<Table> {
    let ScaleProof { scales: (one, two), rows } = view.summary.proof.as_ref()?;
    let mut drawn = Vec::new();
    let mut group = String::new();
    for row in rows {
        let name = format!("{}, {}", row.pool, row.scope);
        if name != group {
            drawn.push(Row::group(&name));
            group = name;
        }
        let label = match row.metric {
            Metric::ServedShare => word("share served"),
            other => words::label(other),
        };
        let number = |reading: Option<Reading>| Cell::new(reading.map_or("–".into(), |it| it.to_string()));
        drawn.push(Row::new(vec![
            Cell::new(label),
            number(row.first),
            number(row.second),
            Cell::new(words::proof(&row.finding)),
        ]));
    }
    let head = vec![
        Heading::words(""),
        Heading::figures(say!("at {one}", one)),
        Heading::figures(say!("at {two}", two)),
        Heading::words(word("do they agree?")),
    ];
    Some(Table {
        title: word("Proof of scale").into(),
        subtitle: word("the same open loop at two time scales, in nominal units").into(),
        head,
        rows: drawn,
        notes: vec![
            word("A hold is scale × nominal + overhead. Two scales tell both; the nominal hold has to be the planned one.")
                .into(),
        ],
    })
}
