//! The acts on services behind addresses: the same loads, and of each request its answer alone.

use std::sync::Arc;
use std::time::Duration;

use super::act::told;
use super::environment::machine;
use super::fault::cut_off;
use super::plan::{open_plan, slice};
use super::watch::{ActKind, LaneName, Watch};
use super::{Conducted, RunError, blank, ended, unfinished};
use crate::archive::{DriverRecord, Environment, LaneTape, Run, Trace, TracedMove};
use crate::http::{Call, Place, Reach};
use crate::itinerary::SessionScope;
use crate::load::{
    ClosedPlan, HttpLaneSpec, LaneError, LaneOutcome, Meaning, Meanings, Stop, Task, start_http,
};
use crate::plan::{ClosedLoop, HTTP, Plan};
use crate::record::{Nanos, Window};
use crate::scenario::{HeaderValue, Hosts, Target};

mod sockets;

/// Gives the value of an environment variable.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

/// More requests than a lane can have. Numbers of requests stay below 2^53, so that JSON can hold them.
const REQUESTS_A_LANE: u64 = 1_000_000_000_000;

/// How often the progress is told.
const TICK: Duration = Duration::from_millis(100);

/// How long finding all services may take.
const FINDING: Duration = Duration::from_secs(30);

/// The one request of an anatomy may take twice its time and so much more.
const LATE: Duration = Duration::from_secs(10);

/// Runs a plan on the services that its target names. Whatever ends the run, what was measured until then comes
/// back. `ceiling` is what the driver itself carried just before. After every act `keep` is given the record as it would be found if poolbench were killed.
pub async fn conduct_http(
    plan: &Plan,
    (variables, ceiling): (Variables<'_>, Option<DriverRecord>),
    stop: &Stop,
    watch: &mut dyn Watch,
    keep: &mut dyn FnMut(&Run),
) -> Conducted {
    let mut record = None;
    let played = async {
        let plan = sockets::fitted(plan)?;
        let services = match stop.cuts(FINDING, services(&plan, variables)).await {
            Ok(services) => services?,
            Err(cut) => return Err(cut_off(cut, "finding the services", FINDING)),
        };
        let context = HttpContext { plan: &plan, services };
        context.play(ceiling, &mut record, stop, watch, keep).await
    }
    .await;
    let record = record.filter(|record: &Run| !record.anatomy.is_empty());
    Conducted { record, fault: played.err(), left: Vec::new() }
}

/// A service that was found, and what is sent to it.
struct Service {
    scope: SessionScope,
    place: Place,
    request: Call,
    bystander: Option<Call>,
}

/// Looks whether the services of a plan can be loaded, and sends nothing.
///
/// # Errors
/// When an address, a header's value or a socket is missing, or a service is on another host.
pub async fn find_services(plan: &Plan, variables: Variables<'_>, stop: &Stop) -> Result<(), RunError> {
    sockets::fitted(plan)?;
    match stop.cuts(FINDING, services(plan, variables)).await {
        Ok(services) => services.map(|_| ()),
        Err(cut) => Err(cut_off(cut, "finding the services", FINDING)),
    }
}

/// Finds the service of every lane.
async fn services(plan: &Plan, variables: Variables<'_>) -> Result<Vec<Service>, RunError> {
    let target = plan.target.as_ref().ok_or(RunError::NoService)?;
    let headers = headers(target, variables)?;
    let reach = match target.hosts {
        Hosts::ThisMachine => Reach::ThisMachine,
        Hosts::Any => Reach::AnyHost,
    };
    let mut services = Vec::new();
    for (scope, site) in plan.scopes.iter().zip(&target.sites) {
        let place = Place::find(site.url.as_ref().ok_or(RunError::NoService)?, reach).await?;
        let request =
            Call::new(&target.method, (&place.base, target.path.expose()), &headers, target.body.expose())
                .map_err(LaneError::from)?;
        let bystander = target.bystander.as_ref().filter(|_| plan.bystander.is_some());
        let bystander = bystander.map(|path| Call::new("GET", (&place.base, path.expose()), &headers, ""));
        let bystander = bystander.transpose().map_err(LaneError::from)?;
        services.push(Service { scope: *scope, place, request, bystander });
    }
    if services.is_empty() || services.len() != plan.scopes.len() {
        return Err(RunError::NoService);
    }
    Ok(services)
}

/// The headers with their values, of which some come from the environment.
fn headers(target: &Target, variables: Variables<'_>) -> Result<Vec<(String, String)>, RunError> {
    let value = |value: &HeaderValue| match value {
        HeaderValue::Written(text) => Ok(text.expose().to_owned()),
        HeaderValue::FromEnvironment(name) => {
            variables(name).ok_or_else(|| RunError::NoVariable(name.clone()))
        }
    };
    target.headers.iter().map(|header| Ok((header.name.clone(), value(&header.value)?))).collect()
}

/// What an answer means by the target's word.
fn meanings(target: &Target) -> Meanings {
    let (success, timed_out) = (target.success.clone(), target.timed_out.clone());
    Arc::new(move |answer| {
        let is = |answers: &crate::scenario::Answers| {
            answers.has(answer.status) && answer.says(answers.says.as_deref().unwrap_or_default())
        };
        if is(&success) {
            Meaning::Success
        } else if timed_out.as_ref().is_some_and(is) {
            Meaning::TimedOut
        } else {
            Meaning::Failure
        }
    })
}

/// What all acts share.
struct HttpContext<'a> {
    plan: &'a Plan,
    services: Vec<Service>,
}

