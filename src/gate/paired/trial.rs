//! All metrics of a comparison, pair by pair, to one verdict.

use super::holm::holm;
use super::judge::{Judged, Rule, Verdict};
use super::looks::Look;
use super::{Good, Pair};

/// What a metric decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    /// It has a test of its own, and must be decided for a pass.
    Primary,
    /// It is tested together with the other secondary ones, and may stay undecided.
    Secondary,
}

/// The pairs of many metrics. `K` says which metric of what.
#[derive(Debug, Clone)]
pub struct Trial<K> {
    rows: Vec<Row<K>>,
    pairs: usize,
}

#[derive(Debug, Clone)]
struct Row<K> {
    key: K,
    rule: Rule,
    good: Good,
    importance: Importance,
    pairs: Vec<Option<Pair>>,
}

/// A metric, and what its pairs show.
#[derive(Debug, Clone, PartialEq)]
pub struct Told<K> {
    /// Which metric of what.
    pub key: K,
    /// How it is judged.
    pub rule: Rule,
    /// What it decides.
    pub importance: Importance,
    /// The medians of A and of B; nothing where there is no number.
    pub medians: Option<Pair>,
    /// What its pairs show, or why nothing is shown.
    pub judged: Result<Judged, Unjudged>,
}

/// Why a metric is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unjudged {
    /// It is missing in so many pairs.
    Missing(usize),
    /// Its numbers have no ratio: one of them is zero and the other is not.
    NoRatio,
}

/// What a comparison shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement<K> {
    /// Metric by metric.
    pub rows: Vec<Told<K>>,
    /// All in all.
    pub overall: Overall,
}

/// All in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overall {
    /// At least one metric got worse.
    Regression,
    /// No primary metric got worse, and all of them are decided.
    Pass,
    /// None got worse as far as is known, but a primary metric is not decided, or missing.
    Inconclusive,
}

impl<K: Clone> Trial<K> {
    /// Of these metrics: which one, how it is judged, which way it is good and what it decides.
    pub fn of(metrics: impl IntoIterator<Item = (K, Rule, Good, Importance)>) -> Self {
        let row = |(key, rule, good, importance)| Row { key, rule, good, importance, pairs: Vec::new() };
        Self { rows: metrics.into_iter().map(row).collect(), pairs: 0 }
    }

    /// How many pairs there are.
    #[must_use]
    pub fn pairs(&self) -> usize {
        self.pairs
    }

    /// Adds a pair of runs: of each metric its two numbers, or nothing where one of them is missing.
    pub fn add(&mut self, mut read: impl FnMut(&K) -> Option<Pair>) {
        self.pairs += 1;
        for row in &mut self.rows {
            row.pairs.push(read(&row.key));
        }
    }

    /// What the pairs so far show at a look.
    #[must_use]
    pub fn judge(&self, look: Look) -> Judgement<K> {
        let mut rows: Vec<Told<K>> = self.rows.iter().map(|row| row.told(look)).collect();
        correct(&mut rows, look);
        let overall = Overall::of(&rows);
        Judgement { rows, overall }
    }
}

/// What looks worse with less than this chance, were it the only secondary metric, is looked into further.
const SUSPECT: f64 = 0.05;

impl<K> Judgement<K> {
    /// How many secondary metrics look worse without being shown to be: more pairs are needed to tell, and
    /// to look on costs no false alarm, since every look has its own chance.
    #[must_use]
    pub fn suspects(&self) -> usize {
        let is_suspect = |row: &&Told<K>| {
            let judged = row.judged.as_ref().ok();
            judged.is_some_and(|it| it.verdict == Verdict::Undecided && it.p_worse_alone <= SUSPECT)
        };
        self.rows.iter().filter(|row| row.importance == Importance::Secondary).filter(is_suspect).count()
    }
}

impl<K: Clone> Row<K> {
    fn told(&self, look: Look) -> Told<K> {
        let whole: Vec<Pair> = self.pairs.iter().copied().flatten().collect();
        let missing = self.pairs.len() - whole.len();
        // A metric that is missing where it went wrong would look better than it is.
        let judged = match missing {
            0 if whole.is_empty() => Err(Unjudged::Missing(0)),
            0 => self.rule.judge(self.good, &whole, look).ok_or(Unjudged::NoRatio),
            missing => Err(Unjudged::Missing(missing)),
        };
        let medians = median(&whole, |pair| pair.a).zip(median(&whole, |pair| pair.b));
        Told {
            key: self.key.clone(),
            rule: self.rule,
            importance: self.importance,
            medians: medians.map(|(a, b)| Pair { a, b }),
            judged,
        }
    }
}

fn median(pairs: &[Pair], of: fn(&Pair) -> f64) -> Option<f64> {
    let mut values: Vec<f64> = pairs.iter().map(of).collect();
    values.sort_by(f64::total_cmp);
    Some(f64::midpoint(*values.get(values.len() / 2)?, *values.get((values.len() - 1) / 2)?))
}

/// Raises the chances of the secondary metrics, as there are many of them.
fn correct<K>(rows: &mut [Told<K>], look: Look) {
    let mut secondary: Vec<&mut Judged> = rows
        .iter_mut()
        .filter(|row| row.importance == Importance::Secondary)
        .filter_map(|row| row.judged.as_mut().ok())
        .collect();
    let chances = |of: fn(&Judged) -> f64, all: &[&mut Judged]| {
        holm(&all.iter().map(|judged| of(judged)).collect::<Vec<_>>())
    };
    let worse = chances(|judged| judged.p_worse, &secondary);
    let better = chances(|judged| judged.p_better, &secondary);
    for ((judged, worse), better) in secondary.iter_mut().zip(worse).zip(better) {
        **judged = judged.with(worse, better, look.alpha);
    }
}

impl Overall {
    fn of<K>(rows: &[Told<K>]) -> Self {
        let verdict = |row: &Told<K>| row.judged.map_or(Verdict::Undecided, |judged| judged.verdict);
        let primary = || rows.iter().filter(|row| row.importance == Importance::Primary);
        if rows.iter().any(|row| verdict(row) == Verdict::Regression) {
            Self::Regression
        } else if primary().next().is_none() || primary().any(|row| verdict(row) == Verdict::Undecided) {
            Self::Inconclusive
        } else {
            Self::Pass
        }
    }
}
