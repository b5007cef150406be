//! `SELECT`s over 20 connections: through each adapter, without pool and adapter, and by
//! `pgbench`, in alternating rounds, so that a slow moment of the machine meets all of them.

use std::time::Duration;

use super::bare::{Sqlx, TokioPostgres};
use super::caller::{ACCOUNTS, Arrangement, RoundSpec, Route, Through, run};
use super::spread::{Ratio, Spread};
use super::{CalibrationError, CalibrationPlan, Pgbench, runtime};
use crate::pool::admin::run_setup;
use crate::pool::deadpool::DeadpoolPool;
use crate::pool::sqlx::SqlxPool;
use crate::units::Rate;

/// What each way to send a `SELECT` carries.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Selects {
    /// Connections, and callers.
    pub connections: u32,
    /// How the threads were laid out: the better of two tries with the deadpool adapter.
    pub arrangement: Arrangement,
    /// What the adapter carried in those tries: one shared runtime, and one runtime a thread.
    pub tried: [Spread<Rate>; 2],
    /// Each route.
    pub routes: Vec<SelectRate>,
    /// Why `pgbench` is missing from the routes, where it is.
    pub without_pgbench: Option<String>,
}

/// What one route carries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SelectRate {
    /// The route.
    pub route: Route,
    /// `SELECT`s answered per second.
    pub rate: Spread<Rate>,
    /// Its rate ÷ that of the same driver without pool and adapter, round by round; nothing for a
    /// route that has no pool.
    pub of_bare: Option<Spread<Ratio>>,
    /// Its rate ÷ that of `pgbench`, round by round.
    pub of_pgbench: Option<Spread<Ratio>>,
}

/// As in `pgbench -c 20`.
const CONNECTIONS: u32 = 20;

/// The tables of `pgbench -i` at scale 1, as far as `-S` reads them. poolbench makes them itself,
/// so that they are the same where there is no `pgbench`, and never replace somebody's own.
const TABLES: [&str; 6] = [
    "create table pgbench_branches (bid int not null primary key, bbalance int, filler char(88))",
    "insert into pgbench_branches (bid, bbalance) values (1, 0)",
    "create table pgbench_accounts (aid int not null, bid int, abalance int, filler char(84))",
    "insert into pgbench_accounts select aid, 1, 0, '' from generate_series(1, :accounts) aid",
    "alter table pgbench_accounts add primary key (aid)",
    "vacuum analyze pgbench_accounts",
];

pub(super) fn measure(plan: &CalibrationPlan) -> Result<Selects, CalibrationError> {
    runtime()?.block_on(async {
        let tables = TABLES.map(|text| text.replace(":accounts", &ACCOUNTS.to_string()));
        run_setup(&plan.address, "poolbench calibrate", &plan.schema, &tables).await
    })?;
    let round = RoundSpec {
        address: plan.address.clone(),
        connections: CONNECTIONS,
        warm_up: Duration::from_millis(100),
        span: Duration::from_millis(plan.effort.pick(300, 900)),
    };
    let one = |route, arrangement| {
        plan.go_on()?;
        one_round(route, arrangement, &round, plan.pgbench.as_ref())
    };
    let (arrangement, tried) = better_arrangement(plan.effort.pick(1, 3), one)?;
    let mut routes = vec![Route::BareTokioPostgres, Route::Deadpool, Route::BareSqlx, Route::Sqlx];
    let mut without_pgbench = None;
    match &plan.pgbench {
        None => without_pgbench = Some("there is no pgbench on this machine".to_owned()),
        Some(pgbench) => match pgbench.run(CONNECTIONS, Duration::from_secs(1)) {
            Ok(_) => routes.push(Route::Pgbench),
            Err(fault) => without_pgbench = Some(format!("pgbench failed: {fault}")),
        },
    }
    let rounds = alternate(plan.effort.pick(1, 11), &routes, |route| one(route, arrangement))?;
    let routes = routes.iter().map(|&route| select_rate(route, &rounds)).collect::<Result<_, _>>()?;
    Ok(Selects { connections: CONNECTIONS, arrangement, tried, routes, without_pgbench })
}

/// The better of both arrangements, by the median of alternating rounds of the deadpool adapter.
fn better_arrangement(
    rounds: u32,
    one: impl Fn(Route, Arrangement) -> Result<Rate, CalibrationError>,
) -> Result<(Arrangement, [Spread<Rate>; 2]), CalibrationError> {
    let [mut shared, mut apart] = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        shared.push(one(Route::Deadpool, Arrangement::Shared)?);
        apart.push(one(Route::Deadpool, Arrangement::Apart)?);
    }
    let tried = [Spread::of(WHAT, shared)?, Spread::of(WHAT, apart)?];
    let better = if tried[0].median > tried[1].median { Arrangement::Shared } else { Arrangement::Apart };
    Ok((better, tried))
}

