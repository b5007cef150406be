//! The sentence that opens every report, and on what it rests.

use super::{range, unsound};
use crate::analyse::{Basis, Range, Reading, Shorter, Verdict};
use crate::archive::Source;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::units::{self, TimeScale};

/// What the run shows, in one sentence.
pub(in crate::report) fn verdict(plan: &Plan, verdict: &Verdict) -> String {
    let rate = units::number(plan.load.rate.as_per_second());
    match verdict {
        Verdict::Accident(why) => format!("No verdict: {}.", unsound(why)),
        Verdict::NotSideBySide => "No verdict: the session scopes were not measured side by side.".into(),
        Verdict::Outside { lanes, .. } => format!("At {rate} requests/s {}.", served(lanes)),
        Verdict::One { scope, served, wait, .. } => format!(
            "At {rate} requests/s {} served {served} of requests with {} scope; p99 of acquire wait was {wait}.",
            pools(plan),
            scope.word(),
        ),
        Verdict::Two { before, after, shorter, .. } => format!(
            "At {rate} requests/s {} served {} of requests with {} scope and {} with {} scope; {}.",
            pools(plan),
            range(before.1),
            before.0.word(),
            range(after.1),
            after.0.word(),
            holds(shorter),
        ),
    }
}

/// On what the verdict rests: pool libraries, time scale, overhead.
pub(in crate::report) fn basis(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accident(_) => {
            "What such requests held and waited says nothing of a session scope. The caveats name the cause and \
             what mends it."
                .into()
        }
        Verdict::NotSideBySide => "A whole run of two session scopes has one.".into(),
        Verdict::Outside { basis, .. } => from_outside(basis),
        Verdict::One { basis, .. } | Verdict::Two { basis, .. } => measured(basis),
    }
}

/// `old served 2 % of requests, p99 of response time > 1 s; new served 100 %, p99 20 ms`.
fn served(lanes: &[(SessionScope, Reading, Reading)]) -> String {
    let told = lanes.iter().enumerate().map(|(at, (scope, served, response))| match at {
        0 => format!("{scope} served {served} of requests, p99 of response time {response}"),
        _ => format!("{scope} served {served}, p99 {response}"),
    });
    told.collect::<Vec<_>>().join("; ")
}

fn from_outside(basis: &Basis) -> String {
    let pace = if basis.time_scale == TimeScale::NOMINAL {
        "at nominal times".to_owned()
    } else {
        format!("driven at {} of nominal times; figures are at nominal times", basis.time_scale)
    };
    format!(
        "Measured over HTTP, {pace}. From outside holds, acquire waits and utilisation are not visible: nothing is \
         said of them."
    )
}

fn measured(basis: &Basis) -> String {
    if basis.source == Source::Simulated {
        return "Simulated by poolbench's twin in virtual time, at nominal times; no server was there."
            .into();
    }
    let libraries = match basis.pools.as_slice() {
        [] => "Measured".to_owned(),
        [one] => format!("Measured on {one}"),
        [a, b] => format!("Measured on {a} and {b}"),
        many => format!("Measured on {}", many.join(", ")),
    };
    if basis.time_scale == TimeScale::NOMINAL {
        return format!("{libraries}, at nominal times.");
    }
    let holds = basis.overhead.map_or_else(String::new, |overhead| {
        format!(
            " A hold costs {} over its plan, which does not scale and is counted unscaled.",
            range(overhead)
        )
    });
    format!(
        "{libraries}, driven at {} of nominal times; figures are at nominal times where nothing else is said.{holds}",
        basis.time_scale
    )
}

/// `a pool of 20`, `1,112 pools of 20`.
fn pools(plan: &Plan) -> String {
    let size = units::count(plan.pool.size.into());
    match plan.pool_count() {
        1 => format!("a pool of {size}"),
        pools => format!("{} pools of {size}", units::count(pools.into())),
    }
}

fn holds(shorter: &Shorter) -> String {
    match shorter {
        Shorter::Times(ratio) => format!("each request held a connection {} shorter", times(*ratio)),
        Shorter::NotCompared(why) => format!("{}, so holds are not compared", unsound(why)),
        Shorter::NotSeen => "no hold of both was seen to its end".into(),
    }
}

