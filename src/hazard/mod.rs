//! WHAT GOES WRONG: hazards of pools as small scenarios, what must be true after each, and how long a lane
//! takes to recover. What breaks the servers is somebody else's; here is only what is to be broken, when,
//! and what follows.

mod judge;
mod list;
mod recovery;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use judge::{Check, Finding, Holds, LaneFindings, judge};
pub use list::{HAZARDS, Hazard, UnknownHazard};
pub use recovery::Recovery;

use crate::itinerary::SessionScope;
use crate::plan::{Misuse, Plan};

/// One run of a hazard.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What it shows, in a few words.
    pub shows: String,
    /// What is run: the open loop, at nominal times.
    pub plan: Plan,
    /// What is done to the servers.
    pub trouble: Trouble,
    /// What somebody else in the application does with the pools.
    pub misuse: Option<Misuse>,
    /// From when to when the load or the server is in trouble, as planned, from the start of the act. What
    /// takes its own time ends later.
    pub planned: (Duration, Duration),
    /// Settings of every connection, by name and value.
    pub settings: &'static [(&'static str, &'static str)],
    /// What must be true, beside what must be true after every hazard.
    pub expects: Vec<(SessionScope, Expect)>,
    /// Whether a lane is to recover within the run.
    pub lasts: Lasts,
}

/// What is done to the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing: the load or the settings are the trouble.
    None,
    /// Every connection of poolbench is terminated, as an administrator does.
    Terminate,
    /// The Postgres is stopped and started again.
    Restart,
    /// The Redis answers nobody for so long, and then goes on.
    HangQueue(Duration),
}

/// Whether a trouble ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// It is over some time before the end of the measured span.
    Over,
    /// It is there to the end.
    ToTheEnd,
}

/// What must be true of the lanes of a session scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Every request completes.
    AllComplete,
    /// No request waits in vain for a connection.
    NoneTimesOut,
    /// Some do.
    SomeTimeOut,
    /// None completes until one of them has waited in vain: the pool deadlocks on itself.
    HangsUntilTimeout,
    /// Some requests fail in a statement, a commit or the queue, or get no connection.
    SomeFail,
    /// No request completes.
    NoneCompletes,
    /// At most as many fail as there are connections and requests in flight, which were cut off.
    FewFail,
}
