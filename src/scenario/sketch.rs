//! A scenario from the few numbers that a newcomer has: time in SQL, time outside, rate, pool size.

use std::time::Duration;

use super::{Scenario, ScenarioError};
use crate::units::Rate;

/// What somebody knows of a request and its pool; times and rate are nominal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sketch {
    /// How long SQL runs in one request.
    pub sql: Duration,
    /// How long it does other work, between its SQL and its end.
    pub outside: Duration,
    /// Requests due per second.
    pub rate: Rate,
    /// Connections in the pool.
    pub pool_size: u32,
}

impl Sketch {
    /// The scenario file: commented, of at most 25 lines, with every key that a reader is likely to change.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { sql, outside, rate, pool_size } = self;
        let [sql, outside] = [*sql, *outside].map(humantime::format_duration);
        let rate = rate.as_per_second();
        format!(
            r#"# For poolbench: `poolbench check FILE` shows what it means, `poolbench run FILE` measures it.
# Times and rates are those of the real service; a time-scale below 1 drives them faster.
why = "What does it cost to hold a connection while the request does other work?"
time-scale = "1"

[pool]
size = {pool_size}
acquire-timeout = "30s"

[[steps]]                # SQL, which needs a connection
name = "write"
kind = "sql"
time = "{sql}"
operation = "create-job"

[[steps]]                # a call, a queue, a language model: no SQL
name = "outside"
kind = "work"
time = "{outside}"

[load]
rate = "{rate}/s"

[[objectives]]           # judged by `poolbench gate`
keep = "repository-scoped.acquire-wait.p99 < 50ms"
"#
        )
    }

    /// The same as a scenario.
    ///
    /// # Errors
    /// When a number is out of its range.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        Scenario::parse("sketch", "the scenario of the command line", &self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sketch_is_short_and_sound() {
        let sketch = Sketch {
            sql: Duration::from_millis(20),
            outside: Duration::from_secs(3),
            rate: "8/s".parse().unwrap(),
            pool_size: 20,
        };
        assert!(sketch.text().lines().count() <= 25, "{}", sketch.text());
        assert!(sketch.text().lines().all(|line| line.chars().count() <= 100));
        let scenario = sketch.scenario().unwrap();
        assert_eq!(scenario.pool.size, 20);
        assert_eq!(scenario.workload.request_time(), Duration::from_millis(3_020));
        assert_eq!(scenario.load.rate, sketch.rate);
    }
}
