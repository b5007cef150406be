//! A server that lets nobody in without TLS: every pool, the own connections, and the tap before it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod authority;
use crate::common;
use crate::servers;

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use poolbench::archive;
use poolbench::pool::admin::Admin;
use poolbench::pool::bb8::Bb8Pool;
use poolbench::pool::deadpool::DeadpoolPool;
use poolbench::pool::none::NoPool;
use poolbench::pool::sqlx::SqlxPool;
use poolbench::pool::{Address, Pool, PoolOptions, Session, Sql};
use poolbench::provision::ServerKind;
use poolbench::tap::{Guise, LOOPBACK, Tap};
use poolbench::target::{DatabaseUrl, Surroundings};

use authority::{Authority, private};
use servers::Postgres;

/// A server whose certificate is for `localhost`, and which wants TLS of everybody on the network.
struct Place {
    server: Postgres,
    folder: tempfile::TempDir,
    port: String,
    /// The folder of its socket.
    data: String,
}

impl Place {
    fn start() -> Self {
        let (server, folder) = (Postgres::start(), tempfile::tempdir().unwrap());
        let ours = Authority::new("ours");
        let (certificate, key) = ours.sign("localhost");
        let (own, own_key) = ours.sign("certified");
        private(folder.path(), "root.crt", &ours.pem());
        private(folder.path(), "other.crt", &Authority::new("another").pem());
        private(folder.path(), "own.crt", &own);
        private(folder.path(), "own.key", &own_key);
        let data = server.rows("postgres", "show data_directory").remove(0);
        let put = |name: &str, lines: &str| put(&server, &data, name, lines);
        put("server.crt", &certificate);
        put("server.key", &key);
        // What `openssl req -x509` makes: an authority that is the server.
        let itself = Authority::new("localhost");
        private(folder.path(), "itself.crt", &itself.pem());
        put("itself.crt", &itself.itself().0);
        put("itself.key", &itself.itself().1);
        put("clients.crt", &ours.pem());
        put(
            "pg_hba.conf",
            "hostssl all plain all reject\nhostnossl all plain all scram-sha-256\nhostssl all certified all cert\nhostssl all all all scram-sha-256\nlocal all all scram-sha-256",
        );
        server.ask("create role certified login");
        server.ask(&format!("create role plain login password '{PASSWORD}'"));
        server.ask(&format!("alter role tester password '{PASSWORD}'"));
        server.ask("alter system set ssl_ca_file = 'clients.crt'");
        server.ask("alter system set ssl = on");
        let url = server.url();
        let port = url.rsplit_once('@').unwrap().1.split(['/', ':']).nth(1).unwrap().to_owned();
        server.ask("select pg_reload_conf()");
        let place = Self { server, folder, port, data };
        let until = Instant::now() + Duration::from_secs(10);
        while servers::rows(&place.server.url_of("postgres"), "select 1").is_ok() {
            assert!(Instant::now() < until, "it lets in who speaks no TLS");
            std::thread::sleep(Duration::from_millis(10));
        }
        place
    }

    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn url(&self, host: &str, parameters: &str) -> String {
        format!("postgres://tester:{PASSWORD}@{host}:{}/job_service?{parameters}", self.port)
    }

    fn address(&self, host: &str, parameters: &str) -> Address {
        Address::parse(&DatabaseUrl::new(self.url(host, parameters))).unwrap()
    }

    fn tap(&self, url: &str) -> Tap {
        let guise = Guise::of(Some(&DatabaseUrl::new(url)), &Surroundings::none()).unwrap().unwrap();
        Tap::open(guise.upstream().clone(), LOOPBACK).unwrap()
    }
}

/// Writes a file beside the server's data, as the server.
fn put(server: &Postgres, data: &str, name: &str, lines: &str) {
    server.ask(&format!(
        "copy (select unnest(string_to_array('{lines}', e'\\n'))) to program 'umask 077; cat >{data}/{name}'"
    ));
}

/// Stands nowhere but where it is needed.
const PASSWORD: &str = "Zq7s3cretVw3";

const IS_ENCRYPTED: &str = "select count(*) from pg_stat_ssl where pid = pg_backend_pid() and ssl";

