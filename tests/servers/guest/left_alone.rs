//! poolbench is a guest in somebody's database and queue: it touches nothing that is not its own.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::servers::{Postgres, Redis, rows};
use poolbench::provision::ServerKind;

/// Own statements with unqualified names, on a table that the user has too.
const SCENARIO: &str = r#"
why = "Whose table is it?"
request = "POST /order"
pools = ["sqlx", "deadpool-postgres"]
scopes = ["request-scoped", "repository-scoped"]
time-scale = "1"
seed = 3
setup = SETUP

[pool]
size = 2
acquire-timeout = "1s"

[[steps]]
name = "order"
kind = "sql"
time = "1ms"
statements = [{ sql = "insert into orders (number) values ($1)", parameters = ["$request"] }]

[[steps]]
name = "enqueue"
kind = "queue"
time = "20ms"

[load]
rate = "40/s"

[phases]
warm-up = "50ms"
measure = "500ms"
drain = "1s"

[capacity]
saturation = 1.1
warm-up = "50ms"
measure = "200ms"
"#;

const SETUP: &str = r#"["create table orders (number bigint)"]"#;

fn run(setup: &str, database: &str, redis: Option<&str>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("guest.toml"), SCENARIO.replace("SETUP", setup)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.args(["run", "guest.toml"]).current_dir(folder.path()).stdin(Stdio::null());
    command.env("DATABASE_URL", database);
    match redis {
        Some(url) => command.env("REDIS_URL", url),
        None => command.env_remove("REDIS_URL"),
    };
    command.output().unwrap()
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn schemas(postgres: &Postgres) -> Vec<String> {
    let sql = "select nspname::text from pg_namespace where nspname not like 'pg\\_%'
                  and nspname <> 'information_schema' order by 1";
    postgres.rows("job_service", sql)
}

/// A server with a table of the user's that has the name of one of the scenario's, and its owner's URL.
fn with_orders() -> (Postgres, String) {
    let postgres = Postgres::start();
    let owner = postgres.url();
    postgres.rows("job_service", "grant all on schema public to tester");
    rows(&owner, "create table public.orders (number bigint)").unwrap();
    (postgres, owner)
}

#[test]
fn the_users_tables_and_queues_are_left_alone() {
    if !crate::common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let ((postgres, owner), redis) = (with_orders(), Redis::start());
    redis.ask(&["RPUSH", "rq:queue:poolbench", "somebody's job"]);
    redis.ask(&["RPUSH", "rq:queue:poolbench-0123abcd-mine", "somebody's job"]);
    redis.ask(&["SADD", "rq:queues", "rq:queue:poolbench", "rq:queue:poolbench-0123abcd-mine"]);

    let output = run(SETUP, &owner, Some(redis.server.url().expose()));
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert_eq!(rows(&owner, "select count(*)::text from public.orders").unwrap(), ["0"]);
    assert_eq!(schemas(&postgres), ["public"]);
    let mut keys: Vec<String> = redis::from_redis_value(redis.ask(&["KEYS", "*"])).unwrap();
    keys.sort();
    assert_eq!(keys, ["rq:queue:poolbench", "rq:queue:poolbench-0123abcd-mine", "rq:queues"]);
}

/// It is left, the schema with it, and both are named.
#[test]
fn a_view_of_the_users_on_a_table_of_ours_is_left() {
    if !crate::common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let (postgres, owner) = with_orders();
    let view = r#"["create table orders (number bigint)",
                   "create or replace view public.mine as select * from orders"]"#;
    for _ in 0..2 {
        let output = run(view, &owner, None);
        assert_eq!(output.status.code(), Some(5), "{}", told(&output));
        assert!(told(&output).contains("view public.mine depends on"), "{}", told(&output));
        // The view is of what the setup of the last of the four lanes made.
        assert_eq!(schemas(&postgres), ["poolbench_4", "public"]);
    }
    rows(&owner, "drop view public.mine").unwrap();
    assert_eq!(run(SETUP, &owner, None).status.code(), Some(0));
    assert_eq!(schemas(&postgres), ["public"]);
}

