//! How many requests can have been in flight at once, known well enough to tell that a cap was not
//! reached.

use std::collections::VecDeque;

use super::engine::Round;

/// A bound on the requests in flight, kept round by round.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    came: u64,
    /// Of rounds that may not be over yet, in order: how many requests had come before, and until when
    /// some of them or of earlier ones last.
    rounds: VecDeque<(u64, u64)>,
    latest: u64,
    most: u64,
}

impl Crowd {
    /// Notes the requests of a class.
    pub(super) fn note(&mut self, round: &Round, class: usize) {
        let Some((block, first)) = round.classes().get(class).and_then(|block| Some((block, block.first()?)))
        else {
            return;
        };
        // All of a round are over when the latest of them and of all before is.
        while self.rounds.front().is_some_and(|(_, until)| *until <= first) {
            self.rounds.pop_front();
        }
        self.latest = self.latest.max(block.last());
        self.rounds.push_back((self.came, self.latest));
        self.came += block.count();
        let before = self.rounds.front().map_or(self.came, |(before, _)| *before);
        self.most = self.most.max(self.came - before);
    }

    /// There were never more than so many in flight; nothing if none were noted in rounds.
    pub(super) fn most(&self) -> Option<u64> {
        (self.came > 0).then_some(self.most)
    }

    /// Takes in those of other pools.
    pub(super) fn merge(&mut self, other: &Self) {
        self.came += other.came;
        self.most += other.most;
    }
}
