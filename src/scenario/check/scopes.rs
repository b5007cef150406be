//! The session scopes: their names, and the tables `[[own-scopes]]`.

use super::names;
use crate::itinerary::{OwnScope, OwnScopeError, OwnScopeFault, SessionScope, UnknownScope, Workload};
use crate::scenario::read::{Found, Section};
use crate::scenario::{Target, UNKNOWN_STEP};

/// The session scopes that the scenario writes itself.
#[derive(Debug, Default)]
pub(super) struct OwnScopes {
    /// Those without a fault.
    pub(super) sound: Vec<SessionScope>,
    /// The names of all, so that a fault in one is told once, and not again where it is named.
    names: Vec<String>,
}

/// Reads them; without a workload, where the steps have faults, their moves cannot be judged.
pub(super) fn own_scopes(top: &Section<'_, '_>, workload: Option<&Workload>) -> OwnScopes {
    let mut own = OwnScopes::default();
    for section in top.sections("own-scopes", "own-scopes") {
        let scope = own_scope(&section, workload, &mut own.names);
        own.sound.extend(scope.map(SessionScope::own));
        section.finish();
    }
    own
}

const MOVES: &str =
    "write a list of moves, like [\"acquire\", \"begin\", \"create_job\", \"commit\", \"release\", …]";

fn own_scope(
    section: &Section<'_, '_>,
    workload: Option<&Workload>,
    names: &mut Vec<String>,
) -> Option<OwnScope> {
    for (key, mend) in [("name", "name the session scope"), ("moves", MOVES)] {
        if !section.has(key) {
            section.missing(key, mend);
        }
    }
    let name = section.text("name", "name the session scope");
    let moves = section.texts("moves", MOVES);
    let name = name?;
    if names.iter().any(|known| known == name.value) {
        section.fault(&name, format!("found \"{}\" twice", name.value), "give each a name of its own");
        return None;
    }
    names.push(name.value.to_owned());
    let (moves, workload) = (moves?, workload?);
    let words: Vec<&str> = moves.iter().map(|word| word.value).collect();
    OwnScope::new(name.value, &words, workload).map_err(|fault| tell(section, &name, &moves, &fault)).ok()
}

fn tell(section: &Section<'_, '_>, name: &Found<&str>, moves: &[Found<&str>], fault: &OwnScopeError) {
    let mend = fault.to_string();
    match fault.at.and_then(|at| moves.get(at)) {
        Some(word) => section.fault(word, format!("found \"{}\"", word.value), mend),
        None if fault.fault == OwnScopeFault::Name => {
            section.fault(name, format!("found \"{}\"", name.value), mend);
        }
        None => {
            let found = format!("found {} moves", moves.len());
            section.reader().fault(section.span(), &section.key("moves"), found, mend);
        }
    }
}

/// The scopes to compare; nothing where one of them has a fault.
pub(super) fn scopes(top: &Section<'_, '_>, own: &OwnScopes) -> Option<Vec<SessionScope>> {
    if !top.has("scopes") {
        return Some(vec![SessionScope::Request, SessionScope::Repository]);
    }
    let named = names(top, "scopes", |text| match own.sound.iter().find(|scope| scope.name() == text) {
        Some(scope) => Ok(Named::Scope(*scope)),
        None if own.names.iter().any(|name| name == text) => Ok(Named::Faulty(text.to_owned())),
        None => text
            .parse()
            .map(Named::Scope)
            .map_err(|fault: UnknownScope| format!("{fault}; [[own-scopes]] add others")),
    })?;
    let sound = named.into_iter().map(|named| match named {
        Named::Scope(scope) => Some(scope),
        Named::Faulty(_) => None,
    });
    sound.collect()
}

/// The names of the lanes of a service of which nothing is known: any names, and `old` and `new` where none
/// are written.
pub(super) fn of_a_service(
    top: &Section<'_, '_>,
    workload: &Workload,
    target: Option<&Target>,
) -> Option<Vec<SessionScope>> {
    let named = |name: &str| {
        let known = name.parse::<SessionScope>().ok();
        let own = || OwnScope::new(name, &[UNKNOWN_STEP], workload).map(SessionScope::own);
        known.map_or_else(own, Ok).map_err(|fault| fault.to_string())
    };
    if top.has("scopes") {
        return names(top, "scopes", named);
    }
    let lanes = target.map_or(2, |target| target.sites.len().clamp(1, 2));
    ["old", "new"].into_iter().take(lanes).map(|name| named(name).ok()).collect()
}

/// What a name among the scopes stands for.
#[derive(PartialEq)]
enum Named {
    Scope(SessionScope),
    /// A scope of the scenario's own of which a fault has been told.
    Faulty(String),
}
