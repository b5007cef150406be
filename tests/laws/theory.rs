//! The formulas against values that were checked by independent simulation, against each other, and
//! against the laws that every queue keeps.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::num::NonZeroU32;
use std::time::{Duration, Instant};

use poolbench::theory::{
    Callers, ClosedLoopWaits, Connections, Doubt, Erlangs, ExponentialWaits, FixedHoldWaits, Formula, Hold,
    Load, Objective, Prediction, Relaxation, Share, Station, Steady, TheoryError, TimeoutWaits, Trust,
    Variability, WaitLaw, allen_cunneen, deadlock_free, erlang, highest_rate, kimura, little, most_at_once,
    predict, smallest_pool,
};
use poolbench::units::{Quantile, Rate};
use proptest::prelude::*;
use serde_json::Value;

fn per_second(value: f64) -> Rate {
    Rate::per_second(value).unwrap()
}

fn seconds(value: f64) -> Duration {
    Duration::from_secs_f64(value)
}

fn pool(count: u32) -> Connections {
    Connections::new(count).unwrap()
}

fn exponential(mean: f64) -> Hold {
    Hold::exponential(seconds(mean)).unwrap()
}

fn fixed(time: f64) -> Hold {
    Hold::fixed(seconds(time)).unwrap()
}

fn varied(mean: f64, spread: f64) -> Hold {
    Hold::new(seconds(mean), Variability::new(spread).unwrap()).unwrap()
}

/// One case of the reference file.
struct Case<'a>(&'a Value);

impl Case<'_> {
    fn get(&self, key: &str) -> Option<f64> {
        self.0.get(key).and_then(Value::as_f64)
    }

    fn number(&self, key: &str) -> f64 {
        self.get(key).unwrap_or_else(|| panic!("{key} in {}", self.0))
    }

    fn connections(&self) -> Connections {
        pool(self.number("c") as u32)
    }

    /// Checks a value within one unit of its last printed digit (not all were rounded to nearest), or
    /// within the tolerance of the case.
    fn check(&self, key: &str, computed: f64) {
        let Some(expected) = self.get(key) else { return };
        let printed = self.0[key].to_string();
        let tolerance = self.get("tolerance").unwrap_or_else(|| last_place(&printed));
        assert!(
            (computed - expected).abs() <= tolerance,
            "{key} of {}: computed {computed}, expected {printed} ± {tolerance}",
            self.0
        );
    }
}

/// The place value of the last digit: 0.01 for "2.34", 1e-8 for "2.3e-7".
fn last_place(printed: &str) -> f64 {
    let (digits, exponent) = printed.split_once('e').unwrap_or((printed, "0"));
    let decimals = digits.split_once('.').map_or(0, |(_, decimals)| decimals.len() as i32);
    10f64.powi(exponent.parse::<i32>().unwrap() - decimals)
}

fn reference(section: &str, mut check: impl FnMut(Case)) {
    let file: Value = serde_json::from_str(include_str!("../reference/queueing.json")).unwrap();
    let cases = file[section].as_array().unwrap();
    assert!(!cases.is_empty());
    cases.iter().for_each(|case| check(Case(case)));
}

fn check_waits(case: &Case, waits: &dyn WaitLaw) {
    case.check("p_wait", waits.longer_than(Duration::ZERO).get());
    case.check("mean_wait", waits.mean().as_secs_f64());
    case.check("p99", waits.quantile(Quantile::P99).unwrap().as_secs_f64());
    case.check("p999", waits.quantile(Quantile::P999).unwrap().as_secs_f64());
}

fn steady(station: &Station) -> Steady {
    match predict(station).unwrap() {
        Prediction::Steady(steady) => steady,
        Prediction::NoSteadyState(overload) => panic!("no steady state: {overload:?}"),
    }
}

fn open(arrivals: f64, hold: Hold, connections: u32) -> Station {
    Station { connections: pool(connections), hold, load: Load::poisson(per_second(arrivals)), timeout: None }
}

