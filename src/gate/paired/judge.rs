//! From the pairs of one metric to a verdict.

use super::looks::Look;
use super::signed_rank::p_above;
use super::walsh::WalshAverages;
use super::{Good, Pair};

/// How much worse is still the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// A change is a regression when it is shown to be more than this.
    pub ignored: f64,
    /// A change is shown to be none when it cannot be this much.
    pub most: f64,
}

/// How a metric is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rule {
    /// By B ÷ A, which must be shown to be more than the tolerance: for times and rates. Tolerances are
    /// shares: 0.02 is 2 %.
    Ratio(Tolerance),
    /// By B − A, which must be shown to be more than the tolerance: for shares, which may be zero.
    Difference(Tolerance),
    /// By the middle of B − A against an absolute bound: for what follows from the structure of a
    /// program and not from the machine.
    Bound(f64),
    /// By the mean of B − A against an absolute bound: for failures. One counts, however rare, so that no
    /// noise excuses it.
    Every(f64),
}

/// What the pairs show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Worse by more than is tolerated.
    Regression,
    /// Better by more than that.
    Improvement,
    /// Not worse, as far as matters.
    Equivalent,
    /// Too few pairs, or too much noise, to tell.
    Undecided,
}

/// A metric that was judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// B ÷ A, or B − A, as the rule has it.
    pub estimate: f64,
    /// It is no less than this, and no more: each with the chance of the look; none where a bound
    /// is held against the estimate alone.
    pub interval: Option<(f64, f64)>,
    /// The chance of pairs like these if it got worse by no more than is tolerated.
    pub p_worse: f64,
    /// The chance of pairs like these if it got better by no more than that.
    pub p_better: f64,
    /// The same where this is the only test.
    pub(super) p_worse_alone: f64,
    /// The greatest worsening that the pairs leave possible, and the most that is the same still.
    pub(super) worst: (f64, f64),
    /// What the pairs show, where this is the only test.
    pub verdict: Verdict,
}

impl Rule {
    /// Judges pairs at a look; nothing of no pairs, or of numbers of which there is no such change.
    pub(super) fn judge(self, good: Good, pairs: &[Pair], look: Look) -> Option<Judged> {
        let changes: Vec<f64> = pairs.iter().map(|pair| self.change(*pair)).collect();
        if changes.is_empty() || changes.iter().any(|change| !change.is_finite()) {
            return None;
        }
        match self {
            Self::Ratio(tolerance) => Some(noisy(good, &changes, look, Noisy::ratio(tolerance))),
            Self::Difference(tolerance) => Some(noisy(good, &changes, look, Noisy::difference(tolerance))),
            Self::Bound(bound) => Some(bounded(good, WalshAverages::of(&changes).middle()?, bound)),
            Self::Every(bound) => {
                Some(bounded(good, changes.iter().sum::<f64>() / changes.len() as f64, bound))
            }
        }
    }

    fn change(self, pair: Pair) -> f64 {
        match self {
            // Equal numbers did not change, whatever they are.
            _ if pair.a == pair.b => 0.0,
            Self::Ratio(_) => (pair.b / pair.a).ln(),
            Self::Difference(_) | Self::Bound(_) | Self::Every(_) => pair.b - pair.a,
        }
    }
}

impl Judged {
    /// The verdict where the chances are these instead, and may come to no more than `alpha`.
    pub(super) fn with(self, p_worse: f64, p_better: f64, alpha: f64) -> Self {
        let (worst, most) = self.worst;
        let verdict = if p_worse <= alpha {
            Verdict::Regression
        } else if p_better <= alpha {
            Verdict::Improvement
        } else if worst < most {
            Verdict::Equivalent
        } else {
            Verdict::Undecided
        };
        Self { p_worse, p_better, verdict, ..self }
    }
}

/// A tolerance on the scale on which changes add up, and the way back from there.
struct Noisy {
    ignored: f64,
    most: f64,
    shown: fn(f64) -> f64,
}

impl Noisy {
    fn ratio(tolerance: Tolerance) -> Self {
        Self { ignored: tolerance.ignored.ln_1p(), most: tolerance.most.ln_1p(), shown: f64::exp }
    }

    fn difference(tolerance: Tolerance) -> Self {
        Self { ignored: tolerance.ignored, most: tolerance.most, shown: std::convert::identity }
    }
}

fn noisy(good: Good, changes: &[f64], look: Look, scale: Noisy) -> Judged {
    let walsh = WalshAverages::of(changes);
    let bounds = walsh.bounds(look.alpha);
    let beyond = |sign: f64| {
        let beyond = changes.iter().map(|change| sign * good.worsening(*change) - scale.ignored);
        p_above(&beyond.collect::<Vec<_>>())
    };
    let worst = match good {
        Good::Less => bounds.high,
        Good::More => -bounds.low,
    };
    let worse = beyond(1.0);
    let judged = Judged {
        estimate: (scale.shown)(walsh.middle().unwrap_or_default()),
        interval: Some(((scale.shown)(bounds.low), (scale.shown)(bounds.high))),
        p_worse: 1.0,
        p_better: 1.0,
        p_worse_alone: worse,
        worst: (worst, scale.most),
        verdict: Verdict::Undecided,
    };
    judged.with(worse, beyond(-1.0), look.alpha)
}

/// Without noise there is no chance: it is so, or it is not.
fn bounded(good: Good, estimate: f64, bound: f64) -> Judged {
    let worsening = good.worsening(estimate);
    let p = |is_so: bool| if is_so { 0.0 } else { 1.0 };
    let judged = Judged {
        estimate,
        interval: None,
        p_worse: 1.0,
        p_better: 1.0,
        p_worse_alone: p(worsening > bound),
        worst: (f64::NEG_INFINITY, bound),
        verdict: Verdict::Undecided,
    };
    judged.with(p(worsening > bound), p(-worsening > bound), 0.0)
}
