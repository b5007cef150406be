//! IS IT GOOD ENOUGH: from figures to a verdict.
//!
//! Nothing here runs a load, reads a clock or writes a word for people.

pub mod compare;
pub mod paired;
