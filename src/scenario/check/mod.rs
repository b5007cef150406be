//! From the tables of a file to a checked [`Scenario`].

mod acts;
mod claim;
mod kinds;
mod load;
mod objective;
mod parameters;
mod pool;
mod scopes;
mod steps;
mod target;
#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use toml::de::DeTable;

use super::fault::{Fault, Reader};
use super::read::{Found, Least, Section};
use super::{
    CallerCount, Capacity, LivenessCheck, POOLS, PoolKind, PoolSettings, Scenario, StepsAre, Target, limits,
};
use crate::itinerary::{SessionScope, Workload};
use crate::units::{Rate, TimeScale};
use acts::{Usual, bystander, capacity, phases};
use claim::claim;
use kinds::kinds;
use load::load;
use objective::{Known, objectives};
use pool::{fleet, pool};
use scopes::{own_scopes, scopes};
use steps::{CheckedSteps, steps};

pub(super) fn check(name: &str, file: &str, text: &str) -> Result<Scenario, Vec<Fault>> {
    let reader = Reader::new(file, text);
    let (document, syntax) = DeTable::parse_recoverable(text);
    for fault in &syntax {
        reader.fault(
            fault.span().unwrap_or(0..0),
            "",
            fault.message().replace('\n', "; "),
            "write valid TOML",
        );
    }
    // What follows a fault of syntax is guesswork, so the keys are not judged then.
    let scenario = if syntax.is_empty() {
        let top = Section::new(&reader, document.get_ref(), 0..0, String::new(), "");
        scenario(name, top)
    } else {
        None
    };
    match (scenario, reader.into_faults()) {
        (Some(scenario), faults) if faults.is_empty() => Ok(scenario),
        (_, faults) => Err(faults),
    }
}

fn scenario(name: &str, top: Section<'_, '_>) -> Option<Scenario> {
    let why = top.text("why", "write what someone wants to know").map(|why| why.value.trim().to_owned());
    let request = top.text("request", "write what one request is, such as \"POST /submit\"");
    let request = request.map_or_else(|| "request".to_owned(), |request| request.value.to_owned());
    let time_scale = match top.has("time-scale") {
        true => top.parsed("time-scale", "write a share, like \"1/50\"", str::parse::<TimeScale>),
        false => Some(TimeScale::NOMINAL),
    };
    let to_service = top.has("target");
    // A service shows nothing of its insides, so that they need not be written down.
    let steps_are = if to_service && !top.has("steps") { StepsAre::Unknown } else { StepsAre::Known };
    let seed = top.whole("seed", limits::SEED);
    let processors = match top.has("processors") {
        true => top.whole("processors", 1..=1_024).and_then(NonZeroU32::new),
        false => Some(NonZeroU32::MIN),
    };
    let setup = top.texts("setup", "write a list of SQL statements").unwrap_or_default();
    let setup = setup.into_iter().map(|text| text.value.to_owned()).collect();
    let pools = match top.has("pools") {
        true => names(&top, "pools", str::parse::<PoolKind>),
        false if to_service => Some(POOLS.to_vec()),
        false => Some(POOLS[..2].to_vec()),
    };
    let pool = match steps_are {
        StepsAre::Unknown if !top.has("pool") => Some(UNKNOWN_POOL),
        _ => required(&top, "pool", "pool").and_then(pool),
    };
    let steps = match steps_are {
        StepsAre::Unknown => Some(steps::unknown()),
        StepsAre::Known => steps(&top),
    };
    let workload = steps.as_ref().map(|steps| Arc::new(Workload { steps: steps.steps.clone() }));
    let own_scopes = own_scopes(&top, workload.as_deref());
    let target = match top.section("target", "target") {
        Some(section) => Some(target::target(section)?),
        None => None,
    };
    let scopes = match (steps_are, &workload) {
        (StepsAre::Unknown, Some(workload)) => scopes::of_a_service(&top, workload, target.as_ref()),
        _ => scopes(&top, &own_scopes),
    };
    if let (Some(target), Some(scopes)) = (&target, &scopes) {
        fit(&top, target, scopes.len());
    }
    let kinds = kinds(&top, scopes.as_deref());
    if to_service && top.has("kinds") {
        top.missing("kinds", "a service is sent requests of one kind: take them out");
    }
    let load = required(&top, "load", "load").and_then(load);
    let usual = workload.as_deref().zip(pool).zip(load.as_ref());
    let usual = usual.map(|((workload, pool), load)| Usual::of(workload, &pool, load));
    let phases = match top.section("phases", "phases") {
        Some(section) => phases(section),
        None if top.has("phases") => None,
        // How long a request takes is not known then, and a warm-up that is too short spoils all.
        None if steps_are == StepsAre::Unknown => required(&top, "phases", "phases").and_then(phases),
        None => usual.as_ref().map(|usual| usual.phases),
    };
    let capacity = match top.section("capacity", "capacity") {
        Some(section) => capacity(section, usual.as_ref()),
        None if top.has("capacity") => None,
        None => usual.as_ref().map(Usual::capacity),
    };
    let bystander = match top.section("bystander", "bystander") {
        Some(section) => Some(bystander(section)?),
        None => None,
    };
    let claims = top.sections("claims", "claims").into_iter().map(claim).collect::<Vec<_>>();
    let mut own_scopes = own_scopes;
    if steps_are == StepsAre::Unknown {
        let own = scopes.iter().flatten().filter(|scope| matches!(scope, SessionScope::Own(_)));
        own_scopes.sound = own.copied().collect();
    }
    let known =
        Known { scopes: scopes.as_deref(), own: &own_scopes.sound, pools: pools.as_deref(), claims: &claims };
    let objectives = objectives(&top, &known);
    let fleet = match top.section("fleet", "fleet") {
        Some(section) => Some(fleet(section)?),
        None => None,
    };
    if to_service && fleet.is_some() {
        top.missing("fleet", "a fleet of pools is played by the twin, and no service has one: take it out");
    }
    if to_service && bystander.is_some() && target.as_ref().is_some_and(|it| it.bystander.is_none()) {
        top.missing("target.bystander-path", "write the path of a bystander's request, a cheap one");
    }
    if let (StepsAre::Unknown, Some(Capacity { callers: CallerCount::Saturation(_), .. })) =
        (steps_are, &capacity)
    {
        let mend =
            "write how many callers there are: what saturates the service does not follow from steps here";
        top.missing("capacity.callers", mend);
    }
    top.finish();

    let CheckedSteps { operations, failures, .. } = steps?;
    Some(Scenario {
        name: name.to_owned(),
        why: why.unwrap_or_default(),
        request,
        pool: pool?,
        pools: pools?,
        scopes: scopes?,
        own_scopes: own_scopes.sound,
        workload: workload?,
        operations,
        failures,
        kinds: kinds?,
        processors: processors?,
        setup,
        load: load?,
        phases: phases?,
        capacity: capacity?,
        bystander,
        claims: claims.into_iter().collect::<Option<_>>()?,
        fleet,
        objectives: objectives?,
        target,
        steps_are,
        time_scale: time_scale?,
        seed: seed.unwrap_or(1),
    })
}

