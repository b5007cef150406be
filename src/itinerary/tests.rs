use proptest::prelude::*;

use super::*;

pub(crate) fn seed() -> Arc<Workload> {
    let step = |name: &str, kind, seconds, creates| Step {
        name: name.to_owned(),
        kind,
        time: Duration::from_secs(seconds),
        law: TimeLaw::Fixed,
        creates,
    };
    Arc::new(Workload {
        steps: vec![
            step("create_job", StepKind::Sql, 1, Creates::Job),
            step("enqueue", StepKind::Queue, 177, Creates::Nothing),
            step("other", StepKind::Work, 2, Creates::Nothing),
        ],
    })
}

#[test]
fn the_seed_holds_180_s_before_and_1_s_after() {
    let before = Itinerary::new(SessionScope::Request, seed());
    let after = Itinerary::new(SessionScope::Repository, seed());
    assert_eq!(before.spelled(), "acquire begin create_job enqueue other commit release");
    assert_eq!(after.spelled(), "acquire begin create_job commit release enqueue other");
    assert_eq!(before.hold_time(), Duration::from_secs(180));
    assert_eq!(before.idle_hold(), Duration::from_secs(179));
    assert_eq!(after.hold_time(), Duration::from_secs(1));
    assert_eq!(after.idle_hold(), Duration::ZERO);
    assert_eq!((before.most_held(), after.most_held()), (1, 1));
}

/// Steps of this shape, named by their place: s for SQL, q for the queue, w for work.
pub(crate) fn shaped(shape: &str) -> Arc<Workload> {
    let kinds = shape.chars().map(|letter| match letter {
        's' => StepKind::Sql,
        'q' => StepKind::Queue,
        _ => StepKind::Work,
    });
    let steps = kinds.enumerate().map(|(at, kind)| Step {
        name: format!("{}{at}", kind.word()),
        kind,
        time: Duration::from_secs(1),
        law: TimeLaw::Fixed,
        creates: if kind == StepKind::Sql && at < 2 { Creates::Job } else { Creates::Nothing },
    });
    Arc::new(Workload { steps: steps.collect() })
}

#[test]
fn each_scope_takes_its_connection_when_it_says() {
    for (scope, shape, spelled) in [
        (SessionScope::LazyRequest, "wsqs", "work0 acquire begin sql1 queue2 sql3 commit release"),
        (SessionScope::LazyRequest, "qw", "queue0 work1"),
        (
            SessionScope::CommitEarly,
            "wssqsw",
            "work0 acquire begin sql1 sql2 commit release queue3 acquire begin sql4 commit release work5",
        ),
        (SessionScope::CommitEarly, "ss", "acquire begin sql0 sql1 commit release"),
        (SessionScope::Nested, "sq", "acquire begin acquire begin sql0 commit release queue1 commit release"),
    ] {
        assert_eq!(Itinerary::new(scope, shaped(shape)).spelled(), spelled, "{scope} {shape}");
    }
}

#[test]
fn a_scope_between_the_two_holds_no_longer_than_request_scope_and_no_shorter_than_repository_scope() {
    let hold = |scope| Itinerary::new(scope, shaped("wwsqssw")).hold_time();
    let times = [
        SessionScope::Request,
        SessionScope::LazyRequest,
        SessionScope::CommitEarly,
        SessionScope::Repository,
    ];
    assert_eq!(times.map(|scope| hold(scope).as_secs()), [7, 5, 3, 3]);
}

fn workloads() -> impl Strategy<Value = Arc<Workload>> {
    let kinds = prop_oneof![Just(StepKind::Sql), Just(StepKind::Queue), Just(StepKind::Work)];
    prop::collection::vec((kinds, 0_u64..1_000_000), 1..8).prop_map(|steps| {
        let steps = steps.into_iter().enumerate().map(|(index, (kind, micros))| Step {
            name: format!("step{index}"),
            kind,
            time: Duration::from_micros(micros),
            law: TimeLaw::Fixed,
            creates: if kind == StepKind::Sql { Creates::Job } else { Creates::Nothing },
        });
        Arc::new(Workload { steps: steps.collect() })
    })
}

