//! The one judge of agreement: whether a number that was measured is the one that was expected, and the
//! likely cause where it is not.

use std::time::Duration;

use super::figures::Reading;
use super::{Estimate, Known, LaneSummary, Scaled, Share, Unit, WaitSummary};
use crate::theory::Trust;
use crate::units::TimeScale;

/// Whether a number is what was expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Agreement {
    /// Within its uncertainty.
    Agrees,
    /// Within its uncertainty, and it could not be otherwise: what was expected was made from the very
    /// holds that were measured.
    ByConstruction,
    /// A wait that is this much longer at the clock of the run: as long as it takes to hand out a
    /// connection, which the twin does in no time.
    ButForHandingOut(Duration),
    /// Beyond its uncertainty.
    Differs(Cause),
    /// Nothing was expected, or one of the two is not known well enough.
    Unknown,
}

/// Why a number is not as theory or the twin expect, most likely.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cause {
    /// Opening and testing connections took up to this long at the clock of the run.
    HandingOut(Duration),
    /// Our own lateness and timer: one request in a thousand was later than this, at the clock of the run.
    Lateness(Duration),
    /// Statements of this share of the connections engaged waited for locks, which the plan does not have.
    LockWaits(Share),
    /// Overhead of this much a hold, which the plan does not have.
    Overhead(Duration),
    /// The measured span is this many times the pool's relaxation time.
    Transient(f64),
    /// This many requests failed, which the twin does not play.
    Failures(u64),
    /// Only so many holds of a session scope were seen to their end.
    FewHolds(u64),
    /// The formula is of the steady state, and is to be believed so far.
    Formula(Trust),
    /// None is known.
    Unknown,
}

/// Figures of histograms are alike within this share.
pub(super) const ALIKE: f64 = 0.01;
/// Waits of one run depend on each other, so p99 of a queue is known no better than this from one
/// run; with other seeds the twin has a range for it.
const QUEUE: f64 = 0.25;
/// Fewer holds than this leave their mean open.
const FEW: u64 = 100;
/// A figure without an interval is taken to be known within this share.
const FEW_PER_CENT: f64 = 0.05;
/// Handing out a connection takes no longer than this, whatever the load.
const HANDING_OUT: Duration = Duration::from_millis(1);
/// A span shorter than this many relaxation times shows how the pool began as much as how it is.
const SHORT: f64 = 10.0;

/// What bears on a difference between a number and what was expected of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Judge<'a> {
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

impl Judge<'_> {
    /// A number at nominal times beside the one of the twin; `measured` is at the clock of the run.
    pub(super) fn beside(&self, twin: Reading, nominal: Reading, measured: Reading) -> Agreement {
        match (twin, nominal, measured) {
            (Reading::Time(twin, _), Reading::Time(..), Reading::Time(measured, _)) => {
                self.time_beside(twin, measured)
            }
            (Reading::Figure(twin), Reading::Figure(nominal), _) if alike(twin, nominal) => Agreement::Agrees,
            (Reading::Figure(_), Reading::Figure(nominal), _) => Agreement::Differs(self.of_figure(nominal)),
            // A metric has one unit, so these are never beside each other.
            _ => Agreement::Unknown,
        }
    }

    /// A number at the clock of the run beside the twin's range over other seeds.
    pub(super) fn within(&self, (low, high): (f64, f64), measured: Reading) -> Agreement {
        let value = measured.number();
        let slack = ALIKE * value.abs();
        if (low - slack..=high + slack).contains(&value) {
            return Agreement::Agrees;
        }
        match measured {
            Reading::Time(..) if value > high => {
                self.longer(Duration::try_from_secs_f64(value - high).unwrap_or_default())
            }
            _ => Agreement::Differs(self.rest()),
        }
    }

    /// A wait ÷ time scale is too long by the overhead in it, so waits are compared at the clock of the
    /// run.
    fn time_beside(&self, twin: Known, measured: Known) -> Agreement {
        let none = Scaled { measured: Duration::ZERO, nominal: Duration::ZERO };
        let Scaled { measured: own, nominal } = self.own.unwrap_or(none);
        let expected = twin.map(|time| self.scale.scaled(time.saturating_sub(nominal)) + own.min(time));
        let (low, high) = (expected.at_least(), measured.at_least());
        let slack = high.max(low).mul_f64(QUEUE);
        match (expected, measured) {
            (Known::MoreThan(_), Known::MoreThan(_)) => return Agreement::Agrees,
            // A lower bound says nothing of what lies above it.
            (Known::Exactly(_), Known::MoreThan(_)) if low + slack >= high => return Agreement::Agrees,
            _ => {}
        }
        if high + slack < low {
            return Agreement::Differs(self.rest());
        }
        match high.saturating_sub(low) {
            over if over <= slack => Agreement::Agrees,
            over => self.longer(over),
        }
    }

    /// A wait that is this much longer than expected.
    fn longer(&self, over: Duration) -> Agreement {
        let (handing_out, late) = (handing_out(self.wait), self.lane.late());
        match over {
            over if over <= HANDING_OUT => Agreement::ButForHandingOut(over),
            over if over <= HANDING_OUT + handing_out => Agreement::Differs(Cause::HandingOut(handing_out)),
            over if over <= HANDING_OUT + handing_out + late => Agreement::Differs(Cause::Lateness(late)),
            _ => Agreement::Differs(self.rest()),
        }
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
    pub(super) fn theory_beside(&self, theory: Reading, twin: Reading, nominal: Reading) -> Option<Cause> {
        match (theory, twin, nominal) {
            (Reading::Figure(theory), _, Reading::Figure(nominal)) => {
                let off = off(theory.unit, theory.value, nominal.value);
                let open = off > FEW_PER_CENT && !alike(theory, nominal);
                open.then(|| self.overhead(off).unwrap_or_else(|| self.of_figure(nominal)))
            }
            (Reading::Time(theory, _), Reading::Time(twin, _), _) => {
                let (theory, twin) = (theory.at_least(), twin.at_least());
                let short = self.relaxations.filter(|times| *times < SHORT)?;
                (theory.abs_diff(twin) > theory.max(twin).mul_f64(QUEUE)).then_some(Cause::Transient(short))
            }
            _ => None,
        }
    }

    /// Why theory lies outside the range of the twin; nothing where it does not.
    pub(super) fn theory_within(&self, (low, high): (f64, f64), theory: f64, trust: Trust) -> Option<Cause> {
        let slack = ALIKE * theory.abs() + 1e-6;
        if (low - slack..=high + slack).contains(&theory) {
            return None;
        }
        let short = self.relaxations.filter(|times| *times < SHORT);
        Some(short.map_or(Cause::Formula(trust), Cause::Transient))
    }

    /// Overhead of holds, if it is at least half of such a difference, or what makes it.
    fn overhead(&self, off: f64) -> Option<Cause> {
        let hold = self.lane.hold.as_ref()?;
        // Overhead does not scale, so at nominal times it is beside a longer hold.
        let planned = self.scale.nominal(hold.planned_each);
        let overhead = hold.overhead.filter(|overhead| *overhead > planned.mul_f64(off / 2.0))?;
        let held_up = self.lane.server.and_then(|server| server.held_up());
        Some(held_up.map_or(Cause::Overhead(overhead), Cause::LockWaits))
    }
}

