//! The request that the harness is measured with: the job submission of the built-in scenario,
//! on the pool that does nothing.

use std::sync::Arc;
use std::time::Duration;

use super::CalibrationError;
use crate::itinerary::{Creates, Itinerary, SessionScope, Step, StepKind, TimeLaw, Workload};
use crate::jobs::repository::RepositoryMethod;
use crate::jobs::service::{Does, Fails, Play, PlayStep};
use crate::load::{
    Arrivals, Burst, CapPolicy, LaneSpec, Library, OpenPlan, Profile, RequestSeeds, Spacing, Started, Stop,
    Task, start,
};
use crate::pool::{Address, PoolOptions};
use crate::record::{Nanos, Tape, Window};
use crate::target::DatabaseUrl;
use crate::units::Rate;

/// How long the slow step takes.
pub(super) const NO_WAIT: Duration = Duration::ZERO;

/// Create a job, enqueue it, and some other work: seven moves. Only the enqueue takes time.
pub(super) fn play(enqueue: Duration) -> Arc<Play> {
    let step = |name: &str, kind, time, creates| Step {
        name: name.to_owned(),
        kind,
        time,
        law: TimeLaw::Fixed,
        creates,
    };
    let workload = Workload {
        steps: vec![
            step("create_job", StepKind::Sql, NO_WAIT, Creates::Job),
            step("enqueue", StepKind::Queue, enqueue, Creates::Nothing),
            step("other", StepKind::Work, NO_WAIT, Creates::Nothing),
        ],
    };
    let does = [Does::Sql(RepositoryMethod::CreateJob), Does::Enqueue, Does::Wait];
    let times = [NO_WAIT, enqueue, NO_WAIT];
    Arc::new(Play {
        itinerary: Itinerary::new(SessionScope::Repository, Arc::new(workload)),
        steps: does
            .into_iter()
            .zip(times)
            .map(|(does, time)| PlayStep { does, time, fails: Fails::default() })
            .collect(),
        mark_failed: NO_WAIT,
        processors: std::num::NonZeroU32::MIN,
    })
}

/// A lane on the no-op pool.
pub(super) fn lane(play: Arc<Play>, plan: OpenPlan, step: Duration) -> Result<LaneSpec, CalibrationError> {
    // The no-op pool connects to nothing; an address is asked for all the same.
    let address = Address::parse(&DatabaseUrl::new("postgres://nobody@127.0.0.1:1/nothing"))?;
    Ok(LaneSpec {
        library: Library::Noop,
        address,
        pool: PoolOptions::default(),
        queue: None,
        schema: "poolbench".to_owned(),
        play,
        other_kinds: Vec::new(),
        bystander_time: NO_WAIT,
        lane: "calibrate".to_owned(),
        first_request: 0,
        task: Task::Open(Box::new(plan)),
        connect: 0,
        step: nanos(step),
        seeds: RequestSeeds { failures: 1, step_times: 2, kinds: 3 },
        misuse: None,
    })
}

/// An open loop at this rate: a tenth of the span as warm-up, then the span.
pub(super) fn open(spacing: Spacing, rate: Rate, span: Duration) -> OpenPlan {
    let from = nanos(span / 10);
    let window = Window { from, to: from + nanos(span) };
    let requests = Arrivals::new(spacing, Profile::constant(rate), window.to, 1);
    let drain_until = window.to + nanos(Duration::from_secs(5));
    plan(requests, window, drain_until)
}

/// Requests that are all due at once, and nothing after them for an hour.
pub(super) fn all_at_once(rate: Rate, requests: u32) -> OpenPlan {
    let window = Window { from: 0, to: nanos(Duration::from_secs(3600)) };
    // A stream that ends with its first request, which is due at the start; the others beside it.
    let one = Arrivals::new(Spacing::Constant, Profile::constant(rate), 1, 1);
    let all = one.with_burst(Burst { at: 0, requests: requests.saturating_sub(1) });
    plan(all, window, window.to)
}

fn plan(requests: Arrivals, window: Window, drain_until: Nanos) -> OpenPlan {
    let when_full = CapPolicy::Queue;
    OpenPlan { requests, bystanders: None, in_flight_cap: u32::MAX, when_full, window, drain_until }
}

/// Starts a lane, and waits for its start alone.
pub(super) fn begin(spec: LaneSpec, stop: &Stop) -> Result<Started, CalibrationError> {
    Ok(super::runtime()?.block_on(start(vec![spec], stop))?)
}

/// Drives a lane to its end.
pub(super) fn drive(spec: LaneSpec) -> Result<Tape, CalibrationError> {
    let started = begin(spec, &Stop::default())?;
    let mut tape = Tape::default();
    for lane in started.lanes {
        tape = lane.join()?.tape;
    }
    Ok(tape)
}

pub(super) fn nanos(time: Duration) -> Nanos {
    time.as_nanos() as Nanos
}
