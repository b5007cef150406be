//! Why nothing is concluded from a lane.

use crate::analyse::{Flaw, Unsound};

/// `98 % of the requests of request scope on sqlx failed, most often: …`, without a stop.
pub(in crate::report) fn unsound(unsound: &Unsound) -> String {
    let Unsound { scope, pool, what } = unsound;
    match what {
        Flaw::Failing { share, most } => {
            let most = most.as_ref().map(|most| format!(", most often: {most}")).unwrap_or_default();
            format!("{share} of the requests of {} scope on {pool} failed{most}", scope.word())
        }
        Flaw::NothingCompleted => format!("no request of {} scope on {pool} completed", scope.word()),
    }
}
