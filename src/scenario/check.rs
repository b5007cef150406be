//! From the tables of a file to a checked [`Scenario`].

use std::sync::Arc;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::read::{Fault, Found, Least, Reader, Section, told};
use super::{
    ArrivalKind, Bystander, Callers, Capacity, Claim, Fleet, LivenessCheck, Objective, OpenLoad, Operation,
    Parameter, Phases, PoolKind, PoolSettings, Routing, Scenario, SqlOperation, Stage, StageShape, Statement,
    WhenFull,
};
use crate::itinerary::{SessionScope, Step, StepKind, Workload};
use crate::units::{Rate, TimeScale};

pub(super) fn check(name: &str, file: &str, text: &str) -> Result<Scenario, Vec<Fault>> {
    let reader = Reader::new(file, text);
    let (document, syntax) = DeTable::parse_recoverable(text);
    for fault in &syntax {
        reader.fault(
            fault.span().unwrap_or(0..0),
            "",
            fault.message().replace('\n', "; "),
            "write valid TOML",
        );
    }
    // What follows a fault of syntax is guesswork, so the keys are not judged then.
    let scenario = if syntax.is_empty() {
        let top = Section::new(&reader, document.get_ref(), 0..0, String::new(), "");
        scenario(name, top)
    } else {
        None
    };
    match (scenario, reader.into_faults()) {
        (Some(scenario), faults) if faults.is_empty() => Ok(scenario),
        (_, faults) => Err(faults),
    }
}

fn scenario(name: &str, top: Section<'_, '_>) -> Option<Scenario> {
    let why = top.text("why", "write what someone wants to know").map(|why| why.value.trim().to_owned());
    let request = top.text("request", "write what one request is, such as \"POST /submit\"");
    let request = request.map_or_else(|| "request".to_owned(), |request| request.value.to_owned());
    let pools = names(&top, "pools", str::parse::<PoolKind>);
    let scopes = names(&top, "scopes", str::parse::<SessionScope>);
    let time_scale = top.parsed("time-scale", "write a share, like \"1/50\"", str::parse::<TimeScale>);
    if !top.has("time-scale") {
        top.missing("time-scale", "write a share of nominal time, like \"1/50\" or \"1\"");
    }
    let seed = top.whole("seed", 0..=i64::MAX as u64);
    let setup = top.texts("setup", "write a list of SQL statements").unwrap_or_default();
    let setup = setup.into_iter().map(|text| text.value.to_owned()).collect();
    let pool = required(&top, "pool", "pool").and_then(pool);
    let steps = steps(&top);
    let load = required(&top, "load", "load").and_then(load);
    let phases = required(&top, "phases", "phases").and_then(phases);
    let capacity = required(&top, "capacity", "capacity").and_then(capacity);
    let bystander = match top.section("bystander", "bystander") {
        Some(section) => Some(bystander(section)?),
        None => None,
    };
    let claims = top.sections("claims", "claims").into_iter().map(claim).collect::<Vec<_>>();
    let objective = if top.has("objective") {
        let mend = "write an objective in quotes, like \"p99 acquire-wait <= 100ms\"";
        top.parsed("objective", mend, str::parse::<Objective>).map(Some)
    } else {
        Some(None)
    };
    let fleet = match top.section("fleet", "fleet") {
        Some(section) => Some(fleet(section)?),
        None => None,
    };
    top.finish();

    let (steps, operations): (Vec<Step>, Vec<Operation>) = steps?.into_iter().unzip();
    Some(Scenario {
        name: name.to_owned(),
        why: why.unwrap_or_default(),
        request,
        pool: pool?,
        pools: pools?,
        scopes: scopes?,
        workload: Arc::new(Workload { steps }),
        operations,
        setup,
        load: load?,
        phases: phases?,
        capacity: capacity?,
        bystander,
        claims: claims.into_iter().collect::<Option<_>>()?,
        fleet,
        objective: objective?,
        time_scale: time_scale?,
        seed: seed.unwrap_or(1),
    })
}

fn required<'r, 't>(
    top: &Section<'r, 't>,
    name: &'static str,
    kind: &'static str,
) -> Option<Section<'r, 't>> {
    if !top.has(name) {
        top.missing(name, &format!("write a table [{name}]"));
    }
    top.section(name, kind)
}

