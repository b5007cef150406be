//! Kinds of transactions: those with the same gaps between the same statements.

use std::collections::HashMap;
use std::time::Duration;

use super::hold::Edge;
use super::kept::Transaction;
use super::seen::Seen;

/// Transactions with the same long gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionKind {
    /// What stands before and after each long gap, in their order.
    pub gaps: Vec<(Edge, Edge)>,
    /// How many.
    pub count: u64,
    /// Their time together, connections × time.
    pub held: Duration,
    /// Mean length of each long gap.
    pub idle: Vec<Duration>,
    /// Mean length of what is before, between and after them: one more than there are gaps.
    pub between: Vec<Duration>,
}

/// The kinds of the transactions that were kept, those that held connections for longest first. Gaps shorter than
/// `least` belong to what is between the long ones.
#[must_use]
pub fn kinds(seen: &Seen, least: Duration) -> Vec<TransactionKind> {
    let mut sums: HashMap<Vec<(Edge, Edge)>, Sum> = HashMap::new();
    for transaction in &seen.transactions {
        let long = transaction.gaps.iter().filter(|gap| gap.length >= least);
        let gaps: Vec<(Edge, Edge)> = long.map(|gap| (gap.before, gap.after)).collect();
        sums.entry(gaps).or_default().add(transaction, least);
    }
    let mut all: Vec<TransactionKind> = sums.into_iter().map(|(gaps, sum)| sum.kind(gaps)).collect();
    all.sort_by(|one, other| other.held.cmp(&one.held).then_with(|| one.gaps.cmp(&other.gaps)));
    all
}

#[derive(Debug, Default)]
struct Sum {
    count: u64,
    held: Duration,
    idle: Vec<Duration>,
    between: Vec<Duration>,
}

impl Sum {
    fn add(&mut self, transaction: &Transaction, least: Duration) {
        let mut from = Duration::ZERO;
        let mut at = 0;
        for gap in transaction.gaps.iter().filter(|gap| gap.length >= least) {
            grow(&mut self.between, at, gap.start.saturating_sub(from));
            grow(&mut self.idle, at, gap.length);
            from = gap.start + gap.length;
            at += 1;
        }
        grow(&mut self.between, at, transaction.length.saturating_sub(from));
        self.count += 1;
        self.held += transaction.length;
    }

    fn kind(self, gaps: Vec<(Edge, Edge)>) -> TransactionKind {
        let count = u32::try_from(self.count).unwrap_or(u32::MAX).max(1);
        let mean = |sums: Vec<Duration>| sums.into_iter().map(|sum| sum / count).collect();
        let (idle, between) = (mean(self.idle), mean(self.between));
        TransactionKind { gaps, count: self.count, held: self.held, idle, between }
    }
}

fn grow(sums: &mut Vec<Duration>, at: usize, by: Duration) {
    if at == sums.len() {
        sums.push(Duration::ZERO);
    }
    sums[at] += by;
}
