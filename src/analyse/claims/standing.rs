//! How a measured number stands to what the twin shows, and the likely cause where the two differ.

use std::time::Duration;

use super::{Cause, Reading};
use crate::analyse::{Estimate, Known, LaneSummary, Scaled, Unit, WaitSummary};
use crate::units::TimeScale;

/// How a measured number stands to that of the twin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Standing {
    /// Within its uncertainty.
    Agrees,
    /// A wait that is this much longer at the clock of the run: as long as it takes to hand out a
    /// connection, which the twin does in no time.
    ButForHandingOut(Duration),
    /// Beyond its uncertainty.
    Differs(Cause),
}

/// What bears on a difference.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    pub(super) scale: TimeScale,
    /// The lane that the number is mostly of.
    pub(super) lane: &'a LaneSummary,
    /// The waits that the number holds.
    pub(super) wait: Option<WaitSummary>,
    /// p99 of what it holds beside waits: the hold in a response, nothing in a wait.
    pub(super) own: Option<Scaled<Duration>>,
    /// The measured span in relaxation times of the pool.
    pub(super) relaxations: Option<f64>,
    /// Holds of the session scope of which fewer were seen.
    pub(super) holds: u64,
}

/// Figures of histograms are alike within this share.
const ALIKE: f64 = 0.01;
/// Waits of one run depend on each other, so p99 of a queue is known no better than this from one
/// run; the prediction has its range over other seeds.
const QUEUE: f64 = 0.25;
/// Fewer holds than this leave their mean open.
const FEW: u64 = 100;
/// A figure without an interval is taken to be known within this share.
const FEW_PER_CENT: f64 = 0.05;
/// Handing out a connection takes no longer than this, whatever the load.
const HANDING_OUT: Duration = Duration::from_millis(1);
/// A span shorter than this many relaxation times shows how the pool began as much as how it is.
const SHORT: f64 = 10.0;

impl Circumstances<'_> {
    /// How a number at nominal times stands to that of the twin; `measured` is at the clock of the
    /// run.
    pub(super) fn standing(&self, twin: Reading, nominal: Reading, measured: Reading) -> Standing {
        match (twin, nominal, measured) {
            (Reading::Time(twin), Reading::Time(_), Reading::Time(measured)) => self.of_time(twin, measured),
            (Reading::Figure(twin), Reading::Figure(nominal), _) => match alike(twin, nominal) {
                true => Standing::Agrees,
                false => Standing::Differs(self.of_figure(nominal)),
            },
            // A claim has one unit, so these are never beside each other.
            _ => Standing::Differs(Cause::Unknown),
        }
    }

    /// A wait ÷ time scale is too long by the overhead in it, so waits are compared at the clock of the
    /// run.
    fn of_time(&self, twin: Known, measured: Known) -> Standing {
        let none = Scaled { measured: Duration::ZERO, nominal: Duration::ZERO };
        let Scaled { measured: own, nominal } = self.own.unwrap_or(none);
        let expected = twin.map(|time| self.scale.scaled(time.saturating_sub(nominal)) + own.min(time));
        let (low, high) = (expected.at_least(), measured.at_least());
        let slack = high.max(low).mul_f64(QUEUE);
        match (expected, measured) {
            (Known::MoreThan(_), Known::MoreThan(_)) => return Standing::Agrees,
            // A lower bound says nothing of what lies above it.
            (Known::Exactly(_), Known::MoreThan(_)) if low + slack >= high => return Standing::Agrees,
            _ => {}
        }
        if high + slack < low {
            return Standing::Differs(self.rest());
        }
        let over = high.saturating_sub(low);
        // p99 of a sum is made of what its parts seldom are: each may be rarer than one in a hundred.
        let late = self.lane.lag.map_or(Duration::ZERO, |lag| lag.p999);
        let handing_out = self.handing_out();
        match over {
            over if over <= slack => Standing::Agrees,
            over if over <= HANDING_OUT => Standing::ButForHandingOut(over),
            over if over <= HANDING_OUT + handing_out => Standing::Differs(Cause::HandingOut(handing_out)),
            over if over <= HANDING_OUT + handing_out + late => Standing::Differs(Cause::Lateness(late)),
            _ => Standing::Differs(self.rest()),
        }
    }

    /// p99 of what handing out a connection takes beside waiting for one.
    fn handing_out(&self) -> Duration {
        let parts = self.wait.map(|wait| wait.parts);
        let parts = parts.map(|parts| [parts.create, parts.recycle].into_iter().flatten());
        parts.map_or(Duration::ZERO, |parts| parts.map(|part| part.p99).max().unwrap_or_default())
    }

    /// What is left once handing out and lateness are not the cause.
    fn rest(&self) -> Cause {
        match self.relaxations.filter(|times| *times < SHORT) {
            _ if self.lane.unasked_failures > 0 => Cause::Failures(self.lane.unasked_failures),
            Some(times) => Cause::Transient(times),
            None => Cause::Unknown,
        }
    }

    /// The same of a figure, which is made of mean holds; an interval tells how well they are known.
    fn of_figure(&self, figure: Estimate) -> Cause {
        let half = figure.interval.map(|it| (it.high - it.low) / 2.0);
        let open = half.map_or(true, |half| half > ALIKE * figure.value.abs());
        if open && self.holds < FEW { Cause::FewHolds(self.holds) } else { self.rest() }
    }

    /// Why a measured number at nominal times is not what theory expects of the plan; nothing where it
    /// is, or where the number is a wait: a wait holds overhead that theory knows nothing of, so the
    /// twin's is what theory is compared with.
    pub(super) fn apart(&self, theory: Reading, twin: Reading, nominal: Reading) -> Option<Cause> {
        match (theory, twin, nominal) {
            (Reading::Figure(theory), _, Reading::Figure(nominal)) => {
                let off = off(theory.unit, theory.value, nominal.value);
                let open = off > FEW_PER_CENT && !alike(theory, nominal);
                open.then(|| self.overhead(off).unwrap_or_else(|| self.of_figure(nominal)))
            }
            (Reading::Time(theory), Reading::Time(twin), _) => {
                let (theory, twin) = (theory.at_least(), twin.at_least());
                let short = self.relaxations.filter(|times| *times < SHORT)?;
                (theory.abs_diff(twin) > theory.max(twin).mul_f64(QUEUE)).then_some(Cause::Transient(short))
            }
            _ => None,
        }
    }

    /// Overhead of holds, if it is at least half of such a difference.
    fn overhead(&self, off: f64) -> Option<Cause> {
        let hold = self.lane.hold.as_ref()?;
        let planned = self.scale.nominal(hold.planned);
        (hold.overhead > planned.mul_f64(off / 2.0)).then_some(Cause::Overhead(hold.overhead))
    }
}