/// Whether the server says that a connection of this pool is encrypted, or why there is none.
async fn encrypted<P: Pool>(address: &Address, patience: Duration) -> Result<bool, String> {
    let options = PoolOptions { size: 1, acquire_timeout: patience, ..PoolOptions::default() };
    let pool = P::open(address, &options).map_err(|fault| fault.to_string())?;
    let mut session = pool.acquire().await.map_err(|fault| fault.to_string())?;
    let encrypted =
        session.fetch_id(&Sql::new(IS_ENCRYPTED), &[]).await.map_err(|fault| fault.to_string())?;
    drop(session);
    pool.close().await;
    Ok(encrypted == Some(1))
}

const PATIENT: Duration = Duration::from_secs(10);

/// Every mode, as libpq means it.
async fn speaks_tls<P: Pool>(place: &Place) {
    let (root, other) = (place.file("root.crt"), place.file("other.crt"));
    for (host, parameters) in [
        ("127.0.0.1", "sslmode=prefer".to_owned()),
        ("127.0.0.1", "sslmode=require".to_owned()),
        ("127.0.0.1", format!("sslmode=require&sslrootcert={root}")),
        ("127.0.0.1", format!("sslmode=verify-ca&sslrootcert={root}")),
        ("localhost", format!("sslmode=verify-full&sslrootcert={root}")),
    ] {
        let lent = encrypted::<P>(&place.address(host, &parameters), PATIENT).await;
        assert_eq!(lent, Ok(true), "{host} {parameters}");
    }
    for (host, parameters, words) in [
        ("localhost", "sslmode=disable".to_owned(), "no encryption"),
        ("localhost", format!("sslmode=verify-full&sslrootcert={other}"), "UnknownIssuer"),
        ("localhost", format!("sslmode=verify-ca&sslrootcert={other}"), "UnknownIssuer"),
        ("127.0.0.1", format!("sslmode=verify-full&sslrootcert={root}"), "not valid for"),
    ] {
        // bb8 tells of a refusal when its time is over.
        let refused = encrypted::<P>(&place.address(host, &parameters), Duration::from_secs(1)).await;
        let refused = refused.unwrap_err();
        assert!(refused.contains(words) && !refused.contains(PASSWORD), "{parameters}: {refused}");
    }
    let (certificate, key) = (place.file("own.crt"), place.file("own.key"));
    let certified = format!(
        "postgres://certified@127.0.0.1:{}/postgres?sslmode=require&sslcert={certificate}&sslkey={key}",
        place.port
    );
    let certified = Address::parse(&DatabaseUrl::new(certified)).unwrap();
    assert_eq!(encrypted::<P>(&certified, PATIENT).await, Ok(true), "with a certificate of ours");
}

async fn own_connections(place: &Place) {
    let admin = Admin::connect(&place.address("localhost", "sslmode=require"), "poolbench").await.unwrap();
    assert!(admin.spoken().unwrap().words().starts_with("TLS 1.3, TLS13_"), "{:?}", admin.spoken());
    let by_socket = format!(
        "host={} port={} user=tester password={PASSWORD} dbname=job_service sslmode=require",
        place.data, place.port
    );
    let by_socket = Address::parse(&DatabaseUrl::new(by_socket)).unwrap();
    assert!(Admin::connect(&by_socket, "poolbench").await.unwrap().spoken().is_none());
    // A server that speaks none, and one whose certificate nobody here has signed: with the mend.
    let wrong = format!("sslmode=verify-ca&sslrootcert={}", place.file("other.crt"));
    let fault =
        Admin::connect(&place.address("localhost", &wrong), "poolbench").await.unwrap_err().to_string();
    assert!(fault.contains("name the file of the right one"), "{fault}");
}

fn psql(tap: &Tap, statements: &[&str], given: &str) -> String {
    psql_says(tap, "tester", statements, given).unwrap()
}

