//! Claims about a service of which only the answers are seen.

use super::{Because, ClaimVerdict, Outcome, nearness, numbers};
use crate::analyse::{Figure, Range, Unit};
use crate::scenario::{Claim, ClaimMeasure};

/// What is held and waited for inside is not visible. Throughput is, but not whether the service was saturated:
/// the number claimed may be shown, and another one says nothing against it.
pub(super) fn test(claim: &Claim, measure: ClaimMeasure, figures: &[(&str, &Figure)]) -> Outcome {
    if measure != ClaimMeasure::ThroughputRatio {
        return (ClaimVerdict::NotMeasured, Because::NotVisible);
    }
    let measured = numbers(figures, |figure| figure.measured.as_ref().ok());
    let Some(range) = Range::of(&measured, Unit::Factor) else {
        return (ClaimVerdict::NotMeasured, Because::NoCapacity);
    };
    let near = nearness(Unit::Factor, claim.expect, measured);
    let verdict = match near.verdict() {
        ClaimVerdict::Fails => ClaimVerdict::NotMeasured,
        verdict => verdict,
    };
    (verdict, Because::Answered { near, measured: range })
}
