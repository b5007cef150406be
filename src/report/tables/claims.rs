//! The claims table.

use super::super::table::{Cell, Heading, NOMINAL, Row, Table, Tone};
use crate::analyse::{ClaimResult, ClaimVerdict, Finding, Known, Reading};
use crate::report::View;
use crate::report::text::clean;
use crate::units::TimeScale;

/// The table; nothing when the scenario claims nothing.
pub(in crate::report) fn claims(view: View<'_>) -> Option<Table> {
    let claims = &view.summary.claims;
    if claims.is_empty() {
        return None;
    }
    let mut head = vec![Heading::words("claim"), Heading::figures("claimed"), Heading::figures("itinerary")];
    let pools = &view.record.plan.pools;
    for pool in pools {
        head.push(Heading::figures(format!("{}\n{}", clean(pool), view.source())));
        head.push(Heading::figures(NOMINAL));
    }
    head.push(Heading::words("verdict"));
    let scale = view.record.plan.scale();
    let note = "Measured: at the scaled clock, where overhead counts for more. Nominal: the same with the \
                overhead counted unscaled.";
    let table = Table {
        title: "Claims".into(),
        subtitle: format!("what was claimed, what the itinerary computes, and what was {}", view.source()),
        head,
        rows: claims.iter().map(|claim| row(claim, pools)).collect(),
        notes: if scale == TimeScale::NOMINAL { Vec::new() } else { vec![note.to_owned()] },
    };
    Some(table.at(scale))
}

/// Overhead in a wait is scaled with it, so the nominal wait is no longer than this.
fn nominal(finding: &Finding) -> Cell {
    Cell::new(match (finding.measured, finding.nominal) {
        (_, None) => "–".to_owned(),
        (Reading::Time(Known::Exactly(_)), Some(nominal)) => format!("≤ {nominal}"),
        (_, Some(nominal)) => nominal.to_string(),
    })
}

fn tone(verdict: ClaimVerdict) -> Tone {
    match verdict {
        ClaimVerdict::Holds | ClaimVerdict::Nearly => Tone::Good,
        ClaimVerdict::Qualified | ClaimVerdict::NotMeasured => Tone::Mind,
        ClaimVerdict::Fails => Tone::Bad,
    }
}

fn row(claim: &ClaimResult, pools: &[String]) -> Row {
    let number = |reading: Option<Reading>| reading.map_or(Cell::new("–"), |it| Cell::new(it.to_string()));
    let mut cells = vec![
        Cell { text: clean(&claim.id), under: Some(clean(&claim.says)), ..Cell::default() },
        number(Some(claim.claimed)),
        number(claim.computed),
    ];
    for pool in pools {
        let finding = claim.findings.iter().find(|finding| finding.pool == *pool);
        let measured = finding.map(|finding| Cell {
            text: finding.measured.to_string(),
            under: finding.measured.interval_text(),
            ..Cell::default()
        });
        cells.push(measured.unwrap_or_else(|| Cell::new("–")));
        cells.push(finding.map_or(Cell::new("–"), nominal));
    }
    cells.push(Cell { tone: tone(claim.verdict), ..Cell::new(&claim.words) });
    Row::new(cells)
}
