//! What a request of a lane does, as the engines take it.

use std::time::Duration;

use super::engine::{Bin, Law, LawError, Program, ProgramBranch, ProgramMove, SimTime};
use super::failing::{AskedFailures, FailureBranch};
use super::lane::{HoldLaw, Lane, TwinError};
use super::span::PlannedSpan;
use crate::itinerary::{self, Failing, Itinerary, Step, StepKind, TimeLaw, TimedMove, Varies};

/// Consecutive times with the same connections held.
#[derive(Default)]
struct Stretch<'a> {
    fixed: Duration,
    varying: Vec<(&'a TimeLaw, Duration)>,
}

impl<'a> Stretch<'a> {
    fn add(&mut self, itinerary: &'a Itinerary, timed: &TimedMove) {
        match timed.step {
            itinerary::Move::Perform(step)
                if itinerary.workload().steps[step].law.varies() == Varies::Yes =>
            {
                self.varying.push((&itinerary.workload().steps[step].law, timed.lasts));
            }
            _ => self.fixed += timed.lasts,
        }
    }

    /// All of it, on average.
    fn all(&self) -> Duration {
        self.fixed + self.varying.iter().map(|(_, mean)| *mean).sum::<Duration>()
    }
}

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

    /// What a request does, what those do that fail, and what those of other kinds do.
    pub(super) fn program(&self) -> Result<Program, TwinError> {
        let measured = matches!(self.holds, HoldLaw::Measured(_));
        if measured && self.each_kind().any(|(itinerary, _)| itinerary.most_held() > 1) {
            return Err(TwinError::Nested);
        }
        let usual = self.program_of(&self.itinerary, &self.failures)?;
        let others = self.kinds.kinds.iter().map(|kind| {
            let program = self.program_of(&kind.itinerary, &kind.failures)?;
            Ok((kind.below, program))
        });
        let others: Result<Vec<_>, TwinError> = others.collect();
        Ok(usual.beside(self.kinds.seed, others?))
    }

    fn program_of(&self, itinerary: &Itinerary, failures: &AskedFailures) -> Result<Program, TwinError> {
        let branches = failures.branches(itinerary);
        let branches: Result<Vec<ProgramBranch>, TwinError> =
            branches.iter().map(|branch| self.branch(branch)).collect();
        Ok(Program::new(self.moves(itinerary, None)?)?.failing(failures.seed, branches?)?)
    }

    fn branch(&self, branch: &FailureBranch) -> Result<ProgramBranch, TwinError> {
        let Failing { itinerary, resumes } = &branch.failing;
        Ok(ProgramBranch { below: branch.below, moves: self.moves(itinerary, Some(*resumes))? })
    }

    /// The moves with consecutive times as one, so that a hold is one draw; but where holds are as planned,
    /// steps whose times vary are drawn each by itself. A request that fails
    /// has failed from the move on at which it resumes: what it waits for then is no timeout of its own.
    fn moves(
        &self,
        itinerary: &Itinerary,
        mut resumes: Option<usize>,
    ) -> Result<Vec<ProgramMove>, TwinError> {
        let (mut moves, mut held, mut stretch) = (Vec::new(), 0, Stretch::default());
        for (at, timed) in itinerary.timed().enumerate() {
            if let Some(step) = self.computed(itinerary, &timed) {
                self.spend(std::mem::take(&mut stretch), held, &mut moves)?;
                moves.push(ProgramMove::Compute(self.step_law(&step.law, timed.lasts)?));
                continue;
            }
            stretch.add(itinerary, &timed);
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

    /// The step of a move that waits for a processor and computes; holds that are not as planned have all
    /// that in them.
    fn computed<'a>(&self, itinerary: &'a Itinerary, timed: &TimedMove) -> Option<&'a Step> {
        let itinerary::Move::Perform(step) = timed.step else { return None };
        let step = &itinerary.workload().steps[step];
        let apart = timed.held == 0 || self.holds == HoldLaw::Fixed;
        (step.kind == StepKind::Compute && apart && !timed.lasts.is_zero()).then_some(step)
    }

    fn spend(&self, stretch: Stretch, held: u32, moves: &mut Vec<ProgramMove>) -> Result<(), TwinError> {
        if held > 0 && self.holds != HoldLaw::Fixed {
            moves.push(ProgramMove::Spend(self.law(&self.holds, stretch.all())?));
            return Ok(());
        }
        if held > 0 || !stretch.fixed.is_zero() {
            moves.push(ProgramMove::Spend(self.law(&HoldLaw::Fixed, stretch.fixed)?));
        }
        for (law, time) in stretch.varying {
            moves.push(ProgramMove::Spend(self.step_law(law, time)?));
        }
        Ok(())
    }

    fn step_law(&self, law: &TimeLaw, nominal: Duration) -> Result<Law, LawError> {
        let time = |nominal| SimTime::from(self.scale.scaled(nominal));
        match law {
            TimeLaw::Fixed => Law::fixed(time(nominal)),
            TimeLaw::Exponential => Law::exponential(time(nominal)),
            TimeLaw::LogNormal { spread } => Law::lognormal(time(nominal), *spread),
            TimeLaw::Listed(times) => {
                let bin = |listed: &Duration| Bin { low: time(*listed), high: time(*listed), count: 1 };
                Law::measured(&times.iter().map(bin).collect::<Vec<_>>())
            }
        }
    }

    /// Of each class each of its holds as planned, numbered as the engines number them.
    pub(super) fn spans(&self) -> Vec<Vec<PlannedSpan>> {
        let mut requests = Vec::new();
        for (itinerary, failures) in self.each_kind() {
            let branches = failures.branches(itinerary);
            let failing = branches.iter().map(|branch| &branch.failing.itinerary);
            for itinerary in std::iter::once(itinerary).chain(failing) {
                requests.extend(itinerary.holds().iter().map(PlannedSpan::from));
            }
        }
        vec![requests, vec![PlannedSpan::BUSY]]
    }
}
