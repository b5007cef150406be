//! Arrows point one way: who may import whom, held by reading the sources.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Room, and the rooms that it may import.
const MAY: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("inert", &[]),
    ("files", &[]),
    ("target", &[]),
    ("metric", &["units"]),
    ("tap", &["units", "target", "metric"]),
    ("itinerary", &["units"]),
    ("scenario", &["units", "inert", "files", "target", "itinerary", "metric"]),
    ("record", &["units"]),
    ("arrivals", &["units", "record"]),
    ("theory", &["units"]),
    ("plan", &["units", "metric", "itinerary", "scenario", "record", "arrivals"]),
    ("twin", &["units", "itinerary", "scenario", "plan", "record", "arrivals"]),
    ("provision", &["target"]),
    ("pool", &["units", "target", "record"]),
    ("watch", &["metric", "pool", "tap"]),
    ("queue", &["target"]),
    ("http", &["target"]),
    ("jobs", &["units", "itinerary", "pool", "queue", "record"]),
    (
        "load",
        &["units", "target", "itinerary", "plan", "jobs", "http", "pool", "queue", "record", "arrivals"],
    ),
    ("serve", &["itinerary", "jobs", "pool", "record", "arrivals"]),
    (
        "archive",
        &["units", "inert", "files", "itinerary", "scenario", "plan", "record", "arrivals", "tap", "watch"],
    ),
    ("calibrate", &["units", "target", "itinerary", "jobs", "http", "load", "pool", "record", "archive"]),
    (
        "run",
        &[
            "units",
            "target",
            "scenario",
            "itinerary",
            "plan",
            "jobs",
            "http",
            "load",
            "pool",
            "queue",
            "record",
            "archive",
            "arrivals",
            "twin",
        ],
    ),
    (
        "analyse",
        &[
            "units",
            "metric",
            "itinerary",
            "scenario",
            "plan",
            "record",
            "archive",
            "theory",
            "twin",
            "arrivals",
        ],
    ),
    ("hazard", &["units", "itinerary", "scenario", "plan", "record", "archive", "theory"]),
    ("gate", &["units", "metric", "itinerary", "scenario", "plan", "archive", "arrivals", "analyse"]),
    (
        "report",
        &[
            "units",
            "metric",
            "inert",
            "itinerary",
            "scenario",
            "plan",
            "record",
            "archive",
            "analyse",
            "gate",
            "theory",
            "hazard",
            "tap",
            "watch",
        ],
    ),
];

/// Crates, and the only places that may import them.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("anstream", &["cli"]),
    ("sqlx", &["pool/sqlx.rs", "pool/address.rs", "calibrate/bare.rs"]),
    ("bb8", &["pool/bb8.rs"]),
    ("deadpool", &["pool/deadpool.rs"]),
    ("deadpool_postgres", &["pool/deadpool"]),
    ("tokio_postgres", &["pool", "calibrate/bare.rs"]),
    ("redis", &["queue"]),
    ("plotters", &["report/chart"]),
    ("maud", &["report"]),
    ("axum", &["serve"]),
    ("hyper", &["serve/sockets.rs", "http"]),
    ("hyper_util", &["serve/sockets.rs", "http"]),
    ("http_body_util", &["http"]),
    ("prometheus_client", &["serve/metrics.rs"]),
    (
        "tokio",
        &[
            "calibrate",
            "cli",
            "http",
            "jobs/processors.rs",
            "load",
            "pool",
            "queue",
            "run",
            "serve",
            "tap",
            "target/bounded.rs",
            "target/tls",
        ],
    ),
    ("rustls", &["target/tls"]),
    ("rustls_native_certs", &["target/tls"]),
    ("tokio_rustls", &["target/tls"]),
    ("serde", &["archive", "gate/baseline.rs", "report/json.rs", "report/gate", "serve"]),
    ("serde_json", &["archive", "gate/baseline.rs", "report/json.rs", "report/gate", "serve"]),
    ("toml", &["scenario", "report/lang/catalogue.rs"]),
    ("csv", &["report/spreadsheet.rs"]),
    ("sha2", &["report/html"]),
];

/// Files of unit tests, by their stems or those of their folders.
const TESTS: [&str; 3] = ["trials", "tests", "fixture"];

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs")
                // A file of tests may look at anything.
                && !path.strip_prefix(&root).unwrap_or(&path).with_extension("").iter().any(|part| TESTS.iter().any(|tests| part == *tests))
            {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    files
}

/// The code of a file without its comments, and without the unit tests at its foot.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The words that follow each `marker`, up to what is no part of a name.
fn named_after<'a>(code: &'a str, marker: &str) -> Vec<&'a str> {
    let name =
        |rest: &'a str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    code.match_indices(marker).map(|(at, _)| name(&code[at + marker.len()..])).collect()
}

fn room(file: &str) -> &str {
    file.split(['/', '.']).next().unwrap_or_default()
}

#[test]
fn rooms_import_only_what_they_may() {
    let may: BTreeMap<&str, &[&str]> = MAY.iter().copied().collect();
    let mut faults = BTreeSet::new();
    for (file, text) in sources() {
        let room = room(&file);
        if ["main", "lib", "cli"].contains(&room) {
            continue;
        }
        let code = code(&text);
        let mut used = named_after(&code, "crate::architecture::");
        // `use crate::architecture::{a, b}` names several rooms at once.
        for (at, _) in code.match_indices("crate::architecture::{") {
            let list = code[at + 8..].split(';').next().unwrap_or_default();
            used.extend(
                list.split(['{', '}', ',']).map(|item| item.trim().split("::").next().unwrap_or_default()),
            );
        }
        for other in used {
            let known = may.contains_key(other) || other == "cli" || other == "run";
            if known && other != room && !may.get(room).is_some_and(|allowed| allowed.contains(&other)) {
                faults.insert(format!("{file} imports {other}"));
            }
        }
    }
    assert!(faults.is_empty(), "arrows that point the wrong way: {faults:#?}");
}

