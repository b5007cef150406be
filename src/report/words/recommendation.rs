//! What to change, what it is worth and what it costs, in words for whoever decides.

use super::{range, steps};
use crate::analyse::{Act, Comparison, Metric, PhaseTable, Range, Summary};
use crate::itinerary::{Compensation, ConnectionUse, Price, SessionScope};
use crate::plan::{Plan, Seen};
use crate::report::lang::{say, word};
use crate::units;

/// The recommendation of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::report) struct Recommendation {
    /// What to change.
    pub(in crate::report) change: String,
    /// What that is worth.
    pub(in crate::report) worth: String,
    /// What it costs, a line each: transactions, atomicity, compensation. Nothing where no change is advised.
    pub(in crate::report) costs: Vec<(&'static str, String)>,
}

/// A hold that is not shorter by more than this is not worth a change.
const WORTH_IT: f64 = 1.05;

/// From the first session scope of the plan to its last one; nothing where the two cannot be compared.
pub(in crate::report) fn recommendation(plan: &Plan, summary: &Summary) -> Option<Recommendation> {
    let [before, .., after] = plan.scopes.as_slice() else { return None };
    if plan.seen() == Seen::FromOutside {
        return None;
    }
    let ratio = over_pools(summary, Metric::HoldRatio)?;
    if ratio.greatest < WORTH_IT {
        return Some(Recommendation {
            change: say!(
                "Keep {before} scope: with {after} scope a request holds a connection no shorter.",
                before = super::scope(*before),
                after = super::scope(*after)
            ),
            worth: say!("Holds before ÷ holds after: {ratio}.", ratio = range(ratio)),
            costs: Vec::new(),
        });
    }
    let size = units::count(plan.pool.size.into());
    let equal = over_pools(summary, Metric::EquivalentConnections)?;
    Some(Recommendation {
        change: change(*before, *after, &summary.anatomy),
        worth: say!(
            "Each request holds a connection {ratio} times shorter: {size} connections then do what {equal} do now.",
            ratio = range(ratio).replace(" ×", ""),
            size,
            equal = range(equal)
        ),
        costs: costs(plan, &plan.itinerary(*before).price(), &plan.itinerary(*after).price()),
    })
}

/// What all pool libraries show of a pair; nothing where one of them has no number.
fn over_pools(summary: &Summary, metric: Metric) -> Option<Range> {
    let number = |pool: &Comparison| {
        Some(summary.figures.pair(Act::SideBySide, &pool.pool, metric)?.at_nominal()?.value.number())
    };
    let numbers: Option<Vec<f64>> = summary.side_by_side.iter().map(number).collect();
    Range::of(&numbers?, metric.unit())
}

fn change(before: SessionScope, after: SessionScope, anatomy: &[PhaseTable]) -> String {
    let words = say!(
        "Go from {before} scope to {after} scope: {after2}.",
        before = super::scope(before),
        after = super::scope(after),
        after2 = word(after.meaning())
    );
    let of = |scope| anatomy.iter().find(|phases| phases.scope == scope);
    let (Some(was), Some(is)) = (of(before), of(after)) else { return words };
    let wasted = |phases: &PhaseTable| -> Vec<(String, std::time::Duration)> {
        let idle = phases.phases.iter().filter(|phase| phase.connection == ConnectionUse::Wasted);
        idle.map(|phase| (phase.word.clone(), phase.time.nominal)).collect()
    };
    let still = wasted(is);
    let freed: Vec<_> =
        wasted(was).into_iter().filter(|step| !step.1.is_zero() && !still.contains(step)).collect();
    if freed.is_empty() {
        return words;
    }
    let names: Vec<String> = freed.iter().map(|(name, _)| name.clone()).collect();
    let time = freed.iter().map(|(_, time)| *time).sum();
    let held = units::time(was.held.nominal);
    say!(
        "{words} No connection is held over {names} any more, {time} of {held}.",
        words,
        names = listed(&names, word("and")),
        time = units::time(time),
        held
    )
}

/// `a`, `a and b`, `a, b and c`.
fn listed(names: &[String], word: &str) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

