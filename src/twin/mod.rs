//! The twin: what a pool does under a load, played in virtual time. No server, no clock, no waiting;
//! one seed gives one history on any machine.

pub mod engine;
