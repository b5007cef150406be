//! From the text of an objective to what it asks.

use std::ops::Range;

use super::{Asked, Clock, Limit, ObjectiveAct, ObjectiveError, ScopeName, Sign, Term};
use crate::itinerary::{SCOPES, SessionScope};
use crate::metric::{Metric, Unit};
use crate::scenario::read::nearest;
use crate::scenario::{POOLS, PoolKind};
use crate::units::{Rate, parse_duration};

const MEND: &str = "write an objective like \"repository-scoped.acquire-wait.p99 < 50ms\", a ratio of two \
                    figures with / between them, or \"claims hold\"";

/// A part of the text with its place in it.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Part<'t> {
    fn trimmed(self) -> Self {
        let from = self.text.len() - self.text.trim_start().len();
        Self { text: self.text.trim(), at: self.at + from }
    }

    /// The parts before and after a place, without `skipped` bytes there.
    fn split(self, at: usize, skipped: usize) -> (Self, Self) {
        let after = at + skipped;
        let (left, right) = (&self.text[..at], &self.text[after..]);
        (Self { text: left, at: self.at }, Self { text: right, at: self.at + after })
    }

    fn span(self) -> Range<usize> {
        self.at..self.at + self.text.len()
    }

    fn fault(self, mend: impl Into<String>) -> ObjectiveError {
        let found = match self.text {
            "" => "something is missing".to_owned(),
            text => format!("found \"{text}\""),
        };
        ObjectiveError { span: self.span(), found, mend: mend.into() }
    }
}

pub(super) fn asked(text: &str, own: &[SessionScope]) -> Result<Asked, ObjectiveError> {
    let whole = Part { text, at: 0 }.trimmed();
    let words: Vec<&str> = whole.text.split_whitespace().collect();
    match words.as_slice() {
        ["claims", "hold"] => return Ok(Asked::ClaimsHold),
        ["claim", id, "holds"] => return Ok(Asked::ClaimHolds((*id).to_owned())),
        _ => {}
    }
    let at = whole.text.find(['<', '>']).ok_or_else(|| whole.fault(MEND))?;
    let length = if whole.text[at + 1..].starts_with('=') { 2 } else { 1 };
    let sign = match &whole.text[at..at + length] {
        "<" => Sign::Below,
        "<=" => Sign::AtMost,
        ">" => Sign::Above,
        _ => Sign::AtLeast,
    };
    let (left, right) = whole.split(at, length);
    let (clock, left) = clock(left.trimmed());
    let (of, over) = match left.text.find('/') {
        Some(at) => {
            let (of, over) = left.split(at, 1);
            (of, Some(over))
        }
        None => (left, None),
    };
    let of = term(of.trimmed(), own)?;
    let over = over.map(|over| Ok((over, term(over.trimmed(), own)?))).transpose()?;
    if let Some((part, over)) = &over
        && over.metric.unit() != of.metric.unit()
    {
        return Err(part.trimmed().fault("a ratio is of two metrics with the same unit"));
    }
    let unit = if over.is_some() { Unit::Factor } else { of.metric.unit() };
    let limit = limit(right.trimmed(), unit)?;
    Ok(Asked::Keeps(Limit { of, over: over.map(|(_, over)| over), sign, limit, clock }))
}

fn clock(left: Part<'_>) -> (Clock, Part<'_>) {
    match left.text.strip_prefix("measured") {
        Some(rest) if rest.starts_with(char::is_whitespace) => {
            let (_, rest) = left.split(left.text.len() - rest.len(), 0);
            (Clock::Measured, rest.trimmed())
        }
        _ => (Clock::Nominal, left),
    }
}

/// Act, pool and session scope in any order, each with a point after it, and the metric.
fn term(part: Part<'_>, own: &[SessionScope]) -> Result<Term, ObjectiveError> {
    let (mut act, mut pool, mut scope, mut rest) = (ObjectiveAct::SideBySide, None, None, part);
    loop {
        if let Some(metric) = Metric::named(rest.text) {
            if metric.is_of_a_pair() && scope.is_some() {
                let mend = "this metric is of two session scopes; leave the session scope out";
                return Err(part.fault(mend));
            }
            return Ok(Term { act, pool, scope, metric });
        }
        let Some(at) = rest.text.find('.') else { return Err(rest.fault(unknown(rest.text))) };
        let (word, after) = rest.split(at, 1);
        match word.text {
            "side-by-side" => act = ObjectiveAct::SideBySide,
            "capacity" => act = ObjectiveAct::Capacity,
            "before" => scope = Some(ScopeName::Before),
            "after" => scope = Some(ScopeName::After),
            name => match (scope_named(name, own), name.parse::<PoolKind>()) {
                (Some(named), _) => scope = Some(ScopeName::Named(named)),
                (_, Ok(named)) => pool = Some(named.name().to_owned()),
                _ if is_group(name) => return Err(rest.fault(unknown(rest.text))),
                _ => return Err(word.fault(unknown(word.text))),
            },
        }
        rest = after;
    }
}

fn scope_named(name: &str, own: &[SessionScope]) -> Option<SessionScope> {
    let own = || own.iter().copied().find(|scope| scope.name() == name);
    name.parse().ok().or_else(own)
}

/// Whether a metric's name begins with this word: what follows is the slip then.
fn is_group(word: &str) -> bool {
    Metric::all().any(|metric| metric.name().split('.').next() == Some(word))
}

