//! What a request of a lane does, as the engines take it.

use std::time::Duration;

use super::engine::{Law, LawError, Program, ProgramBranch, ProgramMove, SimTime};
use super::failing::FailureBranch;
use super::lane::{HoldLaw, Lane, TwinError};
use super::span::PlannedSpan;
use crate::itinerary::{self, Failing, Itinerary};

impl Lane {
    pub(super) fn law(&self, law: &HoldLaw, nominal: Duration) -> Result<Law, LawError> {
        let mean = SimTime::from(self.scale.scaled(nominal));
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
        let branches: Result<Vec<ProgramBranch>, TwinError> =
            self.branches().iter().map(|branch| self.branch(branch)).collect();
        Ok(Program::new(self.moves(&self.itinerary, None)?)?.failing(self.failures.seed, branches?)?)
    }

    fn branches(&self) -> Vec<FailureBranch> {
        self.failures.branches(&self.itinerary)
    }

    fn branch(&self, branch: &FailureBranch) -> Result<ProgramBranch, TwinError> {
        let Failing { itinerary, resumes } = &branch.failing;
        Ok(ProgramBranch { below: branch.below, moves: self.moves(itinerary, Some(*resumes))? })
    }

    /// The moves with all consecutive times as one, so that a hold is one draw. A request that fails
    /// has failed from the move on at which it resumes: what it waits for then is no timeout of its own.
    fn moves(
        &self,
        itinerary: &Itinerary,
        mut resumes: Option<usize>,
    ) -> Result<Vec<ProgramMove>, TwinError> {
        let (mut moves, mut held, mut stretch) = (Vec::new(), 0, Duration::ZERO);
        for (at, timed) in itinerary.timed().enumerate() {
            stretch += timed.lasts;
            let bound = match timed.step {
                itinerary::Move::Acquire => ProgramMove::Acquire,
                itinerary::Move::Release => ProgramMove::Release,
                _ => continue,
            };
            self.spend(std::mem::take(&mut stretch), held, &mut moves)?;
            moves.extend(resumes.take_if(|resumes| *resumes <= at).map(|_| ProgramMove::Fail));
            moves.push(bound);
            held = timed.held;
        }
        self.spend(stretch, held, &mut moves)?;
        moves.extend(resumes.map(|_| ProgramMove::Fail));
        Ok(moves)
    }

    fn spend(&self, time: Duration, held: u32, moves: &mut Vec<ProgramMove>) -> Result<(), TwinError> {
        if held > 0 {
            moves.push(ProgramMove::Spend(self.law(&self.holds, time)?));
        } else if !time.is_zero() {
            moves.push(ProgramMove::Spend(self.law(&HoldLaw::Fixed, time)?));
        }
        Ok(())
    }

    /// Of each class each of its holds as planned, numbered as the engines number them.
    pub(super) fn spans(&self) -> Vec<Vec<PlannedSpan>> {
        let branches = self.branches();
        let all =
            std::iter::once(&self.itinerary).chain(branches.iter().map(|branch| &branch.failing.itinerary));
        let requests =
            all.flat_map(|itinerary| itinerary.holds().iter().map(PlannedSpan::from).collect::<Vec<_>>());
        vec![requests.collect(), vec![PlannedSpan::BUSY]]
    }
}
