//! What a request of a lane does, as the engines take it.

use std::time::Duration;

use super::engine::{FailingWay, Law, LawError, Move, Nanos, Program};
use super::failing::Way;
use super::lane::{HoldLaw, Lane, TwinError};
use super::span::PlannedSpan;
use crate::itinerary::{self, Itinerary, MARK_FAILED};

impl Lane {
    pub(super) fn law(&self, law: &HoldLaw, nominal: Duration) -> Result<Law, LawError> {
        let mean = Nanos::from(self.scale.scaled(nominal));
        match law {
            HoldLaw::Fixed => Law::fixed(mean),
            HoldLaw::Exponential => Law::exponential(mean),
            HoldLaw::LogNormal { spread } => Law::lognormal(mean, *spread),
            HoldLaw::Measured(bins) => Law::measured(bins),
        }
    }

    /// What a request does, and what those do that fail.
    pub(super) fn program(&self) -> Result<Program, TwinError> {
        let measured = matches!(self.holds, HoldLaw::Measured(_));
        if measured && self.itinerary.most_held() > 1 {
            return Err(TwinError::Nested);
        }
        let ways: Result<Vec<FailingWay>, TwinError> =
            self.ways().iter().map(|way| self.failing(way)).collect();
        Ok(Program::new(self.moves(&self.itinerary)?)?.failing(self.failures.seed, ways?)?)
    }

    fn ways(&self) -> Vec<Way> {
        self.failures.ways(&self.itinerary)
    }

    /// What a request does that fails: it has failed as soon as nothing is left of it but marking its
    /// job, for which it has to wait for a connection anew.
    fn failing(&self, way: &Way) -> Result<FailingWay, TwinError> {
        let mut moves = self.moves(&way.itinerary)?;
        moves.push(Move::Fail);
        if way.marks() {
            moves.extend([Move::Acquire, Move::Spend(self.law(&self.holds, MARK_FAILED)?), Move::Release]);
        }
        Ok(FailingWay { below: way.below, moves })
    }

    /// The moves with all consecutive times as one, so that a hold is one draw.
    fn moves(&self, itinerary: &Itinerary) -> Result<Vec<Move>, TwinError> {
        let (mut moves, mut held, mut stretch) = (Vec::new(), 0, Duration::ZERO);
        for timed in itinerary.timed() {
            stretch += timed.lasts;
            let bound = match timed.step {
                itinerary::Move::Acquire => Move::Acquire,
                itinerary::Move::Release => Move::Release,
                _ => continue,
            };
            self.spend(std::mem::take(&mut stretch), held, &mut moves)?;
            moves.push(bound);
            held = timed.held;
        }
        self.spend(stretch, held, &mut moves)?;
        Ok(moves)
    }

    fn spend(&self, time: Duration, held: u32, moves: &mut Vec<Move>) -> Result<(), TwinError> {
        if held > 0 {
            moves.push(Move::Spend(self.law(&self.holds, time)?));
        } else if !time.is_zero() {
            moves.push(Move::Spend(self.law(&HoldLaw::Fixed, time)?));
        }
        Ok(())
    }

    /// Of each class each of its holds as planned, numbered as the engines number them.
    pub(super) fn spans(&self) -> Vec<Vec<PlannedSpan>> {
        let mut requests: Vec<PlannedSpan> = self.itinerary.holds().iter().map(PlannedSpan::from).collect();
        requests.extend(self.ways().iter().flat_map(Way::spans));
        vec![requests, vec![PlannedSpan::BUSY]]
    }
}
