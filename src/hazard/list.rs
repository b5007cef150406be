//! The hazards.

use std::str::FromStr;
use std::time::Duration;

use super::{Expect, Lasts, Trial, Trouble};
use crate::itinerary::SessionScope::{Nested, Repository, Request};
use crate::plan::{Misuse, Plan};
use crate::record::Nanos;
use crate::scenario::{Overrides, PoolKind, Scenario, ScenarioError};
use crate::theory::{Callers, deadlock_free};

/// A hazard of connection pools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hazard {
    /// A request asks for a second connection while it holds one.
    NestedDeadlock,
    /// More requests than the pool can carry, for a while.
    TimeoutStorm,
    /// All connections are terminated.
    BackendsTerminated,
    /// The Postgres is restarted.
    PostgresRestarted,
    /// The server ends idle transactions sooner than the slow step is over.
    IdleTransactionTimeout,
    /// The queue hangs, and is there again.
    QueueHung,
    /// Connections are slow to open when many requests come.
    SlowConnects,
    /// Callers go away while they wait for a connection.
    CancelledAcquires,
    /// Connections are taken and never given back.
    LeakedConnections,
}

/// All hazards, in the order in which they are played.
pub const HAZARDS: [Hazard; 9] = [
    Hazard::NestedDeadlock,
    Hazard::TimeoutStorm,
    Hazard::BackendsTerminated,
    Hazard::PostgresRestarted,
    Hazard::IdleTransactionTimeout,
    Hazard::QueueHung,
    Hazard::SlowConnects,
    Hazard::CancelledAcquires,
    Hazard::LeakedConnections,
];

impl Hazard {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NestedDeadlock => "nested-deadlock",
            Self::TimeoutStorm => "timeout-storm",
            Self::BackendsTerminated => "backends-terminated",
            Self::PostgresRestarted => "postgres-restarted",
            Self::IdleTransactionTimeout => "idle-transaction-timeout",
            Self::QueueHung => "queue-hung",
            Self::SlowConnects => "slow-connects",
            Self::CancelledAcquires => "cancelled-acquires",
            Self::LeakedConnections => "leaked-connections",
        }
    }

    /// One line on what goes wrong.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::NestedDeadlock => "requests that hold a connection ask for a second one, all at once",
            Self::TimeoutStorm => {
                "for 1.5 s four times as many requests come, more than request scope can carry"
            }
            Self::BackendsTerminated => "an administrator terminates every connection in the middle",
            Self::PostgresRestarted => "the Postgres is stopped and started again in the middle",
            Self::IdleTransactionTimeout => {
                "idle_in_transaction_session_timeout is shorter than the slow step inside the transaction"
            }
            Self::QueueHung => "the Redis answers nobody for 1.5 s, and is there again",
            Self::SlowConnects => {
                "every connection is lost, and takes a second to open, while a burst arrives"
            }
            Self::CancelledAcquires => {
                "in a storm of requests, 500 callers a second ask for a connection and go away meanwhile"
            }
            Self::LeakedConnections => "8 of 10 connections are taken in the middle and never given back",
        }
    }

    /// What is run on these pools.
    ///
    /// # Errors
    /// When a scenario of the hazard has a fault, which a test rules out.
    pub fn trials(self, pools: &[PoolKind]) -> Result<Vec<Trial>, ScenarioError> {
        match self {
            Self::NestedDeadlock => nested(pools),
            _ => Ok(vec![self.steady(pools)?]),
        }
    }

    /// A load that both scopes carry, and what this hazard makes of it.
    fn steady(self, pools: &[PoolKind]) -> Result<Trial, ScenarioError> {
        let (queue, rate) = match self {
            // Longer than the server allows by so much that no short step comes near it.
            Self::IdleTransactionTimeout => ("1s", "8/s"),
            _ => ("100ms", "40/s"),
        };
        let (load, timeout, meets) = match self {
            Self::TimeoutStorm => (STORM, "300ms", (2_000, 3_500)),
            Self::CancelledAcquires => (STORM, "1s", (2_000, 3_500)),
            Self::SlowConnects => (BURST, "3s", (2_000, 2_000)),
            Self::QueueHung => ("", "1s", (2_000, 3_500)),
            Self::IdleTransactionTimeout => ("", "1s", (0, 0)),
            _ => ("", "1s", (2_000, 2_000)),
        };
        let ms = Duration::from_millis;
        Ok(Trial {
            shows: self.meaning().to_owned(),
            plan: plan(self.name(), &steady((queue, rate, load), timeout), pools)?,
            trouble: match self {
                Self::BackendsTerminated | Self::SlowConnects => Trouble::Terminate,
                Self::PostgresRestarted => Trouble::Restart,
                Self::QueueHung => Trouble::HangQueue(ms(1_500)),
                Self::NestedDeadlock
                | Self::TimeoutStorm
                | Self::IdleTransactionTimeout
                | Self::CancelledAcquires
                | Self::LeakedConnections => Trouble::None,
            },
            misuse: self.misuse(),
            planned: (ms(meets.0), ms(meets.1)),
            settings: match self {
                Self::IdleTransactionTimeout => &[("idle_in_transaction_session_timeout", "500")],
                Self::SlowConnects => &[("post_auth_delay", "1")],
                _ => &[],
            },
            expects: match self {
                Self::TimeoutStorm | Self::LeakedConnections => {
                    vec![(Request, Expect::SomeTimeOut), (Repository, Expect::AllComplete)]
                }
                // A library may close a connection that was being tested for a caller who has gone.
                Self::CancelledAcquires => {
                    vec![(Request, Expect::SomeTimeOut), (Repository, Expect::FewFail)]
                }
                Self::IdleTransactionTimeout => {
                    vec![(Request, Expect::NoneCompletes), (Repository, Expect::AllComplete)]
                }
                // What holds no connection while it waits for the queue leaves the pool to the others.
                Self::QueueHung => {
                    vec![(Request, Expect::SomeTimeOut), (Repository, Expect::NoneTimesOut)]
                }
                Self::SlowConnects => vec![(Request, Expect::SomeFail)],
                Self::NestedDeadlock | Self::BackendsTerminated | Self::PostgresRestarted => {
                    vec![
                        (Request, Expect::SomeFail),
                        (Request, Expect::FewFail),
                        (Repository, Expect::FewFail),
                    ]
                }
            },
            lasts: match self {
                Self::IdleTransactionTimeout | Self::LeakedConnections => Lasts::ToTheEnd,
                _ => Lasts::Over,
            },
        })
    }
}

