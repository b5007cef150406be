//! What theory says, as plain text for 80 columns.

use std::io;
use std::time::Duration;

use super::table::{Cell, Heading, Row, Table};
use super::terminal::{WIDTH, draw};
use super::text::{clean, wrap};
use super::words;
use crate::analyse::{Forecast, NestedHolds};
use crate::plan::{Asks, Plan};
use crate::scenario::Routing;
use crate::theory::{Overload, Prediction, Relaxation, Steady, Trust};
use crate::units::{self, Quantile};

/// Writes what theory says of a plan.
///
/// # Errors
/// When the writer fails.
pub fn predict(plan: &Plan, forecasts: &[Forecast], out: &mut dyn io::Write) -> io::Result<()> {
    let table = table(plan, forecasts);
    let text = draw(&table) + "\n";
    out.write_all(text.as_bytes())
}

fn table(plan: &Plan, forecasts: &[Forecast]) -> Table {
    let mut head = vec![Heading::words("")];
    head.extend(forecasts.iter().map(|it| Heading::figures(it.scope.name())));
    let mut rows = load(plan, forecasts);
    rows.push(Row::group("if nobody gives up"));
    rows.extend(patient(plan, forecasts));
    rows.push(Row::group(&format!("with the acquire timeout of {}", units::time(plan.pool.acquire_timeout))));
    rows.extend(with_timeout(forecasts));
    rows.extend(nested(forecasts));
    Table {
        title: format!("Theory: {}", clean(&plan.scenario)),
        subtitle: format!(
            "{} requests/s ({}), {}{} connections, nominal times",
            units::number(plan.load.rate.as_per_second()),
            plan.load.arrivals.word(),
            fleet(plan),
            units::count(plan.pool.size.into()),
        ),
        head,
        rows,
        notes: notes(plan, forecasts),
    }
}

fn fleet(plan: &Plan) -> String {
    plan.fleet.as_ref().map_or_else(String::new, |fleet| {
        format!("{} pools ({} routing) of ", units::count(fleet.pools.into()), fleet.routing.word())
    })
}

fn row(label: &str, forecasts: &[Forecast], read: impl Fn(&Forecast) -> String) -> Row {
    let figures = forecasts.iter().map(|it| Cell::new(read(it)));
    Row::new(std::iter::once(Cell::new(label)).chain(figures).collect())
}

fn load(plan: &Plan, forecasts: &[Forecast]) -> Vec<Row> {
    let of_one = if plan.fleet.is_some() { " of a pool" } else { "" };
    vec![
        row("hold, mean", forecasts, |it| units::time(it.hold.mean())),
        row("holds a request", forecasts, |it| units::count(it.holds_a_request.into())),
        row("utilisation ρ asked for", forecasts, |it| units::percent(it.utilisation)),
        row(&format!("capacity{of_one}, requests"), forecasts, |it| it.capacity.to_string()),
    ]
}

fn patient(plan: &Plan, forecasts: &[Forecast]) -> Vec<Row> {
    let steady = |read: fn(&Steady) -> String| {
        move |it: &Forecast| match &it.patient {
            Prediction::Steady(steady) => read(steady),
            Prediction::NoSteadyState(_) => "–".into(),
        }
    };
    let overload = |read: fn(&Overload) -> String| {
        move |it: &Forecast| match &it.patient {
            Prediction::Steady(_) => "–".into(),
            Prediction::NoSteadyState(overload) => read(overload),
        }
    };
    let any = |of: fn(&Prediction) -> bool| forecasts.iter().any(|it| of(&it.patient));
    let mut rows = vec![row("formula", forecasts, |it| formula(&it.patient))];
    if any(|it| matches!(it, Prediction::NoSteadyState(_))) {
        let growth = |it: &Overload| it.growth().map_or("without end".into(), |rate| rate.to_string());
        rows.push(row("queue grows by", forecasts, overload(growth)));
        rows.push(row("wait after 1 h", forecasts, overload(|it| long(it.wait_after(HOUR)))));
        rows.push(row("throughput, holds", forecasts, overload(|it| it.throughput().to_string())));
    }
    if any(|it| matches!(it, Prediction::Steady(_))) {
        rows.push(row(
            "share that waits",
            forecasts,
            steady(|it| it.waits.longer_than(Duration::ZERO).to_string()),
        ));
        rows.push(row("mean wait", forecasts, steady(|it| long(it.waits.mean()))));
        rows.push(row("wait p50", forecasts, steady(|it| quantile(it, Quantile::P50))));
        rows.push(row("wait p99", forecasts, steady(|it| quantile(it, Quantile::P99))));
        rows.push(row("wait p99.9", forecasts, steady(|it| quantile(it, Quantile::P999))));
        rows.push(row("relaxation time", forecasts, steady(relaxation)));
        rows.push(row("measured span, in those", forecasts, |it| {
            it.relaxation_times(plan).map_or("–".into(), units::number)
        }));
    }
    rows
}

