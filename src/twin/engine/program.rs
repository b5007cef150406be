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
}

/// The moves of one request, checked: it ends with all connections given back.
#[derive(Debug, Clone, PartialEq)]
pub struct Program {
    moves: Vec<Move>,
    deepest: u32,
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
        if moves.len() > 60_000 {
            return Err(ProgramError::TooLong);
        }
        let (mut held, mut deepest) = (0u32, 0);
        for (index, step) in moves.iter().enumerate() {
            match step {
                Move::Acquire => held += 1,
                Move::Release => held = held.checked_sub(1).ok_or(ProgramError::NothingHeld(index))?,
                Move::Spend(_) => {}
            }
            deepest = deepest.max(held);
        }
        if held > 0 { Err(ProgramError::StillHeld(held)) } else { Ok(Self { moves, deepest }) }
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

    /// The most connections that the request holds at once.
    #[must_use]
    pub fn deepest(&self) -> u32 {
        self.deepest
    }

    /// The holds that the request asks for.
    #[must_use]
    pub fn holds(&self) -> u32 {
        self.moves.iter().filter(|step| matches!(step, Move::Acquire)).count() as u32
    }

    /// Mean time that the request spends if it never waits, and how much of it with a connection.
    ///
    /// # Errors
    /// [`LawError::TooLong`] above [`Law::LONGEST`].
    pub fn spends(&self) -> Result<(Nanos, Nanos), LawError> {
        let (mut all, mut holding, mut held) = (Nanos::ZERO, Nanos::ZERO, 0);
        for step in &self.moves {
            match step {
                Move::Acquire => held += 1,
                Move::Release => held -= 1,
                Move::Spend(law) => {
                    all = all + law.mean();
                    holding = if held > 0 { holding + law.mean() } else { holding };
                }
            }
        }
        if all <= Law::LONGEST { Ok((all, holding)) } else { Err(LawError::TooLong) }
    }

    /// The times before, in and after the only hold, if there is just one and it is not nested.
    pub(super) fn single_hold(&self) -> Option<[&[Move]; 3]> {
        let get = self.moves.iter().position(|step| *step == Move::Acquire)?;
        let give = self.moves.iter().position(|step| *step == Move::Release)?;
        (self.holds() == 1).then(|| [&self.moves[..get], &self.moves[get + 1..give], &self.moves[give + 1..]])
    }
}
