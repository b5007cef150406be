//! How far the formulas that are no more than approximations are from the twin: the table in METHODOLOGY.md, and
//! that what [`Trust::Within`] says holds over all of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use poolbench::analyse::{Patience, Played};
use poolbench::itinerary::SessionScope;
use poolbench::plan::Plan;
use poolbench::scenario::Scenario;
use poolbench::theory::{
    Connections, Formula, Hold, Load, Prediction, Relaxation, Station, Steady, Trust, Variability, predict,
};
use poolbench::twin::HoldLaw;
use poolbench::units::{Quantile, Rate};

/// A pool with holds of 1 s, and what is asked of it.
#[derive(Debug, Clone, Copy)]
struct Cell {
    connections: u32,
    load: f64,
    /// Variance ÷ mean² of the holds.
    spread: f64,
    constant: bool,
    /// In seconds, which are holds.
    timeout: Option<f64>,
}

/// How far a figure of the formula is from the twin's, as a share of the larger, and how well the twin knows it.
#[derive(Debug, Clone, Copy, Default)]
struct Error {
    off: f64,
    known: f64,
}

impl Cell {
    fn rate(&self) -> f64 {
        self.load * f64::from(self.connections)
    }

    fn steady(&self) -> Steady {
        let spread = if self.constant { Variability::NONE } else { Variability::EXPONENTIAL };
        let station = Station {
            connections: Connections::new(self.connections).unwrap(),
            hold: Hold::new(Duration::from_secs(1), Variability::new(self.spread).unwrap()).unwrap(),
            load: Load::Open { arrivals: Rate::per_second(self.rate()).unwrap(), spread },
            timeout: self.timeout.map(Duration::from_secs_f64),
        };
        match predict(&station).unwrap() {
            Prediction::Steady(steady) => steady,
            Prediction::NoSteadyState(_) => panic!("no steady state: {self:?}"),
        }
    }

    /// Sixteen runs of the twin, each long beside what the pool takes to forget its start.
    fn played(&self, holds: f64) -> Played {
        let relaxation = self.steady().relaxation.map_or(20.0, |it: Relaxation| it.time().as_secs_f64());
        let (warm_up, measure) = (20.0 + 8.0 * relaxation, holds / 16.0 / self.rate());
        let timeout = self.timeout.unwrap_or(1e6);
        let arrivals = if self.constant { "constant" } else { "poisson" };
        let text = format!(
            r#"
            pools = ["sqlx"]
            scopes = ["repository-scoped"]
            time-scale = "1"
            seed = 1
            pool = {{ size = {}, acquire-timeout = "{timeout}s" }}
            load = {{ rate = "{:.6}/s", arrivals = "{arrivals}", in-flight-cap = 10000000 }}
            phases = {{ warm-up = "{warm_up:.3}s", measure = "{measure:.3}s", drain = "30s" }}
            capacity = {{ warm-up = "1s", measure = "1s" }}
            steps = [{{ name = "one", kind = "sql", time = "1s", operation = "create-job" }}]
            "#,
            self.connections,
            self.rate(),
        );
        let plan = Plan::of(&Scenario::parse("cell", "cell.toml", &text).unwrap());
        let law = match self.spread {
            0.0 => HoldLaw::Fixed,
            spread => HoldLaw::LogNormal { spread },
        };
        let budget = (16.5 * (warm_up + measure) * self.rate()) as u64;
        Played::of(&plan, SessionScope::Repository, &law, Patience::Timeout, budget).unwrap()
    }