impl LaneSummary {
    /// How much of a long wait may be no waiting for a connection: handing it out, and our own lateness. Nothing
    /// in virtual time, where nobody is late.
    pub(super) fn in_a_wait(&self, wait: Option<WaitSummary>) -> Duration {
        match self.late() {
            Duration::ZERO => Duration::ZERO,
            late => HANDING_OUT + handing_out(wait) + late,
        }
    }

    /// How late our own driver and timer seldom are.
    fn late(&self) -> Duration {
        // p99 of a sum is made of what its parts seldom are: each may be rarer than one in a hundred.
        [self.lag, self.timer_error].into_iter().flatten().map(|late| late.p999).sum()
    }
}

/// p99 of what handing out a connection takes beside waiting for one.
fn handing_out(wait: Option<WaitSummary>) -> Duration {
    let parts = wait.map(|wait| wait.parts);
    let parts = parts.map(|parts| [parts.create, parts.recycle].into_iter().flatten());
    parts.map_or(Duration::ZERO, |parts| parts.map(|part| part.p99).max().unwrap_or_default())
}

/// Whether a wait that was claimed is the one that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ClaimedWait {
    /// It is.
    Same,
    /// It is as far as p99 of one run is known.
    Near,
    /// Both are less than what handing out a connection and our own lateness take, or the measured one is known
    /// only as a lower bound.
    Untellable,
    /// It is another.
    Another,
}

impl Judge<'_> {
    /// A claimed wait beside the measured one, both at the clock of the run.
    pub(super) fn claimed_wait(&self, claimed: Duration, measured: Known) -> ClaimedWait {
        let time = match measured {
            Known::Exactly(time) => time,
            Known::MoreThan(bound) if claimed < bound => return ClaimedWait::Another,
            Known::MoreThan(_) => return ClaimedWait::Untellable,
        };
        let least = HANDING_OUT + handing_out(self.wait);
        let ours = self.lane.in_a_wait(self.wait).max(least);
        let apart = time.abs_diff(claimed);
        let larger = time.max(claimed);
        if apart <= larger.mul_f64(ALIKE) || (claimed.is_zero() && time <= least) {
            ClaimedWait::Same
        } else if apart <= larger.mul_f64(QUEUE) {
            ClaimedWait::Near
        } else if larger <= ours || (time > claimed && apart <= ours) {
            // The wait itself may be anything down to the measured one less what is ours.
            ClaimedWait::Untellable
        } else {
            ClaimedWait::Another
        }
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
pub(super) fn off(unit: Unit, a: f64, b: f64) -> f64 {
    let (a, b) = if unit == Unit::Share && b > 0.5 { (1.0 - a, 1.0 - b) } else { (a, b) };
    // Both nothing are alike.
    if a == b { 0.0 } else { ((a - b) / a.abs().max(b.abs())).abs() }
}

#[cfg(test)]
mod tests;
