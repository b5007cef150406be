//! What the gate says, for people and for CI.

mod rows;
mod terminal;

pub use terminal::terminal;
