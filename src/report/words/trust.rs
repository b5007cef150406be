//! How far to believe a formula.

use crate::report::lang::{heard, say};
use crate::theory::Trust;

/// As the end of a sentence that begins with the formula.
pub(in crate::report) fn trust(trust: Trust) -> String {
    match trust {
        Trust::Within(share) => say!("within {share} of simulation", share),
        Trust::Guide(doubt) => say!("a guide only: {doubt}; simulate", doubt = heard(&doubt.to_string())),
        Trust::Exact | Trust::Idle => heard(&trust.to_string()).to_owned(),
    }
}