/// Whether a figure lies within the uncertainty of a measured one.
fn alike(twin: Estimate, measured: Estimate) -> bool {
    let within = match measured.interval {
        Ok(interval) => (interval.low..=interval.high).contains(&twin.value),
        Err(_) => off(measured.unit, twin.value, measured.value) <= FEW_PER_CENT,
    };
    within || off(measured.unit, twin.value, measured.value) <= ALIKE
}

/// How far two figures are apart, as a share. Of a share near 1 what is left of the whole counts: 99 %
/// and 99.5 % are one half and the other.
fn off(unit: Unit, a: f64, b: f64) -> f64 {
    let (a, b) = if unit == Unit::Share && b > 0.5 { (1.0 - a, 1.0 - b) } else { (a, b) };
    // Both nothing are alike.
    if a == b { 0.0 } else { ((a - b) / a.abs().max(b.abs())).abs() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::{Interval, Lag, Method, Part};

    /// The lane after of the fixture, without a failure and with a lag of 80 µs.
    fn lane() -> LaneSummary {
        let record = record();
        let after = &record.side_by_side[1];
        LaneSummary::of(&record.plan, after.scope, after)
    }

    fn around(lane: &LaneSummary) -> Circumstances<'_> {
        let scale = "1/50".parse().unwrap();
        Circumstances { scale, lane, wait: lane.wait, own: None, relaxations: Some(100.0), holds: 1000 }
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
        let part = |millis| Part { count: 9, p50: Duration::ZERO, p99: Duration::from_millis(millis) };
        let parts = &mut lane.wait.as_mut().unwrap().parts;
        (parts.create, parts.recycle) = (Some(part(4)), Some(part(1)));
        lane.lag = Some(Lag { p50: Duration::ZERO, p99: Duration::ZERO, p999: Duration::from_millis(20) });
        let lane = lane;
        let standing = |micros| around(&lane).of_time(exactly(0), exactly(micros));
        assert_eq!(standing(0), Standing::Agrees);
        assert_eq!(standing(900), Standing::ButForHandingOut(Duration::from_micros(900)));
        assert_eq!(standing(4_000), Standing::Differs(Cause::HandingOut(Duration::from_millis(4))));
        assert_eq!(standing(20_000), Standing::Differs(Cause::Lateness(Duration::from_millis(20))));
        assert_eq!(standing(60_000), Standing::Differs(Cause::Unknown));
        let short = Circumstances { relaxations: Some(3.0), ..around(&lane) };
        assert_eq!(short.of_time(exactly(0), exactly(60_000)), Standing::Differs(Cause::Transient(3.0)));
        let mut failed = lane.clone();
        failed.unasked_failures = 7;
        let standing = around(&failed).of_time(exactly(0), exactly(60_000));
        assert_eq!(standing, Standing::Differs(Cause::Failures(7)));
    }

    #[test]
    fn waits_are_compared_at_the_clock_of_the_run() {
        let lane = lane();
        let standing = |twin, measured| around(&lane).of_time(twin, measured);
        let more = |millis| Known::MoreThan(Duration::from_millis(millis));
        // 5 s are driven as 100 ms.
        assert_eq!(standing(exactly(5_000_000), exactly(110_000)), Standing::Agrees);
        assert!(matches!(standing(exactly(5_000_000), exactly(200_000)), Standing::Differs(_)));
        assert!(matches!(standing(exactly(5_000_000), exactly(50_000)), Standing::Differs(_)));
        assert_eq!(standing(more(30_000), more(601)), Standing::Agrees);
        assert_eq!(standing(exactly(40_000_000), more(601)), Standing::Agrees);
        assert!(matches!(standing(exactly(0), more(601)), Standing::Differs(_)));
    }

    #[test]
    fn overhead_of_ones_own_is_as_long_at_the_clock_of_the_run() {
        let lane = lane();
        // 50 ms of SQL are driven as 1 ms; 2 ms of overhead are not scaled.
        let own =
            Scaled::hold_time(Duration::from_millis(3), Duration::from_millis(50), "1/50".parse().unwrap());
        let of = Circumstances { own: Some(own), ..around(&lane) };
        assert_eq!(of.of_time(exactly(52_000), exactly(3_100)), Standing::Agrees);
        assert_eq!(of.of_time(exactly(102_000), exactly(4_100)), Standing::Agrees, "and a wait of 50 ms");
        let as_if_all_scaled = around(&lane).of_time(exactly(52_000), exactly(3_100));
        assert!(matches!(as_if_all_scaled, Standing::Differs(_)));
    }

    #[test]
    fn figures_differ_beyond_their_interval_or_a_few_per_cent() {
        let lane = lane();
        let standing = |twin, measured| around(&lane).standing(figure(twin, None), measured, measured);
        assert_eq!(standing(180.0, figure(170.0, Some(12.0))), Standing::Agrees);
        assert_eq!(standing(180.0, figure(179.0, Some(0.1))), Standing::Agrees);
        assert_eq!(standing(180.0, figure(170.0, Some(5.0))), Standing::Differs(Cause::Unknown));
        assert_eq!(standing(180.0, figure(175.0, None)), Standing::Agrees);
        assert_eq!(standing(180.0, figure(165.0, None)), Standing::Differs(Cause::Unknown));
        let few = Circumstances { holds: 15, ..around(&lane) };
        let differs = few.standing(figure(180.0, None), figure(90.0, None), figure(90.0, None));
        assert_eq!(differs, Standing::Differs(Cause::FewHolds(15)));
        let narrow = few.standing(figure(180.0, None), figure(90.0, Some(0.1)), figure(90.0, None));
        assert_eq!(narrow, Standing::Differs(Cause::Unknown), "few, and yet known well");
        // 99 % and 99.5 % less are two and one half as much.
        assert!((off(Unit::Share, 0.99, 0.995) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn theory_is_apart_for_the_overhead_that_the_plan_does_not_have() {
        let mut lane = lane();
        let hold = lane.hold.as_mut().unwrap();
        hold.overhead = Duration::from_millis(300);
        let lane = lane;
        let apart = |theory, measured| {
            around(&lane).apart(figure(theory, None), figure(measured, None), figure(measured, None))
        };
        assert_eq!(apart(180.0, 176.0), None);
        // 0.3 s on a hold of 1 s.
        assert_eq!(apart(180.0, 138.0), Some(Cause::Overhead(Duration::from_millis(300))));
        assert_eq!(apart(180.0, 30.0), Some(Cause::Unknown));
        let wait = |millis: u64| Reading::Time(exactly(millis * 1000));
        let of_wait = |relaxations| {
            let around = Circumstances { relaxations: Some(relaxations), ..around(&lane) };
            around.apart(wait(400), wait(100), wait(100))
        };
        assert_eq!((of_wait(2.0), of_wait(50.0)), (Some(Cause::Transient(2.0)), None));
    }
}
