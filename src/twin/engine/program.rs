//! What one request does, as moves.

use super::law::{Law, LawError};
use super::sim_time::SimTime;

/// One move of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum ProgramMove {
    /// Asks its pool for a connection, and waits for it. While it holds one already, this is a nested
    /// hold.
    Acquire,
    /// Spends a time: with a connection if it holds one, away from the pool if not.
    Spend(Law),
    /// Keeps a processor of its service busy for a time, after waiting for one, first come first served:
    /// with a connection if it holds one.
    Compute(Law),
    /// Gives back the connection that it got last.
    Release,
    /// The request has failed, whatever it still does: also if it then waits too long for a connection.
    Fail,
}

/// The moves of one request, checked: it ends with all connections given back.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    moves: Vec<ProgramMove>,
    deepest: u32,
    failing: Option<Branches>,
    others: Option<OtherPrograms>,
}

/// What requests of other kinds do, and the seed of the draws that tell them.
#[derive(Debug, Clone, PartialEq)]
struct OtherPrograms {
    seed: u64,
    /// Of each the [kind draw](crate::arrivals::kind_draw) below which requests are of it, unless they are of
    /// an earlier one.
    programs: Vec<(f64, Program)>,
}

/// What failing requests do instead, and the seed of the draws that choose them.
#[derive(Debug, Clone, PartialEq)]
struct Branches {
    seed: u64,
    branches: Vec<ProgramBranch>,
}

/// What the requests do that fail at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct ProgramBranch {
    /// It is taken by requests whose [failure draw](crate::arrivals::failure_draw) is below this, unless
    /// an earlier branch is.
    pub below: f64,
    /// What they do, from their start on.
    pub moves: Vec<ProgramMove>,
}

/// Why moves cannot be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// A release without a connection.
    #[error("move {0} gives back a connection that was not acquired")]
    NothingHeld(usize),
    /// The request ends with connections.
    #[error("the request ends without giving back {0} of its connections")]
    StillHeld(u32),
    /// More moves than a program may have.
    #[error("a request has at most 60,000 moves")]
    TooLong,
}

impl Program {
    /// Checks the moves of a request.
    ///
    /// # Errors
    /// When a connection is given back that is not held, or held at the end.
    pub fn new(moves: Vec<ProgramMove>) -> Result<Self, ProgramError> {
        let deepest = deepest(&moves)?;
        Ok(Self { moves, deepest, failing: None, others: None })
    }

    /// The same, but some requests take other moves, decided by their
    /// [failure draw](crate::arrivals::failure_draw) under this seed.
    ///
    /// # Errors
    /// As [`Program::new`], for the moves of each branch.
    pub fn failing(self, seed: u64, branches: Vec<ProgramBranch>) -> Result<Self, ProgramError> {
        let mut most = self.deepest;
        for branch in &branches {
            most = most.max(deepest(&branch.moves)?);
        }
        let failing = (!branches.is_empty()).then_some(Branches { seed, branches });
        Ok(Self { deepest: most, failing, ..self })
    }

    /// The same, but some requests are of other kinds, decided by their
    /// [kind draw](crate::arrivals::kind_draw) under this seed: below the number of a kind, and not below that
    /// of an earlier one.
    #[must_use]
    pub fn beside(self, seed: u64, programs: Vec<(f64, Self)>) -> Self {
        let deepest = programs.iter().map(|(_, program)| program.deepest).fold(self.deepest, u32::max);
        let others = (!programs.is_empty()).then_some(OtherPrograms { seed, programs });
        Self { deepest, others, ..self }
    }

    /// One hold and nothing else.
    ///
    /// # Errors
    /// Never for a [`Law`]: one hold is always a sound program.
    pub fn hold(law: Law) -> Result<Self, ProgramError> {
        Self::new(vec![ProgramMove::Acquire, ProgramMove::Spend(law), ProgramMove::Release])
    }

    /// The moves.
    #[must_use]
    pub fn moves(&self) -> &[ProgramMove] {
        &self.moves
    }

    /// The branches of failing requests, and the seed of the draws that choose them.
    pub(super) fn branches(&self) -> Option<(u64, &[ProgramBranch])> {
        self.failing.as_ref().map(|failing| (failing.seed, failing.branches.as_slice()))
    }

    /// The programs of other kinds, each with its bound, and the seed of the draws that tell them.
    pub(super) fn others(&self) -> Option<(u64, &[(f64, Self)])> {
        self.others.as_ref().map(|others| (others.seed, others.programs.as_slice()))
    }

