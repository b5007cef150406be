//! Scenarios that travel inside the binary: copies of the files in `scenarios/`.

use super::{Scenario, ScenarioError};

/// A scenario that travels inside the binary.
#[derive(Debug, Clone, Copy)]
pub struct Builtin {
    /// Its name: `job-submission`.
    pub name: &'static str,
    /// The file's text.
    pub text: &'static str,
}

/// All built-in scenarios; the first is what `poolbench run` runs.
pub const BUILTIN: &[Builtin] = &[
    Builtin { name: "job-submission", text: include_str!("../../scenarios/job-submission.toml") },
    Builtin { name: "gate", text: include_str!("../../scenarios/gate.toml") },
    Builtin { name: "checkout", text: include_str!("../../scenarios/checkout.toml") },
    Builtin {
        name: "job-submission-nominal",
        text: include_str!("../../scenarios/job-submission-nominal.toml"),
    },
    Builtin { name: "language-model", text: include_str!("../../scenarios/language-model.toml") },
    Builtin { name: "enqueue-failure", text: include_str!("../../scenarios/enqueue-failure.toml") },
    Builtin { name: "million", text: include_str!("../../scenarios/million.toml") },
    Builtin { name: "fleet", text: include_str!("../../scenarios/fleet.toml") },
    Builtin { name: "nested-deadlock", text: include_str!("../../scenarios/nested-deadlock.toml") },
];

impl Builtin {
    /// The built-in scenario of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        BUILTIN.iter().find(|builtin| builtin.name == name)
    }

    /// Its checked form.
    ///
    /// # Errors
    /// Never for a released binary: a test checks every built-in scenario.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        Scenario::parse(self.name, &format!("{} (built in)", self.name), self.text)
    }
}
