//! The sentence that opens every report, and on what it rests.

use super::{range, unsound};
use crate::analyse::{Basis, Range, Reading, Shorter, Verdict};
use crate::archive::Source;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::report::lang::{say, word};
use crate::units::{self, TimeScale};

/// What the run shows, in one sentence.
pub(in crate::report) fn verdict(plan: &Plan, verdict: &Verdict) -> String {
    let rate = units::number(plan.load.rate.as_per_second());
    match verdict {
        Verdict::Accident(why) => say!("No verdict: {why}.", why = unsound(why)),
        Verdict::NotSideBySide => {
            word("No verdict: the session scopes were not measured side by side.").into()
        }
        Verdict::Outside { lanes, .. } => say!("At {rate} requests/s {lanes}.", rate, lanes = served(lanes)),
        Verdict::One { scope, served, wait, .. } => say!(
            "At {rate} requests/s {pools} served {served} of requests with {scope} scope; p99 of acquire wait was {wait}.",
            rate,
            pools = pools(plan),
            served,
            scope = super::scope(*scope),
            wait
        ),
        Verdict::Two { before, after, shorter, .. } => say!(
            "At {rate} requests/s {pools} served {before} of requests with {before2} scope and {after} with {after2} scope; {shorter}.",
            rate,
            pools = pools(plan),
            before = range(before.1),
            before2 = super::scope(before.0),
            after = range(after.1),
            after2 = super::scope(after.0),
            shorter = holds(shorter)
        ),
    }
}

/// On what the verdict rests: pool libraries, time scale, overhead.
pub(in crate::report) fn basis(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Accident(_) => {
            word("What such requests held and waited says nothing of a session scope. The caveats name the cause and what mends it.")
                .into()
        }
        Verdict::NotSideBySide => word("A whole run of two session scopes has one.").into(),
        Verdict::Outside { basis, .. } => from_outside(basis),
        Verdict::One { basis, .. } | Verdict::Two { basis, .. } => measured(basis),
    }
}

/// `old served 2 % of requests, p99 of response time > 1 s; new served 100 %, p99 20 ms`.
fn served(lanes: &[(SessionScope, Reading, Reading)]) -> String {
    let told = lanes.iter().enumerate().map(|(at, (scope, served, response))| match at {
        0 => say!(
            "{scope} served {served} of requests, p99 of response time {response}",
            scope,
            served,
            response
        ),
        _ => say!("{scope} served {served}, p99 {response}", scope, served, response),
    });
    told.collect::<Vec<_>>().join("; ")
}

fn from_outside(basis: &Basis) -> String {
    let pace = if basis.time_scale == TimeScale::NOMINAL {
        word("at nominal times").to_owned()
    } else {
        say!(
            "driven at {time_scale} of nominal times; figures are at nominal times",
            time_scale = basis.time_scale
        )
    };
    say!(
        "Measured over HTTP, {pace}. From outside holds, acquire waits and utilisation are not visible: nothing is said of them.",
        pace
    )
}

fn measured(basis: &Basis) -> String {
    if basis.source == Source::Simulated {
        return word("Simulated by poolbench's twin in virtual time, at nominal times; no server was there.")
            .into();
    }
    let libraries = match basis.pools.as_slice() {
        [] => word("Measured").to_owned(),
        [one] => say!("Measured on {one}", one),
        [a, b] => say!("Measured on {a} and {b}", a, b),
        many => say!("Measured on {many}", many = many.join(", ")),
    };
    if basis.time_scale == TimeScale::NOMINAL {
        return say!("{libraries}, at nominal times.", libraries);
    }
    let holds = basis.overhead.map_or_else(String::new, |overhead| {
        say!(
            " A hold costs {overhead} over its plan, which does not scale and is counted unscaled.",
            overhead = range(overhead)
        )
    });
    say!(
        "{libraries}, driven at {time_scale} of nominal times; figures are at nominal times where nothing else is said.{holds}",
        libraries,
        time_scale = basis.time_scale,
        holds
    )
}

/// `a pool of 20`, `1,112 pools of 20`.
fn pools(plan: &Plan) -> String {
    let size = units::count(plan.pool.size.into());
    match plan.pool_count() {
        1 => say!("a pool of {size}", size),
        pools => say!("{pools} pools of {size}", pools = units::count(pools.into()), size),
    }
}

fn holds(shorter: &Shorter) -> String {
    match shorter {
        Shorter::Times(ratio) => {
            say!("each request held a connection {ratio} shorter", ratio = times(*ratio))
        }
        Shorter::NotCompared(why) => say!("{why}, so holds are not compared", why = unsound(why)),
        Shorter::NotSeen => word("no hold of both was seen to its end").into(),
    }
}

/// `164 times`, `162 to 165 times`.
fn times(ratio: Range) -> String {
    say!("{ratio} times", ratio = range(ratio).replace(" ×", ""))
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
