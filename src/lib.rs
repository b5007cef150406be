//! poolbench shows what it costs to hold a database connection across slow work.
//!
//! A **scenario** says what someone wants to know. A **workload** says what one request has to
//! do. A **session scope** says when the request holds a connection. Scope applied to workload
//! gives an **itinerary**, which is driven for real against a pool, **recorded**, **archived**,
//! **analysed** and **shown**:
//!
//! ```text
//! scenario → itinerary → load (scope × pool × queue) → record → archive → analyse → report
//!                     ↘ twin (virtual time)  ↗
//!                     ↘ theory (closed form) ↗
//! ```

pub mod analyse;
pub mod archive;
pub mod arrivals;
pub mod calibrate;
pub mod cli;
pub mod files;
pub mod inert;
pub mod itinerary;
pub mod jobs;
pub mod load;
pub mod plan;
pub mod pool;
pub mod provision;
pub mod queue;
pub mod record;
pub mod report;
pub mod run;
pub mod scenario;
pub mod target;
pub mod theory;
pub mod twin;
pub mod units;
