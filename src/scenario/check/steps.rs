//! The tables `[[steps]]` with their statements.

use toml::de::DeValue;

use super::{choice, needed_time};
use crate::itinerary::{Step, StepKind};
use crate::scenario::read::{Least, Section, told};
use crate::scenario::{Operation, Parameter, SqlOperation, Statement};

pub(super) fn steps(top: &Section<'_, '_>) -> Option<Vec<(Step, Operation)>> {
    let sections = top.sections("steps", "steps");
    if sections.is_empty() {
        top.missing("steps", "describe at least one step under [[steps]]");
        return None;
    }
    let steps: Vec<Option<(Step, Operation)>> = sections.into_iter().map(step).collect();
    let steps = steps.into_iter().collect::<Option<Vec<_>>>()?;
    if steps.iter().all(|(step, _)| step.time.is_zero()) {
        top.missing("steps", "give at least one step a time above zero");
        return None;
    }
    Some(steps)
}

fn step(section: Section<'_, '_>) -> Option<(Step, Operation)> {
    if !section.has("name") {
        section.missing("name", "name the step");
    }
    let name = section.text("name", "name the step").map(|name| name.value.to_owned());
    if !section.has("kind") {
        section.missing("kind", "write sql, queue or work");
    }
    let kind = section.text("kind", "write sql, queue or work").and_then(|text| {
        choice(
            &section,
            &text,
            &[("sql", StepKind::Sql), ("queue", StepKind::Queue), ("work", StepKind::Work)],
        )
    });
    let time = needed_time(&section, "time", Least::Zero);
    let operation = kind.and_then(|kind| operation(&section, kind));
    // Asked for here too, so that a key of another kind is told apart from an unknown one.
    for (key, belongs) in
        [("operation", StepKind::Sql), ("statements", StepKind::Sql), ("fail-share", StepKind::Queue)]
    {
        if kind.is_some_and(|kind| kind != belongs) && section.has(key) {
            section.missing(key, &format!("only a step of kind {} has it: take it out", belongs.word()));
        }
    }
    section.finish();
    let operation = operation?;
    Some((Step { name: name?, kind: kind?, time: time?, creates: operation.creates() }, operation))
}

fn operation(section: &Section<'_, '_>, kind: StepKind) -> Option<Operation> {
    match kind {
        StepKind::Work => Some(Operation::Work),
        StepKind::Queue => {
            let given = section.has("fail-share");
            let share = section.decimal("fail-share", 0.0..=1.0);
            if given { share } else { Some(0.0) }.map(|fail_share| Operation::Queue { fail_share })
        }
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
    let sql = section.text("sql", "write the text of the statement").map(|sql| sql.value.to_owned());
    let mend = "write a list of numbers, texts, booleans, \"$request\" or \"$job\"";
    let mut parameters = Vec::new();
    let mut sound = true;
    for (value, span, key) in section.values("parameters", mend).unwrap_or_default() {
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
    sound.then_some(Statement { sql: sql?, parameters })
}
