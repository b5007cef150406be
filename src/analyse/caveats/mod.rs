//! What a reader has to know before trusting a figure. A caveat carries its facts; its words say
//! what they mean and what to do.

mod failing;
mod lanes;
mod run;
mod silence;
mod ties;

use std::time::Duration;

use super::{Comparison, Counted, LaneSummary, NestedHolds, Share};
use crate::archive::{Rows, Run};
use crate::itinerary::SessionScope;
use crate::record::{Deadlocks, Imbalance};

pub use failing::{Behind, Failing};

/// A caveat and where it applies.
#[derive(Debug, Clone, PartialEq)]
pub struct Caveat {
    /// What it is, with the facts of the worst case.
    pub what: What,
    /// The lanes it applies to; none when it is about the whole run.
    pub lanes: Vec<Place>,
}

/// Where a lane ran.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The act.
    pub act: Act,
    /// Pool library.
    pub pool: String,
    /// Session scope.
    pub scope: SessionScope,
}

/// One of the acts of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// One request a lane on an idle pool.
    Anatomy,
    /// The open loop.
    SideBySide,
    /// The closed loop.
    Capacity,
}

impl Act {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Anatomy => "anatomy",
            Self::SideBySide => "side-by-side",
            Self::Capacity => "capacity",
        }
    }

    /// The act of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Anatomy, Self::SideBySide, Self::Capacity].into_iter().find(|act| act.name() == name)
    }
}

impl Place {
    pub(super) fn of(act: Act, lane: &LaneSummary) -> Self {
        Self { act, pool: lane.pool.clone(), scope: lane.scope }
    }
}

/// How much a caveat weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The figures cannot be trusted.
    Grave,
    /// It bears on what the figures say.
    Matters,
    /// It is good to know.
    Note,
}

/// What a reader has to know.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// The ledger does not balance.
    LedgerOff(Imbalance),
    /// The database has other rows than the driver counted.
    RowsOff(Rows),
    /// The session scopes of a pool were not offered the same arrivals.
    ArrivalsDiffer,
    /// A request did not make the moves of its itinerary.
    MovesDiffer,
    /// The request of the anatomy failed, in these words.
    AnatomyFailed(String),
    /// The run was stopped before these acts had ended.
    Stopped(Vec<Act>),
    /// A fault ended the run before these acts had ended.
    Failed {
        /// Where the fault was.
        during: String,
        /// The acts in which lanes are missing.
        acts: Vec<Act>,
    },
    /// poolbench was built without optimisation.
    DebugBuild,
    /// Requests were still under way when the drain ended: this share of those due.
    InFlight(Share),
    /// Requests were due and not sent: shed, and still queued at the end.
    NotSent {
        /// Over the in-flight cap, and dropped.
        shed: u64,
        /// Not yet sent when the run ended.
        still_queued: u64,
    },
    /// Requests failed for another reason than the acquire timeout, and not as the scenario asks.
    Failing(Box<Failing>),
    /// So many requests failed as the scenario's fail-share asks.
    FailedAsAsked(u64),
    /// So many jobs of failed requests were marked as failed.
    JobsMarked(u64),
    /// So many jobs were created and rolled back, as their requests failed.
    JobsLost(u64),
    /// The database has other jobs in state FAILED than the driver marked.
    MarksOff {
        /// Commits that marked a job, answered.
        marked: u64,
        /// Rows in that state.
        found: u64,
    },
    /// The server's view was not to be had for a while.
    ServerSilent {
        /// The longest time without a sample.
        lasted: Duration,
        /// When it began, since the start of the act.
        from: Duration,
    },
    /// A pool waited for itself.
    Deadlocked {
        /// How often, and the first time: which pool, when, and who held what.
        deadlocks: Deadlocks,
        /// What pool would not have.
        nested: Option<NestedHolds>,
    },
    /// The share served depends on who comes first at one and the same instant, by more than its interval.
    HangsOnTies {
        /// Served with holds that all take the same time.
        fixed: Share,
        /// The smallest share served with holds that vary by a thousandth and less.
        least: Share,
        /// The largest.
        most: Share,
    },
    /// Our own lateness is not small beside response times.
    LagMatters {
        /// p99 of schedule lag.
        lag: Duration,
        /// The median response time that it is part of.
        response: Duration,
        /// Whose response time that is.
        whose: Whose,
    },
    /// Statements waited for locks: this share of the connections engaged, as the server saw them.
    LockWaits(Share),
    /// Overhead is not small beside holds at the scaled clock.
    OverheadMatters {
        /// Of one hold.
        overhead: Duration,
        /// Overhead ÷ what the plan holds at the scaled clock.
        share: f64,
    },
    /// Requests held connections for less than their steps take, which no run can do.
    HoldTooShort {
        /// Of one request, as measured.
        measured: Duration,
        /// What the plan holds at the scaled clock.
        planned: Duration,
    },
    /// Few requests completed in the measured span.
    FewCompletions(u64),
    /// How many there were is not what their stays add up to: Little's law is broken.
    LittleOff {
        /// Of what.
        of: Counted,
        /// Mean number, counted at every change.
        counted: f64,
        /// Mean number from their stays.
        stayed: f64,
    },
    /// The pool says that it lent another number of connections than the driver counted.
    GaugesDisagree {
        /// Mean by the pool's own word.
        pool: f64,
        /// Mean by the driver's count.
        driver: f64,
    },
    /// The server saw another share of the held connections idle than the driver did.
    ServerDisagrees {
        /// Idle in transaction ÷ engaged, as the server saw it.
        server: Share,
        /// The wasted-hold ratio.
        driver: Share,
    },
    /// The run came near what the driver itself carries here: its figures are tainted by it.
    Tainted {
        /// Requests a second that were due in the busiest lane, at the clock of the run.
        offered: f64,
        /// Requests a second that were sent in it, at the clock of the run.
        driven: f64,
        /// Requests a second that one lane carries on a pool that does nothing.
        carried: f64,
    },
    /// The pool was never short in the first session scope, so there was nothing to mend.
    NeverShort(Share),
    /// The closed loop did not saturate the pool.
    NotSaturated(Share),
    /// The warm-up is shorter than a request.
    WarmUpShort {
        /// Nominal.
        warm_up: Duration,
        /// Nominal.
        request: Duration,
    },
    /// Requests of the warm-up waited for a connection when the measurement began.
    WarmUpBacklog(u64),
    /// No queue server: the queue steps were their delay alone.
    QueueIsDelay,
    /// Postgres ran without these durability settings.
    DurabilityOff(Vec<String>),
    /// There was one run, so that no interval covers what differs from run to run.
    OneRun,
    /// The driver did not come to all that was due; the others are in no figure.
    ArrivalsCut {
        /// Requests a second that were due in the lane that missed most, at the clock of the run.
        offered: f64,
        /// How many that is until the load ended, expected by the rate.
        due: u64,
        /// How many of them the driver came to.
        scheduled: u64,
    },
    /// The load ended before its time, at another number of arrivals in each session scope, so that
    /// their fingerprints say nothing of each other.
    ArrivalsNotCompared,
    /// The twin draws other arrivals from the plan than the run had.
    TwinArrivals,
    /// It draws so many more or fewer that the run was not of this plan.
    LoadNotAsPlanned {
        /// Requests that were due in a lane.
        due: u64,
        /// Requests that the plan has.
        planned: u64,
    },
}

