//! Engines that play requests on pools of connections in virtual time.
//!
//! An [`EnginePlan`] says what is played, a [`Seed`] which of the histories that chance allows, and a [`Sink`]
//! is told what happens. [`play`] takes the fastest path that the plan allows; all give the same
//! history, to the nanosecond.
//!
//! | path | plays | state |
//! |---|---|---|
//! | ring | one hold in each request, all of one time but for those of none | 8 bytes a connection |
//! | FIFO | one hold in each request | 16 bytes a connection |
//! | general | several and nested holds, failures, closed loops, routing by load, an in-flight cap | some 80 bytes a request in flight |
//!
//! Connections go to whoever has waited longest. A request sends all its holds to one pool.

mod arrivals;
mod code;
mod deadlock;
mod fifo;
mod free;
mod general;
mod law;
mod plan;
mod program;
mod requests;
mod round;
mod route;
mod run;
mod seed;
mod sim_time;
mod sink;
mod timers;
mod work;
mod ziggurat;

pub use deadlock::{Deadlock, Holder};
pub use law::{Bin, Law, LawError};
pub use plan::{EnginePlan, InFlightCap, PlanError, RequestClass, RequestSource};
pub use program::{Program, ProgramBranch, ProgramError, ProgramMove};
pub use round::Round;
pub(super) use round::{Block, ROUND};
pub use run::{Ended, Engine, PlayError, engine, play, play_events, play_parallel};
pub use seed::Seed;
pub use sim_time::SimTime;
pub use sink::{Merge, NotSent, PlayedOutcome, RequestRef, Sink};
