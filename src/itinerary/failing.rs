//! What a request still does once one of its moves has failed. There is one rule for every session
//! scope, read off the moves that were made until then:
//!
//! 1. What is open is rolled back and what is held is given back, the innermost first.
//! 2. A job that is committed by then outlives its request. If a step outside the database failed,
//!    such as the enqueue, a short transaction of its own marks the job as failed.
//!
//! A failed statement, commit or acquire marks nothing: the database has just said no, and a job
//! that was committed before stays as it is.

use std::sync::Arc;
use std::time::Duration;

use super::{Creates, Itinerary, Move, StepKind, TimeLaw, Workload};

/// Nominal time of the statement that marks a job as failed.
pub const MARK_FAILED: Duration = Duration::from_millis(100);

/// The transaction that marks a job as failed, with a connection of its own.
const MARKING: [Move; 5] = [Move::Acquire, Move::Begin, Move::MarkFailed, Move::Commit, Move::Release];

impl StepKind {
    /// What a step of this kind says when it fails because the scenario asks for it, to a live request
    /// and to one of the twin.
    #[must_use]
    pub fn asked_failure(self) -> &'static str {
        match self {
            Self::Sql => "the server refused the statement (as the scenario's fail-share asks)",
            Self::Queue => "the queue refused the job (as the scenario's fail-share asks)",
            Self::Work | Self::Compute => "the work failed (as the scenario's fail-share asks)",
        }
    }
}

/// All that a request does of which a move fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Failing {
    /// The moves before the failed one, the failed one itself where it takes its time before it
    /// fails, and what the request does then.
    pub itinerary: Itinerary,
    /// The place in these moves at which the request goes on after its failure; their number if it
    /// does nothing more.
    pub resumes: usize,
}

impl Itinerary {
    /// The same moves with another time for this step, the same for all requests.
    #[must_use]
    pub fn lasting(&self, step: usize, time: Duration) -> Self {
        match self.workload.steps.get(step) {
            Some(known) if known.time != time => {
                let mut workload = Workload::clone(&self.workload);
                workload.steps[step].time = time;
                workload.steps[step].law = TimeLaw::Fixed;
                Self { workload: Arc::new(workload), ..self.clone() }
            }
            _ => self.clone(),
        }
    }

    /// What a request does when its move at this place has failed, in place of the moves that are
    /// left. Nothing beyond the last move.
    #[must_use]
    pub fn after_failure(&self, at: usize) -> Vec<Move> {
        let Some(failed) = self.moves.get(at) else { return Vec::new() };
        let mut standing = StateAfter::after(&self.moves[..at], &self.workload);
        if *failed == Move::Rollback {
            // A connection that cannot even roll back ends its transaction by being given back.
            standing.transaction_is(Transaction::None);
        }
        let mut moves = standing.unwound();
        if standing.job == Job::Committed && self.is_outside_the_database(*failed) {
            moves.extend(MARKING);
        }
        moves
    }

    /// All moves of a request whose move at this place fails. What follows may fail as well, and is
    /// asked for in the same way.
    #[must_use]
    pub fn failing_at(&self, at: usize) -> Failing {
        let mut moves: Vec<Move> = self.moves.iter().take(at).copied().collect();
        moves.extend(self.moves.get(at).filter(|failed| failed.takes_time()));
        let resumes = moves.len();
        moves.extend(self.after_failure(at));
        Failing { itinerary: Self { moves, ..self.clone() }, resumes }
    }

    fn is_outside_the_database(&self, step: Move) -> bool {
        matches!(step, Move::Perform(index) if self.workload.steps[index].kind != StepKind::Sql)
    }
}

/// What stands after some moves.
#[derive(Debug, Default)]
struct StateAfter {
    /// Of each connection held what its transaction is, the innermost last.
    held: Vec<Transaction>,
    job: Job,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open(Creates),
}

/// The job of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Job {
    /// Not created, or not for good.
    #[default]
    None,
    /// It stays, whatever becomes of the request.
    Committed,
}

impl StateAfter {
    fn after(moves: &[Move], workload: &Workload) -> Self {
        let mut standing = Self::default();
        for step in moves {
            match *step {
                Move::Acquire => standing.held.push(Transaction::None),
                Move::Begin => standing.transaction_is(Transaction::Open(Creates::Nothing)),
                Move::Perform(index) if workload.steps[index].creates == Creates::Job => {
                    standing.transaction_is(Transaction::Open(Creates::Job));
                }
                Move::Perform(_) | Move::MarkFailed => {}
                Move::Commit => {
                    if standing.held.last() == Some(&Transaction::Open(Creates::Job)) {
                        standing.job = Job::Committed;
                    }
                    standing.transaction_is(Transaction::None);
                }
                Move::Rollback => standing.transaction_is(Transaction::None),
                Move::Release => drop(standing.held.pop()),
            }
        }
        standing
    }

    fn transaction_is(&mut self, transaction: Transaction) {
        if let Some(innermost) = self.held.last_mut() {
            *innermost = transaction;
        }
    }

    /// The moves that leave nothing open and nothing held.
    fn unwound(&self) -> Vec<Move> {
        let moves = self.held.iter().rev().flat_map(|transaction| {
            let open = *transaction != Transaction::None;
            open.then_some(Move::Rollback).into_iter().chain([Move::Release])
        });
        moves.collect()
    }
}
