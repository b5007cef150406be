//! SHOW IT: what a record says, for people and for other programs.

pub mod chart;
