//! Everything that a report shows, from one record.

use super::caveats::{Caveat, caveats};
use super::claims::claims;
use super::{
    Act, ClaimResult, Comparison, Figures, FormulaUsed, LaneSummary, NominalTwin, PhaseTable, ScaleProof,
    Unplayed, Verdict,
};
use crate::archive::Run;
use crate::plan::Seen;

/// What a run shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// In short.
    pub verdict: Verdict,
    /// What a reader has to know before trusting a figure, the weightiest first.
    pub caveats: Vec<Caveat>,
    /// The before and after tables, one a session scope.
    pub anatomy: Vec<PhaseTable>,
    /// The open loop, one comparison a pool library.
    pub side_by_side: Vec<Comparison>,
    /// The closed loop, one comparison a pool library.
    pub capacity: Vec<Comparison>,
    /// Every number of both acts, with what was expected of it.
    pub figures: Figures,
    /// The claims of the plan, tested.
    pub claims: Vec<ClaimResult>,
    /// The acts at nominal times, as the twin plays them with the measured holds.
    pub twin: NominalTwin,
    /// The formula that theory used for each lane of the open loop.
    pub formulas: Vec<FormulaUsed>,
    /// The lanes of the open loop that the twin did not play, and why.
    pub unplayed: Vec<Unplayed>,
    /// Whether scaling time changed anything, where that was looked into.
    pub proof: Option<ScaleProof>,
}

/// Computes all figures of a record.
pub fn summarise(record: &Run) -> Summary {
    let plan = &record.plan;
    let side_by_side = Comparison::all(plan, &record.side_by_side);
    let capacity = Comparison::all(plan, &record.capacity);
    let twin = NominalTwin::of(record);
    let mut figures = Figures::of(Act::SideBySide, &side_by_side);
    figures.extend(Figures::of(Act::Capacity, &capacity));
    if record.source == crate::archive::Source::Simulated {
        figures.without_witnesses();
    }
    let (mut formulas, mut unplayed) = (Vec::new(), Vec::new());
    // Of a service nobody knows the pool, and without its holds there is nothing to expect.
    if plan.seen() == Seen::FromInside {
        let acts = [(Act::SideBySide, side_by_side.as_slice()), (Act::Capacity, capacity.as_slice())];
        figures.expect_at_nominal(plan, acts, &twin);
        let lanes: Vec<&LaneSummary> = side_by_side.iter().flat_map(|pool| &pool.lanes).collect();
        (formulas, unplayed) = figures.expect_as_driven(record, &lanes);
    }
    let proof = ScaleProof::of(record, &side_by_side);
    let claims = claims(plan, &mut figures, (&side_by_side, &capacity), proof.as_ref());
    // The moves of a request are seen from inside alone.
    let anatomy = plan.scopes.iter().copied().filter(|_| plan.seen() == Seen::FromInside);
    Summary {
        verdict: Verdict::of(plan, record.source, &side_by_side, &figures),
        caveats: caveats(record, &side_by_side, &capacity),
        anatomy: anatomy.map(|scope| PhaseTable::of(plan, scope, &record.anatomy)).collect(),
        proof,
        side_by_side,
        capacity,
        figures,
        claims,
        twin,
        formulas,
        unplayed,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::*;

    #[test]
    fn a_record_without_a_single_lane_is_summarised() {
        let mut record = record();
        record.anatomy.clear();
        record.side_by_side.clear();
        record.capacity.clear();
        let summary = summarise(&record);
        assert!(summary.side_by_side.is_empty());
        assert_eq!(summary.claims.len(), record.plan.claims.len());
    }

    #[test]
    fn nonsense_in_a_record_is_no_panic() {
        let mut record = record();
        record.plan.pool.size = 0;
        record.plan.load.rate = crate::units::Rate::per_second(1e300).unwrap();
        record.plan.claims[1].expect = f64::NAN;
        for lane in &mut record.side_by_side {
            lane.tape.window.to = lane.tape.window.from;
            lane.tape.series.step = 0;
            lane.tape.pool.stays = u128::MAX;
        }
        summarise(&record);
    }
}