/// What psql says through a tap, or why it does not.
fn psql_says(tap: &Tap, user: &str, statements: &[&str], given: &str) -> Result<String, String> {
    let mut command = Command::new("psql");
    command.env("PGPASSWORD", PASSWORD).args(["-XAtq", "-v", "ON_ERROR_STOP=1"]);
    command.arg(format!("host=127.0.0.1 port={} user={user} dbname=job_service", tap.address().port()));
    statements.iter().for_each(|statement| {
        command.args(["-c", statement]);
    });
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(given.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    if output.status.success() { Ok(String::from_utf8(output.stdout).unwrap()) } else { Err(text(&output)) }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn passes_through_the_tap(tap: &Tap, encrypted: &str) {
    assert_eq!(psql(tap, &[IS_ENCRYPTED], ""), format!("{encrypted}\n"));
    // More than fits on the way, in both directions.
    let line = "x".repeat(1_000) + "\n";
    let there_and_back = [
        "create temp table t (a text)",
        "copy t from stdin",
        "select count(*), sum(length(a)) from t",
        "copy t to stdout",
    ];
    let told = psql(tap, &there_and_back, &line.repeat(5_000));
    assert_eq!(told, format!("5000|5000000\n{}", line.repeat(5_000)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("postgres://tester:{PASSWORD}@{}/job_service", tap.address());
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        let driven = tokio::spawn(connection);
        let cancel = client.cancel_token();
        let slow = client.simple_query("select pg_sleep(30)");
        let soon = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
        };
        let (slow, ()) = tokio::join!(slow, soon);
        assert_eq!(slow.unwrap_err().code().unwrap().code(), "57014");
        drop(client);
        driven.await.unwrap().unwrap();
    });
    let seen = tap.report();
    assert_eq!((seen.connections.blind, seen.connections.cancels), (0, 1));
    let all = if encrypted == "1" { seen.connections.sessions } else { 0 };
    assert_eq!(seen.connections.encrypted, Some(all));
}

const SHORT: &str = r#"
why = "Is it encrypted?"
request = "POST /submit"
pools = ["sqlx"]
scopes = ["repository-scoped"]
time-scale = "1/10"
seed = 3

[pool]
size = 2
acquire-timeout = "10s"

[[steps]]
name = "create_job"
kind = "sql"
time = "100ms"
operation = "create-job"

[load]
rate = "1/s"

[phases]
warm-up = "200ms"
measure = "1s"
drain = "5s"

[capacity]
saturation = 1.1
warm-up = "200ms"
measure = "500ms"
"#;

/// The server shows a certificate that is an authority's own: the pool libraries refuse it, and an application that is
/// built on OpenSSL does not.
async fn an_authority_itself(place: &Place) {
    let admin = Address::parse(&DatabaseUrl::new(format!(
        "{}?host={}&port={}",
        place.server.url_of("postgres").replace(&format!("127.0.0.1:{}", place.port), ""),
        place.data,
        place.port
    )));
    let options = PoolOptions { size: 1, ..PoolOptions::default() };
    let pool = NoPool::open(&admin.unwrap(), &options).unwrap();
    for sql in [
        "alter system set ssl_cert_file = 'itself.crt'",
        "alter system set ssl_key_file = 'itself.key'",
        "select pg_reload_conf()",
    ] {
        pool.acquire().await.unwrap().execute(&Sql::new(sql), &[]).await.unwrap();
    }
    let full = format!("sslmode=verify-full&sslrootcert={}", place.file("itself.crt"));
    let until = Instant::now() + PATIENT;
    let refused = loop {
        let refused =
            Admin::connect(&place.address("localhost", &full), "poolbench").await.unwrap_err().to_string();
        if !refused.contains("UnknownIssuer") || Instant::now() > until {
            break refused;
        }
    };
    assert!(refused.contains("let that one sign a certificate for the server"), "{refused}");
    let tap = place.tap(&place.url("localhost", &full));
    assert_eq!(psql(&tap, &[IS_ENCRYPTED], ""), "1\n");
    // Its name is looked at all the same.
    let tap = place.tap(&place.url("127.0.0.1", &full));
    assert!(psql_says(&tap, "tester", &[IS_ENCRYPTED], "").unwrap_err().contains("not valid for name"));
}

/// The whole program, with an address that leaves the password and all else to the variables.
fn the_program(place: &Place) {
    let passwords =
        private(place.folder.path(), "passwords", &format!("localhost:*:job_service:tester:{PASSWORD}\n"));
    let poolbench = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        for name in
            ["DATABASE_URL", "REDIS_URL", "SPRING_DATASOURCE_URL", "PGPASSWORD", "PGSERVICE", "PGHOSTADDR"]
        {
            command.env_remove(name);
        }
        command.envs([
            ("PGHOST", "localhost"),
            ("PGPORT", &place.port),
            ("PGUSER", "tester"),
            ("PGDATABASE", "job_service"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", &place.file("root.crt")),
            ("PGPASSFILE", &passwords),
            ("HOME", &place.file("")),
        ]);
        let output = command.args(arguments).current_dir(place.folder.path()).output().unwrap();
        assert!(!text(&output).contains(PASSWORD), "{}", text(&output));
        output
    };
    let watched = poolbench(&["watch", "--for", "300ms"]);
    assert!(watched.status.success(), "{}", text(&watched));
    let out = place.file("reports");
    let asked = ["tap", "--out", &out, "--", "psql", "-XAtqc", IS_ENCRYPTED];
    let tapped = poolbench(&asked);
    assert!(tapped.status.success() && text(&tapped).starts_with("1\n"), "{}", text(&tapped));
    // Every command line while the application runs, which has the password in its environment alone.
    let asked = [
        "tap",
        "--out",
        &out,
        "--",
        "sh",
        "-c",
        "cat /proc/[0-9]*/cmdline | tr '\\0' ' '; psql -XAtqc 'select 1'",
    ];
    let listed = poolbench(&asked);
    assert!(listed.status.success() && text(&listed).contains("tap --out"), "{}", text(&listed));
    let (scenario, out) = (private(place.folder.path(), "short.toml", SHORT), place.file("runs"));
    let run = poolbench(&["run", &scenario, "--database-url", "postgres://", "--out", &out, "--full"]);
    assert!(run.status.success(), "{}", text(&run));
    let folder = std::fs::read_dir(out)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.is_dir())
        .unwrap();
    let spoken = archive::load(&folder).unwrap().environment.postgres_encryption.unwrap();
    assert!(spoken.starts_with("TLS 1.3, "), "{spoken}");
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    for file in files.filter(|file| file.is_file()) {
        let holds =
            std::fs::read(&file).unwrap().windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes());
        assert!(!holds, "{}", file.display());
    }
    assert!(text(&run).contains("over TLS 1.3"), "{}", text(&run));
    let wrong = poolbench(&["watch", "postgres://127.0.0.1"]);
    assert_eq!(wrong.status.code(), Some(5), "{}", text(&wrong));
    assert!(text(&wrong).contains("connect by that name"), "{}", text(&wrong));
}

