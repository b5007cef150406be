//! Was the server there all the time? Its connections are looked at some ten times a second, so a
//! longer gap between two samples says that it did not answer.

use std::time::Duration;

use super::{Act, Caveat, Place, What};
use crate::archive::{LaneTape, Run};

/// A gap that a busy machine alone does not make.
const GAP: Duration = Duration::from_secs(1);

/// The longest gap of all lanes, with the lanes that have one.
pub(super) fn find(record: &Run) -> Option<Caveat> {
    let mut worst: Option<(Duration, Duration)> = None;
    let mut lanes = Vec::new();
    let acts = [(Act::SideBySide, &record.side_by_side), (Act::Capacity, &record.capacity)];
    for (act, lane) in acts.into_iter().flat_map(|(act, lanes)| lanes.iter().map(move |lane| (act, lane))) {
        let Some(gap) = longest(lane).filter(|gap| gap.0 > GAP) else { continue };
        worst = worst.max(Some(gap));
        lanes.push(Place { act, pool: lane.pool.clone(), scope: lane.scope });
    }
    worst.map(|(lasted, from)| Caveat { what: What::ServerSilent { lasted, from }, lanes })
}

/// The longest time without a sample until the lane ended, drain and all, and when it began. Nothing
/// where there is no sample at all: then nobody looked.
fn longest(lane: &LaneTape) -> Option<(Duration, Duration)> {
    let samples = &lane.server.at;
    let ended = lane.tape.series.step.saturating_mul(lane.tape.series.slices.len() as u64);
    let end = lane.tape.window.to.max(ended).max(*samples.last()?);
    let from = std::iter::once(&0).chain(samples);
    let gaps = from.zip(samples.iter().chain([&end]));
    gaps.map(|(from, to)| (Duration::from_nanos(to.saturating_sub(*from)), Duration::from_nanos(*from))).max()
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::record;
    use super::*;

    #[test]
    fn a_server_that_stands_still_is_seen_in_the_middle_and_at_the_end() {
        let mut record = record();
        assert_eq!(find(&record), None);
        let second = 1_000_000_000;
        let server = &mut record.side_by_side[1].server;
        server.at.retain(|at| !(5 * second..10 * second).contains(at));
        let caveat = find(&record).unwrap();
        assert_eq!(caveat.lanes.len(), 1);
        let What::ServerSilent { lasted, from } = caveat.what else { panic!() };
        assert_eq!((lasted.as_millis(), from.as_millis()), (5250, 4750));
        let series = &record.side_by_side[0].tape.series;
        let end = series.step * series.slices.len() as u64;
        let server = &mut record.side_by_side[0].server;
        server.at.retain(|at| *at < end - 8 * second);
        let What::ServerSilent { lasted, .. } = find(&record).unwrap().what else { panic!() };
        assert!((8.0..8.5).contains(&lasted.as_secs_f64()), "{lasted:?}");
    }

    #[test]
    fn where_nobody_looked_nothing_is_missing() {
        let mut record = record();
        record.side_by_side[0].server.at.clear();
        assert_eq!(find(&record), None);
    }
}
