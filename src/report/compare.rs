//! What two scenarios show beside each other, as plain text for 80 columns.

use crate::report::lang::{say, word};
use std::io;

use super::table::{Cell, Heading, Row, Table};
use super::terminal::{WIDTH, draw};
use super::text::{clean, wrap};
use crate::gate::compare::{Compared, Ended, LaneName, LanePair};
use crate::gate::paired::{Importance, Judged, Overall, Rule, Told, Unjudged, Verdict};
use crate::metric::Unit;
use crate::plan::Plan;
use crate::units;

/// Writes the table of a comparison and, in the last line, its verdict.
///
/// # Errors
/// When the writer fails.
pub fn compare(lanes: &[LanePair], ended: &Ended, out: &mut dyn io::Write) -> io::Result<()> {
    let table = draw(&table(lanes, ended));
    let verdict = verdict(lanes, ended).join("\n");
    out.write_all(format!("{table}\n\n{verdict}\n").as_bytes())
}

fn table(lanes: &[LanePair], ended: &Ended) -> Table {
    let mut rows = Vec::new();
    for (at, lane) in lanes.iter().enumerate() {
        rows.push(Row::group(&lane_words(lane)));
        rows.extend(ended.judgement.rows.iter().filter(|row| row.key.lane == at).map(row));
    }
    let chance = units::percent(ended.look.alpha);
    let mut notes = vec![say!(
        "Each number is the median of {pairs} runs, at the clock of the run. Either end of an interval is missed with a chance of {chance} or less.",
        pairs = ended.look.pairs,
        chance
    )];
    if ended.late > 0 {
        notes.push(say!("In {late} of {pairs} runs poolbench itself sent requests late by more than a tenth of a hold: waits are in doubt.", late = ended.late, pairs = 2 * ended.look.pairs));
    }
    Table {
        title: word("Comparison").to_owned(),
        subtitle: say!("B beside A, after {pairs} pairs of runs", pairs = ended.look.pairs),
        head: vec![
            Heading::words(""),
            Heading::figures("A"),
            Heading::figures("B"),
            Heading::figures(word("change")),
            Heading::figures(word("interval")),
            Heading::words(word("verdict")),
        ],
        rows,
        notes,
    }
}

fn row(told: &Told<Compared>) -> Row {
    let number = |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |it| shown(it, told.key.metric.metric.unit()))
    };
    let (change, interval) = match &told.judged {
        Ok(judged) => changes(told, judged),
        Err(_) => ("–".to_owned(), String::new()),
    };
    Row::new(vec![
        Cell::new(told.key.metric.metric.name()),
        Cell::new(number(told.medians.map(|pair| pair.a))),
        Cell::new(number(told.medians.map(|pair| pair.b))),
        Cell::new(change),
        Cell::new(interval),
        Cell::new(verdict_words(&told.judged)),
    ])
}

fn shown(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => {
            std::time::Duration::try_from_secs_f64(value).map_or_else(|_| "–".to_owned(), units::time)
        }
        Unit::Share => units::percent(value),
        _ => units::number(value),
    }
}

/// A ratio, or a difference: of shares in percentage points.
fn changes(told: &Told<Compared>, judged: &Judged) -> (String, String) {
    let share = told.key.metric.metric.unit() == Unit::Share;
    let one = |value: f64| match told.rule {
        _ if !value.is_finite() => word("unknown").to_owned(),
        Rule::Ratio(_) => format!("{value:.3}"),
        _ if share => format!("{:+.2}", value * 100.0),
        _ => format!("{value:+.2}"),
    };
    let (before, after) = match told.rule {
        Rule::Ratio(_) => ("× ", ""),
        _ if share => ("", word(" pp")),
        _ => ("", ""),
    };
    let interval = judged.interval.map(|(low, high)| format!("{}…{}", one(low), one(high)));
    (format!("{before}{}{after}", one(judged.estimate)), interval.unwrap_or_default())
}

