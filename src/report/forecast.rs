//! What becomes of a plan, by theory and where it does not speak by the twin, as plain text for 80 columns.

use crate::report::lang::{say, word};
use std::io;
use std::time::Duration;

use super::table::{Cell, Heading, Row, Table};
use super::terminal::{WIDTH, draw};
use super::text::{clean, wrap};
use super::words;
use crate::analyse::{Answer, Forecast, NestedHolds, Outlook, Played, PlayedWaits, Ranged};
use crate::plan::Plan;
use crate::theory::{Overload, Prediction, Relaxation, Steady, Trust};
use crate::units::{self, Quantile};

/// Writes what becomes of a plan: by theory, and by the twin where no formula speaks of it.
///
/// # Errors
/// When the writer fails.
pub fn predict(plan: &Plan, outlooks: &[Outlook], out: &mut dyn io::Write) -> io::Result<()> {
    let table = table(plan, outlooks);
    let text = draw(&table) + "\n";
    out.write_all(text.as_bytes())
}

fn table(plan: &Plan, outlooks: &[Outlook]) -> Table {
    let mut head = vec![Heading::words("")];
    head.extend(outlooks.iter().map(|it| Heading::figures(it.theory.scope.name())));
    let mut rows = load(plan, outlooks);
    rows.push(Row::group(word("if nobody gives up")));
    rows.extend(patient(plan, outlooks));
    rows.push(Row::group(&say!(
        "with the acquire timeout of {acquire_timeout}",
        acquire_timeout = units::time(plan.pool.acquire_timeout)
    )));
    rows.extend(with_timeout(plan, outlooks));
    rows.extend(nested(outlooks));
    Table {
        title: say!("Theory: {scenario}", scenario = clean(&plan.scenario)),
        subtitle: say!(
            "{rate} requests/s ({arrivals}), {fleet}{size} connections, nominal times",
            rate = units::number(plan.load.rate.as_per_second()),
            arrivals = word(plan.load.arrivals.word()),
            fleet = fleet(plan),
            size = units::count(plan.pool.size.into())
        ),
        head,
        rows,
        notes: notes(plan, outlooks),
    }
}

fn fleet(plan: &Plan) -> String {
    plan.fleet.as_ref().map_or_else(String::new, |fleet| {
        say!(
            "{pools} pools ({routing} routing) of ",
            pools = units::count(fleet.pools.into()),
            routing = word(fleet.routing.word())
        )
    })
}

fn row(label: &str, outlooks: &[Outlook], read: impl Fn(&Outlook) -> Cell) -> Row {
    Row::new(std::iter::once(Cell::new(label)).chain(outlooks.iter().map(read)).collect())
}

fn load(plan: &Plan, outlooks: &[Outlook]) -> Vec<Row> {
    let of_one = if plan.fleet.is_some() { word(" of a pool") } else { "" };
    let row =
        |label: &str, read: fn(&Forecast) -> String| row(label, outlooks, |it| Cell::new(read(&it.theory)));
    vec![
        row(word("hold, mean"), |it| units::time(it.hold.mean())),
        row(word("holds a request"), |it| units::number(it.holds_a_request)),
        row(word("utilisation ρ asked for"), |it| units::percent(it.utilisation)),
        row(&say!("capacity{of_one}, requests", of_one), |it| it.capacity.to_string()),
    ]
}

/// A cell of a figure: that of theory, or that of the twin with its range where the twin has the word.
struct Figure<'a> {
    label: &'a str,
    steady: fn(&Steady) -> String,
    overload: fn(&Overload) -> String,
    played: fn(&Played) -> Cell,
}

/// What theory does not say of such a load, or the twin.
const NONE: &str = "–";

