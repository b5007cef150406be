//! What theory and the twin expect at nominal times, set beside the figures. Theory reads the plan
//! alone; the twin plays it with the holds that were measured.

use std::time::Duration;

use super::theory::of_the_plan;
use super::{Figure, Figures, Metric, Reading, Side, Subject};
use crate::analyse::agreement::{Agreement, Judge};
use crate::analyse::caveats::Act;
use crate::analyse::{Comparison, Forecast, LaneSummary, NominalTwin, Scaled};
use crate::plan::Plan;
use crate::theory::Variability;

/// Figures that something is expected of at nominal times.
fn is_expected(figure: &Figure) -> bool {
    match (figure.metric, &figure.subject) {
        (
            Metric::HoldIdle
            | Metric::AcquireWaitP99
            | Metric::BystanderWaitP99
            | Metric::BystanderResponseP99,
            Subject::Lane(place),
        ) => place.act == Act::SideBySide,
        (Metric::ThroughputCounted, Subject::Lane(place)) => place.act == Act::Capacity,
        (_, Subject::Pair { .. }) => true,
        _ => false,
    }
}

impl Figures {
    /// Sets what theory expects of the plan alone at nominal times beside the figures.
    pub(in crate::analyse) fn expect_of_the_plan(&mut self, plan: &Plan) {
        for figure in self.iter_mut().filter(|figure| is_expected(figure)) {
            let theory = of_the_plan(plan, figure.metric, &figure.subject);
            let Some(side) = figure.nominal.as_mut().or(figure.measured.as_mut().ok()) else { continue };
            side.theory = theory;
            side.planned = theory.and_then(Reading::figure).map(|figure| figure.value);
        }
    }

    /// Sets what is expected at nominal times beside the figures of these acts.
    pub(in crate::analyse) fn expect_at_nominal(
        &mut self,
        plan: &Plan,
        acts: [(Act, &[Comparison]); 2],
        twin: &NominalTwin,
    ) {
        let mut played = Self::of(Act::SideBySide, &Comparison::all(&twin.plan, &twin.side_by_side));
        played.extend(Self::of(Act::Capacity, &Comparison::all(&twin.plan, &twin.capacity)));
        let relaxations: Vec<_> =
            plan.scopes.iter().map(|scope| (*scope, relaxations(plan, *scope))).collect();
        self.expect_of_the_plan(plan);
        for figure in self.iter_mut().filter(|figure| is_expected(figure)) {
            let shown = played.same(figure).and_then(|twin| Some(twin.measured.as_ref().ok()?.value));
            let judge = judge(plan, figure, acts).map(|judge| {
                let of_its_scope = relaxations.iter().find(|(scope, _)| *scope == judge.lane.scope);
                Judge { relaxations: of_its_scope.and_then(|(_, times)| *times), ..judge }
            });
            let Some(measured) = figure.measured.as_ref().ok().map(|side| side.value) else { continue };
            let Some(side) = figure.nominal.as_mut().or(figure.measured.as_mut().ok()) else { continue };
            side.twin = shown;
            if let Some(judge) = judge {
                set_beside(side, measured, &judge, figure.metric);
            }
        }
    }
}

fn set_beside(side: &mut Side, measured: Reading, judge: &Judge<'_>, metric: Metric) {
    // A count over a few waves of requests is too coarse to differ from anything.
    let coarse = metric == Metric::ThroughputCounted
        && side.value.figure().is_some_and(|figure| figure.interval.is_err());
    let Some(twin) = side.twin.filter(|_| !coarse) else { return };
    side.agreement = match judge.beside(twin, side.value, measured) {
        // The twin plays the measured holds, so what is made of holds alone agrees whatever they are.
        Agreement::Agrees if !is_a_wait(metric) => Agreement::ByConstruction,
        judged => judged,
    };
    side.theory_apart = side.theory.and_then(|theory| judge.theory_beside(theory, twin, side.value));
    if side.agreement == Agreement::Unknown {
        side.theory_apart = None;
    }
}

fn is_a_wait(metric: Metric) -> bool {
    matches!(metric, Metric::AcquireWaitP99 | Metric::BystanderWaitP99 | Metric::BystanderResponseP99)
}

fn relaxations(plan: &Plan, scope: crate::itinerary::SessionScope) -> Option<f64> {
    Forecast::of(plan, scope, Variability::NONE).ok()?.relaxation_times(plan)
}

/// What bears on a figure. Of a ratio it is mostly the lane after: overhead counts for more there.
fn judge<'a>(plan: &Plan, figure: &Figure, acts: [(Act, &'a [Comparison]); 2]) -> Option<Judge<'a>> {
    let (act, pool) = match &figure.subject {
        Subject::Lane(place) => (place.act, &place.pool),
        Subject::Pair { act, pool, .. } => (*act, pool),
    };
    let (_, pools) = acts.into_iter().find(|(its, _)| *its == act)?;
    let pool = pools.iter().find(|of| of.pool == *pool)?;
    let holds = |lane: &LaneSummary| lane.hold.as_ref().map_or(0, |hold| hold.count);
    let (lane, holds) = match &figure.subject {
        Subject::Lane(place) => {
            let lane = pool.lanes.iter().find(|lane| lane.scope == place.scope)?;
            (lane, holds(lane))
        }
        Subject::Pair { .. } => {
            let (before, after) = pool.pair()?;
            (after, holds(before).min(holds(after)))
        }
    };
    let others = lane.bystanders.and_then(|others| others.wait);
    let (wait, own) = match figure.metric {
        Metric::BystanderWaitP99 => (others, None),
        Metric::BystanderResponseP99 => (others, own_time(plan, lane)),
        _ => (lane.wait, None),
    };
    Some(Judge { scale: plan.time_scale, lane, wait, own, relaxations: None, holds })
}

/// What a bystander's response holds beside its wait.
fn own_time(plan: &Plan, lane: &LaneSummary) -> Option<Scaled<Duration>> {
    let hold = lane.bystanders.and_then(|others| others.hold)?;
    Some(Scaled::hold_time(hold.p99, plan.bystander_time(), plan.time_scale))
}