#[test]
fn exponential_holds_match_the_reference() {
    reference("mmc", |case| {
        let hold = exponential(case.number("h"));
        let steady = steady(&open(case.number("lambda"), hold, case.number("c") as u32));
        assert_eq!((steady.formula, steady.trust), (Formula::ErlangC, Trust::Exact));
        check_waits(&case, steady.waits.as_ref());
    });
}

#[test]
fn fixed_holds_match_the_reference() {
    reference("mdc", |case| {
        let hold = fixed(case.number("h"));
        let steady = steady(&open(case.number("lambda"), hold, case.number("c") as u32));
        assert_eq!((steady.formula, steady.trust), (Formula::Franx, Trust::Exact));
        check_waits(&case, steady.waits.as_ref());
    });
}

#[test]
fn fixed_holds_are_solved_close_to_full_load() {
    let law = FixedHoldWaits::new(per_second(0.111), fixed(180.0), pool(20)).unwrap();
    assert!((law.longer_than(Duration::ZERO).get() - 0.9942).abs() < 0.000_05);
    assert!((law.mean().as_secs_f64() - 4478.0).abs() < 1.0);
    assert!((law.quantile(Quantile::P99).unwrap().as_secs_f64() - 20_696.0).abs() < 1.0);
    // Heavy traffic: the mean comes close to half of that with exponential holds.
    for (c, load) in [(1, 0.999_999), (20, 0.999_999), (10_000, 0.999_999), (100_000, 0.999_99)] {
        let rate = per_second(load * f64::from(c));
        let half =
            0.5 * ExponentialWaits::erlang(rate, exponential(1.0), pool(c)).unwrap().mean().as_secs_f64();
        let mean = FixedHoldWaits::new(rate, fixed(1.0), pool(c)).unwrap().mean().as_secs_f64();
        assert!((mean / half - 1.0).abs() < 0.01, "{c}: {mean} {half}");
    }
}

#[test]
fn acquire_timeouts_match_the_reference() {
    reference("mmc_timeout", |case| {
        let station = Station {
            timeout: Some(seconds(case.number("timeout"))),
            ..open(case.number("lambda"), exponential(case.number("h")), case.number("c") as u32)
        };
        let steady = steady(&station);
        assert_eq!((steady.formula, steady.trust), (Formula::ErlangTimeout, Trust::Exact));
        case.check("p_timeout", steady.timed_out.get());
    });
}

#[test]
fn closed_loops_match_the_reference() {
    reference("closed", |case| {
        let station = Station {
            connections: case.connections(),
            hold: exponential(case.number("hold")),
            load: Load::Closed {
                callers: Callers::new(case.number("n") as u32).unwrap(),
                away: seconds(case.number("think")),
            },
            timeout: None,
        };
        let steady = steady(&station);
        assert_eq!((steady.formula, steady.trust), (Formula::MachineRepair, Trust::Exact));
        case.check("throughput", steady.throughput.as_per_second());
        case.check("mean_wait", steady.waits.mean().as_secs_f64());
    });
}

#[test]
fn smallest_pools_match_the_reference() {
    reference("smallest_pool_for_p99_wait", |case| {
        let objective = Objective { quantile: Quantile::P99, wait: seconds(case.number("p99")) };
        let arrivals = per_second(case.number("lambda"));
        let sized = smallest_pool(arrivals, exponential(case.number("h")), objective).unwrap();
        assert_eq!(sized.connections, case.connections(), "{}", case.0);
    });
}

