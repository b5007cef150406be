//! What the server shows of an act's connections while its lanes run, and after.

use std::pin::pin;
use std::time::Duration;

use super::RunContext;
use super::watch::Watch;
use crate::archive::{PoolerSamples, ServerSamples};
use crate::load::{Started, Stop};
use crate::pool::PoolerState;
use crate::pool::admin::{BackendSignal, Named, States};
use crate::record::Nanos;

/// How often the server's view is sampled, and the progress told.
const SAMPLE: Duration = Duration::from_millis(100);

impl RunContext<'_> {
    /// Samples the server's view, and that of a PgBouncer in front of it, until every lane has come to its end.
    pub(super) async fn observe(
        &self,
        started: &Started,
        names: &[String],
        fronts: &[Option<String>],
        watch: &mut dyn Watch,
    ) -> (Vec<ServerSamples>, Vec<Option<PoolerSamples>>) {
        let mut server = vec![ServerSamples::default(); names.len()];
        let mut poolers: Vec<Option<PoolerSamples>> =
            fronts.iter().map(|front| front.as_ref().map(|_| PoolerSamples::default())).collect();
        let mut every = tokio::time::interval(SAMPLE);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut look = pin!(self.look(names, fronts));
        while !started.lanes.iter().all(|lane| lane.is_finished()) {
            tokio::select! {
                biased;
                _ = every.tick() => {}
                // A server that does not answer now is missing a sample, and the lanes tell the rest.
                (states, pools) = &mut look => {
                    let at = started.start.elapsed().as_nanos() as Nanos;
                    note_pools(&mut poolers, fronts, &pools, at);
                    for (record, states) in server.iter_mut().zip(states.into_iter().flatten()) {
                        record.at.push(at);
                        record.active.push(states.active);
                        record.idle_in_transaction.push(states.idle_in_transaction);
                        record.idle.push(states.idle);
                        record.waiting_for_lock.get_or_insert_default().push(states.waiting_for_lock);
                    }
                    look.set(self.look(names, fronts));
                    continue;
                }
            }
            let readings: Vec<_> = started.lanes.iter().map(|lane| lane.live.read()).collect();
            watch.ticks(started.start.elapsed(), &readings);
        }
        (server, poolers)
    }

    /// One look at what the server and the PgBouncer show, some time from now.
    async fn look(
        &self,
        names: &[String],
        fronts: &[Option<String>],
    ) -> (Option<Vec<States>>, Vec<PoolerState>) {
        tokio::time::sleep(SAMPLE).await;
        let pools = async {
            match self.place.console().filter(|_| fronts.iter().any(Option::is_some)) {
                Some(console) => console.pools().await.unwrap_or_default(),
                None => Vec::new(),
            }
        };
        let states = async {
            let admin = self.place.admin().await.ok()?;
            admin.states(names).await.ok()
        };
        tokio::join!(states, pools)
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

/// Notes what the PgBouncer says of each lane's database.
fn note_pools(
    poolers: &mut [Option<PoolerSamples>],
    fronts: &[Option<String>],
    pools: &[PoolerState],
    at: Nanos,
) {
    for (samples, front) in poolers.iter_mut().zip(fronts) {
        let state = pools.iter().find(|pool| Some(&pool.database) == front.as_ref());
        let (Some(samples), Some(state)) = (samples, state) else { continue };
        samples.at.push(at);
        samples.clients.push(state.clients);
        samples.waiting.push(state.waiting);
        samples.in_use.push(state.in_use);
        samples.free.push(state.free);
        samples.longest_wait.push(state.longest_wait.as_nanos() as Nanos);
    }
}
