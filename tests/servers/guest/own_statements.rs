//! Statements of a scenario that Postgres does not take are told before any act, by `check` and by `run`.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::servers::{Postgres, rows};
use poolbench::provision::ServerKind;

/// A request with own statements; `SETUP`, `FIRST` and `SECOND` are put in.
const SCENARIO: &str = r#"
pools = ["sqlx", "deadpool-postgres"]
scopes = ["request-scoped", "repository-scoped"]
time-scale = "1"
setup = SETUP

[pool]
size = 2
acquire-timeout = "1s"

[[steps]]
name = "charge"
kind = "sql"
time = "1ms"
statements = [
    FIRST,
    SECOND,
]

[load]
rate = "20/s"

[phases]
warm-up = "50ms"
measure = "300ms"
drain = "1s"

[capacity]
saturation = 1.1
warm-up = "50ms"
measure = "200ms"
"#;

const SETUP: &str = r#"["create table accounts (id bigint, owner text)"]"#;
const SOUND: &str = r#"{ sql = "insert into accounts values ($1, $2)", parameters = ["$request", "me"] }"#;

/// The setup, the first and the second statement.
type Parts<'p> = [&'p str; 3];

fn poolbench(folder: &Path, parts: Parts<'_>, words: &[&str], database: Option<&str>) -> Output {
    let [setup, first, second] = parts;
    let text = SCENARIO.replace("SETUP", setup).replace("FIRST", first).replace("SECOND", second);
    std::fs::write(folder.join("own.toml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.args(words).current_dir(folder).stdin(Stdio::null());
    for name in ["DATABASE_URL", "REDIS_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE"] {
        command.env_remove(name);
    }
    if let Some(url) = database {
        command.env("DATABASE_URL", url);
    }
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const BROKEN: [(&str, &str); 4] = [
    (
        r#"{ sql = "updaet accounts set owner = $1", parameters = ["x"] }"#,
        "step \"charge\", statement 2 of 2, \"updaet accounts set owner = $1\": syntax error at or near \
         \"updaet\" (SQLSTATE 42601), at line 1, column 1: updaet accounts set owner = $1\n",
    ),
    (
        r#"{ sql = "update acounts set owner = $1", parameters = ["x"] }"#,
        "relation \"acounts\" does not exist (SQLSTATE 42P01), at line 1, column 8: acounts set owner = $1\n",
    ),
    (
        r#"{ sql = "select 1\nfrom accounts\nwhere owner = $1", parameters = [7] }"#,
        "operator does not exist: text = bigint",
    ),
    (
        r#"{ sql = "update accounts set nobody = $1", parameters = ["x"] }"#,
        "column \"nobody\" of relation \"accounts\" does not exist (SQLSTATE 42703), at line 1, column 21",
    ),
];

#[test]
fn what_postgres_does_not_take_ends_before_the_first_act_and_leaves_nothing() {
    if !crate::common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let postgres = Postgres::start();
    let url = postgres.url();
    for (broken, says) in BROKEN {
        for words in [&["check", "own.toml"][..], &["run", "own.toml"]] {
            let folder = tempfile::tempdir().unwrap();
            let output = poolbench(folder.path(), [SETUP, SOUND, broken], words, Some(&url));
            let told = told(&output);
            assert_eq!(output.status.code(), Some(2), "{words:?}: {told}");
            assert!(told.contains(says), "{words:?}: {told}");
            assert!(!told.contains("anatomy") && !told.contains("is sound"), "{words:?}: {told}");
            let reports = std::fs::read_dir(folder.path().join("reports"));
            assert_eq!(reports.map_or(0, |reports| reports.count()), 0, "{words:?}: a record was left");
        }
    }
    // A parameter without a value needs no server to be told.
    let missing = r#"{ sql = "update accounts set owner = $2 where id = $1", parameters = ["$request"] }"#;
    for words in [&["check", "own.toml"][..], &["run", "own.toml"]] {
        let folder = tempfile::tempdir().unwrap();
        let output = poolbench(folder.path(), [SETUP, SOUND, missing], words, Some("nowhere"));
        assert_eq!(output.status.code(), Some(2), "{}", told(&output));
        let says = "own.toml:17: steps[0].statements[1].parameters: found 1 value; write a list of 2 values";
        assert!(told(&output).contains(says), "{}", told(&output));
    }
    let left = "select nspname::text from pg_namespace where nspname not like 'pg\\_%'
                   and nspname not in ('information_schema', 'public')";
    assert_eq!(postgres.rows("job_service", left), [""; 0]);
    let left = "select relname::text from pg_class where relname = 'accounts'";
    assert_eq!(rows(&url, left).unwrap(), [""; 0]);
}

#[test]
fn all_faults_of_a_scenario_and_those_of_its_setup_are_told() {
    if !crate::common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let broken = BROKEN[0].0;
    let began = Instant::now();
    let output = poolbench(folder.path(), [SETUP, broken, broken], &["check", "own.toml"], None);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    for says in ["starting a throw-away Postgres", "2 statements", "statement 1 of 2", "statement 2 of 2"] {
        assert!(told(&output).contains(says), "{says}: {}", told(&output));
    }
    assert!(began.elapsed() < Duration::from_secs(30));

    let setup = r#"["create table accounts (id bigint, owner text)", "create tabel x ()"]"#;
    let output = poolbench(folder.path(), [setup, SOUND, SOUND], &["check", "own.toml"], None);
    assert_eq!(output.status.code(), Some(2), "{}", told(&output));
    let says =
        "the setup statement \"create tabel x ()\": syntax error at or near \"tabel\" (SQLSTATE 42601)";
    assert!(told(&output).contains(says), "{}", told(&output));
}

#[test]
fn sound_statements_are_prepared_or_said_not_to_be() {
    if !crate::common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let check = |parts, words: &[&str]| {
        let output = poolbench(folder.path(), parts, words, None);
        assert_eq!(output.status.code(), Some(0), "{}", told(&output));
        told(&output)
    };
    let told = check([SETUP, SOUND, SOUND], &["check", "own.toml"]);
    assert!(told.contains("own statements: prepared by Postgres (a throw-away server"), "{told}");
    let told = check([SETUP, SOUND, BROKEN[0].0], &["check", "own.toml", "--no-server"]);
    assert!(told.contains("own statements: not prepared (--no-server)"), "{told}");
    assert!(!told.contains("starting"), "{told}");
    // What a request makes for itself cannot be there yet.
    let (makes, uses) =
        (r#"{ sql = "create temp table mine (n bigint)" }"#, r#"{ sql = "select n from mine" }"#);
    check([SETUP, makes, uses], &["check", "own.toml"]);
    // Without own statements there is nothing that a server could say.
    let told = check([SETUP, SOUND, SOUND], &["check"]);
    assert!(!told.contains("own statements") && !told.contains("starting"), "{told}");
}
