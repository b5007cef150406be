//! Passwords of every byte, in every place and form, at every command: no piece of one is found in
//! a file, on a stream, or in the process list.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use poolbench::archive;
use poolbench::pool::admin::Admin;
use poolbench::pool::deadpool::DeadpoolPool;
use poolbench::pool::sqlx::SqlxPool;
use poolbench::pool::{Address, Pool, PoolOptions, Session, Sql};
use poolbench::provision::{Durability, PostgresServer, ServerKind};
use poolbench::queue::RedisAddress;
use poolbench::target::{DatabaseUrl, RedisUrl};

/// The two halves of every password. Between them stands what might make a parser cut it in two.
const HEAD: &str = "Zq7Headx9Jr4";
const TAIL: &str = "Vw3Tailk5Np8";
/// The same for the passwords that are on no command line, also not on one of the tests'.
const UNTYPED: [&str; 2] = ["Gd6Headm2Ys7", "Tf8Tailb4Lq3"];

/// A place and a form of a password, as bytes: not every password is text.
type Form = (&'static str, fn(&[u8]) -> Vec<u8>);

fn around(before: &str, password: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), password, after.as_bytes()].concat()
}

fn encoded(password: &[u8]) -> Vec<u8> {
    percent_encode(password, NON_ALPHANUMERIC).to_string().into_bytes()
}

fn quoted(password: &[u8]) -> Vec<u8> {
    let escaped = |&byte: &u8| if b"'\\".contains(&byte) { vec![b'\\', byte] } else { vec![byte] };
    password.iter().flat_map(escaped).collect()
}

/// Nobody listens on port 1.
const DATABASES: [Form; 11] = [
    ("bare in a URL", |p| around("postgres://u:", p, "@127.0.0.1:1/db")),
    ("encoded in a URL", |p| around("postgres://u:", &encoded(p), "@127.0.0.1:1/db")),
    ("bare in the query", |p| around("postgres://127.0.0.1:1/db?user=u&password=", p, "")),
    ("bare in the query, in front", |p| around("postgres://127.0.0.1:1?password=", p, "&user=u")),
    ("encoded in the query", |p| around("postgres://u@127.0.0.1:1/db?password=", &encoded(p), "")),
    ("bare among keys", |p| around("host=127.0.0.1 port=1 user=u password=", p, " dbname=db")),
    ("quoted among keys", |p| around("password='", &quoted(p), "' host=127.0.0.1 port=1 user=u")),
    ("half quoted among keys", |p| around("host=127.0.0.1 port=1 password='", p, "' user=u")),
    ("as the port", |p| around("postgres://u@127.0.0.1:", p, "/db")),
    ("under another scheme", |p| around("mysql://u:", p, "@127.0.0.1:1/db")),
    ("alone", |p| p.to_vec()),
];

const QUEUES: [Form; 6] = [
    ("bare in a Redis URL", |p| around("redis://:", p, "@127.0.0.1:1/0")),
    ("encoded in a Redis URL", |p| around("redis://:", &encoded(p), "@127.0.0.1:1/0")),
    ("as the user", |p| around("redis://", p, "@127.0.0.1:1/0")),
    ("as the database", |p| around("redis://127.0.0.1:1/", p, "")),
    ("with a socket", |p| around("unix:///nowhere/redis.sock?pass=", p, "")),
    ("over TLS", |p| around("rediss://:", p, "@127.0.0.1:1/0")),
];

fn password(byte: u8) -> Vec<u8> {
    [HEAD.as_bytes(), &[byte], TAIL.as_bytes()].concat()
}

/// The first half of a password in a text, or the second.
fn piece(text: &[u8]) -> Option<&'static str> {
    let holds = |piece: &&str| text.windows(piece.len()).any(|part| part == piece.as_bytes());
    [HEAD, TAIL].into_iter().chain(UNTYPED).find(holds)
}

