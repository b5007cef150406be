//! WHAT ONE REQUEST DOES: session scope × workload → moves, and all that follows from the moves.
//!
//! An [`Itinerary`] is driven for real, simulated, computed and shown from the same list of
//! [`Move`]s. Nothing here knows a clock, a driver or a runtime: times are nominal.

mod failing;
mod law;
mod own;
mod price;
mod scope;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

pub use failing::{Failing, MARK_FAILED};
pub use law::{TimeDraw, TimeLaw, UnknownLaw, Varies, mean_of};
pub use own::{OwnScope, OwnScopeError, OwnScopeFault};
pub use price::{Compensation, Price, Remains};
pub use scope::{SCOPES, SessionScope, UnknownScope};
pub use table::{ConnectionUse, PhaseRow, phase_table};

/// What a step of a workload does, and so whether it needs a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepKind {
    /// Statements on the database; one repository method, atomic.
    Sql,
    /// Handing work to a queue, and waiting until the queue took it.
    Queue,
    /// Any other time outside the database, in which the service waits for something.
    Work,
    /// Work that keeps a processor of the service busy.
    Compute,
}

impl StepKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sql, Self::Queue, Self::Work, Self::Compute];

    /// The word for it in scenario files and tables.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sql => "sql",
            Self::Queue => "queue",
            Self::Work => "work",
            Self::Compute => "compute",
        }
    }
}

/// One step of a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What the scenario calls it.
    pub name: String,
    /// What it does.
    pub kind: StepKind,
    /// How long it takes, nominal; the mean where that varies.
    pub time: Duration,
    /// How its time varies from request to request.
    pub law: TimeLaw,
    /// Whether it creates the job of the request.
    pub creates: Creates,
}

/// Whether committing what a step did adds a row to the job table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Creates {
    /// One row of the job table.
    Job,
    /// No row of it.
    Nothing,
}

/// What one request has to do, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// The steps; at least one.
    pub steps: Vec<Step>,
}

impl Workload {
    /// The time of one request without any waiting, nominal; the mean where it varies.
    #[must_use]
    pub fn request_time(&self) -> Duration {
        self.steps.iter().map(|step| step.time).sum()
    }

    /// Processor time of the service that one request takes, nominal; the mean where it varies.
    #[must_use]
    pub fn computing(&self) -> Duration {
        self.steps.iter().filter(|step| step.kind == StepKind::Compute).map(|step| step.time).sum()
    }

    /// Whether requests differ in their times.
    #[must_use]
    pub fn varies(&self) -> Varies {
        let any = self.steps.iter().any(|step| step.law.varies() == Varies::Yes && !step.time.is_zero());
        if any { Varies::Yes } else { Varies::No }
    }
}

/// One thing that a request does. `Perform` holds the index of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Move {
    /// Ask the pool for a connection and wait for it.
    Acquire,
    /// Open a transaction on the connection held.
    Begin,
    /// Do the step with this index.
    Perform(usize),
    /// Set the state of the job to FAILED, with the words of the error.
    MarkFailed,
    /// Commit the open transaction.
    Commit,
    /// Give up the open transaction.
    Rollback,
    /// Give the connection back.
    Release,
}

impl Move {
    /// Whether a plan gives it a time of its own. The others take as long as the pool and the server
    /// need for them.
    #[must_use]
    pub fn takes_time(self) -> bool {
        matches!(self, Self::Perform(_) | Self::MarkFailed)
    }
}

/// The moves of one request under one session scope.
#[derive(Debug, Clone, PartialEq)]
pub struct Itinerary {
    scope: SessionScope,
    workload: Arc<Workload>,
    moves: Vec<Move>,
}

impl Itinerary {
    /// Applies a session scope to a workload.
    #[must_use]
    pub fn new(scope: SessionScope, workload: Arc<Workload>) -> Self {
        let moves = scope.moves(&workload);
        Self { scope, workload, moves }
    }

    /// The session scope.
    #[must_use]
    pub fn scope(&self) -> SessionScope {
        self.scope
    }

    /// The workload.
    #[must_use]
    pub fn workload(&self) -> &Workload {
        &self.workload
    }

    /// The moves, in order.
    #[must_use]
    pub fn moves(&self) -> &[Move] {
        &self.moves
    }

