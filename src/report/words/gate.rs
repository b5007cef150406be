//! The words of the gate.

use crate::analyse::{Act, ConditionKind, Subject};
use crate::gate::{Asks, Bound, Check, Difference, Number, Rule, Verdict, Why, Worse, paired};
use crate::metric::Unit;
use crate::report::lang::{say, word};
use crate::report::text::clean;
use crate::scenario::Asked;

/// The word for a verdict, as it stands before a line.
pub(in crate::report) fn gate_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => word("pass"),
        Verdict::Noted => word("note"),
        Verdict::Better => word("better"),
        Verdict::Inconclusive => word("inconclusive"),
        Verdict::Regression => word("regression"),
        Verdict::Breach => word("breach"),
    }
}

/// Of what a check is: `repository-scoped on sqlx, capacity`.
pub(in crate::report) fn gate_place(subject: &Subject) -> String {
    let (act, whose) = match subject {
        Subject::Lane(place) => {
            (place.act, say!("{scope} on {pool}", scope = place.scope.name(), pool = place.pool))
        }
        Subject::Pair { act, pool, before, after } => {
            (*act, say!("{before} and {after} on {pool}", before = before.name(), after = after.name(), pool))
        }
    };
    let act = if act == Act::SideBySide { String::new() } else { format!(", {}", super::act(act)) };
    clean(&format!("{whose}{act}"))
}

/// What a check asks.
pub(in crate::report) fn gate_asks(asks: &Asks) -> String {
    match asks {
        Asks::Ended => word("the run came to its end").to_owned(),
        Asks::Failures => word("no request failed unasked").to_owned(),
        Asks::Claims => word("no claim is false").to_owned(),
        Asks::Objective(objective) => clean(&objective.text),
        Asks::Baseline => word("there is a baseline").to_owned(),
        Asks::Conditions => word("the conditions are those of the baseline").to_owned(),
        Asks::Structure(rule) => say!("{metric} is as in the baseline", metric = rule.metric.name()),
        Asks::Pairs => word("runs and baselines are pairs").to_owned(),
        Asks::Times { metric, .. } => say!("{metric} got no worse, run by run", metric = metric.name()),
        Asks::Anything => word("there is something to judge by").to_owned(),
    }
}

/// What was found, where it is no plain pass.
pub(in crate::report) fn gate_finding(check: &Check) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(found(check));
    parts.extend(check.why.as_ref().map(why));
    parts.extend(check.differences.iter().map(difference));
    let claim = check.claim.as_ref().map_or_else(String::new, |id| format!("{}: ", clean(id)));
    format!("{claim}{}", parts.join("; "))
}

fn found(check: &Check) -> Option<String> {
    match (&check.asks, check.now) {
        (Asks::Structure(rule), now) => Some(structure(*rule, now, check.before)),
        (Asks::Times { metric, rule }, Some(now)) => {
            Some(change(metric.unit(), *rule, check.change, now, check.before))
        }
        (Asks::Failures, Some(failed)) if failed.value > 0.0 => {
            Some(say!("{failed} failed", failed = Unit::Count.text(failed.value)))
        }
        (Asks::Objective(objective), Some(now)) => match &objective.asks {
            Asked::Keeps(limit) => {
                let unit = if limit.over.is_some() { Unit::Factor } else { limit.of.metric.unit() };
                Some(say!("it is {now}", now = number(unit, now)))
            }
            Asked::ClaimsHold | Asked::ClaimHolds(_) => None,
        },
        _ if check.claim.is_some() && check.verdict == Verdict::Breach => {
            Some(word("it does not hold").to_owned())
        }
        _ => None,
    }
}

/// `rose from 2.1 % to 99 %, and may by 15 %`
fn structure(rule: Rule, now: Option<Number>, before: Option<Number>) -> String {
    let unit = rule.metric.unit();
    let (Some(now), Some(before)) = (now, before) else {
        return match now.or(before) {
            Some(one) => number(unit, one),
            None => String::new(),
        };
    };
    let verb = if now.value > before.value { word("rose") } else { word("fell") };
    let allowed = unit.text(rule.within + rule.share * before.value);
    let may = match rule.worse {
        Worse::Higher => say!("it may rise by {allowed}", allowed),
        Worse::Any => say!("it may change by {allowed}", allowed),
    };
    say!(
        "it {verb} from {before} to {now}; {may}",
        verb,
        before = number(unit, before),
        now = number(unit, now),
        may
    )
}