fn with_timeout(forecasts: &[Forecast]) -> Vec<Row> {
    let read = |read: fn(&Steady) -> String| {
        move |it: &Forecast| match &it.with_timeout {
            Prediction::Steady(steady) => read(steady),
            Prediction::NoSteadyState(_) => "–".into(),
        }
    };
    vec![
        row("formula", forecasts, |it| formula(&it.with_timeout)),
        row("served", forecasts, read(|it| it.timed_out.rest().to_string())),
        row("timed out", forecasts, read(|it| it.timed_out.to_string())),
        row("throughput, holds", forecasts, read(|it| it.throughput.to_string())),
        row("wait p50", forecasts, read(|it| quantile(it, Quantile::P50))),
        row("wait p99", forecasts, read(|it| quantile(it, Quantile::P99))),
    ]
}

/// What pool cannot deadlock on itself, where a request holds several connections at once.
fn nested(forecasts: &[Forecast]) -> Vec<Row> {
    if forecasts.iter().all(|it| it.nested.is_none()) {
        return Vec::new();
    }
    let read =
        |read: fn(&NestedHolds) -> String| move |it: &Forecast| it.nested.as_ref().map_or("–".into(), read);
    let smallest = |it: &NestedHolds| match it.smallest() {
        Ok(Some(size)) => size.to_string(),
        Ok(None) | Err(_) => "no pool".into(),
    };
    vec![
        Row::group("nested connections"),
        row("cannot deadlock from", forecasts, read(smallest)),
        row("safe in flight, at most", forecasts, read(|it| units::count(it.most_in_flight().into()))),
    ]
}

const HOUR: Duration = Duration::from_secs(3600);

fn formula(prediction: &Prediction) -> String {
    match prediction {
        Prediction::Steady(steady) => steady.formula.to_string(),
        Prediction::NoSteadyState(_) => "no steady state".into(),
    }
}

fn quantile(steady: &Steady, quantile: Quantile) -> String {
    steady.waits.quantile(quantile).map_or("no bound".into(), long)
}

fn relaxation(steady: &Steady) -> String {
    match steady.relaxation {
        None => "–".into(),
        Some(Relaxation::Exact(time)) => long(time),
        Some(Relaxation::Approximate(time)) => format!("some {}", long(time)),
        Some(Relaxation::AtMost(time)) => format!("≤ {}", long(time)),
    }
}

/// Times of days in days.
fn long(time: Duration) -> String {
    let days = time.as_secs_f64() / 86_400.0;
    if days >= 2.0 { format!("{} days", units::number(days)) } else { units::time(time) }
}

fn notes(plan: &Plan, forecasts: &[Forecast]) -> Vec<String> {
    let mut notes = Vec::new();
    for forecast in forecasts {
        for (prediction, when) in [(&forecast.patient, ""), (&forecast.with_timeout, " with the timeout")] {
            if let Prediction::Steady(Steady { trust, formula, .. }) = prediction
                && *trust != Trust::Exact
            {
                notes.push(format!("{}{when}: {formula} is {trust}.", forecast.scope));
            }
        }
        if let Some(times) = forecast.relaxation_times(plan).filter(|times| *times < 10.0) {
            notes.push(format!(
                "{}: the measured span of {} is {} relaxation times, so a run shows how the queue builds up, \
                 and not the steady state.",
                forecast.scope,
                long(Forecast::span(plan)),
                units::number(times)
            ));
        }
    }
    notes.dedup();
    if plan.fleet.as_ref().is_some_and(|fleet| fleet.routing == Routing::LeastLoaded) {
        notes.push(
            "Least-loaded routing has no formula here; the figures are those of random routing. Simulate."
                .into(),
        );
    }
    if plan.asks_for_failures() == Asks::Yes {
        notes.push("Theory takes every request for whole: fail-share is left out. Simulate.".into());
    }
    for nested in forecasts.iter().filter_map(|it| it.nested) {
        notes.push(format!(
            "{} The formulas know no deadlock: while requests wait for each other no figure above \
             holds. Simulate.",
            words::nested(&nested)
        ));
    }
    notes.into_iter().map(|note| wrap(&note, WIDTH.into(), "", "")).collect()
}
