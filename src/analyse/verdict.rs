//! The one sentence that opens every report, built from measured figures.

use super::compare::range;
use super::soundness::Unsound;
use super::{Comparison, Estimate, LaneSummary, Unit};
use crate::archive::Source;
use crate::plan::Plan;
use crate::units::{self, TimeScale};

/// What the run shows, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// One sentence, from measured figures.
    pub sentence: String,
    /// On what it rests: pool libraries, time scale, overhead.
    pub basis: String,
}

impl Verdict {
    /// The verdict of the side-by-side act. Lanes whose requests failed by accident have none.
    #[must_use]
    pub fn of(plan: &Plan, source: Source, side_by_side: &[Comparison]) -> Self {
        let accident = side_by_side.iter().flat_map(|pool| &pool.lanes).filter_map(LaneSummary::accident);
        if let Some(worst) = accident.reduce(worse) {
            return Self::none(&worst);
        }
        let pairs: Vec<&Comparison> = side_by_side.iter().filter(|pool| pool.pair().is_some()).collect();
        let one = side_by_side.first().and_then(|pool| match (pool.lanes.as_slice(), plan.scopes.len()) {
            ([lane], 1) => of_one(plan, lane),
            _ => None,
        });
        if let Some(sentence) = one {
            return Self { sentence, basis: basis(plan, source, &[]) };
        }
        match sentence(plan, &pairs) {
            Some(sentence) => Self { sentence, basis: basis(plan, source, &pairs) },
            None => Self {
                sentence: "No verdict: the session scopes were not measured side by side.".into(),
                basis: "A whole run of two session scopes has one.".into(),
            },
        }
    }

    /// No verdict, because of such a lane.
    fn none(unsound: &Unsound) -> Self {
        Self {
            sentence: format!("No verdict: {unsound}."),
            basis:
                "What such requests held and waited says nothing of a session scope. The caveats name the \
                    cause and what mends it."
                    .into(),
        }
    }
}

/// The first of two that are as bad.
fn worse(worst: Unsound, next: Unsound) -> Unsound {
    if next.share() > worst.share() { next } else { worst }
}

fn sentence(plan: &Plan, pools: &[&Comparison]) -> Option<String> {
    let (before, after) = pools.first()?.pair()?;
    let served = |lane: &dyn Fn(&Comparison) -> Option<Estimate>| {
        let shares: Option<Vec<f64>> = pools.iter().map(|pool| Some(lane(pool)?.value)).collect();
        range(&shares?, Unit::Share)
    };
    Some(format!(
        "At {} requests/s {} served {} of requests with {} scope and {} with {} scope; {}.",
        units::number(plan.load.rate.as_per_second()),
        pools_words(plan),
        served(&|pool| pool.pair()?.0.served)?,
        before.scope.word(),
        served(&|pool| pool.pair()?.1.served)?,
        after.scope.word(),
        holds(pools),
    ))
}

/// What there is to say of one session scope alone.
fn of_one(plan: &Plan, lane: &LaneSummary) -> Option<String> {
    Some(format!(
        "At {} requests/s {} served {} of requests with {} scope; p99 of acquire wait was {}.",
        units::number(plan.load.rate.as_per_second()),
        pools_words(plan),
        lane.served?,
        lane.scope.word(),
        lane.wait?.quantiles.p99.measured,
    ))
}

/// `a pool of 20`, `1,112 pools of 20`.
fn pools_words(plan: &Plan) -> String {
    let size = units::count(plan.pool.size.into());
    match plan.pool_count() {
        1 => format!("a pool of {size}"),
        pools => format!("{} pools of {size}", units::count(pools.into())),
    }
}

/// What became of the holds; a lane in which nothing completed shows no hold of a whole request.
fn holds(pools: &[&Comparison]) -> String {
    if let Some(unsound) = pools.iter().find_map(|pool| pool.unsound()) {
        return format!("{unsound}, so holds are not compared");
    }
    let ratios: Option<Vec<f64>> = pools.iter().map(|pool| Some(pool.hold_ratio()?.measured.value)).collect();
    match ratios.and_then(|ratios| times(&ratios)) {
        Some(times) => format!("each request held a connection {times} shorter"),
        None => "no hold of both was seen to its end".into(),
    }
}

/// `164 times`, `162 to 165 times`.
fn times(ratios: &[f64]) -> Option<String> {
    Some(format!("{} times", range(ratios, Unit::Factor)?.replace(" ×", "")))
}

