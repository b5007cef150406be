//! What needs servers: pools, lanes, the service and the tap, on PostgreSQL and Redis that the tests start.
//!
//! One program for all of them, since each program of tests is compiled with the whole library.

mod calibrate;
#[path = "../common/mod.rs"]
mod common;
mod compare;
#[path = "../common/compared.rs"]
mod compared;
mod end_to_end;
mod failing;
mod faults;
mod guest;
mod hazard;
mod hot_rows;
mod http;
mod on_a_terminal;
mod pool_contract;
mod provision;
mod serve;
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#[path = "../common/servers.rs"]
mod servers;
mod tap;
#[path = "../common/terminal.rs"]
mod terminal;
mod tls;
mod workflow;
