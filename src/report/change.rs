//! The change against a baseline as a table: before, now and by how much, with the conditions that differ.

use super::table::{Cell, Heading, Row, Table};
use super::text::clean;
use super::words;
use crate::gate::{Bound, Changed, Changes, Number};
use crate::metric::Unit;
use crate::report::lang::{say, word};
use crate::units;

pub(super) fn table(changes: &Changes) -> Table {
    let mut rows = Vec::new();
    for lane in changes.rows.chunk_by(|one, next| one.subject == next.subject) {
        rows.push(Row::group(&words::gate_place(&lane[0].subject)));
        let (same, other): (Vec<&Changed>, Vec<&Changed>) = lane.iter().partition(|it| it.before == it.now);
        rows.extend(other.into_iter().map(row));
        rows.extend(alike(&same));
    }
    let mut notes: Vec<String> = changes
        .differences
        .iter()
        .map(|it| {
            let kind = words::condition(it.kind);
            say!(
                "Another {kind}: {before} before, {now} now.",
                kind,
                before = clean(&it.before),
                now = clean(&it.now)
            )
        })
        .collect();
    if rows.is_empty() {
        notes.push(word("The two have no figure in common.").to_owned());
    }
    notes.push(
        word(
            "One run against one tells nothing of a few per cent. `poolbench gate --baseline` judges \
             structure, and times by pairs of runs.",
        )
        .to_owned(),
    );
    Table {
        title: say!("Change against the baseline {baseline}", baseline = clean(&changes.baseline)),
        subtitle: say!("saved from a run of {created}", created = clean(&changes.created)),
        head: vec![
            Heading::words(""),
            Heading::figures(word("before")),
            Heading::figures(word("now")),
            Heading::figures(word("change")),
        ],
        rows,
        notes,
    }
}

/// What is as it was, in one row.
fn alike(same: &[&Changed]) -> Option<Row> {
    let words = match same {
        [] => return None,
        [one] => words::label(one.metric).to_owned(),
        several => say!("{several} more figures", several = several.len()),
    };
    Some(Row::new(vec![Cell::new(words), Cell::new(""), Cell::new(""), Cell::new(word("none"))]))
}

fn row(changed: &Changed) -> Row {
    let unit = changed.metric.unit();
    let number = |number: Number| {
        let more = if number.bound == Bound::MoreThan { "> " } else { "" };
        Cell::new(format!("{more}{}", unit.text(number.value)))
    };
    Row::new(vec![
        Cell::new(words::label(changed.metric)),
        number(changed.before),
        number(changed.now),
        Cell::new(change(unit, changed.before, changed.now)),
    ])
}

/// Shares in percentage points, counts as a difference, all else in per cent of what it was.
fn change(unit: Unit, before: Number, now: Number) -> String {
    if before.bound == Bound::MoreThan || now.bound == Bound::MoreThan {
        return word("unknown").to_owned();
    }
    let by = now.value - before.value;
    if by == 0.0 {
        return word("none").to_owned();
    }
    let sign = if by > 0.0 { "+" } else { "−" };
    let size = by.abs();
    match unit {
        Unit::Share => say!("{sign}{size} points", sign, size = units::number(round(size * 100.0))),
        Unit::Count | Unit::Connections => format!("{sign}{}", units::number(size)),
        _ if before.value > 0.0 => format!("{sign}{} %", units::number(round(size / before.value * 100.0))),
        _ => format!("{sign}{}", unit.text(size)),
    }
}

/// To a tenth: less is not known anyway.
fn round(percent: f64) -> f64 {
    (percent * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::{measure, summarise};
    use crate::archive::Run;
    use crate::gate::{About, Ended, Sheet, changes};
    use crate::report::{View, html, markdown, terminal};

    fn sheet(run: &Run, name: &str) -> Sheet {
        let (created, scenario) = (&run.created, &run.plan.scenario);
        let about = About { created, scenario, scopes: &run.plan.scopes, ended: Ended::Complete };
        Sheet::of(&measure(run), name, about)
    }

    /// The fixture beside a run of which one lane held longer, on a machine with a hostile name.
    fn changed() -> Changes {
        let run = record();
        let mut baseline = sheet(&run, "main");
        for condition in &mut baseline.conditions {
            if condition.kind.name() == "machine" {
                condition.value = "<img src=x>|\u{1b}[31mred".to_owned();
            }
        }
        for line in &mut baseline.lines {
            if line.metric.name() == "hold.mean" {
                line.nominal = line.nominal.map(|it| Number { value: it.value * 0.8, ..it });
            }
            if line.metric.name() == "served.share" {
                line.measured = line.measured.map(Number::at_least);
            }
        }
        changes(&sheet(&run, "record"), &baseline)
    }

    #[test]
    fn before_now_and_change_stand_beside_each_other() {
        let (run, changes) = (record(), changed());
        let mut text = Vec::new();
        let summary = summarise(&run);
        let view = View { record: &run, summary: &summary };
        terminal::render_against(view, Some(&changes), &[], &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let (_, section) = text.split_once("Change against").unwrap();
        let section = section.split("\n\nHow this was").next().unwrap();
        assert!(section.lines().all(|line| line.chars().count() <= 80), "{section}");
        insta::assert_snapshot!(format!("Change against{section}"));
    }

    #[test]
    fn what_comes_from_outside_is_text_and_nothing_is_shown_without_a_baseline() {
        let (run, changes) = (record(), changed());
        let summary = summarise(&run);
        let view = View { record: &run, summary: &summary };
        let with = |changes: Option<&Changes>| {
            let (mut page, mut review) = (Vec::new(), Vec::new());
            html::render_against(view, &[], changes, &mut page).unwrap();
            markdown::render_against(view, changes, &mut review).unwrap();
            [page, review].map(|text| String::from_utf8(text).unwrap().replace('\u{a0}', " "))
        };
        for text in with(Some(&changes)) {
            assert!(text.contains("Change against the baseline main") && text.contains("+25 %"), "{text}");
            assert!(!text.contains("<img src=x") && !text.contains('\u{1b}'));
        }
        assert!(with(None).iter().all(|text| !text.contains("Change against")));
    }

    #[test]
    fn a_change_is_in_the_terms_of_its_unit() {
        let told = |unit, before, now| change(unit, Number::exactly(before), Number::exactly(now));
        assert_eq!(told(Unit::Share, 0.986, 0.011), "−97.5 points");
        assert_eq!(told(Unit::Seconds, 1.0, 1.02), "+2 %");
        assert_eq!(told(Unit::Seconds, 0.0, 0.02), "+20 ms");
        assert_eq!(told(Unit::Count, 1.0, 3.0), "+2");
        assert_eq!(told(Unit::PerSecond, 5.0, 5.0), "none");
        assert_eq!(change(Unit::Seconds, Number::exactly(1.0), Number::exactly(2.0).at_least()), "unknown");
    }
}