impl Figure<'_> {
    fn row(&self, outlooks: &[Outlook], of: fn(&Outlook) -> (&Prediction, &Answer)) -> Row {
        row(self.label, outlooks, |it| match of(it) {
            (Prediction::Steady(steady), Answer::Theory) => Cell::new((self.steady)(steady)),
            (Prediction::NoSteadyState(overload), Answer::Theory) => Cell::new((self.overload)(overload)),
            (_, Answer::Twin(_, Ok(played))) if stuck(played, of(it).1, it) => Cell::new(NONE),
            (_, Answer::Twin(_, Ok(played))) => (self.played)(played),
            (_, Answer::Twin(_, Err(_))) => Cell::new(NONE),
        })
    }
}

/// Whether requests waited for each other for ever: there are no waits then that anything could say of.
fn stuck(played: &Played, answer: &Answer, outlook: &Outlook) -> bool {
    played.deadlocked > 0 && std::ptr::eq(answer, &outlook.patient)
}

fn none<T>(_: &T) -> String {
    NONE.into()
}

fn nothing(_: &Played) -> Cell {
    Cell::new(NONE)
}

fn figure(label: &str, steady: fn(&Steady) -> String, played: fn(&Played) -> Cell) -> Figure<'_> {
    Figure { label, steady, overload: none, played }
}

fn growth(label: &str, overload: fn(&Overload) -> String) -> Figure<'_> {
    Figure { label, steady: none, overload, played: nothing }
}

fn patient(plan: &Plan, outlooks: &[Outlook]) -> Vec<Row> {
    let of: fn(&Outlook) -> (&Prediction, &Answer) = |it| (&it.theory.patient, &it.patient);
    let any = |of: &dyn Fn(&Outlook) -> bool| outlooks.iter().any(of);
    let mut rows = vec![row(word("formula"), outlooks, |it| formula(&it.theory.patient, &it.patient, it))];
    let grows = |it: &Outlook| {
        matches!((&it.theory.patient, &it.patient), (Prediction::NoSteadyState(_), Answer::Theory))
    };
    let settles =
        |it: &Outlook| matches!((&it.theory.patient, &it.patient), (Prediction::Steady(_), Answer::Theory));
    let mut add = |figure: Figure<'_>| rows.push(figure.row(outlooks, of));
    if any(&grows) {
        add(growth(word("queue grows by"), |it| {
            it.growth().map_or(word("without end").into(), |rate| rate.to_string())
        }));
        add(growth(word("wait after 1 h"), |it| long(it.wait_after(HOUR))));
        add(growth(word("throughput, holds"), |it| it.throughput().to_string()));
    }
    if any(&|it| !grows(it)) {
        add(figure(
            word("share that waits"),
            |it| it.waits.longer_than(Duration::ZERO).to_string(),
            |it| waits(it, |waits| Some(waits.waiting), share),
        ));
        add(figure(
            word("mean wait"),
            |it| long(it.waits.mean()),
            |it| waits(it, |it| Some(it.mean), seconds),
        ));
        add(figure(word("wait p50"), |it| quantile(it, Quantile::P50), |it| waits(it, |it| it.p50, seconds)));
        add(figure(word("wait p99"), |it| quantile(it, Quantile::P99), |it| waits(it, |it| it.p99, seconds)));
        add(figure(
            word("wait p99.9"),
            |it| quantile(it, Quantile::P999),
            |it| waits(it, |it| it.p999, seconds),
        ));
    }
    if any(&settles) {
        add(figure(word("relaxation time"), relaxation, nothing));
        rows.push(row(word("measured span, in those"), outlooks, |it| {
            let times = it.theory.relaxation_times(plan).filter(|_| settles(it));
            Cell::new(times.map_or(NONE.into(), units::number))
        }));
    }
    rows
}

