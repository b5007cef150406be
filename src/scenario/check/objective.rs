//! The tables `[[objectives]]`.

use crate::itinerary::SessionScope;
use crate::scenario::read::{Found, Section};
use crate::scenario::{Asked, Claim, Objective, PoolKind, ScopeName};

/// What an objective can speak of; none where a fault in the file leaves it open.
pub(super) struct Known<'a> {
    pub(super) scopes: Option<&'a [SessionScope]>,
    /// The session scopes of the scenario's own.
    pub(super) own: &'a [SessionScope],
    pub(super) pools: Option<&'a [PoolKind]>,
    pub(super) claims: &'a [Option<Claim>],
}

/// Nothing where one of them has a fault.
pub(super) fn objectives(top: &Section<'_, '_>, known: &Known<'_>) -> Option<Vec<Objective>> {
    let sections = top.sections("objectives", "objectives");
    sections.into_iter().map(|section| objective(section, known)).collect::<Vec<_>>().into_iter().collect()
}

fn objective(section: Section<'_, '_>, known: &Known<'_>) -> Option<Objective> {
    if !section.has("keep") {
        section
            .missing("keep", "write what has to be true, like \"repository-scoped.acquire-wait.p99 < 50ms\"");
    }
    let text = section.text("keep", "write an objective in quotes");
    let objective = text.and_then(|text| match Objective::read(text.value, known.own) {
        Ok(objective) => can_be_told(&section, &text, &objective, known).then_some(objective),
        Err(fault) => {
            let found = format!("{} in \"{}\"", fault.found, text.value);
            section.fault(&text, found, fault.mend);
            None
        }
    });
    section.finish();
    objective
}

/// Whether the scenario has what the objective speaks of; a fault where not.
fn can_be_told(
    section: &Section<'_, '_>,
    text: &Found<&str>,
    objective: &Objective,
    known: &Known<'_>,
) -> bool {
    let mut told = true;
    let mut fault = |found: String, mend: &str| {
        section.fault(text, found, mend);
        told = false;
    };
    for term in objective.terms() {
        if let (Some(ScopeName::Named(scope)), Some(scopes)) = (term.scope, known.scopes)
            && !scopes.contains(&scope)
        {
            fault(format!("found {}", scope.name()), "name a session scope that is among the scopes above");
        }
        if let (Some(pool), Some(pools)) = (&term.pool, known.pools)
            && !pools.iter().any(|it| it.name() == pool)
        {
            fault(format!("found {pool}"), "name a pool library that is among the pools above");
        }
    }
    let claims = || known.claims.iter().flatten();
    match &objective.asks {
        Asked::ClaimsHold if known.claims.is_empty() => {
            fault("the scenario has no claims".to_owned(), "add [[claims]], or leave the objective out");
        }
        Asked::ClaimHolds(id) if !known.claims.contains(&None) && !claims().any(|claim| claim.id == *id) => {
            fault(format!("found the claim {id}"), "name the id of a claim of the scenario");
        }
        _ => {}
    }
    told
}