fn basis(plan: &Plan, source: Source, pools: &[&Comparison]) -> String {
    if source == Source::Simulated {
        return "Simulated by poolbench's twin in virtual time, at nominal times; no server was there."
            .into();
    }
    let names: Vec<&str> = pools.iter().map(|pool| pool.pool.as_str()).collect();
    let libraries = match names.as_slice() {
        [] => "Measured".to_owned(),
        [one] => format!("Measured on {one}"),
        [a, b] => format!("Measured on {a} and {b}"),
        many => format!("Measured on {}", many.join(", ")),
    };
    if plan.time_scale == TimeScale::NOMINAL {
        return format!("{libraries}, at nominal times.");
    }
    let sound = pools.iter().all(|pool| pool.unsound().is_none());
    let nominal: Option<Vec<f64>> =
        pools.iter().filter(|_| sound).map(|pool| Some(pool.hold_ratio()?.nominal.value)).collect();
    let holds = match (overhead(pools), nominal.and_then(|ratios| times(&ratios))) {
        (Some(overhead), Some(nominal)) => format!(
            " A hold costs {overhead} over its plan, which does not scale; counted unscaled, holds are \
             {nominal} shorter at nominal times."
        ),
        _ => String::new(),
    };
    format!("{libraries}, with all times of the scenario driven at {} of nominal.{holds}", plan.time_scale)
}

/// Overhead of a hold after: that is where it matters.
fn overhead(pools: &[&Comparison]) -> Option<String> {
    let after = |pool: &&Comparison| Some(pool.pair()?.1.hold.as_ref()?.overhead.as_secs_f64());
    let overheads: Option<Vec<f64>> = pools.iter().map(after).collect();
    range(&overheads?, Unit::Seconds)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::record;
    use super::*;
    use crate::record::{FailureKind, SqlState, Why};

    #[test]
    fn the_sentence_tells_what_was_measured() {
        let record = record();
        let pools = Comparison::all(&record.plan, &record.side_by_side);
        let verdict = Verdict::of(&record.plan, record.source, &pools);
        insta::assert_snapshot!(verdict.sentence, @"At 5 requests/s a pool of 20 served 2.25 % of requests with request scope and 100 % with repository scope; each request held a connection 170 to 171 times shorter.");
        insta::assert_snapshot!(verdict.basis, @"Measured on sqlx and deadpool-postgres, with all times of the scenario driven at 1/50 of nominal. A hold costs 1.02 ms to 1.17 ms over its plan, which does not scale; counted unscaled, holds are 180 times shorter at nominal times.");
        let one = Verdict::of(&record.plan, record.source, &pools[..1]);
        insta::assert_snapshot!(one.basis, @"Measured on sqlx, with all times of the scenario driven at 1/50 of nominal. A hold costs 1.17 ms over its plan, which does not scale; counted unscaled, holds are 180 times shorter at nominal times.");
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
        let pools = Comparison::all(&record.plan, &record.side_by_side);
        let verdict = Verdict::of(&record.plan, record.source, &pools);
        insta::assert_snapshot!(verdict.sentence, @"No verdict: 98.3 % of the requests of repository scope on sqlx failed, most often: create_job: canceling statement due to statement timeout (SQLSTATE 57014).");
        assert!(!verdict.basis.contains("shorter"), "{}", verdict.basis);
    }

    /// Timeouts are what is looked into; of holds they leave nothing to say.
    #[test]
    fn a_lane_that_completed_nothing_is_not_shorter_than_another() {
        let mut record = record();
        let ledger = &mut record.side_by_side[0].tape.measured.ledger;
        ledger.acquire_timed_out += std::mem::take(&mut ledger.completed);
        let pools = Comparison::all(&record.plan, &record.side_by_side);
        let verdict = Verdict::of(&record.plan, record.source, &pools[..1]);
        insta::assert_snapshot!(verdict.sentence, @"At 5 requests/s a pool of 20 served 0 % of requests with request scope and 100 % with repository scope; no request of request scope on sqlx completed, so holds are not compared.");
        assert!(!verdict.basis.contains("shorter"), "{}", verdict.basis);
    }

    #[test]
    fn a_run_without_both_scopes_has_no_verdict() {
        let record = record();
        assert!(Verdict::of(&record.plan, record.source, &[]).sentence.starts_with("No verdict"));
    }
}
