//! A lane of which nothing can be told, because none of its requests completed.

use super::{Cause, FailureKind, Why};
use crate::record::{Ledger, Tape};
use crate::units;

/// No request of a lane completed, and some failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where the requests that were due in the measured span ended.
    pub ledger: Ledger,
    /// What failed most often; none where nobody noted it.
    pub most: Option<FailureKind>,
}

impl Tape {
    /// Why nothing can be told of this lane; nothing where a request completed, and where none failed:
    /// a lane that was stopped, or whose span was too short for a request, is not broken.
    #[must_use]
    pub fn broken(&self) -> Option<Broken> {
        let ledger = self.measured.ledger;
        let failures = &self.measured.failures;
        let most = failures.most_unasked().or_else(|| failures.kinds.iter().max_by_key(|kind| kind.count));
        let broken = ledger.completed == 0 && ledger.failed() > 0;
        broken.then(|| Broken { ledger, most: most.cloned() })
    }
}

impl Broken {
    /// What happened, what was behind it and what mends it, as a fragment and sentences; with the
    /// server's settings, of which the one that is behind it is named.
    #[must_use]
    pub fn told(&self, settings: &[(String, String)]) -> String {
        let (failed, sent) = (units::count(self.ledger.failed()), units::count(self.ledger.dispatched));
        let happened = match (&self.most, self.ledger.scheduled) {
            (Some(most), 1) => format!("the request failed: {most}"),
            (Some(most), _) => {
                format!("no request completed: {failed} of {sent} failed, most often: {most}")
            }
            (None, _) => format!("no request completed: {failed} of {sent} failed"),
        };
        format!("{happened}. {}", self.mend(settings))
    }

    fn mend(&self, settings: &[(String, String)]) -> String {
        let cause = self.most.as_ref().and_then(Cause::of);
        match (cause, self.most.as_ref().map(|most| most.why)) {
            (Some(cause), _) => cause.told(settings),
            (None, Some(Why::AcquireTimedOut)) => {
                "Give a longer acquire-timeout, a longer measure, a larger pool, or a lower rate.".into()
            }
            (None, Some(Why::NoAnswer)) => {
                "Give a longer target.timeout, or a lower rate, and look at the service's log.".into()
            }
            (None, Some(Why::Answer)) => {
                "Look at method, path, headers and body in [target], at the service's log, and whether \
                 target.success names this answer."
                    .into()
            }
            (None, Some(Why::Asked)) => "Give a fail-share below 1.".into(),
            (None, _) => "Look at the step, its statement and the server's log.".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Failed, SqlState};
    use super::*;
    use crate::record::Outcome;

    fn tape(outcomes: &[Outcome], failed: Option<&Failed<'_>>) -> Tape {
        let mut tape = Tape::default();
        let cohort = &mut tape.measured;
        for outcome in outcomes {
            cohort.ledger.scheduled += 1;
            cohort.ledger.dispatched += 1;
            cohort.ledger.note(*outcome);
            if let (Outcome::WorkFailed | Outcome::AcquireTimedOut, Some(failed)) = (outcome, failed) {
                cohort.failures.note(failed);
            }
        }
        tape
    }

    #[test]
    fn a_lane_that_was_cut_short_is_not_broken() {
        for outcomes in [
            &[][..],
            &[Outcome::InFlight][..],
            &[Outcome::Abandoned][..],
            &[Outcome::Completed, Outcome::WorkFailed][..],
        ] {
            assert_eq!(tape(outcomes, None).broken(), None, "{outcomes:?}");
        }
    }

    #[test]
    fn it_says_what_failed_why_and_what_mends_it() {
        let failed = Failed {
            why: Why::Statement,
            state: SqlState::new("57014"),
            step: "create_job",
            statement: "select pg_sleep($1)",
            says: "canceling statement due to statement timeout".into(),
        };
        let settings = [("statement_timeout".to_owned(), "5ms".to_owned())];
        let broken = tape(&[Outcome::WorkFailed], Some(&failed)).broken().unwrap();
        insta::assert_snapshot!(broken.told(&settings), @r#"the request failed: create_job: canceling statement due to statement timeout (SQLSTATE 57014), in "select pg_sleep($1)". The server cancels statements that run longer than statement_timeout, or somebody cancelled them (statement_timeout = 5ms). Raise statement_timeout for this role, or take a smaller --time-scale."#);
        let timeouts = [Outcome::AcquireTimedOut, Outcome::AcquireTimedOut, Outcome::InFlight];
        let timed_out = Failed {
            why: Why::AcquireTimedOut,
            state: None,
            step: "acquire",
            statement: "",
            says: "".into(),
        };
        let broken = tape(&timeouts, Some(&timed_out)).broken().unwrap();
        insta::assert_snapshot!(broken.told(&[]), @"no request completed: 2 of 3 failed, most often: no connection came free within the acquire timeout. Give a longer acquire-timeout, a longer measure, a larger pool, or a lower rate.");
    }
}
