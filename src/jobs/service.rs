//! The service: plays the moves of one request. Which of them need the database is the itinerary's to
//! say, and what they do there the repository's; a session is never seen here. What a request still does
//! after a failure is the itinerary's to say as well.

mod lookup;

use std::num::NonZeroU32;
use std::time::Duration;

use super::repository::{Repository, RepositoryMethod, Unit, Work};
use super::{FailedRequest, Failure, Observer, Processors, Request, Waited};
use crate::itinerary::{Itinerary, Move, Nests, StepKind, TimeDraw, Varies};
use crate::pool::{AcquireError, Pool, SqlError};
use crate::queue::Queue;
use crate::record::{AcquireParts, Mark};

/// An itinerary with what each step really does, and the times that are driven.
#[derive(Debug)]
pub struct Play {
    /// The moves.
    pub itinerary: Itinerary,
    /// What each step does; same length as the workload's steps.
    pub steps: Vec<PlayStep>,
    /// How long marking a job as failed takes, scaled.
    pub mark_failed: Duration,
    /// How many steps compute at once in one service.
    pub processors: NonZeroU32,
}

impl Play {
    /// The times of the steps of one request, in order and scaled, drawn from numbers for each step; none
    /// where all requests take the same times.
    #[must_use]
    pub fn times(&self, mut draw: impl FnMut(usize) -> (f64, f64)) -> Option<Box<[Duration]>> {
        let workload = self.itinerary.workload();
        if workload.varies() == Varies::No {
            return None;
        }
        let steps = workload.steps.iter().zip(&self.steps).enumerate();
        Some(
            steps
                .map(|(index, (step, play))| step.law.drawn(play.time, TimeDraw::from(draw(index))))
                .collect(),
        )
    }
}

/// What one step does, and for how long.
#[derive(Debug)]
pub struct PlayStep {
    /// What the step does.
    pub does: Does,
    /// How long it takes, scaled; the mean where that varies.
    pub time: Duration,
    /// When it is to fail.
    pub fails: Fails,
}

/// For which requests a step fails, because the scenario asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Fails {
    /// It fails for requests whose draw is below this.
    pub share: f64,
    /// How long it takes until then, scaled; none where that is its own time.
    pub after: Option<Duration>,
}

/// What a step does.
#[derive(Debug)]
pub enum Does {
    /// A repository method.
    Sql(RepositoryMethod),
    /// Hands the job to the queue.
    Enqueue,
    /// It spends its time outside the database, and nobody is busy meanwhile.
    Wait,
    /// It keeps a processor of the service busy for its time.
    Compute,
}