#[test]
fn closed_loop_tails_match_simulation() {
    let callers = |n| Callers::new(n).unwrap();
    let cases = [(3000, 0.3345, 1.023), (3400, 0.7148, 3.145), (3600, 0.9339, 7.73), (4000, 1.0, 27.4)];
    for (n, waiting, p99) in cases {
        let law = ClosedLoopWaits::new(callers(n), seconds(179.0), exponential(1.0), pool(20)).unwrap();
        assert!((law.longer_than(Duration::ZERO).get() - waiting).abs() < 0.000_06, "{n}");
        let tail = law.quantile(Quantile::P99).unwrap().as_secs_f64();
        assert!((tail / p99 - 1.0).abs() < 0.003, "{n}: {tail}");
    }
    let knee = ClosedLoopWaits::knee(seconds(179.0), exponential(1.0), pool(20)).unwrap();
    assert_eq!(knee, Erlangs::new(3600.0).unwrap());
}

#[test]
fn fixed_holds_agree_with_one_server_and_with_a_linear_system() {
    // M/D/1: mean ρh/(2(1−ρ)), P(W > 0) = ρ.
    for rho in [0.01, 0.3, 0.7, 0.95, 0.999] {
        let law = FixedHoldWaits::new(per_second(rho), fixed(1.0), Connections::ONE).unwrap();
        let mean = rho / (2.0 * (1.0 - rho));
        assert!((law.mean().as_secs_f64() / mean - 1.0).abs() < 1e-6, "{rho}: {:?}", law.mean());
        assert!((law.longer_than(Duration::ZERO).get() - rho).abs() < 1e-11, "{rho}");
        // Up to one hold, P(W ≤ t) = (1 − ρ)·e^(λt).
        let within = 1.0 - law.longer_than(seconds(0.5)).get();
        assert!((within - (1.0 - rho) * (0.5 * rho).exp()).abs() < 1e-11, "{rho}: {within}");
    }
    for (rate, connections) in [(1.5, 3), (2.6, 3), (6.0, 8), (9.0, 10)] {
        let law = FixedHoldWaits::new(per_second(rate), fixed(1.0), pool(connections)).unwrap();
        let (mean, waiting) = present_in_mdc(rate, connections as usize);
        assert!((law.mean().as_secs_f64() / mean - 1.0).abs() < 1e-6, "{rate}: {:?} {mean}", law.mean());
        assert!((law.longer_than(Duration::ZERO).get() - waiting).abs() < 1e-8, "{rate}");
    }
}

/// Mean wait and share that waits in M/D/c with a hold of 1, by stepping the law of the number
/// present from one hold to the next until it stays.
fn present_in_mdc(rate: f64, c: usize) -> (f64, f64) {
    let states = 250;
    let mut arrivals = vec![(-rate).exp()];
    (1..50).for_each(|k| arrivals.push(arrivals[k - 1] * rate / k as f64));
    let mut present = vec![0.0; states];
    present[0] = 1.0;
    for _ in 0..2_000 {
        let mut next = vec![0.0; states];
        for (n, share) in present.iter().enumerate().filter(|(_, share)| **share > 1e-18) {
            let left = n.saturating_sub(c);
            for (more, chance) in arrivals.iter().enumerate().take(states - left) {
                next[left + more] += share * chance;
            }
        }
        let change: f64 = present.iter().zip(&next).map(|(a, b)| (a - b).abs()).sum();
        present = next;
        if change < 1e-13 {
            break;
        }
    }
    let queue: f64 = present.iter().enumerate().skip(c).map(|(n, share)| (n - c) as f64 * share).sum();
    (queue / rate, present[c..].iter().sum())
}

#[test]
fn the_request_scoped_seed_case_relaxes_in_more_than_a_year() {
    let Steady { relaxation, .. } = steady(&open(0.111, exponential(180.0), 20));
    let Some(Relaxation::Exact(time)) = relaxation else { panic!("exact") };
    let days = time.as_secs_f64() / 86_400.0;
    assert!((days - 416.5).abs() < 0.5, "{days}");
}

