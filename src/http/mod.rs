//! THE SERVICE BEHIND AN ADDRESS: sends one request over HTTP/1.1 and tells what came of it.
//!
//! It knows neither when requests are due nor what is asked of them: the load says when, and the scenario
//! which answers are a success. Connections are kept and used again, the one that was used last first, so no
//! more are open than requests were ever in flight at once.

mod call;
mod client;
mod place;

pub use call::{Call, CallError};
pub use client::{Answer, Client, Fault};
pub use place::{Place, PlaceError, Reach};
