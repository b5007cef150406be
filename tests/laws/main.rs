//! What needs no server: laws, the twin, the renderers, the documents, and the binary where it only computes.
//!
//! One program for all of them, since each program of tests is compiled with the whole library.

mod approximations;
mod architecture;
mod beside;
mod browser;
mod compare;
#[path = "../common/compared.rs"]
mod compared;
mod coverage;
mod docs;
mod drawn;
mod figures;
mod gate;
mod history;
mod hostile;
mod language;
mod report;
mod simulate;
mod theory;
mod twin;
mod twin_lanes;