#[test]
fn a_closed_loop_forgets_as_its_chain_does() {
    let relaxation = |n, away: f64, c| {
        let station = Station {
            connections: pool(c),
            hold: exponential(1.0),
            load: Load::Closed { callers: Callers::new(n).unwrap(), away: seconds(away) },
            timeout: None,
        };
        let Some(Relaxation::Approximate(time)) = steady(&station).relaxation else { panic!("found") };
        time.as_secs_f64()
    };
    // Nobody ever waits: each caller forgets at the rate at which it goes and comes back.
    for (n, away) in [(1, 0.5), (7, 3.0), (20, 179.0)] {
        let alone = away / (away + 1.0);
        assert!((relaxation(n, away, 20) / alone - 1.0).abs() < 1e-6, "{n} callers, {away} s away");
    }
    // Two callers and one connection: the smaller root of x² − (3λ + 2)x + 2λ² + 2λ + 1, λ = 1/Z.
    for away in [0.1, 1.0, 30.0_f64] {
        let back: f64 = 1.0 / away;
        let gap = 0.5 * (3.0 * back + 2.0 - (back * back + 4.0 * back).sqrt());
        assert!((relaxation(2, away, 1) * gap - 1.0).abs() < 1e-6, "{away} s away");
    }
    // Far beyond saturation only those that are away come back.
    assert!((relaxation(90_000, 179.0, 20) / 179.0 - 1.0).abs() < 1e-3);
    assert_eq!(relaxation(50, 0.0, 20), 0.0);
}

#[test]
fn a_timeout_makes_a_pool_forget_no_slower() {
    let timed = |rate, timeout| {
        let station = Station { timeout: Some(seconds(timeout)), ..open(rate, exponential(1.0), 20) };
        steady(&station).relaxation
    };
    let patient = steady(&open(19.0, exponential(1.0), 20)).relaxation.unwrap().time();
    assert_eq!(timed(19.0, 0.1), Some(Relaxation::AtMost(patient)));
}

#[test]
fn a_pool_that_is_asked_for_too_much_takes_a_while_to_fill() {
    let filling = |rate, timeout| {
        let station = Station { timeout: Some(seconds(timeout)), ..open(rate, exponential(1.0), 20) };
        steady(&station).relaxation
    };
    // The wait grows by ρ − 1 of the time that passes.
    assert_eq!(filling(21.0, 100.0), Some(Relaxation::Approximate(seconds(2000.0))));
    // At full load chance alone fills it: 2T²/π² ÷ ρh(ca² + cs²)/c.
    let by_chance = 2.0 * 9.0 / std::f64::consts::PI.powi(2) / (1.0 * 2.0 / 20.0);
    let Some(Relaxation::Approximate(time)) = filling(20.0, 3.0) else { panic!() };
    assert!((time.as_secs_f64() / by_chance - 1.0).abs() < 1e-6, "{time:?}");
    // And an empty pool has to be lent first.
    assert_eq!(filling(21.0, 0.1), Some(Relaxation::Approximate(seconds(1.0 / 1.05))));
}

#[test]
fn relaxation_is_the_gap_of_the_endless_chain() {
    // Chains cut off at 8,000 requests; in holds.
    for (rho, holds) in [(0.5, 1.006), (0.8, 4.486), (0.9, 18.987), (0.95, 77.98)] {
        let gap =
            Relaxation::new(per_second(20.0 * rho), Variability::EXPONENTIAL, exponential(1.0), pool(20));
        let Ok(Relaxation::Exact(time)) = gap else { panic!("exact") };
        assert!((time.as_secs_f64() / holds - 1.0).abs() < 1e-3, "{rho}: {time:?}");
    }
    let gap = Relaxation::new(per_second(18.0), Variability::EXPONENTIAL, fixed(1.0), pool(20)).unwrap();
    assert!(matches!(gap, Relaxation::Approximate(time) if (time.as_secs_f64() - 9.49).abs() < 0.01));
}