impl Hazard {
    /// What somebody else in the application does with the pools.
    fn misuse(self) -> Option<Misuse> {
        const MS: Nanos = 1_000_000;
        match self {
            Self::CancelledAcquires => {
                Some(Misuse::CancelledAcquires { from: 2_000 * MS, until: 3_500 * MS, every: 2 * MS })
            }
            Self::LeakedConnections => Some(Misuse::Leak { connections: 8, at: 2_000 * MS }),
            _ => None,
        }
    }
}

/// As many requests at once.
const AT_ONCE: u32 = 8;

/// All requests come at once; one connection less than what cannot deadlock, and just as many.
fn nested(pools: &[PoolKind]) -> Result<Vec<Trial>, ScenarioError> {
    let text = format!(
        "{HEAD}\nscopes = [\"nested-session\"]\n\
         pool = {{ size = {AT_ONCE}, acquire-timeout = \"1s\" }}\n\
         phases = {{ warm-up = \"500ms\", measure = \"4s\", drain = \"5s\" }}\n\
         load = {{ rate = \"1/h\", burst = {AT_ONCE}, in-flight-cap = {AT_ONCE} }}\n{NESTED_STEPS}"
    );
    let plan = plan("nested-deadlock", &text, pools)?;
    let together = plan.itinerary(Nested).most_held().try_into().ok();
    let smallest = together
        .zip(Callers::new(AT_ONCE))
        .and_then(|(together, callers)| deadlock_free(callers, together).ok());
    let smallest = smallest.map_or(AT_ONCE + 1, |connections| connections.get());
    let trial = |size: u32, shows: String, expects: Expect| {
        let mut plan = plan.clone();
        plan.pool.size = size;
        let starts = plan.phases.warm_up;
        Trial {
            shows,
            plan,
            trouble: Trouble::None,
            misuse: None,
            planned: (starts, starts),
            settings: &[],
            expects: vec![(Nested, expects)],
            lasts: Lasts::Over,
        }
    };
    Ok(vec![
        trial(
            smallest - 1,
            format!(
                "{AT_ONCE} requests at once on {} connections, one less than cannot deadlock",
                smallest - 1
            ),
            Expect::HangsUntilTimeout,
        ),
        trial(
            smallest,
            format!("{AT_ONCE} requests at once on {smallest} connections, the fewest that cannot deadlock"),
            Expect::AllComplete,
        ),
    ])
}

fn plan(name: &str, text: &str, pools: &[PoolKind]) -> Result<Plan, ScenarioError> {
    let scenario = Scenario::parse(name, name, text)?;
    Ok(Plan::of(&scenario.with(&Overrides { pools: pools.to_vec(), ..Overrides::default() })))
}

const HEAD: &str = r#"
request = "POST /submit"
pools = ["sqlx"]
time-scale = "1"
seed = 11
capacity = { callers = 1, warm-up = "100ms", measure = "100ms" }
"#;

/// Long enough outside the database for every request to have its first connection by then.
const NESTED_STEPS: &str = r#"
[[steps]]
name = "check"
kind = "work"
time = "150ms"

[[steps]]
name = "create_job"
kind = "sql"
time = "20ms"
operation = "create-job"
"#;

/// Ten connections, of which request scope needs five and repository scope one and a half.
fn steady((queue, rate, load): (&str, &str, &str), acquire_timeout: &str) -> String {
    format!(
        r#"{HEAD}
scopes = ["request-scoped", "repository-scoped"]
pool = {{ size = 10, acquire-timeout = "{acquire_timeout}" }}
phases = {{ warm-up = "1s", measure = "7s", drain = "8s" }}

[[steps]]
name = "create_job"
kind = "sql"
time = "20ms"
operation = "create-job"

[[steps]]
name = "enqueue"
kind = "queue"
time = "{queue}"

[[steps]]
name = "submitted"
kind = "sql"
time = "10ms"
operation = "update-job-state"

[load]
rate = "{rate}"
{load}
"#
    )
}

/// Request scope carries 77 requests a second.
const STORM: &str = r#"
[[load.stages]]
rate = "40/s"
lasts = "2s"

[[load.stages]]
rate = "160/s"
lasts = "1500ms"

[[load.stages]]
rate = "40/s"
lasts = "10s"
"#;

/// As many in a second as otherwise in two and a half.
const BURST: &str = r#"
[[load.stages]]
rate = "40/s"
lasts = "2s"

[[load.stages]]
rate = "100/s"
lasts = "1s"

[[load.stages]]
rate = "40/s"
lasts = "10s"
"#;

/// The text names no hazard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no hazard has this name; `poolbench list` shows them, and \"all\" is all of them")]
pub struct UnknownHazard;

impl FromStr for Hazard {
    type Err = UnknownHazard;

    fn from_str(text: &str) -> Result<Self, UnknownHazard> {
        HAZARDS.into_iter().find(|hazard| hazard.name() == text).ok_or(UnknownHazard)
    }
}
