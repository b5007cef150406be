//! Reading jobs: a short transaction of its own, under every session scope.

use super::Service;
use crate::itinerary::Move;
use crate::jobs::repository::{Lookup, Unit};
use crate::jobs::{FailedRequest, Failure, Observer};
use crate::pool::{Pool, ReadText};
use crate::record::Mark;

impl<P: Pool<Session: ReadText>> Service<P> {
    /// Reads jobs, as JSON; nothing where there is no such job.
    ///
    /// # Errors
    /// With what went wrong, and in which move.
    pub async fn look_up<W: Observer>(
        &self,
        lookup: Lookup,
        observer: &mut W,
    ) -> Result<Option<String>, FailedRequest> {
        let mut unit = Unit::default();
        observer.asks();
        let acquired = self.repository.acquire(&mut unit).await;
        let parts = acquired.map_err(|fault| Failure::from(fault).during("acquire"))?;
        observer.passed(Some(Move::Acquire), Mark::Acquired(parts));
        let found = self.read(lookup, &mut unit, observer).await;
        if let Err(FailedRequest { failure: Failure::Sql(_), .. }) = &found {
            unit.note_failed(observer);
        }
        // A transaction that failed ends with its session.
        unit.release();
        observer.passed(Some(Move::Release), Mark::Released);
        found
    }

    async fn read<W: Observer>(
        &self,
        lookup: Lookup,
        unit: &mut Unit<P>,
        observer: &mut W,
    ) -> Result<Option<String>, FailedRequest> {
        let failed = |step: &'static str| move |fault| Failure::Sql(fault).during(step);
        unit.begin().await.map_err(failed("begin"))?;
        observer.passed(Some(Move::Begin), Mark::Sql);
        let found = self.repository.look_up(unit, lookup).await.map_err(failed("look_up"))?;
        observer.passed(None, Mark::Sql);
        unit.commit(observer).await.map_err(failed("commit"))?;
        observer.passed(Some(Move::Commit), Mark::Committed);
        Ok(found)
    }
}