/// `from 1.00 s to 1.05 s, × 1.05 (1.04 to 1.06)`
fn change(
    unit: Unit,
    rule: paired::Rule,
    change: Option<Number>,
    now: Number,
    before: Option<Number>,
) -> String {
    let before =
        before.map_or_else(String::new, |before| say!("from {before} ", before = number(unit, before)));
    let factor = matches!(rule, paired::Rule::Ratio(_));
    let shown = change.map_or_else(String::new, |change| match factor {
        true => format!(", × {}", number(Unit::Factor, change)),
        false => say!(", a change of {change}", change = number(unit, change)),
    });
    say!("{before}to {now}{shown}", before, now = number(unit, now), shown)
}

fn number(unit: Unit, number: Number) -> String {
    let value = unit.text(number.value);
    match (number.bound, number.interval) {
        (Bound::MoreThan, _) => say!("more than {value}", value),
        (Bound::Exact, Some((low, high))) if unit.text(low) != unit.text(high) => {
            say!("{value} ({low} to {high})", value, low = unit.text(low), high = unit.text(high))
        }
        (Bound::Exact, _) => value,
    }
}

fn why(why: &Why) -> String {
    match why {
        Why::NoFigure => word("the run has no such figure").to_owned(),
        Why::NotVisible => word("it is not visible from outside the service").to_owned(),
        Why::NoClaim => word("the run has no such claim").to_owned(),
        Why::Untold => word("the run cannot tell it").to_owned(),
        Why::LowerBound => word("only a lower bound is known; a longer run tells more").to_owned(),
        Why::Straddles => {
            word("the interval reaches over the limit; a longer run makes it narrower").to_owned()
        }
        Why::Overhead => word(
            "so much of it may be handing out connections and our own lateness that the limit may be kept; \
             a larger time scale or a quieter machine tells",
        )
        .to_owned(),
        Why::LateReplies => word(
            "holds have as much more overhead: replies waited for a late process, which is no change of \
             structure",
        )
        .to_owned(),
        Why::SeenInPart => {
            word("some connections could not be read, and what they did is not known").to_owned()
        }
        Why::Contradictory => {
            word("its record contradicts itself: it was damaged, or edited by hand").to_owned()
        }
        Why::Cut => word("the run did not come to its end").to_owned(),
        Why::NoBaseline(found) => say!("there is none: {found}", found = clean(found)),
        Why::Incomparable => {
            word("they are not, so nothing is compared; save a new baseline if this is meant").to_owned()
        }
        Why::Gone => word("the baseline has it, and the run has not").to_owned(),
        Why::NotInBaseline => word("the baseline does not have it; a new baseline will").to_owned(),
        Why::Hollow => word("no figure of it could be compared; save a new one").to_owned(),
        Why::OtherConditions => word("not compared, since the conditions differ").to_owned(),
        Why::TooFewPairs { least, most } => {
            say!("a verdict takes {least} to {most} pairs of runs", least, most)
        }
        Why::SameRun => {
            word("a run is among them more than once; each pair takes runs of its own").to_owned()
        }
        Why::Undecided => word("the pairs do not tell whether it got worse; more of them do").to_owned(),
        Why::Nothing => {
            word("the scenario has neither objectives nor claims; give --baseline or --objective").to_owned()
        }
    }
}

fn difference(difference: &Difference) -> String {
    let Difference { kind, before, now } = difference;
    say!(
        "{kind}: {before} before, {now} now",
        kind = condition(*kind),
        before = clean(before),
        now = clean(now)
    )
}

/// What a condition is called.
pub(in crate::report) fn condition(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::Source => word("source"),
        ConditionKind::Steps => word("steps"),
        ConditionKind::Load => word("load"),
        ConditionKind::Phases => word("phases"),
        ConditionKind::Capacity => word("closed loop"),
        ConditionKind::Bystanders => word("bystanders"),
        ConditionKind::Pool => word("pool"),
        ConditionKind::TimeScale => word("time scale"),
        ConditionKind::Seed => word("seed"),
        ConditionKind::PoolLibraries => word("pool libraries"),
        ConditionKind::Server => word("server"),
        ConditionKind::Encryption => word("encryption"),
        ConditionKind::ServerSettings => word("server settings"),
        ConditionKind::Machine => word("machine"),
        ConditionKind::Build => word("build"),
    }
}