    /// The errors of the figures that `predict` prints.
    fn errors(&self, holds: f64) -> (Steady, Vec<(&'static str, Error)>) {
        let (steady, played) = (self.steady(), self.played(holds));
        let waits = played.waits.unwrap();
        let law = &steady.waits;
        let quantile = |at| law.quantile(at).unwrap().as_secs_f64();
        let lost = steady.timed_out.get();
        let waiting = law.longer_than(Duration::ZERO).get();
        let mut rows = vec![
            ("waiting", Some(waits.waiting), waiting),
            ("mean", Some(waits.mean), law.mean().as_secs_f64()),
            ("p50", waits.p50, quantile(Quantile::P50)),
            ("p99", waits.p99, quantile(Quantile::P99)),
            ("p99.9", waits.p999, quantile(Quantile::P999)),
        ];
        if self.timeout.is_some() {
            rows.push(("served", Some(played.served), 1.0 - lost));
            rows.push(("timed out", Some(played.timed_out), lost));
        }
        let error = |(name, range, told): (&'static str, Option<poolbench::analyse::Ranged>, f64)| {
            let range = range.filter(|it| it.value > 0.0 || told > 0.0)?;
            let (known, off) =
                ((range.high - range.low) / 2.0 / range.value.max(told), told / range.value - 1.0);
            Some((name, Error { off, known }))
        };
        (steady, rows.into_iter().filter_map(error).collect())
    }
}

fn grid() -> Vec<Cell> {
    let mut cells = Vec::new();
    let cell = |connections, load, spread| Cell { connections, load, spread, constant: false, timeout: None };
    for connections in [1, 2, 5, 10, 20, 50, 100] {
        for load in [0.5, 0.7, 0.8, 0.9, 0.95, 0.98] {
            for spread in [0.01, 0.1, 0.25, 0.5, 0.75, 0.95, 1.05] {
                cells.push(cell(connections, load, spread));
            }
        }
        for load in [0.975, 0.99] {
            for spread in [0.25, 0.5, 1.0, 2.0] {
                cells.push(Cell { constant: true, ..cell(connections, load, spread) });
            }
        }
        for load in [1.5, 2.0, 3.0, 10.0, 45.0] {
            for spread in [0.0, 0.25, 0.5, 2.0, 4.0] {
                for timeout in [0.1, 0.5, 2.0, 10.0] {
                    cells.push(Cell { timeout: Some(timeout), ..cell(connections, load, spread) });
                }
            }
        }
    }
    cells
}

/// The row of the table in which a cell is told.
fn row(cell: &Cell, steady: &Steady) -> String {
    let waiting = steady.waits.longer_than(Duration::ZERO).get();
    let among = |bounds: &[f64], value: f64| {
        let low = bounds.iter().rev().find(|bound| value >= **bound).copied().unwrap_or(0.0);
        let high = bounds.iter().find(|bound| value < **bound).copied();
        high.map_or(format!("≥ {low}"), |high| format!("{low} to {high}"))
    };
    let waits = among(&[0.02, 0.1, 0.2, 0.5, 0.8], waiting);
    match steady.formula {
        Formula::ErlangTimeout => {
            let holds = if cell.spread == 0.0 {
                "fixed"
            } else if cell.spread < 1.0 {
                "cs² < 1"
            } else {
                "cs² 2 to 4"
            };
            let timeout = cell.timeout.unwrap_or_default();
            format!(
                "M/M/c+D | {holds}, ρ {}, timeout {timeout} holds",
                among(&[1.5, 2.0, 3.0, 10.0], cell.load)
            )
        }
        formula => {
            let arrivals = if cell.constant { "constant arrivals, " } else { "" };
            format!("{formula} | {arrivals}share that waits {waits}")
        }
    }
}

/// A cell, what the formula says, and the errors of its figures.
type Measured = (Cell, Steady, Vec<(&'static str, Error)>);
/// How many cells a row has, and of each figure the least and the greatest error.
type Row<'a> = (usize, BTreeMap<&'a str, (f64, f64)>);

fn measured(cells: &[Cell], holds: f64) -> Vec<Measured> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (steady, errors) = cell.errors(holds);
            done.lock().unwrap().push((*cell, steady, errors));
        }
    };
    std::thread::scope(|scope| (0..2).for_each(|_| drop(scope.spawn(work))));
    done.into_inner().unwrap()
}

/// Cells in which a figure is further off than its trust says, by more than the twin's own doubt.
fn outside(measured: &[Measured]) -> Vec<String> {
    let mut found = Vec::new();
    for (cell, steady, errors) in measured {
        let Trust::Within(share) = steady.trust else { continue };
        for (name, error) in errors {
            if error.off.abs() > share.get() + error.known * (1.0 + share.get()) {
                found.push(format!(
                    "{name} of {} off by {:+.3}, {}: {cell:?}",
                    steady.formula, error.off, steady.trust
                ));
            }
        }
    }
    found
}

#[test]
#[ignore = "minutes: cargo test --release --test laws -- --ignored --nocapture approximations::"]
fn the_table_of_approximations() {
    let measured = measured(&grid(), 2e6);
    let mut rows: BTreeMap<String, Row<'_>> = BTreeMap::new();
    for (cell, steady, errors) in &measured {
        let trust = match steady.trust {
            Trust::Guide(_) => "a guide".to_owned(),
            trust => trust.to_string(),
        };
        let (cells, row) = rows.entry(format!("{} | {trust}", row(cell, steady))).or_default();
        *cells += 1;
        for (name, error) in errors {
            let (low, high) = row.entry(name).or_default();
            // What the twin itself does not know is no error of the formula.
            let sure = error.off.signum() * (error.off.abs() - error.known).max(0.0);
            (*low, *high) = (low.min(sure), high.max(sure));
        }
    }
    let names = ["waiting", "mean", "p50", "p99", "p99.9", "served", "timed out"];
    println!("| formula | range | trust | cells | {} |", names.join(" | "));
    println!("|---|---|---|---|{}", "---|".repeat(names.len()));
    for (row, (cells, errors)) in rows {
        let errors = names.map(|name| {
            errors
                .get(name)
                .map_or(String::new(), |(low, high)| format!("{:+.0} to {:+.0}", 100.0 * low, 100.0 * high))
        });
        println!("| {row} | {cells} | {} |", errors.join(" | "));
    }
    let outside = outside(&measured);
    assert!(outside.is_empty(), "{outside:#?}");
}

/// Some cells of the grid, with short runs.
#[test]
fn what_trust_says_holds_in_some_cells() {
    let some: Vec<Cell> = grid().into_iter().step_by(61).collect();
    let outside = outside(&measured(&some, 1e5));
    assert!(outside.is_empty(), "{outside:#?}");
}
