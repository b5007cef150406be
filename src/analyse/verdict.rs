//! What a run shows in short: the facts of the sentence that opens every report, from measured figures.

use super::soundness::Unsound;
use super::{Act, Comparison, Figures, LaneSummary, Metric, Range, Reading, Unit};
use crate::archive::Source;
use crate::itinerary::SessionScope;
use crate::plan::{Plan, Seen};
use crate::units::TimeScale;

/// What the side-by-side act shows.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// Requests of a lane failed by accident, and so there is none.
    Accident(Unsound),
    /// The session scopes were not measured side by side.
    NotSideBySide,
    /// Services behind addresses, of which only the answers are seen: of each lane what it served, and p99 of
    /// response time, at nominal times.
    Outside {
        /// The lanes in the order of the plan.
        lanes: Vec<(SessionScope, Reading, Reading)>,
        /// On what it rests.
        basis: Basis,
    },
    /// One session scope alone.
    One {
        /// The session scope.
        scope: SessionScope,
        /// Share of the requests due that completed.
        served: Reading,
        /// p99 of acquire wait, at nominal times.
        wait: Reading,
        /// On what it rests.
        basis: Basis,
    },
    /// Before and after, on all pool libraries.
    Two {
        /// The first session scope, and the shares served in it.
        before: (SessionScope, Range),
        /// The last one.
        after: (SessionScope, Range),
        /// How much shorter holds are.
        shorter: Shorter,
        /// On what it rests.
        basis: Basis,
    },
}

/// How many times shorter a request held a connection after than before.
#[derive(Debug, Clone, PartialEq)]
pub enum Shorter {
    /// At nominal times, with overhead counted unscaled.
    Times(Range),
    /// Not compared: a lane shows no hold of a whole request.
    NotCompared(Unsound),
    /// No hold of both was seen to its end.
    NotSeen,
}

/// On what a verdict rests.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// Measured or simulated.
    pub source: Source,
    /// Pool libraries that were compared; none of one session scope alone.
    pub pools: Vec<String>,
    /// Measured time ÷ nominal time.
    pub time_scale: TimeScale,
    /// Overhead of a hold after.
    pub overhead: Option<Range>,
}

impl Verdict {
    /// The verdict of the side-by-side act. Lanes whose requests failed by accident have none.
    #[must_use]
    pub(super) fn of(plan: &Plan, source: Source, side_by_side: &[Comparison], figures: &Figures) -> Self {
        let accident = side_by_side.iter().flat_map(|pool| &pool.lanes).filter_map(LaneSummary::accident);
        if let Some(worst) = accident.reduce(worse) {
            return Self::Accident(worst);
        }
        let basis = |pools: &[&Comparison]| Basis {
            source,
            pools: pools.iter().map(|pool| pool.pool.clone()).collect(),
            time_scale: plan.time_scale,
            overhead: overhead(pools, figures),
        };
        if plan.seen() == Seen::FromOutside {
            let lanes: Vec<_> = side_by_side.iter().flat_map(|pool| &pool.lanes).collect();
            let told: Option<Vec<_>> = lanes.iter().map(|lane| from_outside(lane, figures)).collect();
            return match told.filter(|told| told.len() == plan.scopes.len()) {
                Some(lanes) => Self::Outside { lanes, basis: basis(&[]) },
                None => Self::NotSideBySide,
            };
        }
        if let ([scope], [Comparison { lanes, .. }, ..]) = (plan.scopes.as_slice(), side_by_side)
            && let [lane] = lanes.as_slice()
            && let Some((served, wait)) = of_one(lane, figures)
        {
            return Self::One { scope: *scope, served, wait, basis: basis(&[]) };
        }
        let pairs: Vec<&Comparison> = side_by_side.iter().filter(|pool| pool.pair().is_some()).collect();
        match of_two(&pairs, figures) {
            Some((before, after)) => {
                Self::Two { before, after, shorter: shorter(&pairs, figures), basis: basis(&pairs) }
            }
            None => Self::NotSideBySide,
        }
    }
}

/// The first of two that are as bad.
fn worse(worst: Unsound, next: Unsound) -> Unsound {
    if next.share() > worst.share() { next } else { worst }
}

fn from_outside(lane: &LaneSummary, figures: &Figures) -> Option<(SessionScope, Reading, Reading)> {
    let read = |metric| Some(figures.lane(Act::SideBySide, lane, metric)?.at_nominal()?.value);
    Some((lane.scope, read(Metric::ServedShare)?, read(Metric::ResponseP99)?))
}

fn of_one(lane: &LaneSummary, figures: &Figures) -> Option<(Reading, Reading)> {
    let read = |metric| Some(figures.lane(Act::SideBySide, lane, metric)?.at_nominal()?.value);
    Some((read(Metric::ServedShare)?, read(Metric::AcquireWaitP99)?))
}

/// A session scope, and what all pool libraries served in it.
type Served = (SessionScope, Range);

fn of_two(pools: &[&Comparison], figures: &Figures) -> Option<(Served, Served)> {
    let served = |pick: fn((&LaneSummary, &LaneSummary)) -> SessionScope| {
        let scope = pick(pools.first()?.pair()?);
        let share = |pool: &&Comparison| {
            let figure = figures.at(Act::SideBySide, &pool.pool, scope, Metric::ServedShare)?;
            Some(figure.measured.as_ref().ok()?.value.number())
        };
        let shares: Option<Vec<f64>> = pools.iter().map(share).collect();
        Some((scope, Range::of(&shares?, Unit::Share)?))
    };
    Some((served(|(before, _)| before.scope)?, served(|(_, after)| after.scope)?))
}

/// What became of the holds; a lane in which nothing completed shows no hold of a whole request.
fn shorter(pools: &[&Comparison], figures: &Figures) -> Shorter {
    if let Some(unsound) = pools.iter().find_map(|pool| pool.unsound()) {
        return Shorter::NotCompared(unsound);
    }
    let ratio = |pool: &&Comparison| {
        let figure = figures.pair(Act::SideBySide, &pool.pool, Metric::HoldRatio)?;
        Some(figure.at_nominal()?.value.number())
    };
    let ratios: Option<Vec<f64>> = pools.iter().map(ratio).collect();
    let range = ratios.and_then(|ratios| Range::of(&ratios, Unit::Factor));
    range.map_or(Shorter::NotSeen, Shorter::Times)
}

/// Overhead of a hold after: that is where it matters. Nothing where holds are not compared.
fn overhead(pools: &[&Comparison], figures: &Figures) -> Option<Range> {
    let after = |pool: &&Comparison| {
        let (_, after) = pool.pair()?;
        let figure = figures.lane(Act::SideBySide, after, Metric::HoldOverhead)?;
        Some(figure.measured.as_ref().ok()?.value.number())
    };
    let overheads: Option<Vec<f64>> = pools.iter().map(after).collect();
    Range::of(&overheads?, Unit::Seconds)
}
