//! Whether numbers agree, and the likely cause where they do not.

use crate::analyse::{Agreement, Cause, NotPlayed, Unplayed};
use crate::report::lang::{heard, say, word};
use crate::theory::Trust;
use crate::units;

/// `agree`, or `differ: …` with the likely cause.
pub(in crate::report) fn agreement(agreement: Agreement) -> String {
    match agreement {
        Agreement::Agrees => word("agree").into(),
        Agreement::ByConstruction => word("given").into(),
        Agreement::ButForHandingOut(time) => {
            let time = units::time(time);
            say!("agree: but for overhead: handing out took {time}, the twin's nothing", time)
        }
        Agreement::Differs(why) => say!("differ: {why}", why = cause(why)),
        Agreement::Unknown => "–".into(),
    }
}

/// The likely cause, without a stop.
pub(in crate::report) fn cause(cause: Cause) -> String {
    match cause {
        Cause::HandingOut(time) => say!(
            "overhead: opening and testing connections took up to {time} at the clock of the run",
            time = units::time(time)
        ),
        Cause::Lateness(time) => say!(
            "our own timer: requests and waits ended up to {time} late at the clock of the run (p99.9)",
            time = units::time(time)
        ),
        Cause::LockWaits(share) => {
            say!(
                "statements waited for locks: {share} of the connections engaged, which the plan does not have",
                share
            )
        }
        Cause::Overhead(time) => {
            say!("overhead: {time} a hold, which the plan does not have", time = units::time(time))
        }
        Cause::Transient(times) => say!(
            "transient: the measured span is {times} times what the pool takes to forget its start",
            times = units::number(times)
        ),
        Cause::Failures(count) => {
            say!("{count} requests failed, which the twin does not play", count = units::count(count))
        }
        Cause::FewHolds(count) => {
            say!("only {count} holds of a session scope were seen to their end", count = units::count(count))
        }
        Cause::Formula(Trust::Guide(doubt)) => {
            say!("theory is a guide only: {doubt}", doubt = heard(&doubt.to_string()))
        }
        Cause::Formula(Trust::Within(share)) => say!("theory is an approximation, within {share}", share),
        Cause::Formula(Trust::Idle) => word("theory only says that hardly anybody waits").to_owned(),
        Cause::Formula(Trust::Exact) => {
            word("theory is of the steady state, and the measured span is finite").into()
        }
        Cause::Unknown => word("none is known; look for one").into(),
    }
}

/// Why the twin did not play a pool library, without a stop.
pub(in crate::report) fn no_twin(why: &NotPlayed) -> String {
    match why {
        NotPlayed::TooMany(expected) => {
            let requests = units::number(*expected);
            say!("some {requests} requests are more than a report plays; poolbench simulate does", requests)
        }
        NotPlayed::NoHoldSeen(scope) => say!("no hold of {scope} was seen to its end", scope),
        NotPlayed::Twin(why) => heard(&why.to_string()).to_owned(),
    }
}

/// Why the twin did not play a lane, without a stop.
pub(in crate::report) fn unplayed(unplayed: &Unplayed) -> String {
    match &unplayed.why {
        Some(why) => heard(&why.to_string()).to_owned(),
        None => say!("no hold of {scope} was seen to its end", scope = unplayed.scope),
    }
}
