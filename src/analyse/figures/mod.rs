//! The list of figures: whatever a run shows as a number, in one flat list. Claims, tables, charts,
//! and other programs are views of it.

mod at_nominal;
mod driven;
mod measured_theory;
mod metric;
mod theory;

use std::fmt;
use std::time::Duration;

pub use driven::{FormulaUsed, SEEDS, Unplayed, Used};
pub(super) use theory::of_the_plan;

use super::agreement::{Agreement, Cause};
use super::caveats::{Act, Place};
use super::{Comparison, Doubt, Estimate, Interval, Known, LaneSummary, Scaled, Unit};
use crate::archive::LaneTape;
use crate::itinerary::SessionScope;
use crate::metric::Metric;
use crate::plan::{Plan, Seen};
use metric::{ROWS, Read};

/// One number of a run, with what was expected of it beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// What it is.
    pub metric: Metric,
    /// Of what it is.
    pub subject: Subject,
    /// The number that somebody claimed of it at nominal times, in its unit.
    pub claimed: Option<f64>,
    /// At the clock of the run, or why there is none.
    pub measured: Result<Side, Missing>,
    /// At nominal times; none where the metric has no other value there, or none that is known.
    pub nominal: Option<Side>,
}

/// Of what a figure is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// One session scope on one pool in one act.
    Lane(Place),
    /// Two session scopes on one pool in one act.
    Pair {
        /// The act.
        act: Act,
        /// Pool library.
        pool: String,
        /// The first session scope of the plan.
        before: SessionScope,
        /// The last one.
        after: SessionScope,
    },
}

/// A number at one clock, and what was expected of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// The number.
    pub value: Reading,
    /// What the steps of the plan alone come to.
    pub planned: Option<f64>,
    /// What theory expects.
    pub theory: Option<Reading>,
    /// Why theory expects another number than the twin shows, or than was measured; none where the two
    /// are alike.
    pub theory_apart: Option<Cause>,
    /// What the twin shows.
    pub twin: Option<Reading>,
    /// The least and the greatest that the twin shows with other seeds.
    pub range: Option<(f64, f64)>,
    /// Whether the number agrees with the twin's.
    pub agreement: Agreement,
}

/// A number, known or known only as a lower bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// A number with its interval, or the reason why it has none.
    Figure(Estimate),
    /// A time that may be known only as "more than", with its interval in seconds, or the reason why it has
    /// none.
    Time(Known, Result<Interval, Doubt>),
}

/// A number at both clocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shown {
    pub(super) measured: Reading,
    pub(super) nominal: Option<Reading>,
}

/// Why there is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// In a closed loop the callers make the rate.
    ClosedLoop,
    /// No request was due.
    NothingDue,
    /// No time was measured.
    NoSpan,
    /// No hold was seen to its end.
    NoHoldSeen,
    /// Holds vary by plan, so that overhead cannot be told from chance.
    HoldsVary,
    /// No request completed.
    NoneCompleted,
    /// No connection was held.
    NothingHeld,
    /// No request asked for a connection, or none in this way.
    NoneAsked,
    /// No transaction ended.
    NoTransaction,
    /// Nobody sampled it.
    NotSampled,
    /// The scenario has no bystanders.
    NoBystanders,
    /// Requests failed by accident, or none completed: two such lanes are not compared.
    Unsound,
    /// The requests went to a service, of which nothing but its answers is seen.
    NotVisible,
    /// Pools are driven, and only a service behind an address can have it.
    NoService,
}

impl Reading {
    /// The number, or its lower bound, in the unit of its metric; times in seconds.
    #[must_use]
    pub fn number(self) -> f64 {
        match self {
            Self::Figure(figure) => figure.value,
            Self::Time(known, _) => known.at_least().as_secs_f64(),
        }
    }

    /// The number with its interval; nothing of a quantile.
    #[must_use]
    pub fn figure(self) -> Option<Estimate> {
        match self {
            Self::Figure(figure) => Some(figure),
            Self::Time(..) => None,
        }
    }

    /// The time, or its lower bound; nothing of what is no quantile of times.
    #[must_use]
    pub fn time(self) -> Option<Known> {
        match self {
            Self::Time(known, _) => Some(known),
            Self::Figure(_) => None,
        }
    }
}

impl Reading {
    /// Its interval, in the unit of its metric, or why there is none.
    ///
    /// # Errors
    /// Where it has none.
    pub fn interval(self) -> Result<Interval, Doubt> {
        match self {
            Self::Figure(figure) => figure.interval,
            Self::Time(_, within) => within,
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure(figure) => figure.fmt(f),
            Self::Time(known, _) => known.fmt(f),
        }
    }
}

impl From<Scaled<Estimate>> for Shown {
    fn from(it: Scaled<Estimate>) -> Self {
        Self { measured: Reading::Figure(it.measured), nominal: Some(Reading::Figure(it.nominal)) }
    }
}

impl From<Scaled<Known>> for Shown {
    fn from(it: Scaled<Known>) -> Self {
        let alone = |known| Reading::Time(known, Err(Doubt::Dependent));
        Self { measured: alone(it.measured), nominal: Some(alone(it.nominal)) }
    }
}

