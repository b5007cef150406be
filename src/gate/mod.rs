//! IS IT GOOD ENOUGH: objectives, claims and a baseline, from the list of figures to one verdict.
//!
//! The gate reads [`Sheet`]s: the figures of a run with its conditions, whether they come from a record of
//! today or from a baseline of last year. It knows no record, no sentence and no server.
//!
//! Three things are asked, and each can only be answered by pass, fail, or "cannot be told":
//!
//! * **Objectives** and claims are absolute. So are failures that no scenario asks for: none is allowed.
//! * **Structure** ([`STRUCTURE`]) is what carries no noise: how many connections and transactions a request
//!   takes, and how much of the hold is idle. It is compared with the baseline within an absolute bound.
//! * **Times** carry noise, so one run against one tells nothing of a few per cent; pairs of runs do
//!   ([`paired`], [`compare`]).

mod baseline;
mod change;
pub mod compare;
pub mod history;
mod judge;
mod objectives;
mod observed;
pub mod paired;
mod several;
mod sheet;
mod structure;

pub use baseline::{BaselineError, decode, encode};
pub use change::{Changed, Changes, changes};
pub use judge::{Against, Asks, Check, Difference, Judgement, Verdict, Why, judge};
pub use observed::{Sight, observed};
pub use several::{NoPairs, judge_pairs};
pub use sheet::{About, Bound, ClaimLine, Ended, Line, Number, Sheet};
pub use structure::{Rule, STRUCTURE, Worse};
