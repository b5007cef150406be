//! Why nothing is concluded from a lane.

use crate::analyse::{Flaw, Unsound};
use crate::report::lang::say;

/// `98 % of the requests of request scope on sqlx failed, most often: …`, without a stop.
pub(in crate::report) fn unsound(unsound: &Unsound) -> String {
    let Unsound { scope, pool, what } = unsound;
    match what {
        Flaw::Failing { share, most } => {
            let most = most.as_ref().map(|most| say!(", most often: {most}", most)).unwrap_or_default();
            say!(
                "{share} of the requests of {scope} scope on {pool} failed{most}",
                share,
                scope = super::scope(*scope),
                pool,
                most
            )
        }
        Flaw::NothingCompleted => {
            say!("no request of {scope} scope on {pool} completed", scope = super::scope(*scope), pool)
        }
    }
}
