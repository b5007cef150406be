//! Drivers of other languages see through a tap what they see without one, byte by byte of what they print. They are
//! installed into `target/drivers` by their own package managers, so this is not run with the other tests:
//! `cargo test --test servers -- --ignored --nocapture tap::languages::`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tap::Place;

/// A driver's script, run at an address; its output.
struct Script {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<PathBuf>,
    needs: PathBuf,
}

fn scripts(here: &Path, drivers: &Path) -> [Script; 3] {
    let (node, jdbc) = (drivers.join("node/node_modules/pg"), drivers.join("jdbc"));
    let mut path = jdbc.join("postgresql.jar").into_os_string();
    path.push(":");
    path.push(&jdbc);
    [
        Script {
            name: "node-postgres",
            program: "node".into(),
            arguments: vec![here.join("node.js")],
            needs: node,
        },
        Script {
            name: "JDBC",
            program: "java".into(),
            arguments: vec!["-cp".into(), path.into(), "Drivers".into()],
            needs: jdbc.join("Drivers.class"),
        },
        Script {
            name: "psycopg2, psycopg, asyncpg, SQLAlchemy",
            program: drivers.join("python/bin/python"),
            arguments: vec![here.join("python.py")],
            needs: drivers.join("python/ready"),
        },
    ]
}

/// What it prints, without the port, which it may tell.
fn printed(script: &Script, drivers: &Path, place: &str) -> String {
    let mut command = Command::new(&script.program);
    command.args(&script.arguments).env("NODE_PATH", drivers.join("node/node_modules"));
    command.env("DATABASE_URL", format!("postgres://tester:tester@{place}/job_service"));
    command.env("JDBC_URL", format!("jdbc:postgresql://{place}/job_service"));
    let out = command.output().unwrap();
    let (told, said) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{}: {told}{said}", script.name);
    let port = place.rsplit_once(':').unwrap().1;
    format!("{told}{said}").replace(port, "PORT")
}

#[test]
#[ignore = "installs drivers by npm, pip and apt"]
fn other_languages_see_what_they_see_without_a_tap() {
    let Some(place) = Place::start() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (here, drivers) = (root.join("tests/tap/drivers"), root.join("target/drivers"));
    assert!(Command::new(here.join("install.sh")).args([&drivers, &here]).status().unwrap().success());
    let url = place.server.url();
    let direct = url.rsplit_once('@').unwrap().1.split('/').next().unwrap();
    let mut ran = 0;
    for script in scripts(&here, &drivers).iter().filter(|script| script.needs.exists()) {
        let without = printed(script, &drivers, direct);
        let with = printed(script, &drivers, &place.address().to_string());
        assert_eq!(without, with, "{}", script.name);
        assert!(without.lines().count() > 10, "{without}");
        ran += 1;
        let _ = writeln!(std::io::stderr(), "{}: {} lines, the same", script.name, with.lines().count());
    }
    assert!(ran > 0, "no driver is here");
    let connections = place.seen().connections;
    assert_eq!((connections.blind, connections.direct_tls, connections.unreached), (0, 0, 0));
    assert!(connections.cancels >= 1, "{connections:?}");
}
