//! The claim about throughput at saturation.

use super::{ClaimVerdict, Evidence, Finding, Nearness, Outcome, Reading, Tested, nearness, ratio};
use crate::analyse::compare::{Comparison, Source, range};
use crate::analyse::{Estimate, Unit};
use crate::scenario::Claim;
use crate::units::TimeScale;

/// A pool that is in use less than this was not saturated.
const SATURATED: f64 = 0.95;

struct Shown {
    finding: Finding,
    /// Throughput ratio at the scaled clock.
    measured: f64,
    /// What the holds at the scaled clock let expect.
    expected: f64,
    /// What the holds let expect at nominal times.
    nominal: f64,
    source: Source,
}

pub(super) fn test(claim: &Claim, evidence: &Evidence<'_>) -> Tested {
    let planned = ratio::planned(evidence).map(Reading::Figure);
    let shown: Vec<Shown> = evidence.capacity.iter().filter_map(|pool| show(pool)).collect();
    let outcome = match unsaturated(evidence) {
        _ if shown.is_empty() => {
            Outcome::not_measured("the capacity act did not run with both session scopes")
        }
        Some(why) => Outcome::not_measured(&why),
        None => judge(claim.expect, &shown, evidence.plan.time_scale),
    };
    (planned, shown.into_iter().map(|shown| shown.finding).collect(), outcome)
}

fn show(pool: &Comparison) -> Option<Shown> {
    let (measured, source) = pool.throughput_ratio()?;
    let holds = pool.hold_ratio()?;
    // Capacity is pool size ÷ hold time, so at nominal times it follows from the holds.
    let nominal = Estimate::computed(holds.nominal.value, Unit::Factor);
    let finding = Finding::new(&pool.pool, Reading::Figure(measured), Reading::Figure(nominal));
    Some(Shown {
        finding,
        measured: measured.value,
        expected: holds.measured.value,
        nominal: nominal.value,
        source,
    })
}

fn unsaturated(evidence: &Evidence<'_>) -> Option<String> {
    let lanes = evidence.capacity.iter().flat_map(|pool| &pool.lanes);
    let slack = lanes.filter_map(|lane| {
        let utilisation = lane.pool_time?.utilisation;
        (utilisation.get() < SATURATED).then_some((lane, utilisation))
    });
    let (lane, utilisation) = slack.min_by(|(_, a), (_, b)| a.get().total_cmp(&b.get()))?;
    Some(format!(
        "{} on {} kept the pool only {utilisation} in use; give the closed loop more callers",
        lane.scope, lane.pool
    ))
}

fn judge(claimed: f64, shown: &[Shown], scale: TimeScale) -> Outcome {
    let of = |pick: &dyn Fn(&Shown) -> f64| -> Vec<f64> { shown.iter().map(pick).collect() };
    let measured = range(&of(&|it| it.measured), Unit::Factor).unwrap_or_default();
    let off = shown.iter().find(|it| nearness(it.expected, [it.measured]) == Nearness::Off);
    if let Some(off) = off {
        let words = format!(
            "does not hold on {}: measured {measured}, where the holds let expect {}",
            off.finding.pool,
            Unit::Factor.text(off.expected)
        );
        return Outcome::new(ClaimVerdict::Fails, words);
    }
    if scale == TimeScale::NOMINAL {
        let near = nearness(claimed, of(&|it| it.measured)).outcome();
        let qualified =
            || Outcome::new(ClaimVerdict::Qualified, "not the number claimed, but as the holds let expect");
        let Outcome { verdict, words } = near.unwrap_or_else(qualified);
        return Outcome::new(verdict, format!("{words}: measured {measured}"));
    }
    let nominal = of(&|it| it.nominal);
    let computed = range(&nominal, Unit::Factor).unwrap_or_default();
    let source = match shown.first().map(|it| it.source) {
        Some(Source::ConnectionTime) => "from connection time",
        _ => "counted",
    };
    let near = nearness(claimed, nominal).outcome().unwrap_or_else(|| {
        Outcome::new(ClaimVerdict::Qualified, format!("the scenario's own steps give {computed}"))
    });
    let words = format!(
        "{} at nominal times, computed from the holds; at the scaled clock {measured} ({source}), as the \
         holds there let expect",
        near.words
    );
    Outcome::new(near.verdict, words)
}