proptest! {
    #[test]
    fn every_scope_does_every_step_once_in_order_and_gives_everything_back(workload in workloads()) {
        for scope in SCOPES {
            let itinerary = Itinerary::new(scope, workload.clone());
            let done: Vec<usize> = itinerary.moves().iter()
                .filter_map(|m| if let Move::Perform(i) = m { Some(*i) } else { None })
                .collect();
            prop_assert_eq!(done, (0..workload.steps.len()).collect::<Vec<_>>());
            prop_assert_eq!(itinerary.timed().last().map(|m| m.held), Some(0));
            for timed in itinerary.timed() {
                prop_assert!(!itinerary.is_sql(timed.step) || timed.held >= 1, "sql without a connection");
            }
            prop_assert_eq!(itinerary.hold_time(), itinerary.busy_hold() + itinerary.idle_hold());
        }
    }

    #[test]
    fn repository_scope_never_holds_longer(workload in workloads()) {
        let before = Itinerary::new(SessionScope::Request, workload.clone());
        let after = Itinerary::new(SessionScope::Repository, workload);
        prop_assert!(after.hold_time() <= before.hold_time());
        prop_assert_eq!(after.idle_hold(), Duration::ZERO);
    }

    /// Whatever fails, and whatever fails of what follows, nothing stays held, nothing stays open, and
    /// no failed request makes a move twice for ever.
    #[test]
    fn a_failed_request_gives_everything_back(
        workload in workloads(),
        first in 0_usize..60,
        then in prop::collection::vec(any::<bool>(), 0..20),
    ) {
        for scope in SCOPES {
            let mut itinerary = Itinerary::new(scope, workload.clone());
            let mut failed = vec![first % itinerary.moves().len()];
            let mut at = fail(&mut itinerary, failed[0]);
            for fails in &then {
                // Giving back cannot fail.
                let failing = *fails && itinerary.moves().get(at).is_some_and(|it| *it != Move::Release);
                if failing {
                    failed.push(at);
                    at = fail(&mut itinerary, at);
                } else {
                    at += 1;
                }
            }
            let (mut held, mut open) = (0_i32, 0_i32);
            let mut least = 0;
            for step in itinerary.moves() {
                match step {
                    Move::Acquire => held += 1,
                    Move::Release => held -= 1,
                    Move::Begin => open += 1,
                    Move::Commit | Move::Rollback => open -= 1,
                    Move::Perform(_) | Move::MarkFailed => {}
                }
                least = least.min(held).min(open);
            }
            prop_assert_eq!((held, least), (0, 0));
            // A transaction whose rollback failed goes with its connection.
            let gone = i32::try_from(failed.len()).unwrap_or(i32::MAX) - 1;
            prop_assert!((0..=gone).contains(&open), "{open} open");
        }
    }
}

/// Lets the move at this place fail; where the request goes on.
fn fail(itinerary: &mut Itinerary, at: usize) -> usize {
    let Failing { itinerary: failing, resumes } = itinerary.failing_at(at);
    *itinerary = failing;
    resumes
}

/// What follows the failure of each move, for the steps create, enqueue, update.
fn table(scope: SessionScope) -> Vec<(String, String)> {
    let mut steps = seed().steps.clone();
    steps[2] = Step { name: "update".to_owned(), kind: StepKind::Sql, ..steps[2].clone() };
    let itinerary = Itinerary::new(scope, Arc::new(Workload { steps }));
    let word = |step: Move| itinerary.word(step).to_owned();
    let after = |at| itinerary.after_failure(at).into_iter().map(word).collect::<Vec<_>>().join(" ");
    itinerary.moves().iter().enumerate().map(|(at, step)| (word(*step), after(at))).collect()
}

fn told(rows: &[(String, String)]) -> Vec<(&str, &str)> {
    rows.iter().map(|(failed, after)| (failed.as_str(), after.as_str())).collect()
}

