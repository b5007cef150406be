//! What pool an objective needs, as plain text for 80 columns.

use crate::report::lang::{key, say, word};
use std::io;

use super::table::{Cell, Heading, Row, Table};
use super::terminal::{WIDTH, draw};
use super::text::{clean, wrap};
use super::words;
use crate::analyse::{Curve, Highest, Needed, ScopeSizing, SizedBy, Sizing};
use crate::plan::Plan;
use crate::scenario::ArrivalKind;
use crate::units::{self, Rate};

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
        let title = say!("{wait} of the wait over the arrival rate, {scope}", wait, scope = scope.scope);
        draw(&curve(&title, Across::Rate, &scope.over_rate, rate))
    }));
    parts.extend(sizing.scopes.iter().map(|scope| {
        let size = |at: f64| units::count(at as u64);
        let title = say!("{wait} of the wait over the pool size, {scope}", wait, scope = scope.scope);
        draw(&curve(&title, Across::Connections, &scope.over_size, size))
    }));
    out.write_all((parts.join("\n\n") + "\n").as_bytes())
}

/// `This change is worth 2,182 connections at 11.9 requests/s: …`.
fn worth(plan: &Plan, sizing: &Sizing) -> Option<String> {
    let (needed, rate) = sizing.worth?;
    let [before, .., after] = sizing.scopes.as_slice() else { return None };
    let saturation = sizing.at_saturation.map_or_else(String::new, |most| {
        let share = f64::from(needed.connections.get()) / most;
        say!(
            " If both pools were always full it would be {most}; the objective keeps one at {share} of that.",
            most = units::number(most),
            share = units::percent(share)
        )
    });
    let (low, high) = needed.between;
    let range = if low == high { String::new() } else { say!(" ({low} to {high})", low, high) };
    let told = say!(
        "This change is worth {connections}{range} connections at {rate} requests/s: so many would {scope} need to keep {quantile} {sizing} at the rate that {scope2} carries with {size}.{saturation}",
        connections = needed.connections,
        range,
        rate = units::number(rate.as_per_second()),
        scope = before.scope,
        quantile = sizing.objective.quantile,
        sizing = limit(sizing),
        scope2 = after.scope,
        size = units::count(plan.pool.size.into()),
        saturation
    );
    Some(wrap(&told, WIDTH.into(), "", ""))
}

fn limit(sizing: &Sizing) -> String {
    say!("of acquire wait at {wait} or less", wait = units::time(sizing.objective.wait))
}

fn sizes(plan: &Plan, sizing: &Sizing) -> Table {
    let of_one = if plan.fleet.is_some() { word(" a pool") } else { "" };
    let per_pool = plan.load.rate.as_per_second() / f64::from(plan.pool_count().max(1));
    let mut head = vec![Heading::words("")];
    head.extend(sizing.scopes.iter().map(|it| Heading::figures(it.scope.name())));
    let row = |label: String, read: &dyn Fn(&ScopeSizing) -> Cell| {
        let figures = sizing.scopes.iter().map(read);
        Row::new(std::iter::once(Cell::new(label)).chain(figures).collect())
    };
    let size = units::count(plan.pool.size.into());
    let mut rows = vec![
        row(say!("smallest pool for {per_pool}/s", per_pool = units::number(per_pool)), &|it| {
            connections(it.smallest)
        }),
        row(say!("highest rate of {size}", size), &|it| highest(it.highest)),
        row(word("· share of capacity").into(), &|it| {
            let share = it.highest.rate().map(|rate| rate.as_per_second() / it.capacity.as_per_second());
            Cell::new(share.map_or("–".into(), units::percent))
        }),
        row(say!("capacity of {size}", size), &|it| Cell::new(it.capacity.to_string())),
        row(word("formula").into(), &|it| {
            Cell::new(match &it.answer {
                SizedBy::Formula(formula) => formula.to_string(),
                SizedBy::Twin(..) => word("none: twin").into(),
                SizedBy::Guide(formula, ..) => say!("{formula}: a guide", formula),
            })
        }),
    ];
    if let Some(pools) = plan.fleet.as_ref().map(|fleet| fleet.pools) {
        rows.push(row(
            say!("pools of {size} for {rate}/s", size, rate = units::number(plan.load.rate.as_per_second())),
            &|it| {
                let pools =
                    |rate: Rate| (plan.load.rate.as_per_second() / rate.as_per_second()).ceil() as u64;
                match it.highest {
                    Highest::Rate(rate, (low, high)) => {
                        ranged(units::count(pools(rate)), units::count(pools(high)), units::count(pools(low)))
                    }
                    _ => Cell::new("–"),
                }
            },
        ));
        rows.push(row(word("· there are").into(), &|_| Cell::new(units::count(pools.into()))));
    }
    Table {
        title: say!("Sizing: {scenario}", scenario = clean(&plan.scenario)),
        subtitle: say!(
            "{quantile} {sizing}, {per_pool} requests/s{of_one}, {arrivals} arrivals",
            quantile = sizing.objective.quantile,
            sizing = limit(sizing),
            per_pool = units::number(per_pool),
            of_one,
            arrivals =
                if plan.load.arrivals == ArrivalKind::Poisson { word("random") } else { word("constant") }
        ),
        head,
        rows,
        notes: notes(sizing),
    }
}

