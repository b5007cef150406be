//! What the server shows of an act's connections while its lanes run, and after.

use std::pin::pin;
use std::time::Duration;

use super::RunContext;
use super::watch::Watch;
use crate::archive::ServerSamples;
use crate::load::{Started, Stop};
use crate::pool::admin::{BackendSignal, Named, States};
use crate::record::Nanos;

/// How often the server's view is sampled, and the progress told.
const SAMPLE: Duration = Duration::from_millis(100);

impl RunContext<'_> {
    /// Samples the server's view until every lane has come to its end.
    pub(super) async fn observe(
        &self,
        started: &Started,
        names: &[String],
        watch: &mut dyn Watch,
    ) -> Vec<ServerSamples> {
        let mut server = vec![ServerSamples::default(); names.len()];
        let mut every = tokio::time::interval(SAMPLE);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut look = pin!(self.look(names));
        while !started.lanes.iter().all(|lane| lane.is_finished()) {
            tokio::select! {
                biased;
                _ = every.tick() => {}
                // A server that does not answer now is missing a sample, and the lanes tell the rest.
                states = &mut look => {
                    let at = started.start.elapsed().as_nanos() as Nanos;
                    for (record, states) in server.iter_mut().zip(states.into_iter().flatten()) {
                        record.at.push(at);
                        record.active.push(states.active);
                        record.idle_in_transaction.push(states.idle_in_transaction);
                        record.idle.push(states.idle);
                        record.waiting_for_lock.get_or_insert_default().push(states.waiting_for_lock);
                    }
                    look.set(self.look(names));
                    continue;
                }
            }
            let readings: Vec<_> = started.lanes.iter().map(|lane| lane.live.read()).collect();
            watch.ticks(started.start.elapsed(), &readings);
        }
        server
    }

    /// One look at what the server shows, some time from now.
    async fn look(&self, names: &[String]) -> Option<Vec<States>> {
        tokio::time::sleep(SAMPLE).await;
        let admin = self.place.admin().await.ok()?;
        admin.states(names).await.ok()
    }

    /// Waits until the server has let go of an act's connections: a commit that was on its way
    /// when its request was cut off has then been done or not. A statement that goes on is
    /// cancelled, and a connection that stays is closed.
    pub(super) async fn settle(&self, names: &[String], stop: &Stop) {
        let began = tokio::time::Instant::now();
        let (cancel, terminate) = if stop.is_stopped() { (100, 300) } else { (1000, 2000) };
        let mut next =
            [(cancel, BackendSignal::Cancel), (terminate, BackendSignal::Terminate)].into_iter().peekable();
        loop {
            let Ok(admin) = self.place.admin().await else { return };
            match admin.states(names).await {
                Ok(states) if states.iter().any(|states| states.all() > 0) => {}
                _ => return,
            }
            if let Some((_, how)) = next.next_if(|(at, _)| began.elapsed().as_millis() >= *at) {
                // Who cannot end them now is told by the rows, or by what is left at the end.
                let _ = admin.end(Named::Beginning(&self.place.names()), how).await;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
