//! What one request has of the database: a session while it holds one, and what committing its
//! transaction would make durable.

use super::{Counted, Observer, Pool, Session, SqlError};

/// The sessions of a request, which nobody outside the repository sees: one, or none, and several only
/// where its itinerary takes another while it holds one. Then all is done on the one taken last.
///
/// On the heap, as is every future of a pool: of the requests in flight most wait for the queue
/// and hold nothing, so the room of a session in each of them would be most of their memory.
pub struct Unit<P: Pool>(Option<Box<HeldSession<P::Session>>>);

/// A session that is held, with what its transaction has done.
pub(super) struct HeldSession<S> {
    pub(super) session: S,
    pub(super) transaction: TransactionState,
    /// The one that was held when this one was taken.
    outer: Option<Box<HeldSession<S>>>,
}

/// What committing a session's transaction makes durable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TransactionState {
    /// Nothing that is counted; so too where none is open.
    Plain,
    /// A job.
    CreatesJob,
    /// That a job has failed.
    MarksJob,
    /// Nothing any more: an error ended it.
    Failed,
}

impl<P: Pool> Default for Unit<P> {
    fn default() -> Self {
        Self(None)
    }
}

impl<P: Pool> std::fmt::Debug for Unit<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.has_session() { "Unit(with a session)" } else { "Unit(without a session)" })
    }
}

impl<P: Pool> Unit<P> {
    pub(super) fn has_session(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn takes(&mut self, session: P::Session) {
        let outer = self.0.take();
        self.0 = Some(Box::new(HeldSession { session, transaction: TransactionState::Plain, outer }));
    }

    pub(super) fn held(&mut self) -> Result<&mut HeldSession<P::Session>, SqlError> {
        self.0.as_deref_mut().ok_or_else(|| SqlError::new("the itinerary runs SQL without a connection"))
    }

    /// Gives the session back that was taken last; what its transaction did is gone unless it was
    /// committed.
    pub fn release(&mut self) {
        self.0 = self.0.take().and_then(|held| held.outer);
    }

    /// Opens a transaction.
    ///
    /// # Errors
    /// With what the server said.
    pub async fn begin(&mut self) -> Result<(), SqlError> {
        self.held()?.session.begin().await
    }

    /// Commits the open transaction, and counts what became durable.
    ///
    /// # Errors
    /// With what the server said.
    pub async fn commit<W: Observer>(&mut self, observer: &mut W) -> Result<(), SqlError> {
        let held = self.held()?;
        if held.transaction == TransactionState::CreatesJob {
            observer.count(Counted::CommitsJob);
        }
        held.session.commit().await?;
        match std::mem::replace(&mut held.transaction, TransactionState::Plain) {
            TransactionState::CreatesJob => observer.count(Counted::JobCommitted),
            TransactionState::MarksJob => observer.count(Counted::JobMarkedFailed),
            TransactionState::Plain | TransactionState::Failed => {}
        }
        Ok(())
    }

    /// Gives up the open transaction.
    ///
    /// # Errors
    /// With what the server said.
    pub async fn roll_back<W: Observer>(&mut self, observer: &mut W) -> Result<(), SqlError> {
        let held = self.held()?;
        held.session.rollback().await?;
        held.transaction = TransactionState::Plain;
        observer.count(Counted::RolledBack);
        Ok(())
    }

    /// Notes that a statement failed, once for each transaction.
    pub fn note_failed<W: Observer>(&mut self, observer: &mut W) {
        if let Ok(held) = self.held()
            && std::mem::replace(&mut held.transaction, TransactionState::Failed) != TransactionState::Failed
        {
            observer.count(Counted::TransactionFailed);
        }
    }
}