/// `164 times`, `162 to 165 times`.
fn times(ratio: Range) -> String {
    format!("{} times", range(ratio).replace(" ×", ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::fixture::record;
    use crate::analyse::summarise;
    use crate::archive::Run;
    use crate::record::{FailureKind, SqlState, Why};
    use crate::scenario::{Site, Target};

    /// The sentence and its basis.
    fn told(record: &Run) -> (String, String) {
        let shown = summarise(record).verdict;
        (verdict(&record.plan, &shown), basis(&shown))
    }

    #[test]
    fn the_sentence_tells_what_was_measured() {
        let mut record = record();
        let verdict = told(&record);
        insta::assert_snapshot!(verdict.0, @"At 5 requests/s a pool of 20 served 2.25 % of requests with request scope and 100 % with repository scope; each request held a connection 180 times shorter.");
        insta::assert_snapshot!(verdict.1, @"Measured on sqlx and deadpool-postgres, driven at 1/50 of nominal times; figures are at nominal times where nothing else is said. A hold costs 1.02 ms to 1.17 ms over its plan, which does not scale and is counted unscaled.");
        record.side_by_side.truncate(2);
        let one = told(&record);
        insta::assert_snapshot!(one.1, @"Measured on sqlx, driven at 1/50 of nominal times; figures are at nominal times where nothing else is said. A hold costs 1.17 ms over its plan, which does not scale and is counted unscaled.");
    }

    #[test]
    fn lanes_of_accidents_have_no_verdict() {
        let mut record = record();
        let failures = [("57014", 3_400), ("23505", 100)].map(|(code, count)| FailureKind {
            why: Why::Statement,
            state: SqlState::new(code),
            step: "create_job".into(),
            statement: String::new(),
            says: "canceling statement due to statement timeout".into(),
            count,
        });
        let cohort = &mut record.side_by_side[1].tape.measured;
        cohort.failures.kinds = failures.to_vec();
        (cohort.ledger.completed, cohort.ledger.work_failed) = (59, 3_500);
        let verdict = told(&record);
        insta::assert_snapshot!(verdict.0, @"No verdict: 98.3 % of the requests of repository scope on sqlx failed, most often: create_job: canceling statement due to statement timeout (SQLSTATE 57014).");
        assert!(!verdict.1.contains("shorter"), "{}", verdict.1);
    }

    /// Timeouts are what is looked into; of holds they leave nothing to say.
    #[test]
    fn a_lane_that_completed_nothing_is_not_shorter_than_another() {
        let mut record = record();
        let ledger = &mut record.side_by_side[0].tape.measured.ledger;
        ledger.acquire_timed_out += std::mem::take(&mut ledger.completed);
        record.side_by_side.truncate(2);
        let verdict = told(&record);
        insta::assert_snapshot!(verdict.0, @"At 5 requests/s a pool of 20 served 0 % of requests with request scope and 100 % with repository scope; no request of request scope on sqlx completed, so holds are not compared.");
        assert!(!verdict.1.contains("shorter"), "{}", verdict.1);
    }

    #[test]
    fn of_services_the_answers_are_told_and_what_is_inside_is_not() {
        let mut record = record();
        let mut target = Target::job_service();
        target.sites = vec![Site { place: "this machine, port 1".to_owned(), url: None }; 2];
        record.plan = record.plan.at_target(Some(target));
        record.side_by_side.truncate(2);
        record.side_by_side.iter_mut().for_each(|lane| lane.pool = crate::plan::HTTP.to_owned());
        let verdict = told(&record);
        insta::assert_snapshot!(verdict.0, @"At 5 requests/s request-scoped served 2.25 % of requests, p99 of response time > 210 s; repository-scoped served 100 %, p99 180 s.");
        insta::assert_snapshot!(verdict.1, @"Measured over HTTP, driven at 1/50 of nominal times; figures are at nominal times. From outside holds, acquire waits and utilisation are not visible: nothing is said of them.");
    }

    #[test]
    fn a_run_without_both_scopes_has_no_verdict() {
        let mut record = record();
        record.side_by_side.clear();
        assert!(told(&record).0.starts_with("No verdict"));
    }
}
