//! What became of each kind of requests.

use super::{Doubt, Estimate, Known, Scaled, bounded_quantile};
use crate::itinerary::{SessionScope, Varies};
use crate::plan::{KindRef, Plan};
use crate::record::{Durations, KindTally, Ledger};
use crate::units::{Quantile, TimeScale};

/// Requests of one kind in a lane, those due in the measured span that were sent.
#[derive(Debug, Clone, PartialEq)]
pub struct KindSummary {
    /// What tables call the kind.
    pub name: String,
    /// Its planned share of all requests.
    pub share: f64,
    /// How its requests ended.
    pub ledger: Ledger,
    /// Share of them that completed.
    pub completed: Option<Estimate>,
    /// Connection time of one request; none where no hold was seen to its end, or some were not.
    pub hold: Option<Scaled<Estimate>>,
    /// 99 in 100 acquires took no longer.
    pub wait_p99: Option<Scaled<Known>>,
    /// The median response time.
    pub response_p50: Option<Scaled<Known>>,
    /// 99 in 100 responses took no longer.
    pub response_p99: Option<Scaled<Known>>,
}

impl KindSummary {
    /// Of every kind, the usual one first; empty where all requests are of one kind.
    pub(super) fn all(plan: &Plan, scope: SessionScope, tallies: &[KindTally]) -> Vec<Self> {
        plan.all_kinds().zip(tallies).map(|(kind, tally)| Self::of(plan, scope, &kind, tally)).collect()
    }

    fn of(plan: &Plan, scope: SessionScope, kind: &KindRef<'_>, tally: &KindTally) -> Self {
        let (scale, ledger) = (plan.time_scale, tally.ledger);
        Self {
            name: kind.name.to_owned(),
            share: kind.share,
            ledger,
            completed: Estimate::share(ledger.completed, ledger.scheduled),
            hold: hold(kind, scope, tally, scale),
            wait_p99: at(&tally.acquire_wait, Quantile::P99, scale),
            response_p50: at(&tally.response, Quantile::P50, scale),
            response_p99: at(&tally.response, Quantile::P99, scale),
        }
    }
}

fn at(durations: &Durations, quantile: Quantile, scale: TimeScale) -> Option<Scaled<Known>> {
    bounded_quantile(durations, quantile).map(|known| Scaled::time(known, scale))
}

/// Mean of single holds × holds a request. Those of one request may differ by plan, and then their variance
/// says too much of chance.
fn hold(
    kind: &KindRef<'_>,
    scope: SessionScope,
    tally: &KindTally,
    scale: TimeScale,
) -> Option<Scaled<Estimate>> {
    let itinerary = kind.itinerary(scope);
    if tally.hold.censored.count() > 0 {
        return None;
    }
    let each = Estimate::mean_of(&tally.hold.seen)?;
    let holds = itinerary.holds();
    let mean = each.times(f64::from(itinerary.acquisitions()));
    let interval = if holds.len() > 1 { Err(Doubt::Mixed) } else { mean.interval };
    let measured = Estimate { interval, ..mean };
    Some(match holds.iter().any(|hold| hold.varies() == Varies::Yes) {
        true => Scaled::varying_hold(measured, scale),
        false => Scaled::hold(measured, itinerary.hold_time(), scale),
    })
}
