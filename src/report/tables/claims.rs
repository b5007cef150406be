//! The claims table.

use crate::report::lang::{heard, say, word};
use std::time::Duration;

use super::super::table::{Cell, Clock, Heading, Named, Row, Table, Tone};
use crate::analyse::{Agreement, ClaimResult, ClaimVerdict, Finding, NotPlayed, Reading, Unit};
use crate::archive::Source;
use crate::plan::Seen;
use crate::report::text::clean;
use crate::report::{View, words};
use crate::units::{self, TimeScale};

/// The table: a group of rows for each claim, a row for each pool library. Nothing when the scenario
/// claims nothing.
pub(in crate::report) fn claims(view: View<'_>) -> Option<Table> {
    let claims = &view.summary.claims;
    if claims.is_empty() {
        return None;
    }
    let twin = claims.iter().flat_map(|claim| &claim.findings).any(|finding| finding.twin.is_some());
    if view.record.plan.seen() == Seen::FromOutside {
        return Some(from_outside(claims));
    }
    let mut head = vec![
        Heading::words(word("claim")),
        Heading::figures(word("claimed")),
        Heading::figures(word("theory")),
    ];
    head.extend(twin.then(|| Heading::figures(word("twin"))));
    head.extend([Heading::figures(view.source()), Heading::words(word("verdict"))]);
    let sources = match (twin, view.record.source) {
        (true, _) => word("theory, the twin and the run"),
        (false, Source::Measured) => word("theory and the run"),
        (false, Source::Simulated) => word("theory and the simulation"),
    };
    Some(Table {
        title: word("Claims").into(),
        subtitle: say!("what was claimed, and what {sources} say, at nominal times", sources),
        head,
        rows: claims.iter().flat_map(|claim| rows(claim, twin)).collect(),
        notes: notes(view, twin),
    })
}

