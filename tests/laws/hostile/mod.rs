//! Hostile input: whatever is in a scenario, a record, an address or on the command line, it is taken or
//! refused in words, without a panic, in bounded time and memory. `just fuzz` tries more of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod commands;
mod conversations;
#[path = "../../common/inputs.rs"]
mod inputs;
mod mutate;
mod records;

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use inputs::{Took, each};
use mutate::{edited, edits};
use poolbench::inert::is_plain;
use poolbench::itinerary::SessionScope;
use poolbench::plan::Plan;
use poolbench::pool::Address;
use poolbench::queue::RedisAddress;
use poolbench::scenario::{ClaimMeasure, Objective, PoolKind, Routing, Scenario, SqlOperation};
use poolbench::target::{DatabaseUrl, RedisUrl};
use poolbench::units::{self, Rate, TimeScale, parse_duration};
use proptest::prelude::*;

/// Values that are written as a command line or a scenario writes them.
const VALUES: &[&str] = &[
    "5/s",
    "300/min",
    "20/h",
    "0.1/s",
    "1e9/s",
    "1e300/s",
    "1e-300/h",
    "1/50",
    "0.02",
    "1",
    "1e-6",
    "1/1000000",
    "177s",
    "100ms",
    "1m 30s",
    "30d",
    "0s",
    "18446744073709551615s",
    "1ns",
    "p99 acquire-wait <= 100ms",
    "p99.9 acquire-wait <= 1m 30s",
    "request-scoped",
    "sqlx",
    "least-loaded",
    "create-job",
    "hold-reduction",
    "inf",
    "NaN",
    "-0",
    "1_000",
    "0x10",
    "²",
    "",
];

fn reads<T: FromStr>(text: &str) -> Option<T>
where
    T::Err: Display,
{
    text.parse().map_err(|fault: T::Err| assert!(!fault.to_string().is_empty())).ok()
}

#[test]
fn values_are_taken_or_refused() {
    let texts = edited(VALUES);
    each("values", 45_000, &texts, |text| {
        let mut taken = 0;
        if let Some(scale) = reads::<TimeScale>(&text) {
            taken += 1;
            let _ = (scale.to_string(), scale.other().to_string(), scale.nominal(Duration::MAX / 1_000_001));
            assert!(scale.scaled(units::LONGEST) <= units::LONGEST);
        }
        if let Some(rate) = reads::<Rate>(&text) {
            taken += 1;
            assert!(rate.scaled(TimeScale::new(TimeScale::LEAST).unwrap()).as_per_second().is_finite());
            let _ = rate.to_string();
        }
        if let Ok(time) = parse_duration(&text) {
            taken += 1;
            assert!(time <= units::LONGEST, "{time:?}");
            let _ = units::time(time);
        }
        taken += usize::from(reads::<Objective>(&text).is_some_and(|it| !it.to_string().is_empty()));
        taken += usize::from(reads::<SessionScope>(&text).is_some());
        taken += usize::from(reads::<PoolKind>(&text).is_some());
        taken += usize::from(reads::<Routing>(&text).is_some());
        taken += usize::from(reads::<ClaimMeasure>(&text).is_some());
        taken += usize::from(reads::<SqlOperation>(&text).is_some());
        if let Ok(number) = text.parse::<f64>() {
            let _ = (units::number(number), units::percent(number), units::factor(number));
        }
        if taken > 0 { Took::Yes } else { Took::No }
    });
}

const ADDRESSES: &[&str] = &[
    "postgres://me:secret@localhost:5432/test",
    "postgresql://me:p%40ss@[::1]/db?sslmode=disable&connect_timeout=3",
    "postgres://h1:1,h2:2/db?user=x&password=y&options=-c%20a%3Db&sslmode=require",
    "host=db port=6000 user='a b' password=x dbname=d application_name=z",
    "postgres:///db?host=/var/run/postgresql",
    "redis://:p@127.0.0.1:6379/0",
    "%zz",
    "postgres://",
    "://@:/?#",
];

