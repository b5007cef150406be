//! Objectives beside the figures of an application that was observed.

use super::judge::{Asks, Check, Judgement, Verdict, Why};
use super::objectives::beside;
use super::sheet::Number;
use crate::metric::Metric;
use crate::scenario::{Asked, Limit, Objective};

/// How much of what an application did was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All of it.
    Whole,
    /// Some connections could not be read: whatever held there might break a limit that is kept elsewhere.
    InPart,
    /// It ended before it should, and what came after nobody knows.
    Cut,
}

/// Asks each objective of what was seen. `read` gives the number of a metric, or nothing of what nobody saw: that is
/// never a pass.
#[must_use]
pub fn observed(
    name: &str,
    source: &str,
    objectives: &[Objective],
    sight: Sight,
    read: impl Fn(Metric) -> Option<Number>,
) -> Judgement {
    let check = |objective: &Objective| {
        let asks = Asks::Objective(objective.clone());
        let (now, verdict, why) = match &objective.asks {
            Asked::Keeps(limit) => match number(limit, &read) {
                Some(number) => {
                    let (verdict, why) = match (beside(number, 0.0, limit), sight) {
                        ((Verdict::Pass, _), Sight::InPart) => (Verdict::Inconclusive, Some(Why::SeenInPart)),
                        ((Verdict::Pass, _), Sight::Cut) => (Verdict::Inconclusive, Some(Why::Cut)),
                        (judged, _) => judged,
                    };
                    (Some(number), verdict, why)
                }
                None => (None, Verdict::Inconclusive, Some(Why::NoFigure)),
            },
            Asked::ClaimsHold | Asked::ClaimHolds(_) => (None, Verdict::Inconclusive, Some(Why::NoClaim)),
        };
        Check { now, why, ..Check::of(asks, verdict) }
    };
    let checks = objectives.iter().map(check).collect();
    Judgement { run: name.to_owned(), scenario: source.to_owned(), baseline: None, checks }
}

/// There is one application, and so neither pools nor session scopes to choose from.
fn number(limit: &Limit, read: impl Fn(Metric) -> Option<Number>) -> Option<Number> {
    let one = |term: &crate::scenario::Term| {
        let alone = term.pool.is_none() && term.scope.is_none();
        alone.then(|| read(term.metric)).flatten()
    };
    match &limit.over {
        None => one(&limit.of),
        Some(over) => one(&limit.of)?.over(one(over)?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(objective: &str) -> Verdict {
        verdict_of(objective, Sight::Whole)
    }

    fn verdict_of(objective: &str, sight: Sight) -> Verdict {
        let read = |metric| (metric == Metric::IdleHoldShare).then(|| Number::exactly(0.9));
        observed("it", "tap", &[objective.parse().unwrap()], sight, read).verdict()
    }

    #[test]
    fn what_was_seen_in_part_may_break_a_limit_and_never_keeps_it() {
        assert_eq!(verdict_of("idle-hold.share < 0.1", Sight::InPart), Verdict::Breach);
        assert_eq!(verdict_of("idle-hold.share < 95%", Sight::InPart), Verdict::Inconclusive);
        assert_eq!(verdict_of("idle-hold.share < 0.1", Sight::Cut), Verdict::Breach);
        assert_eq!(verdict_of("idle-hold.share < 95%", Sight::Cut), Verdict::Inconclusive);
    }

    #[test]
    fn what_was_not_seen_is_no_pass() {
        assert_eq!(verdict("idle-hold.share < 0.1"), Verdict::Breach);
        assert_eq!(verdict("idle-hold.share < 95%"), Verdict::Pass);
        assert_eq!(verdict("acquire-wait.p99 < 1s"), Verdict::Inconclusive);
        assert_eq!(verdict("request-scoped.idle-hold.share < 95%"), Verdict::Inconclusive);
        assert_eq!(verdict("claims hold"), Verdict::Inconclusive);
    }
}