fn verdict_words(judged: &Result<Judged, Unjudged>) -> String {
    match judged {
        Ok(judged) => match judged.verdict {
            Verdict::Regression => word("REGRESSION").to_owned(),
            Verdict::Improvement => word("improvement").to_owned(),
            Verdict::Equivalent => word("equivalent").to_owned(),
            Verdict::Undecided => word("undecided").to_owned(),
        },
        Err(Unjudged::Missing(pairs)) => say!("missing in {pairs}", pairs),
        Err(Unjudged::NoRatio) => word("no ratio to 0").to_owned(),
    }
}

/// Which metrics decide, and in the last line what they decide.
fn verdict(lanes: &[LanePair], ended: &Ended) -> Vec<String> {
    let rows = &ended.judgement.rows;
    let name = |row: &Told<Compared>| match lanes {
        [_] => row.key.metric.metric.name().to_owned(),
        many => say!(
            "{metric} of {lane_words}",
            metric = row.key.metric.metric.name(),
            lane_words = many.get(row.key.lane).map_or_else(String::new, lane_words)
        ),
    };
    let named = |what: &str, which: &dyn Fn(&Told<Compared>) -> bool| {
        let named: Vec<String> = rows.iter().filter(|row| which(row)).map(name).collect();
        (!named.is_empty()).then(|| format!("{what}: {}.", named.join("; ")))
    };
    let is = |row: &Told<Compared>, verdict| row.judged.is_ok_and(|judged| judged.verdict == verdict);
    let open = |row: &Told<Compared>| row.judged.is_err() || is(row, Verdict::Undecided);
    let overall = match ended.judgement.overall {
        Overall::Regression => word("Verdict: regression"),
        Overall::Inconclusive => word("Verdict: inconclusive"),
        Overall::Pass => word("Verdict: no regression"),
    };
    let told = [
        named(word("Worse in B"), &|row| is(row, Verdict::Regression)),
        named(word("Better in B"), &|row| is(row, Verdict::Improvement)),
        named(word("Not decided"), &|row| row.importance == Importance::Primary && open(row)),
    ];
    let told = told.into_iter().flatten().map(|text| wrap(&text, WIDTH.into(), "", ""));
    told.chain([overall.to_owned()]).collect()
}

/// `sqlx, request-scoped`, or both names where A and B differ in them.
fn lane_words(lane: &LanePair) -> String {
    let words = |name: &LaneName| format!("{}, {}", clean(&name.pool), name.scope);
    if lane.a == lane.b { words(&lane.a) } else { format!("{} → {}", words(&lane.a), words(&lane.b)) }
}

/// What differs between two plans, in a line each.
#[must_use]
pub fn differences(a: &Plan, b: &Plan) -> Vec<String> {
    let mut told = Vec::new();
    let mut differ = |what: &str, a: String, b: String| {
        if a != b {
            told.push(format!("{what} {a} → {b}"));
        }
    };
    let names = |pools: &[String]| pools.iter().map(|name| clean(name)).collect::<Vec<_>>().join(" + ");
    let scopes = |plan: &Plan| plan.scopes.iter().map(|it| it.name()).collect::<Vec<_>>().join(" + ");
    differ(word("pool library"), names(&a.pools), names(&b.pools));
    differ(word("session scope"), scopes(a), scopes(b));
    differ(word("pool size"), a.pool.size.to_string(), b.pool.size.to_string());
    let timeout = |plan: &Plan| units::time(plan.pool.acquire_timeout);
    differ(word("acquire timeout"), timeout(a), timeout(b));
    differ(word("rate"), a.load.rate.to_string(), b.load.rate.to_string());
    let steps = |plan: &Plan| {
        let steps = plan
            .workload
            .steps
            .iter()
            .map(|step| format!("{} {}", clean(&step.name), units::time(step.time)));
        steps.collect::<Vec<_>>().join(" + ")
    };
    differ(word("steps"), steps(a), steps(b));
    if a.operations != b.operations || a.setup != b.setup {
        told.push(word("statements or operations of steps").to_owned());
    }
    told
}
