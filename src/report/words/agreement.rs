//! Whether numbers agree, and the likely cause where they do not.

use crate::analyse::{Agreement, Cause, NotPlayed, Unplayed};
use crate::theory::Trust;
use crate::units;

/// `agree`, or `differ: …` with the likely cause.
pub(in crate::report) fn agreement(agreement: Agreement) -> String {
    match agreement {
        Agreement::Agrees => "agree".into(),
        Agreement::ByConstruction => "given".into(),
        Agreement::ButForHandingOut(time) => {
            let time = units::time(time);
            format!("agree: but for overhead: handing out took {time}, the twin's nothing")
        }
        Agreement::Differs(why) => format!("differ: {}", cause(why)),
        Agreement::Unknown => "–".into(),
    }
}

/// The likely cause, without a stop.
pub(in crate::report) fn cause(cause: Cause) -> String {
    match cause {
        Cause::HandingOut(time) => format!(
            "overhead: opening and testing connections took up to {} at the clock of the run",
            units::time(time)
        ),
        Cause::Lateness(time) => format!(
            "our own timer: requests and waits ended up to {} late at the clock of the run (p99.9)",
            units::time(time)
        ),
        Cause::LockWaits(share) => {
            format!(
                "statements waited for locks: {share} of the connections engaged, which the plan does not have"
            )
        }
        Cause::Overhead(time) => {
            format!("overhead: {} a hold, which the plan does not have", units::time(time))
        }
        Cause::Transient(times) => format!(
            "transient: the measured span is {} times what the pool takes to forget its start",
            units::number(times)
        ),
        Cause::Failures(count) => {
            format!("{} requests failed, which the twin does not play", units::count(count))
        }
        Cause::FewHolds(count) => {
            format!("only {} holds of a session scope were seen to their end", units::count(count))
        }
        Cause::Formula(Trust::Guide(doubt)) => format!("theory is a guide only: {doubt}"),
        Cause::Formula(Trust::Within(share)) => format!("theory is an approximation, within {share}"),
        Cause::Formula(Trust::Idle) => "theory only says that hardly anybody waits".to_owned(),
        Cause::Formula(Trust::Exact) => {
            "theory is of the steady state, and the measured span is finite".into()
        }
        Cause::Unknown => "none is known; look for one".into(),
    }
}

/// Why the twin did not play a pool library, without a stop.
pub(in crate::report) fn no_twin(why: &NotPlayed) -> String {
    match why {
        NotPlayed::TooMany(expected) => {
            let requests = units::number(*expected);
            format!("some {requests} requests are more than a report plays; poolbench simulate does")
        }
        NotPlayed::NoHoldSeen(scope) => format!("no hold of {scope} was seen to its end"),
        NotPlayed::Twin(why) => why.to_string(),
    }
}

/// Why the twin did not play a lane, without a stop.
pub(in crate::report) fn unplayed(unplayed: &Unplayed) -> String {
    match &unplayed.why {
        Some(why) => why.to_string(),
        None => format!("no hold of {} was seen to its end", unplayed.scope),
    }
}