#[test]
fn a_setup_that_changes_what_names_mean_or_loses_what_it_makes_is_told() {
    if !crate::common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let (postgres, owner) = with_orders();
    // A setup that would lose what it makes is told, and leaves nothing.
    let output = run(r#"["create table orders (number bigint)", "begin"]"#, &owner, None);
    assert_eq!(output.status.code(), Some(5), "{}", told(&output));
    assert!(told(&output).contains("\"begin\" leaves a transaction open"), "{}", told(&output));
    assert_eq!(schemas(&postgres), ["public"]);
    // One that changes what names mean cannot reach the user's table with the next statement.
    let output = run(r#"["set search_path to public", "insert into orders values (1)"]"#, &owner, None);
    assert_eq!(output.status.code(), Some(5), "{}", told(&output));
    assert!(told(&output).contains("unqualified names mean the schemas public"), "{}", told(&output));
    assert_eq!(rows(&owner, "select count(*)::text from public.orders").unwrap(), ["0"]);
    assert_eq!(schemas(&postgres), ["public"]);
}

/// A PgBouncer before a Postgres.
struct PgBouncer {
    child: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl PgBouncer {
    /// Starts one, if the machine has it.
    fn start(postgres: &Postgres, mode: &str, ignored: &str) -> Option<Self> {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
            .into_iter()
            .find(|path| Path::new(path).exists())?;
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let url = postgres.url();
        let (host, server) =
            url.rsplit_once('@').unwrap().1.split_once('/').unwrap().0.split_once(':').unwrap();
        let config = format!(
            "[databases]\njob_service = host={host} port={server} user=tester password=tester dbname=job_service\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {mode}\ndefault_pool_size = 30\nmax_client_conn = 100\n\
             ignore_startup_parameters = {ignored}\n"
        );
        let path = folder.path().join("pgbouncer.ini");
        std::fs::write(&path, config).unwrap();
        let mut command = Command::new(program);
        command.arg("-q").arg(&path).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if rustix::process::geteuid().is_root() {
            // It refuses to run as root.
            use std::os::unix::fs::PermissionsExt;
            use std::os::unix::process::CommandExt;
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
            command.uid(65_534).gid(65_534);
        }
        let child = command.spawn().unwrap();
        let bouncer = Self { child, port, folder };
        let deadline = Instant::now() + Duration::from_secs(10);
        while rows(&bouncer.url(), "select 1::text").is_err() {
            assert!(Instant::now() < deadline, "PgBouncer in {}", bouncer.folder.path().display());
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(bouncer)
    }

    fn url(&self) -> String {
        format!("postgres://tester:tester@127.0.0.1:{}/job_service", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn behind_a_pooler_own_statements_run_in_our_schema_or_not_at_all() {
    if !crate::common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let postgres = Postgres::start();
    let owner = postgres.url();
    postgres.rows("job_service", "grant all on schema public to tester");
    rows(&owner, "create table public.orders (number bigint)").unwrap();
    for (mode, ignored) in [
        ("session", "extra_float_digits,options"),
        ("transaction", "extra_float_digits,options"),
        ("session", "extra_float_digits"),
    ] {
        let Some(bouncer) = PgBouncer::start(&postgres, mode, ignored) else {
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "this test needs PgBouncer");
            eprintln!("SKIPPED: this test needs PgBouncer");
            return;
        };
        let output = run(SETUP, &bouncer.url(), None);
        let told = told(&output);
        assert_eq!(output.status.code(), Some(5), "{mode}: {told}");
        assert!(told.contains("PgBouncer") && told.contains("track_extra_parameters"), "{mode}: {told}");
        assert_eq!(rows(&owner, "select count(*)::text from public.orders").unwrap(), ["0"], "{mode}");
        assert_eq!(schemas(&postgres), ["public"], "{mode}");
    }
}
