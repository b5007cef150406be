//! A claim, what became of it, and why.

use crate::analyse::Subject;
use crate::metric::Metric;
use std::time::Duration;

use super::Nearness;
use crate::analyse::agreement::{Agreement, Cause};
use crate::analyse::{Estimate, Known, ProofVerdict, Range, Reading, Share, Source, Unsound};
use crate::itinerary::SessionScope;
use crate::scenario::ClaimMeasure;
use crate::units::TimeScale;

/// A claim and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimResult {
    /// Short name: `C1`.
    pub id: String,
    /// The claim as its author wrote it.
    pub says: String,
    /// What number tests it.
    pub measure: ClaimMeasure,
    /// The number that was claimed.
    pub claimed: Reading,
    /// What closed form says of the plan alone, at nominal times; none where no formula is to be
    /// trusted.
    pub theory: Option<Reading>,
    /// What was measured, one a pool library.
    pub findings: Vec<Finding>,
    /// What became of the claim.
    pub verdict: ClaimVerdict,
    /// On what the verdict rests.
    pub because: Because,
}

/// What one pool library showed.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Pool library.
    pub pool: String,
    /// The metric that tests the claim.
    pub metric: Metric,
    /// Of what it was read.
    pub subject: Subject,
    /// At the clock of the run.
    pub measured: Reading,
    /// At nominal times, with overhead counted unscaled.
    pub nominal: Reading,
    /// What the twin shows at nominal times with the holds that were measured; none where it did not play.
    pub twin: Option<Reading>,
    /// Whether run and twin agree.
    pub agreement: Agreement,
    /// Why theory expects another number; none where it expects about this one.
    pub theory_apart: Option<Cause>,
}

impl Finding {
    /// Whether the figure at nominal times is an upper bound: overhead in a wait is multiplied with
    /// it.
    #[must_use]
    pub fn is_bound(&self) -> bool {
        matches!(self.measured, Reading::Time(Known::Exactly(_), _)) && self.measured != self.nominal
    }
}

/// What became of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimVerdict {
    /// It holds, to the digits that were claimed.
    Holds,
    /// It holds within a few per cent.
    Nearly,
    /// The scenario's own steps give another number than was claimed, and the measurement agrees
    /// with the steps.
    Qualified,
    /// It does not hold.
    Fails,
    /// The run cannot tell.
    NotMeasured,
}

impl ClaimVerdict {
    const ALL: [Self; 5] = [Self::Holds, Self::Nearly, Self::Qualified, Self::Fails, Self::NotMeasured];

    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Nearly => "nearly",
            Self::Qualified => "qualified",
            Self::Fails => "fails",
            Self::NotMeasured => "not-measured",
        }
    }

    /// The verdict of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }
}

