//! The service: plays the moves of one request. It holds a session exactly as long as the
//! itinerary says, and knows no SQL. What a request still does after a failure is the itinerary's
//! to say as well.

use std::time::Duration;

use super::repository::{Changed, Method, Repository};
use super::{Counted, Failed, Failure, Request, Witness};
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
    /// What it does.
    pub does: Does,
    /// Its time, scaled.
    pub time: Duration,
}

/// What a step does.
#[derive(Debug)]
pub enum Does {
    /// A repository method.
    Sql(Method),
    /// An enqueue that fails for requests whose luck is below the share.
    Enqueue {
        /// Share of enqueues that fail.
        fail_share: f64,
    },
    /// Nothing but time.
    Wait,
}

/// The layers below the service, for one lane.
#[derive(Debug)]
pub struct Service<P> {
    /// Connections.
    pub pool: P,
    /// SQL.
    pub repository: Repository,
    /// The queue.
    pub queue: Queue,
}

/// A session in the hands of the service.
struct Held<S> {
    session: S,
    transaction: Transaction,
}

/// On the heap, as is every future of a pool: of the requests in flight most wait for the queue
/// and hold nothing, so the room of a session in each of them would be most of their memory.
type InHand<S> = Option<Box<Held<S>>>;

/// What committing a session's transaction makes durable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transaction {
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
    pub fn submit<W: Witness>(
        &self,
        play: &Play,
        mut request: Request,
        witness: &mut W,
    ) -> impl Future<Output = Result<(), Failed>> {
        async move {
            let mut held = None;
            for (at, &step) in play.itinerary.moves().iter().enumerate() {
                if let Err(failure) = self.make(step, play, None, &mut request, &mut held, witness).await {
                    // On the heap, so that a request that only waits does not carry room for failing.
                    Box::pin(self.recover(at, &failure, play, &mut request, &mut held, witness)).await;
                    return Err(failure.during(play.itinerary.word(step)));
                }
            }
            Ok(())
        }
    }

    /// Plays what follows the failed move at this place. A move of that may fail in its turn: the
    /// request has failed already, so this only leaves undone what the counts then show as missing.
    async fn recover<W: Witness>(
        &self,
        at: usize,
        why: &Failure,
        play: &Play,
        request: &mut Request,
        held: &mut InHand<P::Session>,
        witness: &mut W,
    ) {
        note_failed(play.itinerary.moves()[at], why, held, witness);
        let mut failing = play.itinerary.failing_at(at);
        let mut at = failing.resumes;
        while let Some(&step) = failing.itinerary.moves().get(at) {
            match self.make(step, play, Some(why), request, held, witness).await {
                Ok(()) => at += 1,
                Err(again) => {
                    note_failed(step, &again, held, witness);
                    failing = failing.itinerary.failing_at(at);
                    at = failing.resumes;
                }
            }
        }
    }

    /// Makes one move; `why` is what the request has failed of, if it has.
    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice, as given and as used")]
    fn make<W: Witness>(
        &self,
        step: Move,
        play: &Play,
        why: Option<&Failure>,
        request: &mut Request,
        held: &mut InHand<P::Session>,
        witness: &mut W,
    ) -> impl Future<Output = Result<(), Failure>> {
        async move {
            let mark = match step {
                Move::Acquire => {
                    witness.asks();
                    let session = Box::pin(self.pool.acquire()).await?;
                    let parts = session.acquire_parts();
                    *held = Some(Box::new(Held { session, transaction: Transaction::Plain }));
                    Mark::Acquired(parts)
                }
                Move::Release => {
                    *held = None;
                    Mark::Released
                }
                Move::Begin => {
                    in_hand(held)?.session.begin().await?;
                    Mark::Sql
                }
                Move::Rollback => {
                    roll_back(in_hand(held)?, witness).await?;
                    Mark::Sql
                }
                Move::Commit => {
                    commit(in_hand(held)?, witness).await?;
                    Mark::Committed
                }
                Move::MarkFailed => {
                    Box::pin(self.mark_failed(in_hand(held)?, play, why, request, witness)).await?;
                    Mark::Sql
                }
                Move::Perform(index) => {
                    let PlayStep { does, time } = &play.steps[index];
                    match does {
                        Does::Sql(method) => {
                            let held = in_hand(held)?;
                            let perform =
                                self.repository.perform(&mut held.session, method, request, *time, witness);
                            Box::pin(perform).await?;
                            if play.itinerary.workload().steps[index].creates == Creates::Job {
                                held.transaction = Transaction::CreatesJob;
                            }
                            Mark::Sql
                        }
                        Does::Enqueue { fail_share } => {
                            self.queue.enqueue(request.job).await?;
                            witness.wait_out(*time).await;
                            if request.luck < *fail_share {
                                return Err(QueueError::Asked.into());
                            }
                            Mark::Away
                        }
                        Does::Wait => {
                            witness.wait_out(*time).await;
                            Mark::Away
                        }
                    }
                }
            };
            witness.passed(Some(step), mark);
            Ok(())
        }
    }

    async fn mark_failed<W: Witness>(
        &self,
        held: &mut Held<P::Session>,
        play: &Play,
        why: Option<&Failure>,
        request: &Request,
        witness: &W,
    ) -> Result<(), SqlError> {
        let error = why.map(ToString::to_string).unwrap_or_default();
        let time = play.mark_failed;
        let changed = self.repository.mark_failed(&mut held.session, request, &error, time, witness).await?;
        if changed == Changed::Row {
            held.transaction = Transaction::MarksJob;
        }
        Ok(())
    }

    /// A bystander's query: a connection for one cheap statement.
    ///
    /// # Errors
    /// With what went wrong.
    pub async fn glance<W: Witness>(&self, time: Duration, witness: &mut W) -> Result<(), Failed> {
        witness.asks();
        let acquired = self.pool.acquire().await;
        let mut session = acquired.map_err(|fault| Failure::from(fault).during("acquire"))?;
        witness.passed(Some(Move::Acquire), Mark::Acquired(session.acquire_parts()));
        let glanced = self.repository.glance(&mut session, time).await;
        glanced.map_err(|fault| Failure::from(fault).during("bystander"))?;
        witness.passed(None, Mark::Sql);
        drop(session);
        witness.passed(Some(Move::Release), Mark::Released);
        Ok(())
    }
}

