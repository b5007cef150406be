//! What the gate reads of a run.

use crate::analyse::{Act, Books, ClaimVerdict, Condition, Figure, Known, Measured, Reading, Side, Subject};
use crate::itinerary::SessionScope;
use crate::metric::Metric;

/// The figures of one run, with what has to be known before they are compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What a reader calls it: the path of the record, or the name of the baseline.
    pub name: String,
    /// When the run began, RFC 3339, UTC.
    pub created: String,
    /// Name of the scenario.
    pub scenario: String,
    /// The session scopes of the scenario, before first.
    pub scopes: Vec<SessionScope>,
    /// Whether the run came to its end.
    pub ended: Ended,
    /// What has to be alike.
    pub conditions: Vec<Condition>,
    /// The figures that have a number.
    pub lines: Vec<Line>,
    /// What became of the claims.
    pub claims: Vec<ClaimLine>,
}

/// Whether a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All of its acts did.
    Complete,
    /// It was stopped, or a fault ended it: what it lacks nobody knows.
    Cut,
    /// Its record contradicts itself.
    Contradictory,
}

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it is.
    pub metric: Metric,
    /// Of what it is.
    pub subject: Subject,
    /// At the clock of the run.
    pub measured: Option<Number>,
    /// At nominal times, where that is another number.
    pub nominal: Option<Number>,
}

/// A number, with how well it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// In the unit of its metric; times in seconds.
    pub value: f64,
    /// Whether it is known only as "more than".
    pub bound: Bound,
    /// Its 95 % interval, where it has one.
    pub interval: Option<(f64, f64)>,
}

/// How a number is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// As it is.
    Exact,
    /// Only as a lower bound.
    MoreThan,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimLine {
    /// Short name: `C1`.
    pub id: String,
    /// The claim in words.
    pub says: String,
    /// What became of it.
    pub verdict: ClaimVerdict,
}

impl Sheet {
    /// Whether it is of a service behind an address, which alone has figures of answers that did not come.
    pub(super) fn is_of_a_service(&self) -> bool {
        self.lines.iter().any(|line| line.metric.is_of_a_service())
    }

    /// The sheet of a run that was measured or simulated.
    #[must_use]
    pub fn of(measured: &Measured, name: &str, about: About<'_>) -> Self {
        let claims = measured.claims.iter().map(|claim| ClaimLine {
            id: claim.id.clone(),
            says: claim.says.clone(),
            verdict: claim.verdict,
        });
        let lines = measured.figures.iter().map(Line::of);
        Self {
            name: name.to_owned(),
            created: about.created.to_owned(),
            scenario: about.scenario.to_owned(),
            scopes: about.scopes.to_vec(),
            ended: if measured.books == Books::Balanced { about.ended } else { Ended::Contradictory },
            conditions: measured.conditions.clone(),
            lines: lines.filter(|line| line.measured.is_some() || line.nominal.is_some()).collect(),
            claims: claims.collect(),
        }
    }

    /// The figure of a metric and a subject.
    #[must_use]
    pub fn line(&self, metric: Metric, subject: &Subject) -> Option<&Line> {
        self.lines.iter().find(|line| line.metric == metric && line.subject == *subject)
    }
}

/// What a run says of itself.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// When it began, RFC 3339, UTC.
    pub created: &'a str,
    /// Name of its scenario.
    pub scenario: &'a str,
    /// Its session scopes, before first.
    pub scopes: &'a [SessionScope],
    /// Whether it came to its end.
    pub ended: Ended,
}

impl Line {
    pub(super) fn of(figure: &Figure) -> Self {
        let number = |side: &Side| Number::of(side.value);
        Self {
            metric: figure.metric,
            subject: figure.subject.clone(),
            measured: figure.measured.as_ref().ok().and_then(number),
            nominal: figure.nominal.as_ref().and_then(number),
        }
    }

    /// The act that it is of.
    #[must_use]
    pub fn act(&self) -> Act {
        match &self.subject {
            Subject::Lane(place) => place.act,
            Subject::Pair { act, .. } => *act,
        }
    }

    /// The pool library that it is of.
    #[must_use]
    pub fn pool(&self) -> &str {
        match &self.subject {
            Subject::Lane(place) => &place.pool,
            Subject::Pair { pool, .. } => pool,
        }
    }

    /// The session scope that it is of; none of a pair.
    #[must_use]
    pub fn scope(&self) -> Option<SessionScope> {
        match &self.subject {
            Subject::Lane(place) => Some(place.scope),
            Subject::Pair { .. } => None,
        }
    }
}

impl Number {
    /// Nothing of what is no finite number, which no limit can be compared with.
    fn of(reading: Reading) -> Option<Self> {
        let bound = match reading {
            Reading::Time(Known::MoreThan(_), _) => Bound::MoreThan,
            _ => Bound::Exact,
        };
        let interval = reading.interval().ok();
        let interval = interval.map(|it| (it.low, it.high));
        let interval = interval.filter(|(low, high)| low.is_finite() && high.is_finite() && low <= high);
        let value = reading.number();
        value.is_finite().then_some(Self { value, bound, interval })
    }

    /// A number that is known as it is.
    #[must_use]
    pub fn exactly(value: f64) -> Self {
        Self { value, bound: Bound::Exact, interval: None }
    }

    /// The same as a lower bound.
    #[must_use]
    pub fn at_least(self) -> Self {
        Self { bound: Bound::MoreThan, ..self }
    }

    /// This number ÷ another: a factor. Nothing where the other is not above zero. Relative errors are added in
    /// quadrature, as of independent numbers; where one of the two has no interval the factor has none.
    #[must_use]
    pub fn over(self, other: Self) -> Option<Self> {
        if other.value <= 0.0 {
            return None;
        }
        let value = self.value / other.value;
        let error = |it: Self, (low, high): (f64, f64)| {
            if it.value > 0.0 {
                ((it.value - low) / it.value, (high - it.value) / it.value)
            } else {
                (0.0, 0.0)
            }
        };
        let interval = self.interval.zip(other.interval).map(|(over, under)| {
            let ((over_low, over_high), (under_low, under_high)) = (error(self, over), error(other, under));
            (value * (1.0 - over_low.hypot(under_high)).max(0.0), value * (1.0 + over_high.hypot(under_low)))
        });
        Some(Self { value, bound: self.bound, interval })
    }
}
