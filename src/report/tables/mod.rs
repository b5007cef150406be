//! The tables of a report, each from the summary; both renderers draw the same ones.

mod capacity;
mod claims;
mod kinds;
mod lanes;
mod ledger;
mod matrix;
mod phases;
mod prediction;
mod price;
mod proof;

use crate::report::lang::word;

pub(super) use capacity::{capacity, capacity_measured};
pub(super) use claims::{APART, claims};
pub(super) use kinds::kinds;
pub(super) use lanes::{measured, side_by_side};
pub(super) use ledger::ledger;
pub(super) use matrix::matrix;
pub(super) use phases::phases;
pub(super) use prediction::prediction;
pub(super) use price::price;
pub(super) use proof::proof;

/// Whether a session scope is the first or the last of the plan.
fn role(index: usize, count: usize) -> &'static str {
    match index {
        0 => word("Before"),
        last if last + 1 == count => word("After"),
        _ => word("Between"),
    }
}