    /// All that the request may do, each with its share of the requests.
    fn paths(&self) -> impl Iterator<Item = (f64, &[ProgramMove])> {
        let others = self.others.iter().flat_map(|others| &others.programs);
        let others = others.scan(0.0_f64, |so_far, (below, program)| {
            let share = (below.min(1.0) - *so_far).max(0.0);
            *so_far += share;
            Some((share, program))
        });
        let other: f64 = others.clone().map(|(share, _)| share).sum();
        let of_others =
            others.flat_map(|(all, program)| program.own_paths().map(move |(share, it)| (all * share, it)));
        self.own_paths().map(move |(share, it)| ((1.0 - other) * share, it)).chain(of_others)
    }

    /// The same of its own kind alone.
    fn own_paths(&self) -> impl Iterator<Item = (f64, &[ProgramMove])> {
        let branches = self.failing.iter().flat_map(|failing| &failing.branches);
        let failed_paths = branches.scan(0.0_f64, |so_far, branch| {
            let share = (branch.below.min(1.0) - *so_far).max(0.0);
            *so_far += share;
            Some((share, branch.moves.as_slice()))
        });
        let failed: f64 = failed_paths.clone().map(|(share, _)| share).sum();
        failed_paths.chain([((1.0 - failed).max(0.0), self.moves.as_slice())])
    }

    /// The most connections that the request holds at once.
    #[must_use]
    pub fn deepest(&self) -> u32 {
        self.deepest
    }

    /// Whether any request computes.
    pub(super) fn computes(&self) -> bool {
        self.paths().any(|(_, moves)| moves.iter().any(|step| matches!(step, ProgramMove::Compute(_))))
    }

    /// The most holds that the request asks for.
    #[must_use]
    pub fn holds(&self) -> u32 {
        self.paths().map(|(_, moves)| holds(moves)).max().unwrap_or(0)
    }

    /// Mean time that the request spends if it never waits, and how much of it with a connection.
    ///
    /// # Errors
    /// [`LawError::TooLong`] above [`Law::LONGEST`].
    pub fn spends(&self) -> Result<(SimTime, SimTime), LawError> {
        if self.failing.is_none() && self.others.is_none() {
            return spends(&self.moves);
        }
        let mut mean = (0.0, 0.0);
        for (share, moves) in self.paths() {
            let (all, holding) = spends(moves)?;
            mean.0 += share * all.get() as f64;
            mean.1 += share * holding.get() as f64;
        }
        Ok((SimTime::rounded(mean.0), SimTime::rounded(mean.1)))
    }

    /// The times before, in and after the only hold, if there is just one, it is not nested, and no
    /// request fails.
    pub(super) fn single_hold(&self) -> Option<[&[ProgramMove]; 3]> {
        if self.computes()
            || self.others.is_some()
            || self.failing.is_some()
            || self.moves.contains(&ProgramMove::Fail)
        {
            return None;
        }
        let get = self.moves.iter().position(|step| *step == ProgramMove::Acquire)?;
        let give = self.moves.iter().position(|step| *step == ProgramMove::Release)?;
        (self.holds() == 1).then(|| [&self.moves[..get], &self.moves[get + 1..give], &self.moves[give + 1..]])
    }
}

/// Checks moves; the most connections that they hold at once.
fn deepest(moves: &[ProgramMove]) -> Result<u32, ProgramError> {
    if moves.len() > 60_000 {
        return Err(ProgramError::TooLong);
    }
    let (mut held, mut deepest) = (0u32, 0);
    for (index, step) in moves.iter().enumerate() {
        match step {
            ProgramMove::Acquire => held += 1,
            ProgramMove::Release => held = held.checked_sub(1).ok_or(ProgramError::NothingHeld(index))?,
            ProgramMove::Spend(_) | ProgramMove::Compute(_) | ProgramMove::Fail => {}
        }
        deepest = deepest.max(held);
    }
    if held > 0 { Err(ProgramError::StillHeld(held)) } else { Ok(deepest) }
}

fn holds(moves: &[ProgramMove]) -> u32 {
    moves.iter().filter(|step| matches!(step, ProgramMove::Acquire)).count() as u32
}

/// Mean time of moves without a wait, and how much of it with a connection.
fn spends(moves: &[ProgramMove]) -> Result<(SimTime, SimTime), LawError> {
    let (mut all, mut holding, mut held) = (SimTime::ZERO, SimTime::ZERO, 0);
    for step in moves {
        match step {
            ProgramMove::Acquire => held += 1,
            ProgramMove::Release => held -= 1,
            ProgramMove::Spend(law) | ProgramMove::Compute(law) => {
                all = all + law.mean();
                holding = if held > 0 { holding + law.mean() } else { holding };
            }
            ProgramMove::Fail => {}
        }
    }
    if all <= Law::LONGEST { Ok((all, holding)) } else { Err(LawError::TooLong) }
}
