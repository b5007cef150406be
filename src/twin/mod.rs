//! THE TWIN: the same itineraries in virtual time. No server, no clock, no waiting; one seed gives one
//! history on any machine.
//!
//! [`Stage`] reads a stored plan and makes [`Lane`]s of it, offered the very arrivals that a real run
//! of the plan is offered; [`Lane::play`] answers the same tape that a real lane leaves.

mod crowd;
pub mod engine;
mod failing;
mod follow;
mod kinds;
mod lane;
mod measured;
mod moves;
mod rounds;
mod slots;
mod span;
mod stage;
mod tape_writer;

pub use failing::{AskedFailures, FailingStep};
pub use kinds::{OtherKind, OtherKinds};
pub use lane::{ClosedLoad, HoldLaw, Lane, LaneLoad, Others, PlayedLane, TwinError};
pub use stage::{SideBySide, Stage};