impl HttpContext<'_> {
    /// Plays the acts, one after the other, into the record.
    async fn play(
        &self,
        ceiling: Option<DriverRecord>,
        into: &mut Option<Run>,
        stop: &Stop,
        watch: &mut dyn Watch,
        keep: &mut dyn FnMut(&Run),
    ) -> Result<(), RunError> {
        let record = into.insert(Run { ceiling, ..blank(self.plan, machine()) });
        let mut during = ActKind::Anatomy;
        let played = async {
            record.environment = self.anatomy(&mut record.anatomy, stop, watch).await?;
            for act in [ActKind::SideBySide, ActKind::Capacity] {
                if stop.is_stopped() {
                    break;
                }
                keep(&unfinished(record, act.name()));
                during = act;
                let lanes = self.load(act, stop, watch).await?;
                let into =
                    if act == ActKind::SideBySide { &mut record.side_by_side } else { &mut record.capacity };
                into.extend(lanes);
                ensure_told(into, stop)?;
            }
            Ok::<_, RunError>(())
        }
        .await;
        let played = ended(record, during.name(), played, stop);
        keep(record);
        played
    }

    /// One request to every service while nothing else is under way: what does not succeed alone is not loaded.
    async fn anatomy(
        &self,
        into: &mut Vec<Trace>,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Environment, RunError> {
        let lasts = self.plan.time_scale.scaled(self.plan.request_time());
        let within = 2 * lasts + LATE;
        let task = |_| Task::Anatomy { within };
        let mut names = Vec::new();
        for (service, outcome) in
            self.services.iter().zip(self.act(ActKind::Anatomy, task, lasts, stop, watch).await?)
        {
            let (scope, ledger) = (service.scope, outcome.tape.measured.ledger);
            let lane = format!("{HTTP}, {scope}");
            if ledger.in_flight > 0 {
                return Err(RunError::NoAnswer { lane, within });
            }
            if let Some(broken) = outcome.tape.broken().filter(|_| !stop.is_stopped()) {
                return Err(RunError::LoadFailed { lane, says: broken.told(&[]) });
            }
            let took = outcome.tape.measured.response.seen.greatest();
            into.push(Trace {
                pool: HTTP.to_owned(),
                scope,
                moves: vec![TracedMove { word: "request".to_owned(), from: 0, to: took }],
                failure: (ledger.completed == 0).then(|| "abandoned".to_owned()),
            });
            names.push(outcome.calls_itself);
        }
        Ok(self.environment(&names))
    }

    /// What is known of the services, and of the client that loads them.
    fn environment(&self, names: &[Option<String>]) -> Environment {
        let mut told = vec![(HTTP.to_owned(), CLIENT.to_owned())];
        for (service, name) in self.services.iter().zip(names) {
            let name = name
                .as_deref()
                .map_or("it does not say what it is".to_owned(), |name| format!("says that it is {name}"));
            told.push((service.scope.name().to_owned(), name));
        }
        Environment { pools: told, ..machine() }
    }

    /// The open loop, or the closed one.
    async fn load(
        &self,
        act: ActKind,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Vec<LaneTape>, RunError> {
        let plan = self.plan;
        let callers = |scope| (act == ActKind::Capacity).then(|| plan.callers(scope));
        let task = |scope| match callers(scope) {
            None => Task::Open(Box::new(open_plan(plan))),
            Some(callers) => {
                let ClosedLoop { callers, think, spread, window } =
                    plan.closed_loop(plan.time_scale, callers);
                Task::Closed(ClosedPlan { callers, think, spread, window })
            }
        };
        let window = task(plan.scopes[0]).window();
        let outcomes = self.act(act, task, Duration::from_nanos(window.to), stop, watch).await?;
        let lanes = self.services.iter().zip(outcomes);
        Ok(lanes.map(|(it, outcome)| told(HTTP, it.scope, callers(it.scope), outcome)).collect())
    }

    /// Starts a lane for each service, watches them to their end, and joins them.
    async fn act(
        &self,
        kind: ActKind,
        task: impl Fn(SessionScope) -> Task,
        lasts: Duration,
        stop: &Stop,
        watch: &mut dyn Watch,
    ) -> Result<Vec<LaneOutcome>, RunError> {
        let names: Vec<LaneName> =
            self.services.iter().map(|service| LaneName { pool: HTTP, scope: service.scope }).collect();
        watch.begins(kind, &names, lasts);
        let specs = self.services.iter().enumerate();
        let specs = specs.map(|(at, service)| self.lane(kind, at, service, task(service.scope))).collect();
        let started = start_http(specs, stop).await?;
        let mut every = tokio::time::interval(TICK);
        while !started.lanes.iter().all(|lane| lane.is_finished()) {
            every.tick().await;
            let readings: Vec<_> = started.lanes.iter().map(|lane| lane.live.read()).collect();
            watch.ticks(started.start.elapsed(), &readings);
        }
        watch.ends();
        started.lanes.into_iter().map(|lane| lane.join().map_err(RunError::from)).collect()
    }

    fn lane(&self, kind: ActKind, at: usize, service: &Service, task: Task) -> HttpLaneSpec {
        let target = self.plan.target.as_ref();
        let window = match &task {
            Task::Anatomy { within } => Window { from: 0, to: within.as_nanos() as Nanos },
            task => task.window(),
        };
        HttpLaneSpec {
            lane: format!("{}, {}", kind.name(), service.scope),
            place: service.place.clone(),
            request: service.request.clone(),
            bystander: service.bystander.clone(),
            timeout: target.and_then(|it| it.timeout).map(|nominal| self.plan.time_scale.scaled(nominal)),
            means: target.map_or_else(|| Arc::new(|_: &_| Meaning::Failure) as Meanings, meanings),
            first_request: (kind as u64 * self.services.len() as u64 + at as u64) * REQUESTS_A_LANE,
            task,
            step: slice(window),
        }
    }
}

/// What sends the requests.
const CLIENT: &str = "HTTP/1.1 by hyper, connections kept and used again, redirects not followed";

/// A lane of which nothing can be told ends the run, but for one that was stopped.
fn ensure_told(lanes: &[LaneTape], stop: &Stop) -> Result<(), RunError> {
    let broken = |lane: &LaneTape| Some((format!("{HTTP}, {}", lane.scope), lane.tape.broken()?));
    match lanes.iter().find_map(broken).filter(|_| !stop.is_stopped()) {
        None => Ok(()),
        Some((lane, broken)) => Err(RunError::LoadFailed { lane, says: broken.told(&[]) }),
    }
}
