use proptest::prelude::*;

use super::*;

pub(crate) fn seed() -> Arc<Workload> {
    let step =
        |name: &str, kind, seconds| Step { name: name.to_owned(), kind, time: Duration::from_secs(seconds) };
    Arc::new(Workload {
        steps: vec![
            step("create_job", StepKind::Sql, 1),
            step("enqueue", StepKind::Queue, 177),
            step("other", StepKind::Work, 2),
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

fn workloads() -> impl Strategy<Value = Arc<Workload>> {
    let kinds = prop_oneof![Just(StepKind::Sql), Just(StepKind::Queue), Just(StepKind::Work)];
    prop::collection::vec((kinds, 0_u64..1_000_000), 1..8).prop_map(|steps| {
        let steps = steps.into_iter().enumerate().map(|(index, (kind, micros))| Step {
            name: format!("step{index}"),
            kind,
            time: Duration::from_micros(micros),
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

    #[test]
    fn a_failed_request_gives_everything_back(workload in workloads(), at in 0_usize..8) {
        let at = at % workload.steps.len();
        for scope in SCOPES {
            let itinerary = Itinerary::new(scope, workload.clone());
            let (mut held, mut open) = (0, 0);
            let upto = itinerary.moves().iter().take_while(|m| **m != Move::Perform(at));
            for step in upto.copied().chain(itinerary.after_failure(at)) {
                match step {
                    Move::Acquire => held += 1,
                    Move::Release => held -= 1,
                    Move::Begin => open += 1,
                    Move::Commit | Move::Rollback => open -= 1,
                    Move::Perform(_) => {}
                }
            }
            prop_assert_eq!((held, open), (0, 0));
        }
    }
}
