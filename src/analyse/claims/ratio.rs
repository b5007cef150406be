//! Claims that follow from how much shorter a request holds a connection: hold time, requests a connection
//! carries, and connections' worth are one ratio, read three ways.

use super::{Because, ClaimVerdict, Evidence, Outcome, Reading, leaves_open, nearness, numbers};
use crate::analyse::caveats::Act;
use crate::analyse::{Figure, Range};
use crate::scenario::Claim;

/// True where the holds at the clock of the run are the plan's and their ratio at nominal times is the one
/// claimed; false where either is not; untellable where overhead is not small beside a hold.
pub(super) fn test(claim: &Claim, figures: &[(&str, &Figure)], evidence: &Evidence<'_>) -> Outcome {
    let nominal = numbers(figures, Figure::at_nominal);
    let planned = figures.iter().find_map(|(_, figure)| figure.at_nominal()?.theory);
    let shown = planned.and_then(|planned| Range::of(&nominal, planned.figure()?.unit));
    let (Some(planned), Some(shown)) = (planned.and_then(Reading::figure), shown) else {
        return (ClaimVerdict::NotMeasured, Because::NoHoldSeen);
    };
    let ground = match evidence.ground(Act::SideBySide) {
        Ok(ground) => ground,
        Err(outcome) => return *outcome,
    };
    let near = nearness(planned.unit, claim.expect, nominal);
    match near.verdict() {
        ClaimVerdict::Fails if leaves_open(figures, claim.expect) => {
            (ClaimVerdict::NotMeasured, Because::Open(shown))
        }
        verdict => (verdict, Because::Hold { near, planned, shown, ground }),
    }
}
