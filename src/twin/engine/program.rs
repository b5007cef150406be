//! What one request does, as moves.

use super::law::{Law, LawError};
use super::nanos::Nanos;

/// One move of a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Move {
    /// Asks its pool for a connection, and waits for it. While it holds one already, this is a nested
    /// hold.
    Acquire,
    /// Spends a time: with a connection if it holds one, away from the pool if not.
    Spend(Law),
    /// Gives back the connection that it got last.
    Release,
    /// The request has failed, whatever it still does: also if it then waits too long for a connection.
    Fail,
}

/// The moves of one request, checked: it ends with all connections given back.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    moves: Vec<Move>,
    deepest: u32,
    failures: Option<Failures>,
}

/// The requests that fail, and what each of them does instead.
#[derive(Debug, Clone, PartialEq)]
struct Failures {
    seed: u64,
    ways: Vec<FailingWay>,
}

/// A way in which requests fail.
#[derive(Debug, Clone, PartialEq)]
pub struct FailingWay {
    /// It is taken by requests whose [luck](crate::arrivals::luck) is below this, unless a way before it is.
    pub below: f64,
    /// What they do, from their start on.
    pub moves: Vec<Move>,
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
    pub fn new(moves: Vec<Move>) -> Result<Self, ProgramError> {
        let deepest = deepest(&moves)?;
        Ok(Self { moves, deepest, failures: None })
    }

    /// The same, but some requests take other moves, decided by their [luck](crate::arrivals::luck) under this seed.
    ///
    /// # Errors
    /// As [`Program::new`], for the moves of each way.
    pub fn failing(self, seed: u64, ways: Vec<FailingWay>) -> Result<Self, ProgramError> {
        let mut most = self.deepest;
        for way in &ways {
            most = most.max(deepest(&way.moves)?);
        }
        let failures = (!ways.is_empty()).then_some(Failures { seed, ways });
        Ok(Self { deepest: most, failures, ..self })
    }

    /// One hold and nothing else.
    ///
    /// # Errors
    /// None for a law that was made; the signature spares a panic.
    pub fn hold(law: Law) -> Result<Self, ProgramError> {
        Self::new(vec![Move::Acquire, Move::Spend(law), Move::Release])
    }

    /// The moves.
    #[must_use]
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// The ways in which it fails, and the seed of the luck that decides.
    pub(super) fn failures(&self) -> Option<(u64, &[FailingWay])> {
        self.failures.as_ref().map(|failures| (failures.seed, failures.ways.as_slice()))
    }

    /// All that the request may do, each with its share of the requests.
    fn paths(&self) -> impl Iterator<Item = (f64, &[Move])> {
        let ways = self.failures.iter().flat_map(|failures| &failures.ways);
        let failing = ways.scan(0.0_f64, |so_far, way| {
            let share = (way.below.min(1.0) - *so_far).max(0.0);
            *so_far += share;
            Some((share, way.moves.as_slice()))
        });
        let failed: f64 = failing.clone().map(|(share, _)| share).sum();
        failing.chain([((1.0 - failed).max(0.0), self.moves.as_slice())])
    }

    /// The most connections that the request holds at once.
    #[must_use]
    pub fn deepest(&self) -> u32 {
        self.deepest
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
    pub fn spends(&self) -> Result<(Nanos, Nanos), LawError> {
        if self.failures.is_none() {
            return spends(&self.moves);
        }
        let mut mean = (0.0, 0.0);
        for (share, moves) in self.paths() {
            let (all, holding) = spends(moves)?;
            mean.0 += share * all.get() as f64;
            mean.1 += share * holding.get() as f64;
        }
        Ok((Nanos::rounded(mean.0), Nanos::rounded(mean.1)))
    }

    /// The times before, in and after the only hold, if there is just one, it is not nested, and no
    /// request fails.
    pub(super) fn single_hold(&self) -> Option<[&[Move]; 3]> {
        if self.failures.is_some() || self.moves.contains(&Move::Fail) {
            return None;
        }
        let get = self.moves.iter().position(|step| *step == Move::Acquire)?;
        let give = self.moves.iter().position(|step| *step == Move::Release)?;
        (self.holds() == 1).then(|| [&self.moves[..get], &self.moves[get + 1..give], &self.moves[give + 1..]])
    }
}

/// Checks moves; the most connections that they hold at once.
fn deepest(moves: &[Move]) -> Result<u32, ProgramError> {
    if moves.len() > 60_000 {
        return Err(ProgramError::TooLong);
    }
    let (mut held, mut deepest) = (0u32, 0);
    for (index, step) in moves.iter().enumerate() {
        match step {
            Move::Acquire => held += 1,
            Move::Release => held = held.checked_sub(1).ok_or(ProgramError::NothingHeld(index))?,
            Move::Spend(_) | Move::Fail => {}
        }
        deepest = deepest.max(held);
    }
    if held > 0 { Err(ProgramError::StillHeld(held)) } else { Ok(deepest) }
}

fn holds(moves: &[Move]) -> u32 {
    moves.iter().filter(|step| matches!(step, Move::Acquire)).count() as u32
}

/// Mean time of moves without a wait, and how much of it with a connection.
fn spends(moves: &[Move]) -> Result<(Nanos, Nanos), LawError> {
    let (mut all, mut holding, mut held) = (Nanos::ZERO, Nanos::ZERO, 0);
    for step in moves {
        match step {
            Move::Acquire => held += 1,
            Move::Release => held -= 1,
            Move::Spend(law) => {
                all = all + law.mean();
                holding = if held > 0 { holding + law.mean() } else { holding };
            }
            Move::Fail => {}
        }
    }
    if all <= Law::LONGEST { Ok((all, holding)) } else { Err(LawError::TooLong) }
}
