use super::*;
use crate::analyse::fixture::record;
use crate::analyse::{Interval, Lag, Method, Part};

/// The lane after of the fixture, without a failure and with a lag of 80 µs.
fn lane() -> LaneSummary {
    let record = record();
    let after = &record.side_by_side[1];
    LaneSummary::of(&record.plan, after.scope, after)
}

fn around(lane: &LaneSummary) -> Judge<'_> {
    let scale = "1/50".parse().unwrap();
    Judge { scale, lane, wait: lane.wait, own: None, relaxations: Some(100.0), holds: 1000 }
}

fn exactly(micros: u64) -> Known {
    Known::Exactly(Duration::from_micros(micros))
}

fn figure(value: f64, half: Option<f64>) -> Reading {
    let figure = Estimate::computed(value, Unit::Factor);
    let interval = |half| Interval { low: value - half, high: value + half, method: Method::Combined };
    Reading::Figure(Estimate {
        interval: half.map(interval).ok_or(crate::analyse::Doubt::Inherited),
        ..figure
    })
}

#[test]
fn a_longer_wait_has_its_cause_by_its_size() {
    let mut lane = lane();
    lane.timer_error = None;
    let part = |millis| Part { count: 9, p50: Duration::ZERO, p99: Duration::from_millis(millis) };
    let parts = &mut lane.wait.as_mut().unwrap().parts;
    (parts.create, parts.recycle) = (Some(part(4)), Some(part(1)));
    lane.lag = Some(Lag { p50: Duration::ZERO, p99: Duration::ZERO, p999: Duration::from_millis(20) });
    let lane = lane;
    let standing = |micros| around(&lane).time_beside(exactly(0), exactly(micros));
    assert_eq!(standing(0), Agreement::Agrees);
    assert_eq!(standing(900), Agreement::ButForHandingOut(Duration::from_micros(900)));
    assert_eq!(standing(4_000), Agreement::Differs(Cause::HandingOut(Duration::from_millis(4))));
    assert_eq!(standing(20_000), Agreement::Differs(Cause::Lateness(Duration::from_millis(20))));
    assert_eq!(standing(60_000), Agreement::Differs(Cause::Unknown));
    let short = Judge { relaxations: Some(3.0), ..around(&lane) };
    assert_eq!(short.time_beside(exactly(0), exactly(60_000)), Agreement::Differs(Cause::Transient(3.0)));
    let mut failed = lane.clone();
    failed.unasked_failures = 7;
    let standing = around(&failed).time_beside(exactly(0), exactly(60_000));
    assert_eq!(standing, Agreement::Differs(Cause::Failures(7)));
}

#[test]
fn waits_are_compared_at_the_clock_of_the_run() {
    let lane = lane();
    let standing = |twin, measured| around(&lane).time_beside(twin, measured);
    let more = |millis| Known::MoreThan(Duration::from_millis(millis));
    // 5 s are driven as 100 ms.
    assert_eq!(standing(exactly(5_000_000), exactly(110_000)), Agreement::Agrees);
    assert!(matches!(standing(exactly(5_000_000), exactly(200_000)), Agreement::Differs(_)));
    assert!(matches!(standing(exactly(5_000_000), exactly(50_000)), Agreement::Differs(_)));
    assert_eq!(standing(more(30_000), more(601)), Agreement::Agrees);
    assert_eq!(standing(exactly(40_000_000), more(601)), Agreement::Agrees);
    assert!(matches!(standing(exactly(0), more(601)), Agreement::Differs(_)));
}

#[test]
fn overhead_of_ones_own_is_as_long_at_the_clock_of_the_run() {
    let lane = lane();
    // 50 ms of SQL are driven as 1 ms; 2 ms of overhead are not scaled.
    let own = Scaled::hold_time(Duration::from_millis(3), Duration::from_millis(50), "1/50".parse().unwrap());
    let of = Judge { own: Some(own), ..around(&lane) };
    assert_eq!(of.time_beside(exactly(52_000), exactly(3_100)), Agreement::Agrees);
    assert_eq!(of.time_beside(exactly(102_000), exactly(4_100)), Agreement::Agrees, "and a wait of 50 ms");
    let as_if_all_scaled = around(&lane).time_beside(exactly(52_000), exactly(3_100));
    assert!(matches!(as_if_all_scaled, Agreement::Differs(_)));
}

#[test]
fn figures_differ_beyond_their_interval_or_a_few_per_cent() {
    let lane = lane();
    let standing = |twin, measured| around(&lane).beside(figure(twin, None), measured, measured);
    assert_eq!(standing(180.0, figure(170.0, Some(12.0))), Agreement::Agrees);
    assert_eq!(standing(180.0, figure(179.0, Some(0.1))), Agreement::Agrees);
    assert_eq!(standing(180.0, figure(170.0, Some(5.0))), Agreement::Differs(Cause::Unknown));
    assert_eq!(standing(180.0, figure(175.0, None)), Agreement::Agrees);
    assert_eq!(standing(180.0, figure(165.0, None)), Agreement::Differs(Cause::Unknown));
    let few = Judge { holds: 15, ..around(&lane) };
    let differs = few.beside(figure(180.0, None), figure(90.0, None), figure(90.0, None));
    assert_eq!(differs, Agreement::Differs(Cause::FewHolds(15)));
    let narrow = few.beside(figure(180.0, None), figure(90.0, Some(0.1)), figure(90.0, None));
    assert_eq!(narrow, Agreement::Differs(Cause::Unknown), "few, and yet known well");
    // 99 % and 99.5 % less are two and one half as much.
    assert!((off(Unit::Share, 0.99, 0.995) - 0.5).abs() < 1e-9);
}

#[test]
fn theory_is_apart_for_the_overhead_that_the_plan_does_not_have() {
    let mut lane = lane();
    let hold = lane.hold.as_mut().unwrap();
    hold.overhead = Some(Duration::from_millis(300));
    let lane = lane;
    let apart = |theory, measured| {
        around(&lane).theory_beside(figure(theory, None), figure(measured, None), figure(measured, None))
    };
    assert_eq!(apart(180.0, 176.0), None);
    // 0.3 s on a hold of 1 s.
    assert_eq!(apart(180.0, 138.0), Some(Cause::Overhead(Duration::from_millis(300))));
    assert_eq!(apart(180.0, 30.0), Some(Cause::Unknown));
    let wait = |millis: u64| Reading::Time(exactly(millis * 1000), Err(crate::analyse::Doubt::Dependent));
    let of_wait = |relaxations| {
        let around = Judge { relaxations: Some(relaxations), ..around(&lane) };
        around.theory_beside(wait(400), wait(100), wait(100))
    };
    assert_eq!((of_wait(2.0), of_wait(50.0)), (Some(Cause::Transient(2.0)), None));
}