#[test]
fn request_scope_rolls_everything_back() {
    assert_eq!(
        told(&table(SessionScope::Request)),
        [
            ("acquire", ""),
            ("begin", "release"),
            ("create_job", "rollback release"),
            ("enqueue", "rollback release"),
            ("update", "rollback release"),
            ("commit", "rollback release"),
            ("release", "release"),
        ]
    );
}

#[test]
fn repository_scope_marks_the_job_whose_queue_step_failed() {
    assert_eq!(
        told(&table(SessionScope::Repository)),
        [
            ("acquire", ""),
            ("begin", "release"),
            ("create_job", "rollback release"),
            ("commit", "rollback release"),
            ("release", "release"),
            ("enqueue", "acquire begin mark_failed commit release"),
            ("acquire", ""),
            ("begin", "release"),
            ("update", "rollback release"),
            ("commit", "rollback release"),
            ("release", "release"),
        ]
    );
}

#[test]
fn nested_scope_gives_back_both_and_marks_the_job_that_its_inner_transaction_committed() {
    let rows = table(SessionScope::Nested);
    let after = |step: &str| rows.iter().find(|(failed, _)| failed == step).unwrap().1.clone();
    assert_eq!(after("create_job"), "rollback release rollback release");
    assert_eq!(after("enqueue"), "rollback release acquire begin mark_failed commit release");
    assert_eq!(rows[2], ("acquire".to_owned(), "rollback release".to_owned()));
}

#[test]
fn a_job_of_a_transaction_that_is_open_is_not_marked_and_one_that_is_committed_is() {
    let after = |scope, failed: &str| {
        let rows = table(scope);
        rows.iter().find(|(step, _)| step == failed).unwrap().1.clone()
    };
    assert_eq!(after(SessionScope::LazyRequest, "enqueue"), "rollback release");
    assert_eq!(after(SessionScope::CommitEarly, "enqueue"), "acquire begin mark_failed commit release");
    assert_eq!(after(SessionScope::CommitEarly, "update"), "rollback release");
    // Held, and nothing open: what is held is given back before the job is marked.
    let words = ["acquire", "begin", "create_job", "commit", "enqueue", "other", "release"];
    let own = SessionScope::own(OwnScope::new("kept", &words, &seed()).unwrap());
    let itinerary = Itinerary::new(own, seed());
    let rest: Vec<_> = itinerary.after_failure(4).iter().map(|step| itinerary.word(*step)).collect();
    assert_eq!(rest.join(" "), "release acquire begin mark_failed commit release");
}

#[test]
fn what_follows_a_failure_may_fail_as_well() {
    let itinerary = Itinerary::new(SessionScope::Repository, seed());
    let spelled = |itinerary: &Itinerary, at| {
        let Failing { itinerary, resumes } = itinerary.failing_at(at);
        let rest = itinerary.moves()[resumes..].iter().map(|it| itinerary.word(*it)).collect::<Vec<_>>();
        (rest.join(" "), itinerary)
    };
    let enqueue = 5;
    let (rest, failed) = spelled(&itinerary, enqueue);
    assert_eq!(rest, "acquire begin mark_failed commit release");
    assert_eq!(
        failed.spelled(),
        "acquire begin create_job commit release enqueue acquire begin mark_failed commit release"
    );
    assert_eq!(failed.hold_time(), Duration::from_millis(1100));
    let rests = (enqueue + 1..enqueue + 5).map(|at| spelled(&failed, at).0).collect::<Vec<_>>();
    assert_eq!(rests, ["", "release", "rollback release", "rollback release"]);
    let (_, unmarked) = spelled(&failed, enqueue + 3);
    assert_eq!(spelled(&unmarked, enqueue + 4).0, "release", "after a rollback that fails");
}

#[test]
fn a_job_that_was_not_created_is_not_marked() {
    let mut steps = seed().steps.clone();
    steps[0].creates = Creates::Nothing;
    let itinerary = Itinerary::new(SessionScope::Repository, Arc::new(Workload { steps }));
    assert_eq!(itinerary.after_failure(5), []);
}
