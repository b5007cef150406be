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
//!
//! # As a library
//!
//! Promised is what is documented here; the changelog says when it changes, and until 1.0 that is a new
//! minor version. What stands in rooms that the documentation does not list may change at any time.
//!
//! * [`scenario::Scenario`] is a file that was read and checked, and [`plan::Plan`] all of it that decides
//!   what is played: whatever follows reads the plan.
//! * [`theory`] computes and [`twin`] plays in virtual time, both without a server:
//!   [`analyse::Sizing::of`] tells the pool that an objective needs, and [`run::simulate`] gives a whole run.
//! * [`run::drive_pool`] drives a pool of your own: any type with the traits [`pool::Pool`] and
//!   [`pool::Session`]. [`run::conduct`] is a whole run on servers.
//! * [`archive::load`] reads a record back as an [`archive::Run`]: the plan, and of each lane a
//!   [`record::Tape`]; [`archive::save`] keeps one. [`analyse::summarise`] makes its figures, and [`report`]
//!   shows them to any writer.
//! * [`tap::Tap`] stands before a Postgres and sees how long an application holds its connections, where it does
//!   nothing with them, and what giving them back there is worth;
//!   [`watch`] puts looks at a live server together.
//! * [`cli::main`] is the command.
//!
//! Their words are in [`units`], [`metric`], [`itinerary`], [`arrivals`] and [`target`].
//!
//! `examples/what_would_this_pool_need.rs` and `examples/drive_my_own_pool.rs` show both uses in full:
//!
//! ```
//! use std::time::Duration;
//!
//! use poolbench::analyse::Sizing;
//! use poolbench::plan::Plan;
//! use poolbench::scenario::Builtin;
//! use poolbench::theory::Objective;
//! use poolbench::twin::HoldLaw;
//! use poolbench::units::Quantile;
//!
//! let scenario = Builtin::named("job-submission").unwrap().scenario().unwrap();
//! let plan = Plan::of(&scenario);
//! let objective = Objective { quantile: Quantile::P99, wait: Duration::from_millis(100) };
//! let sizing = Sizing::of(&plan, objective, &HoldLaw::Fixed).unwrap();
//! let needed: Vec<u32> = sizing.scopes.iter().map(|it| it.smallest.connections.get()).collect();
//! assert_eq!(needed, [971, 11]);
//! ```

// What is promised.
pub mod analyse;
pub mod archive;
pub mod arrivals;
pub mod cli;
pub mod gate;
pub mod itinerary;
pub mod metric;
pub mod plan;
pub mod pool;
pub mod record;
pub mod report;
pub mod run;
pub mod scenario;
pub mod tap;
pub mod target;
pub mod theory;
pub mod twin;
pub mod units;
pub mod watch;

// What only our own tests and benches reach for, each with what for.
// The tests look for characters that a terminal obeys.
#[doc(hidden)]
pub mod hazard;
pub mod inert;
// The benches send requests of their own through the job service; the tests know its failures.
#[doc(hidden)]
pub mod jobs;
// The benches drive lanes of their own.
#[doc(hidden)]
pub mod load;
// The tests and benches start their own servers.
#[doc(hidden)]
pub mod provision;
// Faults of lanes have its words.
#[doc(hidden)]
pub mod http;
// The tests try addresses and servers that are none.
#[doc(hidden)]
pub mod queue;

pub(crate) mod calibrate;
pub(crate) mod files;
pub(crate) mod serve;