/// A file or folder below this one that has a piece in its name or in its bytes.
fn file_with_piece(folder: &Path) -> Option<String> {
    std::fs::read_dir(folder).unwrap().flatten().find_map(|entry| {
        let path = entry.path();
        let named = piece(entry.file_name().as_bytes()).is_some();
        let inside = match entry.file_type().unwrap() {
            kind if kind.is_dir() => {
                return if named { Some(path.display().to_string()) } else { file_with_piece(&path) };
            }
            kind if kind.is_file() => piece(&std::fs::read(&path).unwrap()).is_some(),
            _ => false,
        };
        (named || inside).then(|| path.display().to_string())
    })
}

/// poolbench with nothing in its environment that could help it.
fn poolbench(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
    command.current_dir(folder).stdin(Stdio::null());
    for name in
        ["DATABASE_URL", "REDIS_URL", "PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE", "PGOPTIONS"]
    {
        command.env_remove(name);
    }
    command
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Ends with an error that holds no piece of a password.
fn refuses(command: &mut Command, what: &str) {
    let output = command.output().unwrap();
    let told = told(&output);
    assert!(matches!(output.status.code(), Some(2 | 5)), "{what}: {:?} {told}", output.status);
    assert!(told.contains("error:") && !told.contains("panicked"), "{what}: {told}");
    assert_eq!(piece(told.as_bytes()), None, "{what}: {told}");
}

#[test]
fn no_parser_lets_a_piece_through() {
    for byte in 1..=255 {
        let check = |name: &str, url: &[u8], words: &dyn Fn(&str) -> String| {
            // What is not text never gets as far as a parser; the same as Latin-1 does.
            let text = String::from_utf8(url.to_vec())
                .unwrap_or_else(|_| url.iter().map(|&byte| char::from(byte)).collect());
            let told = words(&text);
            assert_eq!(piece(told.as_bytes()), None, "byte {byte} {name}: {told}");
        };
        for (name, form) in DATABASES {
            check(name, &form(&password(byte)), &|url| {
                let url = DatabaseUrl::new(url);
                match Address::parse(&url) {
                    Ok(address) => format!("{url:?} {address} {address:?} {}", address.redact(url.expose())),
                    Err(fault) => format!("{url:?} {fault} {fault:?}"),
                }
            });
        }
        for (name, form) in QUEUES {
            check(name, &form(&password(byte)), &|url| {
                let url = RedisUrl::new(url);
                match RedisAddress::parse(&url) {
                    Ok(address) => format!("{url:?} {address} {address:?}"),
                    Err(fault) => format!("{url:?} {fault} {fault:?}"),
                }
            });
        }
    }
}

/// Runs something for every byte, on two threads that each have a folder of their own, and looks
/// for pieces in what was written there.
fn for_every_byte(check: impl Fn(usize, u8, &Path) + Sync) {
    std::thread::scope(|scope| {
        for odd in 0..2 {
            let check = &check;
            scope.spawn(move || {
                let folder = tempfile::tempdir().unwrap();
                for byte in (1..=255_u8).filter(|byte| byte % 2 == odd) {
                    check(usize::from(byte / 2), byte, folder.path());
                }
                assert_eq!(file_with_piece(folder.path()), None);
            });
        }
    });
}

#[test]
fn no_command_repeats_an_address_that_it_cannot_use() {
    for_every_byte(|turn, byte, folder| {
        let (name, form) = DATABASES[turn % DATABASES.len()];
        let url = OsString::from_vec(form(&password(byte)));
        // By the flag or by the variable, to the end or up to a Redis that stops it.
        let mut command = poolbench(folder);
        match turn % 4 {
            0 => command.args(["calibrate", "--quick", "--database-url"]).arg(&url),
            1 => command.args(["run", "--redis-url", "nowhere", "--database-url"]).arg(&url),
            2 => command.args(["calibrate", "--quick"]).env("DATABASE_URL", &url),
            _ => command.env("DATABASE_URL", &url).env("REDIS_URL", "nowhere"),
        };
        refuses(&mut command, &format!("byte {byte} {name}, way {}", turn % 4));
        let (name, form) = QUEUES[turn % QUEUES.len()];
        let mut command = poolbench(folder);
        command.args(["run", "--database-url", "nowhere", "--redis-url"]);
        refuses(command.arg(OsString::from_vec(form(&password(byte)))), &format!("byte {byte} {name}"));
    });
}

/// Command lines with an address where none belongs: it stands at the end of the last word.
const STRAY: [&[&str]; 18] = [
    &["run", ""],
    &["simulate", ""],
    &["predict", ""],
    &["size", ""],
    &["check", ""],
    &["report", ""],
    &[""],
    &["calibrate", ""],
    &["list", ""],
    &["run", "--out", ""],
    &["simulate", "--out="],
    &["report", ".", "--out", ""],
    &["list", "--out", ""],
    &["calibrate", "--quick", "--json", ""],
    &["run", "--schema", ""],
    &["run", "--databse-url="],
    &["run", "--rate", ""],
    &["run", "--database-url", "postgres://h/db", "--pools", "sqlx", "--scopes", ""],
];

#[test]
fn no_command_repeats_an_address_where_none_belongs() {
    let forms: Vec<Form> = DATABASES.into_iter().filter(|(name, _)| *name != "alone").chain(QUEUES).collect();
    for_every_byte(|turn, byte, folder| {
        let words = STRAY[turn % STRAY.len()];
        let (name, form) = forms[turn % forms.len()];
        let (last, first) = words.split_last().unwrap();
        let last = around(last, &form(&password(byte)), "");
        let mut command = poolbench(folder);
        command.args(first).arg(OsStr::from_bytes(&last));
        refuses(&mut command, &format!("byte {byte} {name} at {words:?}"));
    });
    // Without quotes, a space parts the address into words, of which the last is none.
    let folder = tempfile::tempdir().unwrap();
    for words in [
        vec!["run", "--database-url", "host=h", "password=Zq7Headx9Jr4", "Vw3Tailk5Np8=x"],
        vec!["run", "--database-url", "postgres://u:Zq7Headx9Jr4", "Vw3Tailk5Np8@h/db"],
        vec!["run", "--database-url", "postgres://u:my", "Zq7Headx9Jr4", "Vw3Tailk5Np8@h/db"],
        vec!["calibrate", "--password=Zq7Headx9Jr4"],
    ] {
        refuses(poolbench(folder.path()).args(&words), &format!("{words:?}"));
    }
    assert_eq!(file_with_piece(folder.path()), None);
}

/// A run of a second or two.
const SHORT: &str = r#"
why = "Is a password shown?"
request = "POST /submit"
pools = ["sqlx", "deadpool-postgres"]
scopes = ["request-scoped", "repository-scoped"]
time-scale = "1/20"
seed = 3

[pool]
size = 2
acquire-timeout = "60s"

[[steps]]
name = "create_job"
kind = "sql"
time = "100ms"
operation = "create-job"

[[steps]]
name = "enqueue"
kind = "queue"
time = "1s"

[load]
rate = "2/s"

[phases]
warm-up = "1s"
measure = "5s"
drain = "10s"

[capacity]
saturation = 1.1
warm-up = "1s"
measure = "5s"
"#;

/// A role, its password, and its address in some form, in which `{}` stands for the port.
struct Role {
    name: &'static str,
    middle: &'static str,
    form: fn(&str, u16) -> String,
}

const ROLES: [Role; 3] = [
    Role {
        name: "bare",
        middle: "#tail?x/y",
        form: |p, port| format!("postgres://bare:{p}@127.0.0.1:{port}/postgres?options=-ca.b%3Dx\\%20y"),
    },
    Role {
        name: "all_marks",
        middle: r##" !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~größe"##,
        form: |p, port| {
            let p = String::from_utf8(encoded(p.as_bytes())).unwrap();
            format!(
                "postgres://127.0.0.1:{port}/postgres?user=all_marks&password={p}&options=-c%20a.b%3Dx\\%20y"
            )
        },
    },
    Role {
        name: "in_keys",
        middle: r#"' secret="x\"#,
        form: |p, port| {
            let p = String::from_utf8(quoted(p.as_bytes())).unwrap();
            format!(
                "host=127.0.0.1 port={port} user=in_keys dbname=postgres password='{p}' options=--a.b=x\\\\\\ y"
            )
        },
    },
];

impl Role {
    fn password(&self) -> String {
        UNTYPED.join(self.middle)
    }
}

fn port(server: &PostgresServer) -> u16 {
    server.url().expose().parse::<tokio_postgres::Config>().unwrap().get_ports()[0]
}

/// Everything that a process started, directly or not: its command line and its environment.
fn descendants(root: u32) -> Vec<Vec<u8>> {
    let output = Command::new("ps").args(["-axww", "-o", "pid=,ppid="]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let pairs: Vec<(u32, u32)> = text
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace().map(|word| word.parse().ok());
            Some((words.next()??, words.next()??))
        })
        .collect();
    let mut family = vec![root];
    let mut found = Vec::new();
    while let Some(parent) = family.pop() {
        for (child, _) in pairs.iter().filter(|(_, of)| *of == parent) {
            family.push(*child);
            // A process may end between the two looks.
            let read = |what: &str| std::fs::read(format!("/proc/{child}/{what}")).unwrap_or_default();
            found.push([read("cmdline"), read("environ")].concat());
        }
    }
    found
}

