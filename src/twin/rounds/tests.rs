use proptest::prelude::*;

use super::super::engine::{PlayedOutcome, RequestRef, Seed, SimTime, Sink, play};
use super::super::{HoldLaw, Lane, SideBySide, Stage};
use super::*;
use crate::itinerary::SessionScope;
use crate::plan::Plan;
use crate::scenario::Scenario;

/// A tape writer that is told of each request alone.
struct Alone(TapeWriter);

impl Sink for Alone {
    fn acquired(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.0.acquired(who, asked, at);
    }
    fn gave_up(&mut self, who: RequestRef, asked: SimTime, at: SimTime) {
        self.0.gave_up(who, asked, at);
    }
    fn released(&mut self, who: RequestRef, acquired: SimTime, at: SimTime) {
        self.0.released(who, acquired, at);
    }
    fn finished(&mut self, who: RequestRef, sent: SimTime, at: SimTime, outcome: PlayedOutcome) {
        self.0.finished(who, sent, at, outcome);
    }
}

/// One hold a request, some of it idle; a time before it, or others on the same pool.
fn lane(
    load: &str,
    pool: u32,
    (warm_up, drain): (u32, u32),
    law: HoldLaw,
    scope: SessionScope,
    others: bool,
) -> Lane {
    let first = if others { "0ms" } else { "250ms" };
    let others = if others { r#"bystander = { rate = "30/s", time = "10ms" }"# } else { "" };
    let text = format!(
        r#"
        pools = ["sqlx"]
        scopes = ["request-scoped", "repository-scoped"]
        time-scale = "1"
        seed = 5
        pool = {{ size = {pool}, acquire-timeout = "2s" }}
        load = {{ {load} }}
        phases = {{ warm-up = "{warm_up}s", measure = "40s", drain = "{drain}s" }}
        capacity = {{ warm-up = "0s", measure = "1s" }}
        {others}

        [[steps]]
        name = "think"
        kind = "work"
        time = "{first}"

        [[steps]]
        name = "create"
        kind = "sql"
        time = "100ms"
        operation = "create-job"

        [[steps]]
        name = "wait"
        kind = "work"
        time = "700ms"
        "#
    );
    let plan = Plan::of(&Scenario::parse("trial", "trial.toml", &text).unwrap());
    let laws = SideBySide { holds: law, bystanders: HoldLaw::Exponential };
    Stage::nominal(&plan).side_by_side(scope, laws).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_round_is_as_its_requests_alone(
        rate in 1_u32..400, burst in 0_u32..300, pool in 1_u32..60, edges in (0_u32..20, 0_u32..4),
        spread in prop::option::of(0.0..3.0_f64), repository in any::<bool>(),
        others in any::<bool>(),
    ) {
        let law = spread.map_or(HoldLaw::Fixed, |spread| HoldLaw::LogNormal { spread });
        let scope = if repository { SessionScope::Repository } else { SessionScope::Request };
        let load = format!("rate = \"{rate}/s\", burst = {burst}");
        let lane = lane(&load, pool, edges, law, scope, others);
        let plan = lane.plan().unwrap();
        let (mut whole, mut alone) = (lane.tape_writer(&plan), Alone(lane.tape_writer(&plan)));
        prop_assert_eq!(play(&plan, Seed(lane.seed), &mut whole), play(&plan, Seed(lane.seed), &mut alone));
        let most = whole.crowd.most().unwrap();
        let (whole, alone) = (whole.into_tape(), alone.0.into_tape());
        let in_flight = |slice: &crate::record::Slice| u64::from(slice.in_flight);
        // Others are in flight as well, and do not count.
        let others = alone.bystanders.ledger.scheduled + alone.bystanders_warm_up.ledger.scheduled;
        prop_assert!(most + others >= alone.series.slices.iter().map(in_flight).max().unwrap());
        prop_assert_eq!(whole, alone);
    }
}
