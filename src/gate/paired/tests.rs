use proptest::prelude::*;

use super::*;

const TEN: [f64; 10] = [0.031, 0.012, 0.055, -0.004, 0.027, 0.048, 0.019, 0.036, -0.011, 0.062];

/// `scipy.stats.wilcoxon(x - shift, alternative=…, method="exact")` of scipy 1.17.1.
#[test]
fn chances_are_those_of_scipy() {
    let shifted = |shift: f64, sign: f64| p_above(&TEN.map(|it| sign * (it - shift)));
    assert_eq!(shifted(0.0, 1.0), 0.004_882_812_5);
    assert_eq!(shifted(0.02, 1.0), 0.187_5);
    assert_eq!(shifted(0.0, -1.0), 0.997_070_312_5);
}

/// `scipy.stats.wilcoxon(y, alternative="greater", zero_method="pratt",
/// method=scipy.stats.PermutationMethod(n_resamples=10**6))`, which goes through all patterns of signs.
#[test]
fn chances_with_ties_and_zeros_are_those_of_scipy() {
    let y = [0.02, 0.02, -0.02, 0.0, 0.05, 0.05, 0.03, 0.0, 0.04, -0.01];
    assert_eq!(p_above(&y), 0.039_062_5);
}

/// The middle by numpy; the critical value of ten differences is 5 at 1 % (Wilcoxon's table), so that
/// the 6th mean of each end is the bound.
#[test]
fn the_middle_and_its_bounds_are_those_of_the_tables() {
    let walsh = WalshAverages::of(&TEN);
    assert!((walsh.middle().unwrap() - 0.0275).abs() < 1e-12);
    let mut means: Vec<f64> =
        (0..10).flat_map(|i| (i..10).map(move |j| f64::midpoint(TEN[i], TEN[j]))).collect();
    means.sort_by(f64::total_cmp);
    assert_eq!(walsh.bounds(0.01), Bounds { low: means[5], high: means[49] });
    assert_eq!(walsh.bounds(0.0009).low, f64::NEG_INFINITY);
}

#[test]
fn eight_pairs_can_decide_and_six_cannot() {
    let first = Looks::up_to(40).unwrap().at(8).unwrap();
    assert!(p_above(&[1.0; 8]) <= first.alpha);
    assert!(p_above(&[1.0; 7]) <= 0.01 && p_above(&[1.0; 6]) > 0.01);
    assert_eq!(Looks::up_to(6), Err(NoPlan { pairs: 6 }));
    assert_eq!(Looks::up_to(41), Err(NoPlan { pairs: 41 }));
}

#[test]
fn all_looks_together_spend_one_percent() {
    for most in Looks::FEWEST..=Looks::MOST {
        let looks = Looks::up_to(most).unwrap();
        let spent: f64 = looks.iter().map(|look| look.alpha).sum();
        assert!((spent - 0.01).abs() < 1e-12, "{most}");
        assert_eq!(looks.span().1, most);
        assert!(looks.iter().all(|look| look.alpha > 0.0));
    }
    let whole: Vec<usize> = Looks::up_to(40).unwrap().iter().map(|look| look.pairs).collect();
    assert_eq!(whole, [8, 12, 16, 24, 40]);
}

/// The example of Holm's own paper in R: `p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm")`.
#[test]
fn holm_raises_the_least_most() {
    let raised = holm(&[0.01, 0.04, 0.03, 0.005]);
    for (raised, expected) in raised.iter().zip([0.03, 0.06, 0.06, 0.02]) {
        assert!((raised - expected).abs() < 1e-12);
    }
}

#[test]
fn who_runs_first_is_as_often_a_as_b_and_no_drift_favours_either() {
    let sides: Vec<Side> = (0..8).flat_map(order).collect();
    let places = |side| sides.iter().enumerate().filter(move |(_, it)| **it == side).map(|(at, _)| at);
    assert_eq!(places(Side::A).sum::<usize>(), places(Side::B).sum::<usize>());
    assert_eq!(order(0), [Side::A, Side::B]);
    assert_eq!(order(1), [Side::B, Side::A]);
}

const LOOK: Look = Look { pairs: 8, alpha: 0.004 };
const FEW_PERCENT: Rule = Rule::Ratio(Tolerance { ignored: 0.02, most: 0.05 });

/// Eight pairs around a ratio.
fn around(ratio: f64, noise: f64) -> Vec<Pair> {
    let off = [-1.0, 0.7, 0.2, -0.4, 1.0, -0.8, 0.5, -0.1];
    off.iter().map(|off| Pair { a: 2.0, b: 2.0 * ratio * (off * noise).exp() }).collect()
}