fn costs(plan: &Plan, before: &Price, after: &Price) -> Vec<(&'static str, String)> {
    let counts = |price: &Price| (price.transactions, price.round_trips, price.acquires);
    let transactions = if counts(before) == counts(after) {
        say!("{transactions} a request, as before.", transactions = after.transactions)
    } else {
        say!(
            "{transactions} a request instead of {transactions2}, round trips to begin and end them {round_trips} instead of {round_trips2}, acquires {acquires} instead of {acquires2}.",
            transactions = after.transactions,
            transactions2 = before.transactions,
            round_trips = after.round_trips,
            round_trips2 = before.round_trips,
            acquires = after.acquires,
            acquires2 = before.acquires
        )
    };
    vec![
        (word("transactions"), transactions),
        (word("atomicity"), atomicity(plan, before, after)),
        (word("compensation"), compensation(plan, before, after)),
    ]
}

fn atomicity(plan: &Plan, before: &Price, after: &Price) -> String {
    let lost = before.no_longer_atomic(after);
    if lost.is_empty() {
        return word("what was atomic together still is.").to_owned();
    }
    let told: Vec<String> = lost.iter().map(|together| steps(plan, together)).collect();
    say!("no longer all or nothing: {told}.", told = told.join("; "))
}

/// What stays in the database after a failure that left nothing there before, and who minds.
fn compensation(plan: &Plan, before: &Price, after: &Price) -> String {
    let new: Vec<_> = after
        .failures
        .iter()
        .filter(|remains| !remains.stays.is_empty())
        .filter(|remains| before.failures.iter().any(|was| was.step == remains.step && was.stays.is_empty()))
        .collect();
    let named = |of: Compensation| -> Vec<String> {
        new.iter().filter(|remains| remains.compensation == of).map(|it| steps(plan, &[it.step])).collect()
    };
    let mut told = Vec::new();
    let (marked, missing) = (named(Compensation::MarksJob), named(Compensation::Missing));
    if !marked.is_empty() {
        told.push(say!("when {marked} fails after it, the job stays; the request marks it as failed, in one more transaction.", marked = listed(&marked, word("or"))));
    }
    if !missing.is_empty() {
        told.push(say!(
            "when {missing} fails, what was committed before it stays, and nobody undoes it.",
            missing = listed(&missing, word("or"))
        ));
    }
    if told.is_empty() {
        word("none is needed: a failure leaves no more than before.").to_owned()
    } else {
        told.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::summarise;

    #[test]
    fn a_change_has_its_worth_and_its_price() {
        let record = record();
        let told = recommendation(&record.plan, &summarise(&record)).unwrap();
        insta::assert_snapshot!(told.change, @"Go from request scope to repository scope: a connection and a short transaction for each repository method. No connection is held over enqueue and other any more, 179 s of 180 s.");
        insta::assert_snapshot!(told.worth, @"Each request holds a connection 180 times shorter: 20 connections then do what 3,596 do now.");
        let costs: Vec<String> = told.costs.iter().map(|(what, words)| format!("{what}: {words}")).collect();
        insta::assert_snapshot!(costs.join(" | "), @"transactions: 1 a request, as before. | atomicity: what was atomic together still is. | compensation: when enqueue or other fails after it, the job stays; the request marks it as failed, in one more transaction.");
    }

    #[test]
    fn what_is_no_shorter_is_not_advised() {
        let mut record = record();
        record.side_by_side.truncate(2);
        let tape = record.side_by_side[0].tape.clone();
        record.side_by_side[1].tape = tape;
        record.plan.scopes = vec![SessionScope::Request, SessionScope::LazyRequest];
        record.side_by_side[1].scope = SessionScope::LazyRequest;
        let told = recommendation(&record.plan, &summarise(&record)).unwrap();
        assert!(told.change.starts_with("Keep request scope") && told.costs.is_empty(), "{told:?}");
        record.plan.scopes.truncate(1);
        assert_eq!(recommendation(&record.plan, &summarise(&record)), None);
    }
}