/// The layers below the router, for one lane.
#[derive(Debug)]
pub struct Service<P> {
    /// All SQL of the lane, and its pool.
    pub repository: Repository<P>,
    /// The queue.
    pub queue: Queue,
    /// The processors on which steps compute.
    pub processors: Processors,
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
        request: &mut Request,
        observer: &mut W,
    ) -> impl Future<Output = Result<(), FailedRequest>> {
        async move {
            let mut unit = Unit::default();
            for (at, &step) in play.itinerary.moves().iter().enumerate() {
                if let Err(failure) = self.make(step, play, None, request, &mut unit, observer).await {
                    // On the heap, so that a request that only waits does not carry room for failing.
                    Box::pin(self.recover(at, &failure, play, request, &mut unit, observer)).await;
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
        unit: &mut Unit<P>,
        observer: &mut W,
    ) {
        note_failed(play.itinerary.moves()[at], why, unit, observer);
        let mut failing = play.itinerary.failing_at(at);
        let mut at = failing.resumes;
        while let Some(&step) = failing.itinerary.moves().get(at) {
            match self.make(step, play, Some(why), request, unit, observer).await {
                Ok(()) => at += 1,
                Err(again) => {
                    note_failed(step, &again, unit, observer);
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
        unit: &mut Unit<P>,
        observer: &mut W,
    ) -> impl Future<Output = Result<(), Failure>> {
        async move {
            let mark = match step {
                Move::Acquire => {
                    observer.asks();
                    Mark::Acquired(Box::pin(self.take_one(play, unit)).await?)
                }
                Move::Release => {
                    unit.release();
                    Mark::Released
                }
                Move::Begin => {
                    observer.runs_sql();
                    unit.begin().await?;
                    Mark::Sql
                }
                Move::Rollback => {
                    observer.runs_sql();
                    unit.roll_back(observer).await?;
                    Mark::Sql
                }
                Move::Commit => {
                    observer.runs_sql();
                    unit.commit(observer).await?;
                    Mark::Committed
                }
                Move::MarkFailed => {
                    observer.runs_sql();
                    Box::pin(self.mark_failed(unit, play, why, request, observer)).await?;
                    Mark::Sql
                }
                Move::Perform(index) => {
                    let PlayStep { does, time, fails } = &play.steps[index];
                    let mut time = request.time_of(index, *time);
                    let mut fate = Fate::Succeeds;
                    if request.failure_draw < fails.share {
                        (fate, time) = (Fate::Fails, fails.after.unwrap_or(time));
                    }
                    let mark = match does {
                        Does::Sql(method) => {
                            let creates = play.itinerary.workload().steps[index].creates;
                            let work = Work { method, time, creates };
                            observer.runs_sql();
                            Box::pin(self.repository.perform(unit, work, request, observer)).await?;
                            if fate == Fate::Fails {
                                return Err(Box::pin(self.fail(unit)).await);
                            }
                            Mark::Sql
                        }
                        Does::Enqueue => {
                            if fate == Fate::Succeeds {
                                self.queue.enqueue(request.job).await?;
                            }
                            pass(time, observer).await?;
                            fate.of(StepKind::Queue)?;
                            Mark::Away
                        }
                        Does::Wait => {
                            pass(time, observer).await?;
                            fate.of(StepKind::Work)?;
                            Mark::Away
                        }
                        Does::Compute => {
                            Box::pin(self.processors.compute(time)).await;
                            fate.of(StepKind::Compute)?;
                            Mark::Away
                        }
                    };
                    // Read again, so that it need not be kept while the step waits.
                    observer.planned(request.time_of(index, play.steps[index].time), mark);
                    mark
                }
            };
            observer.passed(Some(step), mark);
            Ok(())
        }
    }

    /// A session for a unit that has none, but where the itinerary itself takes one while it has one.
    async fn take_one(&self, play: &Play, unit: &mut Unit<P>) -> Result<AcquireParts, AcquireError> {
        match play.itinerary.nests() {
            Nests::No => self.repository.acquire(unit).await,
            Nests::Yes => self.repository.acquire_beside(unit).await,
        }
    }

    async fn mark_failed<W: Observer>(
        &self,
        unit: &mut Unit<P>,
        play: &Play,
        why: Option<&Failure>,
        request: &Request,
        observer: &W,
    ) -> Result<(), SqlError> {
        let error = why.map(ToString::to_string).unwrap_or_default();
        self.repository.mark_failed(unit, request, &error, play.mark_failed, observer).await.map(|_| ())
    }

    /// Has the database fail this step's transaction.
    async fn fail(&self, unit: &mut Unit<P>) -> Failure {
        match self.repository.fail(unit).await {
            // The server said so, as was asked; or there is no server.
            Ok(()) => Failure::Asked(StepKind::Sql),
            Err(refused) if refused.state().is_some() => Failure::Asked(StepKind::Sql),
            Err(other) => other.into(),
        }
    }

    /// A bystander's query: a connection for one cheap statement.
    ///
    /// # Errors
    /// With what went wrong.
    pub async fn glance<W: Observer>(&self, time: Duration, observer: &mut W) -> Result<(), FailedRequest> {
        let mut unit = Unit::default();
        observer.asks();
        let acquired = self.repository.acquire(&mut unit).await;
        let parts = acquired.map_err(|fault| Failure::from(fault).during("acquire"))?;
        observer.passed(Some(Move::Acquire), Mark::Acquired(parts));
        observer.runs_sql();
        let glanced = self.repository.glance(&mut unit, time).await;
        glanced.map_err(|fault| Failure::from(fault).during("bystander"))?;
        observer.passed(None, Mark::Sql);
        unit.release();
        observer.passed(Some(Move::Release), Mark::Released);
        Ok(())
    }
}

/// Waits outside the database.
async fn pass<W: Observer>(time: Duration, observer: &W) -> Result<(), Failure> {
    match observer.wait_out(time).await {
        Waited::Out => Ok(()),
        Waited::CutShort => Err(Failure::Stopped),
    }
}

/// What becomes of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Succeeds,
    /// The scenario asks for it.
    Fails,
}

impl Fate {
    fn of(self, kind: StepKind) -> Result<(), Failure> {
        match self {
            Self::Succeeds => Ok(()),
            Self::Fails => Err(Failure::Asked(kind)),
        }
    }
}

/// Notes that a move has failed.
fn note_failed<P: Pool, W: Observer>(step: Move, failure: &Failure, unit: &mut Unit<P>, observer: &mut W) {
    let mark = match failure {
        // What the request still does, on a connection that it has, begins here.
        Failure::Acquire(_) => return observer.passed(None, Mark::NotAcquired),
        Failure::Sql(_) | Failure::Asked(StepKind::Sql) => Mark::Sql,
        Failure::Queue(_) | Failure::Asked(_) | Failure::Stopped => Mark::Away,
    };
    observer.passed(step.takes_time().then_some(step), mark);
    if matches!(mark, Mark::Sql) {
        unit.note_failed(observer);
    }
}

#[cfg(test)]
mod tests;
