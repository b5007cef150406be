//! The metrics that are compared, each by a rule of its own, read from the list of figures.

use super::LanePair;
use crate::analyse::{Act, Figures, Place, Subject};
use crate::gate::paired::{Good, Importance, Pair, Rule, Tolerance, Trial};
use crate::gate::{Bound, Line};
use crate::metric::{Metric, Unit};

/// How much worse is still the same, as a share of what it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerances {
    /// Of holds and throughput.
    pub holds: Tolerance,
    /// Of waits and response times, which a change of the holds moves many times as far.
    pub waits: Tolerance,
}

impl Default for Tolerances {
    fn default() -> Self {
        Self {
            holds: Tolerance { ignored: 0.02, most: 0.05 },
            waits: Tolerance { ignored: 0.10, most: 0.25 },
        }
    }
}

/// A metric that is compared.
#[derive(Debug)]
pub struct ComparedMetric {
    /// Which.
    pub metric: Metric,
    good: Good,
    importance: Importance,
    rule: fn(&Tolerances) -> Rule,
}

/// A metric of a pair of lanes.
#[derive(Debug, Clone, Copy)]
pub struct Compared {
    /// The place of the lanes among all pairs of lanes.
    pub lane: usize,
    /// Which metric.
    pub metric: &'static ComparedMetric,
}

/// Structure: the machine has no part in it.
const STRUCTURE: f64 = 0.05;

/// Differences of shares that the arrivals are thrown about by.
const SHARES: Tolerance = Tolerance { ignored: 0.005, most: 0.03 };

/// Shorter waits are taken to last so long, in seconds: timers are no better than this, and nobody waits for less.
const SHORTEST: f64 = 0.001;

const fn structure(metric: Metric) -> ComparedMetric {
    let rule: fn(&Tolerances) -> Rule = |_| Rule::Bound(STRUCTURE);
    ComparedMetric { metric, good: Good::Less, importance: Importance::Primary, rule }
}

const fn wait(metric: Metric) -> ComparedMetric {
    let rule: fn(&Tolerances) -> Rule = |tolerances| Rule::Ratio(tolerances.waits);
    ComparedMetric { metric, good: Good::Less, importance: Importance::Secondary, rule }
}

/// What is compared, in the order in which it is shown.
static METRICS: &[ComparedMetric] = &[
    structure(Metric::IdleHoldShare),
    structure(Metric::AcquiresEach),
    structure(Metric::TransactionsEach),
    ComparedMetric {
        // What the scenario asks to fail is no failure of what is compared.
        metric: Metric::UnaskedCount,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |_| Rule::Every(0.0),
    },
    ComparedMetric {
        metric: Metric::TimedOutShare,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |_| Rule::Difference(SHARES),
    },
    ComparedMetric {
        metric: Metric::HoldMean,
        good: Good::Less,
        importance: Importance::Primary,
        rule: |tolerances| Rule::Ratio(tolerances.holds),
    },
    ComparedMetric {
        // Of the very same requests, what is served is throughput; and no edge of a short span is in it.
        metric: Metric::ServedShare,
        good: Good::More,
        importance: Importance::Primary,
        rule: |tolerances| Rule::Ratio(tolerances.holds),
    },
    wait(Metric::AcquireWaitMean),
    wait(Metric::AcquireWaitP99),
    wait(Metric::ResponseP99),
    wait(Metric::BystanderResponseP99),
];

/// Those that decide a comparison.
pub(in crate::gate) fn primary() -> impl Iterator<Item = Metric> {
    METRICS.iter().filter(|it| it.importance == Importance::Primary).map(|it| it.metric)
}

/// All of them.
pub(in crate::gate) fn metrics() -> impl Iterator<Item = &'static ComparedMetric> {
    METRICS.iter()
}

/// The trial of so many pairs of lanes: structure and times.
pub(in crate::gate) fn trial(lanes: usize, others: Bystanders, tolerances: &Tolerances) -> Trial<Compared> {
    of(METRICS.iter().filter(move |it| others.has(it)), lanes, tolerances)
}

/// The trial of what carries noise alone.
pub(in crate::gate) fn trial_of_times(
    lanes: usize,
    others: Bystanders,
    tolerances: &Tolerances,
) -> Trial<Compared> {
    let noisy = |it: &&ComparedMetric| matches!((it.rule)(tolerances), Rule::Ratio(_) | Rule::Difference(_));
    of(METRICS.iter().filter(move |it| others.has(it)).filter(noisy), lanes, tolerances)
}

/// Whether there are bystanders on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gate) enum Bystanders {
    /// Theirs are compared, too.
    Some,
    /// Not on both.
    None,
}

impl Bystanders {
    fn has(self, compared: &ComparedMetric) -> bool {
        self == Self::Some || compared.metric != Metric::BystanderResponseP99
    }
}

fn of(
    metrics: impl Iterator<Item = &'static ComparedMetric> + Clone,
    lanes: usize,
    tolerances: &Tolerances,
) -> Trial<Compared> {
    Trial::of((0..lanes).flat_map(|lane| {
        metrics.clone().map(move |metric| {
            (Compared { lane, metric }, (metric.rule)(tolerances), metric.good, metric.importance)
        })
    }))
}

/// Adds a pair of runs to a trial.
pub(in crate::gate) fn add(trial: &mut Trial<Compared>, lanes: &[LanePair], (a, b): (&[Line], &[Line])) {
    trial.add(|compared| {
        let lane = lanes.get(compared.lane)?;
        Some(Pair {
            a: read(compared.metric, &lane.a.subject(), a)?,
            b: read(compared.metric, &lane.b.subject(), b)?,
        })
    });
}

impl super::LaneName {
    pub(in crate::gate) fn subject(&self) -> Subject {
        Subject::Lane(Place { act: Act::SideBySide, pool: self.pool.clone(), scope: self.scope })
    }
}

/// The number of a metric at the clock of the run. A time that is known only as "more than" has no ratio to
/// another, and neither has a share of nothing.
fn read(compared: &ComparedMetric, subject: &Subject, lines: &[Line]) -> Option<f64> {
    let line = lines.iter().find(|line| line.metric == compared.metric && line.subject == *subject)?;
    let number = line.measured.filter(|number| number.bound == Bound::Exact)?.value;
    match compared.metric {
        Metric::ServedShare => Some(number).filter(|share| *share > 0.0),
        metric if metric.unit() == Unit::Seconds && metric.holds_waits() => Some(number.max(SHORTEST)),
        _ => Some(number),
    }
}

/// The lines of a list of figures.
pub(in crate::gate) fn lines(figures: &Figures) -> Vec<Line> {
    figures.iter().map(Line::of).collect()
}