/// Whose response time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Of requests.
    Requests,
    /// Of the cheap queries of others.
    Bystanders,
}

/// Overhead from this share of the hold on changes what the measured figures say.
const MUCH: f64 = 0.2;
/// Fewer completions than this leave hardly a figure.
const VERY_FEW: u64 = 20;

impl Caveat {
    fn run(what: What) -> Self {
        Self { what, lanes: Vec::new() }
    }

    /// How much it weighs.
    #[must_use]
    pub fn weight(&self) -> Weight {
        match self.what {
            What::LedgerOff(_) | What::RowsOff(_) | What::ArrivalsDiffer | What::MovesDiffer => Weight::Grave,
            What::MarksOff { .. } => Weight::Grave,
            What::JobsMarked(_) => Weight::Note,
            What::LittleOff { .. } | What::Tainted { .. } | What::ArrivalsCut { .. } => Weight::Grave,
            What::AnatomyFailed(_) => Weight::Grave,
            What::HoldTooShort { .. } | What::LoadNotAsPlanned { .. } => Weight::Grave,
            What::Failing(ref failing) if failing.is_accident() => Weight::Grave,
            What::OverheadMatters { share, .. } if share < MUCH => Weight::Note,
            What::FewCompletions(count) if count >= VERY_FEW => Weight::Note,
            What::DurabilityOff(_) | What::OneRun | What::WarmUpBacklog(_) => Weight::Note,
            What::ArrivalsNotCompared => Weight::Note,
            _ => Weight::Matters,
        }
    }
}

/// All caveats of a run, the weightiest first.
pub(super) fn caveats(record: &Run, side_by_side: &[Comparison], capacity: &[Comparison]) -> Vec<Caveat> {
    let mut found = run::find(record);
    found.extend(lanes::find(record, side_by_side, capacity));
    found.sort_by_key(Caveat::weight);
    found
}

/// A lane with its place.
type Placed<'a> = (Place, &'a LaneSummary);

fn placed<'a>(act: Act, comparisons: &'a [Comparison]) -> impl Iterator<Item = Placed<'a>> {
    comparisons.iter().flat_map(|pool| &pool.lanes).map(move |lane| (Place::of(act, lane), lane))
}