/// A list of names without repetition; at least one.
fn names<T: PartialEq, E: std::fmt::Display>(
    top: &Section<'_, '_>,
    key: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<Vec<T>> {
    if !top.has(key) {
        top.missing(key, "write a list of names; `poolbench list` shows them");
    }
    let texts = top.texts(key, "write a list of names in quotes")?;
    let asked = texts.len();
    let mut found = Vec::new();
    for text in texts {
        match parse(text.value) {
            Err(fault) => top.fault(&text, format!("found \"{}\"", text.value), fault.to_string()),
            Ok(value) if found.contains(&value) => {
                top.fault(&text, format!("found \"{}\" twice", text.value), "name it once");
            }
            Ok(value) => found.push(value),
        }
    }
    if asked == 0 {
        top.missing(key, "name at least one; `poolbench list` shows them");
    }
    (!found.is_empty()).then_some(found)
}

fn pool(section: Section<'_, '_>) -> Option<PoolSettings> {
    if !section.has("size") {
        section.missing("size", "write the number of connections, like 20");
    }
    let size = section.whole("size", 1..=10_000);
    let acquire_timeout = needed_time(&section, "acquire-timeout", Least::AboveZero);
    let liveness_check = match section.text("liveness-check", "write library-default, always or never") {
        None => Some(LivenessCheck::LibraryDefault),
        Some(text) => choice(
            &section,
            &text,
            &[
                ("library-default", LivenessCheck::LibraryDefault),
                ("always", LivenessCheck::Always),
                ("never", LivenessCheck::Never),
            ],
        ),
    };
    section.finish();
    Some(PoolSettings {
        size: size? as u32,
        acquire_timeout: acquire_timeout?,
        liveness_check: liveness_check?,
    })
}

fn choice<T: Copy>(section: &Section<'_, '_>, text: &Found<&str>, choices: &[(&str, T)]) -> Option<T> {
    let chosen = choices.iter().find(|(word, _)| *word == text.value);
    if chosen.is_none() {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        section.fault(
            text,
            format!("found \"{}\"", text.value),
            format!("write one of {}", words.join(", ")),
        );
    }
    chosen.map(|(_, value)| *value)
}

fn needed_time(section: &Section<'_, '_>, name: &'static str, least: Least) -> Option<Duration> {
    if !section.has(name) {
        section.missing(name, "write a time, like \"30s\"");
    }
    section.duration(name, least)
}

fn steps(top: &Section<'_, '_>) -> Option<Vec<(Step, Operation)>> {
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
    Some((Step { name: name?, kind: kind?, time: time? }, operation?))
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

fn load(section: Section<'_, '_>) -> Option<OpenLoad> {
    let arrivals = match section.text("arrivals", "write poisson or constant") {
        None => Some(ArrivalKind::Poisson),
        Some(text) => {
            choice(&section, &text, &[("poisson", ArrivalKind::Poisson), ("constant", ArrivalKind::Constant)])
        }
    };
    let rate = needed_rate(&section);
    let cap = if section.has("in-flight-cap") {
        section.whole("in-flight-cap", 1..=10_000_000)
    } else {
        Some(OpenLoad::DEFAULT_IN_FLIGHT_CAP.into())
    };
    let when_full = match section.text("when-full", "write queue or shed") {
        None => Some(WhenFull::Queue),
        Some(text) => choice(&section, &text, &[("queue", WhenFull::Queue), ("shed", WhenFull::Shed)]),
    };
    let stages: Vec<Option<Stage>> = section.sections("stages", "stages").into_iter().map(stage).collect();
    let burst = if section.has("burst") { section.whole("burst", 0..=1_000_000) } else { Some(0) };
    section.finish();
    Some(OpenLoad {
        arrivals: arrivals?,
        rate: rate?,
        stages: stages.into_iter().collect::<Option<_>>()?,
        burst: burst? as u32,
        in_flight_cap: cap? as u32,
        when_full: when_full?,
    })
}

fn stage(section: Section<'_, '_>) -> Option<Stage> {
    let rate = needed_rate(&section);
    let lasts = needed_time(&section, "lasts", Least::AboveZero);
    let shape = match section.text("shape", "write step or ramp") {
        None => Some(StageShape::Step),
        Some(text) => choice(&section, &text, &[("step", StageShape::Step), ("ramp", StageShape::Ramp)]),
    };
    section.finish();
    Some(Stage { rate: rate?, lasts: lasts?, shape: shape? })
}

fn needed_rate(section: &Section<'_, '_>) -> Option<Rate> {
    if !section.has("rate") {
        section.missing("rate", "write a rate, like \"5/s\"");
    }
    section.parsed("rate", "write a rate in quotes, like \"5/s\"", str::parse::<Rate>)
}

fn phases(section: Section<'_, '_>) -> Option<Phases> {
    let warm_up = needed_time(&section, "warm-up", Least::Zero);
    let measure = needed_time(&section, "measure", Least::AboveZero);
    let drain = needed_time(&section, "drain", Least::Zero);
    section.finish();
    Some(Phases { warm_up: warm_up?, measure: measure?, drain: drain? })
}

fn capacity(section: Section<'_, '_>) -> Option<Capacity> {
    let callers = match (section.has("saturation"), section.has("callers")) {
        (true, true) => {
            section.missing("callers", "give either \"saturation\" or \"callers\", not both");
            None
        }
        (_, true) => section.whole("callers", 1..=1_000_000).map(|callers| Callers::Fixed(callers as u32)),
        (true, _) => section.decimal("saturation", 0.001..=1000.0).map(Callers::Saturation),
        (false, false) => Some(Callers::Saturation(1.1)),
    };
    let think_time = if section.has("think-time") {
        section.duration("think-time", Least::Zero)
    } else {
        Some(Duration::ZERO)
    };
    let warm_up = needed_time(&section, "warm-up", Least::Zero);
    let measure = needed_time(&section, "measure", Least::AboveZero);
    section.finish();
    Some(Capacity { callers: callers?, think_time: think_time?, warm_up: warm_up?, measure: measure? })
}

fn bystander(section: Section<'_, '_>) -> Option<Bystander> {
    let rate = needed_rate(&section);
    let time = if section.has("time") { section.duration("time", Least::Zero) } else { Some(Duration::ZERO) };
    section.finish();
    Some(Bystander { rate: rate?, time: time? })
}

fn fleet(section: Section<'_, '_>) -> Option<Fleet> {
    if !section.has("pools") {
        section.missing("pools", "write the number of pools, like 50");
    }
    let pools = section.whole("pools", 1..=200_000);
    let routing = match section.text("routing", "write random, round-robin or least-loaded") {
        None => Some(Routing::Random),
        Some(text) => {
            let choices = [Routing::Random, Routing::RoundRobin, Routing::LeastLoaded];
            choice(&section, &text, &choices.map(|routing| (routing.word(), routing)))
        }
    };
    section.finish();
    Some(Fleet { pools: pools? as u32, routing: routing? })
}

fn claim(section: Section<'_, '_>) -> Option<Claim> {
    for key in ["id", "says", "measure"] {
        if !section.has(key) {
            section.missing(key, "every claim has an id, says, measure and expect");
        }
    }
    if !section.has("expect") {
        section.missing("expect", "write the number that was claimed");
    }
    let id = section.text("id", "write a short name, like \"C1\"").map(|id| id.value.to_owned());
    let says = section.text("says", "write the claim in words").map(|says| says.value.to_owned());
    let measure = section.parsed("measure", "name what number tests the claim", str::parse);
    let expect = section.decimal("expect", 0.0..=f64::MAX);
    let requests = if section.has("requests") { section.whole("requests", 1..=1_000_000) } else { Some(1) };
    section.finish();
    Some(Claim { id: id?, says: says?, measure: measure?, expect: expect?, requests: requests? as u32 })
}

#[cfg(test)]
mod tests {
    use super::super::{BUILTIN, Scenario, ScenarioError};
    use super::*;

    #[test]
    fn every_built_in_scenario_is_sound() {
        for builtin in BUILTIN {
            builtin.scenario().unwrap_or_else(|fault| panic!("{fault}"));
        }
    }

    #[test]
    fn the_seed_needs_22_callers_before_and_3960_after() {
        let scenario = BUILTIN[0].scenario().unwrap();
        assert_eq!(scenario.callers(SessionScope::Request), 22);
        assert_eq!(scenario.callers(SessionScope::Repository), 3960);
    }

    fn faults(text: &str) -> Vec<String> {
        match Scenario::parse("x", "x.toml", text) {
            Err(ScenarioError::Faults(faults)) => faults.iter().map(Fault::to_string).collect(),
            other => panic!("expected faults, got {other:?}"),
        }
    }

    /// The job-submission scenario with one line replaced.
    fn altered(line: &str, by: &str) -> Vec<String> {
        let text = BUILTIN[0].text;
        assert!(text.contains(line), "{line}");
        faults(&text.replacen(line, by, 1))
    }

    #[test]
    fn each_fault_names_line_key_finding_and_mend() {
        let cases = [
            ("size = 20", "size = 0", "pool.size: found 0; write a whole number from 1 to 10000"),
            ("size = 20", "size = \"20\"", "pool.size: found the text \"20\"; write a whole number"),
            ("size = 20", "size = 1e300", "pool.size: found the number 1e300; write a whole number"),
            ("size = 20", "sise = 20", "pool.sise: unknown key; did you mean \"size\"?"),
            ("rate = \"5/s\"", "rate = \"0/s\"", "load.rate: found \"0/s\"; a rate is above zero"),
            ("rate = \"5/s\"", "rate = 5", "load.rate: found the number 5; write a rate in quotes"),
            (
                "time = \"177s\"",
                "time = \"177\"",
                "steps[1].time: found \"177\"; write a time as a number with its unit",
            ),
            ("time = \"177s\"", "time = \"-1s\"", "steps[1].time: found \"-1s\"; write a time"),
            (
                "acquire-timeout = \"30s\"",
                "acquire-timeout = \"0s\"",
                "pool.acquire-timeout: found a time of zero",
            ),
            ("\"sqlx\", ", "\"sqlite\", ", "pools[0]: found \"sqlite\"; no pool library has this name"),
            (
                "\"request-scoped\", ",
                "\"scoped\", ",
                "scopes[0]: found \"scoped\"; no session scope has this name",
            ),
            (
                "kind = \"queue\"",
                "kind = \"sleep\"",
                "steps[1].kind: found \"sleep\"; write one of sql, queue, work",
            ),
            (
                "operation = \"create-job\"",
                "",
                "steps[0].operation: the key is missing; name a built-in operation",
            ),
            (
                "operation = \"create-job\"",
                "operation = \"drop\"",
                "steps[0].operation: found \"drop\"; write one of",
            ),
            (
                "time-scale = \"1/50\"",
                "time-scale = \"50\"",
                "time-scale: found \"50\"; a time scale is above 0",
            ),
            (
                "measure = \"720s\"",
                "measure = \"99999999h\"",
                "phases.measure: found \"99999999h\"; write a time of at most",
            ),
            (
                "measure = \"hold-reduction\"",
                "measure = \"speed\"",
                "claims[0].measure: found \"speed\"; write one of",
            ),
        ];
        for (line, by, told) in cases {
            let faults = altered(line, by);
            assert!(faults.iter().any(|fault| fault.contains(told)), "{by}: {faults:#?}");
            assert!(faults.iter().all(|fault| fault.starts_with("x.toml:")), "{faults:#?}");
        }
    }

    #[test]
    fn all_faults_come_at_once_in_the_order_of_their_lines() {
        let text = BUILTIN[0]
            .text
            .replace("size = 20", "size = -3")
            .replace("\"177s\"", "\"soon\"")
            .replace("saturation", "satiation");
        let faults = faults(&text);
        assert_eq!(faults.len(), 3, "{faults:#?}");
        let line = |fault: &String| fault.split(':').nth(1).unwrap().parse::<usize>().unwrap();
        assert!(faults.windows(2).all(|pair| line(&pair[0]) <= line(&pair[1])), "{faults:#?}");
        assert_eq!(line(&faults[0]), text.lines().position(|l| l == "size = -3").unwrap() + 1);
    }

    #[test]
    fn an_empty_file_names_all_that_is_needed() {
        let faults = faults("").join("\n");
        for key in ["pools", "scopes", "time-scale", "pool", "steps", "load", "phases", "capacity"] {
            assert!(faults.contains(&format!(": {key}: the key is missing")), "{key}: {faults}");
        }
    }

    #[test]
    fn broken_syntax_is_said_with_its_line() {
        let faults = faults("why = \"x\"\npools = [\n");
        assert!(faults[0].starts_with("x.toml:"), "{faults:#?}");
    }
}
