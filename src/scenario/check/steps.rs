//! The tables `[[steps]]` with their statements.

use std::time::Duration;

use toml::de::DeValue;

use super::parameters::{Unnumbered, numbered};
use super::{choice, needed_time};
use crate::itinerary::{Step, StepKind, TimeLaw, mean_of};
use crate::scenario::read::{Found, FoundValue, Least, Section, told};
use crate::scenario::{Operation, Parameter, SqlOperation, Statement, StepFailure, UNKNOWN_STEP};
use crate::units::parse_duration;

const KINDS: &str = "write sql, queue, work or compute";

/// The steps, and of each what it does and for which requests it fails.
#[derive(Debug, Default)]
pub(super) struct CheckedSteps {
    pub(super) steps: Vec<Step>,
    pub(super) operations: Vec<Operation>,
    pub(super) failures: Vec<StepFailure>,
}

pub(super) fn steps(top: &Section<'_, '_>) -> Option<CheckedSteps> {
    let sections = top.sections("steps", "steps");
    if sections.is_empty() {
        top.missing("steps", "describe at least one step under [[steps]]");
        return None;
    }
    // All are looked at, so that the faults of all are told.
    let steps: Vec<Option<(Step, Operation, StepFailure)>> = sections.into_iter().map(step).collect();
    let mut checked = CheckedSteps::default();
    for (step, operation, failure) in steps.into_iter().collect::<Option<Vec<_>>>()? {
        checked.steps.push(step);
        checked.operations.push(operation);
        checked.failures.push(failure);
    }
    if checked.steps.iter().all(|step| step.time.is_zero()) {
        top.missing("steps", "give at least one step a time above zero");
        return None;
    }
    Some(checked)
}

/// The one step of a request of which nothing is known, not even its time.
pub(super) fn unknown() -> CheckedSteps {
    let step = Step {
        name: UNKNOWN_STEP.to_owned(),
        kind: StepKind::Work,
        time: Duration::ZERO,
        law: TimeLaw::Fixed,
        creates: Operation::Work.creates(),
    };
    CheckedSteps {
        steps: vec![step],
        operations: vec![Operation::Work],
        failures: vec![StepFailure { share: 0.0, after: None }],
    }
}

fn step(section: Section<'_, '_>) -> Option<(Step, Operation, StepFailure)> {
    if !section.has("name") {
        section.missing("name", "name the step");
    }
    let name = section.text("name", "name the step").map(|name| name.value.to_owned());
    if !section.has("kind") {
        section.missing("kind", KINDS);
    }
    let kind = section
        .text("kind", KINDS)
        .and_then(|text| choice(&section, &text, &StepKind::ALL.map(|kind| (kind.word(), kind))));
    let time = time(&section);
    let operation = kind.and_then(|kind| operation(&section, kind));
    // Asked for here too, so that a key of another kind is told apart from an unknown one.
    for key in ["operation", "statements"] {
        if kind.is_some_and(|kind| kind != StepKind::Sql) && section.has(key) {
            section.missing(key, "only a step of kind sql has it: take it out");
        }
    }
    let failure = failure(&section);
    section.finish();
    let operation = operation?;
    let (time, law) = time?;
    let step = Step { name: name?, kind: kind?, time, law, creates: operation.creates() };
    Some((step, operation, failure?))
}

/// How long a step takes on average, and how that varies.
fn time(section: &Section<'_, '_>) -> Option<(Duration, TimeLaw)> {
    if !section.has("times") {
        let law = match section.has("varies") {
            true => section.parsed("varies", "write how the time varies", str::parse::<TimeLaw>),
            false => Some(TimeLaw::Fixed),
        };
        return Some((needed_time(section, "time", Least::Zero)?, law?));
    }
    for key in ["time", "varies"] {
        if section.has(key) {
            section.missing(key, "give either \"times\" or \"time\" and \"varies\": take one of them out");
            return None;
        }
    }
    let times = listed(section)?;
    Some((mean_of(&times), TimeLaw::Listed(times.into())))
}

/// A list of times, each as likely as any other.
fn listed(section: &Section<'_, '_>) -> Option<Vec<Duration>> {
    let mend = "write a list of times, like [\"1s\", \"2s\", \"90s\"]";
    let found = section.texts("times", mend)?;
    if found.is_empty() {
        section.missing("times", mend);
        return None;
    }
    let times = found.iter().map(|text| {
        let parsed = parse_duration(text.value);
        parsed
            .map_err(|fault| section.fault(text, format!("found \"{}\"", text.value), fault.to_string()))
            .ok()
    });
    times.collect()
}

