//! The service: plays the moves of one request. It holds a session exactly as long as the
//! itinerary says, and knows no SQL. What a request still does after a failure is the itinerary's
//! to say as well.

use std::time::Duration;

use super::repository::{Changed, Repository, RepositoryMethod};
use super::{Counted, FailedRequest, Failure, Observer, Request};
use crate::itinerary::{Creates, Itinerary, Move};
use crate::pool::{Pool, Session, SqlError};
use crate::queue::{Queue, QueueError};
use crate::record::Mark;

/// An itinerary with what each step really does, and the times that are driven.
#[derive(Debug)]
pub struct Play {
    /// The moves.
    pub itinerary: Itinerary,
    /// What each step does; same length as the workload's steps.
    pub steps: Vec<PlayStep>,
    /// How long marking a job as failed takes, scaled.
    pub mark_failed: Duration,
}

/// What one step does, and for how long.
#[derive(Debug)]
pub struct PlayStep {
    /// What the step does.
    pub does: Does,
    /// How long it takes, scaled.
    pub time: Duration,
}

/// What a step does.
#[derive(Debug)]
pub enum Does {
    /// A repository method.
    Sql(RepositoryMethod),
    /// An enqueue that fails for requests whose draw is below the share.
    Enqueue {
        /// Share of enqueues that fail.
        fail_share: f64,
    },
    /// It spends its time outside the database.
    Wait,
}

/// The layers below the service, for one lane.
#[derive(Debug)]
pub struct Service<P> {
    /// The pool that lends the connections.
    pub pool: P,
    /// The statements of the lane.
    pub repository: Repository,
    /// The queue.
    pub queue: Queue,
}

/// A session that the service holds, with what its transaction has done.
struct HeldSession<S> {
    session: S,
    transaction: TransactionState,
}

/// On the heap, as is every future of a pool: of the requests in flight most wait for the queue
/// and hold nothing, so the room of a session in each of them would be most of their memory.
type SessionSlot<S> = Option<Box<HeldSession<S>>>;

/// What committing a session's transaction makes durable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TransactionState {
    /// Nothing that is counted; so too where none is open.
    Plain,
    /// A job.
    CreatesJob,
    /// That a job has failed.
    MarksJob,
    /// Nothing any more: an error ended it.
    Failed,
}

impl<P: Pool> Service<P> {
    /// Plays one request to its end: the moves of its itinerary, and after a failed one those that the
    /// itinerary gives in place of the rest.
    ///
    /// # Errors
    /// With what went wrong first, and in which move.
    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice, as given and as used")]
    pub fn submit<W: Observer>(
        &self,
        play: &Play,
        mut request: Request,
        observer: &mut W,
    ) -> impl Future<Output = Result<(), FailedRequest>> {
        async move {
            let mut held = None;
            for (at, &step) in play.itinerary.moves().iter().enumerate() {
                if let Err(failure) = self.make(step, play, None, &mut request, &mut held, observer).await {
                    // On the heap, so that a request that only waits does not carry room for failing.
                    Box::pin(self.recover(at, &failure, play, &mut request, &mut held, observer)).await;
                    return Err(failure.during(play.itinerary.word(step)));
                }
            }
            Ok(())
        }
    }

    /// Plays what follows the failed move at this place. A move of that may fail in its turn: the
    /// request has failed already, so this only leaves undone what the counts then show as missing.
    async fn recover<W: Observer>(
        &self,
        at: usize,
        why: &Failure,
        play: &Play,
        request: &mut Request,
        held: &mut SessionSlot<P::Session>,
        observer: &mut W,
    ) {
        note_failed(play.itinerary.moves()[at], why, held, observer);
        let mut failing = play.itinerary.failing_at(at);
        let mut at = failing.resumes;
        while let Some(&step) = failing.itinerary.moves().get(at) {
            match self.make(step, play, Some(why), request, held, observer).await {
                Ok(()) => at += 1,
                Err(again) => {
                    note_failed(step, &again, held, observer);
                    failing = failing.itinerary.failing_at(at);
                    at = failing.resumes;
                }
            }
        }
    }