const WHAT: &str = "the SELECTs";

/// A B C A B C…: in each round, every route's rate.
fn alternate(
    rounds: u32,
    routes: &[Route],
    mut one: impl FnMut(Route) -> Result<Rate, CalibrationError>,
) -> Result<Vec<Vec<(Route, Rate)>>, CalibrationError> {
    let round = |_| routes.iter().map(|&route| Ok((route, one(route)?))).collect();
    (0..rounds).map(round).collect()
}

fn one_round(
    route: Route,
    arrangement: Arrangement,
    round: &RoundSpec,
    pgbench: Option<&Pgbench>,
) -> Result<Rate, CalibrationError> {
    let told = match route {
        Route::BareTokioPostgres => run::<TokioPostgres>(arrangement, round),
        Route::Deadpool => run::<Through<DeadpoolPool>>(arrangement, round),
        Route::BareSqlx => run::<Sqlx>(arrangement, round),
        Route::Sqlx => run::<Through<SqlxPool>>(arrangement, round),
        Route::Pgbench => match pgbench {
            Some(pgbench) => pgbench.run(round.connections, round.warm_up + round.span),
            None => Err("there is none".to_owned()),
        },
    };
    told.map_err(|reason| CalibrationError::Selects { who: route.words(), reason })
}

impl Route {
    /// What it is called in tables.
    #[must_use]
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::BareTokioPostgres => "bare tokio-postgres",
            Self::Deadpool => "deadpool adapter",
            Self::BareSqlx => "bare sqlx",
            Self::Sqlx => "sqlx adapter",
            Self::Pgbench => "pgbench",
        }
    }

    /// The same driver without pool and adapter.
    fn bare(self) -> Option<Self> {
        match self {
            Self::Deadpool => Some(Self::BareTokioPostgres),
            Self::Sqlx => Some(Self::BareSqlx),
            Self::BareTokioPostgres | Self::BareSqlx | Self::Pgbench => None,
        }
    }
}

fn select_rate(route: Route, rounds: &[Vec<(Route, Rate)>]) -> Result<SelectRate, CalibrationError> {
    let rate_in = |round: &[(Route, Rate)], wanted| {
        round.iter().find(|(route, _)| *route == wanted).map(|(_, rate)| rate.as_per_second())
    };
    let ratios = |other: Route| {
        let ratios =
            rounds.iter().filter_map(|round| Ratio::of(rate_in(round, route)?, rate_in(round, other)?));
        Spread::of(WHAT, ratios).ok()
    };
    let rates = rounds.iter().filter_map(|round| Rate::per_second(rate_in(round, route)?));
    Ok(SelectRate {
        route,
        rate: Spread::of(WHAT, rates)?,
        of_bare: route.bare().and_then(ratios),
        of_pgbench: (route != Route::Pgbench).then(|| ratios(Route::Pgbench)).flatten(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_round_by_round() {
        let mut rate = 0.0;
        let routes = [Route::BareTokioPostgres, Route::Deadpool, Route::Pgbench];
        // 1 2 3, 4 5 6: the machine gets faster, and the ratios do not mix its moments.
        let rounds = alternate(2, &routes, |_| {
            rate += 1.0;
            Rate::per_second(rate).ok_or(CalibrationError::NoRound(WHAT))
        });
        let told = select_rate(Route::Deadpool, &rounds.unwrap()).unwrap();
        let [of_bare, of_pgbench] =
            [told.of_bare, told.of_pgbench].map(|ratio| ratio.unwrap().map(Ratio::get));
        assert_eq!((of_bare.least, of_bare.greatest, of_bare.n), (5.0 / 4.0, 2.0, 2));
        assert_eq!((of_pgbench.least, of_pgbench.greatest), (2.0 / 3.0, 5.0 / 6.0));
        assert_eq!(told.rate.median.as_per_second(), 2.0);
    }

    #[test]
    fn without_pgbench_nothing_is_compared_with_it() {
        let rate = Rate::per_second(1.0).unwrap();
        let rounds = [vec![(Route::BareSqlx, rate), (Route::Sqlx, rate)]];
        let told = select_rate(Route::Sqlx, &rounds).unwrap();
        assert!(told.of_pgbench.is_none() && told.of_bare.is_some());
        assert!(select_rate(Route::BareSqlx, &rounds).unwrap().of_bare.is_none());
    }
}