fn failure(section: &Section<'_, '_>) -> Option<StepFailure> {
    let share = section.has("fail-share");
    if section.has("fail-after") && !share {
        section.missing("fail-share", "write the share of requests that fail, or take \"fail-after\" out");
    }
    let given = section.decimal("fail-share", 0.0..=1.0);
    let after = section.duration("fail-after", Least::Zero);
    let after = if section.has("fail-after") { Some(after?) } else { None };
    Some(StepFailure { share: if share { given? } else { 0.0 }, after })
}

fn operation(section: &Section<'_, '_>, kind: StepKind) -> Option<Operation> {
    match kind {
        StepKind::Work => Some(Operation::Work),
        StepKind::Compute => Some(Operation::Compute),
        StepKind::Queue => Some(Operation::Queue),
        StepKind::Sql => match (section.has("operation"), section.has("statements")) {
            (true, false) => section
                .parsed("operation", "name a built-in operation", str::parse::<SqlOperation>)
                .map(Operation::Sql),
            (false, true) => statements(section).map(|list| Operation::Sql(SqlOperation::Statements(list))),
            (true, true) => {
                section.missing("operation", "give either \"operation\" or \"statements\", not both");
                None
            }
            (false, false) => {
                section.missing(
                    "operation",
                    "name a built-in operation such as \"create-job\", or give \"statements\"",
                );
                None
            }
        },
    }
}

fn statements(section: &Section<'_, '_>) -> Option<Vec<Statement>> {
    let sections = section.sections("statements", "statement");
    if sections.is_empty() {
        section.missing("statements", "write at least one { sql = \"…\" }");
        return None;
    }
    let statements: Vec<Option<Statement>> = sections.into_iter().map(statement).collect();
    statements.into_iter().collect()
}

fn statement(section: Section<'_, '_>) -> Option<Statement> {
    if !section.has("sql") {
        section.missing("sql", "write the text of the statement");
    }
    let sql = section.text("sql", "write the text of the statement");
    let mend = "write a list of numbers, texts, booleans, \"$request\" or \"$job\"";
    let mut parameters = Vec::new();
    let values = section.values("parameters", mend);
    let mut sound = values.is_some() || !section.has("parameters");
    if sound && let Some(sql) = &sql {
        sound = is_numbered(&section, sql, values.as_ref());
    }
    for (value, span, key) in values.map(|values| values.value).unwrap_or_default() {
        let parameter = match value {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map(Parameter::Integer)
                .map_err(|_| "write a number that fits 64 bits".to_owned()),
            DeValue::Float(number) => {
                number.as_str().parse().map(Parameter::Float).map_err(|_| mend.to_owned())
            }
            DeValue::Boolean(value) => Ok(Parameter::Boolean(*value)),
            DeValue::String(text) => Parameter::from_text(text),
            _ => Err(mend.to_owned()),
        };
        match parameter {
            Ok(parameter) => parameters.push(parameter),
            Err(mend) => {
                sound = false;
                section.reader().fault(span, &key, told(value), mend);
            }
        }
    }
    section.finish();
    sound.then_some(Statement { sql: sql?.value.to_owned(), parameters })
}

/// Whether the parameters in the text are `$1`, `$2`, … and there is a value for each.
fn is_numbered(
    section: &Section<'_, '_>,
    sql: &Found<&str>,
    values: Option<&Found<Vec<FoundValue<'_, '_>>>>,
) -> bool {
    let given = values.map_or(0, |values| values.value.len());
    let mend = "number the parameters $1, $2, … and leave none out";
    match numbered(sql.value, given) {
        Ok(()) => return true,
        Err(Unnumbered::Zero) => section.fault(sql, "found $0", mend),
        Err(Unnumbered::Gap(missing, last)) => {
            section.fault(sql, format!("found ${last} and no ${missing}"), mend);
        }
        Err(Unnumbered::Count(used)) => {
            let list = match used {
                0 => "\"sql\" has no parameter: take the values out, or write $1, $2, … where they go"
                    .to_owned(),
                1 => "write a list of one value, for $1".to_owned(),
                many => format!("write a list of {many} values, for $1 to ${many}"),
            };
            match values {
                None => section.missing("parameters", &list),
                Some(values) if given == 1 => section.fault(values, "found 1 value", list),
                Some(values) => section.fault(values, format!("found {given} values"), list),
            }
        }
    }
    false
}
