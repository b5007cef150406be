//! Whether two time scales agree, and why.

use super::numbers::why_none;
use super::unsound;
use crate::analyse::{ProofFinding, ProofVerdict};
use crate::units;

/// `agree: …`, `differ: …` or `not known: …`.
pub(in crate::report) fn proof(finding: &ProofFinding) -> String {
    let word = match finding.verdict() {
        ProofVerdict::Agree => "agree",
        ProofVerdict::Differ => "differ",
        ProofVerdict::Unknown => "not known",
    };
    format!("{word}: {}", reason(finding))
}

fn reason(finding: &ProofFinding) -> String {
    match finding {
        ProofFinding::Overlap => "their 95 % intervals overlap".into(),
        ProofFinding::Apart => {
            "their 95 % intervals are apart: look at the schedule lag and the overhead of both".into()
        }
        ProofFinding::NoInterval(doubt) => why_none(*doubt),
        ProofFinding::Fit { nominal, overhead, planned, .. } => format!(
            "both fit a hold of {} nominal and an overhead of {}; planned {}",
            units::time(*nominal),
            units::time(*overhead),
            units::time(*planned)
        ),
        ProofFinding::Within(allowed) => {
            format!("within {} of each other, 5 % of a hold", units::time(*allowed))
        }
        ProofFinding::WaitsApart(apart) => format!(
            "{} apart: the larger scale has less overhead in it, and one run has no interval for a quantile",
            units::time(*apart)
        ),
        ProofFinding::OneIsABound => "one of them is only known as a lower bound".into(),
        ProofFinding::Unsound(why) => unsound(why),
    }
}
