//! Long series: more samples than can be told apart are thinned, and what is kept is where something peaks. A mean
//! would hide that a pool was empty for a moment.

/// More points than this cannot be told apart.
const POINTS: usize = 600;

/// How many samples of so many are one bin, of which those are kept that have the greatest of one of their values;
/// 1 where all are kept.
pub(super) fn bin(samples: usize, values: usize) -> usize {
    if samples <= POINTS { 1 } else { samples.div_ceil(POINTS / values.clamp(1, POINTS)) }
}

/// Those of the samples, in their order, at which one of their values is the greatest of its bin, and the first and
/// the last one of all.
pub(super) fn thinned<T: Clone, const N: usize>(samples: &[T], values: impl Fn(&T) -> [f64; N]) -> Vec<T> {
    let bin = bin(samples.len(), N);
    if bin == 1 {
        return samples.to_vec();
    }
    let mut kept = vec![0, samples.len() - 1];
    for (start, of_bin) in samples.chunks(bin).enumerate().map(|(at, of_bin)| (at * bin, of_bin)) {
        for value in 0..N {
            // From the end, since of several that are alike the last one counts as the greatest.
            let peak = (0..of_bin.len())
                .rev()
                .max_by(|one, other| values(&of_bin[*one])[value].total_cmp(&values(&of_bin[*other])[value]));
            kept.extend(peak.map(|at| start + at));
        }
    }
    kept.sort_unstable();
    kept.dedup();
    kept.into_iter().map(|at| samples[at].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_series_is_kept_as_it_is() {
        let samples: Vec<usize> = (0..POINTS).collect();
        assert_eq!(thinned(&samples, |it| [*it as f64, -(*it as f64)]), samples);
    }

    #[test]
    fn of_a_long_one_every_peak_and_every_trough_stays() {
        for spike in [0, 1, 239, 240, 17_777, 35_999] {
            let mut samples: Vec<(usize, f64)> = (0..36_000).map(|at| (at, 20.0)).collect();
            samples[spike].1 = 21.0;
            samples[35_999 - spike].1 = 3.0;
            let kept = thinned(&samples, |(_, count)| [*count, -count]);
            assert!(kept.len() <= POINTS + 2, "{}", kept.len());
            assert!(kept.contains(&samples[spike]) && kept.contains(&samples[35_999 - spike]), "{spike}");
            assert!(kept.is_sorted_by_key(|(at, _)| *at));
            assert_eq!((kept[0].0, kept[kept.len() - 1].0), (0, 35_999));
        }
    }
}
