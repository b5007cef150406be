//! Clients behave behind a tap as without it.

use std::process::{Command, Output};
use std::time::Duration;

use poolbench::pool::sqlx::SqlxPool;
use poolbench::pool::{Address, Pool, PoolOptions, Session};
use poolbench::target::DatabaseUrl;

use crate::tap::wire::Wire;
use crate::tap::{Place, name};

fn run(place: &Place, program: &str, arguments: &[&str]) -> Option<Output> {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.envs([("PGUSER", "tester"), ("PGPASSWORD", "tester"), ("PGDATABASE", "job_service")]);
    command.env("PGHOST", place.address().ip().to_string());
    command.env("PGPORT", place.address().port().to_string());
    command.args(arguments).output().ok()
}

fn done(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn psql_copies_in_and_out_and_sees_its_errors() {
    let Some(place) = Place::start() else { return };
    let script = "create table c (a int, b text);
        copy c from program 'seq 1 3' with (format csv, null 'x');";
    let Some(_) = run(&place, "psql", &["--version"]) else { return };
    let out = run(&place, "psql", &["-c", "create table c (a int, b text)"]).unwrap();
    done(&out);
    let rows: String = (0..20_000).map(|row| format!("{row}\ta row with some text in it\n")).collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rows");
    std::fs::write(&file, &rows).unwrap();
    done(&run(&place, "psql", &["-c", &format!("\\copy c from '{}'", file.display())]).unwrap());
    let back = done(&run(&place, "psql", &["-c", "copy c to stdout"]).unwrap());
    assert!(back == rows, "{} bytes and not {}", back.len(), rows.len());
    let wrong = run(&place, "psql", &["-c", script]).unwrap();
    assert!(!wrong.status.success());
    for (option, words) in
        [("sslmode=require", "does not support SSL"), ("channel_binding=require", "channel binding")]
    {
        let refused = run(&place, "psql", &[option, "-c", "select 1"]).unwrap();
        assert!(String::from_utf8_lossy(&refused.stderr).contains(words), "{option}");
    }
    assert_eq!(place.seen().connections.blind, 0);
}

#[test]
fn pgbench_runs_in_its_three_modes() {
    let Some(place) = Place::start() else { return };
    if run(&place, "pgbench", &["--version"]).is_none() {
        return;
    }
    done(&run(&place, "pgbench", &["-i", "-q"]).unwrap());
    for mode in ["simple", "extended", "prepared"] {
        let told = done(&run(&place, "pgbench", &["-n", "-c", "4", "-t", "50", "-M", mode]).unwrap());
        assert!(told.contains("number of failed transactions: 0"), "{told}");
    }
    let seen = place.seen();
    assert_eq!(seen.connections.blind, 0);
    // Each transaction has a gap before its commit.
    let ends = seen.gaps.iter().filter(|gap| name(&seen, gap.after) == "end");
    // With prepared statements, one more for each connection, before it is prepared.
    let ends = ends.map(|gap| gap.count).sum::<u64>();
    assert!((600..=604).contains(&ends), "{ends}");
    assert!(seen.open.peak >= 4 && seen.holding.peak >= 2 && seen.holds.disconnected.count == 0);
}

#[test]
fn a_pool_of_sqlx_shows_its_checkouts() {
    let Some(place) = Place::start() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let address = Address::parse(&DatabaseUrl::new(place.url())).unwrap();
        let options = PoolOptions { size: 1, ..PoolOptions::default() };
        let pool = SqlxPool::open(&address, &options).unwrap();
        for _ in 0..3 {
            let mut session = pool.acquire().await.unwrap();
            session.begin().await.unwrap();
            session.commit().await.unwrap();
            // Lent and not used: no transaction shows it.
            tokio::time::sleep(Duration::from_millis(100)).await;
            drop(session);
        }
        pool.close().await;
    });
    let seen = place.seen();
    assert!(seen.holds.checkouts >= 2, "{:#?}", seen.holds);
    let released = seen.gaps.iter().filter(|gap| name(&seen, gap.after) == "Released");
    let total: Duration = released.map(|gap| gap.total).sum();
    assert!((200..400).contains(&total.as_millis()), "{total:?} in {:#?}", seen.gaps);
}

#[test]
fn encryption_is_declined_and_cancels_are_passed_on() {
    let Some(place) = Place::start() else { return };
    let mut asking = Wire::open(place.address());
    for code in [80_877_103_u32, 80_877_104] {
        asking.raw(&[&8_u32.to_be_bytes()[..], &code.to_be_bytes()].concat());
        assert_eq!(asking.byte(), b'N');
    }
    let mut direct = Wire::open(place.address());
    direct.raw(&[0x16, 0x03, 0x01, 0x02, 0x00]);
    assert!(String::from_utf8_lossy(&direct.rest()).contains("speaks no TLS"));
    // A cancel of a session that does not exist, with the long key of protocol 3.2.
    let mut cancel = Wire::open(place.address());
    let key = [7; 32];
    let packet = [&80_877_102_u32.to_be_bytes()[..], &1_u32.to_be_bytes(), &key].concat();
    cancel.raw(&[&(packet.len() as u32 + 4).to_be_bytes()[..], &packet].concat());
    assert!(cancel.rest().is_empty());
    let connections = place.tap.report().connections;
    assert_eq!((connections.cancels, connections.direct_tls, connections.sessions), (1, 1, 0));
}

#[test]
fn a_statement_is_cancelled_through_the_tap() {
    let Some(place) = Place::start() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&place.url(), tokio_postgres::NoTls).await.unwrap();
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
    let seen = place.seen();
    assert_eq!((seen.connections.cancels, seen.connections.blind), (1, 0));
}

#[test]
fn a_server_that_is_killed_ends_the_connection() {
    let Some(place) = Place::start() else { return };
    let mut wire = place.connect();
    wire.query("begin");
    place.server.kill();
    let told = wire.rest();
    // Whatever the server still said came through, and then the end.
    assert!(told.is_empty() || told[0] == b'N' || told[0] == b'E');
    assert_eq!(place.seen().holds.disconnected.count, 1);
    let late = Wire::open(place.address());
    drop(late);
}