/// The same of a service, of whose insides theory and the twin know nothing.
fn from_outside(claims: &[ClaimResult]) -> Table {
    let rows = claims.iter().flat_map(|claim| {
        let measured = claim.findings.first().map_or("–".to_owned(), |finding| finding.nominal.to_string());
        let numbers = [String::new(), claim.claimed.to_string(), measured].map(Cell::new);
        let cells = numbers.into_iter().chain([verdict(claim, 1)]).collect();
        [Row::group(&format!("{} {}", clean(&claim.id), clean(heard(&claim.says)))), Row::new(cells)]
    });
    Table {
        title: word("Claims").into(),
        subtitle: word("what was claimed, and what is seen of it from outside").into(),
        head: vec![
            Heading::words(word("claim")),
            Heading::figures(word("claimed")),
            Heading::figures(word("measured")),
            Heading::words(word("verdict")),
        ],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}

fn rows(claim: &ClaimResult, twin: bool) -> Vec<Row> {
    let group = Row::group(&format!("{} {}", clean(&claim.id), clean(heard(&claim.says))));
    let findings: Vec<Option<&Finding>> = match claim.findings.as_slice() {
        [] => vec![None],
        findings => findings.iter().map(Some).collect(),
    };
    let pools = findings.len();
    let rows = findings.into_iter().enumerate().map(|(index, finding)| {
        let mut cells = numbers(claim, finding, twin);
        // The claim is one, whatever the pools: its words stand for all rows.
        if index == 0 {
            cells.push(verdict(claim, pools));
        }
        Row::new(cells)
    });
    std::iter::once(group).chain(rows).collect()
}

/// The label and the numbers of one pool library.
fn numbers(claim: &ClaimResult, finding: Option<&Finding>, twin: bool) -> Vec<Cell> {
    let number = |reading: Option<Reading>| Cell::new(reading.map_or("–".into(), |it| it.to_string()));
    let shown = finding.and_then(|finding| finding.twin);
    let mut cells = vec![
        Cell::new(finding.map_or("", |finding| finding.pool.as_str())),
        number(Some(claim.claimed)),
        number(claim.theory),
    ];
    cells.extend(twin.then(|| number(shown)));
    cells.push(finding.map_or(Cell::new("–"), nominal));
    cells
}

fn nominal(finding: &Finding) -> Cell {
    let bound = if finding.is_bound() { "≤ " } else { "" };
    let text = format!("{bound}{}", finding.nominal);
    // A sum over many requests is another number than that of one.
    let of_one = finding.metric.unit() == finding.nominal.figure().map_or(Unit::Seconds, |it| it.unit);
    let named = of_one.then(|| (Named::of(finding.metric, &finding.subject, Clock::Nominal), text.clone()));
    Cell {
        under: words::plain_reading_interval(finding.nominal),
        figures: named.into_iter().collect(),
        ..Cell::new(text)
    }
}

/// Begins a line on numbers that differ.
pub(in crate::report) const APART: &str = "≠ ";

/// The words of a claim, and under them a line for each difference.
fn verdict(claim: &ClaimResult, pools: usize) -> Cell {
    let remarks: Vec<String> =
        words::remarks(claim).iter().map(|remark| format!("{APART}{}", clean(remark))).collect();
    Cell {
        under: (!remarks.is_empty()).then(|| remarks.join("\n")),
        tone: tone(claim.verdict),
        rows: (pools > 1).then_some(pools),
        ..Cell::new(words::claim(claim))
    }
}

fn tone(verdict: ClaimVerdict) -> Tone {
    match verdict {
        ClaimVerdict::Holds | ClaimVerdict::Nearly => Tone::Good,
        ClaimVerdict::Qualified | ClaimVerdict::NotMeasured => Tone::Mind,
        ClaimVerdict::Fails => Tone::Bad,
    }
}

/// Whether twin and run agree, and what the columns are.
fn notes(view: View<'_>, twin: bool) -> Vec<String> {
    let scale = view.record.plan.time_scale;
    let mut notes: Vec<String> = agreement(&view.summary.claims, scale).into_iter().collect();
    notes.extend(words::ground(&view.summary.claims));
    notes.extend(missing(&view.summary.twin.missing));
    let mut columns = word("Theory: closed form on the plan alone.").to_owned();
    let scaled = scale != TimeScale::NOMINAL;
    if twin {
        columns.push_str(word(" Twin: both acts in virtual time, with the holds measured on that pool"));
        columns.push_str(if scaled { word(" at nominal times.") } else { "." });
    }
    if scaled {
        columns.push_str(word(" The overhead in holds is counted unscaled; ≤ marks a"));
        columns.push_str(word(" wait, which is measured ÷ time scale, overhead and all."));
    }
    notes.push(columns);
    notes
}

/// Which pool libraries the twin did not play, and why.
fn missing(missing: &[(String, NotPlayed)]) -> Option<String> {
    let (_, why) = missing.first()?;
    let pools: Vec<String> = missing.iter().map(|(pool, _)| clean(pool)).collect();
    Some(say!(
        "No twin of {pools}: {why}.",
        pools = pools.join(word(" and ")),
        why = clean(&words::no_twin(why))
    ))
}

/// One line on where twin and run agree; nothing where there is no twin.
fn agreement(claims: &[ClaimResult], scale: TimeScale) -> Option<String> {
    let judged = |claim: &ClaimResult| -> Vec<Agreement> {
        claim.findings.iter().filter(|it| it.twin.is_some()).map(|finding| finding.agreement).collect()
    };
    let of = |wanted: fn(&Agreement) -> bool| -> Vec<String> {
        let some = claims.iter().filter(|claim| judged(claim).iter().any(wanted));
        some.map(|claim| clean(&claim.id)).collect()
    };
    let differ = of(|agreement| matches!(agreement, Agreement::Differs(_)));
    let given = of(|agreement| *agreement == Agreement::ByConstruction);
    let agree = of(|agreement| matches!(agreement, Agreement::Agrees | Agreement::ButForHandingOut(_)));
    let agree: Vec<String> = agree.into_iter().filter(|id| !differ.contains(id)).collect();
    let mut told = Vec::new();
    if !agree.is_empty() {
        let but = if differ.is_empty() {
            String::new()
        } else {
            say!(", but not in {differ}", differ = differ.join(", "))
        };
        told.push(say!(
            "Twin and run agree within their uncertainty in {agree}{but}.",
            agree = agree.join(", "),
            but
        ));
    }
    if !given.is_empty() {
        told.push(say!(
            "In {given} twin and run agree by construction: the twin has the measured holds.",
            given = given.join(", ")
        ));
    }
    if told.is_empty() {
        return None;
    }
    let mut words = told.join(" ");
    let handing_out = of(|agreement| matches!(agreement, Agreement::ButForHandingOut(_)));
    let longest = claims.iter().flat_map(judged).filter_map(|agreement| match agreement {
        Agreement::ButForHandingOut(time) => Some(time),
        _ => None,
    });
    if let Some(longest) = longest.max() {
        words.push_str(&handing_out_words(&handing_out, longest, scale));
    }
    Some(words)
}

fn handing_out_words(claims: &[String], longest: Duration, scale: TimeScale) -> String {
    let (claims, longest) = (claims.join(", "), units::time(longest));
    let times = if scale == TimeScale::NOMINAL {
        String::new()
    } else {
        say!(", which a wait ÷ time scale counts {scale}-fold", scale = units::number(1.0 / scale.factor()))
    };
    say!(
        " {claims}: the twin hands out a connection in no time; the run took up to {longest}{times}.",
        claims,
        longest,
        times
    )
}