#[test]
fn a_server_that_wants_tls_gets_it_everywhere() {
    if !common::needs(&[ServerKind::Postgres]) {
        return;
    }
    let place = Place::start();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        speaks_tls::<SqlxPool>(&place).await;
        speaks_tls::<DeadpoolPool>(&place).await;
        speaks_tls::<Bb8Pool>(&place).await;
        speaks_tls::<NoPool>(&place).await;
        own_connections(&place).await;
    });
    let full = format!("sslmode=verify-full&sslrootcert={}", place.file("root.crt"));
    passes_through_the_tap(&place.tap(&place.url("localhost", &full)), "1");
    let by_socket =
        format!("postgres://tester:{PASSWORD}@/job_service?host={}&port={}", place.data, place.port);
    passes_through_the_tap(&place.tap(&by_socket), "0");
    let preferred = place.tap(&place.url("localhost", "sslmode=prefer"));
    assert_eq!(psql(&preferred, &[IS_ENCRYPTED], ""), "1\n");
    assert_eq!(
        psql_says(&preferred, "plain", &[IS_ENCRYPTED], "").unwrap(),
        "0\n",
        "let in without TLS alone"
    );
    the_program(&place);
    tokio::task::LocalSet::new().block_on(&runtime, an_authority_itself(&place));
}
