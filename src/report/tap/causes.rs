//! What connections waited for: the two statements between which they did nothing.

use std::collections::HashMap;
use std::time::Duration;

use crate::tap::{Edge, Seen};

/// Gaps between the same two statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) struct Cause {
    pub(in crate::report) before: Edge,
    pub(in crate::report) after: Edge,
    /// Their time together.
    pub(in crate::report) total: Duration,
}

/// So many causes have a number and a colour of their own.
const NAMED: usize = 5;
/// But none with less than a hundredth of the connection time wasted, or a thousandth of what was held: it could hardly
/// be seen.
const LEAST: [u32; 2] = [100, 1000];

/// The heaviest causes, the heaviest first; their places are their numbers and their colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct Causes {
    pub(in crate::report) named: Vec<Cause>,
    /// Whether there are more than those.
    pub(in crate::report) others: Others,
}

/// Whether there are causes without a colour of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Others {
    None,
    Some,
}

impl Causes {
    pub(in crate::report) fn of(seen: &Seen) -> Self {
        let mut sums: HashMap<(Edge, Edge), Duration> = HashMap::new();
        for gap in &seen.gaps {
            let sum = sums.entry((gap.before, gap.after)).or_default();
            *sum = sum.saturating_add(gap.total);
        }
        let mut named: Vec<Cause> =
            sums.into_iter().map(|((before, after), total)| Cause { before, after, total }).collect();
        named.sort_by(|one, other| {
            other.total.cmp(&one.total).then((one.before, one.after).cmp(&(other.before, other.after)))
        });
        let all = named.iter().fold(seen.further_gaps, |all, cause| all.saturating_add(cause.total));
        let least = (all / LEAST[0]).max(seen.holds.held / LEAST[1]);
        let heavy = named.iter().take(NAMED).take_while(|cause| cause.total >= least).count();
        let more = named.len() > heavy || !seen.further_gaps.is_zero();
        named.truncate(heavy);
        Self { named, others: if more { Others::Some } else { Others::None } }
    }

    /// The place of the cause of a gap, from 0 on; nothing for those without a colour.
    pub(in crate::report) fn place(&self, before: Edge, after: Edge) -> Option<usize> {
        self.named.iter().position(|cause| (cause.before, cause.after) == (before, after))
    }
}
