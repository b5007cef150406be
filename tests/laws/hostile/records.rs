//! Records that somebody edited: decoded or refused, and what is decoded is analysed and shown.

use std::num::NonZeroUsize;
use std::sync::LazyLock;

use poolbench::analyse::summarise;
use poolbench::archive::{LaneTape, Run, ServerSamples, decode, encode};
use poolbench::plan::Plan;
use poolbench::record::Cohort;
use poolbench::report::{View, chart, html, terminal};
use poolbench::run::{HoldSource, simulate};
use poolbench::scenario::Scenario;
use poolbench::twin::HoldLaw;
use proptest::prelude::*;
use serde_json::{Number, Value};

use crate::hostile::inputs::{Took, each};

/// A record with something in all of its parts, and as small as may be.
static SMALL: LazyLock<Value> = LazyLock::new(|| {
    let text = crate::hostile::SCENARIO
        .replace("size = 20", "size = 2")
        .replace("[fleet]\npools = 3\nrouting = \"random\"\n", "")
        .replace(", \"nested-session\"", "");
    let scenario = Scenario::parse("small", "small.toml", &text).unwrap();
    let law = HoldSource::Law(HoldLaw::Exponential);
    let mut record = simulate(&Plan::of(&scenario), &law, NonZeroUsize::MIN).unwrap().run;
    record.side_by_side.iter_mut().chain(&mut record.capacity).for_each(coarse);
    let (first, rest) = record.side_by_side.split_at_mut(1);
    first.iter_mut().for_each(|lane| few(&mut lane.tape.measured));
    rest.iter_mut().chain(&mut record.capacity).for_each(|lane| none(&mut lane.tape.measured));
    let mut value: Value = serde_json::from_str(&encode(&record).unwrap()).unwrap();
    value["source"] = "measured".into();
    value["plan"]["time_scale"] = 0.5.into();
    decode(&value.to_string()).unwrap();
    value
});

/// Fewer slices and spans: what is done to one is done to all.
fn coarse(lane: &mut LaneTape) {
    let tape = &mut lane.tape;
    tape.series.slices.truncate(8);
    std::mem::take(&mut tape.series.waits);
    std::mem::take(&mut tape.series.responses);
    tape.series.step *= 20;
    [&mut tape.warm_up, &mut tape.bystanders, &mut tape.bystanders_warm_up].into_iter().for_each(none);
    tape.occupancy.spans.truncate(6);
    lane.server = ServerSamples {
        at: vec![1_000_000_000, 4_000_000_000],
        active: vec![1, 0],
        idle_in_transaction: vec![0, 2],
        idle: vec![1, 0],
        waiting_for_lock: Some(vec![1, 0]),
    };
}

/// Decoding histograms takes most of the time, so only a few are left.
fn few(cohort: &mut Cohort) {
    let (hold, acquire_wait) = (cohort.hold.clone(), cohort.acquire_wait.clone());
    *cohort = Cohort { ledger: cohort.ledger, hold, acquire_wait, ..Cohort::default() };
}

fn none(cohort: &mut Cohort) {
    *cohort = Cohort { ledger: cohort.ledger, ..Cohort::default() };
}

/// One change of a value.
#[derive(Debug, Clone)]
struct Change {
    /// Which of all values.
    at: usize,
    /// What is done to it.
    how: u8,
    /// With what.
    with: usize,
}

fn changes(most: usize) -> impl Strategy<Value = Vec<Change>> {
    let change = (any::<usize>(), any::<u8>(), any::<usize>());
    prop::collection::vec(change.prop_map(|(at, how, with)| Change { at, how, with }), 1..most)
}

/// Numbers at every edge, of this format and of the machine.
const NUMBERS: [f64; 20] = [
    0.0,
    1.0,
    2.0,
    -1.0,
    0.5,
    1e-9,
    1e-300,
    1e300,
    20.0,
    100.0,
    1e4,
    1e6,
    1e9,
    1e12,
    1e15,
    3.1e16,
    1.8e19,
    9.2e18,
    4_294_967_295.0,
    2_592_000.0,
];

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

/// The value at this place of a walk through all of them.
fn place<'a>(value: &'a mut Value, at: &mut usize) -> Option<&'a mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| place(item, at)),
        Value::Object(fields) => fields.values_mut().find_map(|item| place(item, at)),
        _ => None,
    }
}

fn apply(change: &Change, value: &mut Value) {
    let mut at = change.at % count(value);
    let Some(place) = place(value, &mut at) else { return };
    let pick = |number: f64| {
        if number.fract() == 0.0 && (0.0..1e19).contains(&number) {
            Value::from(number as u64)
        } else {
            Number::from_f64(number).map_or(Value::Null, Value::Number)
        }
    };
    match (place, change.how % 8) {
        (place @ Value::Number(_), 0..=3) => *place = pick(NUMBERS[change.with % NUMBERS.len()]),
        (place @ Value::Number(_), how) => {
            let was = place.as_f64().unwrap_or(0.0);
            let by = [0.0, 1e-3, 0.5, 0.99, 1.01, 2.0, 1e3, -1.0][change.with % 8];
            *place = pick(if how % 2 == 0 { (was * by).trunc() } else { was * by });
        }
        (Value::Array(items), 0..=2) if !items.is_empty() => drop(items.remove(change.with % items.len())),
        (Value::Array(items), 3..=5) if !items.is_empty() => {
            let item = items[change.with % items.len()].clone();
            items.insert(change.with % items.len(), item);
        }
        (Value::Array(items), 6) => items.clear(),
        (Value::Object(fields), 0..=3) => {
            let key = fields.keys().nth(change.with % fields.len().max(1)).cloned();
            key.and_then(|key| fields.remove(&key));
        }
        (Value::String(text), how) => {
            let words =
                ["", "request-scoped", "nested-session", "sql", "\u{1b}[31m\u{202e}\n", "shed", "simulated"];
            match how {
                0..=3 => words[change.with % words.len()].clone_into(text),
                _ => text.truncate(text.len() / 2),
            }
        }
        (place, 7) => *place = Value::Null,
        _ => {}
    }
}

fn edited(changes: &[Change]) -> String {
    let mut value = SMALL.clone();
    changes.iter().for_each(|change| apply(change, &mut value));
    value.to_string()
}

#[test]
fn records_are_taken_or_refused() {
    each("records", 4_000, &changes(4), |changes| decode(&edited(&changes)).into());
}

#[test]
fn what_is_taken_is_analysed_and_shown() {
    each("reports", 40, &changes(8), |changes| {
        let mut sound = SMALL.clone();
        // Each change that the record survives stays, so that most inputs reach the analysis.
        for change in &changes {
            let mut tried = sound.clone();
            apply(change, &mut tried);
            if decode(&tried.to_string()).is_ok() {
                sound = tried;
            }
        }
        let taken = if sound == *SMALL { Took::No } else { Took::Yes };
        show(&decode(&sound.to_string()).unwrap());
        taken
    });
}

/// Everything that `poolbench report` makes of a record. It may refuse with words.
fn show(record: &Run) {
    let summary = summarise(record);
    let view = View { record, summary: &summary };
    let mut text = Vec::new();
    terminal::render(view, &[], &mut text).unwrap();
    html::render(view, &[], &mut text).unwrap();
    let _ = chart::draw(view);
}