/// Waits for a run, and looks at the processes of this machine meanwhile.
fn watched(mut child: Child) -> Output {
    while child.try_wait().unwrap().is_none() {
        let list = Command::new("ps").args(["-axww", "-o", "command="]).output().unwrap();
        let shown = String::from_utf8_lossy(&list.stdout).into_owned();
        assert!(!UNTYPED.iter().any(|piece| shown.contains(piece)), "a command line shows a password");
        for process in descendants(child.id()) {
            assert_eq!(piece(&process), None, "{}", String::from_utf8_lossy(&process));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn a_run_with_an_awkward_password_works_and_leaves_no_piece_of_it() {
    if !crate::common::needs(&[ServerKind::Postgres, ServerKind::Redis]) {
        return;
    }
    let server = PostgresServer::start(Durability::ThrowAway).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let admin = Admin::connect(&Address::parse(server.url()).unwrap(), "poolbench").await.unwrap();
        let made = ROLES.map(|role| {
            let password = role.password().replace('\'', "''");
            format!("create role {} superuser login password '{password}'", role.name)
        });
        admin.make_tables(&made).await.unwrap();
    });
    let port = port(&server);
    // The other two connect below, which is as much as a run would show of them.
    runs(&ROLES[0], port);
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        for role in &ROLES {
            let address = Address::parse(&DatabaseUrl::new((role.form)(&role.password(), port))).unwrap();
            assert!(setting_arrives::<SqlxPool>(&address).await, "{}", role.name);
            assert!(setting_arrives::<DeadpoolPool>(&address).await, "{}", role.name);
        }
    });
}