#[test]
fn the_right_formula_is_chosen_and_named() {
    let chosen = |station: &Station| {
        let steady = steady(station);
        (steady.formula, steady.trust)
    };
    let share = |value| Share::new(value).unwrap();
    assert_eq!(chosen(&open(19.5, varied(1.0, 0.5), 20)), (Formula::Kimura, Trust::Within(share(0.1))));
    let light = Trust::Guide(Doubt::LightTraffic);
    let wide = Trust::Guide(Doubt::WideHolds);
    assert_eq!(chosen(&open(18.0, varied(1.0, 0.5), 20)), (Formula::Kimura, light));
    assert_eq!(chosen(&open(18.0, varied(1.0, 4.0), 20)), (Formula::AllenCunneen, wide));
    let paced = |rate, hold| Station {
        load: Load::Open { arrivals: per_second(rate), spread: Variability::NONE },
        ..open(rate, hold, 20)
    };
    assert_eq!(chosen(&paced(19.9, fixed(1.0))), (Formula::Paced, Trust::Exact));
    assert_eq!(chosen(&paced(18.0, exponential(1.0))), (Formula::AllenCunneen, light));
    assert_eq!(chosen(&paced(19.8, exponential(1.0))), (Formula::AllenCunneen, light));
    // A timeout that never fires leaves the exact law of fixed holds in its place.
    let patient = Station { timeout: Some(seconds(30.0)), ..open(18.0, fixed(1.0), 20) };
    assert_eq!(chosen(&patient), (Formula::Franx, Trust::Exact));
    let eager = Station { timeout: Some(seconds(0.1)), ..open(18.0, fixed(1.0), 20) };
    let doubtful = Trust::Guide(Doubt::HoldsTakenAsExponential);
    assert_eq!(chosen(&eager), (Formula::ErlangTimeout, doubtful));
    // The request-scoped seed case: nearly everyone gives up, whatever the holds.
    let flooded = Station { timeout: Some(seconds(30.0)), ..open(5.0, fixed(180.0), 20) };
    assert_eq!(chosen(&flooded), (Formula::ErlangTimeout, Trust::Within(share(0.2))));
    assert_eq!(doubtful.to_string(), "a guide only: the formula takes the holds as exponential; simulate");
}

#[test]
fn an_unstable_load_has_a_growth_rate_instead_of_waits() {
    let Prediction::NoSteadyState(overload) = predict(&open(5.0, exponential(180.0), 20)).unwrap() else {
        panic!("5/s × 180 s is 45 times what 20 connections carry");
    };
    assert!((overload.growth().unwrap().as_per_second() - 4.888_889).abs() < 1e-6);
    assert!((overload.wait_after(seconds(3600.0)).as_secs_f64() - 158_400.0).abs() < 1e-3);
    assert!((overload.waiting_after(seconds(3600.0)).unwrap().get() - 17_600.0).abs() < 1e-6);
    assert!((overload.served().get() - 0.022_222).abs() < 1e-6);
    assert!((overload.reaches(seconds(30.0)).unwrap().as_secs_f64() - 0.681_818).abs() < 1e-6);
    let Prediction::NoSteadyState(full) = predict(&open(20.0, fixed(1.0), 20)).unwrap() else {
        panic!("full load does not settle");
    };
    assert_eq!((full.growth(), full.reaches(seconds(1.0))), (None, None));
}