    /// Each move with its nominal time and the connections held while it lasts.
    pub fn timed(&self) -> impl Iterator<Item = TimedMove> + '_ {
        let mut held = 0_u32;
        let mut at = Duration::ZERO;
        self.moves.iter().map(move |&step| {
            let lasts = match step {
                Move::Perform(index) => self.workload.steps[index].time,
                Move::MarkFailed => MARK_FAILED,
                _ => Duration::ZERO,
            };
            match step {
                Move::Acquire => held += 1,
                Move::Release => held -= 1,
                _ => {}
            }
            let timed = TimedMove { step, starts: at, lasts, held };
            at += lasts;
            timed
        })
    }

    /// Connection time that one request takes, nominal: each connection held counts.
    #[must_use]
    pub fn hold_time(&self) -> Duration {
        self.timed().map(|timed| timed.lasts * timed.held).sum()
    }

    /// The part of [`hold_time`](Self::hold_time) in which SQL runs.
    #[must_use]
    pub fn busy_hold(&self) -> Duration {
        self.timed().filter(|timed| self.is_sql(timed.step)).map(|timed| timed.lasts).sum()
    }

    /// The part of [`hold_time`](Self::hold_time) in which no SQL runs: the waste.
    #[must_use]
    pub fn idle_hold(&self) -> Duration {
        self.hold_time().saturating_sub(self.busy_hold())
    }

    /// Each hold of a connection, in the order in which they begin. SQL runs on the connection that
    /// was acquired last.
    #[must_use]
    pub fn holds(&self) -> Vec<PlannedHold> {
        let (mut holds, mut open): (Vec<PlannedHold>, Vec<usize>) = (Vec::new(), Vec::new());
        for timed in self.timed() {
            if let Some(innermost) = open.last() {
                holds[*innermost].transactions.note(timed.step);
            }
            match timed.step {
                Move::Acquire => {
                    open.push(holds.len());
                    holds.push(PlannedHold::default());
                }
                Move::Release => drop(open.pop()),
                _ => {}
            }
            for hold in &open {
                holds[*hold].lasts += timed.lasts;
                holds[*hold].variance += self.variance(&timed);
                holds[*hold].computing +=
                    if self.computes(timed.step) { timed.lasts } else { Duration::ZERO };
            }
            if let Some(innermost) = open.last().filter(|_| self.is_sql(timed.step)) {
                holds[*innermost].busy += timed.lasts;
            }
        }
        holds
    }

    /// The most connections that one request holds at once.
    #[must_use]
    pub fn most_held(&self) -> u32 {
        self.timed().map(|timed| timed.held).max().unwrap_or(0)
    }

    /// Whether it takes a connection while it holds one.
    #[must_use]
    pub fn nests(&self) -> Nests {
        if self.timed().any(|timed| timed.held > 1) { Nests::Yes } else { Nests::No }
    }

    /// How often one request asks the pool for a connection.
    #[must_use]
    pub fn acquisitions(&self) -> u32 {
        self.moves.iter().filter(|step| matches!(step, Move::Acquire)).count() as u32
    }

    /// The moves as text: `acquire begin create_job commit release …`.
    #[must_use]
    pub fn spelled(&self) -> String {
        let words: Vec<&str> = self.moves.iter().map(|&step| self.word(step)).collect();
        words.join(" ")
    }

    /// The word for one move: the step's own name for a step.
    #[must_use]
    pub fn word(&self, step: Move) -> &str {
        match step {
            Move::Acquire => "acquire",
            Move::Begin => "begin",
            Move::Perform(index) => &self.workload.steps[index].name,
            Move::MarkFailed => "mark_failed",
            Move::Commit => "commit",
            Move::Rollback => "rollback",
            Move::Release => "release",
        }
    }

    /// Variance of the time of a move, in seconds².
    fn variance(&self, timed: &TimedMove) -> f64 {
        match timed.step {
            Move::Perform(index) => {
                self.workload.steps[index].law.variability() * timed.lasts.as_secs_f64().powi(2)
            }
            _ => 0.0,
        }
    }

    fn computes(&self, step: Move) -> bool {
        matches!(step, Move::Perform(index) if self.workload.steps[index].kind == StepKind::Compute)
    }

    fn is_sql(&self, step: Move) -> bool {
        match step {
            Move::Perform(index) => self.workload.steps[index].kind == StepKind::Sql,
            Move::MarkFailed => true,
            _ => false,
        }
    }
}

/// Whether a request takes a connection while it holds one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nests {
    /// It holds at most one.
    No,
    /// It holds several at once, and a pool can deadlock on it.
    Yes,
}

/// One hold of a connection, nominal.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct PlannedHold {
    /// From acquired to released; the mean where that varies.
    pub lasts: Duration,
    /// Variance of that, in seconds².
    pub variance: f64,
    /// The part in which SQL runs on this connection.
    pub busy: Duration,
    /// The part in which a processor of the service computes; waiting for one makes the hold longer.
    pub computing: Duration,
    /// What becomes of its transactions.
    pub transactions: HoldTransactions,
}

impl PlannedHold {
    /// Whether requests differ in it: it has times that vary, or waits for a processor.
    #[must_use]
    pub fn varies(&self) -> Varies {
        if self.variance > 0.0 || !self.computing.is_zero() { Varies::Yes } else { Varies::No }
    }
}

/// What becomes of the transactions of a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HoldTransactions {
    /// How many are committed.
    pub committed: u32,
    /// How many are rolled back.
    pub rolled_back: u32,
    /// How many of those that are committed mark a job as failed.
    pub marks: u32,
    /// Whether one is open at this place.
    open: bool,
    /// How many are committed and rolled back where the request waits in vain for its next connection,
    /// the first one that it asks for within this hold.
    given_up: Option<(u32, u32)>,
}

impl HoldTransactions {
    /// Of a hold without a transaction.
    pub const NONE: Self = Self { committed: 0, rolled_back: 0, marks: 0, open: false, given_up: None };

    fn note(&mut self, step: Move) {
        match step {
            Move::Begin => self.open = true,
            Move::Commit => {
                self.committed += 1;
                self.open = false;
            }
            Move::Rollback => {
                self.rolled_back += 1;
                self.open = false;
            }
            Move::MarkFailed => self.marks += 1,
            Move::Acquire => {
                self.given_up.get_or_insert((self.committed, self.rolled_back + u32::from(self.open)));
            }
            Move::Perform(_) | Move::Release => {}
        }
    }

    /// How many are committed and rolled back where the request waits in vain for another connection
    /// within this hold. What is open then goes.
    #[must_use]
    pub fn when_given_up(&self) -> (u32, u32) {
        self.given_up.unwrap_or((self.committed, self.rolled_back + u32::from(self.open)))
    }
}

/// A move with its place in nominal time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimedMove {
    /// The move.
    pub step: Move,
    /// When it starts, from the start of the request, if nothing ever waits.
    pub starts: Duration,
    /// How long it lasts.
    pub lasts: Duration,
    /// Connections held while it lasts.
    pub held: u32,
}