/// A number of connections, with what it lies between under it.
fn connections(it: Needed) -> Cell {
    let (low, high) = it.between;
    ranged(it.connections.to_string(), low.to_string(), high.to_string())
}

fn highest(it: Highest) -> Cell {
    match it {
        Highest::None => Cell::new(word("none")),
        Highest::Rate(rate, (low, high)) => {
            ranged(rate.to_string(), units::number(low.as_per_second()), high.to_string())
        }
        Highest::Any(rate) => Cell::new(say!("over {rate}", rate)),
        Highest::Changing => Cell::new("–"),
    }
}

fn ranged(value: String, low: String, high: String) -> Cell {
    let under = (low != high && !high.starts_with(&format!("{low}/"))).then(|| format!("{low}–{high}"));
    Cell { under, ..Cell::new(value) }
}

fn notes(sizing: &Sizing) -> Vec<String> {
    let told = sizing.scopes.iter().filter_map(|it| {
        let why = words::no_sizes(&it.answer)?;
        Some(format!("{}: {why}", it.scope))
    });
    let mut notes: Vec<String> = told.collect();
    let played = |it: &ScopeSizing| matches!(it.answer, SizedBy::Twin(..));
    if sizing.scopes.iter().any(played) {
        notes.push(
            word("The range below a figure of the twin is where it lies if many more runs were played. Such a pool keeps the objective over the run as planned, from an empty pool on.")
                .into(),
        );
    }
    if sizing.scopes.iter().any(|it| matches!(it.highest, Highest::Changing)) {
        notes.push(word("The rate changes over the run, so there is no highest one.").into());
    }
    notes.extend(sizing.scopes.iter().filter_map(|it| {
        let nested = words::nested(&it.nested?);
        let unseen = if played(it) {
            word("A deadlock that no run met is in no size above.")
        } else {
            word(NO_DEADLOCK)
        };
        Some(format!("{}: {nested} {unseen}", it.scope))
    }));
    notes.into_iter().map(|note| wrap(&note, WIDTH.into(), "", "")).collect()
}

const NO_DEADLOCK: &str = key("The sizes above know no deadlock.");

/// Rows of a curve that a reader needs; the chart has them all.
const SHOWN: usize = 8;

/// What a wait is shown over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Across {
    Rate,
    Connections,
}

impl Across {
    fn words(self) -> &'static str {
        match self {
            Self::Rate => word("requests/s"),
            Self::Connections => word("connections"),
        }
    }
}

fn curve(title: &str, what: Across, curve: &Curve, at: impl Fn(f64) -> String) -> Table {
    let step = curve.points.len().div_ceil(SHOWN).max(1);
    let picked = curve.points.iter().enumerate().filter(|(index, _)| index % step == step - 1);
    let rows = picked.map(|(_, (x, wait))| {
        Row::new(vec![Cell::new(""), Cell::new(at(*x)), Cell::new(units::time(*wait))])
    });
    let knee = curve.knee.map_or_else(
        || word("the objective is kept nowhere").to_owned(),
        |knee| {
            let at = at(knee.at);
            match what {
                Across::Rate => {
                    say!("the objective is kept to {at} requests/s", at = at.trim_end_matches("/s"))
                }
                Across::Connections => say!("the objective is kept from {at} connections", at),
            }
        },
    );
    Table {
        title: title.to_owned(),
        subtitle: knee,
        head: vec![Heading::words(""), Heading::figures(what.words()), Heading::figures(word("wait"))],
        rows: rows.collect(),
        notes: Vec::new(),
    }
}
