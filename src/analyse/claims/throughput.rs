//! The claim about throughput at saturation.

use super::{Because, ClaimVerdict, Evidence, Ground, Nearness, Of, Outcome, leaves_open, nearness, numbers};
use crate::analyse::caveats::Act;
use crate::analyse::{Figure, Metric, Range, Source, Unit};
use crate::scenario::Claim;

/// A pool that is in use less than this was not saturated.
const SATURATED: f64 = 0.95;

/// True where the pools were saturated, the measured ratio is what the holds let expect, and at nominal times
/// the holds let expect the ratio claimed; untellable where a pool was not saturated, or overhead is not small
/// beside a hold.
pub(super) fn test(claim: &Claim, figures: &[(&str, &Figure)], evidence: &Evidence<'_>) -> Outcome {
    let measured = numbers(figures, |figure| figure.measured.as_ref().ok());
    let Some(range) = Range::of(&measured, Unit::Factor) else {
        return (ClaimVerdict::NotMeasured, Because::NoCapacity);
    };
    if let Some(why) = unsaturated(evidence) {
        return (ClaimVerdict::NotMeasured, why);
    }
    let ground = match evidence.ground(Act::Capacity) {
        Ok(ground) => ground,
        Err(outcome) => return *outcome,
    };
    let off = figures.iter().find_map(|(pool, figure)| {
        let expected = expected(evidence, pool)?;
        let measured = figure.measured.as_ref().ok()?.value.number();
        let near = nearness(Unit::Factor, expected, [measured]);
        (near == Nearness::Off).then(|| ((*pool).to_owned(), expected))
    });
    let at_nominal = ground == Ground::Measured;
    let compared = if at_nominal { measured } else { numbers(figures, Figure::at_nominal) };
    let near = nearness(Unit::Factor, claim.expect, compared.iter().copied());
    let verdict = if off.is_some() { ClaimVerdict::Fails } else { near.verdict() };
    // At nominal times it follows from the holds, and is as uncertain as they are.
    let holds = evidence.of(Metric::HoldRatio, Of::Capacity);
    if verdict == ClaimVerdict::Fails && off.is_none() && leaves_open(&holds, claim.expect) {
        return (ClaimVerdict::NotMeasured, Because::Open(range));
    }
    let nominal = Range::of(&compared, Unit::Factor).filter(|_| !at_nominal);
    (verdict, Because::Throughput { near, measured: range, nominal, ground, source: source(evidence), off })
}

/// What the holds at the clock of the run let expect of a pool.
fn expected(evidence: &Evidence<'_>, pool: &str) -> Option<f64> {
    let pool = evidence.capacity.iter().find(|of| of.pool == pool)?;
    Some(pool.hold_ratio()?.measured.value)
}

fn source(evidence: &Evidence<'_>) -> Source {
    let first = evidence.capacity.iter().find_map(|pool| pool.throughput_ratio());
    first.map_or(Source::Counted, |(_, source)| source)
}

fn unsaturated(evidence: &Evidence<'_>) -> Option<Because> {
    let lanes = evidence.capacity.iter().flat_map(|pool| &pool.lanes);
    let slack = lanes.filter_map(|lane| {
        let utilisation = lane.pool_time?.utilisation;
        (utilisation.get() < SATURATED).then_some((lane, utilisation))
    });
    let (lane, utilisation) = slack.min_by(|(_, a), (_, b)| a.get().total_cmp(&b.get()))?;
    Some(Because::NotSaturated { pool: lane.pool.clone(), scope: lane.scope, utilisation })
}
