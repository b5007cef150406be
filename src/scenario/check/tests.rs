use super::super::{BUILTIN, Builtin, Phases, Scenario, ScenarioError};
use super::*;
use crate::itinerary::{SessionScope, TimeLaw};

#[test]
fn every_built_in_scenario_is_sound() {
    for builtin in BUILTIN {
        builtin.scenario().unwrap_or_else(|fault| panic!("{fault}"));
    }
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

/// The job-submission scenario with the time of its queue step written in another way.
fn enqueue_takes(time: &str) -> Result<Scenario, ScenarioError> {
    Scenario::parse("x", "x.toml", &BUILTIN[0].text.replacen("time = \"177s\"", time, 1))
}

#[test]
fn times_vary_by_a_law_or_a_list() {
    let step = |time: &str| enqueue_takes(time).unwrap().workload.steps[1].clone();
    let exponential = step("time = \"177s\"\nvaries = \"exponential\"");
    assert_eq!((exponential.time.as_secs(), exponential.law), (177, TimeLaw::Exponential));
    assert_eq!(step("time = \"1s\"\nvaries = \"lognormal:0.5\"").law, TimeLaw::LogNormal { spread: 0.5 });
    let listed = step("times = [\"1s\", \"2s\", \"90s\"]");
    assert_eq!((listed.time.as_secs(), listed.law.to_string().as_str()), (31, "one of 3 times"));
    for (time, told) in [
        (
            "time = \"1s\"\nvaries = \"normal\"",
            "steps[1].varies: found \"normal\"; write fixed, exponential or",
        ),
        ("time = \"1s\"\nvaries = \"lognormal:-1\"", "from 0 to 1000000"),
        ("times = []", "steps[1].times: the key is missing; write a list of times"),
        ("times = [\"1\"]", "steps[1].times[0]: found \"1\"; write a time as a number with its unit"),
        ("times = [\"1s\"]\ntime = \"1s\"", "steps[1].time: the key is missing; give either \"times\" or"),
    ] {
        let found = altered("time = \"177s\"", time).join("\n");
        assert!(found.contains(told), "{time}: {found}");
    }
}

#[test]
fn processors_are_one_unless_there_are_more() {
    let text = BUILTIN[0].text.replacen("kind = \"work\"", "kind = \"compute\"", 1);
    let computes = Scenario::parse("x", "x.toml", &text).unwrap();
    assert_eq!((computes.processors.get(), computes.workload.computing().as_secs()), (1, 2));
    let more = Scenario::parse("x", "x.toml", &text.replacen("seed", "processors = 4\nseed", 1)).unwrap();
    assert_eq!(more.processors.get(), 4);
    let none = altered("seed", "processors = 0\nseed");
    assert!(none[0].contains("processors: found 0; write a whole number from 1 to 1024"), "{none:?}");
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
            "pool.acquire-timeout: found \"0s\"; write a time above zero",
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
            "steps[1].kind: found \"sleep\"; write one of sql, queue, work, compute",
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
        ("time-scale = \"1/50\"", "time-scale = \"50\"", "time-scale: found \"50\"; a time scale is above 0"),
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
    for key in ["pool", "steps", "load"] {
        assert!(faults.contains(&format!(": {key}: the key is missing")), "{key}: {faults}");
    }
}

/// What has a sensible default need not be written.
#[test]
fn a_scenario_needs_a_pool_steps_and_a_rate() {
    let text = "pool = { size = 4 }\nload = { rate = \"2/s\" }\n\
                [[steps]]\nname = \"write\"\nkind = \"sql\"\ntime = \"100ms\"\noperation = \"create-job\"\n\
                [[steps]]\nname = \"outside\"\nkind = \"work\"\ntime = \"1900ms\"\n";
    let scenario = check("x", "x.toml", text).unwrap();
    let second = Duration::from_secs(1);
    assert_eq!(scenario.pools, POOLS[..2]);
    assert_eq!(scenario.scopes, [SessionScope::Request, SessionScope::Repository]);
    assert_eq!(scenario.time_scale.factor(), 1.0);
    assert_eq!(scenario.pool.acquire_timeout, 30 * second);
    // 500 requests at 2/s.
    assert_eq!(scenario.phases, Phases { warm_up: 3 * second, measure: 250 * second, drain: 32 * second });
    assert_eq!((scenario.capacity.warm_up, scenario.capacity.measure), (3 * second, 10 * second));
}

#[test]
fn broken_syntax_is_said_with_its_line() {
    let faults = faults("why = \"x\"\npools = [\n");
    assert!(faults[0].starts_with("x.toml:"), "{faults:#?}");
}

#[test]
fn a_statement_has_a_value_for_each_of_its_parameters() {
    let text = Builtin::named("checkout").unwrap().text;
    let line = "parameters = [\"$request\", \"reserved\"]";
    assert!(text.contains(line));
    let at = text.lines().position(|row| row.contains(line)).unwrap() + 1;
    let cases = [
        ("($1, $2)", "($1, 'x')", "parameters: found 2 values; write a list of one value, for $1"),
        (
            line,
            "parameters = [\"$request\"]",
            "parameters: found 1 value; write a list of 2 values, for $1 to $2",
        ),
        (
            ", parameters = [\"$request\", \"reserved\"]",
            "",
            "parameters: the key is missing; write a list of 2 values",
        ),
        ("($1, $2)", "($1, $3)", "sql: found $3 and no $2; number the parameters $1, $2, …"),
        ("($1, $2)", "($0, $1)", "sql: found $0; number the parameters"),
        ("($1, $2)", "(1, '$1 $2')", "parameters: found 2 values; \"sql\" has no parameter"),
    ];
    for (from, by, told) in cases {
        let faults = faults(&text.replacen(from, by, 1));
        assert_eq!(faults.len(), 1, "{by}: {faults:#?}");
        let whole = format!("x.toml:{at}: steps[0].statements[0].{told}");
        assert!(faults[0].starts_with(&whole), "{whole}: {faults:#?}");
    }
}

#[test]
fn an_objective_speaks_of_what_the_scenario_has() {
    let text = Builtin::named("job-submission").unwrap().text;
    let line = "keep = \"repository-scoped.acquire-wait.p99 <= 100ms\"";
    assert!(text.contains(line));
    let at = text.lines().position(|row| row == line).unwrap() + 1;
    for (keep, told) in [
        (
            "nested-session.hold.mean < 1s",
            "found nested-session; name a session scope that is among the scopes",
        ),
        ("claim C9 holds", "found the claim C9; name the id of a claim of the scenario"),
        (
            "repository-scoped.acquire-wait.p98 < 1s",
            "found \"acquire-wait.p98\" in \"repository-scoped.acquire-wait.p98 < 1s\"; did you mean \"acquire-wait.p90\"?",
        ),
    ] {
        let faults = faults(&text.replacen(line, &format!("keep = \"{keep}\""), 1));
        assert_eq!(faults.len(), 1, "{keep}: {faults:#?}");
        let whole = format!("x.toml:{at}: objectives[0].keep: {told}");
        assert!(faults[0].starts_with(&whole), "{whole}: {faults:#?}");
    }
}

/// The job-submission scenario with a scope of its own of these moves, among the scopes.
fn with_own(name: &str, moves: &str) -> String {
    let words: Vec<String> = moves.split(' ').map(|word| format!("{word:?}")).collect();
    let own = format!("[[own-scopes]]\nname = {name:?}\nmoves = [{}]\n", words.join(", "));
    let text = BUILTIN[0].text.replacen("scopes = [", &format!("scopes = [{name:?}, "), 1);
    format!("{text}\n{own}")
}

#[test]
fn a_scope_of_its_own_is_known_where_scopes_are_named() {
    let text = with_own("mine", "acquire begin create_job commit enqueue release other")
        + "\n[[objectives]]\nkeep = \"mine.acquire-wait.p99 < 1s\"\n";
    let scenario = Scenario::parse("x", "x.toml", &text).unwrap();
    assert_eq!(scenario.scopes[0], scenario.scope_named("mine").unwrap());
    assert_eq!(scenario.all_scopes().last(), scenario.scopes.first());
    let spelled = scenario.itinerary(scenario.scopes[0]).spelled();
    assert_eq!(spelled, "acquire begin create_job commit enqueue release other");
}

#[test]
fn a_fault_in_a_scope_of_its_own_is_told_once_at_its_move() {
    let told = faults(&with_own("mine", "acquire create_job enqueue other release"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("own-scopes[0].moves[1]: found \"create_job\""), "{told:?}");
    assert!(told[0].contains("write begin before it"), "{told:?}");
    let told = faults(&with_own("mine", "acquire release"));
    assert!(
        told[0].contains("own-scopes[0].moves: found 2 moves; the step create_job is missing"),
        "{told:?}"
    );
    let told = faults(&with_own("Mine", "acquire begin create_job commit release enqueue other"));
    assert!(told[0].contains("own-scopes[0].name: found \"Mine\""), "{told:?}");
}