impl Side {
    /// A number beside which nothing stands yet.
    fn of(value: Reading) -> Self {
        Self {
            value,
            planned: None,
            theory: None,
            theory_apart: None,
            twin: None,
            range: None,
            agreement: Agreement::Unknown,
        }
    }
}

impl Figure {
    fn of(metric: Metric, subject: Subject, shown: Result<Shown, Missing>) -> Self {
        let nominal = shown.ok().and_then(|shown| shown.nominal).map(Side::of);
        Self { metric, subject, claimed: None, measured: shown.map(|it| Side::of(it.measured)), nominal }
    }

    /// Whether it is of this lane.
    fn is_of(&self, act: Act, lane: &LaneSummary) -> bool {
        self.is_at(act, &lane.pool, lane.scope)
    }

    fn is_at(&self, act: Act, pool: &str, scope: SessionScope) -> bool {
        matches!(&self.subject, Subject::Lane(place)
            if place.act == act && place.pool == pool && place.scope == scope)
    }

    /// What a claim is tested on: the number at nominal times, or that of the run where there is only
    /// that one.
    #[must_use]
    pub fn at_nominal(&self) -> Option<&Side> {
        self.nominal.as_ref().or(self.measured.as_ref().ok())
    }
}

/// The figures of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Figures(Vec<Figure>);

impl Figures {
    /// The figures of the lanes of an act, with nothing beside them yet.
    /// The figures of the lanes of an open loop alone, with nothing beside them.
    #[must_use]
    pub fn side_by_side(plan: &Plan, lanes: &[LaneTape]) -> Self {
        Self::of(Act::SideBySide, &Comparison::all(plan, lanes))
    }

    pub(super) fn of(act: Act, pools: &[Comparison]) -> Self {
        let mut figures = Vec::new();
        for pool in pools {
            for row in ROWS {
                match row.read {
                    Read::Lane(read) => figures.extend(pool.lanes.iter().map(|lane| {
                        let hidden = hidden(row.metric, lane.seen);
                        let shown = hidden.map_or_else(|| read(lane), Err);
                        Figure::of(row.metric, Subject::Lane(Place::of(act, lane)), shown)
                    })),
                    Read::Pair(read) => figures.extend(pair(act, pool).map(|subject| {
                        let sound = pool.unsound().is_none();
                        let hidden = pool.lanes.iter().find_map(|lane| hidden(row.metric, lane.seen));
                        let shown = match hidden {
                            Some(hidden) => Err(hidden),
                            None if sound => read(pool),
                            None => Err(Missing::Unsound),
                        };
                        Figure::of(row.metric, subject, shown)
                    })),
                }
            }
        }
        Self(figures)
    }

    pub(super) fn extend(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    /// All of them, in the order of acts, pools and metrics.
    pub fn iter(&self) -> impl Iterator<Item = &Figure> {
        self.0.iter()
    }

    /// The twin's pool is the twin's own books, so what it says of itself is no second witness.
    pub(super) fn without_witnesses(&mut self) {
        let by_pool = self.iter_mut().filter(|figure| figure.metric == Metric::ConnectionsByPool);
        by_pool.for_each(|figure| figure.measured = Err(Missing::NotSampled));
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Figure> {
        self.0.iter_mut()
    }

    /// The figure of a lane.
    #[must_use]
    pub fn lane(&self, act: Act, lane: &LaneSummary, metric: Metric) -> Option<&Figure> {
        self.at(act, &lane.pool, lane.scope, metric)
    }

    /// The figure of a session scope on a pool in an act.
    #[must_use]
    pub fn at(&self, act: Act, pool: &str, scope: SessionScope, metric: Metric) -> Option<&Figure> {
        self.0.iter().find(|figure| figure.metric == metric && figure.is_at(act, pool, scope))
    }

    /// The figure of the first and the last session scope on a pool in an act.
    #[must_use]
    pub fn pair(&self, act: Act, of: &str, metric: Metric) -> Option<&Figure> {
        self.0.iter().find(|figure| {
            figure.metric == metric
                && matches!(&figure.subject, Subject::Pair { act: its, pool, .. } if *its == act && pool == of)
        })
    }

    /// The figure with the same metric and subject.
    pub(super) fn same(&self, as_this: &Figure) -> Option<&Figure> {
        self.0.iter().find(|it| it.metric == as_this.metric && it.subject == as_this.subject)
    }
}

/// Why a metric cannot be told from where a lane is seen.
fn hidden(metric: Metric, seen: Seen) -> Option<Missing> {
    match seen {
        Seen::FromOutside => (!metric.is_seen_from_outside()).then_some(Missing::NotVisible),
        Seen::FromInside => metric.is_of_a_service().then_some(Missing::NoService),
    }
}

fn pair(act: Act, pool: &Comparison) -> Option<Subject> {
    let (before, after) = pool.pair()?;
    Some(Subject::Pair { act, pool: pool.pool.clone(), before: before.scope, after: after.scope })
}

/// A time as a reading.
fn exactly(time: Duration) -> Reading {
    Reading::Time(Known::Exactly(time), Err(Doubt::Computed))
}

/// A time that is set beside a measured one.
fn computed_time(known: Known) -> Reading {
    Reading::Time(known, Err(Doubt::Computed))
}

/// A number that follows from the plan.
fn computed(value: f64, unit: Unit) -> Reading {
    Reading::Figure(Estimate::computed(value, unit))
}
