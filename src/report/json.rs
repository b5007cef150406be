//! The list of figures as JSON, so that another program needs no knowledge of a record.

use serde::Serialize;

use super::View;
use super::beside::Named;
use crate::analyse::{
    Agreement, Better, CONDITIONS, ClaimResult, ConditionKind, Doubt, Figure, Finding, Known, Missing,
    Reading, Side, Subject, Unit, conditions,
};
use crate::archive::{Source, Status};

/// Version of this form. It rises when a key changes its meaning or goes; new keys do not raise it.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct List<'a> {
    format: &'static str,
    version: u32,
    poolbench: &'a str,
    created: &'a str,
    scenario: &'a str,
    source: Source,
    status: Status,
    /// Measured time ÷ nominal time.
    time_scale: f64,
    seed: u64,
    pool_size: u32,
    figures: Vec<FigureJson<'a>>,
    claims: Vec<ClaimJson<'a>>,
}

/// Several runs.
#[derive(Serialize)]
struct Several<'a> {
    format: &'static str,
    version: u32,
    runs: Vec<Lettered<'a>>,
    differences: Vec<DifferenceJson<'a>>,
}

#[derive(Serialize)]
struct Lettered<'a> {
    letter: char,
    name: &'a str,
    run: List<'a>,
}

/// A condition that is not alike in all runs.
#[derive(Serialize)]
struct DifferenceJson<'a> {
    condition: &'static str,
    /// In the order of the runs.
    values: Vec<&'a str>,
}

#[derive(Serialize)]
struct FigureJson<'a> {
    metric: &'static str,
    act: &'static str,
    pool: &'a str,
    /// The session scope of a lane.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'static str>,
    /// The first and the last session scope of a pair.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<&'static str>,
    unit: &'static str,
    better: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<SideJson>,
    /// Why there is no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nominal: Option<SideJson>,
}

#[derive(Serialize)]
struct SideJson {
    value: f64,
    /// `exact`, or `more-than` where the value is a lower bound.
    bound: &'static str,
    /// Its 95 % interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval: Option<[f64; 2]>,
    /// Why it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_interval: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    theory: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    twin: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    twin_range: Option<[f64; 2]>,
    agreement: &'static str,
}

#[derive(Serialize)]
struct ClaimJson<'a> {
    id: &'a str,
    says: &'a str,
    claimed: f64,
    verdict: &'static str,
    findings: Vec<FindingJson<'a>>,
}

#[derive(Serialize)]
struct FindingJson<'a> {
    pool: &'a str,
    measured: f64,
    nominal: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    twin: Option<f64>,
    agreement: &'static str,
}

/// All figures and claims as one JSON document. Numbers are in the unit of their metric: seconds, shares
/// of 1, events per second. A number that is not finite is `null`.
///
/// # Errors
/// When the writer fails.
pub fn render(view: View<'_>, out: &mut dyn std::io::Write) -> std::io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &list(view))?;
    writeln!(out)
}

