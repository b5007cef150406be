//! Whether two time scales agree, and why.

use super::numbers::why_none;
use super::unsound;
use crate::analyse::{ProofFinding, ProofVerdict};
use crate::report::lang::{say, word};
use crate::units;

/// `agree: …`, `differ: …` or `not known: …`.
pub(in crate::report) fn proof(finding: &ProofFinding) -> String {
    let word = match finding.verdict() {
        ProofVerdict::Agree => word("agree"),
        ProofVerdict::Differ => word("differ"),
        ProofVerdict::Unknown => word("not known"),
    };
    format!("{word}: {}", reason(finding))
}

fn reason(finding: &ProofFinding) -> String {
    match finding {
        ProofFinding::Overlap => word("their 95 % intervals overlap").into(),
        ProofFinding::Apart => {
            word("their 95 % intervals are apart: look at the schedule lag and the overhead of both").into()
        }
        ProofFinding::NoInterval(doubt) => why_none(*doubt),
        ProofFinding::Fit { nominal, overhead, planned, .. } => say!(
            "both fit a hold of {nominal} nominal and an overhead of {overhead}; planned {planned}",
            nominal = units::time(*nominal),
            overhead = units::time(*overhead),
            planned = units::time(*planned)
        ),
        ProofFinding::Within(allowed) => {
            say!("within {allowed} of each other, 5 % of a hold", allowed = units::time(*allowed))
        }
        ProofFinding::WaitsApart(apart) => say!(
            "{apart} apart: the larger scale has less overhead in it, and one run has no interval for a quantile",
            apart = units::time(*apart)
        ),
        ProofFinding::OneIsABound => word("one of them is only known as a lower bound").into(),
        ProofFinding::Unsound(why) => unsound(why),
    }
}
