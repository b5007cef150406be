//! Claims that follow from how much shorter a request holds a connection: hold time, requests a connection
//! carries, and connections' worth are one ratio, read three ways.

use super::{Because, ClaimVerdict, Nearness, Outcome, Reading, ScaledIsOff, nearness, numbers};
use crate::analyse::{Figure, Range};
use crate::scenario::Claim;

pub(super) fn test(claim: &Claim, figures: &[(&str, &Figure)]) -> Outcome {
    let nominal = numbers(figures, Figure::at_nominal);
    let planned = figures.iter().find_map(|(_, figure)| figure.at_nominal()?.theory);
    let shown = planned.and_then(|planned| Range::of(&nominal, planned.figure()?.unit));
    let (Some(planned), Some(shown)) = (planned.and_then(Reading::figure), shown) else {
        return (ClaimVerdict::NotMeasured, Because::NoHoldSeen);
    };
    let near = nearness(claim.expect, nominal.iter().copied());
    let verdict = near.verdict().unwrap_or_else(|| match nearness(planned.value, nominal.iter().copied()) {
        Nearness::Off => ClaimVerdict::Fails,
        _ => ClaimVerdict::Qualified,
    });
    let scaled = numbers(figures, |figure| figure.measured.as_ref().ok());
    let scaled_is_off = match nearness(planned.value, scaled) {
        Nearness::Off => ScaledIsOff::Yes,
        _ => ScaledIsOff::No,
    };
    (verdict, Because::Hold { near, planned, shown, scaled_is_off })
}