#[test]
fn each_verdict_has_its_pairs() {
    let verdict = |ratio, noise, good| FEW_PERCENT.judge(good, &around(ratio, noise), LOOK).unwrap().verdict;
    assert_eq!(verdict(1.0, 0.0, Good::Less), Verdict::Equivalent);
    assert_eq!(verdict(1.01, 0.002, Good::Less), Verdict::Equivalent);
    assert_eq!(verdict(1.05, 0.005, Good::Less), Verdict::Regression);
    assert_eq!(verdict(1.05, 0.005, Good::More), Verdict::Improvement);
    assert_eq!(verdict(0.95, 0.005, Good::More), Verdict::Regression);
    assert_eq!(verdict(1.05, 0.1, Good::Less), Verdict::Undecided);
    assert_eq!(verdict(1.0, 0.1, Good::Less), Verdict::Undecided);
}

#[test]
fn one_failure_in_one_run_is_a_regression_and_failures_on_both_sides_are_none() {
    let rule = Rule::Every(0.0);
    let mut pairs = vec![Pair { a: 0.0, b: 0.0 }; 8];
    let verdict = |pairs: &[Pair]| rule.judge(Good::Less, pairs, LOOK).unwrap().verdict;
    assert_eq!(verdict(&pairs), Verdict::Equivalent);
    pairs[3].b = 0.001;
    assert_eq!(verdict(&pairs), Verdict::Regression);
    pairs[3].a = 0.001;
    assert_eq!(verdict(&pairs), Verdict::Equivalent);
    pairs[5].a = 0.01;
    assert_eq!(verdict(&pairs), Verdict::Improvement);
}

#[test]
fn a_bound_is_no_test_and_one_odd_run_does_not_move_it() {
    let rule = Rule::Bound(0.05);
    let mut pairs = vec![Pair { a: 0.01, b: 0.02 }; 8];
    pairs[2].b = 0.9;
    assert_eq!(rule.judge(Good::Less, &pairs, LOOK).unwrap().verdict, Verdict::Equivalent);
    let held = vec![Pair { a: 0.01, b: 0.99 }; 8];
    assert_eq!(rule.judge(Good::Less, &held, LOOK).unwrap().verdict, Verdict::Regression);
}

