//! The service that was driven: what was sent, and what its answers mean.

use super::Fact;
use crate::archive::Environment;
use crate::plan::{HTTP, Plan};
use crate::report::text::clean;
use crate::scenario::{Answers, HeaderValue, Target};
use crate::units;

/// What is sent, where it goes, and what sends it.
pub(super) fn facts(plan: &Plan, target: &Target, environment: &Environment) -> Vec<Fact> {
    let mut facts = vec![("target", asked(target)), ("answers", answers(target))];
    for (scope, site) in plan.scopes.iter().zip(&target.sites) {
        let (scope, place) = (clean(scope.name()), clean(&site.place));
        let named = environment.pools.iter().find(|(name, _)| *name == scope);
        let named = named.map(|(_, told)| format!("; {}", clean(told))).unwrap_or_default();
        facts.push(("service", format!("{scope}: {place}{named}")));
    }
    let client = environment.pools.iter().find(|(name, _)| name == HTTP);
    facts.extend(client.map(|(_, told)| ("client", clean(told))));
    facts
}

/// The path of a bystander's request.
pub(super) fn bystander_path(target: &Target) -> String {
    target.bystander.as_ref().map(|path| clean(path.shown())).unwrap_or_default()
}

fn asked(target: &Target) -> String {
    let mut told = format!("{} {}", clean(&target.method), clean(target.path.shown()));
    for header in &target.headers {
        told.push_str(&match &header.value {
            HeaderValue::Written(_) => format!(", {}", clean(&header.name)),
            HeaderValue::FromEnvironment(variable) => {
                format!(", {} from ${}", clean(&header.name), clean(variable))
            }
        });
    }
    if !target.body.shown().is_empty() {
        told.push_str(&format!(", a body of {}", clean(target.body.shown())));
    }
    if let Some(timeout) = target.timeout {
        told.push_str(&format!(", an answer is waited for {}, nominal", units::time(timeout)));
    }
    told
}

fn answers(target: &Target) -> String {
    let timed_out = target.timed_out.as_ref();
    let timed_out =
        timed_out.map(|it| format!("; no connection came free: {}", those(it))).unwrap_or_default();
    format!("success: {}{timed_out}; all others are failures", those(&target.success))
}

fn those(answers: &Answers) -> String {
    let statuses: Vec<String> = answers.statuses.iter().map(ToString::to_string).collect();
    let says = answers.says.as_deref().map(|says| format!(" with \"{}\"", clean(says))).unwrap_or_default();
    format!("{}{says}", statuses.join(", "))
}