    /// Makes one move; `why` is what the request has failed of, if it has.
    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice, as given and as used")]
    fn make<W: Observer>(
        &self,
        step: Move,
        play: &Play,
        why: Option<&Failure>,
        request: &mut Request,
        held: &mut SessionSlot<P::Session>,
        observer: &mut W,
    ) -> impl Future<Output = Result<(), Failure>> {
        async move {
            let mark = match step {
                Move::Acquire => {
                    observer.asks();
                    let session = Box::pin(self.pool.acquire()).await?;
                    let parts = session.acquire_parts();
                    *held = Some(Box::new(HeldSession { session, transaction: TransactionState::Plain }));
                    Mark::Acquired(parts)
                }
                Move::Release => {
                    *held = None;
                    Mark::Released
                }
                Move::Begin => {
                    held_session(held)?.session.begin().await?;
                    Mark::Sql
                }
                Move::Rollback => {
                    roll_back(held_session(held)?, observer).await?;
                    Mark::Sql
                }
                Move::Commit => {
                    commit(held_session(held)?, observer).await?;
                    Mark::Committed
                }
                Move::MarkFailed => {
                    Box::pin(self.mark_failed(held_session(held)?, play, why, request, observer)).await?;
                    Mark::Sql
                }
                Move::Perform(index) => {
                    let PlayStep { does, time } = &play.steps[index];
                    match does {
                        Does::Sql(method) => {
                            let held = held_session(held)?;
                            let perform =
                                self.repository.perform(&mut held.session, method, request, *time, observer);
                            Box::pin(perform).await?;
                            if play.itinerary.workload().steps[index].creates == Creates::Job {
                                held.transaction = TransactionState::CreatesJob;
                            }
                            Mark::Sql
                        }
                        Does::Enqueue { fail_share } => {
                            self.queue.enqueue(request.job).await?;
                            observer.wait_out(*time).await;
                            if request.failure_draw < *fail_share {
                                return Err(QueueError::Asked.into());
                            }
                            Mark::Away
                        }
                        Does::Wait => {
                            observer.wait_out(*time).await;
                            Mark::Away
                        }
                    }
                }
            };
            observer.passed(Some(step), mark);
            Ok(())
        }
    }

    async fn mark_failed<W: Observer>(
        &self,
        held: &mut HeldSession<P::Session>,
        play: &Play,
        why: Option<&Failure>,
        request: &Request,
        observer: &W,
    ) -> Result<(), SqlError> {
        let error = why.map(ToString::to_string).unwrap_or_default();
        let time = play.mark_failed;
        let changed = self.repository.mark_failed(&mut held.session, request, &error, time, observer).await?;
        if changed == Changed::Row {
            held.transaction = TransactionState::MarksJob;
        }
        Ok(())
    }

    /// A bystander's query: a connection for one cheap statement.
    ///
    /// # Errors
    /// With what went wrong.
    pub async fn glance<W: Observer>(&self, time: Duration, observer: &mut W) -> Result<(), FailedRequest> {
        observer.asks();
        let acquired = self.pool.acquire().await;
        let mut session = acquired.map_err(|fault| Failure::from(fault).during("acquire"))?;
        observer.passed(Some(Move::Acquire), Mark::Acquired(session.acquire_parts()));
        let glanced = self.repository.glance(&mut session, time).await;
        glanced.map_err(|fault| Failure::from(fault).during("bystander"))?;
        observer.passed(None, Mark::Sql);
        drop(session);
        observer.passed(Some(Move::Release), Mark::Released);
        Ok(())
    }
}

fn held_session<S>(held: &mut SessionSlot<S>) -> Result<&mut HeldSession<S>, SqlError> {
    held.as_deref_mut().ok_or_else(|| SqlError::new("the itinerary runs SQL without a connection"))
}

/// Notes that a move has failed.
fn note_failed<S, W: Observer>(step: Move, failure: &Failure, held: &mut SessionSlot<S>, observer: &mut W) {
    let mark = match failure {
        // The wait has not ended by a connection: it is a lower bound, noted at the request's end.
        Failure::Acquire(_) => return,
        Failure::Sql(_) => Mark::Sql,
        Failure::Queue(_) => Mark::Away,
    };
    observer.passed(step.takes_time().then_some(step), mark);
    if let (Failure::Sql(_), Some(held)) = (failure, held)
        && std::mem::replace(&mut held.transaction, TransactionState::Failed) != TransactionState::Failed
    {
        observer.count(Counted::TransactionFailed);
    }
}

async fn commit<S: Session, W: Observer>(
    held: &mut HeldSession<S>,
    observer: &mut W,
) -> Result<(), SqlError> {
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

async fn roll_back<S: Session, W: Observer>(
    held: &mut HeldSession<S>,
    observer: &mut W,
) -> Result<(), SqlError> {
    held.session.rollback().await?;
    held.transaction = TransactionState::Plain;
    observer.count(Counted::RolledBack);
    Ok(())
}

#[cfg(test)]
mod tests;