fn unknown(name: &str) -> String {
    let metrics = Metric::all().map(Metric::name);
    let places = ["side-by-side", "capacity", "before", "after"].into_iter();
    let scopes = SCOPES.iter().map(|scope| scope.name());
    let pools = POOLS.iter().map(|pool| pool.name());
    let known: Vec<&str> = metrics.chain(places).chain(scopes).chain(pools).collect();
    match nearest(name, &known) {
        Some(known) => format!("did you mean \"{known}\"?"),
        None => "docs/figures.md lists the metrics; a session scope or a pool library may stand before one, \
                 with a point between"
            .to_owned(),
    }
}

fn limit(part: Part<'_>, unit: Unit) -> Result<f64, ObjectiveError> {
    let text = part.text;
    let number = |text: &str| text.trim().parse::<f64>().ok();
    let (limit, mend) = match unit {
        Unit::Seconds | Unit::ConnectionSeconds => {
            let time = parse_duration(text).map(|time| time.as_secs_f64()).ok();
            (time, "write a time with its unit, like 50ms")
        }
        Unit::Share => {
            let share = match text.strip_suffix('%') {
                Some(percent) => number(percent).map(|percent| percent / 100.0),
                None => number(text),
            };
            (share.filter(|share| *share <= 1.0), "write a share, like 0.05 or 5%")
        }
        Unit::PerSecond => {
            let none = (number(text) == Some(0.0)).then_some(0.0);
            let rate = text.parse::<Rate>().map(Rate::as_per_second).ok();
            (none.or(rate), "write a rate, like 5/s")
        }
        Unit::Count | Unit::Factor | Unit::Connections => (number(text), "write a number without a unit"),
    };
    limit.filter(|limit| limit.is_finite() && *limit >= 0.0).ok_or_else(|| part.fault(mend))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::itinerary::SessionScope;
    use crate::metric::Metric;
    use crate::scenario::{Asked, Clock, Limit, Objective, ObjectiveAct, ScopeName, Sign, Term};

    fn keeps(text: &str) -> Limit {
        match text.parse::<Objective>().unwrap().asks {
            Asked::Keeps(limit) => limit,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_limit_has_its_metric_its_place_and_its_unit() {
        let limit = keeps("repository-scoped.acquire-wait.p99 < 50ms");
        let scope = Some(ScopeName::Named(SessionScope::Repository));
        let of = Term { act: ObjectiveAct::SideBySide, pool: None, scope, metric: Metric::AcquireWaitP99 };
        assert_eq!(limit, Limit { of, over: None, sign: Sign::Below, limit: 0.05, clock: Clock::Nominal });
        let limit = keeps("  measured  capacity.sqlx.after.throughput.counted>=19/s ");
        assert_eq!((limit.clock, limit.sign, limit.limit), (Clock::Measured, Sign::AtLeast, 19.0));
        assert_eq!((limit.of.act, limit.of.scope), (ObjectiveAct::Capacity, Some(ScopeName::After)));
        assert_eq!(limit.of.pool.as_deref(), Some("sqlx"));
        assert_eq!(keeps("failed.share <= 5%").limit, 0.05);
        assert_eq!(keeps("connections.in-use.peak < 20").limit, 20.0);
    }

    #[test]
    fn a_ratio_is_a_factor() {
        let limit = keeps("request-scoped.hold.mean / repository-scoped.hold.mean > 150");
        assert_eq!(limit.limit, 150.0);
        assert_eq!(limit.over.unwrap().scope, Some(ScopeName::Named(SessionScope::Repository)));
    }

    #[test]
    fn claims_are_asked_for_together_or_by_name() {
        assert_eq!("claims hold".parse::<Objective>().unwrap().asks, Asked::ClaimsHold);
        assert_eq!("claim C1 holds".parse::<Objective>().unwrap().asks, Asked::ClaimHolds("C1".to_owned()));
    }

    #[test]
    fn a_slip_is_shown_with_its_place_and_the_nearest_name() {
        for (text, slip, mend) in [
            ("repositry-scoped.hold.mean < 1s", "repositry-scoped", "did you mean \"repository-scoped\"?"),
            ("sqlx.acquire-wait.p98 < 1s", "acquire-wait.p98", "did you mean \"acquire-wait.p90\"?"),
            ("hold.mean < 1", "1", "write a time with its unit, like 50ms"),
            ("failed.share < 1s", "1s", "write a share, like 0.05 or 5%"),
            ("hold.mean / failed.share < 2", "failed.share", "a ratio is of two metrics with the same unit"),
            ("before.hold.ratio > 2", "before.hold.ratio", "this metric is of two session scopes"),
            ("hold.mean < ", "", "write a time"),
            ("hold.mean", "hold.mean", "write an objective like"),
            ("< 3", "", "docs/figures.md lists the metrics"),
            ("failed.share < 1.5", "1.5", "write a share"),
            ("connections.in-use.peak < inf", "inf", "write a number"),
        ] {
            let told = text.parse::<Objective>().unwrap_err();
            assert_eq!(&text[told.span.clone()], slip, "{text}: {told}");
            assert!(told.mend.starts_with(mend), "{text}: {told}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_within_itself(text in "\\PC{0,60}") {
            if let Err(told) = text.parse::<Objective>() {
                prop_assert!(text.get(told.span).is_some());
            }
        }

        #[test]
        fn any_words_of_the_grammar_are_read_or_refused(
            text in "(measured )?((before|after|sqlx|capacity|hold|acquire-wait|mean|p99|failed|share)[./ <>=]{0,3}){0,6}[0-9]{0,3}(ms|s|%|/s)?"
        ) {
            if let Err(told) = text.parse::<Objective>() {
                prop_assert!(text.get(told.span).is_some());
            }
        }
    }
}
