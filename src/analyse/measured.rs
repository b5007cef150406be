//! What a run measured, without what the twin expects of it: as fast as a gate has to be.

use super::claims::claims;
use super::conditions::{Condition, conditions};
use super::{Act, ClaimResult, Comparison, Figures, ScaleProof};
use crate::archive::Run;

/// The figures and claims of a run, and the conditions under which they came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Every number of both acts, with what theory expects of the plan beside those that claims are about.
    pub figures: Figures,
    /// The claims of the plan, tested.
    pub claims: Vec<ClaimResult>,
    /// What has to be alike before runs are compared.
    pub conditions: Vec<Condition>,
}

/// Reads the figures of a record. What the twin expects is left out: it takes some ten times as long, and no
/// verdict on a claim rests on it.
#[must_use]
pub fn measure(record: &Run) -> Measured {
    let plan = &record.plan;
    let side_by_side = Comparison::all(plan, &record.side_by_side);
    let capacity = Comparison::all(plan, &record.capacity);
    let mut figures = Figures::of(Act::SideBySide, &side_by_side);
    figures.extend(Figures::of(Act::Capacity, &capacity));
    figures.expect_of_the_plan(plan);
    let proof = ScaleProof::of(record, &side_by_side);
    let claims = claims(plan, &mut figures, (&side_by_side, &capacity), proof.as_ref());
    Measured { figures, claims, conditions: conditions(record) }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::super::summarise;
    use super::*;

    #[test]
    fn verdicts_and_numbers_are_those_of_the_whole_summary() {
        let record = record();
        let (measured, summary) = (measure(&record), summarise(&record));
        for (mine, whole) in measured.claims.iter().zip(&summary.claims) {
            assert_eq!((&mine.id, mine.verdict), (&whole.id, whole.verdict));
        }
        for (mine, whole) in measured.figures.iter().zip(summary.figures.iter()) {
            assert_eq!((mine.metric, &mine.subject), (whole.metric, &whole.subject));
            let value = |figure: &super::super::Figure| figure.at_nominal().map(|side| side.value);
            assert_eq!(value(mine), value(whole), "{}", mine.metric.name());
        }
        assert_eq!(measured.figures.iter().count(), summary.figures.iter().count());
    }
}