/// On what a verdict rests.
#[derive(Debug, Clone, PartialEq)]
pub enum Because {
    /// It takes two session scopes to compare.
    OneScope,
    /// No hold of both session scopes was seen to its end.
    NoHoldSeen,
    /// The capacity act did not run with both session scopes.
    NoCapacity,
    /// No request asked for a connection.
    NobodyAsked,
    /// The scenario has no bystanders.
    NoBystanders,
    /// A pool was not in use enough to show its capacity.
    NotSaturated {
        /// Pool library.
        pool: String,
        /// Session scope.
        scope: SessionScope,
        /// How much it was in use.
        utilisation: Share,
    },
    /// A lane shows nothing that could be compared.
    Unsound(Unsound),
    /// The requests went to a service, of which only the answers are seen.
    NotVisible,
    /// Throughput of services under closed loops, of which nobody sees whether they were saturated.
    Answered {
        /// How near to the number claimed.
        near: Nearness,
        /// At the clock of the run.
        measured: Range,
    },
    /// Requests held connections for less than their steps take.
    HoldTooShort {
        /// Pool library.
        pool: String,
        /// Session scope.
        scope: SessionScope,
        /// Mean hold, at the clock of the run.
        measured: Duration,
        /// What the plan holds on average, at the clock of the run.
        planned: Duration,
    },
    /// What was measured is another number, and known so badly that it may be the one claimed.
    Open(Range),
    /// Holds that vary were cut off before their end, the long ones first.
    CutOff {
        /// Pool library.
        pool: String,
        /// Session scope.
        scope: SessionScope,
        /// How many.
        count: u64,
    },
    /// Holds are shorter than planned, and requests gave up between theirs.
    GaveUpBetween {
        /// Pool library.
        pool: String,
        /// Session scope.
        scope: SessionScope,
    },
    /// Overhead is not small beside a hold at the clock of the run.
    MuchOverhead {
        /// Pool library.
        pool: String,
        /// Session scope.
        scope: SessionScope,
        /// Overhead ÷ the planned hold.
        share: f64,
    },
    /// A number that follows from the ratio of holds.
    Hold {
        /// How near the numbers at nominal times are to the one claimed.
        near: Nearness,
        /// What the plan's own steps come to.
        planned: Estimate,
        /// The numbers at nominal times.
        shown: Range,
        /// How the numbers at nominal times were come by.
        ground: Ground,
    },
    /// Throughput at saturation.
    Throughput {
        /// How near to the number claimed.
        near: Nearness,
        /// At the clock of the run.
        measured: Range,
        /// At nominal times, from the holds; none where those are the clock of the run.
        nominal: Option<Range>,
        /// How the numbers at nominal times were come by.
        ground: Ground,
        /// Where the measured numbers come from.
        source: Source,
        /// A pool library whose ratio is not what its holds let expect, and what that is.
        off: Option<(String, f64)>,
    },
    /// Connection time held idle, of as many requests as the claim is of.
    Waste {
        /// How near to the number claimed.
        near: Nearness,
        /// The step without which the claimed number comes out, with its time; none where it takes all of
        /// them.
        left_out: Option<(String, Duration)>,
        /// What the plan's own steps come to.
        planned: Estimate,
        /// Before, at nominal times.
        before: Range,
        /// After, at nominal times.
        after: Range,
        /// How the numbers at nominal times were come by.
        ground: Ground,
    },
    /// Waiting for a connection.
    Wait {
        /// How near to the wait claimed.
        near: WaitNearness,
        /// Shares of the acquires that waited.
        waited: Range,
        /// What counts as having waited, at nominal times.
        longer_than: Duration,
        /// How many acquires timed out after.
        timeouts: u64,
        /// Shares of the requests that timed out before; none where none was due.
        before: Option<Range>,
    },
    /// Bystanders and their answers.
    Bystanders {
        /// How near their wait is to the one claimed.
        near: WaitNearness,
        /// Whether they were blocked before.
        blocked: Blocked,
        /// In the first session scope.
        before: Answers,
        /// In the last one.
        after: Answers,
    },
}

/// How numbers at nominal times were come by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ground {
    /// They were measured: no time was scaled.
    Measured,
    /// They are extrapolated from another clock, at which holds agree with the plan.
    Extrapolated {
        /// Measured time ÷ nominal time.
        scale: TimeScale,
        /// Overhead ÷ the planned hold, where it is largest; none where planned holds vary and overhead
        /// cannot be told from them.
        overhead: Option<f64>,
        /// What a second time scale said of the holds; none where nobody looked.
        proof: Option<ProofVerdict>,
    },
}

/// How near a claimed wait is to the one measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitNearness {
    /// The same.
    Same,
    /// As near as p99 of one run is known.
    Near,
    /// Too small to be told from what handing out a connection and our own lateness take, or cut off.
    Untellable,
    /// Another.
    Another,
}

/// Whether bystanders were blocked in the first session scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocked {
    /// Some got no answer, or it took twice as long as after.
    Yes,
    /// They were not.
    No,
}

/// The answers that bystanders got on all pool libraries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answers {
    /// Shares that got none.
    pub unanswered: Range,
    /// The least and the greatest response time at nominal times; p50 before, p99 after.
    pub response: (Known, Known),
}
