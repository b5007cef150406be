//! What pool an objective needs, as plain text for 80 columns.

use std::io;

use super::table::{Cell, Heading, Row, Table};
use super::terminal::{WIDTH, draw};
use super::text::{clean, wrap};
use super::words;
use crate::analyse::{Curve, Departure, ScopeSizing, Sizing};
use crate::plan::Plan;
use crate::theory::Trust;
use crate::units;

/// Writes what pool an objective needs, what the given pool carries, and what the change is worth.
///
/// # Errors
/// When the writer fails.
pub fn size(plan: &Plan, sizing: &Sizing, out: &mut dyn io::Write) -> io::Result<()> {
    let mut parts = Vec::new();
    parts.extend(worth(plan, sizing));
    parts.push(draw(&sizes(plan, sizing)));
    let wait = sizing.objective.quantile;
    parts.extend(sizing.scopes.iter().map(|scope| {
        let rate = |at: f64| format!("{}/s", units::number(at));
        let title = format!("{wait} of the wait over the arrival rate, {}", scope.scope);
        draw(&curve(&title, "requests/s", &scope.over_rate, rate))
    }));
    parts.extend(sizing.scopes.iter().map(|scope| {
        let size = |at: f64| units::count(at as u64);
        let title = format!("{wait} of the wait over the pool size, {}", scope.scope);
        draw(&curve(&title, "connections", &scope.over_size, size))
    }));
    out.write_all((parts.join("\n\n") + "\n").as_bytes())
}

/// `This change is worth 2,182 connections at 11.9 requests/s: …`.
fn worth(plan: &Plan, sizing: &Sizing) -> Option<String> {
    let (connections, rate) = sizing.worth?;
    let [before, .., after] = sizing.scopes.as_slice() else { return None };
    let saturation = sizing.at_saturation.map_or_else(String::new, |most| {
        let share = f64::from(connections.get()) / most;
        format!(
            " If both pools were always full it would be {}; the objective keeps one at {} of that.",
            units::number(most),
            units::percent(share),
        )
    });
    let told = format!(
        "This change is worth {connections} connections at {} requests/s: so many would {} need to keep {} {} \
         at the rate that {} carries with {}.{saturation}",
        units::number(rate.as_per_second()),
        before.scope,
        sizing.objective.quantile,
        limit(sizing),
        after.scope,
        units::count(plan.pool.size.into()),
    );
    Some(wrap(&told, WIDTH.into(), "", ""))
}

fn limit(sizing: &Sizing) -> String {
    format!("of acquire wait at {} or less", units::time(sizing.objective.wait))
}

fn sizes(plan: &Plan, sizing: &Sizing) -> Table {
    let of_one = if plan.fleet.is_some() { " a pool" } else { "" };
    let per_pool = plan.load.rate.as_per_second() / f64::from(plan.pool_count().max(1));
    let mut head = vec![Heading::words("")];
    head.extend(sizing.scopes.iter().map(|it| Heading::figures(it.scope.name())));
    let row = |label: String, read: &dyn Fn(&ScopeSizing) -> String| {
        let figures = sizing.scopes.iter().map(|it| Cell::new(read(it)));
        Row::new(std::iter::once(Cell::new(label)).chain(figures).collect())
    };
    let size = units::count(plan.pool.size.into());
    let mut rows = vec![
        row(format!("smallest pool for {}/s", units::number(per_pool)), &|it| {
            it.smallest.connections.to_string()
        }),
        row(format!("highest rate of {size}"), &|it| {
            it.highest.map_or("none".into(), |rate| rate.to_string())
        }),
        row("· share of capacity".into(), &|it| {
            let share = it.highest.map(|rate| rate.as_per_second() / it.capacity.as_per_second());
            share.map_or("–".into(), units::percent)
        }),
        row(format!("capacity of {size}"), &|it| it.capacity.to_string()),
        row("formula".into(), &|it| it.smallest.formula.to_string()),
    ];
    if let Some(pools) = plan.fleet.as_ref().map(|fleet| fleet.pools) {
        rows.push(row(
            format!("pools of {size} for {}/s", units::number(plan.load.rate.as_per_second())),
            &|it| {
                let pools =
                    it.highest.map(|rate| (plan.load.rate.as_per_second() / rate.as_per_second()).ceil());
                pools.map_or("–".into(), |pools| units::count(pools as u64))
            },
        ));
        rows.push(row("· there are".into(), &|_| units::count(pools.into())));
    }
    let doubts = sizing.scopes.iter().filter(|it| it.smallest.trust != Trust::Exact);
    Table {
        title: format!("Sizing: {}", clean(&plan.scenario)),
        subtitle: format!(
            "{} {}, {} requests/s{of_one}, random arrivals",
            sizing.objective.quantile,
            limit(sizing),
            units::number(per_pool)
        ),
        head,
        rows,
        notes: doubts
            .map(|it| format!("{}: {} is {}.", it.scope, it.smallest.formula, it.smallest.trust))
            .chain(sizing.scopes.iter().filter_map(|it| beside_the_formula(plan, it)))
            .chain(sizing.scopes.iter().filter_map(|it| {
                let told =
                    format!("{}: {} The sizes above know no deadlock.", it.scope, words::nested(&it.nested?));
                Some(wrap(&told, WIDTH.into(), "", ""))
            }))
            .collect(),
    }
}

/// Says where no formula speaks of a load: then its sizes are too small or too large, and nobody knows which.
fn beside_the_formula(plan: &Plan, scope: &ScopeSizing) -> Option<String> {
    let departures = Departure::of(plan, scope.scope);
    let told = format!(
        "{}: no formula speaks of this load ({}), so its sizes are a guide only. Simulate the one you take.",
        scope.scope,
        words::reasons(&departures)
    );
    (!departures.is_empty()).then(|| wrap(&told, WIDTH.into(), "", ""))
}

/// Rows of a curve that a reader needs; the chart has them all.
const SHOWN: usize = 8;

fn curve(title: &str, what: &str, curve: &Curve, at: impl Fn(f64) -> String) -> Table {
    let step = curve.points.len().div_ceil(SHOWN).max(1);
    let picked = curve.points.iter().enumerate().filter(|(index, _)| index % step == step - 1);
    let rows = picked.map(|(_, (x, wait))| {
        Row::new(vec![Cell::new(""), Cell::new(at(*x)), Cell::new(units::time(*wait))])
    });
    let knee = curve.knee.map_or_else(
        || "the objective is kept nowhere".to_owned(),
        |knee| format!("the objective is kept to {} {what}", at(knee.at).trim_end_matches("/s")),
    );
    let knee = if what == "connections" { knee.replace("kept to", "kept from") } else { knee };
    Table {
        title: title.to_owned(),
        subtitle: knee,
        head: vec![Heading::words(""), Heading::figures(what), Heading::figures("wait")],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}
