//! The signed-rank test of Wilcoxon (1945), exact.
//!
//! Under the hypothesis that differences lie symmetrically about zero, every sign is as likely as the
//! other, whatever the sizes. So the law of the sum of the ranks of positive differences follows by
//! counting: all patterns of signs on the ranks at hand. Equal sizes share the mean of their ranks, and
//! the counting goes over those very ranks (Lehmann 1975, *Nonparametrics*, ch. 3; the shift algorithm
//! of Streitberg and Röhmel 1986). Differences of zero are ranked with the others and then left out, as
//! Pratt (1959) has it: left out before, as Wilcoxon did, a sample could become more significant by a
//! shift against what is shown.

/// The law of twice the rank sum under the hypothesis.
#[derive(Debug, Clone, PartialEq)]
pub struct NullLaw {
    /// The chance of each value, from 0 on.
    chances: Vec<f64>,
}

impl NullLaw {
    /// For twice these ranks: twice, so that shared ranks are whole numbers too.
    #[must_use]
    pub fn of(doubled_ranks: &[usize]) -> Self {
        let mut chances = vec![0.0; doubled_ranks.iter().sum::<usize>() + 1];
        chances[0] = 1.0;
        let mut most = 0;
        for rank in doubled_ranks {
            most += rank;
            // From above, so that what is read was not written for this rank.
            for sum in (0..=most).rev() {
                let with = if sum >= *rank { chances[sum - rank] } else { 0.0 };
                chances[sum] = (chances[sum] + with) / 2.0;
            }
        }
        Self { chances }
    }

    /// For so many differences without ties and zeros.
    #[must_use]
    pub fn without_ties(count: usize) -> Self {
        Self::of(&(1..=count).map(|rank| 2 * rank).collect::<Vec<_>>())
    }

    /// The chance of at least this much.
    #[must_use]
    pub fn at_least(&self, doubled_sum: usize) -> f64 {
        self.chances.iter().skip(doubled_sum).sum::<f64>().min(1.0)
    }

    /// How many of the least rank sums have together no more than this chance.
    pub(super) fn least_within(&self, chance: f64) -> usize {
        let mut below = 0.0;
        // Without ties every second entry is a sum, and the others have no chance.
        let sums = self.chances.iter().step_by(2);
        sums.take_while(|each| {
            below += **each;
            below <= chance
        })
        .count()
    }
}

/// The chance of differences that lie as far above zero as these or farther, where they lie
/// symmetrically about zero or below: one-sided and exact. It is 1 where all are zero or none is there.
#[must_use]
pub fn p_above(differences: &[f64]) -> f64 {
    let mut sizes: Vec<(f64, f64)> = differences.iter().map(|it| (it.abs(), *it)).collect();
    sizes.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (mut ranks, mut sum) = (Vec::new(), 0);
    let mut from = 0;
    for tied in sizes.chunk_by(|one, other| one.0 == other.0) {
        let to = from + tied.len();
        // Twice the mean of the ranks from + 1 to `to`.
        let doubled = from + 1 + to;
        from = to;
        let signed = tied.iter().filter(|(size, _)| *size > 0.0);
        for (_, difference) in signed {
            ranks.push(doubled);
            if *difference > 0.0 {
                sum += doubled;
            }
        }
    }
    NullLaw::of(&ranks).at_least(sum)
}
