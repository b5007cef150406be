//! Reports in Chinese: the catalogue has every text of the code, nothing is left in English, and lines fit a terminal.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use textwrap::core::display_width;

mod sources;

use sources::{said, sources};

const FIXTURE: &str = "tests/fixtures/record-v1.json";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn catalogue() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join("src/report/lang/zh.toml")).unwrap();
    toml::from_str(&text).unwrap()
}

/// The places of a text, such as `{count}`.
fn places(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
}

#[test]
fn the_catalogue_has_every_text_with_its_places_and_no_other() {
    let catalogue = catalogue();
    let mut wrong = Vec::new();
    let mut known = BTreeSet::new();
    for (file, texts) in sources(&["src/report", "src/cli"]).iter().map(|(path, text)| (path, said(text))) {
        for text in texts {
            match catalogue.get(&text) {
                None => wrong.push(format!("{}: zh.toml has no {text:?}", file.display())),
                Some(chinese) if places(chinese) != places(&text) => {
                    wrong.push(format!("{}: other places than {text:?}: {chinese:?}", file.display()));
                }
                Some(_) => {}
            }
            known.insert(text);
        }
    }
    assert!(known.len() > 1_000, "{} texts were found in the code", known.len());
    // What rooms below and the built-in scenarios say is looked up by the whole text.
    let rooms = ["itinerary", "scenario", "archive", "hazard", "theory", "record", "run", "calibrate", "cli"]
        .map(|room| format!("src/{room}"));
    let below =
        sources(&rooms.each_ref().map(String::as_str)).into_iter().map(|(_, text)| sources::joined(&text));
    let scenarios = std::fs::read_dir(root().join("scenarios")).unwrap().flatten();
    let scenarios = scenarios.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    let heard: Vec<String> = below.chain(scenarios).map(|text| one_line(&text)).chain(trials()).collect();
    for text in catalogue.keys().filter(|text| !known.contains(*text)) {
        if !heard.iter().any(|source| source.contains(text)) {
            wrong.push(format!("zh.toml has {text:?}, which nothing says"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What the runs of a hazard show.
fn trials() -> impl Iterator<Item = String> {
    let pools = poolbench::scenario::POOLS;
    poolbench::hazard::HAZARDS
        .into_iter()
        .flat_map(move |hazard| hazard.trials(&pools).unwrap())
        .map(|trial| trial.shows)
}

#[test]
fn what_rooms_below_and_built_in_scenarios_say_is_in_the_catalogue() {
    let catalogue = catalogue();
    let scopes = poolbench::itinerary::SCOPES.into_iter().map(|scope| scope.meaning().to_owned());
    let hazards = poolbench::hazard::HAZARDS.into_iter().map(|hazard| hazard.meaning().to_owned());
    let built_in = poolbench::scenario::BUILTIN.iter().flat_map(|built_in| {
        let scenario = built_in.scenario().unwrap();
        let claims = scenario.claims.into_iter().map(|claim| claim.says);
        std::iter::once(one_line(&scenario.why)).chain(claims).collect::<Vec<_>>()
    });
    for text in scopes.chain(hazards).chain(trials()).chain(built_in) {
        assert!(catalogue.contains_key(&text), "zh.toml has no {text:?}");
    }
}

/// Names and texts from outside, which are the same in every language.
const NAMES: &[&str] = &[
    "test_before_acquire on",
    "recycling method fast",
    "test_on_check_out on",
    "no pool: tokio-postgres 0.7.18 makes a connection for each acquire, at most 20 at once",
    "insert into jobs (name, state) values (?, ?) returning id",
    "select * from jobs where id = ?",
    "select price from prices where job = ?",
    "Example Processor",
];

/// Runs of three and more English words, which nobody has translated. Identifiers are no words: they have a hyphen, a
/// point or the like within.
fn english(text: &str) -> Vec<String> {
    let text = NAMES.iter().fold(text.to_owned(), |text, name| text.replace(name, ""));
    let mut found = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    for piece in text.split([' ', '\n']).chain(["."]) {
        let bare = piece.trim_end_matches([',', ';']);
        let is_word =
            bare.len() > 1 && bare.chars().all(|sign| sign.is_ascii_lowercase() || "'’".contains(sign));
        if is_word || (!run.is_empty() && piece.is_empty()) {
            run.extend(is_word.then_some(bare));
            continue;
        }
        // A word that begins or ends a run may have a sign before or after it.
        if run.len() >= 3 {
            found.push(run.join(" "));
        }
        run.clear();
    }
    found
}

#[test]
fn english_is_found_where_it_is_left() {
    assert_eq!(english("连接 of the server, and no other。"), ["of the server and no"]);
    assert_eq!(english("request-scoped repository-scoped sqlx acquire-wait.p99 <= 100ms"), [""; 0]);
}

/// What a command prints in Chinese.
fn printed(args: &[&str], folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_poolbench"))
        .args(args)
        .args(["--lang", "zh"])
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
}

/// The lines of a text without the values of conditions, which are those of baselines and of scenario files.
fn spoken(text: &str) -> impl Iterator<Item = &str> {
    let mut values = false;
    text.lines().filter(move |line| {
        values = line.starts_with("条件有何不同") || (values && !line.is_empty());
        !values
    })
}

/// What is wrong with a text for a terminal: English is left, or a line is too long; paths may be.
fn faults(what: &str, text: &str) -> Vec<String> {
    let chinese = text.chars().filter(|sign| ('\u{4e00}'..='\u{9fff}').contains(sign)).count();
    let said: Vec<&str> = spoken(text).filter(|line| !line.starts_with("  动作 ")).collect();
    let mut faults: Vec<String> =
        english(&said.join("\n")).into_iter().map(|left| format!("{what}: {left}")).collect();
    faults.extend((chinese < 10).then(|| format!("{what} is not in Chinese: {text}")));
    // A renderer of Markdown breaks its lines.
    let is_plain = !what.contains("markdown");
    // Moves and versions are as long in English.
    let may = |line: &&str| ["/", "  动作 ", "tokio-postgres"].iter().any(|sign| line.contains(sign));
    let long = text.lines().filter(|line| is_plain && !may(line) && display_width(line) > 80);
    faults.extend(long.map(|line| format!("{what}: {} columns: {line}", display_width(line))));
    faults
}

fn path(name: &str) -> PathBuf {
    root().join(name)
}

#[test]
fn what_commands_print_is_chinese_and_fits_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let fixture = path(FIXTURE).display().to_string();
    std::fs::create_dir(folder.join("tapped")).unwrap();
    std::fs::copy(path("tests/fixtures/tap-v1.json"), folder.join("tapped/tap.json")).unwrap();
    let commands: &[&[&str]] = &[
        &["report", &fixture, "--out", "shown"],
        &["report", &fixture, "--format", "markdown"],
        &["report", "tapped", "--out", "shown-tap"],
        &["simulate", "gate"],
        &["simulate", "nested-deadlock", "--full"],
        &["gate", "reports/latest-simulated"],
        &["gate", &fixture],
        &["gate", &fixture, "--baseline", &fixture],
        &["report", "reports/latest-simulated", &fixture],
        &["history", "reports"],
        &["predict"],
        &["predict", "fleet"],
        &["size"],
        &["check", "--no-server"],
        &["check", "--no-server", "enqueue-failure"],
        &["compare", "gate", "--simulate", "--scope", "repository-scoped,request-scoped"],
        &["list"],
        &["list", "--runs"],
    ];
    let mut wrong = Vec::new();
    for args in commands {
        wrong.extend(faults(&args.join(" "), &printed(args, folder)));
    }
    // Settings and statements of the server are its own words.
    for page in ["shown/report.html", "shown-tap/report.html", "reports/index.html"] {
        let page = std::fs::read_to_string(folder.join(page)).unwrap();
        assert!(page.contains("<html lang=\"zh\">"));
        wrong.extend(english(&text_of(&page)));
    }
    let mut charts = 0;
    for file in
        ["shown/charts", "shown-tap/charts"].iter().flat_map(|it| std::fs::read_dir(folder.join(it)).unwrap())
    {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|ending| ending == "svg") {
            wrong.extend(english(&text_of(&std::fs::read_to_string(&file).unwrap())));
            charts += 1;
        }
    }
    assert!(charts > 10, "{charts} charts");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a reader of a page or a picture sees.
fn text_of(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push_str(" . ");
        let hidden = ["style", "script"].into_iter().find(|name| tag.starts_with(name));
        let end = hidden.map_or(">".to_owned(), |name| format!("</{name}>"));
        rest = tag.split_once(&end).map_or("", |(_, after)| after);
    }
    text.replace('\u{a0}', " ").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

#[test]
fn english_is_said_unless_another_language_is_asked_for() {
    let run = |locale: &str, args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        command.arg("predict").args(args).env_remove("LC_ALL").env_remove("LC_MESSAGES").env("LANG", locale);
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    for (locale, args) in [("C.UTF-8", &[] as &[&str]), ("zh_CN.UTF-8", &["--lang", "en"]), ("de_AT", &[])] {
        assert!(run(locale, args).starts_with("Theory: "), "{locale} {args:?}");
    }
    for (locale, args) in [("zh_CN.UTF-8", &[] as &[&str]), ("C", &["--lang", "zh"])] {
        assert!(run(locale, args).starts_with("理论："), "{locale} {args:?}");
    }
}

/// What programs read has no words of a language.
#[test]
fn what_programs_read_is_the_same_in_every_language() {
    let folder = tempfile::tempdir().unwrap();
    let fixture = path(FIXTURE).display().to_string();
    for format in ["json", "csv"] {
        let of = |lang: &str| {
            let args = ["report", &fixture, "--format", format, "--lang", lang];
            Command::new(env!("CARGO_BIN_EXE_poolbench")).args(args).output().unwrap().stdout
        };
        assert_eq!(of("en"), of("zh"), "{format}");
    }
    let of = |lang: &str| {
        let name = |ending: &str| folder.path().join(format!("{lang}.{ending}"));
        let (json, junit) = (name("json"), name("xml"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolbench"));
        command.args(["gate", &fixture, "--lang", lang]).arg("--json").arg(&json).arg("--junit").arg(&junit);
        command.output().unwrap();
        let junit = std::fs::read_to_string(junit).unwrap();
        // Each report has an instant and a number of its own.
        let cases: Vec<String> =
            junit.lines().filter(|line| line.contains("<testcase")).map(str::to_owned).collect();
        (std::fs::read_to_string(json).unwrap(), cases)
    };
    assert_eq!(of("en"), of("zh"));
}