#[test]
fn drivers_and_the_command_line_stay_in_their_rooms() {
    let mut faults = BTreeSet::new();
    for (file, text) in sources() {
        let code = code(&text);
        for (name, places) in ONLY_IN {
            let uses = code.lines().any(|line| {
                line.match_indices(&format!("{name}::")).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
                })
            });
            // Our own rooms and files may be called as a crate is.
            let own = code.contains(&format!("mod {name};")) || code.contains(&format!("super::{name}::"));
            if uses && !own && !places.iter().any(|place| file.starts_with(place)) {
                faults.insert(format!("{file} uses {name}"));
            }
        }
    }
    assert!(faults.is_empty(), "crates outside their rooms: {faults:#?}");
}

/// What only a session can do.
const OF_A_SESSION: [&str; 6] =
    [".execute(", ".fetch_id(", ".fetch_text(", "HeldSession", "::Session", ".session"];

/// The service, the routers and whatever else of the job service is outside the repository.
fn is_above_the_repository(file: &str) -> bool {
    ["jobs", "serve"].contains(&room(file)) && !file.starts_with("jobs/repository")
}

#[test]
fn no_session_is_seen_outside_the_repository() {
    let mut faults = BTreeSet::new();
    let mut looked_at = 0;
    for (file, text) in sources().iter().filter(|(file, _)| is_above_the_repository(file)) {
        looked_at += 1;
        let code = code(text);
        let found = OF_A_SESSION.iter().filter(|word| code.contains(**word));
        faults.extend(found.map(|word| format!("{file} has {word}")));
    }
    assert!(looked_at > 8, "{looked_at} files");
    assert!(faults.is_empty(), "sessions outside the repository: {faults:#?}");
}

/// A statement is given a session; a unit holds them and has no statement; only the repository itself has
/// both, and the pool. So no repository method can call another one that takes a second session. Only the
/// service takes one beside another, and only for an itinerary that says so.
#[test]
fn no_repository_method_can_reach_a_pool_while_it_has_a_session() {
    let of = |file: &str| sources().into_iter().find(|(name, _)| name == file).map(|(_, text)| code(&text));
    let statements = of("jobs/repository/statements.rs").unwrap();
    assert!(!statements.contains("Pool") && !statements.contains("acquire"), "statements know a pool");
    let unit = of("jobs/repository/unit.rs").unwrap();
    assert!(!unit.contains("acquire(") && !unit.contains("Statements"), "a unit takes sessions or knows SQL");
    // The one place that takes a session takes none for a unit that has one, unless it is asked to.
    let repository = of("jobs/repository.rs").unwrap();
    assert_eq!(repository.matches("self.pool.acquire()").count(), 1);
    assert!(repository.contains("if unit.has_session()"), "a unit may have two sessions");
    let mut beside: Vec<(String, usize)> = sources()
        .iter()
        .map(|(name, text)| (name.clone(), code(text).matches("acquire_beside(").count()))
        .filter(|(_, times)| *times > 0)
        .collect();
    beside.sort();
    assert_eq!(beside, [("jobs/repository.rs".to_owned(), 2), ("jobs/service.rs".to_owned(), 1)]);
    let service = of("jobs/service.rs").unwrap();
    assert!(
        service.contains("Nests::Yes => self.repository.acquire_beside(unit)"),
        "a session beside another"
    );
}

/// String literals of code, as far as they stand on one line.
fn literals(code: &str) -> Vec<&str> {
    code.lines().flat_map(|line| line.split('"').skip(1).step_by(2)).collect()
}

/// Two words with a space between: a sentence, or a part of one.
fn is_prose(literal: &str) -> bool {
    let words: Vec<&str> = literal.split(' ').collect();
    let word = |text: &str| {
        text.len() > 1 && text.trim_end_matches([',', '.', ':', ';']).chars().all(char::is_alphabetic)
    };
    words.windows(2).any(|two| word(two[0]) && word(two[1]))
}

#[test]
fn analysis_gives_facts_and_no_sentence() {
    assert!(is_prose("no interval: {} values") && !is_prose("{low} to {high}") && !is_prose("side-by-side"));
    let mut faults = BTreeSet::new();
    for (file, text) in sources() {
        let code = code(&text);
        let prose = literals(&code).into_iter().filter(|literal| is_prose(literal));
        // The reasons of an expected lint are for whoever reads the code.
        let prose = prose.filter(|literal| !code.contains(&format!("reason = \"{literal}\"")));
        if room(&file) == "analyse" {
            faults.extend(prose.map(|literal| format!("{file}: {literal}")));
        }
    }
    assert!(faults.is_empty(), "words for people are made in report: {faults:#?}");
}

#[test]
fn every_room_stands_in_the_table() {
    let rooms: BTreeSet<&str> = MAY.iter().map(|(room, _)| *room).collect();
    for (file, _) in sources() {
        let room = room(&file);
        assert!(rooms.contains(room) || ["main", "lib", "cli"].contains(&room), "{room} has no row in MAY");
    }
}