/// The pool of a service of which nothing is known. It is used for nothing.
const UNKNOWN_POOL: PoolSettings = PoolSettings {
    size: 1,
    acquire_timeout: Duration::from_secs(30),
    liveness_check: LivenessCheck::LibraryDefault,
};

/// Whether there is an address for each session scope, where there are any.
fn fit(top: &Section<'_, '_>, target: &Target, scopes: usize) {
    let sites = target.sites.len();
    if sites > 0 && sites != scopes {
        let mend = format!(
            "write an address for each of the {scopes} session scopes, in their order; there are {sites}"
        );
        top.missing("target.urls", &mend);
    }
}

fn required<'r, 't>(
    top: &Section<'r, 't>,
    name: &'static str,
    kind: &'static str,
) -> Option<Section<'r, 't>> {
    if !top.has(name) {
        top.missing(name, &format!("write a table [{name}]"));
    }
    top.section(name, kind)
}

/// A list of names without repetition; at least one.
fn names<T: PartialEq, E: std::fmt::Display>(
    top: &Section<'_, '_>,
    key: &'static str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<Vec<T>> {
    if !top.has(key) {
        top.missing(key, "write a list of names; `poolbench list` shows them");
    }
    let texts = top.texts(key, "write a list of names in quotes")?;
    let asked = texts.len();
    let mut found = Vec::new();
    for text in texts {
        match parse(text.value) {
            Err(fault) => top.fault(&text, format!("found \"{}\"", text.value), fault.to_string()),
            Ok(value) if found.contains(&value) => {
                top.fault(&text, format!("found \"{}\" twice", text.value), "name it once");
            }
            Ok(value) => found.push(value),
        }
    }
    if asked == 0 {
        top.missing(key, "name at least one; `poolbench list` shows them");
    }
    (!found.is_empty()).then_some(found)
}

fn choice<T: Copy>(section: &Section<'_, '_>, text: &Found<&str>, choices: &[(&str, T)]) -> Option<T> {
    let chosen = choices.iter().find(|(word, _)| *word == text.value);
    if chosen.is_none() {
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        section.fault(
            text,
            format!("found \"{}\"", text.value),
            format!("write one of {}", words.join(", ")),
        );
    }
    chosen.map(|(_, value)| *value)
}

fn needed_time(section: &Section<'_, '_>, name: &'static str, least: Least) -> Option<Duration> {
    if !section.has(name) {
        section.missing(name, "write a time, like \"30s\"");
    }
    section.duration(name, least)
}

fn needed_rate(section: &Section<'_, '_>) -> Option<Rate> {
    if !section.has("rate") {
        section.missing("rate", "write a rate, like \"5/s\"");
    }
    section.parsed("rate", "write a rate in quotes, like \"5/s\"", str::parse::<Rate>)
}
