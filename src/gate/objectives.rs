//! An objective beside the figures of a run.

use super::judge::{Asks, Check, Verdict, Why};
use super::sheet::{Bound, Line, Number, Sheet};
use crate::analyse::{Act, ClaimVerdict};
use crate::metric::{Metric, Unit};
use crate::scenario::{Asked, Clock, Limit, Objective, ObjectiveAct, Term};

/// The checks of an objective, one for each figure that it reads.
pub(super) fn checks(objective: &Objective, sheet: &Sheet) -> Vec<Check> {
    let asks = Asks::Objective(objective.clone());
    match &objective.asks {
        Asked::Keeps(limit) => limits(&asks, limit, sheet),
        Asked::ClaimsHold if sheet.claims.is_empty() => vec![nothing(asks, Why::NoClaim)],
        Asked::ClaimsHold => {
            sheet.claims.iter().map(|claim| held(asks.clone(), &claim.id, claim.verdict)).collect()
        }
        Asked::ClaimHolds(id) => match sheet.claims.iter().find(|claim| claim.id == *id) {
            Some(claim) => vec![held(asks, id, claim.verdict)],
            None => vec![nothing(asks, Why::NoClaim)],
        },
    }
}

/// A claim that was asked to hold: one that cannot be told does not.
fn held(asks: Asks, id: &str, verdict: ClaimVerdict) -> Check {
    let (verdict, why) = match verdict {
        ClaimVerdict::Holds | ClaimVerdict::Nearly | ClaimVerdict::Qualified => (Verdict::Pass, None),
        ClaimVerdict::Fails => (Verdict::Breach, None),
        ClaimVerdict::NotMeasured => (Verdict::Inconclusive, Some(Why::Untold)),
    };
    Check { claim: Some(id.to_owned()), why, ..Check::of(asks, verdict) }
}

fn nothing(asks: Asks, why: Why) -> Check {
    Check { why: Some(why), ..Check::of(asks, Verdict::Inconclusive) }
}

fn limits(asks: &Asks, limit: &Limit, sheet: &Sheet) -> Vec<Check> {
    let read: Vec<(&Line, Option<Number>)> = match &limit.over {
        None => meant(&limit.of, sheet).map(|line| (line, number(line, limit.clock))).collect(),
        Some(over) => meant(&limit.of, sheet)
            .map(|line| (line, partner(line, over, sheet).and_then(|under| ratio(line, under, limit.clock))))
            .collect(),
    };
    let hidden = sheet.is_of_a_service() && !limit.of.metric.is_seen_from_outside();
    let missing = || if hidden { Why::NotVisible } else { Why::NoFigure };
    if read.is_empty() {
        return vec![nothing(asks.clone(), missing())];
    }
    let checks = read.into_iter().map(|(line, number)| {
        let subject = Some(line.subject.clone());
        match number {
            None => Check { subject, ..nothing(asks.clone(), missing()) },
            Some(number) => {
                let ours = if limit.over.is_none() { ours(line, number, sheet) } else { 0.0 };
                let (verdict, why) = beside(number, ours, limit);
                Check { subject, now: Some(number), why, ..Check::of(asks.clone(), verdict) }
            }
        }
    });
    checks.collect()
}

/// The figures that a term means.
fn meant<'a>(term: &'a Term, sheet: &'a Sheet) -> impl Iterator<Item = &'a Line> {
    let act = match term.act {
        ObjectiveAct::SideBySide => Act::SideBySide,
        ObjectiveAct::Capacity => Act::Capacity,
    };
    sheet.lines.iter().filter(move |line| {
        let pool = term.pool.as_deref().is_none_or(|pool| pool == line.pool());
        let scope = line.scope().is_none_or(|scope| term.means(scope, &sheet.scopes));
        line.metric == term.metric && line.act() == act && pool && scope
    })
}

/// What a figure is divided by: of the same pool library unless another is named, and of the same session scope
/// unless another is named.
fn partner<'a>(line: &Line, over: &'a Term, sheet: &'a Sheet) -> Option<&'a Line> {
    let same_pool = |other: &&Line| over.pool.is_some() || other.pool() == line.pool();
    let same_scope = |other: &&Line| over.scope.is_some() || other.scope() == line.scope();
    meant(over, sheet).filter(same_pool).find(same_scope)
}

fn ratio(line: &Line, under: &Line, clock: Clock) -> Option<Number> {
    let under = number(under, clock)?;
    // More than nothing known is no divisor: the factor could be anything below.
    (under.bound == Bound::Exact).then_some(())?;
    number(line, clock)?.over(under)
}

fn number(line: &Line, clock: Clock) -> Option<Number> {
    match clock {
        Clock::Nominal => line.nominal.or(line.measured),
        Clock::Measured => line.measured,
    }
}

/// How much of a time may be handing out connections and our own lateness, in seconds at the clock of the
/// number: what does not scale counts for more at nominal times. Nothing of what is no wait or response.
fn ours(line: &Line, number: Number, sheet: &Sheet) -> f64 {
    let overhead = sheet.line(Metric::AcquireOverhead, &line.subject).and_then(|line| line.measured);
    match (line.metric.holds_waits(), overhead, line.measured) {
        (true, Some(overhead), Some(measured)) if measured.value > 0.0 => {
            overhead.value * (number.value / measured.value)
        }
        _ => 0.0,
    }
}

/// A number, of which so much may be ours, beside its limit. Counts and shares are what happened in this run, and are taken as they are: a
/// failure is no noise. Of times, rates and factors the whole interval has to keep the limit, or to break it.
pub(super) fn beside(number: Number, ours: f64, limit: &Limit) -> (Verdict, Option<Why>) {
    let keeps = |value: f64| limit.sign.keeps(value, limit.limit);
    let upper = limit.sign.is_upper();
    if number.bound == Bound::MoreThan {
        return match (upper, keeps(number.value)) {
            (true, false) if keeps(number.value - ours) => (Verdict::Inconclusive, Some(Why::Overhead)),
            (true, false) => (Verdict::Breach, None),
            (false, true) => (Verdict::Pass, None),
            _ => (Verdict::Inconclusive, Some(Why::LowerBound)),
        };
    }
    let unit = if limit.over.is_some() { Unit::Factor } else { limit.of.metric.unit() };
    let counted = matches!(unit, Unit::Share | Unit::Count);
    let (low, high) = number.interval.filter(|_| !counted).unwrap_or((number.value, number.value));
    match (keeps(low), keeps(high)) {
        (true, true) => (Verdict::Pass, None),
        (false, false) if upper && keeps(low - ours) => (Verdict::Inconclusive, Some(Why::Overhead)),
        (false, false) => (Verdict::Breach, None),
        _ => (Verdict::Inconclusive, Some(Why::Straddles)),
    }
}
