use super::*;
use crate::analyse::{What, summarise};
use crate::archive::{Run, Status};
use crate::arrivals::{Arrivals, Profile, Spacing};
use crate::load::trials::idle_lane;
use crate::load::{CapPolicy, OpenPlan};
use crate::record::Window;
use crate::scenario::POOLS;
use crate::units::Rate;

fn arrivals(seed: u64) -> Arrivals {
    let profile = Profile::constant(Rate::per_second(2_000.0).unwrap());
    Arrivals::new(Spacing::Poisson, profile, 50_000_000, seed)
}

/// Drives a lane a seed, and answers the fixture's record with what they were offered.
fn driven(seeds: [u64; 2]) -> Run {
    let window = Window { from: 0, to: 50_000_000 };
    let specs = seeds.map(|seed| {
        let plan = OpenPlan {
            requests: arrivals(seed),
            bystanders: None,
            in_flight_cap: 10_000,
            when_full: CapPolicy::Queue,
            window,
            drain_until: 60_000_000_000,
        };
        idle_lane(Task::Open(Box::new(plan)))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let started = runtime.block_on(start(specs.to_vec(), &Stop::default())).unwrap();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/record-v1.json");
    let mut record = crate::archive::load(std::path::Path::new(path)).unwrap();
    record.status = Status::Complete;
    let lanes = record.side_by_side.iter_mut();
    for (lane, handle) in lanes.zip(started.lanes) {
        let label = LaneLabel { pool: POOLS[0], scope: lane.scope };
        let noted = lane_tape(label, None, handle.join().unwrap());
        assert_eq!((&noted.pool, &noted.scope), (&lane.pool, &lane.scope));
        lane.arrivals = noted.arrivals;
    }
    record
}

fn differ(record: &Run) -> bool {
    summarise(record).caveats.iter().any(|caveat| caveat.what == What::ArrivalsDiffer)
}

#[test]
fn a_lane_that_was_given_other_arrivals_is_seen() {
    let same = driven([1, 1]);
    let expected = Some(arrivals(1).fingerprint());
    assert_eq!(same.side_by_side[0].arrivals, expected);
    assert!(!differ(&same));
    assert!(differ(&driven([1, 2])));
}