/// A run works, and a calibration with a wrong password does not.
fn runs(role: &Role, port: u16) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("short.toml"), SHORT).unwrap();
    let url = (role.form)(&role.password(), port);
    let mut command = poolbench(folder.path());
    command.args(["run", "short.toml", "--schema", role.name]).env("DATABASE_URL", url);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = watched(child);
    let words = told(&output);
    assert_eq!(output.status.code(), Some(0), "{}: {words}", role.name);
    assert_eq!(piece(words.as_bytes()), None, "{}: {words}", role.name);
    assert_eq!(file_with_piece(folder.path()), None, "{}", role.name);
    let record = archive::load(&folder.path().join("reports/latest")).unwrap();
    let from = format!("yours, at postgres://127.0.0.1:{port}/postgres");
    assert_eq!(record.environment.postgres_from, from);
    assert_eq!(record.side_by_side.len(), 4);
    assert!(record.side_by_side.iter().all(|lane| lane.tape.measured.ledger.completed > 0), "{words}");
    let wrong = [UNTYPED[1], UNTYPED[0]].join(role.middle);
    let mut command = poolbench(folder.path());
    command.args(["calibrate", "--quick"]).env("DATABASE_URL", (role.form)(&wrong, port));
    refuses(&mut command, role.name);
}

async fn setting_arrives<P: Pool>(address: &Address) -> bool {
    let pool = P::open(address, &PoolOptions { size: 1, ..PoolOptions::default() }).unwrap();
    let mut session = pool.acquire().await.unwrap();
    let sql = Sql::new("select (current_setting('a.b') = 'x y')::int::bigint");
    let arrives = session.fetch_id(&sql, &[]).await.unwrap() == Some(1);
    drop(session);
    pool.close().await;
    arrives
}
