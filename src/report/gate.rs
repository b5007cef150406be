//! What the gate says, for people and for CI.

mod github;
mod json;
mod junit;
mod markdown;
mod rows;
mod table;
mod terminal;
mod trackers;

pub use github::github;
pub use json::{VERSION, json};
pub use junit::junit;
pub(super) use markdown::escaped;
pub use markdown::markdown;
pub(super) use table::table;
pub use terminal::terminal;
pub use trackers::{bencher, smaller_is_better};
