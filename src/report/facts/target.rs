//! The service that was driven: what was sent, and what its answers mean.

use super::Fact;
use crate::archive::Environment;
use crate::plan::{HTTP, Plan};
use crate::report::lang::{key, say};
use crate::report::text::clean;
use crate::scenario::{Answers, HeaderValue, Target};
use crate::units;

/// What is sent, where it goes, and what sends it.
pub(super) fn facts(plan: &Plan, target: &Target, environment: &Environment) -> Vec<Fact> {
    let mut facts = vec![(key("target"), asked(target)), (key("answers"), answers(target))];
    for (scope, site) in plan.scopes.iter().zip(&target.sites) {
        let (scope, place) = (clean(scope.name()), clean(&site.place));
        let named = environment.pools.iter().find(|(name, _)| *name == scope);
        let named = named.map(|(_, told)| format!("; {}", clean(told))).unwrap_or_default();
        facts.push((key("service"), format!("{scope}: {place}{named}")));
    }
    let client = environment.pools.iter().find(|(name, _)| name == HTTP);
    facts.extend(client.map(|(_, told)| (key("client"), clean(told))));
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
                say!(", {header} from ${variable}", header = clean(&header.name), variable = clean(variable))
            }
        });
    }
    if !target.body.shown().is_empty() {
        told.push_str(&say!(", a body of {body}", body = clean(target.body.shown())));
    }
    if let Some(timeout) = target.timeout {
        told.push_str(&say!(", an answer is waited for {timeout}, nominal", timeout = units::time(timeout)));
    }
    told
}

fn answers(target: &Target) -> String {
    let timed_out = target.timed_out.as_ref();
    let timed_out =
        timed_out.map(|it| say!("; no connection came free: {those}", those = those(it))).unwrap_or_default();
    say!(
        "success: {success}{timed_out}; all others are failures",
        success = those(&target.success),
        timed_out
    )
}

fn those(answers: &Answers) -> String {
    let statuses: Vec<String> = answers.statuses.iter().map(ToString::to_string).collect();
    let says =
        answers.says.as_deref().map(|says| say!(" with \"{says}\"", says = clean(says))).unwrap_or_default();
    format!("{}{says}", statuses.join(", "))
}