fn trial(
    metrics: &[(&'static str, Rule, Importance)],
    pairs: &[(&str, Pair)],
    count: usize,
) -> Trial<&'static str> {
    let mut trial =
        Trial::of(metrics.iter().map(|(key, rule, importance)| (*key, *rule, Good::Less, *importance)));
    for _ in 0..count {
        trial.add(|key| pairs.iter().find(|(its, _)| its == key).map(|(_, pair)| *pair));
    }
    trial
}

#[test]
fn what_is_missing_is_never_a_pass() {
    let metrics =
        [("hold", FEW_PERCENT, Importance::Primary), ("failed", Rule::Every(0.0), Importance::Primary)];
    let same = Pair { a: 1.0, b: 1.0 };
    let whole = trial(&metrics, &[("hold", same), ("failed", same)], 8).judge(LOOK);
    assert_eq!(whole.overall, Overall::Pass);
    let missing = trial(&metrics, &[("failed", same)], 8).judge(LOOK);
    assert_eq!(missing.overall, Overall::Inconclusive);
    assert_eq!(missing.rows[0].judged, Err(Unjudged::Missing(8)));
    assert_eq!(trial(&[], &[], 8).judge(LOOK).overall, Overall::Inconclusive);
    assert_eq!(trial(&metrics, &[], 0).judge(LOOK).overall, Overall::Inconclusive);
    let none = Pair { a: 0.0, b: 1.0 };
    let no_ratio = trial(&metrics, &[("hold", none), ("failed", same)], 8).judge(LOOK);
    assert_eq!(no_ratio.rows[0].judged, Err(Unjudged::NoRatio));
    assert_eq!(no_ratio.overall, Overall::Inconclusive);
}

#[test]
fn many_secondary_metrics_need_more_than_one_would() {
    let names = ["p50", "p90", "p99"];
    let worse = Pair { a: 1.0, b: 1.5 };
    let judged = |secondary: usize, pairs| {
        let metrics: Vec<_> =
            names[..secondary].iter().map(|name| (*name, FEW_PERCENT, Importance::Secondary)).collect();
        let look = Looks::up_to(40).unwrap().at(pairs).unwrap();
        trial(&metrics, &[("p50", worse), ("p90", worse), ("p99", worse)], pairs).judge(look).overall
    };
    // 1/256 is less than 0.004, and 3/256 is not; 3/4096 is less than 0.002.
    assert_eq!(judged(1, 8), Overall::Regression);
    assert_eq!(judged(3, 8), Overall::Inconclusive);
    assert_eq!(judged(3, 12), Overall::Regression);
}

#[test]
fn what_looks_worse_is_looked_into_further() {
    let metrics = [("wait", FEW_PERCENT, Importance::Secondary), ("p99", FEW_PERCENT, Importance::Secondary)];
    let (same, worse) = (Pair { a: 1.0, b: 1.0 }, Pair { a: 1.0, b: 1.5 });
    let judged = |wait| trial(&metrics, &[("wait", wait), ("p99", same)], 8).judge(LOOK);
    assert_eq!(judged(worse).suspects(), 1);
    assert_eq!(judged(same).suspects(), 0);
}

/// All patterns of signs, one by one.
fn counted(differences: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = differences.iter().map(|it| it.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let rank = |size: f64| {
        let below = sizes.iter().filter(|it| **it < size).count();
        let same = sizes.iter().filter(|it| **it == size).count();
        2 * below + same + 1
    };
    let kept: Vec<f64> = differences.iter().copied().filter(|it| *it != 0.0).collect();
    let sum = |positive: &dyn Fn(usize) -> bool| -> usize {
        (0..kept.len()).filter(|at| positive(*at)).map(|at| rank(kept[at].abs())).sum()
    };
    let seen = sum(&|at| kept[at] > 0.0);
    let patterns = 1_usize << kept.len();
    let reach = (0..patterns).filter(|signs| sum(&|at| signs >> at & 1 == 1) >= seen).count();
    reach as f64 / patterns as f64
}

proptest! {
    /// Few values, so that ties and zeros are frequent.
    #[test]
    fn counting_is_going_through_all_signs(values in prop::collection::vec(-4_i32..=4, 0..11)) {
        let differences: Vec<f64> = values.into_iter().map(|it| f64::from(it) / 4.0).collect();
        prop_assert!((p_above(&differences) - counted(&differences)).abs() < 1e-12);
    }

    /// The interval holds what the test does not reject, where there are no ties.
    #[test]
    fn bounds_and_test_say_the_same(values in prop::collection::hash_set(1_i32..100_000, 7..30), shift in -60_000..60_000) {
        // Odd multiples of a small step: no two are equal in size, whatever the shift.
        let differences: Vec<f64> =
            values.iter().enumerate().map(|(at, it)| f64::from(it - 50_000) + at as f64 * 0.001 + 0.000_3).collect();
        let bounds = WalshAverages::of(&differences).bounds(0.004);
        let against = |sign: f64| p_above(&differences.iter().map(|it| sign * (it - f64::from(shift))).collect::<Vec<_>>());
        prop_assert_eq!(against(1.0) <= 0.004, bounds.low > f64::from(shift));
        prop_assert_eq!(against(-1.0) <= 0.004, bounds.high < f64::from(shift));
    }

    /// What is a regression one way round is an improvement the other way round; units do not matter.
    #[test]
    fn turned_around_worse_is_better(
        pairs in prop::collection::vec((0.9_f64..1.1, 0.9_f64..1.1), 8..20),
        shift in 0.9_f64..1.1,
        unit in 0.001_f64..1000.0,
    ) {
        let pairs: Vec<Pair> = pairs.into_iter().map(|(a, b)| Pair { a, b: b * shift }).collect();
        let turned: Vec<Pair> = pairs.iter().map(|pair| Pair { a: pair.b, b: pair.a }).collect();
        let in_unit: Vec<Pair> = pairs.iter().map(|pair| Pair { a: pair.a * unit, b: pair.b * unit }).collect();
        let judge = |pairs: &[Pair], good| FEW_PERCENT.judge(good, pairs, LOOK).unwrap();
        let (one, other) = (judge(&pairs, Good::Less), judge(&turned, Good::Less));
        prop_assert!((one.estimate * other.estimate - 1.0).abs() < 1e-9);
        prop_assert!((one.p_worse - other.p_better).abs() < 1e-12);
        prop_assert!((one.p_worse - judge(&pairs, Good::More).p_better).abs() < 1e-12);
        prop_assert!((one.estimate - judge(&in_unit, Good::Less).estimate).abs() < 1e-9);
        prop_assert_eq!(one.verdict == Verdict::Regression, other.verdict == Verdict::Improvement);
    }

    /// More of the same change never makes a regression into none.
    #[test]
    fn worse_is_not_better(pairs in prop::collection::vec((0.9_f64..1.1, 0.9_f64..1.1), 8..20), more in 1.0_f64..2.0) {
        let pairs: Vec<Pair> = pairs.into_iter().map(|(a, b)| Pair { a, b }).collect();
        let worse: Vec<Pair> = pairs.iter().map(|pair| Pair { a: pair.a, b: pair.b * more }).collect();
        let judge = |pairs: &[Pair]| FEW_PERCENT.judge(Good::Less, pairs, LOOK).unwrap().p_worse;
        prop_assert!(judge(&worse) <= judge(&pairs) + 1e-12);
    }

    /// No number is so odd that it makes a panic, or a pass.
    #[test]
    fn odd_numbers_are_no_pass(a in prop::num::f64::ANY, b in prop::num::f64::ANY) {
        for rule in [FEW_PERCENT, Rule::Difference(Tolerance { ignored: 0.0, most: 0.1 }), Rule::Bound(0.1), Rule::Every(0.0)] {
            let judged = rule.judge(Good::Less, &[Pair { a, b }; 8], LOOK);
            prop_assert!(a.is_finite() && b.is_finite() || judged.is_none() || a == b);
        }
    }
}