/// The same of several runs, with their letters, and the conditions that are not alike in all of them.
///
/// # Errors
/// When the writer fails.
pub fn several(runs: &[Named<'_>], out: &mut dyn std::io::Write) -> std::io::Result<()> {
    let each = runs.iter().zip('A'..='Z');
    let conditions: Vec<_> = runs.iter().map(|run| conditions(run.view.record)).collect();
    let values =
        |kind| conditions.iter().flatten().filter(move |it| it.kind == kind).map(|it| it.value.as_str());
    let differ = |kind: &ConditionKind| {
        let first = values(*kind).next();
        values(*kind).any(|value| Some(value) != first)
    };
    let several = Several {
        format: "poolbench-figures-beside",
        version: VERSION,
        runs: each.map(|(run, letter)| Lettered { letter, name: run.name, run: list(run.view) }).collect(),
        differences: CONDITIONS
            .into_iter()
            .filter(differ)
            .map(|kind| DifferenceJson { condition: kind.name(), values: values(kind).collect() })
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &several)?;
    writeln!(out)
}

fn list(view: View<'_>) -> List<'_> {
    let run = view.record;
    List {
        format: "poolbench-figures",
        version: VERSION,
        poolbench: &run.poolbench,
        created: &run.created,
        scenario: &run.plan.scenario,
        source: run.source,
        status: run.status,
        time_scale: run.plan.time_scale.factor(),
        seed: run.plan.seed,
        pool_size: run.plan.pool.size,
        figures: view.summary.figures.iter().map(figure).collect(),
        claims: view.summary.claims.iter().map(claim).collect(),
    }
}

fn figure(figure: &Figure) -> FigureJson<'_> {
    let (act, pool, scopes) = match &figure.subject {
        Subject::Lane(place) => (place.act, &place.pool, [Some(place.scope), None, None]),
        Subject::Pair { act, pool, before, after } => (*act, pool, [None, Some(*before), Some(*after)]),
    };
    let [scope, before, after] = scopes.map(|scope| scope.map(|scope| scope.name()));
    FigureJson {
        metric: figure.metric.name(),
        act: act.name(),
        pool,
        scope,
        before,
        after,
        unit: unit(figure.metric.unit()),
        better: better(figure.metric.better()),
        claimed: figure.claimed,
        measured: figure.measured.as_ref().ok().map(side),
        missing: figure.measured.as_ref().err().copied().map(missing),
        nominal: figure.nominal.as_ref().map(side),
    }
}

fn side(side: &Side) -> SideJson {
    let interval = side.value.interval();
    SideJson {
        value: side.value.number(),
        bound: match side.value {
            Reading::Time(Known::MoreThan(_), _) => "more-than",
            _ => "exact",
        },
        interval: interval.ok().map(|it| [it.low, it.high]),
        no_interval: interval.err().map(no_interval),
        planned: side.planned,
        theory: side.theory.map(Reading::number),
        twin: side.twin.map(Reading::number),
        twin_range: side.range.map(|(low, high)| [low, high]),
        agreement: agreement(side.agreement),
    }
}

fn claim(claim: &ClaimResult) -> ClaimJson<'_> {
    ClaimJson {
        id: &claim.id,
        says: &claim.says,
        claimed: claim.claimed.number(),
        verdict: claim.verdict.name(),
        findings: claim.findings.iter().map(finding).collect(),
    }
}

fn finding(finding: &Finding) -> FindingJson<'_> {
    FindingJson {
        pool: &finding.pool,
        measured: finding.measured.number(),
        nominal: finding.nominal.number(),
        twin: finding.twin.map(Reading::number),
        agreement: agreement(finding.agreement),
    }
}

fn agreement(agreement: Agreement) -> &'static str {
    match agreement {
        Agreement::Agrees => "agrees",
        Agreement::ByConstruction => "by-construction",
        Agreement::ButForHandingOut(_) => "agrees-but-for-handing-out",
        Agreement::Differs(_) => "differs",
        Agreement::Unknown => "unknown",
    }
}

/// The stable name of a unit.
pub(in crate::report) fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Share => "share",
        Unit::Count => "count",
        Unit::PerSecond => "per-second",
        Unit::Seconds => "seconds",
        Unit::Factor => "factor",
        Unit::Connections => "connections",
        Unit::ConnectionSeconds => "connection-seconds",
    }
}

/// The stable name of a direction.
pub(super) fn better(better: Better) -> &'static str {
    match better {
        Better::Higher => "higher",
        Better::Lower => "lower",
        Better::Neither => "neither",
    }
}

fn missing(missing: Missing) -> &'static str {
    match missing {
        Missing::ClosedLoop => "closed-loop",
        Missing::NothingDue => "nothing-due",
        Missing::NoSpan => "no-span",
        Missing::NoHoldSeen => "no-hold-seen",
        Missing::HoldsVary => "holds-vary",
        Missing::NoneCompleted => "none-completed",
        Missing::NothingHeld => "nothing-held",
        Missing::NoneAsked => "none-asked",
        Missing::NoTransaction => "no-transaction",
        Missing::NotSampled => "not-sampled",
        Missing::NoBystanders => "no-bystanders",
        Missing::Unsound => "unsound",
        Missing::NotVisible => "not-visible",
        Missing::NoService => "no-service",
    }
}

fn no_interval(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::TooFew(_) => "too-few",
        Doubt::FewBatches(_) => "few-batches",
        Doubt::Computed => "computed",
        Doubt::Counted => "counted",
        Doubt::Dependent => "dependent",
        Doubt::CutOff => "cut-off",
        Doubt::Greatest => "greatest",
        Doubt::Inherited => "inherited",
        Doubt::Unsteady => "unsteady",
        Doubt::SlowQueue => "slow-queue",
        Doubt::FewSpells => "few-spells",
        Doubt::NotKept => "not-kept",
        Doubt::Mixed => "mixed",
    }
}