fn with_timeout(plan: &Plan, outlooks: &[Outlook]) -> Vec<Row> {
    let of: fn(&Outlook) -> (&Prediction, &Answer) = |it| (&it.theory.with_timeout, &it.with_timeout);
    let twin = outlooks.iter().any(|it| it.with_timeout.played().is_some());
    let sheds = outlooks.iter().any(|it| it.with_timeout.played().is_some_and(|it| it.shed.value > 0.0));
    let mut rows =
        vec![row(word("formula"), outlooks, |it| formula(&it.theory.with_timeout, &it.with_timeout, it))];
    let mut add = |figure: Figure<'_>| rows.push(figure.row(outlooks, of));
    add(figure(word("served"), |it| it.timed_out.rest().to_string(), |it| share(it.served)));
    add(figure(word("timed out"), |it| it.timed_out.to_string(), |it| share(it.timed_out)));
    if sheds {
        add(figure(word("shed"), none, |it| share(it.shed)));
    }
    // Where a formula speaks of it a request has one hold.
    let throughput = match (twin, &plan.fleet) {
        (false, _) => word("throughput, holds"),
        (true, None) => word("throughput, requests"),
        (true, Some(_)) => word("· of a pool, requests"),
    };
    add(figure(throughput, |it| it.throughput.to_string(), |it| ranged(it.throughput, per_second)));
    if twin {
        add(figure(
            word("mean wait"),
            |it| long(it.waits.mean()),
            |it| waits(it, |it| Some(it.mean), seconds),
        ));
    }
    add(figure(word("wait p50"), |it| quantile(it, Quantile::P50), |it| waits(it, |it| it.p50, seconds)));
    add(figure(word("wait p99"), |it| quantile(it, Quantile::P99), |it| waits(it, |it| it.p99, seconds)));
    rows
}

/// A number of the twin, its range under it.
fn ranged(it: Ranged, told: fn(f64) -> String) -> Cell {
    let (low, high) = (told(it.low), told(it.high));
    let value = told(it.value);
    let under = (low != value || high != value).then(|| between(&low, &high));
    Cell { under, ..Cell::new(value) }
}

/// `902–991 ms`, or `902 ms–1.1 s` where the units differ.
fn between(low: &str, high: &str) -> String {
    let number = |text: &str| text.split_once(' ').map(|(number, unit)| (number.to_owned(), unit.to_owned()));
    match (number(low), number(high)) {
        (Some((from, one)), Some((_, other))) if one == other => format!("{from}–{high}"),
        _ => format!("{low}–{high}"),
    }
}

fn share(it: Ranged) -> Cell {
    ranged(it, units::percent)
}

fn seconds(it: Ranged) -> Cell {
    ranged(it, |seconds| long(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)))
}

fn per_second(rate: f64) -> String {
    format!("{}/s", units::number(rate))
}

fn waits(played: &Played, read: impl Fn(&PlayedWaits) -> Option<Ranged>, told: fn(Ranged) -> Cell) -> Cell {
    match &played.waits {
        None => Cell::new(NONE),
        Some(waits) => read(waits).map_or_else(|| Cell::new(word("too few")), told),
    }
}

/// What pool cannot deadlock on itself, where a request holds several connections at once.
fn nested(outlooks: &[Outlook]) -> Vec<Row> {
    if outlooks.iter().all(|it| it.theory.nested.is_none()) {
        return Vec::new();
    }
    let row = |label: &str, read: fn(&NestedHolds) -> String| {
        row(label, outlooks, |it| Cell::new(it.theory.nested.as_ref().map_or(NONE.into(), read)))
    };
    let smallest = |it: &NestedHolds| match it.smallest() {
        Ok(Some(size)) => size.to_string(),
        Ok(None) | Err(_) => word("no pool").into(),
    };
    vec![
        Row::group(word("nested connections")),
        row(word("cannot deadlock from"), smallest),
        row(word("safe in flight, at most"), |it| units::count(it.most_in_flight().into())),
    ]
}

const HOUR: Duration = Duration::from_secs(3600);

fn formula(prediction: &Prediction, answer: &Answer, outlook: &Outlook) -> Cell {
    Cell::new(match (answer, prediction) {
        (Answer::Twin(_, Ok(played)), _) if stuck(played, answer, outlook) => word("twin: deadlock").into(),
        (Answer::Twin(_, Ok(_)), _) => word("none: twin").into(),
        (Answer::Twin(_, Err(_)), _) => word("none").into(),
        (Answer::Theory, Prediction::Steady(steady)) => steady.formula.to_string(),
        (Answer::Theory, Prediction::NoSteadyState(_)) => word("no steady state").into(),
    })
}

