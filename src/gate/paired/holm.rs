//! Many tests at once.

/// The chances of several tests, raised so that each may be held against the chance of one false alarm
/// among all of them (Holm 1979), in the order in which they came.
#[must_use]
pub fn holm(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|one, other| chances[*one].total_cmp(&chances[*other]));
    let mut raised = vec![1.0; chances.len()];
    let mut most: f64 = 0.0;
    for (before, at) in order.into_iter().enumerate() {
        most = most.max(chances[at] * (chances.len() - before) as f64).min(1.0);
        raised[at] = most;
    }
    raised
}
