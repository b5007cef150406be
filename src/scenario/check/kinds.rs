//! The tables `[[kinds]]`.

use std::sync::Arc;

use super::steps::{CheckedSteps, steps};
use crate::itinerary::{SessionScope, Workload};
use crate::scenario::read::Section;
use crate::scenario::{RequestKind, USUAL};

/// The kinds of requests beside the usual one; empty where the scenario has none.
pub(super) fn kinds(top: &Section<'_, '_>, scopes: Option<&[SessionScope]>) -> Option<Vec<RequestKind>> {
    let sections = top.sections("kinds", "kinds");
    if sections.is_empty() {
        return Some(Vec::new());
    }
    if sections.len() > RequestKind::MOST {
        top.missing("kinds", &format!("write at most {} kinds", RequestKind::MOST));
        return None;
    }
    let own = scopes.into_iter().flatten().any(|scope| matches!(scope, SessionScope::Own(_)));
    if own {
        top.missing(
            "kinds",
            "a scope of the scenario's own names the steps of one kind: take one of the two out",
        );
        return None;
    }
    let mut kinds: Vec<RequestKind> = Vec::new();
    let mut sound = true;
    for section in sections {
        let kind = kind(section, &kinds);
        sound &= kind.is_some();
        kinds.extend(kind);
    }
    let all: f64 = kinds.iter().map(|kind| kind.share).sum();
    if sound && all >= 1.0 {
        top.missing(
            "kinds",
            "the shares of all kinds leave nothing for the usual one: make them less than 1 together",
        );
        return None;
    }
    sound.then_some(kinds)
}

fn kind(section: Section<'_, '_>, others: &[RequestKind]) -> Option<RequestKind> {
    for (key, mend) in [("name", "name the kind"), ("share", "write its share of the requests, like 0.2")] {
        if !section.has(key) {
            section.missing(key, mend);
        }
    }
    let name = section.text("name", "name the kind").and_then(|name| {
        let taken = name.value == USUAL || others.iter().any(|other| other.name == name.value);
        if taken {
            section.fault(
                &name,
                format!("found \"{}\"", name.value),
                "give each kind a name of its own, not \"usual\"",
            );
        }
        (!taken).then(|| name.value.to_owned())
    });
    let share = section.decimal("share", f64::MIN_POSITIVE..=1.0);
    let steps = steps(&section);
    section.finish();
    let CheckedSteps { steps, operations, failures } = steps?;
    Some(RequestKind {
        name: name?,
        share: share?,
        workload: Arc::new(Workload { steps }),
        operations,
        failures,
    })
}
