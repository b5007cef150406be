//! Session scopes by their names on the command line: a scenario may have some of its own, so that only
//! it can say what a name means.

use super::exit::CliError;
use crate::itinerary::SessionScope;
use crate::scenario::Scenario;

/// Stands for every session scope that there is.
const ALL: &str = "all";

/// The session scopes of these names, `all` for all of them; none where nothing is named.
pub(super) fn named(scenario: &Scenario, names: &[String]) -> Result<Vec<SessionScope>, CliError> {
    if names == [ALL] {
        return Ok(scenario.all_scopes());
    }
    let named = names.iter().map(|name| match scenario.scope_named(name) {
        Ok(scope) => Ok(scope),
        Err(_) if name == ALL => Err(CliError::Usage(format!("--scopes {ALL} stands alone"))),
        Err(fault) => {
            let own: Vec<&str> = scenario.own_scopes.iter().map(|scope| scope.name()).collect();
            let own = match own.as_slice() {
                [] => String::new(),
                own => format!(", and of the scenario {}", own.join(", ")),
            };
            Err(CliError::Usage(format!("--scopes {name}: {fault}{own}")))
        }
    });
    named.collect()
}