#[test]
fn an_objective_gives_a_pool_and_a_pool_gives_a_rate() {
    let objective = |wait| Objective { quantile: Quantile::P99, wait: seconds(wait) };
    // The highest rate of 20 connections with 1 s holds.
    let cases = [(0.0, 10.97, 11.06), (0.1, 11.91, 12.24), (0.5, 14.73, 16.48), (2.0, 18.00, 18.93)];
    for (wait, of_exponential, of_fixed) in cases {
        for (hold, expected) in [(exponential(1.0), of_exponential), (fixed(1.0), of_fixed)] {
            let carried = highest_rate(pool(20), hold, objective(wait)).unwrap();
            let rate = carried.arrivals.as_per_second();
            assert!((rate - expected).abs() < 0.006, "{wait}: {rate}");
            let back = smallest_pool(carried.arrivals, hold, objective(wait)).unwrap();
            assert_eq!(back.connections, pool(20));
        }
    }
    for (wait, connections) in [(0.0, 31), (0.1, 29), (1.0, 22)] {
        let sized = smallest_pool(per_second(19.5), fixed(1.0), objective(wait)).unwrap();
        assert_eq!((sized.connections, sized.formula), (pool(connections), Formula::Franx));
    }
    // 3.6 million connections, to the last one.
    for (wait, connections) in [(0.0, 3_604_508), (10.0, 3_600_082), (60.0, 3_600_014)] {
        let sized = smallest_pool(per_second(20_000.0), exponential(180.0), objective(wait)).unwrap();
        assert_eq!(sized.connections, pool(connections));
    }
    let longest = Objective { quantile: Quantile::new(1.0).unwrap(), wait: seconds(1.0) };
    assert_eq!(smallest_pool(per_second(1.0), fixed(1.0), longest), Err(TheoryError::Unreachable));
}

#[test]
fn a_pool_that_cannot_deadlock_lets_one_request_finish() {
    let together = |count| NonZeroU32::new(count).unwrap();
    let at_once = |count| Callers::new(count).unwrap();
    assert_eq!(deadlock_free(at_once(3), together(4)), Ok(pool(10)));
    assert_eq!(deadlock_free(at_once(1000), together(1)), Ok(Connections::ONE));
    assert_eq!(deadlock_free(at_once(u32::MAX), together(3)), Err(TheoryError::OutOfRange));
    // The most requests that a pool is safe for, and not one more.
    for (size, deep) in [(1, 2), (20, 2), (20, 3), (21, 3), (22, 3), (7, 9), (u32::MAX, 2)] {
        let most = most_at_once(pool(size), together(deep)).unwrap();
        assert!(most == 0 || deadlock_free(at_once(most), together(deep)).unwrap() <= pool(size));
        assert!(deadlock_free(at_once(most + 1), together(deep)).map_or(true, |enough| enough > pool(size)));
    }
    assert_eq!(most_at_once(pool(20), together(2)), Some(19));
    assert_eq!(most_at_once(pool(20), together(1)), None);
}

#[test]
fn mixed_holds_keep_their_moments() {
    let (rate, hold) =
        Hold::mixture(&[(per_second(3.0), fixed(1.0)), (per_second(1.0), fixed(5.0))]).unwrap();
    assert_eq!((rate, hold.mean()), (per_second(4.0), seconds(2.0)));
    assert!((hold.variability().get() - 0.75).abs() < 1e-12);
    assert!(Hold::mixture(&[]).is_err());
}