fn quantile(steady: &Steady, quantile: Quantile) -> String {
    steady.waits.quantile(quantile).map_or(word("no bound").into(), long)
}

fn relaxation(steady: &Steady) -> String {
    match steady.relaxation {
        None => "–".into(),
        Some(Relaxation::Exact(time)) => long(time),
        Some(Relaxation::Approximate(time)) => say!("some {time}", time = long(time)),
        Some(Relaxation::AtMost(time)) => format!("≤ {}", long(time)),
    }
}

/// Times of days in days.
fn long(time: Duration) -> String {
    let days = time.as_secs_f64() / 86_400.0;
    if days >= 2.0 { say!("{days} days", days = units::number(days)) } else { units::time(time) }
}

fn notes(plan: &Plan, outlooks: &[Outlook]) -> Vec<String> {
    let mut notes = Vec::new();
    for Outlook { theory, patient, with_timeout } in outlooks {
        let parts =
            [(&theory.patient, patient, ""), (&theory.with_timeout, with_timeout, word(" with the timeout"))];
        for (prediction, answer, when) in parts {
            match (answer, prediction) {
                (Answer::Theory, Prediction::Steady(Steady { trust, formula, .. }))
                    if *trust != Trust::Exact =>
                {
                    notes.push(say!(
                        "{scope}{when}: {formula} is {trust}.",
                        scope = theory.scope,
                        when,
                        formula,
                        trust = words::trust(*trust)
                    ));
                }
                _ => {}
            }
        }
        let (settles, when) = match (&theory.patient, patient) {
            (Prediction::Steady(_), Answer::Theory) => (true, ""),
            (Prediction::Steady(_), _) => (false, ""),
            _ => (matches!(with_timeout, Answer::Theory), word(" with the timeout")),
        };
        if let Some(times) = theory.relaxation_times(plan).filter(|times| settles && *times < 10.0) {
            notes.push(say!("{scope}{when}: the measured span of {span} is {times} relaxation times, so a run shows how the queue builds up, and not the steady state.", scope = theory.scope, when, span = long(Forecast::span(plan)), times = units::number(times)));
        }
        notes.extend(of_twin(theory, patient, with_timeout));
    }
    notes.dedup();
    if outlooks.iter().any(|it| it.patient.played().or(it.with_timeout.played()).is_some()) {
        notes.push(
            word("Of the twin's figures the range stands below, from runs with other seeds; it is wide, so that those of many more such runs should lie in it. Its waits are those of a run as planned, from an empty pool on, and not of a steady state.")
                .into(),
        );
    }
    for nested in outlooks.iter().filter_map(|it| it.theory.nested) {
        notes.push(say!(
            "{nested} A deadlock that no run of the twin met is in no figure above.",
            nested = words::nested(&nested)
        ));
    }
    notes.into_iter().map(|note| wrap(&note, WIDTH.into(), "", "")).collect()
}

/// Why the twin has the word, and what it played.
fn of_twin(theory: &Forecast, patient: &Answer, with_timeout: &Answer) -> Vec<String> {
    let told = |answer: &Answer, when: &str| {
        let Answer::Twin(departures, played) = answer else { return None };
        Some(format!("{}{when}: {}", theory.scope, words::no_formula(departures, played)))
    };
    let (patiently, timed) = (told(patient, ""), told(with_timeout, ""));
    match (&patiently, &timed) {
        (Some(one), Some(other)) if one != other => {
            [told(patient, word(" if nobody gives up")), told(with_timeout, word(" with the timeout"))]
                .into_iter()
                .flatten()
                .collect()
        }
        (None, Some(_)) => told(with_timeout, word(" with the timeout")).into_iter().collect(),
        (Some(_), None) => told(patient, word(" if nobody gives up")).into_iter().collect(),
        _ => patiently.into_iter().collect(),
    }
}
