//! The gate as JSON, for another program: `docs/gate.schema.json` says what it holds.

use crate::report::lang::{Lang, within};
use std::io::{self, Write};

use serde::Serialize;

use crate::analyse::Subject;
use crate::gate::{Asks, Bound, Check, Judgement, Number, Verdict};
use crate::report::words;

/// Version of this form. It rises when a key changes its meaning or goes; new keys do not raise it.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct GateJson<'a> {
    format: &'static str,
    version: u32,
    verdict: &'static str,
    exit_code: u8,
    runs: Vec<RunJson<'a>>,
}

#[derive(Serialize)]
struct RunJson<'a> {
    run: &'a str,
    scenario: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<&'a str>,
    verdict: &'static str,
    checks: Vec<CheckJson<'a>>,
}

#[derive(Serialize)]
struct CheckJson<'a> {
    asks: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    objective: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pool: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<&'static str>,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    now: Option<NumberJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<NumberJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<NumberJson>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<DifferenceJson<'a>>,
    /// In words, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    finding: String,
}

#[derive(Serialize)]
struct NumberJson {
    value: f64,
    bound: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
}

#[derive(Serialize)]
struct DifferenceJson<'a> {
    condition: &'static str,
    before: &'a str,
    now: &'a str,
}

/// Writes the judgements, the worst verdict of all, and the exit code that the command ends with.
///
/// # Errors
/// When the writer fails.
pub fn json(
    judgements: &[Judgement],
    (verdict, exit_code): (Verdict, u8),
    out: &mut dyn Write,
) -> io::Result<()> {
    // Programs read it, so its words are the same in every language.
    within(Lang::En, || {
        let gate = GateJson {
            format: "poolbench-gate",
            version: VERSION,
            verdict: words::gate_verdict(verdict),
            exit_code,
            runs: judgements.iter().map(run).collect(),
        };
        serde_json::to_writer_pretty(&mut *out, &gate)?;
        writeln!(out)
    })
}

fn run(judgement: &Judgement) -> RunJson<'_> {
    RunJson {
        run: &judgement.run,
        scenario: &judgement.scenario,
        baseline: judgement.baseline.as_deref(),
        verdict: words::gate_verdict(judgement.verdict()),
        checks: judgement.checks.iter().map(check).collect(),
    }
}

fn check(check: &Check) -> CheckJson<'_> {
    let (asks, objective, metric) = match &check.asks {
        Asks::Ended => ("ended", None, None),
        Asks::Failures => ("failures", None, None),
        Asks::Claims => ("claims", None, None),
        Asks::Objective(objective) => ("objective", Some(objective.text.as_str()), None),
        Asks::Baseline => ("baseline", None, None),
        Asks::Conditions => ("conditions", None, None),
        Asks::Structure(rule) => ("structure", None, Some(rule.metric.name())),
        Asks::Pairs => ("pairs", None, None),
        Asks::Times { metric, .. } => ("times", None, Some(metric.name())),
        Asks::Anything => ("anything", None, None),
    };
    let (act, pool, scopes) = match &check.subject {
        None => (None, None, Vec::new()),
        Some(Subject::Lane(place)) => {
            (Some(place.act.name()), Some(place.pool.as_str()), vec![place.scope.name()])
        }
        Some(Subject::Pair { act, pool, before, after }) => {
            (Some(act.name()), Some(pool.as_str()), vec![before.name(), after.name()])
        }
    };
    let differences = check.differences.iter();
    CheckJson {
        asks,
        objective,
        metric,
        claim: check.claim.as_deref(),
        act,
        pool,
        scopes,
        verdict: words::gate_verdict(check.verdict),
        now: check.now.map(number),
        before: check.before.map(number),
        change: check.change.map(number),
        differences: differences
            .map(|it| DifferenceJson { condition: it.kind.name(), before: &it.before, now: &it.now })
            .collect(),
        finding: words::gate_finding(check),
    }
}

fn number(number: Number) -> NumberJson {
    let bound = match number.bound {
        Bound::Exact => "exact",
        Bound::MoreThan => "more-than",
    };
    NumberJson { value: number.value, bound, interval: number.interval.map(|(low, high)| [low, high]) }
}
