//! Is a lane sound enough to conclude anything from it? One rule, for the verdict, the claims and the
//! proof of scale.
//!
//! Acquire timeouts, and failures that the scenario asks for, make no lane unsound: they are what is
//! looked into. Every other failure is an accident, and what a lane of accidents shows is the accident.

use super::{LaneSummary, Share};
use crate::archive::LaneTape;
use crate::itinerary::SessionScope;
use crate::plan::Asks;
use crate::record::{FailureKind, Failures, Why};

/// Why nothing is concluded from a lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Unsound {
    /// Session scope.
    pub scope: SessionScope,
    /// Pool library.
    pub pool: String,
    /// What is wrong with it.
    pub what: Flaw,
}

/// What is wrong with a lane.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// Too many requests failed for a reason that is neither asked for nor an acquire timeout.
    Failing {
        /// Of the requests that were sent.
        share: Share,
        /// The most frequent kind; none in a record that does not tell kinds apart.
        most: Option<FailureKind>,
    },
    /// No request completed; whatever failed did so by acquire timeouts, or as the scenario asks.
    NothingCompleted,
}

/// More accidents than this share of the requests sent, and the lane shows the accident.
pub(super) const TOLERATED: f64 = 0.01;

impl LaneSummary {
    /// Why nothing can be concluded from the lane; nothing where something can.
    #[must_use]
    pub fn unsound(&self) -> Option<Unsound> {
        let unsound = |what| Some(Unsound { scope: self.scope, pool: self.pool.clone(), what });
        match Share::of(self.unasked_failures, self.ledger.dispatched) {
            Some(share) if share.get() > TOLERATED => {
                unsound(Flaw::Failing { share, most: self.failed.most_unasked().cloned() })
            }
            _ if self.ledger.completed == 0 => unsound(Flaw::NothingCompleted),
            _ => None,
        }
    }

    /// Why the lane shows nothing but accidents, where it does.
    #[must_use]
    pub fn accident(&self) -> Option<Unsound> {
        self.unsound().filter(|unsound| unsound.what != Flaw::NothingCompleted)
    }
}

impl Unsound {
    /// Of the requests that were sent, the share that failed by accident.
    pub(super) fn share(&self) -> f64 {
        match &self.what {
            Flaw::Failing { share, .. } => share.get(),
            Flaw::NothingCompleted => 0.0,
        }
    }
}

/// Requests that failed although the scenario asks for no failure of this kind.
pub(super) fn unasked(lane: &LaneTape, failures: &Failures, asked: Asks) -> u64 {
    let ledger = &lane.tape.measured.ledger;
    let asked = match failures.count(Why::Asked) {
        // A record that does not tell them apart: those of the queue are taken to be asked for.
        0 if failures.is_empty() && asked == Asks::Yes => ledger.work_failed,
        asked => asked.min(ledger.work_failed),
    };
    // The ledger has one column for all acquire timeouts.
    let connects = failures.count(Why::ConnectTimedOut);
    ledger.work_failed - asked + ledger.acquire_failed + ledger.panicked + connects
}