#[test]
fn addresses_are_taken_or_refused() {
    each("addresses", 20_000, &edited(ADDRESSES), |text| {
        let url = DatabaseUrl::new(text.as_str());
        let _ =
            (format!("{url:?}"), RedisAddress::parse(&RedisUrl::new(text.as_str())).map(|it| it.to_string()));
        let parsed = Address::parse(&url);
        match &parsed {
            Ok(address) => drop((address.to_string(), address.clone().in_schema("mine"))),
            Err(fault) => assert!(!fault.to_string().is_empty()),
        }
        parsed.into()
    });
}

/// The smallest scenario with all of its tables.
const SCENARIO: &str = r#"why = "x"
pools = ["sqlx"]
scopes = ["request-scoped", "repository-scoped", "nested-session"]
time-scale = "1/50"
seed = 7
setup = ["create table t (a int)"]
[pool]
size = 20
acquire-timeout = "30s"
liveness-check = "never"
[[steps]]
name = "a"
kind = "sql"
time = "1s"
statements = [{ sql = "x $1 $2 $3 $4", parameters = ["$request", 1, 2.5, true] }]
[[steps]]
name = "b"
kind = "queue"
time = "9s"
fail-share = 0.1
[load]
arrivals = "constant"
rate = "5/s"
in-flight-cap = 9
when-full = "shed"
burst = 3
[[load.stages]]
rate = "9/s"
lasts = "1s"
shape = "ramp"
[phases]
warm-up = "1s"
measure = "9s"
drain = "0s"
[capacity]
saturation = 1.1
warm-up = "1s"
measure = "9s"
[bystander]
rate = "1/s"
[[claims]]
id = "C"
says = "y"
measure = "hold-reduction"
expect = 0.9
[[objectives]]
keep = "measured sqlx.before.hold.mean / after.hold.mean > 1.5"
[fleet]
pools = 3
routing = "random"
"#;

#[test]
fn scenarios_are_taken_or_refused() {
    Scenario::parse("x", "x.toml", SCENARIO).unwrap();
    each("scenarios", 25_960, &edited(&[SCENARIO]), |text| {
        let parsed = Scenario::parse("x", "x.toml", &text);
        match &parsed {
            Ok(scenario) => {
                let plan = Plan::of(scenario);
                let _ = (plan.only_simulated(), plan.expected_run_time());
                for &scope in &scenario.scopes {
                    let itinerary = scenario.itinerary(scope);
                    let _ = (itinerary.hold_time(), itinerary.spelled(), plan.callers(scope));
                }
            }
            Err(fault) => {
                let told = fault.to_string();
                assert!(told.chars().all(|c| c == '\n' || is_plain(c)), "{told:?}");
            }
        }
        parsed.into()
    });
}

/// The fault of a file with ten thousand of them, and of one whose fault is as long as itself.
#[test]
fn a_file_of_faults_is_refused_at_once() {
    let begun = std::time::Instant::now();
    let many: String = (0..10_000).map(|n| format!("key{n} = \"\\u001B[31m\u{202e}\"\n")).collect();
    let wide = format!("{} = \"{}\"", "k".repeat(500_000), "v".repeat(500_000));
    let deep = format!("a = {}", "[".repeat(100_000));
    let claims = "[[claims]]\n".repeat(90_000);
    for text in [many, wide, deep, claims] {
        let fault = Scenario::parse("x", "x.toml", &text).unwrap_err().to_string();
        assert!(fault.len() < 300_000 && fault.lines().count() <= 102, "{}", fault.len());
        assert!(fault.chars().all(|c| c == '\n' || is_plain(c)));
    }
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn edits_reach_every_kind_of_change() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let texts: Vec<String> =
        (0..200).map(|_| edits(&["abc 12 def"]).new_tree(&mut runner).unwrap().current()).collect();
    assert!(texts.iter().any(|text| text.len() < 8) && texts.iter().any(|text| text.len() > 12));
    assert!(texts.iter().any(|text| !text.is_ascii()));
}
