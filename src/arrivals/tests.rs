use proptest::prelude::*;

use super::*;
use crate::units::Rate;

const SECOND: Nanos = 1_000_000_000;

fn rate(per_second: f64) -> Profile {
    Profile::constant(Rate::per_second(per_second).unwrap())
}

#[test]
fn a_burst_is_due_at_once_and_beside_the_stream() {
    let stream = Arrivals::new(Spacing::Constant, rate(1.0), 10 * SECOND, 1);
    let due: Vec<Nanos> = stream.with_burst(Burst { at: 5 * SECOND, requests: 3 }).collect();
    assert_eq!(due.len(), 13);
    assert_eq!(due.iter().filter(|at| **at == 5 * SECOND).count(), 4);
    assert!(due.windows(2).all(|pair| pair[0] <= pair[1]));
}

#[test]
fn so_many_are_expected_until_an_instant() {
    let stream = Arrivals::new(Spacing::Constant, rate(2.0), 10 * SECOND, 1);
    let stream = stream.with_burst(Burst { at: 5 * SECOND, requests: 3 });
    let told = [0, 4, 5, 10, 99].map(|at| stream.expected_until(at * SECOND));
    assert_eq!(told, [0.0, 8.0, 13.0, 23.0, 23.0]);
}

/// Stored records hold fingerprints: their digits must not change.
#[test]
fn a_fingerprint_is_written_as_it_always_was() {
    let told = |due: &[Nanos]| due.iter().copied().collect::<Fingerprint>().to_string();
    assert_eq!(told(&[]), "0 due, cbf29ce484222325");
    assert_eq!(told(&[0, 1_000_000_007]), "2 due, bfa34c87013015a3");
    assert_ne!(told(&[1, 2]), told(&[2, 1]));
}

#[test]
fn a_ramp_is_followed() {
    let rate = |per_second| Rate::per_second(per_second).unwrap();
    let ramp = Stretch { lasts: 100 * SECOND, from: rate(10.0), to: rate(30.0) };
    let profile = Profile::new(rate(10.0), &[ramp]);
    let due: Vec<Nanos> = Arrivals::new(Spacing::Poisson, profile, 100 * SECOND, 3).collect();
    // 2,000 expected in all and 1,250 in the second half, with deviations of 45 and 35.
    assert!((due.len() as f64 - 2000.0).abs() < 180.0, "{}", due.len());
    let late = due.iter().filter(|at| **at >= 50 * SECOND).count();
    assert!((late as f64 - 1250.0).abs() < 142.0, "{late}");
}

#[test]
fn constant_arrivals_keep_their_beat() {
    let due: Vec<Nanos> = Arrivals::new(Spacing::Constant, rate(100.0), 10 * SECOND, 1).collect();
    assert_eq!(due.len(), 1000);
    assert_eq!((due[0], due[1], due[999]), (0, 10_000_000, 9_990_000_000));
}

#[test]
fn poisson_arrivals_are_as_many_and_as_uneven_as_they_should_be() {
    let due: Vec<Nanos> = Arrivals::new(Spacing::Poisson, rate(1000.0), 100 * SECOND, 7).collect();
    // 100,000 expected, with a standard deviation of 316.
    assert!((due.len() as f64 - 100_000.0).abs() < 4.0 * 316.0, "{}", due.len());
    let gaps: Vec<f64> = due.windows(2).map(|pair| (pair[1] - pair[0]) as f64 / 1e6).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
    assert!(
        (variance.sqrt() / mean - 1.0).abs() < 0.02,
        "coefficient of variation {}",
        variance.sqrt() / mean
    );
}

proptest! {
    #[test]
    fn due_times_are_sorted_within_the_span_and_repeatable(seed in any::<u64>(), per_second in 0.1_f64..5000.0) {
        for spacing in [Spacing::Poisson, Spacing::Constant] {
            let draw = || Arrivals::new(spacing, rate(per_second), SECOND, seed);
            let due: Vec<Nanos> = draw().collect();
            prop_assert!(due.windows(2).all(|pair| pair[0] <= pair[1]));
            prop_assert!(due.iter().all(|at| *at < SECOND));
            prop_assert_eq!(draw().fingerprint(), due.into_iter().collect::<Fingerprint>());
        }
    }

    #[test]
    fn blocks_hold_what_comes_one_at_a_time(
        seed in any::<u64>(), constant in any::<bool>(), sizes in prop::collection::vec(0_usize..700, 1..30),
        stretches in prop::collection::vec((1_u64..400, 1.0_f64..4000.0, 1.0_f64..4000.0), 0..4),
        burst in (0_u64..1200, 0_u32..300),
    ) {
        let spacing = if constant { Spacing::Constant } else { Spacing::Poisson };
        let stretches: Vec<Stretch> = stretches.into_iter().map(|(ms, from, to)| Stretch {
            lasts: ms * 1_000_000,
            from: Rate::per_second(from).unwrap(),
            // Many stretches are level.
            to: Rate::per_second(if ms % 2 == 0 { from } else { to }).unwrap(),
        }).collect();
        let profile = Profile::new(Rate::per_second(500.0).unwrap(), &stretches);
        let burst = Burst { at: burst.0 * 1_000_000, requests: burst.1 };
        let mut stream = Arrivals::new(spacing, profile, SECOND, seed).with_burst(burst);
        let mut single = stream.clone();
        for size in sizes {
            let mut block = vec![0; size];
            let filled = stream.fill(&mut block);
            let told: Vec<Nanos> = single.by_ref().take(size).collect();
            prop_assert_eq!(&block[..filled], told.as_slice());
        }
        prop_assert_eq!(stream.collect::<Vec<_>>(), single.collect::<Vec<_>>());
    }

    #[test]
    fn a_failure_draw_is_a_share(seed in any::<u64>(), request in any::<u64>()) {
        prop_assert!((0.0..1.0).contains(&failure_draw(seed, request)));
    }
}