fn in_hand<S>(held: &mut InHand<S>) -> Result<&mut Held<S>, SqlError> {
    held.as_deref_mut().ok_or_else(|| SqlError::new("the itinerary runs SQL without a connection"))
}

/// Notes that a move has failed.
fn note_failed<S, W: Witness>(step: Move, failure: &Failure, held: &mut InHand<S>, witness: &mut W) {
    let mark = match failure {
        // The wait has not ended by a connection: it is a lower bound, noted at the request's end.
        Failure::Acquire(_) => return,
        Failure::Sql(_) => Mark::Sql,
        Failure::Queue(_) => Mark::Away,
    };
    witness.passed(step.takes_time().then_some(step), mark);
    if let (Failure::Sql(_), Some(held)) = (failure, held)
        && std::mem::replace(&mut held.transaction, Transaction::Failed) != Transaction::Failed
    {
        witness.count(Counted::TransactionFailed);
    }
}

async fn commit<S: Session, W: Witness>(held: &mut Held<S>, witness: &mut W) -> Result<(), SqlError> {
    if held.transaction == Transaction::CreatesJob {
        witness.count(Counted::CommitsJob);
    }
    held.session.commit().await?;
    match std::mem::replace(&mut held.transaction, Transaction::Plain) {
        Transaction::CreatesJob => witness.count(Counted::JobCommitted),
        Transaction::MarksJob => witness.count(Counted::JobMarkedFailed),
        Transaction::Plain | Transaction::Failed => {}
    }
    Ok(())
}

async fn roll_back<S: Session, W: Witness>(held: &mut Held<S>, witness: &mut W) -> Result<(), SqlError> {
    held.session.rollback().await?;
    held.transaction = Transaction::Plain;
    witness.count(Counted::RolledBack);
    Ok(())
}

#[cfg(test)]
mod tests;
