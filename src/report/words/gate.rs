//! The words of the gate.

use crate::analyse::{Act, ConditionKind, Subject};
use crate::gate::{Asks, Bound, Check, Difference, Number, Rule, Verdict, Why, Worse, paired};
use crate::metric::Unit;
use crate::report::text::clean;
use crate::scenario::Asked;

/// The word for a verdict, as it stands before a line.
pub(in crate::report) fn gate_verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Noted => "note",
        Verdict::Better => "better",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Regression => "regression",
        Verdict::Breach => "breach",
    }
}

/// Of what a check is: `repository-scoped on sqlx, capacity`.
pub(in crate::report) fn gate_place(subject: &Subject) -> String {
    let (act, whose) = match subject {
        Subject::Lane(place) => (place.act, format!("{} on {}", place.scope.name(), place.pool)),
        Subject::Pair { act, pool, before, after } => {
            (*act, format!("{} and {} on {pool}", before.name(), after.name()))
        }
    };
    let act = if act == Act::SideBySide { String::new() } else { format!(", {}", super::act(act)) };
    clean(&format!("{whose}{act}"))
}

/// What a check asks.
pub(in crate::report) fn gate_asks(asks: &Asks) -> String {
    match asks {
        Asks::Ended => "the run came to its end".to_owned(),
        Asks::Failures => "no request failed unasked".to_owned(),
        Asks::Claims => "no claim is false".to_owned(),
        Asks::Objective(objective) => clean(&objective.text),
        Asks::Baseline => "there is a baseline".to_owned(),
        Asks::Conditions => "the conditions are those of the baseline".to_owned(),
        Asks::Structure(rule) => format!("{} is as in the baseline", rule.metric.name()),
        Asks::Pairs => "runs and baselines are pairs".to_owned(),
        Asks::Times { metric, .. } => format!("{} got no worse, run by run", metric.name()),
        Asks::Anything => "there is something to judge by".to_owned(),
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
            Some(format!("{} failed", Unit::Count.text(failed.value)))
        }
        (Asks::Objective(objective), Some(now)) => match &objective.asks {
            Asked::Keeps(limit) => {
                let unit = if limit.over.is_some() { Unit::Factor } else { limit.of.metric.unit() };
                Some(format!("it is {}", number(unit, now)))
            }
            Asked::ClaimsHold | Asked::ClaimHolds(_) => None,
        },
        _ if check.claim.is_some() && check.verdict == Verdict::Breach => Some("it does not hold".to_owned()),
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
    let verb = if now.value > before.value { "rose" } else { "fell" };
    let allowed = unit.text(rule.within + rule.share * before.value);
    let may = match rule.worse {
        Worse::Higher => format!("it may rise by {allowed}"),
        Worse::Any => format!("it may change by {allowed}"),
    };
    format!("it {verb} from {} to {}; {may}", number(unit, before), number(unit, now))
}

/// `from 1.00 s to 1.05 s, × 1.05 (1.04 to 1.06)`
fn change(
    unit: Unit,
    rule: paired::Rule,
    change: Option<Number>,
    now: Number,
    before: Option<Number>,
) -> String {
    let before = before.map_or_else(String::new, |before| format!("from {} ", number(unit, before)));
    let factor = matches!(rule, paired::Rule::Ratio(_));
    let shown = change.map_or_else(String::new, |change| match factor {
        true => format!(", × {}", number(Unit::Factor, change)),
        false => format!(", a change of {}", number(unit, change)),
    });
    format!("{before}to {}{shown}", number(unit, now))
}

fn number(unit: Unit, number: Number) -> String {
    let value = unit.text(number.value);
    match (number.bound, number.interval) {
        (Bound::MoreThan, _) => format!("more than {value}"),
        (Bound::Exact, Some((low, high))) if unit.text(low) != unit.text(high) => {
            format!("{value} ({} to {})", unit.text(low), unit.text(high))
        }
        (Bound::Exact, _) => value,
    }
}

fn why(why: &Why) -> String {
    match why {
        Why::NoFigure => "the run has no such figure".to_owned(),
        Why::NotVisible => "it is not visible from outside the service".to_owned(),
        Why::NoClaim => "the run has no such claim".to_owned(),
        Why::Untold => "the run cannot tell it".to_owned(),
        Why::LowerBound => "only a lower bound is known; a longer run tells more".to_owned(),
        Why::Straddles => "the interval reaches over the limit; a longer run makes it narrower".to_owned(),
        Why::Overhead => {
            "so much of it may be handing out connections and our own lateness that the limit may be \
                          kept; a larger time scale or a quieter machine tells"
                .to_owned()
        }
        Why::LateReplies => {
            "holds have as much more overhead: replies waited for a process that got no processor time, so this \
             is the machine"
                .to_owned()
        }
        Why::SeenInPart => "some connections could not be read, and what they did is not known".to_owned(),
        Why::Contradictory => "its record contradicts itself: it was damaged, or edited by hand".to_owned(),
        Why::Cut => "the run did not come to its end".to_owned(),
        Why::NoBaseline(found) => format!("there is none: {}", clean(found)),
        Why::Incomparable => {
            "they are not, so nothing is compared; save a new baseline if this is meant".to_owned()
        }
        Why::Gone => "the baseline has it, and the run has not".to_owned(),
        Why::NotInBaseline => "the baseline does not have it; a new baseline will".to_owned(),
        Why::Hollow => "no figure of it could be compared; save a new one".to_owned(),
        Why::OtherConditions => "not compared, since the conditions differ".to_owned(),
        Why::TooFewPairs { least, most } => format!("a verdict takes {least} to {most} pairs of runs"),
        Why::SameRun => "a run is among them more than once; each pair takes runs of its own".to_owned(),
        Why::Undecided => "the pairs do not tell whether it got worse; more of them do".to_owned(),
        Why::Nothing => {
            "the scenario has neither objectives nor claims; give --baseline or --objective".to_owned()
        }
    }
}

fn difference(difference: &Difference) -> String {
    let Difference { kind, before, now } = difference;
    format!("{}: {} before, {} now", condition(*kind), clean(before), clean(now))
}

/// What a condition is called.
pub(in crate::report) fn condition(kind: ConditionKind) -> &'static str {
    match kind {
        ConditionKind::Source => "source",
        ConditionKind::Steps => "steps",
        ConditionKind::Load => "load",
        ConditionKind::Phases => "phases",
        ConditionKind::Capacity => "closed loop",
        ConditionKind::Bystanders => "bystanders",
        ConditionKind::Pool => "pool",
        ConditionKind::TimeScale => "time scale",
        ConditionKind::Seed => "seed",
        ConditionKind::PoolLibraries => "pool libraries",
        ConditionKind::Server => "server",
        ConditionKind::Encryption => "encryption",
        ConditionKind::ServerSettings => "server settings",
        ConditionKind::Machine => "machine",
        ConditionKind::Build => "build",
    }
}
