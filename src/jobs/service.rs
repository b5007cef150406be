//! The service: plays the moves of one request. It holds a session exactly as long as the
//! itinerary says, and knows no SQL.

use std::time::Duration;

use super::repository::{Changed, Creates, Method, Repository};
use super::{Counted, Failed, Failure, Request, Witness};
use crate::itinerary::{Itinerary, MarksFailed, Move, StepKind};
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

#[derive(Clone, Copy, PartialEq, Eq)]
enum Transaction {
    None,
    Open(Creates),
}

impl<P: Pool> Service<P> {
    /// Plays one request to its end. A failed step is followed by what the scope does then.
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
            for &step in play.itinerary.moves() {
                if let Err(failure) = self.make(step, play, &mut request, &mut held, witness).await {
                    // On the heap, so that a request that only waits does not carry room for failing.
                    Box::pin(self.recover(step, &failure, play, &request, held, witness)).await;
                    return Err(failure.during(play.itinerary.word(step)));
                }
            }
            Ok(())
        }
    }

    #[expect(clippy::manual_async_fn, reason = "an async fn keeps its arguments twice, as given and as used")]
    fn make<W: Witness>(
        &self,
        step: Move,
        play: &Play,
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
                    *held = Some(Box::new(Held { session, transaction: Transaction::None }));
                    Mark::Acquired(parts)
                }
                Move::Release => {
                    *held = None;
                    Mark::Released
                }
                Move::Begin => {
                    let held = in_hand(held)?;
                    held.session.begin().await?;
                    held.transaction = Transaction::Open(Creates::Nothing);
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
                Move::Perform(index) => {
                    let PlayStep { does, time } = &play.steps[index];
                    match does {
                        Does::Sql(method) => {
                            let held = in_hand(held)?;
                            let perform =
                                self.repository.perform(&mut held.session, method, request, *time, witness);
                            Box::pin(perform).await?;
                            if method.creates() == Creates::Job {
                                held.transaction = Transaction::Open(Creates::Job);
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

    /// What the scope does after a failed step: roll back what is open and give it back; or, when
    /// the job is already committed, mark it as failed in a short transaction of its own.
    async fn recover<W: Witness>(
        &self,
        failed: Move,
        failure: &Failure,
        play: &Play,
        request: &Request,
        held: InHand<P::Session>,
        witness: &mut W,
    ) {
        if let Some(mut held) = held {
            // The failed step ended here, without its move.
            match failure {
                Failure::Sql(_) => {
                    witness.passed(None, Mark::Sql);
                    witness.count(Counted::TransactionFailed);
                }
                Failure::Queue(_) | Failure::Acquire(_) => witness.passed(None, Mark::Away),
            }
            // A connection that cannot even roll back goes back as it is: its own drop knows.
            if held.transaction != Transaction::None && roll_back(&mut held, witness).await.is_ok() {
                witness.passed(Some(Move::Rollback), Mark::Sql);
            }
            drop(held);
            witness.passed(Some(Move::Release), Mark::Released);
            return;
        }
        let Move::Perform(index) = failed else { return };
        let kind = play.itinerary.workload().steps[index].kind;
        if kind != StepKind::Sql
            && play.itinerary.scope().marks_failed(kind) == MarksFailed::InOwnTransaction
            && request.job != 0
        {
            // The request has failed already; a second failure only leaves the job unmarked, and
            // the count of marked jobs shows it.
            let _ = self.mark_failed(failure, play, request, witness).await;
        }
    }

    async fn mark_failed<W: Witness>(
        &self,
        failure: &Failure,
        play: &Play,
        request: &Request,
        witness: &mut W,
    ) -> Result<(), Failure> {
        // The failed step ended here, without its move.
        witness.passed(None, Mark::Away);
        witness.asks();
        let mut session = self.pool.acquire().await?;
        witness.passed(None, Mark::Acquired(session.acquire_parts()));
        session.begin().await?;
        let error = failure.to_string();
        let changed =
            self.repository.mark_failed(&mut session, request, &error, play.mark_failed, witness).await?;
        session.commit().await?;
        witness.passed(None, Mark::Committed);
        if changed == Changed::Row {
            witness.count(Counted::JobMarkedFailed);
        }
        drop(session);
        witness.passed(None, Mark::Released);
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

async fn commit<S: Session, W: Witness>(held: &mut Held<S>, witness: &mut W) -> Result<(), SqlError> {
    let creates = held.transaction;
    if creates == Transaction::Open(Creates::Job) {
        witness.count(Counted::CommitsJob);
    }
    held.session.commit().await?;
    held.transaction = Transaction::None;
    if creates == Transaction::Open(Creates::Job) {
        witness.count(Counted::JobCommitted);
    }
    Ok(())
}

async fn roll_back<S: Session, W: Witness>(held: &mut Held<S>, witness: &mut W) -> Result<(), SqlError> {
    held.session.rollback().await?;
    held.transaction = Transaction::None;
    witness.count(Counted::RolledBack);
    Ok(())
}