#[test]
fn extreme_loads_are_answered_at_once() {
    let start = Instant::now();
    let largest = pool(u32::MAX);
    let tiny = Duration::from_nanos(1);
    assert_eq!(Hold::fixed(Duration::ZERO), Err(TheoryError::NoHold));
    for hold in [tiny, Duration::from_secs(1), Duration::from_secs(u64::MAX)] {
        for rate in [1e-300, 1e-9, 1.0, 4.29e9, 1e18, 1e300] {
            for spread in [0.0, 0.3, 1.0, 1e300] {
                for timeout in [None, Some(Duration::ZERO), Some(tiny), Some(Duration::MAX)] {
                    for connections in [Connections::ONE, pool(1_000_000), largest] {
                        let hold = Hold::new(hold, Variability::new(spread).unwrap()).unwrap();
                        let load = Load::poisson(per_second(rate));
                        look_at(&Station { connections, hold, load, timeout });
                    }
                }
            }
        }
    }
    for away in [Duration::ZERO, tiny, Duration::MAX] {
        for connections in [Connections::ONE, largest] {
            let load = Load::Closed { callers: Callers::new(50_000_000).unwrap(), away };
            look_at(&Station { connections, hold: exponential(1.0), load, timeout: Some(tiny) });
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

/// Asks everything there is to ask; a number that is none would panic.
fn look_at(station: &Station) {
    match predict(station) {
        Ok(Prediction::Steady(steady)) => {
            let mean = steady.waits.mean();
            assert!(mean <= Duration::MAX);
            let p99 = steady.waits.quantile(Quantile::P99).unwrap();
            assert!(steady.waits.longer_than(p99).get() <= 0.010_001, "{station:?} {steady:?}");
            if let Some(timeout) = station.timeout.filter(|_| steady.formula == Formula::ErlangTimeout) {
                assert!(mean <= timeout && p99 <= timeout, "{station:?} {steady:?}");
            }
        }
        Ok(Prediction::NoSteadyState(overload)) => assert!(overload.served().get() <= 1.0),
        Err(error) => assert_eq!(error, TheoryError::OutOfRange, "{station:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn blocking_is_a_share_that_falls_with_connections_and_rises_with_load(
        c in 1u32..5000, load in 0.0..3.0f64, more in 0.0..1.0f64,
    ) {
        let offered = |rho: f64| Erlangs::new(rho * f64::from(c)).unwrap();
        let blocked = erlang::blocked(offered(load), pool(c)).get();
        prop_assert!((0.0..=1.0).contains(&blocked));
        prop_assert!(erlang::blocked(offered(load + more), pool(c)).get() >= blocked - 1e-12);
        prop_assert!(erlang::blocked(offered(load), pool(c + 1)).get() <= blocked + 1e-12);
    }

    #[test]
    fn waits_fall_with_connections_rise_with_load_and_quantiles_are_in_order(
        c in 1u32..200, rho in 0.05..0.98f64, spread in prop::sample::select(vec![0.0, 0.3, 0.8, 1.0, 2.5]),
    ) {
        let hold = varied(3.0, spread);
        let rate = rho * f64::from(c) / 3.0;
        let law = |rate: f64, c: u32| steady(&open(rate, hold, c)).waits;
        let waits = law(rate, c);
        let quantiles: Vec<Duration> = [0.0, 0.1, 0.5, 0.9, 0.99, 0.999, 0.999_99]
            .map(|q| waits.quantile(Quantile::new(q).unwrap()).unwrap()).to_vec();
        prop_assert!(quantiles.is_sorted());
        // A quantile is where the tail says it is.
        let p99 = quantiles[4];
        prop_assert!(waits.longer_than(p99).get() <= 0.010_000_1);
        prop_assert!(p99.is_zero() || (waits.longer_than(p99).get() - 0.01).abs() < 1e-6);
        let slack = Duration::from_nanos(2);
        for other in [law(rate, c + 1), law(0.9 * rate, c)] {
            prop_assert!(other.mean() <= waits.mean() + slack);
            prop_assert!(other.quantile(Quantile::P99).unwrap() <= p99 + slack);
            for limit in [0.0, 0.1, 1.0, 10.0].map(seconds) {
                prop_assert!(other.longer_than(limit).get() <= waits.longer_than(limit).get() + 1e-9);
            }
        }
    }

    #[test]
    fn approximations_meet_the_exact_ends(c in 1u32..100, rho in 0.3..0.99f64) {
        let rate = per_second(rho * f64::from(c));
        let exact = ExponentialWaits::erlang(rate, exponential(1.0), pool(c)).unwrap();
        prop_assert_eq!(kimura(rate, exponential(1.0), pool(c)).unwrap().mean(), exact.mean());
        let poisson = Variability::EXPONENTIAL;
        let heavy = allen_cunneen(rate, poisson, exponential(1.0), pool(c)).unwrap();
        prop_assert_eq!(heavy.mean(), exact.mean());
        let ends = FixedHoldWaits::new(rate, fixed(1.0), pool(c)).unwrap().mean();
        let middle = kimura(rate, varied(1.0, 0.4), pool(c)).unwrap().mean();
        let slack = Duration::from_nanos(2);
        prop_assert!(ends <= middle + slack && middle <= exact.mean() + slack);
        let end = kimura(rate, fixed(1.0), pool(c)).unwrap().mean();
        prop_assert!(end.abs_diff(ends) <= slack);
    }

    #[test]
    fn timeouts_bound_waits_and_vanish_when_long(
        c in 1u32..60, rho in 0.1..3.0f64, timeout in 0.0..20.0f64,
    ) {
        let rate = per_second(rho * f64::from(c));
        let law = |limit| TimeoutWaits::new(rate, exponential(1.0), pool(c), seconds(limit)).unwrap();
        let waits = law(timeout);
        prop_assert!(waits.mean() <= seconds(timeout) && waits.mean_of_served() <= seconds(timeout));
        let quantiles: Vec<Duration> = [0.0, 0.2, 0.5, 0.9, 0.99, 1.0]
            .map(|q| waits.quantile(Quantile::new(q).unwrap()).unwrap()).to_vec();
        prop_assert!(quantiles.is_sorted() && quantiles[5] <= seconds(timeout));
        let lost = waits.timed_out().get();
        prop_assert!(law(timeout + 1.0).timed_out().get() <= lost + 1e-12);
        // The pool carries what is not lost, and never more than it can.
        prop_assert!(rho * (1.0 - lost) <= 1.0 + 1e-9);
        if rho < 0.9 {
            let endless = ExponentialWaits::erlang(rate, exponential(1.0), pool(c)).unwrap();
            let long = law(1e6);
            prop_assert!(long.timed_out().get() < 1e-12);
            prop_assert!((long.mean().as_secs_f64() - endless.mean().as_secs_f64()).abs() < 1e-6);
            for limit in [0.0, 0.3, 2.0].map(seconds) {
                prop_assert!((long.longer_than(limit).get() - endless.longer_than(limit).get()).abs() < 1e-9);
            }
        }
        // Waiting not at all is Erlang's loss formula.
        let loss = erlang::blocked(little::offered(rate, exponential(1.0)).unwrap(), pool(c)).get();
        prop_assert!((law(0.0).timed_out().get() - loss).abs() < 1e-12);
    }

    #[test]
    fn closed_loops_keep_their_bounds(
        n in 1u32..2000, c in 1u32..60, away in 0.0..200.0f64, hold in 0.01..5.0f64,
    ) {
        // Clocks count whole nanoseconds.
        let (away, hold) = (seconds(away).as_secs_f64(), seconds(hold).as_secs_f64());
        let law = |n: u32| {
            ClosedLoopWaits::new(Callers::new(n).unwrap(), seconds(away), exponential(hold), pool(c)).unwrap()
        };
        let waits = law(n);
        let throughput = waits.throughput().unwrap().as_per_second();
        let (n_f, c_f) = (f64::from(n), f64::from(c));
        prop_assert!(throughput <= (n_f / (away + hold)).min(c_f / hold) * (1.0 + 1e-9));
        // Little's law for the whole loop.
        let round = away + hold + waits.mean().as_secs_f64();
        prop_assert!((throughput * round / n_f - 1.0).abs() < 1e-5, "{throughput} {round}");
        prop_assert!(law(n + 1).throughput().unwrap().as_per_second() >= throughput * (1.0 - 1e-9));
        prop_assert!(law(n + 1).mean() + Duration::from_nanos(2) >= waits.mean());
        prop_assert!(n > c || waits.mean().is_zero());
        // The mean is what the tail adds up to.
        let p = |t: f64| waits.longer_than(seconds(t)).get();
        prop_assert!(p(0.0) >= p(0.5 * hold) - 1e-12 && p(0.5 * hold) >= p(3.0 * hold) - 1e-12);
    }
}
