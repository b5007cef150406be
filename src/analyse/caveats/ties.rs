//! Whether a simulated result hangs on who comes first at one and the same instant.

use std::num::NonZeroUsize;

use super::What;
use crate::analyse::{Estimate, LaneSummary, Share};
use crate::archive::{Run, Source};
use crate::record::Ledger;
use crate::twin::{HoldLaw, SideBySide, Stage};

/// Spreads of holds (variance ÷ mean²) that part what falls on one instant, and are in no figure: holds
/// that vary by a thousandth and less.
const JITTER: [f64; 4] = [1e-6, 5e-7, 2.5e-7, 1.25e-7];

/// More requests than this are not played again: a report must not keep its reader waiting.
const MOST_REQUESTS: f64 = 2e5;

/// Plays an open loop of nested holds again, with the same arrivals and holds that vary a little. With
/// fixed holds many steps end at the same instants, and where a pool deadlocks on itself, who comes
/// first then decides who is served.
pub(super) fn hangs_on_ties(record: &Run, lane: &LaneSummary) -> Option<What> {
    let nested = record.plan.itinerary(lane.scope).most_held() > 1;
    if record.source != Source::Simulated || lane.callers.is_some() || !nested {
        return None;
    }
    let stage = Stage::nominal(&record.plan);
    let play = |holds: HoldLaw| -> Option<Ledger> {
        let laws = SideBySide { holds, bystanders: HoldLaw::Fixed };
        let lane = stage.side_by_side(lane.scope, laws).ok()?;
        let few = lane.expected() <= MOST_REQUESTS;
        let played = few.then(|| lane.play(NonZeroUsize::MIN)).and_then(Result::ok)?;
        Some(played.tape.measured.ledger)
    };
    // A record does not tell how its holds vary: where they do not, this very history comes again.
    if play(HoldLaw::Fixed)? != lane.ledger {
        return None;
    }
    let served = |ledger: Ledger| Share::of(ledger.completed, ledger.scheduled);
    let varied: Option<Vec<Share>> =
        JITTER.into_iter().map(|spread| served(play(HoldLaw::LogNormal { spread })?)).collect();
    let varied = varied?;
    let least = varied.iter().copied().min_by(|a, b| a.get().total_cmp(&b.get()))?;
    let most = varied.iter().copied().max_by(|a, b| a.get().total_cmp(&b.get()))?;
    // As of requests that do not depend on each other: within that, nobody would look for a cause.
    let interval = Estimate::share(lane.ledger.completed, lane.ledger.scheduled)?.interval.ok()?;
    let hangs = least.get() < interval.low || most.get() > interval.high;
    hangs.then_some(What::HangsOnTies { fixed: served(lane.ledger)?, least, most })
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use super::super::Caveat;
    use super::*;
    use crate::analyse::summarise;
    use crate::itinerary::SessionScope;
    use crate::plan::Plan;
    use crate::run::{HoldSource, simulate};
    use crate::scenario::Builtin;

    fn told(change: impl FnOnce(&mut Plan), law: HoldLaw) -> Vec<Caveat> {
        let mut plan = Plan::of(&Builtin::named("nested-deadlock").unwrap().scenario().unwrap());
        change(&mut plan);
        let simulated = simulate(&plan, &HoldSource::Law(law), NonZeroUsize::MIN).unwrap();
        let caveats = summarise(&simulated.run).caveats;
        caveats.into_iter().filter(|it| matches!(it.what, What::HangsOnTies { .. })).collect()
    }

    #[test]
    fn a_deadlock_of_fixed_holds_hangs_on_ties_and_says_so() {
        let caveats = told(|_| (), HoldLaw::Fixed);
        let [Caveat { what: What::HangsOnTies { fixed, least, most }, lanes }] = &caveats[..] else {
            panic!("{caveats:?}")
        };
        assert!(least.get() <= most.get() && fixed.get() < 0.06, "{caveats:?}");
        assert!(fixed.get() != most.get() && fixed.get() != least.get(), "{caveats:?}");
        assert_eq!(lanes.iter().map(|place| place.scope).collect::<Vec<_>>(), [SessionScope::Nested]);
    }

    #[test]
    fn what_does_not_deadlock_or_varies_anyhow_hangs_on_none() {
        let roomy = |plan: &mut Plan| plan.pool.size = 200;
        assert_eq!(told(roomy, HoldLaw::Fixed), []);
        assert_eq!(told(|_| (), HoldLaw::LogNormal { spread: 1e-6 }), []);
        assert_eq!(told(|_| (), HoldLaw::Exponential), []);
    }
}
