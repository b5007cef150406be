//! What a test asserts of an application.

use std::time::Duration;

use super::hold::Edge;
use super::seen::Seen;

/// A connection was held without SQL for longer than it may, or nobody knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdleHold {
    /// No transaction came through the tap.
    #[error("no transaction came through the tap; give the pool the tap's own url")]
    NothingSeen,
    /// A connection was forwarded unread.
    #[error("{0} connections were forwarded unread, so nothing is known of them")]
    Blind(u64),
    /// A gap was as long as the limit, or longer.
    #[error(
        "a connection was held for {longest:?} without SQL, after \"{before}\" and before \"{after}\", and may be for \
         less than {limit:?}; end the transaction before slow work"
    )]
    TooLong {
        /// The longest gap.
        longest: Duration,
        /// What it may not reach.
        limit: Duration,
        /// The statement before it, without literals.
        before: String,
        /// The statement after it, without literals.
        after: String,
    },
}

impl Seen {
    /// Whether every gap is shorter than a limit.
    ///
    /// # Errors
    /// With the longest gap where one is not, and where nothing is known.
    pub fn idle_hold_below(&self, limit: Duration) -> Result<(), IdleHold> {
        if self.connections.blind > 0 {
            return Err(IdleHold::Blind(self.connections.blind));
        }
        if self.holds.count == 0 {
            return Err(IdleHold::NothingSeen);
        }
        match self.gaps.iter().max_by_key(|gap| gap.longest).filter(|gap| gap.longest >= limit) {
            None => Ok(()),
            Some(gap) => Err(IdleHold::TooLong {
                longest: gap.longest,
                limit,
                before: self.text(gap.before),
                after: self.text(gap.after),
            }),
        }
    }

    fn text(&self, edge: Edge) -> String {
        let of = |place: u32| self.statements.get(place as usize).cloned().unwrap_or_default();
        match edge {
            Edge::Statement(id) => of(id.place()),
            Edge::Lent => "the pool lent it".to_owned(),
            Edge::Unasked | Edge::Sync => "the end of a batch".to_owned(),
            Edge::Released => "it was given back".to_owned(),
            Edge::Disconnected => "it ended".to_owned(),
            Edge::StillOpen => "now".to_owned(),
        }
    }
}
